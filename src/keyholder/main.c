/*
 * main.c - anchord-keyholder: the only process that can sign, and that signs
 * only what it has composed itself.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keyholder/check.h"
#include "crypto/keys/prepare.h"
#include "crypto/token/ear.h"
#include "keyholder/keyholder.h"

#define SCRATCH_MAX 65536 /* bytes of one challenge, result or handle input */

static err_t
on_prepare(struct role *r)
{
	struct keyholder *k = role_user(r);

	k->role = r;
	k->config = role_config(r);
	if (role_index(r) >= k->config->n_tokens)
		return E_CONFIG;
	k->token = &k->config->tokens[role_index(r)];
	k->packet = buf_of(WIRE_PACKET_MAX);
	k->scratch = buf_of(SCRATCH_MAX);
	crypto_prepare();
	k->batch_delay.most_us = k->config->hold_us;
	TRY(secret_read(role_file(r, ROLE_FILE_VERDICT_KEY), &k->tag_key));
	TRY(keyring_new(&k->ring));
	TRY(roots_open(&k->roots));
	TRY(deadline_prepare());
	TRY(fair_queue_new(&k->fair_queue));
	TRY(queue_open(&k->results));
	TRY(batches_open(&k->batches, k->config->batch_max));
	TRY(result_batch_open(&k->result_batch));
	device_open(k);
	return OK;
}

static err_t
on_threads(struct role *r)
{
	return work_prepare(role_user(r), &device_events);
}

static void
on_edge_up(struct role *r, struct edge *e)
{
	struct keyholder *k = role_user(r);

	signing_announce(k, e);
	if (e->peer == WIRE_ROLE_LEDGER)
		device_trust_send(k, e);
}

static void
on_keyholder_file_changed(struct role *r, const char *name)
{
	if (in_force_file(name))
		signing_pinned(role_user(r));
}

static void
on_keyholder_edge_down(struct role *r, struct edge *e)
{
	struct keyholder *k = role_user(r);

	fair_queue_forget(k->fair_queue, e);
	batches_forget(&k->batches, e);
	queue_forget(&k->results, e);
	queue_forget(&k->result_batch.waiting, e);
}

/* wire.def has no other messages for this role. */
static err_t
on_message(struct role *r, struct edge *from, struct bytes packet)
{
	struct keyholder *k = role_user(r);

	if (wire_packet_id(packet) == WIRE_ID_CHALLENGE_MAKE)
		return batch_message(k, from, packet);
	return results_message(k, from, packet);
}

/* Does anything wait for the device? */
static bool
is_asked(struct keyholder *k)
{
	return fair_queue_waiting(k->fair_queue) ||
	       queue_next(&k->results, 0) ||
	       queue_next(&k->result_batch.waiting, 0);
}

/* A batch costs one device call, a result in JSON one each.  They alternate, so that
 * neither kind waits for all of the other.  A tenant's challenge waits for the
 * batch in progress and gets its share of the next one. */
static void
on_round(struct role *r)
{
	struct keyholder *k = role_user(r);
	bool first = k->results_first;

	/* First, since a device that is never idle has no turn for it else. */
	device_trust_turn(k, is_asked(k));
	bool more = first && results_turn(k);
	more = batch_turn(k) || more;
	more = (!first && results_turn(k)) || more;
	uint64_t us = device_trust_wait_us(k);
	if (more)
		role_again(r);
	else if (us > 0 && !k->batch_delay.waiting)
		role_again_in(r, us);
}

static void
on_tick(struct role *r)
{
	struct keyholder *k = role_user(r);

	device_tick(k);
	device_trust_turn(k, is_asked(k));
}

static int
serve_keyholder(void)
{
	/* A new pins file that arrives while a key is being added is applied
	 * after that. */
	static const struct role_ops ops = {
		.name = "keyholder",
		.role = WIRE_ROLE_KEYHOLDER,
		.prepare = on_prepare,
		.threads = on_threads,
		.file_changed = on_keyholder_file_changed,
		.edge_up = on_edge_up,
		.edge_down = on_keyholder_edge_down,
		.message = on_message,
		.round = on_round,
		.tick = on_tick,
	};
	static struct keyholder k = {
		.device.latch = { .directory = -1, .file = -1 },
	};
	int status = role_main(&ops, &k);

	work_finish(&k);
	device_close(&k.device);
	fair_queue_free(k.fair_queue);
	queue_release(&k.results);
	result_batch_release(&k.result_batch);
	pins_free(k.signing.pins);
	device_trust_release(&k.trust);
	in_force_release(&k.in_force);
	batches_release(&k.batches);
	roots_release(&k.roots);
	keyring_free(k.ring);
	secret_free(k.tag_key);
	buf_release(&k.packet);
	buf_release(&k.scratch);
	return status;
}

int
main(int argc, char **argv)
{
	bool check = argc > 2 && strcmp(argv[1], "--check") == 0;
	int status =
	        check ? check_device(argv[2], argc > 3) : serve_keyholder();

#ifdef ANCHORD_SAN
	return status; /* the leak sanitizer works at exit */
#else
	_exit(status); /* skips exit handlers of the module, which may crash */
#endif
}
