/*
 * keys.c - see keys.h.
 */
#include <stdio.h>
#include <string.h>

#include "log.h"

#include "keys.h"

static struct held_key *
find(struct keys *keys, struct bytes kid)
{
	for (size_t i = 0; i < keys->n; i++)
		if (bytes_equal(store_small_bytes(&keys->held[i].kid), kid))
			return &keys->held[i];
	return NULL;
}

static struct bytes
spki_of(const struct held_key *key)
{
	return bytes_of(key->spki, key->spki_len);
}

/* When all places are taken, one whose key is over is free again; those behind
 * move up, since epochs are recorded in the order in which they came. */
static void
make_room(struct keys *keys, uint64_t now_s)
{
	for (size_t i = 0; keys->n == KEYS_MAX && i < keys->n; i++) {
		struct held_key *key = &keys->held[i];

		if (!key->until_s || key->until_s > now_s)
			continue;
		keys->n--;
		memmove(key, key + 1, (keys->n - i) * sizeof(*key));
	}
}

static err_t
add(struct keys *keys, const struct wire_key_held *m, struct held_key **ret)
{
	struct held_key *key = &keys->held[keys->n];

	if (keys->n == KEYS_MAX || m->spki.len > KEY_SPKI_MAX ||
	    m->spki.len == 0 || m->kid.len == 0 ||
	    !store_small_set(&key->kid, m->kid))
		return E_MALFORMED;
	key->recorded = false;
	key->veto = 0;
	key->alg = m->alg;
	key->spki_len = m->spki.len;
	memcpy(key->spki, m->spki.data, m->spki.len);
	keys->n++;
	*ret = key;
	return OK;
}

err_t
keys_hold(struct keys *keys, const struct wire_key_held *m, uint64_t now_s,
          struct held_key **ret_key)
{
	struct held_key *key = find(keys, m->kid);

	if (!key) {
		make_room(keys, now_s);
		TRY(add(keys, m, &key));
	}
	if (!bytes_equal(spki_of(key), m->spki) || key->alg != m->alg)
		return E_MALFORMED; /* one name, two keys */
	if (key->node != m->node || key->epoch != m->epoch) {
		key->recorded = false;
		key->veto = 0; /* asked again before anything is done */
	}
	key->node = m->node;
	key->epoch = m->epoch;
	key->until_s = m->until_s;
	*ret_key = key;
	return OK;
}

void
keys_tell(const struct held_key *key, struct edge *to, struct buf *packet)
{
	const struct wire_key_known m = {
		.kid = store_small_bytes(&key->kid),
		.spki = spki_of(key),
		.alg = key->alg,
		.until_s = key->until_s,
	};

	if (!to)
		return;
	wire_put_key_known(packet, &m);
	err_t err = edge_send(to, packet);
	if (err != OK && err != E_CLOSED)
		log_event(LOG_WARN, "key-not-told", LOG_ERR(err));
}

bool
keys_recorded(const struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		if (!keys->held[i].recorded)
			return false;
	return true;
}

err_t
keys_record(struct keys *keys, struct store *s, uint64_t now_s)
{
	for (size_t i = 0; i < keys->n; i++) {
		struct held_key *key = &keys->held[i];
		uint32_t last = 0;

		if (key->recorded)
			continue;
		TRY(store_epoch_last(s, key->node, &last));
		key->veto = key->epoch < last ? last : 0;
		if (!key->veto)
			TRY(store_epoch_add(s, key->node, key->epoch, now_s));
	}
	return OK;
}

const char *
keys_why(struct keys *keys)
{
	keys->why[0] = '\0';
	for (size_t i = 0; i < keys->n; i++) {
		const struct held_key *key = &keys->held[i];

		if (key->veto)
			(void)snprintf(keys->why, sizeof(keys->why),
			               "the token's epoch went back: %u, but "
			               "node %u has had %u",
			               key->epoch, key->node, key->veto);
	}
	return keys->why;
}

void
keys_set_recorded(struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		keys->held[i].recorded = true;
}

bool
keys_vetoed(const struct keys *keys, uint32_t node, uint32_t epoch)
{
	for (size_t i = 0; keys && i < keys->n; i++) {
		const struct held_key *key = &keys->held[i];
		if (key->veto && key->node == node && key->epoch == epoch)
			return true;
	}
	return false;
}
