/*
 * admin.c - faults in calls that only anchorctl makes: it initialises a token,
 * creates keys, or audits the token while the device fails.
 *
 * A command may fail, with a documented exit status.  If it reports that it
 * created a key, the key holder must be able to use that key.  After the fault
 * the same commands must succeed.  An audit must pass no device that reports
 * that a private key came out.
 */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "tests/common/faults/int.h"

#define HANG_MS 1500     /* a person would press ^C then */
#define COMMAND_MS 30000 /* any other command, on a machine that is busy */
#define FAILED 3         /* the highest status in anchorctl(1) */
#define WORDS 16
#define TRIES 2 /* while the fault is there */

static bool
any_rule(const struct drive *d, bool (*is)(const struct fault_rule *r))
{
	bool any = false;

	for (size_t i = 0; i < d->fault->n; i++)
		any |= is(&d->fault->rules[i]);
	return any;
}

/* Runs anchorctl; its exit status, or 128 + the signal that ended it. */
static int
run(const struct drive *d, const char *const *argv,
    const char *const *environment, const char *out)
{
	bool hangs = d->faulty && any_rule(d, fault_kind->hangs);
	uint64_t until = clock_mono_ms() + (hangs ? HANG_MS : COMMAND_MS);
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, STDOUT_FILENO);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (; *environment; environment++)
			putenv((char *)(uintptr_t)*environment);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (clock_mono_ms() > until)
			kill(pid, SIGTERM);
		usleep(2000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool
fault_take_key(struct drive *d, const char *path)
{
	json_t *o = json_load_file(path, 0, NULL);
	const char *uri = json_string_value(json_object_get(o, "uri"));
	const char *hash =
	        json_string_value(json_object_get(o, "public_sha256"));

	const char *public = json_string_value(json_object_get(o, "public"));
	AUTO(buf_release) struct buf spki = buf_of(sizeof(d->spki));
	char kid[KID_SIZE];

	bool ok = uri && hash && public &&
	          decode_hex_exact(bytes_of_str(hash), d->public_sha256,
	                           HASH_SIZE) == OK &&
	          decode_base64(&spki, bytes_of_str(public)) == OK &&
	          key_identify(buf_bytes(&spki), &d->alg, kid) == OK;

	if (ok) {
		snprintf(d->uri, sizeof(d->uri), "%s", uri);
		d->spki_len = spki.len;
		memcpy(d->spki, spki.data, spki.len);
	}
	json_decref(o);
	return ok;
}

int
fault_anchorctl(struct drive *d, const char *const *words,
                const char *const *environment, const char *out)
{
	AUTO(buf_release) struct buf program = buf_of(4096);
	const char *argv[WORDS + 2] = { NULL };
	char text[64];

	lifeline_program("anchorctl", &program);
	argv[0] = buf_str(&program);
	for (size_t i = 0; i < WORDS && words[i]; i++)
		argv[i + 1] = words[i];
	int status = run(d, argv, environment, out);

	d->failed |= status != 0;
	if (status > FAILED &&
	    !(any_rule(d, fault_kind->crashes) && status == 128 + SIGSEGV) &&
	    !(any_rule(d, fault_kind->hangs) && status == 128 + SIGTERM)) {
		snprintf(text, sizeof(text), "anchorctl ended with status %d",
		         status);
		fault_wrong(d, text);
	}
	return status;
}

void
fault_admin(struct drive *d)
{
	unsigned number = 0;

	for (; number < TRIES; number++) {
		fault_rules(d, true);
		bool made = fault_kind->make(d, number);
		fault_rules(d, false);
		if (made && !fault_works(d))
			fault_wrong(d, "keygen said 0, but the key holder "
			               "cannot work with it");
	}
	if (!fault_kind->make(d, number) || !fault_works(d))
		fault_wrong(d, "cannot make a token after the fault");
}

void
fault_auditor(struct drive *d)
{
	bool every = d->fault->rules[0].nth == 0;

	for (unsigned i = 0; i < TRIES; i++) {
		bool before = fault_kind->fired(d);

		fault_rules(d, true);
		int status = fault_kind->audit(d);
		fault_rules(d, false);
		if (d->fault->n == 1 && status == 0 && fault_kind->fired(d) &&
		    (every || !before) && any_rule(d, fault_kind->leaks))
			fault_wrong(d, "an audit passed a key that came out");
	}
	if (fault_kind->audit(d) != 0)
		fault_wrong(d, "the audit does not pass after the fault");
}
