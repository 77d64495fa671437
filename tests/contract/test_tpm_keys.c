/*
 * test_tpm_keys.c - a TPM that holds more than one signing key: what
 * hsm_add_key() takes and refuses there, and what an officer may do beside the
 * key in use (hsm/admin/rotate.h).
 *
 * No resource manager here, so the officer comes first, and then the key holder.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/devices/swtpm_kit.h"
#include "crypto/digest.h"
#include "hsm/core/hsm.h"
#include "hsm/admin/rotate.h"
#include "crypto/keys/keyring.h"

#define HANDLES 16 /* for keys that follow another */

struct made {
	char uri[512];
	uint8_t sha256[HASH_SIZE];
	enum alg alg;
};

static char why_text[512];

#define RIG(t)                                                     \
	AUTO(swtpm_close)                                          \
	struct swtpm t = { .pid = 0 };                             \
	if (!swtpm_open(&(t)) || !swtpm_keys(&(t), "", ALG_ES256)) \
	return

static err_t
next(const struct swtpm *t, const uint8_t *sha256, const char *pin_text,
     enum alg alg, struct made *ret_made)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(why_text) - 1);
	AUTO(secret_free) struct secret *pin = NULL;
	const struct hsm_key_pinned old = { NULL, t->uri, sha256, false, NULL };
	const struct hsm_keygen wanted = { .alg = alg,
		                           .label = "",
		                           .handle_label = "" };
	struct hsm_keygen_result r;

	CU_ASSERT_EQUAL(secret_copy(bytes_of_str(pin_text), &pin), OK);
	err_t err = hsm_key_rotate(&old, pin, &wanted, &why, &r);
	snprintf(why_text, sizeof(why_text), "%s", buf_str(&why));
	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	if (err != OK)
		return err;
	snprintf(ret_made->uri, sizeof(ret_made->uri), "%s", r.uri);
	digest_sha256(bytes_of(r.spki, r.spki_len), ret_made->sha256);
	ret_made->alg = r.alg;
	return OK;
}

static err_t
destroy(const char *uri, const uint8_t *sha256)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(why_text) - 1);
	const struct hsm_key_pinned key = { NULL, uri, sha256, false, NULL };

	return hsm_key_destroy(&key, NULL, &why);
}

static struct hsm *
open_tpm(const struct swtpm *t, const uint8_t *sha256)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	const struct hsm_options options = { .uri = t->uri,
		                             .spki_sha256 = sha256 };
	struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL_FATAL(hsm_open(&options, t->pin, &why, &hsm), OK);
	return hsm;
}

static err_t
add(struct hsm *hsm, const struct made *m, unsigned *ret_key)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(why_text) - 1);
	err_t err = hsm_add_key(hsm, m->uri, m->sha256, &why, ret_key);

	snprintf(why_text, sizeof(why_text), "%s", buf_str(&why));
	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	return err;
}

/* Signs, and by that key: verified with the public half it is said to have. */
static void
must_sign(struct hsm *hsm, const uint8_t *sha256)
{
	AUTO(keyring_free) struct keyring *ring = NULL;
	struct hsm_signature s = { .len = 0 };
	struct bytes msg = bytes_of_str("x");
	uint8_t hash[HASH_SIZE];
	char kid[KID_SIZE];
	enum alg alg;

	digest_sha256(hsm_public(hsm), hash);
	CU_ASSERT_EQUAL(memcmp(hash, sha256, sizeof(hash)), 0);
	CU_ASSERT_EQUAL_FATAL(hsm_sign(hsm, msg, &s), OK);
	CU_ASSERT_EQUAL_FATAL(key_identify(hsm_public(hsm), &alg, kid), OK);
	CU_ASSERT_EQUAL_FATAL(keyring_new(&ring), OK);
	CU_ASSERT_EQUAL_FATAL(keyring_add(ring, bytes_of_str(kid),
	                                  hsm_public(hsm), hsm_alg(hsm)),
	                      OK);
	CU_ASSERT_EQUAL(keyring_verify(ring, bytes_of_str(kid), hsm_alg(hsm),
	                               msg, bytes_of(s.bytes, s.len)),
	                OK);
}

