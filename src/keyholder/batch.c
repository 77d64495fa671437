/*
 * batch.c - challenges: everything that waits, one tree, one signature.
 *
 * A challenge's salt is SHA-256 over a draw of the device and one of the kernel,
 * both for the batch, and its serial: it is unpredictable when either source
 * is, and says nothing of the other salts.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "clock.h"
#include "digest.h"
#include "keyholder.h"
#include "log.h"

/* What a front must not send; it checks the same before. */
static bool
allowed(const struct keyholder *k, const struct wire_challenge_make *m)
{
	return tenant_name_valid(m->tenant) && m->workflow < WORKFLOW_COUNT &&
	       m->ttl_s <= k->config->ttl_max_s && bindings_valid(&m->bindings);
}

/* No place for it: says so to the asker. */
static err_t
turn_away(struct keyholder *k, struct edge *from, struct bytes packet)
{
	struct wire_challenge_make m;

	TRY(wire_get_challenge_make(packet, &m));
	answer_unavailable(k, from, m.request);
	return OK;
}

err_t
batch_message(struct keyholder *k, struct edge *from, struct bytes packet)
{
	struct challenge_waiting *w = NULL;

	err_t err = turns_read(k->turns, packet, &w);

	if (err == E_LIMIT)
		return turn_away(k, from, packet);
	TRY(err);
	if (!allowed(k, &w->asked)) {
		turns_done(k->turns, w);
		return E_MALFORMED;
	}
	w->from = from;
	if (k->device.state != DEVICE_OPEN) {
		turns_done(k->turns, w);
		return turn_away(k, from, packet);
	}
	if (turns_add(k->turns, w) != OK)
		return turn_away(k, from, packet);
	return OK;
}

/* A kernel that gives no random bytes is no state that we could work in. */
static void
kernel_random(uint8_t *out, size_t n)
{
	size_t at = 0;

	while (at < n) {
		ssize_t got = getrandom(out + at, n - at, 0);

		if (got < 0 && errno != EINTR)
			abort();
		at += got > 0 ? (size_t)got : 0;
	}
}

/* What the salts of one batch come from. */
struct seeds {
	uint8_t device[HASH_SIZE], kernel[HASH_SIZE];
};

static void
make_salt(const struct seeds *seeds, uint64_t i,
          uint8_t ret_salt[static HASH_SIZE])
{
	const struct bytes parts[] = {
		bytes_of(seeds->device, sizeof(seeds->device)),
		bytes_of(seeds->kernel, sizeof(seeds->kernel)),
		bytes_of(&i, sizeof(i)),
	};

	digest_sha256_parts(parts, ARRAY_LEN(parts), ret_salt);
}

static uint64_t
expiry(const struct keyholder *k, uint32_t ttl_s, uint64_t now_s)
{
	return now_s + (ttl_s ? ttl_s : k->config->ttl_s);
}

static err_t
add(struct keyholder *k, const struct wire_challenge_make *m, uint64_t now_s,
    const struct seeds *seeds)
{
	struct challenge_claims claims = {
		.aud = m->tenant,
		.exp_s = expiry(k, m->ttl_s, now_s),
		.cti = { k->token->node, k->device.epoch, ++k->serial },
		.workflow = m->workflow,
		.bindings = m->bindings,
	};
	make_salt(seeds, k->serial, claims.salt);
	return statement_add(k->statement, &claims);
}

/* The tree over the n of k->batch, signed. */
static err_t
sign_batch(struct keyholder *k, size_t n, uint64_t now_s,
           struct hsm_signature *ret_signature)
{
	const struct receipt_head head = {
		.alg = k->device.alg,
		.kid = bytes_of_str(k->device.kid),
		.iss = bytes_of_str(k->config->issuer),
		.iat_s = now_s,
		.epoch = k->device.epoch,
	};
	struct seeds seeds;
	uint8_t decoy[HASH_SIZE];
	struct bytes tbs;

	TRY(device_random(k, seeds.device));
	kernel_random(seeds.kernel, sizeof(seeds.kernel));
	statement_start(k->statement, &head);
	for (size_t i = 0; i < n; i++)
		TRY(add(k, &k->batch[i]->asked, now_s, &seeds));
	make_salt(&seeds, 0, decoy); /* serials start at 1 */
	TRY(statement_close(k->statement, decoy, &tbs));
	return device_sign(k, tbs, ret_signature);
}

static void
answer_one(struct keyholder *k, size_t i, uint64_t now_s,
           const struct hsm_signature *signature)
{
	const struct challenge_waiting *w = k->batch[i];
	struct wire_challenge_made made = {
		.request = w->asked.request,
		.expires_s = expiry(k, w->asked.ttl_s, now_s),
		.kid = bytes_of_str(k->device.kid),
	};

	buf_reset(&k->scratch);
	statement_challenge(k->statement, i,
	                    bytes_of(signature->bytes, signature->len),
	                    &k->scratch);
	if (buf_status(&k->scratch) != OK) {
		answer_unavailable(k, w->from, w->asked.request);
		return;
	}
	made.challenge = buf_bytes(&k->scratch);
	memcpy(made.nonce, statement_nonce(k->statement, i), HASH_SIZE);
	wire_put_challenge_made(&k->packet, &made);
	answer(w->from, &k->packet);
}

/* Takes by turns what waits, as much as one batch may be. */
static size_t
take(struct keyholder *k)
{
	size_t n = 0;

	while (n < k->config->batch_max &&
	       (k->batch[n] = turns_take(k->turns)) != NULL)
		n++;
	return n;
}

bool
batch_turn(struct keyholder *k)
{
	struct hsm_signature signature;
	uint64_t now_s = clock_wall_ms() / 1000;
	size_t n = take(k);

	if (n == 0)
		return false;

	err_t err = sign_batch(k, n, now_s, &signature);
	for (size_t i = 0; i < n; i++) {
		struct challenge_waiting *w = k->batch[i];

		if (err == OK)
			answer_one(k, i, now_s, &signature);
		else
			answer_unavailable(k, w->from, w->asked.request);
		turns_done(k->turns, w);
	}
	if (err != OK && k->device.state == DEVICE_OPEN)
		log_event(LOG_ERROR, "batch-failed", LOG_ERR(err));
	return true;
}
