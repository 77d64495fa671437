/*
 * batch.c - challenges: everything that waits, one tree, one signature.
 *
 * A challenge's salt is SHA-256 over a draw of the device for the batch, a draw
 * of the kernel for the challenge, and its place: it is unpredictable when
 * either source is.
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

err_t
batch_message(struct keyholder *k, struct edge *from, struct bytes packet)
{
	struct wire_challenge_make m;
	struct waiting item = { .from = from, .kind = WIRE_ID_CHALLENGE_MAKE };

	TRY(wire_get_challenge_make(packet, &m));
	if (!allowed(k, &m))
		return E_MALFORMED;
	item.request = m.request;
	if (k->device.state != DEVICE_OPEN ||
	    queue_add(&k->challenges, &item, packet) != OK)
		answer_unavailable(k, from, m.request);
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

static void
make_salt(const uint8_t device[static HASH_SIZE], uint64_t i,
          uint8_t ret_salt[static HASH_SIZE])
{
	uint8_t kernel[HASH_SIZE];
	const struct bytes parts[] = {
		bytes_of(device, HASH_SIZE),
		bytes_of(kernel, sizeof(kernel)),
		bytes_of(&i, sizeof(i)),
	};

	kernel_random(kernel, sizeof(kernel));
	digest_sha256_parts(parts, ARRAY_LEN(parts), ret_salt);
}

static uint64_t
expiry(const struct keyholder *k, uint32_t ttl_s, uint64_t now_s)
{
	return now_s + (ttl_s ? ttl_s : k->config->ttl_s);
}

/* Decoded once already, when it came. */
static void
decode(const struct queue *q, const struct waiting *w,
       struct wire_challenge_make *ret_m)
{
	if (wire_get_challenge_make(queue_bytes(q, w), ret_m) != OK)
		abort();
}

static err_t
add(struct keyholder *k, const struct waiting *w, uint64_t now_s,
    const uint8_t device[static HASH_SIZE])
{
	struct wire_challenge_make m;

	decode(&k->challenges, w, &m);
	struct challenge_claims claims = {
		.aud = m.tenant,
		.exp_s = expiry(k, m.ttl_s, now_s),
		.cti = { k->config->node, k->device.epoch, ++k->serial },
		.workflow = m.workflow,
		.bindings = m.bindings,
	};
	make_salt(device, k->serial, claims.salt);
	return statement_add(k->statement, &claims);
}

/* The tree over the first n that wait, signed. */
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
	uint8_t device[HASH_SIZE];
	uint8_t decoy[HASH_SIZE];
	struct bytes tbs;

	TRY(device_random(k, device));
	statement_start(k->statement, &head);
	for (size_t i = 0; i < n; i++)
		TRY(add(k, queue_next(&k->challenges, i), now_s, device));
	make_salt(device, 0, decoy); /* serials start at 1 */
	TRY(statement_close(k->statement, decoy, &tbs));
	return device_sign(k, tbs, ret_signature);
}

static void
answer_one(struct keyholder *k, const struct waiting *w, size_t i,
           uint64_t now_s, const struct hsm_signature *signature)
{
	struct wire_challenge_make asked;
	struct wire_challenge_made made = {
		.request = w->request,
		.kid = bytes_of_str(k->device.kid),
	};

	decode(&k->challenges, w, &asked);
	buf_reset(&k->scratch);
	statement_challenge(k->statement, i,
	                    bytes_of(signature->bytes, signature->len),
	                    &k->scratch);
	if (buf_status(&k->scratch) != OK) {
		answer_unavailable(k, w->from, w->request);
		return;
	}
	made.challenge = buf_bytes(&k->scratch);
	memcpy(made.nonce, statement_nonce(k->statement, i), HASH_SIZE);
	made.expires_s = expiry(k, asked.ttl_s, now_s);
	wire_put_challenge_made(&k->packet, &made);
	answer(w->from, &k->packet);
}

bool
batch_turn(struct keyholder *k)
{
	struct hsm_signature signature;
	uint64_t now_s = clock_wall_ms() / 1000;
	size_t n = 0;

	while (n < k->config->batch_max && queue_next(&k->challenges, n))
		n++;
	if (n == 0)
		return false;

	err_t err = sign_batch(k, n, now_s, &signature);
	for (size_t i = 0; i < n; i++) {
		const struct waiting *w = queue_next(&k->challenges, i);

		if (err == OK)
			answer_one(k, w, i, now_s, &signature);
		else
			answer_unavailable(k, w->from, w->request);
	}
	queue_took(&k->challenges, n);
	if (err != OK && k->device.state == DEVICE_OPEN)
		log_event(LOG_ERROR, "batch-failed", LOG_ERR(err));
	return true;
}
