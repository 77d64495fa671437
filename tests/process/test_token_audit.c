/*
 * test_token_audit.c - `anchorctl token audit` as an auditor types it: exit
 * status, profiles, JSON and text.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/ctl.h"
#include "tests/common/base/files.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"
#include "hsm/audit/audit.h"

#define WORDS_MAX 24
#define OUT_MAX 65536

struct rig {
	struct softtoken token;
	char pin[160];
	char text[OUT_MAX]; /* what the last command printed */
	json_t *json;       /* the same, when it is JSON */
};

static void
rig_free(struct rig *r)
{
	json_decref(r->json);
	softtoken_close(&r->token);
}
DEFINE_AUTO_REF(struct rig, rig_free);

static bool
rig_new(struct rig *r)
{
	r->json = NULL;
	if (!softtoken_open(&r->token))
		return false;
	const char *d = r->token.directory;
	snprintf(r->pin, sizeof(r->pin), "%s/pin", d);
	CU_ASSERT_TRUE(file_write_text(r->pin, SOFTTOKEN_PIN "\n"));
	return true;
}

/* Audits the token with these options besides; %P is the PIN file.  Gives the
 * exit status. */
static int
audit(struct rig *r, const char *options)
{
	char copy[512];
	const char *words[WORDS_MAX] = { NULL };
	char *save = NULL;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "token audit --module %s %s",
	         r->token.module, options);
	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS_MAX - 1;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = strcmp(w, "%P") == 0 ? r->pin : w;
	AUTO(ctl_release) struct ctl c = ctl_run(words, NULL);
	snprintf(r->text, sizeof(r->text), "%s", buf_str(&c.out));
	json_decref(r->json);
	r->json = json_loads(r->text, 0, NULL);
	return c.status;
}

#define GOOD "--token " SOFTTOKEN_LABEL " --pin-file %P "

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* The first finding of this code. */
static const json_t *
finding(const struct rig *r, const char *code)
{
	const json_t *list = json_object_get(r->json, "findings");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(text_of(json_array_get(list, i), "code"), code) == 0)
			return json_array_get(list, i);
	return NULL;
}

static void
test_profiles(void)
{
	AUTO(rig_free) struct rig r;
	if (!rig_new(&r))
		return;

	CU_ASSERT_EQUAL(audit(&r, GOOD "--json"), 1);
	CU_ASSERT_STRING_EQUAL(text_of(r.json, "profile"), "production");
	CU_ASSERT_STRING_EQUAL(text_of(r.json, "verdict"), "refused");
	CU_ASSERT_STRING_EQUAL(text_of(r.json, "warning"),
	                       "SOFTWARE TOKEN: NOT EVIDENCE");
	CU_ASSERT_STRING_EQUAL(
	        text_of(finding(&r, "software-token"), "severity"), "error");
	CU_ASSERT_EQUAL(audit(&r, GOOD "--json --profile production"), 1);

	CU_ASSERT_EQUAL(audit(&r, GOOD "--json --profile rehearsal"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(r.json, "verdict"), "passed");
	CU_ASSERT_STRING_EQUAL(text_of(r.json, "warning"),
	                       "SOFTWARE TOKEN: NOT EVIDENCE");
	CU_ASSERT_STRING_EQUAL(
	        text_of(finding(&r, "software-token"), "severity"), "warning");
}

/* A rehearsal forgives that the token is software, and nothing else. */
static void
test_rehearsal_refuses(void)
{
	AUTO(rig_free) struct rig r;
	if (!rig_new(&r))
		return;

	liar_honest_again(r.token.module);
	liar_add_pair(&r.token, "second", bytes_of(liar_id_2, 1), true);
	CU_ASSERT_EQUAL(audit(&r, GOOD "--json --profile rehearsal"), 1);
	const json_t *found = finding(&r, "wrap-succeeded");
	CU_ASSERT_STRING_EQUAL(text_of(found, "severity"), "error");
	CU_ASSERT_STRING_EQUAL(text_of(json_object_get(found, "key"), "label"),
	                       "second");
	CU_ASSERT_STRING_EQUAL(text_of(json_object_get(found, "key"), "id"),
	                       "02");
	CU_ASSERT_STRING_EQUAL(text_of(found, "remedy"),
	                       hsm_audit_row(AUDIT_WRAP_SUCCEEDED)->remedy);
}

static void
test_report(void)
{
	AUTO(rig_free) struct rig r;
	if (!rig_new(&r))
		return;

	CU_ASSERT_EQUAL(audit(&r, GOOD "--json"), 1);
	const json_t *keys = json_object_get(r.json, "keys");
	const json_t *key = json_array_get(keys, 0);
	const json_t *attempts = json_object_get(key, "attempts");
	const json_t *attributes = json_object_get(key, "attributes");

	CU_ASSERT_EQUAL(json_array_size(keys), 3);
	CU_ASSERT_STRING_EQUAL(text_of(key, "class"), "private-key");
	CU_ASSERT_STRING_EQUAL(text_of(key, "key_gen_mechanism"),
	                       "CKM_EC_KEY_PAIR_GEN");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(key, "bits")), 256);
	CU_ASSERT_STRING_EQUAL(text_of(attempts, "sign"), "good");
	CU_ASSERT_STRING_EQUAL(text_of(attempts, "read"), "refused");
	CU_ASSERT_STRING_EQUAL(text_of(attempts, "wrap"), "refused");
	CU_ASSERT_TRUE(
	        json_is_true(json_object_get(attributes, "always_sensitive")));
	CU_ASSERT_TRUE(
	        json_is_false(json_object_get(attributes, "extractable")));
	CU_ASSERT_TRUE(json_array_size(json_object_get(r.json, "mechanisms")) >
	               20);
	CU_ASSERT_STRING_EQUAL(text_of(json_object_get(r.json, "token"),
	                               "library_manufacturer"),
	                       "SoftHSM");
}

