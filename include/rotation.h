/*
 * rotation.h - an officer's order: which keys of a token sign, from when on,
 * and until when they are published.
 *
 * A small text file (token.rotation), written by `anchorctl token rotate` and
 * read by the key holder.  It is a part of the configuration, and a later word
 * than token.uri and token.public_sha256:
 *
 *	# comment
 *	rotation 1
 *	key pkcs11:token=a;serial=1;object=old;id=%01
 *	public_sha256 <64 hex digits>
 *	retire_at 2026-11-23T12:30:00Z
 *	key pkcs11:token=a;serial=1;object=new;id=%02
 *	public_sha256 <64 hex digits>
 *	publish_at 2026-11-23T12:00:00Z
 *	sign_from 2026-11-23T12:02:00Z
 *
 * One key, without times, or two: the old one and the one that follows it.
 * The old one signs until sign_from and is published until retire_at; the new
 * one is published from publish_at on.  What is not as described is refused.
 */
#ifndef ROTATION_H
#define ROTATION_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "bytes.h"
#include "err.h"

#define ROTATION_KEYS_MAX 2
#define ROTATION_FILE_MAX 16384 /* bytes */
#define ROTATION_URI_MAX 1024   /* bytes with the NUL */

/* How long /v1/keys may be kept by those who asked: a new key is published at
 * least that long before it signs, unless the officer says otherwise. */
#define ROTATION_CACHE_S 30

/* Seconds that an old key stays published after the last thing that it signed
 * has expired: clocks differ, and a batch may be under way. */
#define ROTATION_MARGIN_S 30

/* In the key holder's state directory: the order that it follows. */
#define ROTATION_KEPT_FILE "rotation"

struct rotation_key {
	char uri[ROTATION_URI_MAX];
	uint8_t public_sha256[HASH_SIZE];
	uint64_t publish_at_s, sign_from_s; /* 0: it always did */
	uint64_t retire_at_s;               /* 0: nothing follows it */
};

struct rotation {
	size_t n; /* 1 or 2 */
	struct rotation_key keys[ROTATION_KEYS_MAX];
};

/* E_MALFORMED: why has the line and the cause. */
MUST_CHECK err_t rotation_parse(struct bytes text, struct buf *why,
                                struct rotation *ret_rotation);

/* Appends the file. */
void rotation_put(struct buf *out, const struct rotation *r);

/* The key that signs at that time, by its place. */
size_t rotation_signer(const struct rotation *r, uint64_t now_s);

#endif
