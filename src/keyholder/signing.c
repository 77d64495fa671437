/*
 * signing.c - see signing.h.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "digest.h"
#include "keyholder.h"
#include "log.h"

static uint64_t
now_s(void)
{
	return clock_wall_ms() / 1000;
}

struct signing_key *
signing_now(struct keyholder *k)
{
	return &k->signing.keys[k->signing.key];
}

static struct bytes
spki_of(const struct signing_key *key)
{
	return bytes_of(key->spki, key->spki_len);
}

struct signing_key *
signing_find(struct keyholder *k, const uint8_t *sha256)
{
	uint8_t hash[HASH_SIZE];

	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		struct signing_key *key = &k->signing.keys[i];

		if (!key->held)
			continue;
		digest_sha256(spki_of(key), hash);
		if (bytes_equal(bytes_of(hash, sizeof(hash)),
		                bytes_of(sha256, HASH_SIZE)))
			return key;
	}
	return NULL;
}

err_t
signing_hold(struct keyholder *k, unsigned number)
{
	struct hsm *hsm = k->device.hsm;
	struct signing_key key = { .held = true };

	hsm_use(hsm, number);
	struct bytes spki = hsm_public(hsm);
	if (spki.len > sizeof(key.spki))
		return E_LATCHED;
	TRY(key_identify(spki, &key.alg, key.kid));
	key.alg = hsm_alg(hsm); /* an RSA key's may be another */
	key.spki_len = spki.len;
	memcpy(key.spki, spki.data, spki.len);
	TRY(keyring_add(k->ring, bytes_of_str(key.kid), spki, key.alg));
	k->signing.keys[number] = key;
	return OK;
}

void
signing_refuse(struct keyholder *k, const char *why)
{
	snprintf(k->signing.note, sizeof(k->signing.note),
	         "rotation refused: %.150s", why);
	log_event(LOG_ERROR, "rotation-refused", LOG_STR("why", why));
}

/* --- announcing ----------------------------------------------------------- */

static void
tell(struct keyholder *k, const struct signing_key *key, struct edge *to)
{
	struct wire_key_held m = {
		.kid = bytes_of_str(key->kid),
		.spki = spki_of(key),
		.alg = (uint16_t)key->alg,
		.node = k->token->node,
		.epoch = k->device.epoch,
		.signs_from_s = key->signs_from_s,
		.until_s = key->until_s,
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
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		const struct signing_key *key = &k->signing.keys[i];

		if (key->held && key->publish_at_s <= now_s())
			tell(k, key, to);
	}
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
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		struct signing_key *key = &k->signing.keys[i];

		key->announced = key->held && key->publish_at_s <= now_s();
	}
}

/* --- an order ------------------------------------------------------------- */

static err_t
refuse(struct buf *why, const char *text)
{
	buf_append_str(why, text);
	return E_DENIED;
}

/* What the old key signs at the last moment must be over when it retires. */
static err_t
check_overlap(const struct keyholder *k, const struct rotation *order,
              struct buf *why)
{
	uint64_t longest = k->config->ttl_max_s > k->config->result_ttl_s
	                           ? k->config->ttl_max_s
	                           : k->config->result_ttl_s;

	if (order->n == 2 &&
	    order->keys[0].retire_at_s < order->keys[1].sign_from_s + longest)
		return refuse(why, "the old key retires before what it signed "
		                   "has expired");
	return OK;
}

err_t
signing_read(struct keyholder *k, struct buf *why, struct rotation *ret_order)
{
	AUTO(buf_release) struct buf text = buf_of(ROTATION_FILE_MAX);
	struct rotation order;
	err_t err = role_file_read(k->role, "rotation", &text);

	if (err == E_NOT_FOUND)
		return err;
	if (err != OK)
		return refuse(why, "the file cannot be read, or is too long");
	TRY(rotation_parse(buf_bytes(&text), why, &order));
	TRY(check_overlap(k, &order, why));
	*ret_order = order;
	return OK;
}

/* An order changes what comes, never who signs at this moment: a key that
 * nobody has heard of must not sign. */
static err_t
check_signer(struct keyholder *k, const struct rotation *order, struct buf *why)
{
	const struct signing_key *now = signing_now(k);
	size_t at = 0;

	while (at < order->n &&
	       signing_find(k, order->keys[at].public_sha256) != now)
		at++;
	if (at == order->n)
		return refuse(why, "it does not name the key that signs");
	if (rotation_signer(order, now_s()) != at)
		return refuse(why, "another key would sign at once");
	return OK;
}

bool
signing_set_times(struct keyholder *k)
{
	const struct rotation *order = &k->signing.order;
	const struct rotation_key *last = &order->keys[order->n - 1];

	if (!k->signing.ordered || !signing_find(k, last->public_sha256))
		return false; /* no successor: the old one goes on */
	for (size_t i = 0; i < order->n; i++) {
		const struct rotation_key *ordered = &order->keys[i];
		struct signing_key *key =
		        signing_find(k, ordered->public_sha256);

		if (!key)
			continue;
		key->publish_at_s = ordered->publish_at_s;
		key->signs_from_s = ordered->sign_from_s;
		key->until_s = ordered->retire_at_s;
	}
	return true;
}

