/*
 * test_trust_command.h - the verbs about proposals in one program, and a command
 * line to type at them.
 *
 * provisioning/ has no library of its own, so its files are compiled in.
 */
#ifndef ANCHORCTL_TEST_TRUST_COMMAND_H
#define ANCHORCTL_TEST_TRUST_COMMAND_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "provisioning/anchorctl/cli.c"
#include "provisioning/anchorctl/cli_file.c"
#include "provisioning/anchorctl/cli_json.c"
#include "provisioning/anchorctl/cli_parse.c"
#include "provisioning/anchorctl/cli_print.c"
#include "provisioning/anchorctl/cli_value.c"
#include "provisioning/anchorctl/token_store.c"
#include "provisioning/anchorctl/trust_apply_tokens.c"
#include "provisioning/anchorctl/trust_apply_write.c"
#include "provisioning/anchorctl/trust_certificates.c"
#include "provisioning/anchorctl/trust_chain_file.c"
#include "provisioning/anchorctl/trust_proposal.c"
#include "provisioning/anchorctl/trust_signatures.c"
#include "provisioning/anchorctl/trust_supply.c"
#include "provisioning/anchorctl/verb_token_common.c"
#include "provisioning/anchorctl/verb_token_config.c"
#include "provisioning/anchorctl/verb_trust_common.c"
#include "provisioning/anchorctl/verb_pins_file.c"
#include "provisioning/anchorctl/verb_trust_apply.c"
#include "provisioning/anchorctl/verb_trust_approve.c"
#include "provisioning/anchorctl/verb_trust_propose.c"
#include "provisioning/anchorctl/verb_trust_review.c"
#include "provisioning/anchorctl/verb_officer.c"
#include "provisioning/anchorctl/verb_officer_list.c"

#include "tests/common/base/harness.h"

const char anchord_version[] = "7.8.9";
const char anchord_commit[] = "c0ffee";

static const struct verb *const table[] = {
	&verb_trust_apply,    &verb_trust_approve,
	&verb_trust_propose,  &verb_trust_review,
	&verb_officer_add,    &verb_officer_list,
	&verb_officer_remove, NULL,
};

static char said[65536];

/* Runs a command line; `said` has output and messages. */
static int
command(const char *line)
{
	static char copy[4096];
	char *argv[64] = { NULL };
	int argc = 0;
	char *save = NULL;
	FILE *out = tmpfile();
	int saved[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };

	snprintf(copy, sizeof(copy), "anchorctl %s", line);
	for (char *w = strtok_r(copy, " ", &save); w;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	fflush(stdout);
	fflush(stderr);
	dup2(fileno(out), STDOUT_FILENO);
	dup2(fileno(out), STDERR_FILENO);
	int rc = cli_main(table, argc, argv);
	fflush(stdout);
	fflush(stderr);
	dup2(saved[0], STDOUT_FILENO);
	dup2(saved[1], STDERR_FILENO);
	close(saved[0]);
	close(saved[1]);
	rewind(out);
	said[fread(said, 1, sizeof(said) - 1, out)] = '\0';
	fclose(out);
	return rc;
}

static void
must_say(const char *line, int status, const char *words)
{
	int rc = command(line);

	if (rc != status || !strstr(said, words))
		printf("  %s: status %d, without '%s': %s\n", line, rc, words,
		       said);
	CU_ASSERT_EQUAL(rc, status);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, words));
}

static inline bool
is_same_file(const char *a, const char *b)
{
	static char texts[2][TRUST_TEXT_MAX];
	FILE *files[2] = { fopen(a, "r"), fopen(b, "r") };
	size_t n[2];

	CU_ASSERT_TRUE_FATAL(files[0] && files[1]);
	for (size_t i = 0; i < 2; i++) {
		n[i] = fread(texts[i], 1, sizeof(texts[i]), files[i]);
		fclose(files[i]);
	}
	return n[0] == n[1] && memcmp(texts[0], texts[1], n[0]) == 0;
}

#endif
