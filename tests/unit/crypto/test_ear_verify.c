/*
 * test_ear_verify.c - results that are never believed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/fakes/ear_fixture.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"
#include "crypto/token/ear.h"
#include "base/encode.h"

static void
test_verify(void)
{
	for (enum alg a = 0; a < ALG_COUNT; a++) {
		AUTO(ear_fixture_release)
		struct ear_fixture f = ear_fixture_of(a);
		AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);
		CU_ASSERT_EQUAL(ear_verify(buf_bytes(&f.jwt), f.ring,
		                           SOFT_BATCH_IAT, &payload),
		                OK);
	}
}

static void
test_expired(void)
{
	AUTO(ear_fixture_release)
	struct ear_fixture f = ear_fixture_of(ALG_ES256);
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	CU_ASSERT_EQUAL(ear_verify(buf_bytes(&f.jwt), f.ring,
	                           SOFT_BATCH_IAT + 299, &payload),
	                OK);
	buf_reset(&payload);
	CU_ASSERT_EQUAL(ear_verify(buf_bytes(&f.jwt), f.ring,
	                           SOFT_BATCH_IAT + 300, &payload),
	                E_LIMIT);
	CU_ASSERT(payload.len > 0);
}

static void
test_flipped_bits(void)
{
	AUTO(ear_fixture_release)
	struct ear_fixture f = ear_fixture_of(ALG_ES256);
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	for (size_t bit = 0; bit < f.jwt.len * 8; bit++) {
		f.jwt.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		err_t err = ear_verify(buf_bytes(&f.jwt), f.ring,
		                       SOFT_BATCH_IAT, &payload);
		CU_ASSERT(err == E_MALFORMED || err == E_DENIED);
		f.jwt.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < f.jwt.len; n++) {
		err_t err = ear_verify(bytes_of(f.jwt.data, n), f.ring,
		                       SOFT_BATCH_IAT, &payload);
		CU_ASSERT(err == E_MALFORMED || err == E_DENIED);
	}
	CU_ASSERT_EQUAL(payload.len, 0);
}

/* A JWT whose header and payload we choose, truly signed; $ is the kid. */
static err_t
verify_signed(const char *header, const char *payload, const char *tail)
{
	AUTO(ear_fixture_release)
	struct ear_fixture f = ear_fixture_of(ALG_ES256);
	AUTO(buf_release) struct buf text = buf_of(4096);
	AUTO(buf_release) struct buf sig = buf_of(4096);
	AUTO(buf_release) struct buf out = buf_of(4096);

	for (const char *at = header; *at; at++)
		if (*at == '$')
			buf_append_str(&text, soft_key_kid(f.key));
		else
			buf_u8(&text, (uint8_t)*at);
	buf_reset(&f.jwt);
	encode_base64url(&f.jwt, buf_bytes(&text));
	buf_append_str(&f.jwt, ".");
	encode_base64url(&f.jwt, bytes_of_str(payload));
	soft_key_sign(f.key, buf_bytes(&f.jwt), &sig);
	ear_seal(&f.jwt, buf_bytes(&sig));
	buf_append_str(&f.jwt, tail);
	return ear_verify(buf_bytes(&f.jwt), f.ring, 5, &out);
}

#define HEADER "{\"alg\":\"ES256\",\"kid\":\"$\",\"typ\":\"eat+jwt\"}"
#define CLAIMS "{\"eat_profile\":\"" EAR_PROFILE "\",\"exp\":9}"

static void
test_headers(void)
{
	static const char *const bad[] = {
		"{\"alg\":\"none\",\"kid\":\"$\",\"typ\":\"eat+jwt\"}",
		"{\"alg\":\"HS256\",\"kid\":\"$\",\"typ\":\"eat+jwt\"}",
		"{\"alg\":\"ES256\",\"kid\":\"$\",\"typ\":\"JWT\"}",
		"{\"alg\":\"ES256\",\"kid\":\"$\"}",
		"{\"alg\":\"ES256\",\"kid\":\"$\",\"typ\":\"eat+jwt\","
		"\"crit\":[\"b64\"]}",
		"{\"alg\":\"ES256\",\"jwk\":\"$\",\"typ\":\"eat+jwt\"}",
		"{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"$\","
		"\"typ\":\"eat+jwt\"}",
		"{\"kid\":\"$\",\"alg\":\"ES256\",\"typ\":\"eat+jwt\"}",
		"{ \"alg\":\"ES256\",\"kid\":\"$\",\"typ\":\"eat+jwt\"}",
		"{\"alg\":\"ES256\",\"kid\":\"$\",\"typ\":\"eat+jwt\"} ",
		"{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"kid\":\"$\","
		"\"typ\":\"eat+jwt\"}",
		"[\"$\"]",
	};

	CU_ASSERT_EQUAL(verify_signed(HEADER, CLAIMS, ""), OK);
	CU_ASSERT_EQUAL(verify_signed(HEADER, CLAIMS, "."), E_MALFORMED);
	CU_ASSERT_EQUAL(verify_signed(HEADER, CLAIMS, "="), E_MALFORMED);
	CU_ASSERT_EQUAL(verify_signed(HEADER, CLAIMS, "\n"), E_MALFORMED);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(verify_signed(bad[i], CLAIMS, ""), E_MALFORMED);
	/* The key's algorithm, not the message's. */
	CU_ASSERT_EQUAL(verify_signed("{\"alg\":\"EdDSA\",\"kid\":\"$\","
	                              "\"typ\":\"eat+jwt\"}",
	                              CLAIMS, ""),
	                E_DENIED);
	CU_ASSERT_EQUAL(verify_signed("{\"alg\":\"ES256\",\"kid\":\"x$\","
	                              "\"typ\":\"eat+jwt\"}",
	                              CLAIMS, ""),
	                E_DENIED);
}

static void
test_payloads(void)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"eat_profile\":\"" EAR_PROFILE "\"}",
		"{\"eat_profile\":\"" EAR_PROFILE "\",\"exp\":\"9\"}",
		"{\"eat_profile\":\"" EAR_PROFILE "\",\"exp\":9.5}",
		"{\"eat_profile\":\"" EAR_PROFILE "\",\"exp\":-9}",
		"{\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\","
		"\"exp\":9}",
		"{\"exp\":9}",
		"{\"eat_profile\":\"" EAR_PROFILE "\",\"exp\":9,\"exp\":8}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(verify_signed(HEADER, bad[i], ""), E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "verifies by every algorithm", test_verify },
	{ "expired", test_expired },
	{ "every flipped bit, every truncation", test_flipped_bits },
	{ "headers of another kind", test_headers },
	{ "payloads of another kind", test_payloads },
	{ NULL, NULL },
};

HARNESS_MAIN("ear_verify", tests)
