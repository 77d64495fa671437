/*
 * test_cli.c - anchorctl's command line: values, help, and every refusal.
 *
 * provisioning/ has no library of its own, so its three files are compiled in.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "provisioning/anchorctl/cli.c"
#include "provisioning/anchorctl/cli_file.c"
#include "provisioning/anchorctl/cli_json.c"
#include "provisioning/anchorctl/cli_parse.c"
#include "provisioning/anchorctl/cli_print.c"
#include "provisioning/anchorctl/cli_value.c"
#include "tests/common/base/harness.h"
#include "base/auto.h"

const char anchord_version[] = "7.8.9";
const char anchord_commit[] = "c0ffee";

static struct cli seen;
static int runs;

static int
remember(struct cli *cli)
{
	seen = *cli;
	runs++;
	return VERB_REFUSED;
}

static const struct verb_option options[] = {
	{ "nonce", "HEX", true, "the nonce" },
	{ "trust", "FILE...", false, "roots" },
	{ "parts", "FILE...", false, "several" },
	{ "strict", NULL, false, "be strict" },
	{ NULL, NULL, false, NULL },
};
static const struct verb look = { "look",  "FILE...", "looks",
	                          options, remember,  NULL };
static const struct verb one = { "token one", "FILE",   "one",
	                         NULL,        remember, NULL };
static const struct verb none = {
	"token none", "", "none", NULL, remember, NULL
};
static const struct verb *const table[] = { &look, &one, &none, NULL };

/* Runs a command line with standard error silenced; text gets its output. */
static int
command(const char *line, char *text, size_t room)
{
	static char copy[4096];
	char *argv[512] = { NULL };
	int argc = 0;
	char *save = NULL;

	snprintf(copy, sizeof(copy), "anchorctl %s", line);
	for (char *w = strtok_r(copy, " ", &save); w;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;

	FILE *out = tmpfile();
	int saved[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	fflush(stdout);
	fflush(stderr);
	dup2(fileno(out), STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	runs = 0;
	int rc = cli_main(table, argc, argv);
	fflush(stdout);
	dup2(saved[0], STDOUT_FILENO);
	dup2(saved[1], STDERR_FILENO);
	close(saved[0]);
	close(saved[1]);
	close(null);
	rewind(out);
	if (text)
		text[fread(text, 1, room - 1, out)] = '\0';
	fclose(out);
	return rc;
}

static void
test_values(void)
{
	CU_ASSERT_EQUAL(
	        command("look --nonce aa --trust x --trust=y a b --json "
	                "--strict -- --c",
	                NULL, 0),
	        VERB_REFUSED);
	CU_ASSERT_EQUAL(runs, 1);
	CU_ASSERT_STRING_EQUAL(cli_option(&seen, "nonce", 0), "aa");
	CU_ASSERT_STRING_EQUAL(cli_option(&seen, "trust", 1), "y");
	CU_ASSERT_PTR_NULL(cli_option(&seen, "trust", 2));
	CU_ASSERT_STRING_EQUAL(cli_argument(&seen, 2), "--c");
	CU_ASSERT_PTR_NULL(cli_argument(&seen, 3));
	CU_ASSERT_TRUE(cli_flag(&seen, "strict"));
	CU_ASSERT_TRUE(cli_json(&seen));
	CU_ASSERT_EQUAL(command("look --nonce=--x -", NULL, 0), VERB_REFUSED);
	CU_ASSERT_STRING_EQUAL(cli_option(&seen, "nonce", 0), "--x");
	CU_ASSERT_STRING_EQUAL(cli_argument(&seen, 0), "-");
	CU_ASSERT_FALSE(cli_json(&seen));
}

static void
test_many(void)
{
	CU_ASSERT_EQUAL(command("look --parts a - b --nonce aa file --parts=c "
	                        "d --strict --parts e -- file",
	                        NULL, 0),
	                VERB_REFUSED);
	CU_ASSERT_STRING_EQUAL(cli_option(&seen, "parts", 1), "-");
	CU_ASSERT_STRING_EQUAL(cli_option(&seen, "parts", 2), "b");
	CU_ASSERT_STRING_EQUAL(cli_option(&seen, "parts", 3), "c");
	CU_ASSERT_STRING_EQUAL(cli_option(&seen, "parts", 4), "e");
	CU_ASSERT_PTR_NULL(cli_option(&seen, "parts", 5));
	CU_ASSERT_STRING_EQUAL(cli_argument(&seen, 1), "d");
	CU_ASSERT_EQUAL(command("look --nonce aa --parts", NULL, 0),
	                VERB_USAGE);
}

static void
test_refusals(void)
{
	static const char *const lines[] = {
		"",
		"lok",
		"token",
		"token two",
		"token on",
		"look a",                  /* --nonce is required */
		"look --nonce",            /* no value */
		"look --nonce --strict a", /* the next option is no value */
		"look --nonce aa",         /* no FILE */
		"look --nonce aa --strict=1 a", /* a flag has no value */
		"look --nonce aa --nonc b a",   /* no abbreviations */
		"look --nonce aa -x a",
		"look --nonce aa --nonce bb a", /* which one? */
		"look --nonce=aa --nonce=aa a",
		"token one",
		"token one a b",
		"token none a",
		"--jsn",
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char text[4096];

		CU_ASSERT_EQUAL(command(lines[i], text, sizeof(text)),
		                VERB_USAGE);
		CU_ASSERT_EQUAL(runs, 0);
		CU_ASSERT_STRING_EQUAL(text, ""); /* nothing on stdout */
	}
}

static void
test_ceilings(void)
{
	char line[4096] = "look --nonce aa";

	for (int i = 0; i < CLI_ARGUMENTS_MAX; i++)
		strncat(line, " a", sizeof(line) - strlen(line) - 1);
	CU_ASSERT_EQUAL(command(line, NULL, 0), VERB_REFUSED);
	strncat(line, " a", sizeof(line) - strlen(line) - 1);
	CU_ASSERT_EQUAL(command(line, NULL, 0), VERB_USAGE);

	snprintf(line, sizeof(line), "look a");
	for (int i = 0; i < CLI_OPTIONS_MAX; i++)
		strncat(line, i ? " --parts=a" : " --nonce a",
		        sizeof(line) - strlen(line) - 1);
	CU_ASSERT_EQUAL(command(line, NULL, 0), VERB_REFUSED);
	strncat(line, " --parts=a", sizeof(line) - strlen(line) - 1);
	CU_ASSERT_EQUAL(command(line, NULL, 0), VERB_USAGE);
}

static void
test_help(void)
{
	char text[4096];

	CU_ASSERT_EQUAL(command("--help", text, sizeof(text)), VERB_GOOD);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "token none"));
	CU_ASSERT_EQUAL(command("token --help", text, sizeof(text)), VERB_GOOD);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "token none"));
	CU_ASSERT_PTR_NULL(strstr(text, "  look"));
	CU_ASSERT_EQUAL(command("look --help", text, sizeof(text)), VERB_GOOD);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "--nonce HEX"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "--json"));
	CU_ASSERT_EQUAL(runs, 0);
	CU_ASSERT_EQUAL(command("--version", text, sizeof(text)), VERB_GOOD);
	CU_ASSERT_STRING_EQUAL(text, "anchorctl 7.8.9 (commit c0ffee)\n");
}

