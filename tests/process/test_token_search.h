/*
 * test_token_search.h - is the public half of a key in the token?
 */
#ifndef PROCESS_TEST_TOKEN_SEARCH_H
#define PROCESS_TEST_TOKEN_SEARCH_H

#include "tests/process/test_token_rotate_files.h"

struct search {
	const uint8_t *sha256;
	size_t len;
};

static inline void
on_object(void *arg, const struct hsm_object *o)
{
	struct search *s = arg;
	uint8_t hash[HASH_SIZE];

	digest_sha256(bytes_of(o->spki, o->spki_len), hash);
	if (memcmp(hash, s->sha256, sizeof(hash)) == 0)
		s->len = o->spki_len;
}

static inline void
on_token(void *arg, const struct hsm_token *token)
{
	(void)arg;
	(void)token;
}

/* How long the public half of that hash in the token is; 0: it is not there. */
static inline size_t
spki_of(const struct rig *r, const uint8_t *sha256)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct search search = { sha256, 0 };
	const struct hsm_list_ops ops = { on_token, on_object, &search };
	const struct hsm_token_name name = { r->token.module, SOFTTOKEN_LABEL,
		                             "", NULL };

	CU_ASSERT_EQUAL(hsm_token_list(&name, NULL, &ops, &why), OK);
	return search.len;
}

#endif