/* A key that was to sign and is in no order any more never signed. */
static void
withdraw(struct keyholder *k)
{
	const struct rotation *order = &k->signing.order;
	const struct signing_key *named[ROTATION_KEYS_MAX] = { NULL };

	for (size_t i = 0; i < order->n; i++)
		named[i] = signing_find(k, order->keys[i].public_sha256);
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		struct signing_key *key = &k->signing.keys[i];

		if (key->held && key != named[0] && key != named[1] &&
		    key->signs_from_s > now_s())
			key->until_s = now_s();
	}
}

static void
follow(struct keyholder *k)
{
	struct signing *s = &k->signing;

	s->order = s->next;
	s->ordered = true;
	s->note[0] = '\0';
	if (signing_set_times(k))
		kept_write(k);
	withdraw(k);
	log_event(LOG_INFO, "rotation-ordered", LOG_U64("keys", s->order.n),
	          LOG_U64("sign-from",
	                  s->order.keys[s->order.n - 1].sign_from_s));
	announce_to_all(k);
	role_status(k->role, true, "");
}

static void
refuse_order(struct keyholder *k, const char *why)
{
	signing_refuse(k, why);
	role_status(k->role, true, k->signing.note);
}

/* A device that failed at this key may only dislike the key: the canary tells,
 * at the next tick. */
static void
on_added(struct keyholder *k, const struct job *job)
{
	struct signing *s = &k->signing;

	s->adding = false;
	if (job->err != OK) {
		k->device.used_at = 0;
		refuse_order(k, job->why);
		return;
	}
	if (signing_hold(k, job->key) != OK) {
		hsm_drop_key(k->device.hsm, job->key);
		refuse_order(k, "unusable public key");
		return;
	}
	follow(k);
}

static void
add_next(struct keyholder *k)
{
	struct signing *s = &k->signing;
	const struct rotation_key *wanted = &s->next.keys[s->next.n - 1];
	const struct job job = {
		.kind = JOB_ADD,
		.wanted = wanted,
		.done = on_added,
	};

	work_start(k, &job);
}

void
signing_ordered(struct keyholder *k)
{
	struct signing *s = &k->signing;
	AUTO(buf_release) struct buf why = buf_of(SIGNING_WHY_MAX);
	struct rotation order;

	if (k->device.state != DEVICE_OPEN)
		return; /* the next life reads it */
	if (s->adding) {
		s->reread = true;
		return;
	}
	err_t err = signing_read(k, &why, &order);
	if (err == OK)
		err = check_signer(k, &order, &why);
	if (err != OK) {
		refuse_order(k, buf_str(&why));
		return;
	}
	s->next = order;
	s->adding = !signing_find(k, order.keys[order.n - 1].public_sha256);
	if (s->adding)
		signing_idle(k);
	else
		follow(k);
}

/* --- time ----------------------------------------------------------------- */

static void
switch_key(struct keyholder *k)
{
	struct signing *s = &k->signing;
	size_t at = rotation_signer(&s->order, now_s());
	const struct signing_key *key =
	        signing_find(k, s->order.keys[at].public_sha256);

	if (!key || key == signing_now(k) || !key->announced)
		return;
	s->key = (unsigned)(key - s->keys);
	log_event(LOG_INFO, "key-signs", LOG_STR("kid", key->kid));
}

static bool
in_use(const struct keyholder *k, unsigned number)
{
	return number == k->signing.key || batches_use(&k->batches, number) ||
	       queue_uses(&k->results, number);
}

static void
retire(struct keyholder *k)
{
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++) {
		struct signing_key *key = &k->signing.keys[i];

		if (!key->held || !key->until_s || key->until_s > now_s() ||
		    in_use(k, i))
			continue;
		log_event(LOG_INFO, "key-retired", LOG_STR("kid", key->kid));
		hsm_use(k->device.hsm, k->signing.key);
		hsm_drop_key(k->device.hsm, i);
		key->held = false;
	}
}

static bool
one_to_announce(const struct signing *s)
{
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		if (s->keys[i].held && !s->keys[i].announced &&
		    s->keys[i].publish_at_s <= now_s())
			return true;
	return false;
}

void
signing_tick(struct keyholder *k)
{
	struct signing *s = &k->signing;

	if (k->device.state != DEVICE_OPEN)
		return;
	if (s->reread && !s->adding) {
		s->reread = false;
		signing_ordered(k);
	}
	if (one_to_announce(s))
		announce_to_all(k);
	if (s->ordered)
		switch_key(k);
	signing_idle(k);
}

void
signing_idle(struct keyholder *k)
{
	if (!work_free(k))
		return;
	retire(k);
	if (k->signing.adding)
		add_next(k);
}
