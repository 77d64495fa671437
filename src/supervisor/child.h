/*
 * child.h - a child process of the supervisor, and its state.
 */
#ifndef SUPERVISOR_CHILD_H
#define SUPERVISOR_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proc/config.h"
#include "supervisor/limits.h"
#include "wire/channel.h"
#include "wire/wire.h"

/* A row for each role, in children.c. */
struct child_kind {
	enum wire_role role;
	const char *program;
	uint32_t uid_offset;
	bool has_token; /* one token and one user for each process */
};

struct child {
	const struct child_kind *kind;
	uint16_t index;
	const struct config_token *token; /* key holder's; else NULL */
	pid_t pid;                        /* 0: not running */
	struct channel *lifeline;
	uint64_t started_at;
	uint64_t heard_at;     /* last message */
	uint64_t counted_from; /* start of the window of STATUS_WINDOW_MS */
	unsigned counted;      /* STATUS messages in that window */
	uint64_t start_at;     /* when it may be started again */
	uint64_t backoff_for;
	bool spoke;      /* sent a message since its start */
	bool killed;     /* by the supervisor */
	bool ready;      /* as it reported last: see child_ready() */
	bool complained; /* `why` was reported by the child itself */
	char why[WHY_MAX];
};

enum wire_role child_role(const struct child *c);
const char *child_name(const struct child *c);
bool child_is(const struct child *c, enum wire_role role);

/* True if the child reported that it is ready, and has sent STATUS within
 * ANSWER_MS.  child_why() has the cause when it is not ready. */
bool child_ready(const struct child *c);
const char *child_why(const struct child *c);

/* Sends SIGKILL and logs why.  Safe because the pid was not reaped yet. */
void child_kill(struct child *c, const char *why);

#endif