static void
test_two(void)
{
	RIG(t);
	struct made m, third;
	unsigned key = 0;

	CU_ASSERT_EQUAL_FATAL(
	        next(&t, t.public_sha256, SWTPM_PIN, ALG_ES384, &m), OK);
	CU_ASSERT_EQUAL(m.alg, ALG_ES384);
	CU_ASSERT_EQUAL_FATAL(
	        next(&t, t.public_sha256, SWTPM_PIN, ALG_COUNT, &third), OK);
	CU_ASSERT_EQUAL(third.alg, ALG_ES256); /* as the old one */
	CU_ASSERT_PTR_NOT_NULL(strstr(m.uri, "key=0x81018010&"));
	CU_ASSERT_PTR_NOT_NULL(strstr(third.uri, "key=0x81018011&"));

	AUTO(hsm_close) struct hsm *hsm = open_tpm(&t, t.public_sha256);
	CU_ASSERT_EQUAL_FATAL(add(hsm, &m, &key), OK);
	CU_ASSERT_EQUAL(key, 1);
	must_sign(hsm, t.public_sha256);
	hsm_use(hsm, key);
	must_sign(hsm, m.sha256);
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
	hsm_use(hsm, 0);
	must_sign(hsm, t.public_sha256);

	/* The old one goes; its place is free. */
	hsm_use(hsm, key);
	hsm_drop_key(hsm, 0);
	must_sign(hsm, m.sha256);
	CU_ASSERT_EQUAL(add(hsm, &third, &key), OK);
	CU_ASSERT_EQUAL(key, 0);
	hsm_use(hsm, key);
	must_sign(hsm, third.sha256);
}

/* With an order, the key of token.uri may be gone. */
static void
test_device_alone(void)
{
	RIG(t);
	struct made m;
	const struct made old = { .uri = "" };
	struct made gone = old;
	unsigned key = 9;

	CU_ASSERT_EQUAL_FATAL(
	        next(&t, t.public_sha256, SWTPM_PIN, ALG_COUNT, &m), OK);
	CU_ASSERT_EQUAL(destroy(t.uri, t.public_sha256), OK);
	AUTO(hsm_close) struct hsm *hsm = open_tpm(&t, NULL);
	snprintf(gone.uri, sizeof(gone.uri), "%s", t.uri);
	memcpy(gone.sha256, t.public_sha256, HASH_SIZE);
	CU_ASSERT_EQUAL(add(hsm, &gone, &key), E_LATCHED);
	CU_ASSERT_EQUAL_FATAL(add(hsm, &m, &key), OK);
	CU_ASSERT_EQUAL(key, 0);
	hsm_use(hsm, key);
	must_sign(hsm, m.sha256);
}

static void
must_refuse(struct hsm *hsm, const struct swtpm *t, const struct made *m,
            err_t wanted, const char *says)
{
	unsigned key = 77;

	CU_ASSERT_EQUAL(add(hsm, m, &key), wanted);
	if (!strstr(why_text, says))
		printf("  '%s' does not say '%s'\n", why_text, says);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, says));
	CU_ASSERT_EQUAL(key, 77);
	must_sign(hsm, t->public_sha256);
}

static struct made
changed(const struct made *m, const char *part, const char *to)
{
	struct made out = *m;
	char *at = strstr(out.uri, part);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(at, to, strlen(to));
	return out;
}

/* Made by the owner with the authorisation `auth`, below our parent. */
static void
make_strange(const struct swtpm *t, const char *auth, const char *attributes,
             const char *handle)
{
	char line[512];

	snprintf(line, sizeof(line),
	         "tpm2_create -C 0x81018000 -G ecc:ecdsa-sha256 -p %s -a %s "
	         "-u s.pub -r s.priv",
	         auth, attributes);
	CU_ASSERT_TRUE(swtpm_tool(t, line));
	CU_ASSERT_TRUE(swtpm_tool(
	        t, "tpm2_load -C 0x81018000 -u s.pub -r s.priv -c s.ctx"));
	snprintf(line, sizeof(line), "tpm2_evictcontrol -C o -c s.ctx %s",
	         handle);
	CU_ASSERT_TRUE(swtpm_tool(t, line));
	CU_ASSERT_TRUE(swtpm_tool(t, "tpm2_flushcontext -t"));
}

#define OURS "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign"

