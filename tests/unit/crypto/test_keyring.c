/*
 * test_keyring.c - which keys we take, what they verify, how they are printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"
#include "crypto/ecdsa.h"
#include "base/encode.h"

static struct bytes
message(void)
{
	return bytes_of_str("the message");
}

/* RFC 7638 section 3.1's example key: its thumbprint is in the RFC. */
static const char rfc7638[] =
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXE"
        "ps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi"
        "FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQ"
        "R0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOp"
        "bISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0L"
        "s1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\","
        "\"kid\":\"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs\"}]}";

static void
test_thumbprint(void)
{
	AUTO(keyring_free) struct keyring *ring = NULL;
	AUTO(buf_release) struct buf out = buf_of(KEYRING_JSON_MAX);

	CU_ASSERT_EQUAL_FATAL(keyring_of_jwks(bytes_of_str(rfc7638), &ring),
	                      OK);
	CU_ASSERT_EQUAL(keyring_to_jwks(ring, &out), OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(
	        buf_str(&out), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&out), "\"alg\":\"RS256\""));
}

/* --- verifying ------------------------------------------------------------ */

static void
check_verify(enum alg alg)
{
	AUTO(soft_key_free) struct soft_key *key = soft_key_new(alg, "one");
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
	AUTO(buf_release) struct buf sig = buf_of(1024);
	struct bytes kid = bytes_of_str(soft_key_kid(key));

	soft_key_sign(key, message(), &sig);
	struct bytes good = buf_bytes(&sig);
	CU_ASSERT_EQUAL(keyring_verify(ring, kid, alg, message(), good), OK);
	CU_ASSERT_EQUAL(
	        keyring_verify(ring, kid, alg, bytes_of_str("a lie"), good),
	        E_DENIED);
	CU_ASSERT_EQUAL(
	        keyring_verify(ring, bytes_of_str("x"), alg, message(), good),
	        E_NOT_FOUND);
	for (enum alg other = 0; other <= ALG_COUNT; other++)
		if (other != alg)
			CU_ASSERT_EQUAL(keyring_verify(ring, kid, other,
			                               message(), good),
			                E_DENIED);
	for (size_t n = 0; n < good.len; n++)
		CU_ASSERT_EQUAL(keyring_verify(ring, kid, alg, message(),
		                               bytes_of(good.data, n)),
		                E_DENIED);
	for (size_t i = 0; i < good.len; i++) {
		sig.data[i] ^= 0x10;
		CU_ASSERT_EQUAL(keyring_verify(ring, kid, alg, message(), good),
		                E_DENIED);
		sig.data[i] ^= 0x10;
	}
	buf_u8(&sig, 0);
	CU_ASSERT_EQUAL(
	        keyring_verify(ring, kid, alg, message(), buf_bytes(&sig)),
	        E_DENIED);
}

static void
test_verify(void)
{
	for (enum alg a = 0; a < ALG_COUNT; a++)
		check_verify(a);
}

/* --- taking keys in ------------------------------------------------------- */

static void
test_add(void)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "one");
	AUTO(soft_key_free)
	struct soft_key *rsa = soft_key_new(ALG_PS256, "rsa");
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
	struct bytes kid = bytes_of_str(soft_key_kid(key));
	struct bytes spki = soft_key_spki(key);

	CU_ASSERT_EQUAL(keyring_add(ring, kid, spki, ALG_ES256), OK);
	CU_ASSERT_EQUAL(keyring_add(ring, kid, spki, ALG_ES384), E_DENIED);
	CU_ASSERT_EQUAL(keyring_add(ring, bytes_of_str(soft_key_kid(rsa)), spki,
	                            ALG_ES256),
	                E_DENIED);
	kid = bytes_of_str(soft_key_kid(rsa));
	spki = soft_key_spki(rsa);
	CU_ASSERT_EQUAL(keyring_add(ring, kid, spki, ALG_PS256), OK);
	CU_ASSERT_EQUAL(keyring_add(ring, kid, spki, ALG_RS256), E_CONFLICT);
	CU_ASSERT_EQUAL(keyring_add(ring, kid, spki, ALG_ES256), E_DENIED);
}

