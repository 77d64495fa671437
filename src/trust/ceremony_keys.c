/*
 * ceremony_keys.c - see ceremony_keys.h.
 *
 * A line of an inventory ends with the key that it is about.  What a token says of
 * itself, such as labels, stands before, so that it cannot be taken for a key.
 */
#include "trust/ceremony_keys.h"

#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "crypto/keys/keyring.h"

#define KID " kid "
#define SHA256 " sha256 "
#define KID_LEN (KID_SIZE - 1)
#define SHA256_LEN HEX_LEN(HASH_SIZE)
#define KEY_LEN (sizeof(KID) - 1 + KID_LEN + sizeof(SHA256) - 1 + SHA256_LEN)
#define PUBLIC_KEY "object public-key "
#define PRIVATE_KEY "object private-key " /* a TPM has both in one */
#define NOT_SIGNING " !sign "             /* other attributes follow */
#define KEYGEN "run token keygen "

struct key_at {
	struct bytes kid, sha256;
};

void
ceremony_put_key(struct bytes spki, struct buf *line)
{
	uint8_t hash[HASH_SIZE];
	char kid[KID_SIZE];
	enum alg alg;

	if (key_identify(spki, &alg, kid) != OK)
		return;
	digest_sha256(spki, hash);
	buf_printf(line, KID "%s" SHA256, kid);
	encode_hex(line, bytes_of(hash, HASH_SIZE));
}

static bool
is_about_key(struct bytes line)
{
	return transcript_line_starts(line, PUBLIC_KEY) ||
	       transcript_line_starts(line, PRIVATE_KEY);
}

static bool
key_of_line(struct bytes line, struct key_at *ret_key)
{
	if (line.len < KEY_LEN || !is_about_key(line))
		return false;
	struct bytes end = bytes_of(line.data + line.len - KEY_LEN, KEY_LEN);
	struct bytes hash = bytes_of(end.data + KEY_LEN - SHA256_LEN - 8, 8);
	if (!transcript_line_starts(end, KID) ||
	    !transcript_line_starts(hash, SHA256))
		return false;
	ret_key->kid = bytes_of(end.data + sizeof(KID) - 1, KID_LEN);
	ret_key->sha256 = bytes_of(hash.data + 8, SHA256_LEN);
	return true;
}

/* The next key of an inventory. */
static bool
next_key(struct bytes *inventory, struct key_at *ret_key)
{
	struct bytes line;

	while (transcript_take_line(inventory, &line))
		if (key_of_line(line, ret_key))
			return true;
	return false;
}

static bool
has_line(struct bytes inventory, struct bytes wanted)
{
	struct bytes line;

	while (transcript_take_line(&inventory, &line))
		if (bytes_equal(line, wanted))
			return true;
	return false;
}

bool
ceremony_keys_has(struct bytes inventory, struct bytes sha256)
{
	struct key_at key;

	while (next_key(&inventory, &key))
		if (bytes_equal(key.sha256, sha256))
			return true;
	return false;
}

bool
ceremony_keys_next(struct bytes *inventory, struct bytes *ret_sha256)
{
	struct key_at key;

	if (!next_key(inventory, &key))
		return false;
	*ret_sha256 = key.sha256;
	return true;
}

bool
ceremony_keys_have(struct bytes inventory, struct bytes spki)
{
	AUTO(buf_release) struct buf hex = buf_of(SHA256_LEN);
	uint8_t hash[HASH_SIZE];

	digest_sha256(spki, hash);
	encode_hex(&hex, bytes_of(hash, HASH_SIZE));
	return buf_status(&hex) == OK &&
	       ceremony_keys_has(inventory, buf_bytes(&hex));
}

/* --- rules ---------------------------------------------------------------- */

static err_t
refuse_key(struct buf *why, struct bytes key, const char *fault)
{
	buf_printf(why, "the key %.*s %s", (int)key.len, (const char *)key.data,
	           fault);
	return E_DENIED;
}

/* What a verb prints of a key that it made or vouches for: a whole line.  A listing or
 * an audit shows whatever is in the token, so it counts for nothing. */
struct printed_line {
	const char *verb, *before;
	bool kid; /* otherwise the SHA-256 */
};

static const struct printed_line printed[] = {
	{ KEYGEN, CEREMONY_SAYS_MADE, false },
	{ "run token rotate ", CEREMONY_SAYS_NEXT, true },
	{ "run pins show ", CEREMONY_SAYS_PINNED, false },
};

