/*
 * test_token_verbs.c - `anchorctl token ...` as an officer types it: exit
 * status, JSON, and what it refuses.
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
#include "tests/common/devices/softtoken.h"
#include "tests/common/devices/trust_kit.h"
#include "hsm/core/hsm.h"

#define WORDS_MAX 24

struct rig {
	struct softtoken token;
	char pin[160], so_pin[160];
	json_t *json; /* what the last command printed */
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
	*r = (struct rig){ .json = NULL };
	if (!softtoken_open_empty(&r->token))
		return false;
	const char *d = r->token.directory;
	snprintf(r->pin, sizeof(r->pin), "%s/pin", d);
	snprintf(r->so_pin, sizeof(r->so_pin), "%s/so-pin", d);
	CU_ASSERT_TRUE(file_write_text(r->pin, SOFTTOKEN_PIN "\n"));
	CU_ASSERT_TRUE(file_write_text(r->so_pin, SOFTTOKEN_SO_PIN "\n"));
	return true;
}

/* Runs anchorctl with --json; %M, %P, %S stand for module, PIN and SO PIN
 * file.  Gives the exit status. */
static int
ctl(struct rig *r, const char *line)
{
	char copy[512];
	const char *words[WORDS_MAX] = { NULL };
	char *save = NULL;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s --json", line);
	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS_MAX - 1;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = strcmp(w, "%P") == 0   ? r->pin
		             : strcmp(w, "%S") == 0 ? r->so_pin
		             : strcmp(w, "%M") == 0 ? r->token.module
		                                    : w;
	AUTO(ctl_release) struct ctl c = ctl_run(words, NULL);
	json_decref(r->json);
	r->json = json_loads(buf_str(&c.out), 0, NULL);
	return c.status;
}

static const char *
text_of(const struct rig *r, const char *name)
{
	const char *text = json_string_value(json_object_get(r->json, name));

	return text ? text : "";
}

#define INIT "token init --module %M --so-pin-file %S --pin-file %P --label "

static void
test_ceremony(void)
{
	AUTO(rig_free) struct rig r;
	char check[65];
	if (!rig_new(&r))
		return;

	CU_ASSERT_EQUAL(ctl(&r, INIT "one"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "label"), "one");
	CU_ASSERT_STRING_EQUAL(text_of(&r, "warning"), HSM_SOFTWARE_WARNING);
	CU_ASSERT_EQUAL(ctl(&r, INIT "one"), 1); /* it exists */

	CU_ASSERT_EQUAL(
	        ctl(&r, "token keygen --module %M --token one --pin-file %P"),
	        0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "alg"), "ES256");
	CU_ASSERT_STRING_EQUAL(text_of(&r, "handle_key"), "made");
	CU_ASSERT_EQUAL(strlen(text_of(&r, "handle_check")), 64);
	snprintf(check, sizeof(check), "%s", text_of(&r, "handle_check"));
	CU_ASSERT_EQUAL(strlen(text_of(&r, "public_sha256")), 64);
	CU_ASSERT_EQUAL(strlen(text_of(&r, "kid")), 43);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "uri"), "serial="));
	CU_ASSERT_PTR_NULL(strstr(text_of(&r, "uri"), "pin"));
	CU_ASSERT_EQUAL(
	        ctl(&r, "token keygen --module %M --token one --pin-file %P"),
	        1); /* a second key of the same name */
	CU_ASSERT_EQUAL(ctl(&r, "token keygen --module %M --token one "
	                        "--pin-file %P --label two --id 02 "
	                        "--alg ES384"),
	                0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "alg"), "ES384");
	CU_ASSERT_STRING_EQUAL(text_of(&r, "handle_key"), "kept");
	CU_ASSERT_STRING_EQUAL(text_of(&r, "handle_check"), check);

	CU_ASSERT_EQUAL(
	        ctl(&r, "token list --module %M --token one --pin-file %P"), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(r.json, "objects")), 6);
	CU_ASSERT_EQUAL(ctl(&r, "token strays --module %M --token one "
	                        "--pin-file %P --remove"),
	                0); /* all of it is ours */
	CU_ASSERT_EQUAL(json_array_size(json_object_get(r.json, "strays")), 0);
	CU_ASSERT_EQUAL(ctl(&r, "token strays --module %M --token one "
	                        "--pin-file %P --dry-run"),
	                2);
	CU_ASSERT_EQUAL(ctl(&r, "token list --module %M --token one"), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(r.json, "objects")),
	                2); /* the public ones */
}

static void
put_trust_objects(const struct rig *r)
{
	AUTO(secret_free) struct secret *so_pin = NULL;
	AUTO(buf_release) struct buf der = buf_of(4096);
	const struct hsm_token_name name = { r->token.module, "one", "", NULL };
	struct hsm_trust_put put;
	uint8_t sha256[HASH_SIZE];
	uint64_t now = 0;

	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &so_pin), OK);
	const struct hsm_trust_officer who = { so_pin, r->token.pin };
	trust_kit_certificate(1, &der, sha256);
	CU_ASSERT_EQUAL(trust_kit_put(&name, &who, buf_bytes(&der), &put), OK);
	CU_ASSERT_EQUAL(trust_kit_genesis(&name, &who, 0xab, &put), OK);
	CU_ASSERT_EQUAL(trust_kit_move(&name, &who, 7), OK);
	CU_ASSERT_EQUAL(trust_kit_raise(&name, &who, 12, &now), OK);
}