static void
test_full(void)
{
	AUTO(keyring_free) struct keyring *ring = NULL;

	CU_ASSERT_EQUAL_FATAL(keyring_new(&ring), OK);
	for (unsigned i = 0; i <= KEYRING_MAX; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "key %u", i);
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(ALG_ED25519, name);
		CU_ASSERT_EQUAL(keyring_add(ring,
		                            bytes_of_str(soft_key_kid(key)),
		                            soft_key_spki(key), ALG_ED25519),
		                i < KEYRING_MAX ? OK : E_LIMIT);
	}
}

/* All bits of a key's DER that are not the point: another key, or none. */
static void
check_spki(enum alg alg)
{
	AUTO(soft_key_free) struct soft_key *key = soft_key_new(alg, "one");
	AUTO(buf_release) struct buf spki = buf_of(2048);
	char kid[KID_SIZE] = "untouched";
	enum alg found = ALG_COUNT;

	buf_append(&spki, soft_key_spki(key));
	for (size_t n = 0; n < spki.len; n++)
		CU_ASSERT_EQUAL(
		        key_identify(bytes_of(spki.data, n), &found, kid),
		        E_MALFORMED);
	CU_ASSERT_STRING_EQUAL(kid, "untouched");
	CU_ASSERT_EQUAL(found, ALG_COUNT);
	for (size_t bit = 0; bit < spki.len * 8; bit++) {
		spki.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (key_identify(buf_bytes(&spki), &found, kid) == OK)
			CU_ASSERT_STRING_NOT_EQUAL(kid, soft_key_kid(key));
		spki.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	buf_u8(&spki, 0);
	CU_ASSERT_EQUAL(key_identify(buf_bytes(&spki), &found, kid),
	                E_MALFORMED);
}

static void
test_spki(void)
{
	for (enum alg a = 0; a < ALG_COUNT; a++)
		check_spki(a);
}

static err_t
identify_hex(const char *hex)
{
	AUTO(buf_release) struct buf spki = buf_of(2048);
	char kid[KID_SIZE];
	enum alg alg;

	CU_ASSERT_EQUAL_FATAL(decode_hex(&spki, bytes_of_str(hex)), OK);
	return key_identify(buf_bytes(&spki), &alg, kid);
}

static void
test_refused_keys(void)
{
	/* A compressed P-256 point; secp256k1; a 512-bit RSA key. */
	CU_ASSERT_EQUAL(
	        identify_hex("3039301306072a8648ce3d020106082a8648ce3d030107032"
	                     "2000360fed4ba255a9d31c961eb74c6356d68c049b8923b61"
	                     "fa6ce669622e60f29fb6"),
	        E_MALFORMED);
	CU_ASSERT_EQUAL(
	        identify_hex("3056301006072a8648ce3d020106052b8104000a034200047"
	                     "9be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959"
	                     "f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd1"
	                     "7b448a68554199c47d08ffb10d4b8"),
	        E_MALFORMED);
	/* A point beside the curve. */
	CU_ASSERT_EQUAL(
	        identify_hex("3059301306072a8648ce3d020106082a8648ce3d030107034"
	                     "2000460fed4ba255a9d31c961eb74c6356d68c049b8923b61"
	                     "fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628b"
	                     "c64f2f1b20c2d7e9f5177a3c294d4462298"),
	        E_MALFORMED);
}

/* RSA too short, and with the exponent of the old forgeries. */
static void
check_weak_rsa(size_t bits, unsigned exponent)
{
	AUTO(buf_release) struct buf spki = buf_of(2048);
	char kid[KID_SIZE];
	enum alg alg;

	soft_rsa_spki(bits, exponent, &spki);
	CU_ASSERT_EQUAL(key_identify(buf_bytes(&spki), &alg, kid),
	                bits >= 2048 && exponent >= 65537 ? OK : E_MALFORMED);
}

static void
test_weak_rsa(void)
{
	check_weak_rsa(2048, 65537);
	check_weak_rsa(1024, 65537);
	check_weak_rsa(2040, 65537);
	check_weak_rsa(2048, 3);
	check_weak_rsa(2048, 65535);
}

/* --- printing and reading ------------------------------------------------- */

static struct keyring *
ring_of_all(void)
{
	struct keyring *ring = NULL;

	CU_ASSERT_EQUAL_FATAL(keyring_new(&ring), OK);
	for (enum alg a = 0; a < ALG_COUNT; a++) {
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(a, "one");
		CU_ASSERT_EQUAL(keyring_add(ring,
		                            bytes_of_str(soft_key_kid(key)),
		                            soft_key_spki(key), a),
		                OK);
	}
	return ring;
}

static void
test_jwks(void)
{
	AUTO(keyring_free) struct keyring *ring = ring_of_all();
	AUTO(keyring_free) struct keyring *read = NULL;
	AUTO(buf_release) struct buf out = buf_of(KEYRING_JSON_MAX);
	AUTO(buf_release) struct buf again = buf_of(KEYRING_JSON_MAX);

	CU_ASSERT_EQUAL(keyring_to_jwks(ring, &out), OK);
	CU_ASSERT_EQUAL_FATAL(keyring_of_jwks(buf_bytes(&out), &read), OK);
	CU_ASSERT_EQUAL(keyring_to_jwks(read, &again), OK);
	CU_ASSERT(bytes_equal(buf_bytes(&out), buf_bytes(&again)));
	CU_ASSERT_PTR_NULL(strstr(buf_str(&out), "\"d\""));
}

/* One edit of a good set. */
static err_t
edited(const char *member, json_t *value)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "one");
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
	AUTO(keyring_free) struct keyring *read = NULL;
	AUTO(buf_release) struct buf out = buf_of(KEYRING_JSON_MAX);

	CU_ASSERT_EQUAL_FATAL(keyring_to_jwks(ring, &out), OK);
	json_t *set = json_loads(buf_str(&out), 0, NULL);
	json_t *jwk = json_array_get(json_object_get(set, "keys"), 0);
	if (value)
		json_object_set_new(jwk, member, value);
	else
		json_object_del(jwk, member);
	char *text = json_dumps(set, 0);
	json_decref(set);
	err_t err = keyring_of_jwks(bytes_of_str(text), &read);
	free(text);
	return err;
}

