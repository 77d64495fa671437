/*
 * signing_state.c - the states of the keys and their transitions, which depend
 * on the time, the pins file, and the statements in progress.
 */
#include <string.h>

#include "base/clock.h"
#include "keyholder/keyholder.h"
#include "base/log.h"
#include "crypto/pins/follow.h"

static uint64_t
now_s(void)
{
	return clock_wall_ms() / 1000;
}

/* --- times ---------------------------------------------------------------- */

bool
signing_ours(const struct keyholder *k, const struct pin *pin)
{
	return strcmp(pin->token, k->token->name) == 0;
}

bool
signing_over(const struct keyholder *k, const struct pin *pin)
{
	return pin_over(pin, now_s()) || record_has_ended(k, pin->kid);
}

/* `publish` need not be checked: pins_judge() requires it before `from`. */
bool
signing_allowed(const struct keyholder *k, const struct pin *pin)
{
	return signing_ours(k, pin) && pin->from_s <= now_s() &&
	       !signing_over(k, pin);
}

void
signing_note_ends(struct keyholder *k)
{
	const struct pins *pins = k->signing.pins;

	record_forget(k);
	for (size_t i = 0; i < pins->n; i++) {
		const struct pin *pin = &pins->keys[i];

		if (signing_ours(k, pin) && pin_over(pin, now_s()) &&
		    !record_has_ended(k, pin->kid))
			record_end(k, pin->kid);
	}
}

bool
signing_stand_in(const struct keyholder *k, const struct pin *pin)
{
	const struct pins *pins = k->signing.pins;

	for (size_t i = 0; i < pins->n; i++)
		if (strcmp(pins->keys[i].kid, pin->kid) != 0 &&
		    signing_allowed(k, &pins->keys[i]))
			return true;
	return false;
}

bool
signing_may(struct keyholder *k)
{
	const struct signing_key *key = signing_now(k);

	return key->state == SIGNING_SIGNS && signing_allowed(k, &key->pin);
}

/* --- keys that are held --------------------------------------------------- */

struct signing_key *
signing_now(struct keyholder *k)
{
	return &k->signing.keys[k->signing.key];
}

struct signing_key *
signing_find(struct keyholder *k, const char *kid)
{
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		struct signing_key *key = &k->signing.keys[i];

		if (key->state != SIGNING_GONE &&
		    strcmp(key->pin.kid, kid) == 0)
			return key;
	}
	return NULL;
}

err_t
signing_hold(struct keyholder *k, unsigned number, const struct pin *pin)
{
	struct hsm *hsm = k->device.hsm;

	hsm_use(hsm, number);
	if (!bytes_equal(hsm_public(hsm), pin_spki(pin)) ||
	    hsm_alg(hsm) != pin->alg)
		return E_LATCHED;
	k->signing.keys[number] = (struct signing_key){
		.state = SIGNING_HELD,
		.pin = *pin,
	};
	return OK;
}

/* --- announcements -------------------------------------------------------- */

static bool
is_announced(const struct signing_key *key)
{
	return key->state != SIGNING_GONE && key->state != SIGNING_RETIRING &&
	       pin_published(&key->pin, now_s());
}

static void
tell_held(struct keyholder *k, const struct signing_key *key, struct edge *to)
{
	struct wire_key_held m = {
		.kid = bytes_of_str(key->pin.kid),
		.node = k->token->node,
		.epoch = k->device.epoch,
	};

	if (!to)
		return;
	memcpy(m.life, k->device.life, sizeof(m.life));
	buf_reset(&k->packet);
	wire_put_key_held(&k->packet, &m);
	answer(to, &k->packet);
}

void
signing_announce(struct keyholder *k, struct edge *to)
{
	if (!device_serves(k))
		return;
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		if (is_announced(&k->signing.keys[i]))
			tell_held(k, &k->signing.keys[i], to);
}

void
signing_announce_all(struct keyholder *k)
{
	for (uint16_t i = 0; i < ROLE_EDGES_MAX; i++)
		signing_announce(k, role_edge(k->role, WIRE_ROLE_FRONT, i));
	signing_announce(k, role_edge(k->role, WIRE_ROLE_LEDGER, 0));
	signing_told(k);
}

void
signing_told(struct keyholder *k)
{
	(void)signing_step(k, SIGNING_HELD);
	(void)signing_step(k, SIGNING_ANNOUNCED);
}

