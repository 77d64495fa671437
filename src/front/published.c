/*
 * published.c - see published.h.
 */
#include "published.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SPKI_MAX 1024 /* bytes; an RSA key of 4096 bits has 550 */

struct row {
	char kid[KID_SIZE];
	size_t spki_len;
	uint8_t spki[SPKI_MAX];
	enum alg alg;
	uint64_t from_s, until_s; /* until 0: no end is known */
	const struct edge *holder;
};

struct published {
	size_t n;
	struct row rows[KEYRING_MAX];
	struct keyring *ring; /* of the rows, as they were then; NULL: made
	                       * anew */
	uint64_t good_until_s;
};

err_t
published_new(struct published **ret_published)
{
	struct published *p = calloc(1, sizeof(*p));

	if (!p)
		return E_NOMEM;
	*ret_published = p;
	return OK;
}

static void
forget_ring(struct published *p)
{
	keyring_free(p->ring);
	p->ring = NULL;
}

void
published_free(struct published *p)
{
	if (!p)
		return;
	forget_ring(p);
	free(p);
}

static struct bytes
spki_of(const struct row *r)
{
	return bytes_of(r->spki, r->spki_len);
}

static void
drop(struct published *p, size_t i)
{
	p->n--;
	memmove(&p->rows[i], &p->rows[i + 1], (p->n - i) * sizeof(p->rows[0]));
	forget_ring(p);
}

/* A full table means some sixty keys in the life of this process: of those
 * that nobody holds the oldest is long over. */
static err_t
make_room(struct published *p)
{
	for (size_t i = 0; p->n == KEYRING_MAX && i < p->n; i++)
		if (!p->rows[i].holder)
			drop(p, i);
	return p->n < KEYRING_MAX ? OK : E_MALFORMED;
}

static err_t
check(struct bytes kid, struct bytes spki, uint16_t alg)
{
	AUTO(keyring_free) struct keyring *ring = NULL;

	if (alg >= ALG_COUNT || spki.len > SPKI_MAX)
		return E_MALFORMED;
	TRY(keyring_new(&ring));
	err_t err = keyring_add(ring, kid, spki, (enum alg)alg);
	return err == OK || err == E_NOMEM ? err : E_MALFORMED;
}

/* The row of that key, a new one if need be. */
static err_t
find(struct published *p, struct bytes kid, struct bytes spki, uint16_t alg,
     struct row **ret_row)
{
	for (size_t i = 0; i < p->n; i++) {
		struct row *r = &p->rows[i];

		if (!bytes_equal_str(kid, r->kid))
			continue;
		if (!bytes_equal(spki, spki_of(r)) || alg != r->alg)
			return E_MALFORMED; /* one name, two keys */
		*ret_row = r;
		return OK;
	}
	TRY(check(kid, spki, alg));
	TRY(make_room(p));
	struct row *r = &p->rows[p->n++];
	*r = (struct row){ .alg = (enum alg)alg, .spki_len = spki.len };
	memcpy(r->spki, spki.data, spki.len);
	memcpy(r->kid, kid.data, kid.len); /* the thumbprint's length */
	*ret_row = r;
	return OK;
}

err_t
published_hold(struct published *p, const struct wire_key_held *m,
               const struct edge *from)
{
	struct row *r = NULL;

	TRY(find(p, m->kid, m->spki, m->alg, &r));
	r->from_s = m->signs_from_s;
	r->until_s = m->until_s;
	r->holder = from;
	forget_ring(p);
	return OK;
}

err_t
published_know(struct published *p, const struct wire_key_known *m)
{
	struct row *r = NULL;

	TRY(find(p, m->kid, m->spki, m->alg, &r));
	if (!r->holder) {
		r->until_s = m->until_s;
		forget_ring(p);
	}
	return OK;
}

void
published_left(struct published *p, const struct edge *from)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->rows[i].holder == from)
			p->rows[i].holder = NULL;
}

/* --- the document --------------------------------------------------------- */

static void
drop_over(struct published *p, uint64_t now_s)
{
	for (size_t i = p->n; i-- > 0;)
		if (p->rows[i].until_s && p->rows[i].until_s <= now_s)
			drop(p, i);
}

static bool
comes_before(const struct row *a, const struct row *b, uint64_t now_s)
{
	bool signs = a->from_s <= now_s;

	if (signs != (b->from_s <= now_s))
		return signs;
	return signs ? a->from_s > b->from_s : a->from_s < b->from_s;
}

/* Stable: keys of one time stay in the order in which they were told. */
static void
sort(const struct published *p, uint64_t now_s,
     const struct row *ret_order[static KEYRING_MAX])
{
	for (size_t i = 0; i < p->n; i++) {
		size_t at = i;

		for (; at > 0 &&
		       comes_before(&p->rows[i], ret_order[at - 1], now_s);
		     at--)
			ret_order[at] = ret_order[at - 1];
		ret_order[at] = &p->rows[i];
	}
}

/* Until a key begins to sign or is over. */
static uint64_t
next_change(const struct published *p, uint64_t now_s)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < p->n; i++) {
		const uint64_t times[] = { p->rows[i].from_s,
			                   p->rows[i].until_s };
		for (size_t t = 0; t < ARRAY_LEN(times); t++)
			if (times[t] > now_s && times[t] < next)
				next = times[t];
	}
	return next;
}

static err_t
make_ring(struct published *p, uint64_t now_s)
{
	const struct row *order[KEYRING_MAX] = { NULL };
	AUTO(keyring_free) struct keyring *ring = NULL;

	drop_over(p, now_s);
	sort(p, now_s, order);
	TRY(keyring_new(&ring));
	for (size_t i = 0; i < p->n; i++)
		TRY(keyring_add(ring, bytes_of_str(order[i]->kid),
		                spki_of(order[i]), order[i]->alg));
	forget_ring(p);
	p->ring = TAKE(ring);
	p->good_until_s = next_change(p, now_s);
	return OK;
}

err_t
published_now(struct published *p, uint64_t now_s,
              const struct keyring **ret_ring)
{
	if (!p->ring || now_s >= p->good_until_s)
		TRY(make_ring(p, now_s));
	*ret_ring = p->ring;
	return OK;
}
