/*
 * certificates.c - see certificates.h.
 *
 * A bundle names a thousand certificates at most, and a change is rare, so lists
 * are searched from their beginning.
 */
#include "governance/certificates.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"

static bool
same_digest(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, HASH_SIZE) == 0;
}

static void
free_certificate(struct certificate *row)
{
	free(TAKE(row->der));
	row->len = 0;
}

void
certificates_release(struct certificates *c)
{
	for (size_t i = 0; i < c->n; i++)
		free_certificate(&c->rows[i]);
	for (size_t i = 0; i < c->n_early; i++)
		free_certificate(&c->early[i]);
	free(c->rows);
	*c = (struct certificates){ .n = 0 };
}

/* --- what a bundle names -------------------------------------------------- */

static bool
anchor_names(const struct trust_anchor *a, const uint8_t *digest)
{
	if (same_digest(a->self.certificate, digest))
		return true;
	for (size_t i = 0; i < a->n_intermediates; i++)
		if (same_digest(a->intermediates[i].certificate, digest))
			return true;
	return false;
}

bool
certificates_named(const struct bundle *b,
                   const uint8_t digest[static HASH_SIZE])
{
	for (size_t i = 0; b && i < b->n_anchors; i++)
		if (anchor_names(&b->anchors[i], digest))
			return true;
	return false;
}

static bool
has_whole_anchor(const struct certificates *c, const struct trust_anchor *a)
{
	if (certificates_find(c, a->self.certificate).len == 0)
		return false;
	for (size_t i = 0; i < a->n_intermediates; i++)
		if (certificates_find(c, a->intermediates[i].certificate).len ==
		    0)
			return false;
	return true;
}

const char *
certificates_missing(const struct certificates *c, const struct bundle *b)
{
	for (size_t i = 0; b && i < b->n_anchors; i++)
		if (!has_whole_anchor(c, &b->anchors[i]))
			return b->anchors[i].name;
	return NULL;
}

struct bytes
certificates_find(const struct certificates *c,
                  const uint8_t digest[static HASH_SIZE])
{
	for (size_t i = 0; i < c->n; i++)
		if (same_digest(c->rows[i].digest, digest))
			return bytes_of(c->rows[i].der, c->rows[i].len);
	return bytes_of(NULL, 0);
}

/* --- those that came early ------------------------------------------------ */

static void
drop_early(struct certificates *c, size_t i)
{
	free_certificate(&c->early[i]);
	c->n_early--;
	memmove(&c->early[i], &c->early[i + 1],
	        (c->n_early - i) * sizeof(c->early[0]));
	c->early[c->n_early] = (struct certificate){ .len = 0 };
}

/* Takes the row over. */
static void
put_aside(struct certificates *c, struct certificate *row)
{
	for (size_t i = 0; i < c->n_early; i++) {
		if (!same_digest(c->early[i].digest, row->digest))
			continue;
		drop_early(c, i); /* it is the youngest now */
		break;
	}
	if (c->n_early == CERTIFICATES_EARLY)
		drop_early(c, 0);
	c->early[c->n_early++] = *row;
	row->der = NULL;
}

/* --- those that count ----------------------------------------------------- */

/* Takes the row over, unless there is no memory. */
static err_t
let_count(struct certificates *c, struct certificate *row)
{
	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 16;
		struct certificate *rows =
		        realloc(c->rows, room * sizeof(*rows));

		if (!rows)
			return E_NOMEM;
		c->rows = rows;
		c->room = room;
	}
	c->rows[c->n++] = *row;
	row->der = NULL;
	return OK;
}

static err_t
copy_certificate(const uint8_t *digest, struct bytes der,
                 struct certificate *ret_row)
{
	struct certificate row = { .len = der.len, .der = malloc(der.len) };

	if (!row.der)
		return E_NOMEM;
	memcpy(row.digest, digest, HASH_SIZE);
	memcpy(row.der, der.data, der.len);
	*ret_row = row;
	return OK;
}

err_t
certificates_add(struct certificates *c, const struct bundle *b,
                 const uint8_t digest[static HASH_SIZE], struct bytes der)
{
	struct certificate row = { .len = 0 };
	uint8_t its[HASH_SIZE];

	/* What is known is not hashed again: it comes again and again. */
	if (bytes_equal(certificates_find(c, digest), der) && der.len > 0)
		return E_CONFLICT;
	if (der.len == 0 || der.len > CERTIFICATES_DER_MAX)
		return E_MALFORMED;
	digest_sha256(der, its);
	if (!same_digest(its, digest))
		return E_MALFORMED;
	TRY(copy_certificate(digest, der, &row));
	if (!certificates_named(b, digest)) {
		put_aside(c, &row);
		return E_NOT_FOUND;
	}
	err_t err = let_count(c, &row);
	free_certificate(&row);
	return err;
}

static void
drop_unnamed(struct certificates *c, const struct bundle *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (certificates_named(b, c->rows[i].digest))
			c->rows[kept++] = c->rows[i];
		else
			free_certificate(&c->rows[i]);
	}
	c->n = kept;
}

bool
certificates_follow(struct certificates *c, const struct bundle *b)
{
	bool more = false;

	drop_unnamed(c, b);
	for (size_t i = 0; i < c->n_early;) {
		if (!certificates_named(b, c->early[i].digest)) {
			i++;
			continue;
		}
		more |= let_count(c, &c->early[i]) == OK;
		drop_early(c, i);
	}
	return more;
}
