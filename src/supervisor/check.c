/*
 * check.c - `anchord --check`: reports what a start would find.
 *
 * Each object is checked as its user will use it: files as the supervisor opens
 * them, directories as the role's user, and tokens, policy and rollout file by the
 * programs of key holder, verifier and ledger, because only they load a module and
 * parse the files.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"

#include "supervisor/check.h"
#include "supervisor/groups.h"
#include "supervisor/listen.h"
#include "supervisor/supervisor.h"

static const char starts_without[] = " (the service starts without it)";
static const char not_ready_without[] =
        " (the service starts without it, but is not ready)";

/* Prints the fault.  With a note it does not prevent the start. */
static err_t
say_check_outcome(struct buf *why, const char *note)
{
	fprintf(stderr, "anchord: %s%s\n", buf_str(why), note ? note : "");
	return note ? OK : E_CONFIG;
}

/* --- files ---------------------------------------------------------------- */

static err_t
check_address(struct supervisor *s)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

	return listen_check(s->config, &why) == OK
	               ? OK
	               : say_check_outcome(&why, NULL);
}

static err_t
check_files(struct supervisor *s)
{
	err_t all = OK;
	err_t err = OK;

	for (size_t i = 0; err != E_NOT_FOUND; i++) {
		AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

		err = files_try(s, i, &why);
		if (err == E_CONFIG)
			all = say_check_outcome(&why, NULL);
	}
	return all;
}

static err_t
check_in_force(struct supervisor *s)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	AUTO(buf_release) struct buf line = buf_of(WHY_MAX);
	bool officers = config_has_officers(s->config);
	err_t err = officers ? governed_check(s, &why) : pinned_check(s, &why);

	if (err == OK)
		return OK;
	buf_printf(&line, "%s: %s", officers ? "trust.bundle" : "trust.pins",
	           why.len ? buf_str(&why) : err_name(err));
	/* The pins kept in service.state_directory may serve. */
	return say_check_outcome(&line,
	                         err == E_NOT_FOUND ? starts_without : NULL);
}

static err_t
check_watched(struct supervisor *s)
{
	err_t all = OK;

	for (size_t i = 0; i < WATCHED; i++) {
		AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

		/* check_files() did the others */
		if (!watched_path(s, i)[0] || !watched_at_birth(i))
			continue;
		AUTO(close_fd) int fd = watched_open(s, i, &why);
		bool absent = fd < 0 && errno == ENOENT;
		const char *note =
		        watched_anchors(i) ? not_ready_without : starts_without;
		if (fd < 0 && !(absent && watched_word(i)) &&
		    say_check_outcome(&why, absent ? note : NULL) != OK)
			all = E_CONFIG;
	}
	return all;
}

/* --- directories ---------------------------------------------------------- */

/* The user of a directory; uid 0: the current one. */
struct user {
	uint32_t uid;
	size_t n_groups;
	gid_t groups[GROUPS_MAX];
};

static _Noreturn void
try_as(const struct user *u, const char *path, int mode)
{
	if (setgroups(u->n_groups, u->groups) < 0 ||
	    setresgid(u->uid, u->uid, u->uid) < 0 ||
	    setresuid(u->uid, u->uid, u->uid) < 0)
		_exit(errno);
	_exit(access(path, mode) == 0 ? 0 : errno);
}

/* Returns 0 if that user has access, else errno. */
static int
access_as(const struct user *u, const char *path, int mode)
{
	int status = 0;

	if (u->uid == 0)
		return access(path, mode) == 0 ? 0 : errno;
	pid_t pid = fork();
	if (pid == 0)
		try_as(u, path, mode);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EIO;
	return WEXITSTATUS(status);
}

/* The path of a setting, and what must exist there. */
struct place {
	const char *setting, *path;
	enum { READ_FILE, WRITE_DIRECTORY, WRITE_ANY } kind;
};

static int
fault_of_place(const struct place *p, const struct user *u)
{
	struct stat st;
	bool directory = stat(p->path, &st) == 0 && S_ISDIR(st.st_mode);
	int mode = p->kind == READ_FILE ? R_OK
	           : directory          ? R_OK | W_OK | X_OK
	                                : R_OK | W_OK;
	int error = access_as(u, p->path, mode);

	return error == 0 && p->kind == WRITE_DIRECTORY && !directory ? ENOTDIR
	                                                              : error;
}

static err_t
check_place(const struct place *p, const struct user *u)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	int error = fault_of_place(p, u);

	if (error == 0)
		return OK;
	buf_printf(&why, "%s: %s: %s", p->setting, p->path,
	           strerrordesc_np(error));
	if (u->uid)
		buf_printf(&why, " (for its user, %u)", u->uid);
	return say_check_outcome(&why, NULL);
}

static err_t
check_token_places(const struct config_token *t, uint32_t uid)
{
	const struct place own[] = {
		{ "token.state", t->state, WRITE_DIRECTORY },
		{ "token.module", t->module, READ_FILE },
	};
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	struct user u = { .uid = uid };
	err_t all = groups_find(t, u.groups, &u.n_groups, &why);

	if (all != OK)
		(void)say_check_outcome(&why, NULL);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (own[i].path[0] && check_place(&own[i], &u) != OK)
			all = E_CONFIG;
	for (const char *const *path = t->paths; *path; path++) {
		const struct place p = { "token.paths", *path, WRITE_ANY };

		if (check_place(&p, &u) != OK)
			all = E_CONFIG;
	}
	return all;
}

