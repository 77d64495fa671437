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

void
signing_refuse(struct keyholder *k, const struct pin *pin, const char *why)
{
	struct signing *s = &k->signing;
	const struct pin *row = pins_find(s->pins, bytes_of_str(pin->kid));
	char note[SIGNING_WHY_MAX];

	if (row && s->rows[row - s->pins->keys] == SIGNING_ROW_OPEN)
		s->rows[row - s->pins->keys] = SIGNING_ROW_REFUSED;
	snprintf(note, sizeof(note), "key %.8s... is not held: %.140s",
	         pin->kid, why);
	if (strcmp(note, s->note) == 0)
		return; /* logged at an earlier attempt */
	memcpy(s->note, note, sizeof(note));
	log_event(LOG_ERROR, "key-not-held", LOG_STR("kid", pin->kid),
	          LOG_STR("why", why));
}

/* Excludes the key from retries by this process if its test made the device
 * fail, or if a TPM refused it, because each attempt at a TPM proves the PIN
 * and a wrong one is counted. */
static void
settle_failed_row(struct signing *s, err_t err)
{
	const struct pin *row = pins_find(s->pins, bytes_of_str(s->wanted.kid));
	if (row && (err == E_DEVICE ||
	            strncmp(row->uri, "tpm2:", strlen("tpm2:")) == 0))
		s->rows[row - s->pins->keys] = SIGNING_ROW_SETTLED;
}

/* Tries refused keys again, because the cause may have been removed: a missing
 * key may have been created. */
static void
try_refused(struct keyholder *k)
{
	struct signing *s = &k->signing;

	if (s->adding || !s->note[0] || now_s() - s->tried_s < SIGNING_RETRY_S)
		return;
	s->tried_s = now_s();
	for (size_t i = 0; i < PINS_MAX; i++)
		if (s->rows[i] == SIGNING_ROW_REFUSED)
			s->rows[i] = SIGNING_ROW_OPEN;
}

static const struct pin *
find_missing_row(struct keyholder *k)
{
	const struct signing *s = &k->signing;

	for (size_t i = 0; s->pins && i < s->pins->n; i++) {
		const struct pin *pin = &s->pins->keys[i];

		if (signing_ours(k, pin) && s->rows[i] == SIGNING_ROW_OPEN &&
		    !signing_over(k, pin) && !signing_find(k, pin->kid))
			return pin;
	}
	return NULL;
}

const struct pin *
signing_missing(struct keyholder *k)
{
	const struct pin *pin;

	while ((pin = find_missing_row(k)) && record_is_poison(k, pin->kid) &&
	       signing_stand_in(k, pin))
		signing_refuse(k, pin, "processes ended while they tested it");
	return pin;
}

void
signing_try(struct keyholder *k, const struct pin *pin)
{
	if (signing_stand_in(k, pin))
		record_try(k, pin->kid);
}

/* --- a new pins file ------------------------------------------------------ */

err_t
signing_read(struct keyholder *k, struct buf *why)
{
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);

	TRY(in_force_read(k->role, &k->in_force, &text, why));
	TRY(pins_update(buf_bytes(&text), why, &k->signing.pins));
	AUTO(keyring_free) struct keyring *ring = NULL;
	TRY(pins_ring(k->signing.pins, &ring));
	keyring_free(k->ring);
	k->ring = TAKE(ring);
	return OK;
}

static void
change_signer(struct keyholder *k)
{
	if (signing_step(k, SIGNING_SIGNS))
		(void)signing_step(k, SIGNING_RELIEVED);
}

/* Applies the pins file in force to the keys that are held. */
static void
look_again(struct keyholder *k)
{
	struct signing *s = &k->signing;

	memset(s->rows, 0, sizeof(s->rows)); /* SIGNING_ROW_OPEN */
	s->note[0] = s->said[0] = '\0';
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		struct signing_key *key = &s->keys[i];
		const struct pin *pin =
		        pins_find(s->pins, bytes_of_str(key->pin.kid));

		if (pin)
			key->pin = *pin;
	}
	signing_note_ends(k);
	(void)signing_step(k, SIGNING_RETIRING);
	(void)signing_step(k, SIGNING_HELD);
	change_signer(k); /* the successor may have been removed */
}

static void
say_followed(struct keyholder *k)
{
	struct signing *s = &k->signing;

	record_signs(k);
	log_event(LOG_INFO, "pins-followed",
	          LOG_U64("version", s->pins->version));
	signing_announce_all(k);
	memcpy(s->said, s->note, sizeof(s->said));
	device_tell_status(k);
}

void
signing_pinned(struct keyholder *k)
{
	AUTO(buf_release) struct buf why = buf_of(SIGNING_WHY_MAX);
	err_t err = signing_read(k, &why);

	in_force_retry(k->role, err);
	if (err != OK) {
		log_event(LOG_ERROR, "pins-refused",
		          LOG_STR("why",
		                  why.len ? buf_str(&why) : err_name(err)));
		return;
	}
	if (k->device.state != DEVICE_OPEN)
		return; /* the next process reads the file at its start */
	device_trust_begin(k);
	look_again(k);
	signing_idle(k);
	if (!k->signing.adding && !signing_missing(k))
		say_followed(k);
}

/* --- a further key -------------------------------------------------------- */

static bool
any_refused(const struct signing *s)
{
	for (size_t i = 0; i < s->pins->n; i++)
		if (s->rows[i] != SIGNING_ROW_OPEN)
			return true;
	return false;
}

/* If the device failed at this key, the cause may be the key alone.  The canary
 * of the next tick (used_at == 0) shows whether the device still works. */
static void
on_added(struct keyholder *k, const struct job *job)
{
	struct signing *s = &k->signing;

	s->adding = false;
	if (job->err != E_DEVICE)
		record_tried(k, s->wanted.kid);
	if (job->err != OK) {
		k->device.used_at = 0;
		settle_failed_row(s, job->err);
		signing_refuse(k, &s->wanted, job->why);
	} else if (signing_hold(k, job->key, &s->wanted) != OK) {
		hsm_drop_key(k->device.hsm, job->key);
		signing_refuse(k, &s->wanted, "it is not the pinned key");
	} else if (!any_refused(s)) {
		s->note[0] = '\0';
	}
	if (signing_missing(k))
		return; /* signing_idle() continues with that key */
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

const char *
signing_tick(struct keyholder *k)
{
	signing_note_ends(k);
	(void)signing_step(k, SIGNING_RETIRING);
	if (signing_step(k, SIGNING_ANNOUNCED))
		signing_announce_all(k);
	change_signer(k);
	/* The next process selects a key that may sign. */
	if (!signing_may(k) && work_free(k))
		return signing_now(k)->state == SIGNING_RETIRING
		               ? "the key that signed has ended, and its "
		                 "successor is not held"
		               : "the key that signed is not published at "
		                 "this time: was the clock set back?";
	try_refused(k);
	signing_idle(k);
	return NULL;
}

void
signing_idle(struct keyholder *k)
{
	if (!work_free(k))
		return;
	(void)signing_step(k, SIGNING_RETIRING);
	(void)signing_step(k, SIGNING_GONE);
	if (!k->signing.adding)
		add_next(k);
}
