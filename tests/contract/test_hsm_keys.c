/*
 * test_hsm_keys.c - a device that holds more than one signing key: what
 * hsm_add_key() takes, what it refuses, and that a refusal harms nobody.
 *
 * The last test makes keys by another process, login after login, while this
 * one signs: what an officer does to a service that runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"
#include "tests/common/roles/lifeline.h"
#include "crypto/digest.h"
#include "base/encode.h"
#include "crypto/keys/keyring.h"

#define STORM 50      /* logins of another process */
#define STORM_SIGNS 5 /* signatures at least between two */

struct made {
	char uri[512];
	uint8_t sha256[HASH_SIZE];
};

static struct made
make(const struct softtoken *t, const char *label, uint8_t id, enum alg alg)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	const struct hsm_token_name name = { t->module, SOFTTOKEN_LABEL, "",
		                             NULL };
	const struct hsm_keygen wanted = { .alg = alg,
		                           .label = label,
		                           .id = bytes_of(&id, 1),
		                           .handle_label = "anchord-handle" };
	struct hsm_keygen_result r;
	struct made m;

	CU_ASSERT_EQUAL_FATAL(
	        hsm_token_keygen(&name, t->pin, &wanted, &why, &r), OK);
	snprintf(m.uri, sizeof(m.uri), "%s", r.uri);
	digest_sha256(bytes_of(r.spki, r.spki_len), m.sha256);
	return m;
}

static err_t
add(struct hsm *hsm, const char *uri, const uint8_t *sha256, unsigned *ret_key)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	err_t err = hsm_add_key(hsm, uri, sha256, &why, ret_key);

	snprintf(liar_why, sizeof(liar_why), "%s", buf_str(&why));
	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	return err;
}

/* Signs and verifies by itself, with the public half it is said to have. */
static void
must_sign(struct hsm *hsm)
{
	AUTO(keyring_free) struct keyring *ring = NULL;
	struct hsm_signature s = { .len = 0 };
	struct bytes msg = bytes_of_str("x");
	char kid[KID_SIZE];
	enum alg alg;

	CU_ASSERT_EQUAL_FATAL(hsm_sign(hsm, msg, &s), OK);
	CU_ASSERT_EQUAL_FATAL(key_identify(hsm_public(hsm), &alg, kid), OK);
	CU_ASSERT_EQUAL(alg, hsm_alg(hsm));
	CU_ASSERT_EQUAL_FATAL(keyring_new(&ring), OK);
	CU_ASSERT_EQUAL_FATAL(
	        keyring_add(ring, bytes_of_str(kid), hsm_public(hsm), alg), OK);
	CU_ASSERT_EQUAL(keyring_verify(ring, bytes_of_str(kid), alg, msg,
	                               bytes_of(s.bytes, s.len)),
	                OK);
}

static bool
is_public(const struct hsm *hsm, const uint8_t *sha256)
{
	uint8_t hash[HASH_SIZE];

	digest_sha256(hsm_public(hsm), hash);
	return memcmp(hash, sha256, sizeof(hash)) == 0;
}

static void
test_two(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	const struct made next = make(&t, "next", 2, ALG_ES384);
	unsigned key = 0;

	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	lie.logins = 0;
	CU_ASSERT_EQUAL_FATAL(add(hsm, next.uri, next.sha256, &key), OK);
	CU_ASSERT_EQUAL(lie.logins, 0);
	CU_ASSERT_EQUAL(key, 1);
	CU_ASSERT_TRUE(is_public(hsm, t.public_sha256));
	must_sign(hsm);
	hsm_use(hsm, key);
	CU_ASSERT_TRUE(is_public(hsm, next.sha256));
	CU_ASSERT_EQUAL(hsm_alg(hsm), ALG_ES384);
	must_sign(hsm);
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
	hsm_use(hsm, 0);
	must_sign(hsm);

	/* The old one goes, even out of the token; its place is free. */
	hsm_use(hsm, key);
	hsm_drop_key(hsm, 0);
	must_sign(hsm);
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
	CU_ASSERT_EQUAL(add(hsm, t.uri, t.public_sha256, &key), OK);
	CU_ASSERT_EQUAL(key, 0);
}

static void
test_device_alone(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	struct hsm_options options = liar_options(&t);
	struct hsm_signature s;
	unsigned key = 9;

	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	const struct made next = make(&t, "next", 2, ALG_ES256);
	options.spki_sha256 = NULL; /* so the key of the URI may be gone */
	CU_ASSERT_EQUAL_FATAL(liar_open_with(&options, t.pin, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), E_LATCHED);
	CU_ASSERT_EQUAL(add(hsm, t.uri, t.public_sha256, &key), E_LATCHED);
	CU_ASSERT_EQUAL_FATAL(add(hsm, next.uri, next.sha256, &key), OK);
	CU_ASSERT_EQUAL(key, 0);
	hsm_use(hsm, key);
	must_sign(hsm);
}

static void
must_refuse(struct hsm *hsm, const struct made *m, err_t wanted,
            const char *what)
{
	unsigned key = 77;
	err_t err = add(hsm, m->uri, m->sha256, &key);

	if (err != wanted)
		printf("%s: %s, and not %s\n", what, err_name(err),
		       err_name(wanted));
	CU_ASSERT_EQUAL(err, wanted);
	CU_ASSERT_EQUAL(key, 77);
	must_sign(hsm);
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
}

/* The golden URI with another object, or another serial. */
static struct made
changed(const struct made *m, const char *from, const char *to)
{
	struct made other = *m;
	const char *at = strstr(m->uri, from);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	snprintf(other.uri, sizeof(other.uri), "%.*s%s%s", (int)(at - m->uri),
	         m->uri, to, at + strlen(from));
	return other;
}

