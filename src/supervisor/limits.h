/*
 * limits.h - all numeric limits of the supervisor.
 */
#ifndef SUPERVISOR_LIMITS_H
#define SUPERVISOR_LIMITS_H

#include "proc/config.h"

#define CHILDREN_MAX (17 + CONFIG_TOKENS_MAX) /* 8, 8, 1; key holders */
#define BACKOFF_LEAST_MS 100
#define BACKOFF_MOST_MS 1500
#define BACKOFF_FORGET_MS 10000 /* a run of this length resets the back-off */
#define BACKOFF_READY_MS 200    /* so does being ready for this long */
#define VAIN_MOST_MS 60000 /* longest pause after runs that each cost a login */
#define ANSWER_MS 5000     /* without STATUS for this long: not ready */
#define SILENCE_MS 10000   /* and for this long: killed */
#define SILENCE_LEDGER_MS 30000 /* the ledger's disk may be slow */
#define STATUS_MOST 100         /* messages of a child in STATUS_WINDOW_MS */
#define STATUS_WINDOW_MS 1000
#define SILENCE_SIGN_MS 2000 /* a key holder's, on top of its deadline */
#define LOST_MS 1000         /* for a child to end after its lifeline closed */
#define START_MS 10000       /* allowed on top before the first STATUS */
#define STOP_FRONTS_MS 2000  /* for the fronts to end, before the others */
#define STOP_MS 5000         /* for all to end, before SIGKILL */
#define WATCH_MS 500         /* between two checks of the watched files */
#define WHY_MAX 512          /* bytes of one line about readiness */

#endif