static err_t
check_directories(struct supervisor *s)
{
	const struct config *c = s->config;
	const struct place kept = { "service.state_directory",
		                    c->state_directory, WRITE_DIRECTORY };
	const struct place ledger = { "ledger.directory", c->ledger_directory,
		                      WRITE_DIRECTORY };
	char program[PATH_MAX];
	struct user u = { .uid = 0 };
	err_t all = check_place(&kept, &u);

	for (size_t i = 0; i < s->n_children; i++) {
		const struct child *child = &s->children[i];
		err_t err = OK;

		u.uid = child_spawn(s, child, program).uid;
		if (child->token)
			err = check_token_places(child->token, u.uid);
		else if (child_is(child, WIRE_ROLE_LEDGER))
			err = check_place(&ledger, &u);
		all = err == OK ? all : err;
	}
	return all;
}

/* --- checks by other programs --------------------------------------------- */

static err_t
check_pin(struct supervisor *s, const struct child *c)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	AUTO(close_fd) int fd = files_pin(s, c, &why);

	return fd < 0 ? say_check_outcome(&why, NULL) : OK;
}

static err_t
check_companion_pin(struct supervisor *s, const struct child *c)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

	if (!c->token->companion_pin_file[0])
		return OK;
	AUTO(close_fd) int fd = files_companion_pin(s, c, &why);
	return fd < 0 ? say_check_outcome(&why, NULL) : OK;
}

/* Runs a role's program with --check.  It reports faults itself, unless a
 * signal ends it. */
static err_t
ask_program(struct supervisor *s, const struct child *c, int input,
            const char *const *arguments)
{
	char program[PATH_MAX];
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	struct spawn spawn = child_spawn(s, c, program);
	gid_t groups[GROUPS_MAX];
	int status = 0;
	int lifeline = -1;
	pid_t pid = 0;

	spawn.arguments = arguments;
	spawn.input = input;
	spawn.groups = groups;
	if (c->token) /* a failure was reported before */
		TRY(groups_find(c->token, groups, &spawn.n_groups, &why));
	TRY(spawn_role(&spawn, &pid, &lifeline));
	close(lifeline);
	if (waitpid(pid, &status, 0) != pid)
		return E_IO;
	if (WIFSIGNALED(status))
		fprintf(stderr,
		        "anchord: %s%s%s: the check hung or crashed "
		        "(signal %d)\n",
		        child_name(c), c->token ? ", token " : "",
		        c->token ? c->token->name : "", WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? OK : E_CONFIG;
}

static err_t
check_configured_token(struct supervisor *s, const struct child *c, bool device)
{
	char index[8];
	const char *const arguments[] = { "--check", index,
		                          device ? "device" : NULL, NULL };
	err_t pin = check_pin(s, c);
	err_t other = check_companion_pin(s, c);

	(void)snprintf(index, sizeof(index), "%u", c->index);
	err_t token = ask_program(s, c, s->files.config, arguments);
	return pin == OK && other == OK && token == OK ? OK : E_CONFIG;
}

/* A policy file that could not be opened was reported before. */
static err_t
check_policy(struct supervisor *s, const struct child *c)
{
	static const char *const arguments[] = { "--check", NULL };

	return s->files.policy < 0
	               ? OK
	               : ask_program(s, c, s->files.policy, arguments);
}

/* Has a program parse a file that it would get while it runs.  path "": the
 * setting is not given.  check_watched() reported a file that cannot be opened. */
static err_t
check_parsed(struct supervisor *s, const struct child *c, enum opening kind,
             const char *path, const char *what)
{
	const char *const arguments[] = { "--check", what, NULL };
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

	if (!path[0])
		return OK;
	AUTO(close_fd) int fd = opening_file(kind, path, &why);
	return fd < 0 ? OK : ask_program(s, c, fd, arguments);
}

static err_t
check_policies(struct supervisor *s, const struct child *c)
{
	err_t live = check_policy(s, c);
	err_t shadow = check_parsed(s, c, OPENING_POLICY,
	                            s->config->shadow_file, "shadow");

	return live == OK ? shadow : live;
}

static err_t
ask_programs(struct supervisor *s, bool device)
{
	err_t all = OK;

	for (size_t i = 0; i < s->n_children; i++) {
		const struct child *c = &s->children[i];
		err_t err = OK;

		if (c->token)
			err = check_configured_token(s, c, device);
		else if (child_is(c, WIRE_ROLE_VERIFIER) && c->index == 0)
			err = check_policies(s, c);
		else if (child_is(c, WIRE_ROLE_LEDGER))
			err = check_parsed(s, c, OPENING_ROLLOUT,
			                   s->config->rollout_file, NULL);
		all = err == OK ? all : E_CONFIG;
	}
	return all;
}

err_t
check_all(struct supervisor *s, bool device)
{
	static err_t (*const steps[])(struct supervisor * s) = {
		check_address,  check_files,       check_watched,
		check_in_force, check_directories,
	};
	err_t all = OK;

	children_plan(s);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i](s) != OK)
			all = E_CONFIG;
	return ask_programs(s, device) == OK ? all : E_CONFIG;
}