static void
test_refused(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	const struct made next = make(&t, "next", 2, ALG_ES256);
	const struct made alone = make(&t, "alone", 7, ALG_ES256);
	struct made bad;

	liar_add_pair(&t, "loose", bytes_of(liar_id_2, 1), true);
	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);

	bad = next;
	bad.sha256[0] ^= 1;
	must_refuse(hsm, &bad, E_LATCHED, "another than pinned");
	bad = alone; /* the only one of its label and its id */
	bad.sha256[0] ^= 1;
	must_refuse(hsm, &bad, E_LATCHED, "another than pinned, alone");
	bad = changed(&next, "object=next", "object=nobody");
	must_refuse(hsm, &bad, E_LATCHED, "missing");
	bad = changed(&next, "object=next", "object=loose");
	must_refuse(hsm, &bad, E_LATCHED, "extractable");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "CKA_"));
	bad = changed(&next, "object=next", "object=anchord-handle");
	must_refuse(hsm, &bad, E_LATCHED, "no signing key");
	bad = changed(&next, "token=", "token=not-");
	must_refuse(hsm, &bad, E_CONFIG, "of another token");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "another token"));
	bad = changed(&next, "pkcs11:", "pkcs11:pin-value=1;");
	must_refuse(hsm, &bad, E_CONFIG, "malformed");
	bad = next;
	memcpy(bad.sha256, t.public_sha256, HASH_SIZE);
	must_refuse(hsm, &bad, E_CONFLICT, "held already");
}

/* A device that is open and refuses is lost for now; it needs no person. */
static void
must_be_lost(struct hsm *hsm)
{
	struct hsm_signature s;

	lie.sign = CKR_DATA_INVALID;
	lie.sign_good = 0;
	lie.signs = 0;
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), E_DEVICE);
	lie.sign = CKR_OK;
}

/* What the device refuses for this key says nothing of the device. */
static void
test_device_refuses(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	const struct made next = make(&t, "next", 2, ALG_ES256);
	unsigned key = 0;

	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	lie.sign = CKR_DATA_INVALID;
	lie.sign_good = 0;
	lie.signs = 0;
	CU_ASSERT_EQUAL(add(hsm, next.uri, next.sha256, &key), E_LATCHED);
	lie.sign = CKR_OK;
	must_sign(hsm);
	must_be_lost(hsm);
	lie.sign_flip = true;
	CU_ASSERT_EQUAL(add(hsm, next.uri, next.sha256, &key), E_DEVICE);
	lie.sign_flip = false;
	must_sign(hsm);
	must_be_lost(hsm);
	CU_ASSERT_EQUAL(add(hsm, next.uri, next.sha256, &key), OK);
	must_be_lost(hsm);
}

static void
test_full(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	struct made m[HSM_KEYS_MAX];
	unsigned key = 0;

	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		char label[16];

		snprintf(label, sizeof(label), "key-%u", i);
		m[i] = make(&t, label, (uint8_t)(16 + i), ALG_ES256);
	}
	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	for (unsigned i = 0; i + 1 < HSM_KEYS_MAX; i++)
		CU_ASSERT_EQUAL(add(hsm, m[i].uri, m[i].sha256, &key), OK);
	must_refuse(hsm, &m[HSM_KEYS_MAX - 1], E_LIMIT, "no place");
}

/* --- another process makes keys ------------------------------------------- */

static pid_t
start_keygen(const struct softtoken *t, unsigned n)
{
	AUTO(buf_release) struct buf program = buf_of(4096);
	char label[32], id[16], pin[160];

	snprintf(label, sizeof(label), "storm-%u", n);
	snprintf(id, sizeof(id), "%08x", 0x1000 + n);
	snprintf(pin, sizeof(pin), "%s/pin", t->directory);
	lifeline_program("anchorctl", &program);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(126);
		execl(buf_str(&program), "anchorctl", "token", "keygen",
		      "--module", t->module, "--token", SOFTTOKEN_LABEL,
		      "--pin-file", pin, "--label", label, "--id", id, NULL);
		_exit(127);
	}
	return pid;
}

static void
write_pin(const struct softtoken *t)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/pin", t->directory);
	FILE *f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(SOFTTOKEN_PIN, f);
	fclose(f);
	chmod(path, 0400);
}

/* Signs until the other has ended; its exit status. */
static int
sign_meanwhile(struct hsm *hsm, pid_t pid)
{
	int status = 0;
	unsigned n = 0;

	while (n++ < STORM_SIGNS || waitpid(pid, &status, WNOHANG) != pid) {
		struct hsm_signature s;

		CU_ASSERT_EQUAL_FATAL(hsm_sign(hsm, bytes_of_str("x"), &s), OK);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_storm(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint8_t mac[HASH_SIZE], again[HASH_SIZE];

	write_pin(&t);
	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	CU_ASSERT_EQUAL_FATAL(hsm_mac(hsm, bytes_of_str("a"), mac), OK);
	for (unsigned i = 0; i < STORM; i++) {
		int status = sign_meanwhile(hsm, start_keygen(&t, i));

		CU_ASSERT_EQUAL_FATAL(status, 0);
		CU_ASSERT_EQUAL_FATAL(hsm_canary(hsm), OK);
	}
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), again), OK);
	CU_ASSERT_EQUAL(memcmp(mac, again, sizeof(mac)), 0);
}

static const struct harness_test tests[] = {
	{ "holds two keys by one login", test_two },
	{ "opens a device without a key", test_device_alone },
	{ "refuses a bad key and signs on", test_refused },
	{ "a refusal is the key's, not the device's", test_device_refuses },
	{ "holds no more than it can", test_full },
	{ "signs while another process makes 50 keys", test_storm },
	{ NULL, NULL },
};

HARNESS_MAIN("hsm_keys", tests)