static void
test_jwks_refused(void)
{
	CU_ASSERT_EQUAL(edited("kid", NULL), OK);
	CU_ASSERT_EQUAL(edited("alg", NULL), OK);
	CU_ASSERT_EQUAL(edited("use", NULL), OK);
	CU_ASSERT_EQUAL(edited("x5t", json_string("AAAA")), OK);
	CU_ASSERT_EQUAL(edited("kty", json_string("XYZ")),
	                OK); /* passed over */
	CU_ASSERT_EQUAL(edited("kid", json_string("AAAA")), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("kid", json_integer(1)), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("alg", json_string("ES384")), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("alg", json_string("none")), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("use", json_string("enc")), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("d", json_string("AAAA")), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("x", json_string("AAAA")), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("x", json_string("")), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("x", json_integer(7)), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("y", NULL), E_MALFORMED);
	CU_ASSERT_EQUAL(edited("kty", NULL), E_MALFORMED);
}

static void
test_jwks_shape(void)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"keys\":{}}",
		"{\"keys\":[1]}",
		"{\"keys\":[]} x",
		"{\"keys\":[],\"keys\":[]}",
	};
	AUTO(keyring_free) struct keyring *ring = NULL;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(keyring_of_jwks(bytes_of_str(bad[i]), &ring),
		                E_MALFORMED);
	CU_ASSERT_PTR_NULL(ring);
	CU_ASSERT_EQUAL(keyring_of_jwks(bytes_of_str("{\"keys\":[]}"), &ring),
	                OK);
	AUTO(buf_release) struct buf big = buf_of(KEYRING_JSON_MAX + 1);
	memset(buf_extend(&big, KEYRING_JSON_MAX + 1), ' ',
	       KEYRING_JSON_MAX + 1);
	AUTO(keyring_free) struct keyring *none = NULL;
	CU_ASSERT_EQUAL(keyring_of_jwks(buf_bytes(&big), &none), E_LIMIT);
}

