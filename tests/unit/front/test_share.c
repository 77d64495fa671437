/*
 * test_share.c - what one client gets of an iteration of the loop, and that answers
 * go first.
 *
 * A connection here is only what share.c sees of one: three functions take the
 * place of those of libevent and of connection.c.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/bufferevent.h>

#include "front/connection.h"
#include "front/front.h"
#include "front/limits.h"
#include "front/share.h"
#include "wire/channel.h"

#include "tests/common/base/harness.h"

#define PART 4096 /* bytes of one record */

static struct front front;
static struct client clients[2];
static struct connection hungry, patient; /* of the first client, the second */
static unsigned disabled, read_on;

__attribute__((visibility("default"))) int
bufferevent_disable(struct bufferevent *bev, short events)
{
	(void)bev;
	(void)events;
	disabled++;
	return 0;
}

struct client *
connection_payer(const struct connection *c)
{
	return c->client;
}

void
connection_read_on(struct connection *c)
{
	(void)c;
	read_on++;
}

static void
prepare(void)
{
	front = (struct front){ .turn = 1 };
	memset(clients, 0, sizeof(clients));
	hungry = (struct connection){ .front = &front, .client = &clients[0] };
	patient = (struct connection){ .front = &front, .client = &clients[1] };
	ring_init(&front.waiting);
	ring_init(&hungry.waiting);
	ring_init(&patient.waiting);
	disabled = read_on = 0;
}

/* Until its share is used, over all its connections; then it waits for the next
 * iteration, and the other client does not. */
static void
test_bytes(void)
{
	prepare();
	struct connection second = hungry;
	size_t taken = 0;

	ring_init(&second.waiting);
	while (taken < 2 * LIMIT_TURN_BYTES && share_take(&hungry, PART))
		taken += PART;
	CU_ASSERT_EQUAL(taken, LIMIT_TURN_BYTES);
	CU_ASSERT_FALSE(share_take(&second, PART));
	CU_ASSERT_TRUE(hungry.waits && second.waits && shares_wait(&front));
	CU_ASSERT_EQUAL(disabled, 2);
	CU_ASSERT_TRUE(share_take(&patient, PART));
	CU_ASSERT_FALSE(patient.waits);

	CU_ASSERT_EQUAL(read_on, 0);
	shares_turn(&front);
	CU_ASSERT_EQUAL(read_on, 2);
	CU_ASSERT_FALSE(hungry.waits || second.waits || shares_wait(&front));
	CU_ASSERT_TRUE(share_take(&second, PART));
}

static err_t
ignore_packet(void *arg, struct bytes packet, int fd)
{
	(void)arg;
	(void)packet;
	(void)fd;
	return OK;
}

/* Another process has sent so much that one reading leaves some of it. */
static void
send_answers(struct channel *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(channel_send(from, bytes_of("answer", 6)), OK);
		CU_ASSERT_EQUAL(channel_flush(from), OK);
	}
}

/* While answers are left, a client with many open questions is not read. */
static void
test_answers_first(void)
{
	AUTO(channel_close) struct channel *ours = NULL;
	AUTO(channel_close) struct channel *theirs = NULL;
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(
	        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	CU_ASSERT_EQUAL_FATAL(channel_open(ends[0], &ours), OK);
	CU_ASSERT_EQUAL_FATAL(channel_open(ends[1], &theirs), OK);
	struct edge edge = { .channel = ours };

	prepare();
	front.edges[front.n_edges++] = &edge;
	clients[0].under_way = LIMIT_TURN_UNDER_WAY;
	clients[1].under_way = LIMIT_TURN_UNDER_WAY - 1;
	CU_ASSERT_TRUE(share_take(&hungry, PART));

	send_answers(theirs, CHANNEL_BATCH);
	CU_ASSERT_EQUAL(channel_receive(ours, ignore_packet, NULL), OK);
	shares_heard(&front);
	shares_turn(&front);
	CU_ASSERT_FALSE(share_take(&hungry, PART));
	CU_ASSERT_TRUE(share_take(&patient, PART));

	/* Nothing is left in the iteration after that. */
	CU_ASSERT_EQUAL(channel_receive(ours, ignore_packet, NULL), E_AGAIN);
	shares_heard(&front);
	shares_turn(&front);
	CU_ASSERT_TRUE(share_take(&hungry, PART));
}

static const struct harness_test tests[] = {
	{ "a client's bytes of one iteration", test_bytes },
	{ "answers go first", test_answers_first },
	{ NULL, NULL },
};

HARNESS_MAIN("share", tests)
