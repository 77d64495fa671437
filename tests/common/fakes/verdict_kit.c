/*
 * verdict_kit.c - see verdict_kit.h.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "wire/reason.h"
#include "base/secret.h"
#include "tests/common/fakes/verdict_kit.h"
#include "crypto/token/verdict_tag.h"

static struct wire_finding
judged(void)
{
	struct wire_finding f = {
		.tenant = bytes_of_str("backend-a"),
		.format = bytes_of_str("tpm2-quote"),
		.policy_id = bytes_of_str("demo"),
		.policy_version = 3,
		.identity = { 0x22 },
		.evidence = { 0x33 },
		.observed = { 0x44 },
		.policy_digest = { 0x55 },
	};

	return f;
}

struct wire_finding
verdict_kit_good(const struct challenge *c)
{
	struct wire_finding f = judged();

	f.tenant = c->claims.aud;
	f.redeemable = 1;
	cti_encode(&c->claims.cti, f.cti);
	memcpy(f.life, c->claims.salt, sizeof(f.life));
	f.issued_s = c->claims.iat_s;
	f.expires_s = c->claims.exp_s;
	memcpy(f.nonce, c->nonce, HASH_SIZE);
	f.workflow = c->claims.workflow;
	f.bindings = c->claims.bindings;
	f.vector[VECTOR_HARDWARE] = 2;
	return f;
}

struct wire_finding
verdict_kit_forged(void)
{
	struct wire_finding f = judged();

	memset(f.identity, 0, sizeof(f.identity));
	f.reasons = reason_bit(REASON_CHALLENGE_FORGED);
	return f;
}

void
verdict_kit_seal(struct wire_result_sign *m, const struct wire_finding *f,
                 const char *key, struct buf *text)
{
	AUTO(secret_free) struct secret *secret = NULL;

	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str(key), &secret), OK);
	buf_reset(text);
	wire_put_finding(text, f);
	CU_ASSERT_EQUAL_FATAL(buf_status(text), OK);
	m->finding = buf_bytes(text);
	verdict_tag(secret, m->finding, m->tag);
}

/* No shadow policy: id, version, digest, reasons. */
static void
put_no_shadow(struct buf *out)
{
	static const uint8_t none[HASH_SIZE];

	buf_u16(out, 0);
	buf_u32(out, 0);
	buf_append(out, bytes_of(none, HASH_SIZE));
	buf_u64(out, 0);
}

void
verdict_kit_packet(struct buf *out, const struct wire_finding *f,
                   const char *key, uint64_t request, struct bytes challenge)
{
	AUTO(buf_release) struct buf text = buf_of(WIRE_PACKET_MAX);
	struct wire_result_sign sealed;

	verdict_kit_seal(&sealed, f, key, &text);
	buf_u16(out, WIRE_ID_VERDICT);
	buf_u16(out, 0); /* the first front */
	buf_u64(out, request);
	buf_u8(out, WIRE_RESULT_JWT);
	buf_u32(out, (uint32_t)challenge.len);
	buf_append(out, challenge);
	buf_u32(out, 0); /* no chain */
	buf_u8(out, WIRE_KEY_CHANGE_NONE);
	for (size_t i = 0; i < HASH_SIZE; i++)
		buf_u8(out, 0);
	buf_u16(out, 0); /* nobody ordered anything */
	buf_u16(out, 0);
	buf_u16(out, 0); /* nor is a kid said */
	put_no_shadow(out);
	buf_append(out, sealed.finding);
	buf_append(out, bytes_of(sealed.tag, HASH_SIZE));
}
