/*
 * fault_admin.c - the calls that only anchorctl makes: a token and its keys are
 * made while the device fails.
 *
 * A command may fail, with a status that the manual knows; one that says that
 * it made a key must have made one that the key holder can work with; and when
 * the fault is over, the same commands work.
 */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "encode.h"
#include "fault_int.h"

#define HANG_MS 1500     /* a person would press ^C then */
#define COMMAND_MS 30000 /* any other command, on a machine that is busy */
#define FAILED 3         /* the highest status in anchorctl(1) */

/* Runs anchorctl; its exit status, or 128 + the signal that ended it. */
static int
run(const struct drive *d, const char *const *argv, const char *out)
{
	bool hangs = d->fault->rules[0].outcome == SHIM_DEED_hang &&
	             atomic_load(&d->page->rules[0].on);
	uint64_t until = clock_mono_ms() + (hangs ? HANG_MS : COMMAND_MS);
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, STDOUT_FILENO);
		setenv("ANCHORD_SHIM_MODULE", d->token.module, 1);
		setenv("ANCHORD_SHIM_PAGE", d->page_path, 1);
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

/* Takes the key that a command says it made; false: it said nothing. */
static bool
take_uri(struct drive *d, const char *path)
{
	json_t *o = json_load_file(path, 0, NULL);
	const char *uri = json_string_value(json_object_get(o, "uri"));
	const char *hash =
	        json_string_value(json_object_get(o, "public_sha256"));

	bool ok = uri && hash &&
	          decode_hex_exact(bytes_of_str(hash), d->token.public_sha256,
	                           HASH_SIZE) == OK;

	if (ok) {
		snprintf(d->token.uri, sizeof(d->token.uri), "%s", uri);
		snprintf(d->token.public_hex, sizeof(d->token.public_hex), "%s",
		         hash);
	}
	json_decref(o);
	return ok;
}

static void
judge_status(struct drive *d, int status)
{
	enum shim_outcome outcome = d->fault->rules[0].outcome;
	char text[64];

	d->failed |= status != 0;
	if (status <= FAILED ||
	    (outcome == SHIM_DEED_crash && status == 128 + SIGSEGV) ||
	    (outcome == SHIM_DEED_hang && status == 128 + SIGTERM))
		return;
	snprintf(text, sizeof(text), "anchorctl ended with status %d", status);
	fault_wrong(d, text);
}

static int
token_init(struct drive *d, const char *anchorctl, const char *label)
{
	const char *const argv[] = {
		anchorctl,      "token",      "init",      "--module",
		fault_shim(),   "--label",    label,       "--so-pin-file",
		d->so_pin_path, "--pin-file", d->pin_path, NULL
	};
	int status = run(d, argv, "/dev/null");

	judge_status(d, status);
	return status;
}

static int
token_keygen(struct drive *d, const char *anchorctl, const char *label)
{
	char out[256];
	const char *const argv[] = { anchorctl,  "token",        "keygen",
		                     "--module", fault_shim(),   "--token",
		                     label,      "--pin-file",   d->pin_path,
		                     "--label",  "anchord-sign", "--json",
		                     NULL };

	snprintf(out, sizeof(out), "%s/key.json", d->token.directory);
	int status = run(d, argv, out);
	judge_status(d, status);
	if (status == 0 && !take_uri(d, out))
		fault_wrong(d, "keygen said 0 and named no key");
	return status;
}

/* Makes a token and its keys, fault or not; true: both commands said 0. */
static bool
make(struct drive *d, const char *label)
{
	AUTO(buf_release) struct buf anchorctl = buf_of(4096);

	lifeline_program("anchorctl", &anchorctl);
	return token_init(d, buf_str(&anchorctl), label) == 0 &&
	       token_keygen(d, buf_str(&anchorctl), label) == 0;
}

void
fault_admin(struct drive *d)
{
	static const char *const labels[] = { "one", "two" };

	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		fault_rules(d, true);
		bool made = make(d, labels[i]);
		fault_rules(d, false);
		if (made && !fault_works(d))
			fault_wrong(d, "keygen said 0, but the key holder "
			               "cannot work with it");
	}
	if (!make(d, "three") || !fault_works(d))
		fault_wrong(d, "cannot make a token after the fault");
}