/* The pin of what is there: only the key itself is wrong. */
static struct made
read_back(const struct swtpm *t, const struct made *m, const char *handle)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct made out = changed(m, "key=0x81018010", handle);
	const struct hsm_key_name name = { NULL, out.uri };
	struct hsm_public public;

	(void)t;
	if (hsm_token_public(&name, NULL, &why, &public) == OK)
		digest_sha256(bytes_of(public.spki, public.spki_len),
		              out.sha256);
	return out;
}

static void
test_refused(void)
{
	RIG(t);
	struct made m;

	CU_ASSERT_EQUAL_FATAL(
	        next(&t, t.public_sha256, SWTPM_PIN, ALG_COUNT, &m), OK);
	make_strange(&t, "other", OURS, "0x81018012");
	make_strange(&t, SWTPM_PIN, "sensitivedataorigin|userwithauth|sign",
	             "0x81018013");
	struct made foreign_pin = read_back(&t, &m, "key=0x81018012");
	struct made loose = read_back(&t, &m, "key=0x81018013");
	struct made other = m;
	other.sha256[0] ^= 1;
	struct made tpm = changed(&m, "parent-name=000b", "parent-name=000bff");
	struct made absent = changed(&m, "key=0x81018010", "key=0x8101801f");
	struct made malformed = changed(&m, "key=0x81018010", "kay=0x81018010");

	AUTO(hsm_close) struct hsm *hsm = open_tpm(&t, t.public_sha256);
	must_refuse(hsm, &t, &foreign_pin, E_LATCHED, "Sign");
	must_refuse(hsm, &t, &loose, E_LATCHED, "could leave the TPM");
	must_refuse(hsm, &t, &other, E_LATCHED, "pinned");
	must_refuse(hsm, &t, &tpm, E_CONFIG, "another TPM");
	must_refuse(hsm, &t, &absent, E_LATCHED, "no signing key");
	must_refuse(hsm, &t, &malformed, E_CONFIG, "kay");
	/* what is held already, by another name or for something else */
	struct made same = changed(&m, "key=0x81018010", "key=0x81018001");
	struct made parent = changed(&m, "key=0x81018010", "key=0x81018000");
	struct made mac = changed(&m, "key=0x81018010", "key=0x81018002");
	must_refuse(hsm, &t, &same, E_CONFLICT, "in use already");
	must_refuse(hsm, &t, &parent, E_CONFIG, "the same handle or file");
	must_refuse(hsm, &t, &mac, E_CONFIG, "the same handle or file");
	memcpy(strstr(mac.uri, "mac=0x81018002"), "mac=0x81018003", 14);
	must_refuse(hsm, &t, &mac, E_CONFLICT, "in use already");
	uint8_t handle[HASH_SIZE];
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("x"), handle), OK);
	unsigned key = 0;
	CU_ASSERT_EQUAL(add(hsm, &m, &key), OK);
}

static void
test_officer(void)
{
	RIG(t);
	struct made m;
	uint8_t other[HASH_SIZE];

	memcpy(other, t.public_sha256, sizeof(other));
	other[0] ^= 1;
	CU_ASSERT_EQUAL(next(&t, t.public_sha256, "000000", ALG_COUNT, &m),
	                E_LATCHED);
	CU_ASSERT_EQUAL(next(&t, other, SWTPM_PIN, ALG_COUNT, &m), E_LATCHED);
	CU_ASSERT_EQUAL(next(&t, t.public_sha256, SWTPM_PIN, ALG_ED25519, &m),
	                E_DENIED);
	/* none of these made a key: the first is in the first place */
	for (unsigned i = 0; i < HANDLES; i++)
		CU_ASSERT_EQUAL_FATAL(
		        next(&t, t.public_sha256, SWTPM_PIN, ALG_COUNT, &m),
		        OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(m.uri, "key=0x8101801f&"));
	CU_ASSERT_EQUAL(next(&t, t.public_sha256, SWTPM_PIN, ALG_COUNT, &m),
	                E_LIMIT);

	CU_ASSERT_EQUAL(destroy(t.uri, other), E_DENIED);
	CU_ASSERT_EQUAL(destroy(m.uri, t.public_sha256), E_DENIED);
	hsm_close(open_tpm(&t, t.public_sha256)); /* it is still there */
	CU_ASSERT_EQUAL(destroy(m.uri, m.sha256), OK);
	CU_ASSERT_EQUAL(destroy(m.uri, m.sha256), E_NOT_FOUND);
	CU_ASSERT_EQUAL(next(&t, t.public_sha256, SWTPM_PIN, ALG_COUNT, &m),
	                OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(m.uri, "key=0x8101801f&"));
}

