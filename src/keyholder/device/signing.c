/*
 * signing.c - see signing.h.
 */
#include <stdio.h>
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

/* --- the hour ------------------------------------------------------------- */

static bool
is_ours(const struct keyholder *k, const struct pin *pin)
{
	return strcmp(pin->token, k->token->name) == 0;
}

bool
signing_over(const struct keyholder *k, const struct pin *pin)
{
	return pin_over(pin, now_s()) || record_has_ended(k, pin->kid);
}

/* What has begun to sign is published: pins_judge() asks that. */
bool
signing_allowed(const struct keyholder *k, const struct pin *pin)
{
	return is_ours(k, pin) && pin->from_s <= now_s() &&
	       !signing_over(k, pin);
}

void
signing_note_ends(struct keyholder *k)
{
	const struct pins *pins = k->signing.pins;

	record_forget(k);
	for (size_t i = 0; i < pins->n; i++) {
		const struct pin *pin = &pins->keys[i];

		if (is_ours(k, pin) && pin_over(pin, now_s()) &&
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

	return key->held && key->pinned && signing_allowed(k, &key->pin);
}

/* --- what is held --------------------------------------------------------- */

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

		if (key->held && strcmp(key->pin.kid, kid) == 0)
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
	k->signing.keys[number] = (struct signing_key){ .held = true,
		                                        .pinned = true,
		                                        .pin = *pin };
	return OK;
}

void
signing_refuse(struct keyholder *k, const struct pin *pin, const char *why)
{
	struct signing *s = &k->signing;
	const struct pin *row = pins_find(s->pins, bytes_of_str(pin->kid));
	char note[SIGNING_WHY_MAX];

	if (row)
		s->refused[row - s->pins->keys] = true;
	snprintf(note, sizeof(note), "key %.8s... is not held: %.140s",
	         pin->kid, why);
	if (strcmp(note, s->note) == 0)
		return; /* said when it was tried before */
	memcpy(s->note, note, sizeof(note));
	log_event(LOG_ERROR, "key-not-held", LOG_STR("kid", pin->kid),
	          LOG_STR("why", why));
}

/* Not tried again in this life: what the device may die of, and what a TPM refused,
 * where each try proves the PIN and a wrong one is counted. */
static void
settle(struct signing *s, err_t err)
{
	const struct pin *row = pins_find(s->pins, bytes_of_str(s->wanted.kid));
	if (row && (err == E_DEVICE ||
	            strncmp(row->uri, "tpm2:", strlen("tpm2:")) == 0))
		s->settled[row - s->pins->keys] = true;
}

/* Somebody may have mended the cause: a key that was missing is back. */
static void
try_refused(struct keyholder *k)
{
	struct signing *s = &k->signing;

	if (s->adding || !s->note[0] || now_s() - s->tried_s < SIGNING_RETRY_S)
		return;
	s->tried_s = now_s();
	memcpy(s->refused, s->settled, sizeof(s->refused));
}

static const struct pin *
missing(struct keyholder *k)
{
	const struct signing *s = &k->signing;

	for (size_t i = 0; s->pins && i < s->pins->n; i++) {
		const struct pin *pin = &s->pins->keys[i];

		if (is_ours(k, pin) && !s->refused[i] &&
		    !signing_over(k, pin) && !signing_find(k, pin->kid))
			return pin;
	}
	return NULL;
}

const struct pin *
signing_missing(struct keyholder *k)
{
	const struct pin *pin;

	while ((pin = missing(k)) && record_is_poison(k, pin->kid) &&
	       signing_stand_in(k, pin))
		signing_refuse(k, pin, "lives ended at it");
	return pin;
}

void
signing_try(struct keyholder *k, const struct pin *pin)
{
	if (signing_stand_in(k, pin))
		record_try(k, pin->kid);
}

/* --- announcing ----------------------------------------------------------- */

static bool
to_announce(const struct signing_key *key)
{
	return key->held && key->pinned && pin_published(&key->pin, now_s());
}

static void
tell(struct keyholder *k, const struct signing_key *key, struct edge *to)
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
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		if (to_announce(&k->signing.keys[i]))
			tell(k, &k->signing.keys[i], to);
}

/* To all who are there; the others hear of it when they come. */
static void
announce_to_all(struct keyholder *k)
{
	for (uint16_t i = 0; i < ROLE_EDGES_MAX; i++)
		signing_announce(k, role_edge(k->role, WIRE_ROLE_FRONT, i));
	signing_announce(k, role_edge(k->role, WIRE_ROLE_LEDGER, 0));
	signing_told(k);
}

void
signing_told(struct keyholder *k)
{
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		k->signing.keys[i].announced = to_announce(&k->signing.keys[i]);
}

/* --- which one signs ------------------------------------------------------ */

static void
switch_key(struct keyholder *k)
{
	struct signing *s = &k->signing;
	const struct pin *pin = pins_signer(s->pins, k->token->name, now_s());
	const struct signing_key *key = pin ? signing_find(k, pin->kid) : NULL;

	if (!key || key == signing_now(k) || !key->announced ||
	    !signing_allowed(k, &key->pin))
		return;
	s->key = (unsigned)(key - s->keys);
	record_signs(k);
	log_event(LOG_INFO, "key-signs", LOG_STR("kid", key->pin.kid));
}

