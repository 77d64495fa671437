/*
 * sandbox.c - the seccomp filter of a role, from the table sandbox.def.
 *
 * A process that makes a system call which the table lacks is killed by SIGSYS,
 * and the supervisor logs it.  No setting turns the filter off.  libseccomp
 * translates names to the numbers of each architecture.
 */
#include "proc/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "base/auto.h"
#include "base/log.h"

#include "proc/landlock.h"

enum row_kind { ROW_ALLOW, ROW_DATA, ROW_REFUSE };

struct row {
	int call;
	unsigned roles;
	enum row_kind kind;
	uint16_t error;
};

/* The names of roles in the table. */
enum {
	FRONT = WIRE_ROLE_FRONT,
	VERIFIER = WIRE_ROLE_VERIFIER,
	LEDGER = WIRE_ROLE_LEDGER,
	KEYHOLDER = WIRE_ROLE_KEYHOLDER,
	CHILDREN = WIRE_ROLE_CHILDREN,
};

static const struct row rows[] = {
#define ALLOW(name, who) { SCMP_SYS(name), (who), ROW_ALLOW, 0 },
#define ALLOW_DATA(name, who) { SCMP_SYS(name), (who), ROW_DATA, 0 },
#define REFUSE(name, who, error) { SCMP_SYS(name), (who), ROW_REFUSE, (error) },
#include "proc/sandbox.def"
#undef ALLOW
#undef ALLOW_DATA
#undef REFUSE
};

static void
filter_free(scmp_filter_ctx filter)
{
	if (filter)
		seccomp_release(filter);
}
DEFINE_AUTO(scmp_filter_ctx, filter_free);

static int
add_row(scmp_filter_ctx filter, const struct row *row)
{
	switch (row->kind) {
	case ROW_ALLOW:
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, row->call, 0);
	case ROW_DATA:
		return seccomp_rule_add(
		        filter, SCMP_ACT_ALLOW, row->call, 1,
		        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	case ROW_REFUSE:
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO(row->error),
		                        row->call, 0);
	}
	return -EINVAL;
}

/* The calls that a token's list `syscalls` may name. */
static const struct {
	const char *name;
	int call;
} for_tokens[] = {
#define TOKEN_CALL(name) { #name, SCMP_SYS(name) },
#include "proc/token_syscalls.def"
#undef TOKEN_CALL
};

/* shmat(2) without SHM_EXEC, because executable memory would let an attacker
 * who controls the process load code. */
static int
add_call(scmp_filter_ctx filter, int call)
{
	if (call != SCMP_SYS(shmat))
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
	                        SCMP_A2(SCMP_CMP_MASKED_EQ, SHM_EXEC, 0));
}

static err_t
add_named(scmp_filter_ctx filter, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(for_tokens); i++) {
		if (strcmp(for_tokens[i].name, name) != 0)
			continue;
		int error = add_call(filter, for_tokens[i].call);
		return error < 0 && error != -EEXIST ? E_DENIED : OK;
	}
	return E_DENIED;
}

static err_t
add_tokens_own(scmp_filter_ctx filter, const struct config_token *t)
{
	for (const char *const *name = t->syscalls; *name; name++)
		TRY(add_named(filter, *name));
	return OK;
}

err_t
sandbox_lock_calls(enum wire_role role, uint16_t index, const struct config *c)
{
	AUTO(filter_free)
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (!filter)
		return E_NOMEM;
	if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) < 0)
		return E_DENIED;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!(rows[i].roles & role))
			continue;
		int error = add_row(filter, &rows[i]);
		/* -EEXIST: a sanitizer build allows a call without condition
		 * that another row allows with one. */
		if (error < 0 && error != -EEXIST)
			return E_DENIED;
	}
	if (role == WIRE_ROLE_KEYHOLDER && index < c->n_tokens)
		TRY(add_tokens_own(filter, &c->tokens[index]));
	return seccomp_load(filter) < 0 ? E_DENIED : OK;
}

err_t
sandbox_lock_files(enum wire_role role, uint16_t index, const struct config *c)
{
	return landlock_lock(role, index, c);
}
