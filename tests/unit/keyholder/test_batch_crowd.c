/*
 * test_batch_crowd.c - a front that does not read: the key holder delays its
 * answers for some time; and the key holder is idle when there is no work.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/keyholder/test_rotation_officer.h"

#define TRIES 5  /* since a busy machine can spoil one */
#define TURNS 50 /* far more than a challenge needs */

static const uint8_t filler[WIRE_PACKET_MAX];

static struct channel *
front_channel(void)
{
	return w.role.slots[0].edge.channel;
}

/* Fills the front's queue until its answers are delayed. */
static void
crowd(void)
{
	while (channel_backlog(front_channel()) < 2 * BATCH_BACKLOG) {
		CU_ASSERT_EQUAL_FATAL(
		        channel_send(front_channel(),
		                     bytes_of(filler, sizeof(filler))),
		        OK);
		CU_ASSERT_EQUAL(channel_flush(front_channel()), OK);
	}
}

/* The front reads until nothing waits. */
static void
read_all(void)
{
	static uint8_t bundle[sizeof(filler) + 4];

	do {
		while (recv(w.asker, bundle, sizeof(bundle), MSG_DONTWAIT) > 0)
			continue;
		CU_ASSERT_EQUAL_FATAL(channel_flush(front_channel()), OK);
	} while (channel_waiting(front_channel()));
	while (recv(w.asker, bundle, sizeof(bundle), MSG_DONTWAIT) > 0)
		continue;
}

static struct batch *
older(void)
{
	return &w.holder.batches.all[w.holder.batches.first];
}

static void
ask_for(uint64_t request)
{
	const struct wire_challenge_make m = {
		.request = request,
		.tenant = bytes_of_str("backend-a"),
		.workflow = WORKFLOW_METADATA,
	};

	buf_reset(&w.packet);
	wire_put_challenge_make(&w.packet, &m);
	CU_ASSERT_EQUAL_FATAL(batch_message(&w.holder, &w.role.slots[0].edge,
	                                    buf_bytes(&w.packet)),
	                      OK);
}

static void
ask(void)
{
	ask_for(1);
}

/* Does what the loop does after a job of the worker has ended. */
static void
end_job(void)
{
	const uint64_t one = 1;

	worker_wait(w.holder.work.worker);
	CU_ASSERT_EQUAL(
	        write(worker_fd(w.holder.work.worker), &one, sizeof(one)),
	        (ssize_t)sizeof(one));
	w.role.own_ready(&w.role);
}

/* Runs an iteration and the jobs that it started; true: it requests the
 * next. */
static bool
turn(void)
{
	bool more = batch_turn(&w.holder);

	while (w.holder.work.busy) {
		end_job();
		more = true; /* a job's end wakes the loop */
	}
	return more;
}

/* Requests a challenge and has it signed.  False: it was answered, too. */
static bool
ask_and_sign(void)
{
	ask();
	for (unsigned i = 0; i < TURNS && older()->state != BATCH_SIGNED; i++)
		(void)turn();
	return older()->state == BATCH_SIGNED;
}

/* The answer is delayed in every iteration, none of which requests the next,
 * and is sent when the queue has room. */
static void
test_held(void)
{
	bool held = false;

	for (unsigned i = 0; i < TRIES && !held; i++) {
		officer_begin();
		crowd();
		if (!ask_and_sign()) {
			read_all();
			continue;
		}
		size_t backlog = channel_backlog(front_channel());

		held = true;
		for (unsigned n = 0; n < 3 && held; n++)
			held = !turn() && older()->state == BATCH_SIGNED &&
			       channel_backlog(front_channel()) == backlog;
		read_all();
		CU_ASSERT_FALSE(turn());
		CU_ASSERT_EQUAL(older()->state, BATCH_EMPTY);
		CU_ASSERT(channel_backlog(front_channel()) > 0);
		read_all();
	}
	CU_ASSERT_TRUE(held);
}

/* A front that never reads delays the others only for a limited time. */
static void
test_patience(void)
{
	unsigned turns = 0;

	officer_begin();
	crowd();
	(void)ask_and_sign();
	while (older()->state == BATCH_SIGNED && turns++ < 2000) {
		(void)turn();
		usleep(10000);
	}
	CU_ASSERT_EQUAL(older()->state, BATCH_EMPTY);
	read_all();
}

/* Without work no iteration requests another. */
static void
test_idle(void)
{
	unsigned turns = 0;

	officer_begin();
	CU_ASSERT_FALSE(turn());
	ask();
	while (channel_backlog(front_channel()) == 0 && turns++ < TURNS)
		(void)turn();
	CU_ASSERT(channel_backlog(front_channel()) > 0); /* the answer */
	CU_ASSERT_EQUAL(older()->state, BATCH_EMPTY);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_FALSE(turn());
	read_all();
}

/* Challenges that wait for a key which may not sign yet are no work. */
static void
test_forbidden(void)
{
	officer_begin();
	for (unsigned i = 0; i < TURNS; i++)
		(void)turn();
	w.holder.signing.keys[w.holder.signing.key].pin.from_s = UINT32_MAX;
	ask();
	CU_ASSERT_FALSE(turn());
	CU_ASSERT_FALSE(turn());
	CU_ASSERT_EQUAL(older()->state, BATCH_EMPTY);
	CU_ASSERT_EQUAL(channel_backlog(front_channel()), 0);
}

/* Each packet refuses the next request. */
static err_t
on_refusal(void *arg, struct bytes packet, int fd)
{
	struct wire_unavailable m;
	uint64_t *next = arg;

	(void)fd;
	CU_ASSERT_EQUAL_FATAL(wire_get_unavailable(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, *next);
	++*next;
	return OK;
}

/* While the token is lost, nothing is refused before what waits already, and
 * nothing is composed that nobody will sign. */
static void
test_lost(void)
{
	AUTO(channel_close) struct channel *front = NULL;
	uint64_t next = 1;

	officer_begin();
	CU_ASSERT_TRUE(ask_and_sign() || channel_backlog(front_channel()) > 0);
	while (turn())
		continue;
	read_all();
	CU_ASSERT_TRUE(w.holder.batches.n_draws > 0); /* it could compose */
	uint64_t serial = w.holder.batches.serial;

	ask_for(1);
	w.holder.device.state = DEVICE_LOST;
	ask_for(2);
	CU_ASSERT_EQUAL(channel_backlog(front_channel()), 0);
	CU_ASSERT_FALSE(batch_turn(&w.holder));
	CU_ASSERT_EQUAL(w.holder.batches.serial, serial);
	CU_ASSERT_EQUAL(channel_flush(front_channel()), OK);
	CU_ASSERT_EQUAL_FATAL(channel_open(dup(w.asker), &front), OK);
	CU_ASSERT_EQUAL(channel_receive(front, on_refusal, &next), OK);
	CU_ASSERT_EQUAL(next, 3);
	w.holder.device.state = DEVICE_OPEN;
}

static void
test_open(void)
{
	officer_open();
}

static void
test_close(void)
{
	officer_close();
}

static const struct harness_test tests[] = {
	{ "(begins)", test_open },
	{ "answers wait for a front that has enough to do", test_held },
	{ "and no longer than they may", test_patience },
	{ "an idle key holder rests", test_idle },
	{ "and while its key may not sign", test_forbidden },
	{ "a lost token's refusals keep their order", test_lost },
	{ "(ends)", test_close },
	{ NULL, NULL },
};

HARNESS_MAIN("batch_crowd", tests)