/* The next of a key in a file is in the TPM; the file is what is destroyed. */
static void
test_blob(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	AUTO(buf_release) struct buf why = buf_of(256);
	char places[256], path[128];
	struct hsm_key_place place;
	struct made m;

	if (!swtpm_open(&t))
		return;
	snprintf(path, sizeof(path), "%s/sign.tpm", t.directory);
	snprintf(places, sizeof(places), "?key=%s", path);
	if (!swtpm_keys(&t, places, ALG_ES256))
		return;
	CU_ASSERT_EQUAL(hsm_key_place(t.uri, &why, &place), OK);
	CU_ASSERT_STRING_EQUAL(place.label, path);
	CU_ASSERT_EQUAL_FATAL(
	        next(&t, t.public_sha256, SWTPM_PIN, ALG_COUNT, &m), OK);
	CU_ASSERT_EQUAL(hsm_key_place(m.uri, &why, &place), OK);
	CU_ASSERT_STRING_EQUAL(place.label, "0x81018010");
	CU_ASSERT_STRING_EQUAL(place.id, "");

	AUTO(hsm_close) struct hsm *hsm = open_tpm(&t, t.public_sha256);
	unsigned key = 0;
	CU_ASSERT_EQUAL_FATAL(add(hsm, &m, &key), OK);
	hsm_use(hsm, key);
	must_sign(hsm, m.sha256);
	hsm_close(TAKE(hsm));
	CU_ASSERT_EQUAL(destroy(t.uri, m.sha256), E_DENIED);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_EQUAL(destroy(t.uri, t.public_sha256), OK);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_EQUAL(hsm_key_place("other:x", &why, &place), E_CONFIG);
}

/* --- key files ------------------------------------------------------------ */

static void
must_not_read(struct hsm *hsm, const struct swtpm *t, const char *name)
{
	struct made m = { .uri = "" };
	const char *at = strstr(t->uri, "key=");
	unsigned key = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	snprintf(m.uri, sizeof(m.uri), "%.*skey=%s/%s%s", (int)(at - t->uri),
	         t->uri, t->directory, name, at + strcspn(at, "&"));
	(void)alarm(60); /* ends the program that waits for a writer */
	CU_ASSERT_EQUAL(add(hsm, &m, &key), E_CONFIG);
	(void)alarm(0);
	if (!strstr(why_text, "no such regular file"))
		printf("  %s: %s\n", name, why_text);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "no such regular file"));
	must_sign(hsm, t->public_sha256);
}

/* What is no regular file is not read, and nobody waits for it. */
static void
test_key_files(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = open_tpm(&t, t.public_sha256);
	char path[3][96];
	static const char *const names[] = { "fifo", "link", "folder" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		snprintf(path[i], sizeof(path[i]), "%s/%s", t.directory,
		         names[i]);
	CU_ASSERT_EQUAL(mkfifo(path[0], 0600), 0);
	CU_ASSERT_EQUAL(symlink("/etc/passwd", path[1]), 0);
	CU_ASSERT_EQUAL(mkdir(path[2], 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		must_not_read(hsm, &t, names[i]);
	must_not_read(hsm, &t, "nobody");
	CU_ASSERT_EQUAL(unlink(path[0]), 0);
	CU_ASSERT_EQUAL(unlink(path[1]), 0);
	CU_ASSERT_EQUAL(rmdir(path[2]), 0);
}

static const struct harness_test tests[] = {
	{ "holds two keys, and signs by either", test_two },
	{ "opens without the key of its URI", test_device_alone },
	{ "takes no key that is wrong, and signs on", test_refused },
	{ "an officer makes the next key, and takes the old one away",
	  test_officer },
	{ "follows a key that is in a file", test_blob },
	{ "reads no key from what is no regular file", test_key_files },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_keys", tests)