/* --- another pins file ---------------------------------------------------- */

err_t
signing_read(struct keyholder *k, struct buf *why)
{
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);

	TRY(role_file_read(k->role, "pins", &text));
	TRY(pins_update(buf_bytes(&text), why, &k->signing.pins));
	AUTO(keyring_free) struct keyring *ring = NULL;
	TRY(pins_ring(k->signing.pins, &ring));
	keyring_free(k->ring);
	k->ring = TAKE(ring);
	return OK;
}

/* What is held by the file that is in force now. */
static void
look_again(struct keyholder *k)
{
	struct signing *s = &k->signing;

	memset(s->refused, 0, sizeof(s->refused));
	memset(s->settled, 0, sizeof(s->settled));
	s->note[0] = s->said[0] = '\0';
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		struct signing_key *key = &s->keys[i];
		const struct pin *pin =
		        pins_find(s->pins, bytes_of_str(key->pin.kid));

		key->pinned = pin != NULL;
		if (pin)
			key->pin = *pin;
	}
}

static void
say_followed(struct keyholder *k)
{
	struct signing *s = &k->signing;

	record_signs(k);
	log_event(LOG_INFO, "pins-followed",
	          LOG_U64("version", s->pins->version));
	announce_to_all(k);
	memcpy(s->said, s->note, sizeof(s->said));
	role_status(k->role, true, s->note);
}

void
signing_pinned(struct keyholder *k)
{
	AUTO(buf_release) struct buf why = buf_of(SIGNING_WHY_MAX);
	err_t err = signing_read(k, &why);

	if (err != OK) {
		log_event(LOG_ERROR, "pins-refused",
		          LOG_STR("why",
		                  why.len ? buf_str(&why) : err_name(err)));
		return;
	}
	if (k->device.state != DEVICE_OPEN)
		return; /* the next life begins with it */
	look_again(k);
	signing_note_ends(k);
	switch_key(k); /* a successor may have been taken back */
	signing_idle(k);
	if (!k->signing.adding && !signing_missing(k))
		say_followed(k);
}

/* --- a key that is to be held, too ---------------------------------------- */

static bool
any_refused(const struct signing *s)
{
	for (size_t i = 0; i < s->pins->n; i++)
		if (s->refused[i])
			return true;
	return false;
}

/* A device that failed at this key may only dislike the key: the canary tells,
 * at the next tick. */
static void
on_added(struct keyholder *k, const struct job *job)
{
	struct signing *s = &k->signing;

	s->adding = false;
	if (job->err != E_DEVICE)
		record_tried(k, s->wanted.kid);
	if (job->err != OK) {
		k->device.used_at = 0;
		settle(s, job->err);
		signing_refuse(k, &s->wanted, job->why);
	} else if (signing_hold(k, job->key, &s->wanted) != OK) {
		hsm_drop_key(k->device.hsm, job->key);
		signing_refuse(k, &s->wanted, "it is not the pinned key");
	} else if (!any_refused(s)) {
		s->note[0] = '\0';
	}
	if (signing_missing(k))
		return; /* signing_idle() goes on */
	if (job->err == OK || strcmp(s->note, s->said) != 0)
		say_followed(k);
}

static void
add_next(struct keyholder *k)
{
	struct signing *s = &k->signing;
	const struct pin *pin = signing_missing(k);

	if (!pin)
		return;
	s->adding = true;
	s->wanted = *pin;
	signing_try(k, pin);
	const struct job job = {
		.kind = JOB_ADD,
		.wanted = &s->wanted,
		.done = on_added,
	};
	work_start(k, &job);
}

/* --- time ----------------------------------------------------------------- */

static bool
in_use(const struct keyholder *k, unsigned number)
{
	return number == k->signing.key || batches_use(&k->batches, number) ||
	       queue_uses(&k->results, number);
}

static bool
is_over(const struct keyholder *k, const struct signing_key *key)
{
	return key->held && (!key->pinned || signing_over(k, &key->pin));
}

static void
retire(struct keyholder *k)
{
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		struct signing_key *key = &k->signing.keys[i];

		if (!is_over(k, key) || in_use(k, i))
			continue;
		log_event(LOG_INFO, "key-retired",
		          LOG_STR("kid", key->pin.kid));
		hsm_use(k->device.hsm, k->signing.key);
		hsm_drop_key(k->device.hsm, i);
		key->held = false;
	}
}

static bool
one_to_announce(const struct signing *s)
{
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		if (!s->keys[i].announced && to_announce(&s->keys[i]))
			return true;
	return false;
}

void
signing_tick(struct keyholder *k)
{
	if (k->device.state != DEVICE_OPEN)
		return;
	signing_note_ends(k);
	if (one_to_announce(&k->signing))
		announce_to_all(k);
	switch_key(k);
	/* The next life looks for one that may sign. */
	if (!signing_may(k) && work_free(k)) {
		device_give_up(
		        k, E_DEVICE,
		        is_over(k, signing_now(k))
		                ? "the key that signs is over, and the "
		                  "one after it is not held"
		                : "the key that signs is not published "
		                  "at this hour: was the clock set back?");
		return;
	}
	try_refused(k);
	signing_idle(k);
}

void
signing_idle(struct keyholder *k)
{
	if (!work_free(k))
		return;
	retire(k);
	if (!k->signing.adding)
		add_next(k);
}
