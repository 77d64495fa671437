/*
 * test_check.c - `anchord --check` of the real programs: what a start would refuse
 * or would wait for for ever is said beforehand, each, and nothing is changed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/service/service.h"
#include "base/buf.h"
#include "hsm/core/words.h"

#define SAID_MAX 65536

struct run {
	int status;
	char said[SAID_MAX];
};

static void
check(const struct service *s, bool device, struct run *r)
{
	char program[SERVICE_PATH_MAX + 16], config[SERVICE_PATH_MAX + 16];
	char out[SERVICE_PATH_MAX + 16];

	snprintf(program, sizeof(program), "%s/anchord", s->bin);
	snprintf(config, sizeof(config), "%s/anchord.conf", s->dir);
	snprintf(out, sizeof(out), "%s/said", s->dir);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
		execl(program, program, "--config", config, "--check",
		      device ? "--device" : NULL, NULL);
		_exit(127);
	}
	int status = 0;
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	int fd = open(out, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, r->said, sizeof(r->said) - 1);
	r->said[n > 0 ? n : 0] = '\0';
	close(fd);
}

static void
must_say(const struct service *s, bool device, int status, const char *words)
{
	static struct run r;

	check(s, device, &r);
	if (r.status != status || !strstr(r.said, words))
		printf("  %s: %d, %s\n", words, r.status, r.said);
	CU_ASSERT_EQUAL(r.status, status);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.said, words));
	if (!*words)
		CU_ASSERT_STRING_EQUAL(r.said, "");
}

/* Another word in the configuration. */
static const struct row {
	const char *from, *to;
	bool device; /* is it seen with --device alone? */
	const char *words;
} rows[] = {
	{ "/server.key", "/none.key", false, "none.key: No such file" },
	{ "/policy.conf", "/none.conf", false, "none.conf: No such file" },
	{ "/ledger\"", "/none\"", false, "ledger.directory: " },
	{ "/state\"", "/none\"", false, "token.state: " },
	{ "/tokens\"", "/none\"", false, "token.paths: " },
	{ "/supervisor\"", "/none\"", false, "service.state_directory: " },
	{ "/libsofthsm2.so", "/none.so", false, "token.module: " },
	{ "\";\n         pin_file", "?pin-value=1234\";\n         pin_file",
	  false, "token URI: it must not contain a PIN" },
	{ "\";\n         pin_file",
	  "\"; companion_tpm = \"tpm2:device:/none\"; "
	  "companion_pin_file = \"/none/tpm-pin\";\n         pin_file",
	  false, "PIN of the companion TPM: " },
	{ "pkcs11:serial=", "pkcs11:model=", false,
	  "token URI: 'serial' is missing" },
	{ "token=" SERVICE_TOKEN, "token=another", true, "no token 'another'" },
};

static void
test_rows(void)
{
	AUTO(service_free) struct service *s = NULL;

	CU_ASSERT_EQUAL_FATAL(service_prepare(&s), OK);
	must_say(s, false, 0, "");
	must_say(s, true, 0, "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		CU_ASSERT_EQUAL_FATAL(service_edit(s, r->from, r->to), OK);
		if (r->device)
			must_say(s, false, 0, "");
		must_say(s, r->device, 78, r->words);
		CU_ASSERT_EQUAL_FATAL(service_edit(s, r->to, r->from), OK);
	}
	must_say(s, true, 0, "");
}

static void
path_of(const struct service *s, const char *name, char path[static 512])
{
	snprintf(path, 512, "%s/%s", s->dir, name);
}

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_FATAL(f && fputs(text, f) >= 0);
	fclose(f);
}

/* A shadow policy that the verifier would not take, and an empty one. */
static void
refuse_shadow(const struct service *s, const char *path)
{
	AUTO(buf_release) struct buf setting = buf_of(1024);

	buf_printf(&setting, "policy: { shadow = \"%s\";", path);
	CU_ASSERT_EQUAL(service_edit(s, "policy: {", buf_str(&setting)), OK);
	must_say(s, false, 78, "policy.shadow: line 2: versoin");
	write_text(path, "");
	must_say(s, false, 0, "");
	CU_ASSERT_EQUAL(service_edit(s, buf_str(&setting), "policy: {"), OK);
}

/* What is there, and cannot be used. */
static void
test_files(void)
{
	AUTO(service_free) struct service *s = NULL;
	char path[512], kept[512];
	static struct run r;

	CU_ASSERT_EQUAL_FATAL(service_prepare(&s), OK);
	path_of(s, "ledger", path);
	CU_ASSERT_EQUAL(chmod(path, 0), 0); /* root could, and is not asked */
	must_say(s, false, 78, "ledger.directory: ");
	CU_ASSERT_EQUAL(chmod(path, 0700), 0);

	path_of(s, "state/" HSM_LATCH_FILE, path);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	must_say(s, false, 78, "the PIN is latched");
	CU_ASSERT_EQUAL(unlink(path), 0);

	/* A policy that the verifier would not take. */
	path_of(s, "misspelt", path);
	write_text(path, "id = \"x\";\nversoin = 1;\n");
	CU_ASSERT_EQUAL(service_edit(s, "/policy.conf", "/misspelt"), OK);
	must_say(s, false, 78, "policy: ");
	CU_ASSERT_EQUAL(service_edit(s, "/misspelt", "/policy.conf"), OK);

	refuse_shadow(s, path);

	/* A rollout file that the ledger would not take. */
	path_of(s, "rollout", path);
	write_text(path, "id = \"x\"; version = 1; chanels: ();\n");
	AUTO(buf_release) struct buf setting = buf_of(1024);
	buf_printf(&setting, "rollout: { file = \"%s\"; };\ntls:", path);
	CU_ASSERT_EQUAL(service_edit(s, "tls:", buf_str(&setting)), OK);
	must_say(s, false, 78, "rollout: line 1: chanels: unknown setting");
	CU_ASSERT_EQUAL(service_edit(s, buf_str(&setting), "tls:"), OK);

	/* All that is wrong is said, not the first of it. */
	CU_ASSERT_EQUAL(service_edit(s, "/server.key", "/none.key"), OK);
	CU_ASSERT_EQUAL(service_edit(s, "/ca.pem", "/none.pem"), OK);
	check(s, false, &r);
	CU_ASSERT_EQUAL(r.status, 78);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.said, "none.key: No such file"));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.said, "none.pem: No such file"));
	CU_ASSERT_EQUAL(service_edit(s, "/none.key", "/server.key"), OK);
	CU_ASSERT_EQUAL(service_edit(s, "/none.pem", "/ca.pem"), OK);

	path_of(s, "pins", path);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	must_say(s, false, 78, "trust.pins: ");
	CU_ASSERT_EQUAL(unlink(path), 0);
	must_say(s, false, 0, "the service starts without it");
	write_text(path, "nonsense\n");
	must_say(s, false, 78, "trust.pins: line");
	path_of(s, "supervisor/pins", kept);
	CU_ASSERT_EQUAL(access(kept, F_OK), -1); /* nothing is kept by this */
}

static const struct harness_test tests[] = {
	{ "says what a start would refuse", test_rows },
	{ "and what is there and cannot be used", test_files },
	{ NULL, NULL },
};

HARNESS_MAIN("check", tests)
