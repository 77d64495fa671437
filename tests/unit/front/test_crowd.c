/*
 * test_crowd.c - what a tenant may have under way is bounded before it is another
 * one's delay.  By the order of packets, with a clock of its own.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/channel.h"
#include "proc/role.h"

#include "front/client.h"
#include "front/crowd.h"
#include "front/limits.h"
#include "front/tenant.h"
#include "proc/config.h"

#include "tests/common/base/harness.h"

enum { A, B, TENANTS, CLIENTS = 1, MANY = 3000 };

#define NOW UINT64_C(5000) /* ms */

static struct edge edge;
static struct channel *reader;
static const struct config config = { .n_tenants = TENANTS,
	                              .n_clients = CLIENTS };
static struct tenant tenants[TENANTS];
static struct client officers[CLIENTS];
static struct crowd crowd;

static struct outbox *
begin_outbox(void)
{
	int ends[2];
	struct outbox *o = NULL;

	CU_ASSERT_EQUAL_FATAL(
	        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	CU_ASSERT_EQUAL_FATAL(channel_open(ends[0], &edge.channel), OK);
	CU_ASSERT_EQUAL_FATAL(channel_open(ends[1], &reader), OK);
	memset(tenants, 0, sizeof(tenants));
	memset(officers, 0, sizeof(officers));
	crowd = (struct crowd){ 0 };
	CU_ASSERT_EQUAL_FATAL(crowd_init(&crowd, &config, tenants, officers),
	                      OK);
	CU_ASSERT_EQUAL(crowd.n_lanes, TENANTS + CLIENTS);
	CU_ASSERT_EQUAL_FATAL(outbox_new(&edge, crowd.n_lanes, &o), OK);
	outbox_bound(o, crowd.windows, &crowd.most);
	return o;
}

static void
end_outbox(struct outbox *o)
{
	outbox_free(o);
	for (size_t i = 0; i < TENANTS; i++) /* what waited is forgotten */
		CU_ASSERT_EQUAL(tenants[i].judged.queued, 0);
	channel_close(edge.channel);
	channel_close(reader);
	edge.channel = reader = NULL;
	crowd_release(&crowd);
}

/* As ask_verifier() and pending.c do. */
static void
ask_one(struct outbox *o, size_t lane, uint64_t now_ms)
{
	AUTO(buf_release) struct buf packet = buf_of(64);
	struct client backend = { .tenant = &tenants[lane % TENANTS] };
	struct client *client =
	        lane < TENANTS ? &backend : &officers[lane - TENANTS];

	crowd_heard(&crowd, client, now_ms);
	crowd_window(client)->open++;
	buf_u32(&packet, (uint32_t)lane);
	CU_ASSERT_EQUAL(outbox_send(o, lane, &packet), OK);
}

struct seen {
	size_t n[TENANTS + CLIENTS];
	bool answers; /* each ends its question */
};

static err_t
take_packet(void *arg, struct bytes packet, int fd)
{
	struct seen *s = arg;
	struct reader r = reader_of(packet);
	uint32_t lane = reader_u32(&r);

	(void)fd;
	s->n[lane]++;
	if (s->answers && lane < TENANTS)
		tenants[lane].judged.open--;
	return OK;
}

/* All that the peer gets. */
static struct seen
read_peer(struct outbox *o, bool answers)
{
	struct seen s = { .answers = answers };
	err_t err = OK;

	for (unsigned i = 0; i < 2 * MANY && err == OK; i++) {
		outbox_turn(o);
		CU_ASSERT_EQUAL(channel_flush(edge.channel), OK);
		err = channel_receive(reader, take_packet, &s);
		CU_ASSERT_FATAL(err == OK || err == E_AGAIN);
	}
	return s;
}

/* Two tenants: the one that has very many under way has a window of them with the
 * verifier, and the other one's evidence passes it. */
static void
test_crowd(void)
{
	struct outbox *o = begin_outbox();

	ask_one(o, B, NOW);
	for (unsigned i = 0; i < MANY; i++)
		ask_one(o, A, NOW);
	struct seen s = read_peer(o, false);
	CU_ASSERT_EQUAL(s.n[A], LIMIT_CROWD_JUDGED);
	CU_ASSERT_EQUAL(s.n[B], 1);
	ask_one(o, B, NOW + 1);
	ask_one(o, TENANTS, NOW + 1); /* nor does an officer wait */
	s = read_peer(o, false);
	CU_ASSERT_EQUAL(s.n[A], 0);
	CU_ASSERT_EQUAL(s.n[B], 1);
	CU_ASSERT_EQUAL(s.n[TENANTS], 1);
	/* each answer makes room for one more, to the end */
	tenants[A].judged.open -= 3;
	CU_ASSERT_EQUAL(read_peer(o, false).n[A], 3);
	tenants[A].judged.open -= LIMIT_CROWD_JUDGED;
	s = read_peer(o, true);
	CU_ASSERT_EQUAL(s.n[A], MANY - LIMIT_CROWD_JUDGED - 3);
	CU_ASSERT_EQUAL(tenants[A].judged.open, 0);
	end_outbox(o);
}

/* An officer, who acts for no tenant but hands in evidence to change keys, is bounded
 * as a tenant is. */
static void
test_officer(void)
{
	struct outbox *o = begin_outbox();

	ask_one(o, B, NOW);
	for (unsigned i = 0; i < MANY; i++)
		ask_one(o, TENANTS, NOW);
	struct seen s = read_peer(o, false);
	CU_ASSERT_EQUAL(s.n[TENANTS], LIMIT_CROWD_JUDGED);
	CU_ASSERT_EQUAL(s.n[B], 1);
	end_outbox(o);
}

/* One tenant alone has a wide window, and again when it is alone again. */
static void
test_alone(void)
{
	struct outbox *o = begin_outbox();

	for (unsigned i = 0; i < MANY; i++)
		ask_one(o, A, NOW);
	CU_ASSERT_EQUAL(read_peer(o, false).n[A], LIMIT_ALONE_JUDGED);
	ask_one(o, B, NOW);
	tenants[A].judged.open -= LIMIT_ALONE_JUDGED - LIMIT_CROWD_JUDGED;
	CU_ASSERT_EQUAL(read_peer(o, false).n[A], 0);
	crowd_turn(&crowd, NOW + LIMIT_CROWD_MS - 1);
	CU_ASSERT_EQUAL(read_peer(o, false).n[A], 0);
	crowd_turn(&crowd, NOW + LIMIT_CROWD_MS);
	CU_ASSERT_EQUAL(read_peer(o, false).n[A],
	                LIMIT_ALONE_JUDGED - LIMIT_CROWD_JUDGED);
	end_outbox(o);
}

/* Questions that are given up while their packets wait do not shut the lane. */
static void
test_given_up(void)
{
	struct outbox *o = begin_outbox();

	ask_one(o, B, NOW);
	for (unsigned i = 0; i < MANY; i++)
		ask_one(o, A, NOW);
	CU_ASSERT_EQUAL(read_peer(o, false).n[A], LIMIT_CROWD_JUDGED);
	tenants[A].judged.open = 0; /* their deadlines passed */
	CU_ASSERT_EQUAL(read_peer(o, false).n[A], MANY - LIMIT_CROWD_JUDGED);
	CU_ASSERT_EQUAL(tenants[A].judged.queued, 0);
	end_outbox(o);
}

static const struct harness_test tests[] = {
	{ "a tenant among others has a window", test_crowd },
	{ "so has an officer", test_officer },
	{ "one that is alone has a wide one", test_alone },
	{ "what was given up does not count", test_given_up },
	{ NULL, NULL },
};

HARNESS_MAIN("crowd", tests)
