/*
 * limits.h - the supervisor's numbers, all of them.
 */
#ifndef SUPERVISOR_LIMITS_H
#define SUPERVISOR_LIMITS_H

#include "proc/config.h"

#define CHILDREN_MAX (17 + CONFIG_TOKENS_MAX) /* 8, 8, 1; key holders */
#define BACKOFF_LEAST_MS 100
#define BACKOFF_MOST_MS 1500
#define BACKOFF_FORGET_MS 10000 /* a life this long was no failed start */
#define BACKOFF_READY_MS 200    /* nor one that worked so long */
#define VAIN_MOST_MS 60000 /* of a pause after lives that cost a login each */
#define ANSWER_MS 5000     /* without a heartbeat for so long it is not ready */
#define SILENCE_MS 10000   /* and is ended after so long */
#define SILENCE_LEDGER_MS 30000 /* whose disk may take its time */
#define STATUS_MOST 100         /* of a child within STATUS_WINDOW_MS */
#define STATUS_WINDOW_MS 1000
#define SILENCE_SIGN_MS 2000 /* a key holder: its deadline and this */
#define LOST_MS 1000         /* to end after the lifeline closed */
#define START_MS 10000       /* more, before the first heartbeat */
#define STOP_FRONTS_MS 2000  /* for the fronts to leave, then the rest */
#define STOP_MS 5000         /* for everyone, then SIGKILL */
#define WATCH_MS 500         /* between two looks at the watched files */
#define WHY_MAX 512          /* bytes of one line about readiness */

#endif