static void
test_files(void)
{
	char path[] = "/tmp/anchord-cli-XXXXXX";
	int fd = mkstemp(path);
	AUTO(buf_release) struct buf b = buf_of(4);

	seen = (struct cli){ .verb = &look };
	CU_ASSERT_EQUAL(write(fd, "1234", 4), 4);
	CU_ASSERT_EQUAL(cli_read_file(&seen, path, &b), OK);
	CU_ASSERT_TRUE(bytes_equal_str(buf_bytes(&b), "1234"));
	buf_reset(&b);
	CU_ASSERT_EQUAL(write(fd, "5", 1), 1);
	CU_ASSERT_EQUAL(cli_read_file(&seen, path, &b), E_LIMIT);
	unlink(path);
	close(fd);
	CU_ASSERT_EQUAL(cli_read_file(&seen, path, &b), E_IO);
}

static void
test_numbers(void)
{
	static const char *const odd[] = {
		"",    " 1", "1 ", "+1",  "-1",
		"0x1", "1.", "a",  "256", "18446744073709551617"
	};
	uint64_t n = 7;

	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		CU_ASSERT_FALSE(cli_number(odd[i], 255, &n));
	CU_ASSERT_FALSE(cli_number("9223372036854775808", INT64_MAX, &n));
	CU_ASSERT_EQUAL(n, 7);
	CU_ASSERT_TRUE(cli_number("255", 255, &n) && n == 255);
	CU_ASSERT_TRUE(cli_number("000", 255, &n) && n == 0);
	CU_ASSERT_TRUE(cli_number("9223372036854775807", INT64_MAX, &n));
	CU_ASSERT_EQUAL(n, INT64_MAX);
}

static const struct harness_test tests[] = {
	{ "gives a verb its values", test_values },
	{ "reads numbers of digits alone", test_numbers },
	{ "takes several values of one option", test_many },
	{ "refuses every wrong line", test_refusals },
	{ "keeps its ceilings", test_ceilings },
	{ "helps at every level", test_help },
	{ "reads files up to the ceiling", test_files },
	{ NULL, NULL },
};

HARNESS_MAIN("cli", tests)