/* --- transitions ---------------------------------------------------------- */

static unsigned
number_of(const struct keyholder *k, const struct signing_key *key)
{
	return (unsigned)(key - k->signing.keys);
}

static const struct pin *
row_of(const struct keyholder *k, const struct signing_key *key)
{
	return pins_find(k->signing.pins, bytes_of_str(key->pin.kid));
}

static bool
is_over(const struct keyholder *k, const struct signing_key *key)
{
	return !row_of(k, key) || signing_over(k, &key->pin);
}

/* True after the pins file has listed the key again. */
static bool
is_back(const struct keyholder *k, const struct signing_key *key)
{
	return !is_over(k, key);
}

static bool
is_published(const struct keyholder *k, const struct signing_key *key)
{
	(void)k;
	return pin_published(&key->pin, now_s());
}

/* True after the clock was set back. */
static bool
is_not_published(const struct keyholder *k, const struct signing_key *key)
{
	return !is_published(k, key);
}

static bool
is_its_turn(const struct keyholder *k, const struct signing_key *key)
{
	const struct pin *pin =
	        pins_signer(k->signing.pins, k->token->name, now_s());

	return pin && pin == row_of(k, key) && signing_allowed(k, &key->pin);
}

static bool
is_relieved(const struct keyholder *k, const struct signing_key *key)
{
	return number_of(k, key) != k->signing.key;
}

static bool
is_unused(const struct keyholder *k, const struct signing_key *key)
{
	unsigned number = number_of(k, key);

	return number != k->signing.key && !batches_use(&k->batches, number) &&
	       !queue_uses(&k->results, number) &&
	       !result_batch_uses(&k->result_batch, number);
}

static void
on_signs(struct keyholder *k, const struct signing_key *key)
{
	k->signing.key = number_of(k, key);
	record_signs(k);
	log_event(LOG_INFO, "key-signs", LOG_STR("kid", key->pin.kid));
}

static void
on_gone(struct keyholder *k, const struct signing_key *key)
{
	log_event(LOG_INFO, "key-retired", LOG_STR("kid", key->pin.kid));
	hsm_use(k->device.hsm, k->signing.key);
	hsm_drop_key(k->device.hsm, number_of(k, key));
}

/* The initial states are set by signing_hold() and signing_begin(). */
static const struct transition {
	enum signing_state from, to;
	bool (*is_due)(const struct keyholder *k,
	               const struct signing_key *key);
	void (*done)(struct keyholder *k, const struct signing_key *key);
} transitions[] = {
	{ SIGNING_HELD, SIGNING_ANNOUNCED, is_published, NULL },
	{ SIGNING_ANNOUNCED, SIGNING_HELD, is_not_published, NULL },
	{ SIGNING_ANNOUNCED, SIGNING_SIGNS, is_its_turn, on_signs },
	{ SIGNING_SIGNS, SIGNING_RELIEVED, is_relieved, NULL },
	/* its successor was removed from the pins file */
	{ SIGNING_RELIEVED, SIGNING_SIGNS, is_its_turn, on_signs },
	{ SIGNING_HELD, SIGNING_RETIRING, is_over, NULL },
	{ SIGNING_ANNOUNCED, SIGNING_RETIRING, is_over, NULL },
	{ SIGNING_SIGNS, SIGNING_RETIRING, is_over, NULL },
	{ SIGNING_RELIEVED, SIGNING_RETIRING, is_over, NULL },
	{ SIGNING_RETIRING, SIGNING_HELD, is_back, NULL },
	{ SIGNING_RETIRING, SIGNING_GONE, is_unused, on_gone },
};

static bool
step_key(struct keyholder *k, struct signing_key *key, enum signing_state to)
{
	for (size_t i = 0; i < ARRAY_LEN(transitions); i++) {
		const struct transition *t = &transitions[i];

		if (t->from != key->state || t->to != to || !t->is_due(k, key))
			continue;
		key->state = to;
		if (t->done)
			t->done(k, key);
		return true;
	}
	return false;
}

bool
signing_step(struct keyholder *k, enum signing_state to)
{
	bool any = false;

	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		any |= step_key(k, &k->signing.keys[i], to);
	return any;
}

void
signing_begin(struct keyholder *k, unsigned number)
{
	k->signing.key = number;
	k->signing.keys[number].state = SIGNING_SIGNS;
}