static void
test_text(void)
{
	static const char *const wanted[] = {
		"SOFTWARE TOKEN: NOT EVIDENCE\n",
		"token 'anchord-test' serial ",
		"  CKM_ECDSA 112..521 sign verify\n",
		"private-key 'anchord-sign' id 01, ec, 256 bits\n",
		" always_sensitive !extractable never_extractable local ",
		"made by CKM_EC_KEY_PAIR_GEN; allowed: any\n",
		"signing: good; reading: refused; wrapping: refused\n",
		"  error software-token: ",
		"Anybody who can read its files can copy its keys.",
		"refused for production: 1 errors, 3 warnings, 3 notes\n",
	};
	AUTO(rig_free) struct rig r;
	if (!rig_new(&r))
		return;

	CU_ASSERT_EQUAL(audit(&r, GOOD), 1);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		if (!strstr(r.text, wanted[i]))
			printf("  not said: %s\n", wanted[i]);
		CU_ASSERT_PTR_NOT_NULL(strstr(r.text, wanted[i]));
	}
	CU_ASSERT_EQUAL(audit(&r, GOOD "--profile rehearsal"), 0);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(r.text, "passed for rehearsal: 0 errors"));
}

/* A label is data from outside. */
static void
test_hostile_label(void)
{
	AUTO(rig_free) struct rig r;
	if (!rig_new(&r))
		return;

	liar_honest_again(r.token.module);
	liar_add_pair(&r.token, "\033[2J\xff", bytes_of(liar_id_2, 1), false);
	CU_ASSERT_EQUAL(audit(&r, GOOD), 1);
	CU_ASSERT_PTR_NULL(strchr(r.text, '\033'));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "x1b[2J\\\\xff'"));
	CU_ASSERT_EQUAL(audit(&r, GOOD "--json"), 1);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(r.json, "keys")), 5);
}

static void
test_usage(void)
{
	static const struct {
		const char *options;
		int status;
	} rows[] = {
		{ GOOD "--profile lenient", 2 },
		{ GOOD "--no-login", 2 },
		{ "--pin-file %P", 2 },
		{ "--token none --pin-file %P", 3 },
		{ "--token " SOFTTOKEN_LABEL " --pin-file /none", 3 },
		{ GOOD "--serial 0011223344556677", 3 },
	};
	AUTO(rig_free) struct rig r;
	if (!rig_new(&r))
		return;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int status = audit(&r, rows[i].options);

		if (status != rows[i].status)
			printf("  %s: %d\n", rows[i].options, status);
		CU_ASSERT_EQUAL(status, rows[i].status);
		CU_ASSERT_STRING_EQUAL(r.text, "");
	}
	CU_ASSERT_EQUAL(audit(&r,
	                      "--token " SOFTTOKEN_LABEL " --no-login --json "
	                      "--profile rehearsal"),
	                1);
	CU_ASSERT_PTR_NOT_NULL(finding(&r, "private-unseen"));
	CU_ASSERT_TRUE(file_write_text(r.pin, "000000\n"));
	CU_ASSERT_EQUAL(audit(&r, GOOD "--profile rehearsal"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "pin-refused"));
}

static const struct harness_test tests[] = {
	{ "refuses software in production", test_profiles },
	{ "refuses a lost key in a rehearsal, too", test_rehearsal_refuses },
	{ "reports what it saw", test_report },
	{ "says the same for people", test_text },
	{ "prints no label that writes to a terminal", test_hostile_label },
	{ "exits 2 and 3 as the others do", test_usage },
	{ NULL, NULL },
};

HARNESS_MAIN("token_audit", tests)
