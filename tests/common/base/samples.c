/*
 * samples.c - see samples.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/encode.h"
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
}