static bool
prints_key(const struct transcript_entry *e, const struct printed_line *p,
           const struct key_at *key)
{
	const struct bytes wanted = p->kid ? key->kid : key->sha256;
	const size_t n = strlen(p->before);
	struct bytes output = e->output;
	struct bytes line;

	if (!transcript_line_starts(e->does, p->verb))
		return false;
	while (transcript_take_line(&output, &line))
		if (transcript_line_starts(line, p->before) &&
		    bytes_equal(bytes_of(line.data + n, line.len - n), wanted))
			return true;
	return false;
}

/* A verb that succeeded made it or vouches for it. */
static bool
was_printed(const struct transcript *t, const struct key_at *key)
{
	for (size_t i = 1; i + 1 < t->n; i++)
		for (size_t k = 0; k < ARRAY_LEN(printed); k++)
			if (t->entries[i].status == 0 &&
			    prints_key(&t->entries[i], &printed[k], key))
				return true;
	return false;
}

/* Has the private key of this line a public half of the same type, label and id?
 * Behind its last colon are attributes, which have none. */
static bool
has_public_half(struct bytes inventory, struct bytes private)
{
	const size_t skip = sizeof(PRIVATE_KEY) - 1;
	const size_t n = sizeof(PUBLIC_KEY) - 1;
	const uint8_t *colon = memrchr(private.data, ':', private.len);
	struct key_at key;
	struct bytes line;

	if (!colon || colon < private.data + skip)
		return false;
	const uint8_t *name = private.data + skip;
	const size_t len = (size_t)(colon - name) + 1;
	while (transcript_take_line(&inventory, &line))
		if (transcript_line_starts(line, PUBLIC_KEY) &&
		    key_of_line(line, &key) && line.len - n > len &&
		    memcmp(line.data + n, name, len) == 0)
			return true;
	return false;
}

/* Such as what a TPM holds other keys with.  Attributes are behind the last colon. */
static bool never_signs(struct bytes private)
{
	const uint8_t *colon = memrchr(private.data, ':', private.len);
	size_t len = colon ? (size_t)(private.data + private.len - colon) : 0;

	return colon && memmem(colon, len, NOT_SIGNING, strlen(NOT_SIGNING));
}

/* A private key signs, also one that no rule about public halves sees. */
static err_t
judge_private(struct bytes before, struct bytes after, struct buf *why)
{
	struct bytes at = after;
	struct key_at key;
	struct bytes line;

	while (transcript_take_line(&at, &line)) {
		if (!transcript_line_starts(line, PRIVATE_KEY) ||
		    key_of_line(line, &key) || never_signs(line) ||
		    has_line(before, line) || has_public_half(after, line))
			continue;
		buf_append_str(why, "a private key is new and has no public "
		                    "half: ");
		buf_append(why, line);
		return E_DENIED;
	}
	return OK;
}

static err_t
judge_made(const struct transcript_entry *e, struct bytes after,
           struct buf *why)
{
	struct bytes output = e->output;
	struct bytes line;

	if (e->status != 0 || !transcript_line_starts(e->does, KEYGEN))
		return OK;
	while (transcript_take_line(&output, &line)) {
		if (!transcript_line_starts(line, CEREMONY_SAYS_MADE))
			continue;
		size_t n = sizeof(CEREMONY_SAYS_MADE) - 1;
		struct bytes sha256 = bytes_of(line.data + n, line.len - n);
		if (!ceremony_keys_has(after, sha256))
			return refuse_key(why, sha256,
			                  "was made and is not there "
			                  "afterwards");
	}
	return OK;
}

err_t
ceremony_keys_judge(const struct ceremony_plan *plan,
                    const struct transcript *t, struct buf *why)
{
	const struct bytes before = t->entries[0].output;
	const struct bytes after = t->entries[t->n - 1].output;
	struct key_at key;

	for (size_t i = 0; i < t->n; i++)
		TRY(judge_made(&t->entries[i], after, why));
	for (struct bytes at = after; next_key(&at, &key);)
		if (!ceremony_keys_has(before, key.sha256) &&
		    !was_printed(t, &key))
			return refuse_key(why, key.sha256,
			                  "is new, and no step made it");
	TRY(judge_private(before, after, why));
	for (struct bytes at = before; next_key(&at, &key);) {
		const bool there = ceremony_keys_has(after, key.sha256);

		if (plan->keys != CEREMONY_GO && !there)
			return refuse_key(why, key.sha256,
			                  "is gone, and the plan says that "
			                  "keys stay");
		if (plan->keys == CEREMONY_GO && there)
			return refuse_key(why, key.sha256,
			                  "is still there, and the plan says "
			                  "that keys go");
	}
	return OK;
}