/* The COSE_Key of a P-256 key, byte for byte. */
static void
test_cose(void)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "one");
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
	AUTO(keyring_free) struct keyring *all = ring_of_all();
	AUTO(buf_release) struct buf out = buf_of(8192);
	AUTO(buf_release) struct buf wanted = buf_of(8192);
	struct bytes spki = soft_key_spki(key);

	CU_ASSERT_EQUAL(keyring_to_cose(ring, &out), OK);
	CU_ASSERT_EQUAL(decode_hex(&wanted, bytes_of_str("81a6010202582b")),
	                OK);
	buf_append_str(&wanted, soft_key_kid(key));
	CU_ASSERT_EQUAL(decode_hex(&wanted, bytes_of_str("03262001215820")),
	                OK);
	buf_append(&wanted, bytes_of(spki.data + 27, 32));
	CU_ASSERT_EQUAL(decode_hex(&wanted, bytes_of_str("225820")), OK);
	buf_append(&wanted, bytes_of(spki.data + 59, 32));
	CU_ASSERT(bytes_equal(buf_bytes(&out), buf_bytes(&wanted)));

	buf_reset(&out);
	CU_ASSERT_EQUAL(keyring_to_cose(all, &out), OK);
	CU_ASSERT_EQUAL(out.data[0], 0x80 + ALG_COUNT);
}

/* --- ECDSA's two spellings ------------------------------------------------ */

static void
check_der(const char *hex, size_t size, const char *raw_hex)
{
	AUTO(buf_release) struct buf der = buf_of(256);
	AUTO(buf_release) struct buf raw = buf_of(256);
	AUTO(buf_release) struct buf wanted = buf_of(256);
	AUTO(buf_release) struct buf again = buf_of(256);

	CU_ASSERT_EQUAL(decode_hex(&der, bytes_of_str(hex)), OK);
	err_t err = ecdsa_to_raw(buf_bytes(&der), size, &raw);
	if (!raw_hex) {
		CU_ASSERT_EQUAL(err, E_MALFORMED);
		CU_ASSERT_EQUAL(raw.len, 0);
		return;
	}
	CU_ASSERT_EQUAL(err, OK);
	CU_ASSERT_EQUAL(decode_hex(&wanted, bytes_of_str(raw_hex)), OK);
	CU_ASSERT(bytes_equal(buf_bytes(&raw), buf_bytes(&wanted)));
	CU_ASSERT_EQUAL(ecdsa_to_der(buf_bytes(&raw), &again), OK);
	CU_ASSERT(bytes_equal(buf_bytes(&again), buf_bytes(&der)));
}

static void
test_der(void)
{
	check_der("3006020101020102", 4, "00010002");
	check_der("300702020080020102", 4, "00800002");
	check_der("3008020200ff02020080", 4, "00ff0080");
	check_der("300602010102010200", 4, NULL);     /* trailing byte */
	check_der("300702020001020102", 4, NULL);     /* padded number */
	check_der("308106020101020102", 4, NULL);     /* long length */
	check_der("3006020181020102", 4, NULL);       /* negative */
	check_der("3009020301000002020080", 4, NULL); /* does not fit */
	check_der("30800201010201020000", 4, NULL);   /* BER */
	check_der("3006020101020102", 5, NULL);

	AUTO(buf_release) struct buf out = buf_of(256);
	static const uint8_t zeros[ECDSA_RAW_MAX + 2];
	CU_ASSERT_EQUAL(ecdsa_to_der(bytes_of(zeros, 0), &out), E_MALFORMED);
	CU_ASSERT_EQUAL(ecdsa_to_der(bytes_of(zeros, 63), &out), E_MALFORMED);
	CU_ASSERT_EQUAL(ecdsa_to_der(bytes_of(zeros, sizeof(zeros)), &out),
	                E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "the thumbprint of RFC 7638", test_thumbprint },
	{ "verifies by every algorithm, and by the key's only", test_verify },
	{ "kid and algorithm must be the key's", test_add },
	{ "holds KEYRING_MAX keys", test_full },
	{ "one DER encoding a key", test_spki },
	{ "keys of other kinds", test_refused_keys },
	{ "RSA keys too weak", test_weak_rsa },
	{ "JWK Set round trip", test_jwks },
	{ "JWK members that do not fit", test_jwks_refused },
	{ "JWK Sets of another shape", test_jwks_shape },
	{ "COSE_KeySet", test_cose },
	{ "ECDSA DER and back, strictly", test_der },
	{ NULL, NULL },
};

HARNESS_MAIN("keyring", tests)
