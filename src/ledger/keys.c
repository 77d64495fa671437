/*
 * keys.c - see keys.h.
 */
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

static err_t
add(struct keys *keys, const struct wire_key_held *m, struct held_key **ret)
{
	struct held_key *key = &keys->held[keys->n];

	if (keys->n == KEYS_MAX || m->spki.len > KEY_SPKI_MAX ||
	    m->spki.len == 0 || m->kid.len == 0 ||
	    !store_small_set(&key->kid, m->kid))
		return E_MALFORMED;
	key->alg = m->alg;
	key->spki_len = m->spki.len;
	memcpy(key->spki, m->spki.data, m->spki.len);
	keys->n++;
	*ret = key;
	return OK;
}

err_t
keys_hold(struct keys *keys, const struct wire_key_held *m,
          struct held_key **ret_key)
{
	struct held_key *key = find(keys, m->kid);

	if (!key)
		TRY(add(keys, m, &key));
	else if (!bytes_equal(spki_of(key), m->spki) || key->alg != m->alg)
		return E_MALFORMED; /* one name, two keys */

	if (key->node != m->node || key->epoch != m->epoch)
		key->recorded = false;
	key->node = m->node;
	key->epoch = m->epoch;
	*ret_key = key;
	return OK;
}

void
keys_tell(const struct held_key *key, struct edge *verifier, struct buf *packet)
{
	const struct wire_key_known m = {
		.kid = store_small_bytes(&key->kid),
		.spki = spki_of(key),
		.alg = key->alg,
	};

	if (!verifier)
		return;
	wire_put_key_known(packet, &m);
	err_t err = edge_send(verifier, packet);
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
keys_record(const struct keys *keys, struct store *s, uint64_t now_s)
{
	for (size_t i = 0; i < keys->n; i++) {
		const struct held_key *key = &keys->held[i];
		if (!key->recorded)
			TRY(store_epoch_add(s, key->node, key->epoch, now_s));
	}
	return OK;
}

void
keys_set_recorded(struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		keys->held[i].recorded = true;
}
