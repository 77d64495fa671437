/*
 * make_samples.c - challenges, results and key sets, signed in software.
 *
 *	make_samples DIRECTORY
 *
 * Writes DIRECTORY/<alg>/{keys.jwks,keys.cose,challenge.cbor,lone.cbor,
 * nonce.hex,result.jwt,refused.jwt} for every algorithm.  challenge.cbor is the
 * third of five under one signature, lone.cbor is alone with a decoy.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../common/soft_batch.h"
#include "../common/soft_result.h"
#include "encode.h"

#define BATCH 5

static const char *directory;

static void
must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "make_samples: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void
write_file(enum alg alg, const char *name, const struct buf *content)
{
	char path[1024];

	must(buf_status(content) == OK, name);
	(void)snprintf(path, sizeof(path), "%s/%s", directory,
	               alg_jose_name(alg));
	must(mkdir(path, 0755) == 0 || errno == EEXIST, path);
	(void)snprintf(path, sizeof(path), "%s/%s/%s", directory,
	               alg_jose_name(alg), name);
	FILE *f = fopen(path, "wb");
	must(f && fwrite(content->data, 1, content->len, f) == content->len &&
	             fclose(f) == 0,
	     path);
}

static void
write_keys(const struct soft_key *key)
{
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
	AUTO(buf_release) struct buf out = buf_of(KEYRING_JSON_MAX);

	must(keyring_to_jwks(ring, &out) == OK, "jwks");
	write_file(soft_key_alg(key), "keys.jwks", &out);
	buf_reset(&out);
	must(keyring_to_cose(ring, &out) == OK, "cose");
	write_file(soft_key_alg(key), "keys.cose", &out);
}

static void
write_challenge(const struct soft_key *key, size_t n, const char *name)
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
	write_file(soft_key_alg(key), name, &out);
	must(challenge_open(buf_bytes(&out), &parsed) == OK, "open");
	encode_hex(&nonce, bytes_of(parsed.nonce, HASH_SIZE));
	buf_append_str(&nonce, "\n");
	if (n > 1)
		write_file(soft_key_alg(key), "nonce.hex", &nonce);
}

static void
write_result(const struct soft_key *key, const struct wire_result_sign *fields,
             const char *name)
{
	AUTO(buf_release) struct buf out = buf_of(EAR_RESULT_MAX);

	must(soft_result(key, fields, &out) == OK, "result");
	buf_append_str(&out, "\n");
	write_file(soft_key_alg(key), name, &out);
}

int
main(int argc, char **argv)
{
	const struct wire_result_sign good = soft_result_fields();
	const struct wire_result_sign bad = soft_result_unbelievable();

	if (argc != 2) {
		fprintf(stderr, "usage: make_samples DIRECTORY\n");
		return 2;
	}
	directory = argv[1];
	for (enum alg a = 0; a < ALG_COUNT; a++) {
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(a, "samples");
		write_keys(key);
		write_challenge(key, BATCH, "challenge.cbor");
		write_challenge(key, 1, "lone.cbor");
		write_result(key, &good, "result.jwt");
		write_result(key, &bad, "refused.jwt");
	}
	return 0;
}
