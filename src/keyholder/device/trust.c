/*
 * trust.c - the state of trust.h: judgements, and what follows from them.
 */
#include "keyholder/device/trust.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "keyholder/device/trust_read.h"
#include "keyholder/keyholder.h"

/* --- what has changed ------------------------------------------------------ */

static bool
same_judgement(const struct trust_judgement *a, const struct trust_judgement *b)
{
	return a->fault == b->fault && strcmp(a->text, b->text) == 0;
}

/* Each change of what counts is logged and told, whatever has changed it. */
static void
tell_change(struct keyholder *k)
{
	struct device_trust *t = &k->trust;
	const struct trust_judgement now = trust_judgement_now(k);
	bool served = t->said.fault == TRUST_DEVICE_SOUND;

	if (k->device.state != DEVICE_OPEN || same_judgement(&now, &t->said))
		return;
	t->said = now;
	log_event(now.fault == TRUST_DEVICE_SOUND ? LOG_INFO : LOG_ERROR,
	          now.fault == TRUST_DEVICE_SOUND ? "trust-sound"
	                                          : "trust-fault",
	          LOG_STR("why", now.text));
	device_tell_status(k);
	if (now.fault == TRUST_DEVICE_SOUND && !served)
		signing_announce_all(k);
	else if (now.fault != TRUST_DEVICE_SOUND && served)
		withdraw_key(k, now.text);
}

/* --- judgements ----------------------------------------------------------- */

static void
judge_next_at(struct device_trust *t, uint64_t ms)
{
	t->due_at = clock_mono_ms() + ms;
}

/* A fault of a sound device is looked at twice. */
static bool
is_doubtful(struct device_trust *t, const struct trust_judgement *found)
{
	uint64_t now = clock_mono_ms();

	if (!t->judged || t->held.fault != TRUST_DEVICE_SOUND ||
	    found->fault == TRUST_DEVICE_SOUND) {
		t->doubted_at = 0;
		return false;
	}
	if (t->doubted_at == 0)
		t->doubted_at = now;
	return now - t->doubted_at < KEYHOLDER_TRUST_CONFIRM_MS;
}

/* The reading is complete. */
void
device_trust_judge(struct keyholder *k)
{
	struct device_trust *t = &k->trust;
	uint8_t genesis[HASH_SIZE];

	config_genesis(k->config, genesis);
	const struct trust_terms terms = {
		.in_force = &k->in_force,
		.token = k->token->name,
		.genesis = genesis,
		.in_tpm = k->token->in_tpm,
		.by_file = *k->config->certificates_file != '\0',
	};
	const struct trust_objects objects = { &t->known, &t->read };
	const struct trust_judgement found = trust_judge(&terms, &objects);

	if (is_doubtful(t, &found)) {
		log_event(LOG_WARN, "trust-doubted",
		          LOG_STR("why", found.text));
		judge_next_at(t, KEYHOLDER_TRUST_CONFIRM_MS);
		return;
	}
	t->doubted_at = 0;
	t->judged = true;
	t->held = found;
	judge_next_at(t, found.fault == TRUST_DEVICE_SOUND
	                         ? KEYHOLDER_TRUST_LIST_MS
	                         : KEYHOLDER_TRUST_AGAIN_MS);
	tell_change(k);
}

/* The device did not give it now: the last judgement stays. */
void
device_trust_fail(struct keyholder *k, const char *why)
{
	struct device_trust *t = &k->trust;

	(void)snprintf(t->unread, sizeof(t->unread), "%s", why);
	log_event(LOG_WARN, "trust-unread", LOG_STR("why", why));
	judge_next_at(t, KEYHOLDER_TRUST_AGAIN_MS);
	tell_change(k);
}

/* --- time ----------------------------------------------------------------- */

void
device_trust_begin(struct keyholder *k)
{
	struct device_trust *t = &k->trust;

	if (!trust_is_governed(k) || k->device.state != DEVICE_OPEN)
		return;
	t->stale = t->reading;
	t->whole = false;
	t->doubted_at = 0;
	t->due_at = clock_mono_ms();
	if (!t->judged)
		t->said = trust_judgement_now(k);
}

uint64_t
device_trust_wait_us(const struct keyholder *k)
{
	const struct device_trust *t = &k->trust;
	uint64_t now = clock_mono_ms();

	return t->reading && work_free(k) && now < t->due_at
	               ? (t->due_at - now) * 1000
	               : 0;
}

void
device_trust_tick(struct keyholder *k)
{
	if (trust_is_governed(k))
		tell_change(k);
}

/* --- the ledger ----------------------------------------------------------- */

void
device_trust_send(struct keyholder *k, struct edge *ledger)
{
	const struct certificates *c = &k->trust.read;

	for (size_t i = 0; ledger && i < c->n; i++) {
		struct wire_trust_certificate m = {
			.der = bytes_of(c->rows[i].der, c->rows[i].len),
		};

		memcpy(m.digest, c->rows[i].digest, HASH_SIZE);
		buf_reset(&k->packet);
		wire_put_trust_certificate(&k->packet, &m);
		answer(ledger, &k->packet);
	}
}

void
device_trust_release(struct device_trust *t)
{
	hsm_trust_release(&t->certificate);
	certificates_release(&t->got);
	certificates_release(&t->read);
}
