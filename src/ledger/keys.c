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
	key->veto = KEYS_NO_VETO;
	key->alg = m->alg;
	key->spki_len = m->spki.len;
	memcpy(key->spki, m->spki.data, m->spki.len);
	keys->n++;
	*ret = key;
	return OK;
}

static bool
same_life(const struct held_key *key, const struct wire_key_held *m)
{
	return key->life.node == m->node && key->life.epoch == m->epoch &&
	       memcmp(key->life.life, m->life, sizeof(m->life)) == 0;
}

err_t
keys_hold(struct keys *keys, uint16_t holder, const struct wire_key_held *m,
          uint64_t now_s, struct held_key **ret_key)
{
	struct held_key *key = find(keys, m->kid);

	if (!key) {
		make_room(keys, now_s);
		TRY(add(keys, m, &key));
	}
	if (!bytes_equal(spki_of(key), m->spki) || key->alg != m->alg)
		return E_MALFORMED; /* one name, two keys */
	if (!same_life(key, m) || key->over) {
		key->recorded = false;
		key->veto = KEYS_NO_VETO; /* asked again before all else */
	}
	key->holder = holder;
	key->over = false;
	key->life.node = m->node;
	key->life.epoch = m->epoch;
	memcpy(key->life.life, m->life, sizeof(m->life));
	key->until_s = m->until_s;
	*ret_key = key;
	return OK;
}

void
keys_over(struct keys *keys, uint16_t holder)
{
	for (size_t i = 0; i < keys->n; i++) {
		struct held_key *key = &keys->held[i];

		if (key->holder != holder || key->over)
			continue;
		key->over = true;
		key->recorded = false;
	}
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

/* What the store says of a life that is there. */
static err_t
judge(struct held_key *key, struct store *s)
{
	struct store_epoch known;

	key->veto = KEYS_NO_VETO;
	TRY(store_epoch_last(s, key->life.node, &key->last));
	if (key->life.epoch < key->last) {
		key->veto = KEYS_WENT_BACK;
		return OK;
	}
	err_t err = store_epoch(s, key->life.node, key->life.epoch, &known);
	if (err == E_NOT_FOUND)
		return OK;
	TRY(err);
	if (memcmp(known.life, key->life.life, sizeof(known.life)) != 0)
		key->veto = KEYS_TWICE;
	else if (known.ended_ms == STORE_EPOCH_SHUT)
		key->veto = KEYS_SHUT;
	return OK;
}

/* An end is written for a life that this store took, and for no other. */
static err_t
record(struct held_key *key, struct store *s, uint64_t now_ms)
{
	if (key->over)
		return key->veto ? OK
		                 : store_epoch_end(s, key->life.node,
		                                   key->life.epoch, now_ms);
	TRY(judge(key, s));
	return key->veto ? OK : store_epoch_live(s, &key->life, now_ms);
}

err_t
keys_record(struct keys *keys, struct store *s, uint64_t now_ms)
{
	if (!keys->begun)
		TRY(store_epochs_end(s, now_ms));
	/* Ends first: two keys of one life may be told of in any order. */
	for (int there = 0; there < 2; there++)
		for (size_t i = 0; i < keys->n; i++) {
			struct held_key *key = &keys->held[i];

			if (!key->recorded && key->over == !there)
				TRY(record(key, s, now_ms));
		}
	return OK;
}

static void
say_veto(struct keys *keys, const struct held_key *key)
{
	const uint32_t epoch = key->life.epoch, node = key->life.node;
	char *why = keys->why;

	if (key->veto == KEYS_WENT_BACK)
		(void)snprintf(why, KEYS_WHY_MAX,
		               "the token's epoch went back: %u, but node %u "
		               "has had %u",
		               epoch, node, key->last);
	else if (key->veto == KEYS_TWICE)
		(void)snprintf(why, KEYS_WHY_MAX,
		               "the token's epoch came twice: another life of "
		               "node %u has had %u",
		               node, epoch);
	else
		(void)snprintf(why, KEYS_WHY_MAX,
		               "start the key holder of node %u anew: the "
		               "database was repaired in its epoch %u",
		               node, epoch);
}

const char *
keys_why(struct keys *keys)
{
	keys->why[0] = '\0';
	for (size_t i = 0; i < keys->n; i++) {
		const struct held_key *key = &keys->held[i];

		if (key->veto)
			say_veto(keys, key);
	}
	return keys->why;
}

void
keys_set_recorded(struct keys *keys)
{
	keys->begun = true;
	for (size_t i = 0; i < keys->n; i++)
		keys->held[i].recorded = true;
}

bool
keys_vetoed(const struct keys *keys, uint32_t node, uint32_t epoch)
{
	for (size_t i = 0; keys && i < keys->n; i++) {
		const struct held_key *key = &keys->held[i];
		if (key->veto && key->life.node == node &&
		    key->life.epoch == epoch)
			return true;
	}
	return false;
}
