/*
 * child.h - one child of the supervisor: what it is, and what is known of it.
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
	const struct config_token *token; /* a key holder's; else NULL */
	pid_t pid;                        /* 0: not running */
	struct channel *lifeline;
	uint64_t started_at;
	uint64_t heard_at;
	uint64_t counted_from; /* its STATUS, in a window */
	unsigned counted;
	uint64_t start_at; /* when to start it anew */
	uint64_t backoff_for;
	bool spoke;      /* since its start */
	bool killed;     /* by us */
	bool ready;      /* by its own word: see child_ready() */
	bool complained; /* why is its own word */
	char why[WHY_MAX];
};

enum wire_role child_role(const struct child *c);
const char *child_name(const struct child *c);
bool child_is(const struct child *c, enum wire_role role);

/* Is it ready, and did it say so lately?  why is what is wrong then. */
bool child_ready(const struct child *c);
const char *child_why(const struct child *c);

/* SIGKILL, by the number that we have not reaped yet. */
void child_kill(struct child *c, const char *why);

#endif
