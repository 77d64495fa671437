/*
 * samples.c - see samples.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "crypto/token/dpop.h"
#include "tests/common/base/samples.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/fakes/soft_result.h"

#define BATCH 5

/* Where the files of one key go. */
struct place {
	const char *directory, *name;
};

static void
must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "samples: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void
write_file(const struct place *to, const char *name, const struct buf *content)
{
	char path[1024];

	must(buf_status(content) == OK, name);
	(void)snprintf(path, sizeof(path), "%s/%s", to->directory, to->name);
	must(mkdir(path, 0755) == 0 || errno == EEXIST, path);
	(void)snprintf(path, sizeof(path), "%s/%s/%s", to->directory, to->name,
	               name);
	FILE *f = fopen(path, "wb");
	must(f && fwrite(content->data, 1, content->len, f) == content->len &&
	             fclose(f) == 0,
	     path);
}

static void
write_keys(const struct soft_key *key, const struct place *to)
{
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
	AUTO(buf_release) struct buf out = buf_of(KEYRING_JSON_MAX);

	must(keyring_to_jwks(ring, &out) == OK, "jwks");
	write_file(to, "keys.jwks", &out);
	buf_reset(&out);
	must(keyring_to_cose(ring, &out) == OK, "cose");
	write_file(to, "keys.cose", &out);
}

static void
write_challenge(const struct soft_key *key, size_t n, const struct place *to,
                const char *name)
{
	struct challenge_claims claims[BATCH];
	struct challenge parsed;
	AUTO(buf_release) struct buf out = buf_of(CHALLENGE_MAX);
	AUTO(buf_release) struct buf nonce = buf_of(128);

	for (size_t i = 0; i < n; i++)
		claims[i] = soft_batch_claims(i);
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(key, claims, n);
	soft_batch_token(&b, n / 2, &out);
	write_file(to, name, &out);
	must(challenge_open(buf_bytes(&out), &parsed) == OK, "open");
	encode_hex(&nonce, bytes_of(parsed.nonce, HASH_SIZE));
	buf_append_str(&nonce, "\n");
	if (n > 1)
		write_file(to, "nonce.hex", &nonce);
}

static void
write_result(const struct soft_key *key, const struct ear_fields *fields,
             const struct place *to, const char *name)
{
	AUTO(buf_release) struct buf out = buf_of(EAR_RESULT_MAX);

	must(soft_result(key, fields, &out) == OK, "result");
	buf_append_str(&out, "\n");
	write_file(to, name, &out);
}

/* The same in CBOR, by itself. */
static void
write_cwt(const struct soft_key *key, const struct ear_fields *fields,
          const struct place *to, const char *name)
{
	AUTO(buf_release) struct buf out = buf_of(EAR_CWT_MAX);

	must(soft_cwt(key, fields, &out) == OK, "cwt");
	write_file(to, name, &out);
}

/* The same as the third of a batch, whose others have other numbers. */
static void
write_cwt_batch(const struct soft_key *key, const struct ear_fields *fields,
                const struct place *to, const char *name)
{
	const struct receipt_head head = soft_cwt_head(key, BATCH);
	const struct ear_issuer issuer = { head.iss, head.kid, head.alg };
	AUTO(buf_release) struct buf out = buf_of(EAR_CWT_MAX);
	struct buf claims[BATCH];
	struct bytes leaves[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		struct ear_fields f = *fields;

		f.sequence += i - BATCH / 2;
		claims[i] = buf_of(EAR_CWT_CLAIMS_MAX);
		must(ear_cwt_compose(&claims[i], &issuer, &f) == OK, "claims");
		leaves[i] = buf_bytes(&claims[i]);
	}
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of_leaves(key, leaves, BATCH, &head);
	soft_batch_token(&b, BATCH / 2, &out);
	write_file(to, name, &out);
	for (size_t i = 0; i < BATCH; i++)
		buf_release(&claims[i]);
}

/* A JWT by this key: the text of its header and of its payload. */
static void
put_jwt(const struct soft_key *key, const char *header, const char *payload,
        struct buf *out)
{
	AUTO(buf_release) struct buf signature = buf_of(1024);

	encode_base64url(out, bytes_of_str(header));
	buf_append_str(out, ".");
	encode_base64url(out, bytes_of_str(payload));
	soft_key_sign(key, buf_bytes(out), &signature);
	buf_append_str(out, ".");
	encode_base64url(out, buf_bytes(&signature));
}

/* A proof for the result, half a minute later. */
static void
write_proof(const struct soft_key *device, struct bytes result,
            const struct place *to, const char *name)
{
	AUTO(buf_release) struct buf jwk = buf_of(4096);
	AUTO(buf_release) struct buf header = buf_of(8192);
	AUTO(buf_release) struct buf ath = buf_of(64);
	AUTO(buf_release) struct buf claims = buf_of(1024);
	AUTO(buf_release) struct buf proof = buf_of(DPOP_MAX);
	uint8_t digest[HASH_SIZE];

	digest_sha256(result, digest);
	encode_base64url(&ath, bytes_of(digest, sizeof(digest)));
	must(key_to_jwk(soft_key_spki(device), soft_key_alg(device), &jwk) ==
	             OK,
	     "jwk");
	buf_printf(&header, "{\"typ\":\"dpop+jwt\",\"alg\":\"%s\",\"jwk\":%s}",
	           alg_jose_name(soft_key_alg(device)), buf_str(&jwk));
	buf_printf(&claims,
	           "{\"jti\":\"jti-1\",\"htm\":\"GET\",\"htu\":\"%s\","
	           "\"iat\":%u,\"ath\":\"%s\"}",
	           SAMPLES_URL, (unsigned)SOFT_BATCH_IAT + 30, buf_str(&ath));
	put_jwt(device, buf_str(&header), buf_str(&claims), &proof);
	write_file(to, name, &proof);
}

static void
write_possession(const struct soft_key *key, const struct place *to)
{
	AUTO(soft_key_free)
	struct soft_key *device = soft_key_new(soft_key_alg(key), "device");
	AUTO(buf_release) struct buf out = buf_of(EAR_RESULT_MAX);
	struct ear_fields fields = soft_result_fields();

	fields.confirmation = soft_key_spki(device);
	must(soft_result(key, &fields, &out) == OK, "possession");
	write_file(to, "possession.jwt", &out);
	write_proof(device, buf_bytes(&out), to, "proof.jwt");

	AUTO(buf_release) struct buf cwt = buf_of(EAR_CWT_MAX);
	AUTO(buf_release) struct buf text = buf_of(EAR_RESULT_MAX);
	must(soft_cwt(key, &fields, &cwt) == OK, "possession.cwt");
	write_file(to, "possession.cwt", &cwt);
	encode_base64url(&text, buf_bytes(&cwt));
	write_proof(device, buf_bytes(&text), to, "proof-cwt.jwt");
}

void
samples_write(const struct soft_key *key, const char *directory,
              const char *name)
{
	const struct place to = { directory, name };
	const struct ear_fields good = soft_result_fields();
	const struct ear_fields bad = soft_result_unbelievable();

	write_keys(key, &to);
	write_challenge(key, BATCH, &to, "challenge.cbor");
	write_challenge(key, 1, &to, "lone.cbor");
	write_result(key, &good, &to, "result.jwt");
	write_result(key, &bad, &to, "refused.jwt");
	write_cwt_batch(key, &good, &to, "result.cwt");
	write_cwt(key, &bad, &to, "refused.cwt");
	write_possession(key, &to);
}
