/*
 * keys.c - the service's keys, as the ledger relays them.
 *
 * A key that is over stays as long as there is room: what it signed is
 * "expired" then, and not "unknown".
 */
#include <string.h>

#include "clock.h"
#include "log.h"
#include "verifier.h"

static struct key_end *
find_end(struct verifier *v, struct bytes kid)
{
	for (size_t i = 0; i < v->n_ends; i++)
		if (bytes_equal_str(kid, v->ends[i].kid))
			return &v->ends[i];
	return NULL;
}

static void
note_end(struct verifier *v, const struct wire_key_known *m)
{
	struct key_end *end = find_end(v, m->kid);

	if (!end) { /* keyring_add() took it, so there is a place */
		end = &v->ends[v->n_ends++];
		memcpy(end->kid, m->kid.data, m->kid.len);
		end->kid[m->kid.len] = '\0';
	}
	end->until_s = m->until_s;
}

/* Drops the key that has been over for the longest time. */
static bool
make_room(struct verifier *v, uint64_t now_s)
{
	struct key_end *oldest = NULL;

	for (size_t i = 0; i < v->n_ends; i++) {
		struct key_end *end = &v->ends[i];

		if (end->until_s && end->until_s <= now_s &&
		    (!oldest || end->until_s < oldest->until_s))
			oldest = end;
	}
	if (!oldest)
		return false;
	keyring_drop(v->ring, bytes_of_str(oldest->kid));
	*oldest = v->ends[--v->n_ends];
	return true;
}

static err_t
add(struct verifier *v, const struct wire_key_known *m)
{
	if (m->alg >= ALG_COUNT)
		return E_MALFORMED;
	err_t err = keyring_add(v->ring, m->kid, m->spki, (enum alg)m->alg);
	if (err == E_LIMIT && make_room(v, clock_wall_ms() / 1000))
		err = keyring_add(v->ring, m->kid, m->spki, (enum alg)m->alg);
	return err;
}

err_t
verifier_key(struct role *r, struct bytes packet)
{
	struct verifier *v = role_user(r);
	struct wire_key_known m;

	TRY(wire_get_key_known(packet, &m));
	err_t err = add(v, &m);
	if (err != OK) {
		log_event(LOG_ERROR, "key-refused", LOG_BYTES("kid", m.kid),
		          LOG_ERR(err));
		return OK;
	}
	note_end(v, &m);
	const struct key_terms terms = { .until_s = m.until_s };
	TRY(keyring_set_terms(v->ring, m.kid, &terms));
	v->has_keys = true;
	return OK;
}