static json_int_t
number_of(const json_t *j, const char *name)
{
	return json_integer_value(json_object_get(j, name));
}

static void
test_trust(void)
{
	AUTO(rig_free) struct rig r;
	if (!rig_new(&r))
		return;

	CU_ASSERT_EQUAL(ctl(&r, INIT "one"), 0);
	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str(SOFTTOKEN_PIN), &r.token.pin), OK);
	put_trust_objects(&r);
	CU_ASSERT_EQUAL(
	        ctl(&r, "token trust --module %M --token one --pin-file %P"),
	        0);
	const json_t *head = json_object_get(r.json, "head");
	CU_ASSERT_EQUAL(number_of(head, "version"), 7);
	CU_ASSERT_EQUAL(
	        strlen(json_string_value(json_object_get(head, "sha256"))), 64);
	CU_ASSERT_EQUAL(number_of(r.json, "counter"), 12);
	CU_ASSERT_EQUAL(number_of(r.json, "certificates_found"), 1);
	CU_ASSERT_EQUAL(number_of(r.json, "heads_found"), 1);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(r.json, "genesis")), 1);
	const json_t *c =
	        json_array_get(json_object_get(r.json, "certificates"), 0);
	const json_t *attributes = json_object_get(c, "attributes");
	CU_ASSERT_TRUE(json_is_true(json_object_get(attributes, "trusted")));
	CU_ASSERT_TRUE(
	        json_is_false(json_object_get(attributes, "destroyable")));
	CU_ASSERT_TRUE(number_of(c, "bytes") > 100);
	/* without a login the private ones do not show */
	CU_ASSERT_EQUAL(ctl(&r, "token trust --module %M --token one"), 0);
	CU_ASSERT_TRUE(json_is_null(json_object_get(r.json, "head")));
	CU_ASSERT_TRUE(json_is_null(json_object_get(r.json, "counter")));
	CU_ASSERT_EQUAL(number_of(r.json, "certificates_found"), 1);
	CU_ASSERT_EQUAL(ctl(&r, "token trust --module %M"), 2);
	CU_ASSERT_EQUAL(ctl(&r, "token trust --module %M --token none"), 3);
}

static void
test_refusals(void)
{
	static const struct {
		const char *line;
		int status;
	} rows[] = {
		{ "token keygen --module %M --token none --pin-file %P", 3 },
		{ "token keygen --module relative.so --token one --pin-file %P",
		  3 },
		{ "token keygen --module %M --token one --pin-file /none", 3 },
		{ "token keygen --module %M --token one --pin-file %S", 1 },
		{ "token keygen --module %M --token one --pin-file %P "
		  "--alg ES512",
		  2 },
		{ "token keygen --module %M --token one --pin-file %P --id xy",
		  2 },
		{ "token keygen --module %M --token one --pin 1234", 2 },
		{ "token list --module %M --pin-file %P", 2 },
		{ INIT "a-label-of-more-than-thirty-two-bytes", 1 },
	};
	AUTO(rig_free) struct rig r;
	if (!rig_new(&r))
		return;

	CU_ASSERT_EQUAL(ctl(&r, INIT "one"), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int status = ctl(&r, rows[i].line);

		if (status != rows[i].status)
			printf("  %s: %d\n", rows[i].line, status);
		CU_ASSERT_EQUAL(status, rows[i].status);
		CU_ASSERT_PTR_NULL(r.json);
	}
	chmod(r.pin, 0640);
	CU_ASSERT_EQUAL(
	        ctl(&r, "token keygen --module %M --token one --pin-file %P"),
	        3);
}

static void
test_unlatch(void)
{
	AUTO(rig_free) struct rig r;
	char line[256];
	char path[192], permit[192];
	if (!rig_new(&r))
		return;

	snprintf(line, sizeof(line), "token unlatch --state %s/state",
	         r.token.directory);
	snprintf(path, sizeof(path), "%s/state/%s", r.token.directory,
	         HSM_LATCH_FILE);
	CU_ASSERT_EQUAL(ctl(&r, line), 0);
	CU_ASSERT_TRUE(json_is_false(json_object_get(r.json, "was_latched")));
	snprintf(permit, sizeof(permit), "%s/state/%s", r.token.directory,
	         HSM_PERMIT_FILE);
	CU_ASSERT_EQUAL(access(permit, F_OK), -1); /* nobody asked for one */
	CU_ASSERT_TRUE(file_write_text(path, "PIN refused\n"));
	CU_ASSERT_EQUAL(ctl(&r, line), 0);
	CU_ASSERT_TRUE(json_is_true(json_object_get(r.json, "was_latched")));
	CU_ASSERT_STRING_EQUAL(text_of(&r, "why"), "PIN refused");
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	CU_ASSERT_EQUAL(access(permit, F_OK), 0);
	CU_ASSERT_EQUAL(ctl(&r, "token unlatch --state /nonexistent"), 3);

	/* What the key holder's user put there instead: nobody waits for it,
	 * and no link is followed. */
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(ctl(&r, line), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "why"), "");
	CU_ASSERT_EQUAL(symlink(r.pin, path), 0);
	CU_ASSERT_EQUAL(ctl(&r, line), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "why"), "");
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
}

