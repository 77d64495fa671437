/*
 * keys.c - see keys.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#include "ledger/keys.h"

static struct held_key *
find_held_key(struct keys *keys, struct bytes kid)
{
	for (size_t i = 0; i < keys->n; i++)
		if (bytes_equal(store_small_bytes(&keys->held[i].kid), kid))
			return &keys->held[i];
	return NULL;
}

/* When all entries are used, removes one whose key is no longer pinned.  Those
 * after it move up, because epochs are stored in the order of their
 * announcements. */
static void
make_room(struct keys *keys)
{
	for (size_t i = 0; keys->n == KEYS_MAX && i < keys->n; i++) {
		struct held_key *key = &keys->held[i];

		if (pins_find(keys->pins, store_small_bytes(&key->kid)))
			continue;
		keys->n--;
		memmove(key, key + 1, (keys->n - i) * sizeof(*key));
	}
}

/* There cannot be more pinned keys than entries. */
static struct held_key *
add_held_key(struct keys *keys, struct bytes kid)
{
	make_room(keys);
	struct held_key *key = &keys->held[keys->n];

	if (keys->n == KEYS_MAX || !store_small_set(&key->kid, kid))
		return NULL;
	key->recorded = false;
	key->veto = KEYS_NO_VETO;
	keys->n++;
	return key;
}

static err_t
refuse_key_held(const struct wire_key_held *m, const char *why)
{
	log_event(LOG_ERROR, "key-refused", LOG_BYTES("kid", m->kid),
	          LOG_U64("node", m->node), LOG_U64("epoch", m->epoch),
	          LOG_STR("why", why));
	return E_DENIED;
}

static bool
same_life(const struct held_key *key, const struct wire_key_held *m)
{
	return key->life.node == m->node && key->life.epoch == m->epoch &&
	       memcmp(key->life.life, m->life, sizeof(m->life)) == 0;
}

err_t
keys_hold(struct keys *keys, uint16_t keyholder, const struct wire_key_held *m,
          const struct pins_token *token, uint64_t now_s)
{
	const struct pins_token said = { token->name, m->node };
	const char *against = pins_against(keys->pins, m->kid, &said, now_s);
	struct held_key *key = find_held_key(keys, m->kid);

	if (against)
		return refuse_key_held(m, against);
	if (!key)
		key = add_held_key(keys, m->kid);
	if (!key)
		return refuse_key_held(m, "too many keys are pinned");
	if (!same_life(key, m) || key->over) {
		key->recorded = false;
		key->veto = KEYS_NO_VETO; /* stored before any work */
	}
	key->keyholder = keyholder;
	key->over = false;
	key->life.node = m->node;
	key->life.epoch = m->epoch;
	memcpy(key->life.life, m->life, sizeof(m->life));
	return OK;
}

void
keys_over(struct keys *keys, uint16_t keyholder)
{
	for (size_t i = 0; i < keys->n; i++) {
		struct held_key *key = &keys->held[i];

		if (key->keyholder != keyholder || key->over)
			continue;
		key->over = true;
		key->recorded = false;
	}
}

void
keys_pin(struct keys *keys, struct role *r)
{
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);
	err_t err = in_force_read(r, &keys->in_force, &text, &why);

	if (err == E_NOT_FOUND) /* the supervisor reports it */
		return;
	if (err == OK)
		err = pins_update(buf_bytes(&text), &why, &keys->pins);
	in_force_retry(r, err);
	if (err != OK)
		log_event(LOG_ERROR, "pins-refused",
		          LOG_STR("why",
		                  why.len ? buf_str(&why) : err_name(err)));
}

void
keys_release(struct keys *keys)
{
	pins_free(TAKE(keys->pins));
	in_force_release(&keys->in_force);
}

bool
keys_recorded(const struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		if (!keys->held[i].recorded)
			return false;
	return true;
}

/* Compares an announced life with the stored one. */
static err_t
judge_known_life(struct held_key *key, struct store *s)
{
	struct store_epoch known;

	key->veto = KEYS_NO_VETO;
	TRY(store_epoch_last(s, key->life.node, &key->last));
	if (key->life.epoch < key->last) {
		key->veto = KEYS_WENT_BACK;
		return OK;
	}
	if (key->last > 0 && key->life.epoch - key->last > KEYS_JUMP_MAX) {
		key->veto = KEYS_JUMPED;
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

/* Of two keys of one token, one may still name the previous life. */
static err_t
record_life(const struct held_key *key, struct store *s, uint64_t now_ms)
{
	uint32_t last = 0;

	TRY(store_epoch_last(s, key->life.node, &last));
	return key->life.epoch < last ? OK
	                              : store_epoch_live(s, &key->life, now_ms);
}

/* Ends all stored lives and resumes the current ones, so that none is missed,
 * whatever its key holder has announced since. */
err_t
keys_record(struct keys *keys, struct store *s, uint64_t now_ms)
{
	if (keys->begun && keys_recorded(keys))
		return OK;
	TRY(store_epochs_end(s, now_ms));
	for (size_t i = 0; i < keys->n; i++) {
		struct held_key *key = &keys->held[i];

		if (!key->recorded && !key->over)
			TRY(judge_known_life(key, s));
		if (!key->over && !key->veto)
			TRY(record_life(key, s, now_ms));
	}
	return OK;
}

enum keys_veto
keys_veto_of(const struct keys *keys, const struct held_key *key)
{
	return !key->over && keys->pins &&
	                       pins_find(keys->pins,
	                                 store_small_bytes(&key->kid))
	               ? key->veto
	               : KEYS_NO_VETO;
}

static void
say_veto(struct keys *keys, const struct held_key *key)
{
	const uint32_t epoch = key->life.epoch, node = key->life.node;
	char *why = keys->why;

	if (key->veto == KEYS_JUMPED)
		(void)snprintf(why, KEYS_WHY_MAX,
		               "the token's epoch jumped from %u to %u at node "
		               "%u: restart its key holder",
		               key->last, epoch, node);
	else if (key->veto == KEYS_WENT_BACK)
		(void)snprintf(why, KEYS_WHY_MAX,
		               "the token's epoch went back: %u, but node %u "
		               "already had %u",
		               epoch, node, key->last);
	else if (key->veto == KEYS_TWICE)
		(void)snprintf(why, KEYS_WHY_MAX,
		               "the token's epoch came twice: another run of "
		               "node %u already had %u",
		               node, epoch);
	else
		(void)snprintf(why, KEYS_WHY_MAX,
		               "restart the key holder of node %u: the "
		               "database was repaired during its epoch %u",
		               node, epoch);
}

const char *
keys_why(struct keys *keys)
{
	keys->why[0] = '\0';
	for (size_t i = 0; i < keys->n; i++) {
		const struct held_key *key = &keys->held[i];

		if (keys_veto_of(keys, key))
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
		if (keys_veto_of(keys, key) && key->life.node == node &&
		    key->life.epoch == epoch)
			return true;
	}
	return false;
}

bool
keys_cover(const struct keys *keys, uint32_t node, uint64_t issued_s,
           uint64_t expires_s)
{
	return !keys || (keys->pins &&
	                 pins_cover(keys->pins, node, issued_s, expires_s));
}
