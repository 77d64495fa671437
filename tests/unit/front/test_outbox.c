/*
 * test_outbox.c - packets for a process that reads slowly: in order for each
 * client, and in rotation of the clients.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/channel.h"
#include "proc/role.h"

#include "front/outbox.h"

#include "tests/common/base/harness.h"

#define PACKET 1000                      /* bytes */
#define SOCKET_BYTES (2 * OUTBOX_SOCKET) /* the kernel doubles it */

static struct edge edge;
static struct channel *reader;

/* Creates an edge with an outbox, and the socket at its other end. */
static struct outbox *
open_outbox(size_t lanes)
{
	int ends[2];
	struct outbox *o = NULL;

	CU_ASSERT_EQUAL_FATAL(
	        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	CU_ASSERT_EQUAL_FATAL(channel_open(ends[0], &edge.channel), OK);
	CU_ASSERT_EQUAL_FATAL(channel_open(ends[1], &reader), OK);
	CU_ASSERT_EQUAL_FATAL(outbox_new(&edge, lanes, &o), OK);
	return o;
}

static void
shut(struct outbox *o)
{
	outbox_free(o);
	channel_close(edge.channel);
	channel_close(reader);
	edge.channel = reader = NULL;
}

/* Sends a packet that contains its lane and its number. */
static err_t
send_one(struct outbox *o, size_t lane, unsigned number)
{
	AUTO(buf_release) struct buf packet = buf_of(PACKET);

	buf_u32(&packet, (uint32_t)lane);
	buf_u32(&packet, number);
	(void)buf_extend(&packet, PACKET - packet.len);
	return outbox_send(o, lane, &packet);
}

enum { LANES = 3, MOST = 4000 };

struct arrivals {
	size_t n;
	unsigned lanes[MOST];
	unsigned next[LANES]; /* next expected number of each lane */
	bool disorder;
};

static err_t
arrive(void *arg, struct bytes packet, int fd)
{
	struct arrivals *a = arg;
	struct reader r = reader_of(packet);
	uint32_t lane = reader_u32(&r), number = reader_u32(&r);

	(void)fd;
	if (lane >= LANES || a->n == MOST)
		return E_MALFORMED;
	a->disorder |= a->next[lane]++ != number;
	a->lanes[a->n++] = lane;
	return OK;
}

/* Reads everything, while the outbox sends as much as fits, like a role. */
static void
read_all(struct outbox *o, struct arrivals *a)
{
	err_t err = OK;

	for (unsigned i = 0; i < MOST && err == OK; i++) {
		outbox_turn(o);
		CU_ASSERT_EQUAL(channel_flush(edge.channel), OK);
		err = channel_receive(reader, arrive, a);
		CU_ASSERT_FATAL(err == OK || err == E_AGAIN);
	}
}

/* A client sends very many packets, then another sends one, which must not wait
 * for all of them. */
static void
test_turns(void)
{
	enum { MANY = 2000 };
	struct outbox *o = open_outbox(LANES);
	static struct arrivals a;
	size_t at = 0;

	memset(&a, 0, sizeof(a));
	for (unsigned i = 0; i < MANY; i++)
		CU_ASSERT_EQUAL(send_one(o, 0, i), OK);
	CU_ASSERT(outbox_waiting(o) > (size_t)MANY * PACKET / 2);
	CU_ASSERT_EQUAL(send_one(o, 1, 0), OK);
	read_all(o, &a);
	CU_ASSERT_EQUAL(a.n, MANY + 1);
	CU_ASSERT_FALSE(a.disorder);
	CU_ASSERT_EQUAL(outbox_waiting(o), 0);
	while (at < a.n && a.lanes[at] != 1)
		at++;
	CU_ASSERT(at * PACKET <= OUTBOX_AHEAD + SOCKET_BYTES + 4 * PACKET);
	shut(o);
}

/* Three clients with equally many packets each get a third of any interval. */
static void
test_thirds(void)
{
	enum { EACH = 500 };
	struct outbox *o = open_outbox(LANES);
	static struct arrivals a;
	size_t first = OUTBOX_AHEAD / PACKET + SOCKET_BYTES / PACKET + 4;

	memset(&a, 0, sizeof(a));
	for (unsigned i = 0; i < EACH; i++)
		for (size_t lane = 0; lane < LANES; lane++)
			CU_ASSERT_EQUAL(send_one(o, lane, i), OK);
	read_all(o, &a);
	CU_ASSERT_EQUAL(a.n, EACH * LANES);
	CU_ASSERT_FALSE(a.disorder);
	for (size_t i = first; i + LANES < a.n; i++)
		CU_ASSERT(a.lanes[i] != a.lanes[i + 1]);
	shut(o);
}

/* When one lane has reached its maximum, the others still accept packets. */
static void
test_ceilings(void)
{
	struct outbox *o = open_outbox(LANES);
	unsigned n = 0;
	err_t err;

	while ((err = send_one(o, 0, n)) == OK)
		n++;
	CU_ASSERT_EQUAL(err, E_LIMIT);
	CU_ASSERT(outbox_waiting(o) <= OUTBOX_LANE);
	CU_ASSERT(outbox_waiting(o) > OUTBOX_LANE - 2 * PACKET);
	for (n = 0; (err = send_one(o, 1, n)) == OK;)
		n++;
	CU_ASSERT_EQUAL(err, E_LIMIT);
	CU_ASSERT(outbox_waiting(o) <= OUTBOX_MOST);
	CU_ASSERT(n * (PACKET + 4) > OUTBOX_MOST / 4 - 2 * PACKET);
	shut(o);
}

/* The peer has closed, and nobody has read that yet: whoever waits for an answer
 * hears of it by edge_down(), like for a packet that the peer had received. */
static void
test_ends_unheard(void)
{
	struct outbox *o = open_outbox(LANES);
	AUTO(buf_release) struct buf packet = buf_of(PACKET);

	channel_close(reader);
	reader = NULL;
	CU_ASSERT_EQUAL(send_one(o, 0, 0), OK);
	CU_ASSERT_EQUAL(channel_flush(edge.channel), E_CLOSED);
	CU_ASSERT_EQUAL(send_one(o, 0, 1), OK);
	CU_ASSERT_EQUAL(outbox_waiting(o), 0);
	buf_append_str(&packet, "question");
	CU_ASSERT_EQUAL(edge_ask(&edge, &packet), OK);
	CU_ASSERT_EQUAL(packet.len, 0);

	/* Neither where no edge_down() is to come, nor for another fault. */
	buf_append_str(&packet, "question");
	CU_ASSERT_EQUAL(edge_send(&edge, &packet), E_CLOSED);
	buf_append_str(&packet, "question");
	CU_ASSERT_EQUAL(edge_ask(NULL, &packet), E_CLOSED);
	CU_ASSERT_EQUAL(packet.len, 0);
	shut(o);
}

static void
test_refused(void)
{
	struct outbox *o = open_outbox(LANES);
	AUTO(buf_release) struct buf packet = buf_of(PACKET);

	CU_ASSERT_EQUAL(edge_ask(&edge, &packet), E_LIMIT); /* it is empty */
	shut(o);
}

/* An edge that has ended accepts nothing, and nothing waits for it. */
static void
test_closed(void)
{
	struct outbox *o = open_outbox(LANES);

	for (unsigned i = 0; i < 200; i++)
		CU_ASSERT_EQUAL(send_one(o, 0, i), OK);
	channel_close(reader);
	reader = NULL;
	outbox_turn(o);
	for (unsigned i = 0; i < 1000 && channel_flush(edge.channel) == OK; i++)
		outbox_turn(o);
	outbox_turn(o);
	shut(o);
}

static const struct harness_test tests[] = {
	{ "who asks for much waits for himself", test_turns },
	{ "by turns", test_thirds },
	{ "ceilings", test_ceilings },
	{ "an edge that is over", test_closed },
	{ "a peer that has closed, unheard", test_ends_unheard },
	{ "a packet that is refused", test_refused },
	{ NULL, NULL },
};

HARNESS_MAIN("outbox", tests)