#define SO_PIN "token so-pin --module %M --token one --so-pin-file %S"

/* A factory's PIN is replaced; keys and user PIN stay. */
static void
test_so_pin(void)
{
	AUTO(rig_free) struct rig r;
	char line[512], next[192];
	if (!rig_new(&r))
		return;

	snprintf(next, sizeof(next), "%s/next", r.token.directory);
	CU_ASSERT_TRUE(file_write_text(next, "271828182845\n"));
	CU_ASSERT_EQUAL(ctl(&r, INIT "one"), 0);
	CU_ASSERT_EQUAL(ctl(&r, SO_PIN " --new-so-pin-file %S"), 1); /* same */
	snprintf(line, sizeof(line), "%s --new-so-pin-file %s", SO_PIN, next);
	CU_ASSERT_TRUE(
	        file_write_text(next, "123\n")); /* too short for SoftHSM */
	CU_ASSERT_EQUAL(ctl(&r, line), 1);
	CU_ASSERT_TRUE(file_write_text(next, "271828182845\n"));
	CU_ASSERT_EQUAL(ctl(&r, line), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "label"), "one");
	CU_ASSERT_EQUAL(ctl(&r, line), 1); /* the old one is none now */
	CU_ASSERT_TRUE(file_write_text(r.so_pin, "271828182845\n"));
	CU_ASSERT_TRUE(file_write_text(next, "314159265358\n"));
	CU_ASSERT_EQUAL(ctl(&r, line), 0);
	CU_ASSERT_EQUAL(
	        ctl(&r, "token keygen --module %M --token one --pin-file %P"),
	        0);
	CU_ASSERT_EQUAL(ctl(&r, "token so-pin --module %M --token none "
	                        "--so-pin-file %S --new-so-pin-file %P"),
	                3);
}

/* A PIN is in a file, and a pipe that nobody writes holds nobody up. */
static void
test_pin_pipe(void)
{
	AUTO(rig_free) struct rig r;
	if (!rig_new(&r))
		return;

	CU_ASSERT_EQUAL(unlink(r.pin), 0);
	CU_ASSERT_EQUAL(mkfifo(r.pin, 0600), 0);
	CU_ASSERT_EQUAL(ctl(&r, INIT "one"), 3);
}

static void
test_pins_show(void)
{
	AUTO(rig_free) struct rig r;
	char line[512], pins[192], kid[64];
	if (!rig_new(&r))
		return;

	snprintf(pins, sizeof(pins), "%s/pins", r.token.directory);
	CU_ASSERT_EQUAL(ctl(&r, INIT "one"), 0);
	snprintf(line, sizeof(line),
	         "token keygen --module %%M --token one --pin-file %%P "
	         "--name hsm --node 7 --pins %s",
	         pins);
	CU_ASSERT_EQUAL(ctl(&r, line), 0);
	snprintf(kid, sizeof(kid), "%s", text_of(&r, "kid"));

	snprintf(line, sizeof(line), "pins show %s", pins);
	CU_ASSERT_EQUAL(ctl(&r, line), 0);
	json_t *keys = json_object_get(r.json, "keys");
	json_t *key = json_array_get(keys, 0);
	CU_ASSERT_EQUAL(json_array_size(keys), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(key, "kid")),
	                       kid);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(key, "state")),
	                       "signs");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(key, "node")), 7);

	snprintf(line, sizeof(line), "pins show --jwks %s", pins);
	CU_ASSERT_EQUAL(ctl(&r, line), 0);
	keys = json_object_get(r.json, "keys");
	CU_ASSERT_EQUAL(json_array_size(keys), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(
	                               json_array_get(keys, 0), "kid")),
	                       kid);

	file_write_text(pins,
	                "format = 1;\nversion = 1;\nkeys = ( );\nmore = 1;\n");
	CU_ASSERT_EQUAL(ctl(&r, line), 1);
	CU_ASSERT_EQUAL(ctl(&r, "pins show /nonexistent"), 3);
}

static const struct harness_test tests[] = {
	{ "makes a token and its keys, once", test_ceremony },
	{ "shows the trust objects", test_trust },
	{ "refuses, and says how", test_refusals },
	{ "lifts the latch", test_unlatch },
	{ "changes the SO PIN", test_so_pin },
	{ "waits for no PIN at a pipe", test_pin_pipe },
	{ "shows a pins file", test_pins_show },
	{ NULL, NULL },
};

HARNESS_MAIN("token_verbs", tests)
