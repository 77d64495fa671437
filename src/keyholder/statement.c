/*
 * statement.c - see statement.h.
 */
#include "keyholder/statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/merkle.h"

#define HEAD_MAX 1024 /* bytes of a protected header, and of what is signed */

static const char handle_words[] = "anchord-handle-1"; /* hashed with its NUL */

/* The position of a leaf's claims in the buffer of all claims. */
struct span {
	size_t at, len;
};

struct statement {
	size_t max, n;
	size_t leaves_n; /* n, plus 1 with a decoy */
	struct receipt_head head;
	struct buf claims, head_bytes, tbs;
	struct span *spans;
	uint8_t (*leaves)[HASH_SIZE];
	struct merkle *tree;
};

err_t
statement_new(size_t max, struct statement **ret_statement)
{
	if (max < 2 || max > MERKLE_LEAVES_MAX)
		return E_LIMIT;

	AUTO(statement_free) struct statement *s = calloc(1, sizeof(*s));
	if (!s)
		return E_NOMEM;
	s->max = max;
	s->claims = buf_of(max * CHALLENGE_MAX);
	s->head_bytes = buf_of(HEAD_MAX);
	s->tbs = buf_of(HEAD_MAX);
	s->spans = calloc(max, sizeof(*s->spans));
	s->leaves = calloc(max, sizeof(*s->leaves));
	if (!s->spans || !s->leaves)
		return E_NOMEM;
	TRY(merkle_new(&s->tree));
	*ret_statement = TAKE(s);
	return OK;
}

void
statement_free(struct statement *s)
{
	if (!s)
		return;
	buf_release(&s->claims);
	buf_release(&s->head_bytes);
	buf_release(&s->tbs);
	merkle_free(s->tree);
	free(s->spans);
	free(s->leaves);
	free(s);
}

void
statement_start(struct statement *s, const struct receipt_head *head)
{
	s->n = 0;
	s->head = *head;
	s->head.exp_s = 0;
	buf_reset(&s->claims);
}

static struct bytes
claims_of(const struct statement *s, size_t i)
{
	return bytes_of(s->claims.data + s->spans[i].at, s->spans[i].len);
}

/* The claims from there to the end of the buffer are the next leaf. */
static err_t
add_leaf(struct statement *s, size_t at, uint64_t exp_s)
{
	TRY(buf_status(&s->claims));
	s->spans[s->n] = (struct span){ at, s->claims.len - at };
	merkle_leaf(claims_of(s, s->n), s->leaves[s->n]);
	s->n++;
	if (exp_s > s->head.exp_s)
		s->head.exp_s = exp_s;
	return OK;
}

err_t
statement_add(struct statement *s, const struct challenge_claims *claims)
{
	struct challenge_claims said = *claims;
	size_t at = s->claims.len;

	if (s->n == s->max)
		return E_LIMIT;
	said.iss = s->head.iss;
	said.iat_s = s->head.iat_s;
	challenge_put_claims(&s->claims, &said);
	return add_leaf(s, at, said.exp_s);
}

err_t
statement_add_result(struct statement *s, struct bytes claims, uint64_t iat_s,
                     uint64_t exp_s)
{
	size_t at = s->claims.len;

	if (s->n == s->max)
		return E_LIMIT;
	if (s->n == 0 || iat_s < s->head.iat_s)
		s->head.iat_s = iat_s;
	buf_append(&s->claims, claims);
	return add_leaf(s, at, exp_s);
}

size_t
statement_count(const struct statement *s)
{
	return s->n;
}

err_t
statement_close(struct statement *s, const uint8_t decoy[static HASH_SIZE],
                struct bytes *ret_tbs)
{
	s->leaves_n = s->n;
	if (s->n == 1)
		memcpy(s->leaves[s->leaves_n++], decoy, HASH_SIZE);
	TRY(merkle_build(s->tree, (const uint8_t(*)[HASH_SIZE])s->leaves,
	                 s->leaves_n));

	s->head.batch_size = (uint32_t)s->leaves_n;
	buf_reset(&s->head_bytes);
	receipt_put_head(&s->head_bytes, &s->head);
	TRY(buf_status(&s->head_bytes));
	buf_reset(&s->tbs);
	receipt_put_tbs(&s->tbs, buf_bytes(&s->head_bytes),
	                merkle_root(s->tree));
	TRY(buf_status(&s->tbs));
	*ret_tbs = buf_bytes(&s->tbs);
	return OK;
}

const uint8_t *
statement_root(const struct statement *s)
{
	return merkle_root(s->tree);
}

void
statement_token(const struct statement *s, size_t i, struct bytes signature,
                struct buf *out)
{
	struct receipt_proof proof = { .size = s->leaves_n, .index = i };

	proof.path_len = merkle_path(s->tree, i, proof.path);
	receipt_put_token(out, claims_of(s, i), buf_bytes(&s->head_bytes),
	                  &proof, signature);
}

const uint8_t *
statement_nonce(const struct statement *s, size_t i)
{
	return s->leaves[i];
}

void
statement_handle_input(struct buf *out, struct bytes tenant,
                       const uint8_t identity[static HASH_SIZE])
{
	buf_append(out, bytes_of(handle_words, sizeof(handle_words)));
	buf_u16(out, (uint16_t)tenant.len);
	buf_append(out, tenant);
	buf_append(out, bytes_of(identity, HASH_SIZE));
}

void
statement_handle(struct buf *out, const uint8_t mac[static HASH_SIZE])
{
	buf_append_str(out, "dh1_");
	encode_base64url(out, bytes_of(mac, HASH_SIZE));
}
