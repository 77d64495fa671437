/*
 * test_wire.c - the codec and the channel: identity, truncation, permission.
 *
 * The message under test is built by the table itself: every field of every
 * message gets a value, so a new row is tested by being there.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "wire/channel.h"
#include "wire/wire.h"

#include "tests/common/fakes/facts_kit.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/wire_samples.h"

/* Decodes a packet and encodes what came out. */
#define MESSAGE(id, NAME, name, from, to)                           \
	static err_t again_##name(struct bytes in, struct buf *out) \
	{                                                           \
		struct wire_##name m;                               \
                                                                    \
		TRY(wire_get_##name(in, &m));                       \
		wire_put_##name(out, &m);                           \
		return OK;                                          \
	}
#include "wire/wire.def"
#undef MESSAGE

typedef err_t again_fn(struct bytes in, struct buf *out);

/* In the order of wire_samples. */
static again_fn *const again[] = {
#define MESSAGE(id, NAME, name, from, to) again_##name,
#include "wire/wire.def"
#undef MESSAGE
};

static void
test_identity(void)
{
	for (size_t i = 0; wire_samples[i].name; i++) {
		AUTO(buf_release) struct buf in = buf_of(WIRE_PACKET_MAX);
		AUTO(buf_release) struct buf out = buf_of(WIRE_PACKET_MAX);

		wire_samples[i].make(&in);
		CU_ASSERT_EQUAL(buf_status(&in), OK);
		CU_ASSERT_EQUAL(again[i](buf_bytes(&in), &out), OK);
		CU_ASSERT(bytes_equal(buf_bytes(&in), buf_bytes(&out)));
	}
}

static void
test_truncation(void)
{
	for (size_t i = 0; wire_samples[i].name; i++) {
		AUTO(buf_release) struct buf in = buf_of(WIRE_PACKET_MAX);
		AUTO(buf_release) struct buf out = buf_of(WIRE_PACKET_MAX);

		wire_samples[i].make(&in);
		for (size_t n = 0; n < in.len; n++)
			CU_ASSERT_EQUAL(again[i](bytes_of(in.data, n), &out),
			                E_MALFORMED);
		buf_u8(&in, 0);
		CU_ASSERT_EQUAL(again[i](buf_bytes(&in), &out), E_MALFORMED);
	}
}

static void
test_control_bytes(void)
{
	AUTO(buf_release) struct buf out = buf_of(100);
	struct wire_status m = { .why = bytes_of_str("a\nb") };

	wire_put_status(&out, &m);
	CU_ASSERT_NOT_EQUAL(buf_status(&out), OK);

	static const uint8_t packet[] = { 0, 4, 1, 0, 1, '\n' };
	CU_ASSERT_EQUAL(wire_get_status(bytes_of(packet, sizeof(packet)), &m),
	                E_MALFORMED);
}

static void
test_absent_binding_is_empty(void)
{
	AUTO(buf_release) struct buf out = buf_of(WIRE_PACKET_MAX);
	struct wire_challenge_make m = { .tenant = bytes_of_str("a") };

	m.bindings.channel = bytes_of_str("beta"); /* its bit is not set */
	wire_put_challenge_make(&out, &m);
	CU_ASSERT_EQUAL(wire_get_challenge_make(buf_bytes(&out), &m),
	                E_MALFORMED);
}

/* A fact's value of more than FACT_BYTES_MAX bytes is refused. */
static void
test_fact_size(void)
{
	AUTO(buf_release) struct buf out = buf_of(WIRE_PACKET_MAX);
	struct wire_enrollment m = { .handle = bytes_of_str("dh1_x") };
	uint8_t value[FACT_BYTES_MAX];
	size_t at = 0;

	memset(value, 0x99, FACT_BYTES_MAX);
	facts_kit_add(&m.facts, FACT_EQUAL, "key",
	              bytes_of(value, FACT_BYTES_MAX));
	wire_put_enrollment(&out, &m);
	CU_ASSERT_EQUAL(wire_get_enrollment(buf_bytes(&out), &m), OK);
	CU_ASSERT_EQUAL(facts_kit_bytes(&m.facts, "key").len, FACT_BYTES_MAX);

	AUTO(buf_release) struct buf longer = buf_of(WIRE_PACKET_MAX);
	while (out.data[at] != 0x99)
		at++;
	buf_append(&longer, bytes_of(out.data, at - 1));
	buf_u8(&longer, FACT_BYTES_MAX + 1);
	buf_append(&longer, bytes_of(out.data + at, out.len - at));
	buf_u8(&longer, 0);
	CU_ASSERT_EQUAL(wire_get_enrollment(buf_bytes(&longer), &m),
	                E_MALFORMED);
}

static void
test_permission(void)
{
	CU_ASSERT(wire_allowed(WIRE_ID_VERDICT, WIRE_ROLE_VERIFIER,
	                       WIRE_ROLE_LEDGER));
	CU_ASSERT_FALSE(wire_allowed(WIRE_ID_VERDICT, WIRE_ROLE_FRONT,
	                             WIRE_ROLE_LEDGER));
	CU_ASSERT_FALSE(wire_allowed(WIRE_ID_RESULT_SIGN, WIRE_ROLE_FRONT,
	                             WIRE_ROLE_KEYHOLDER));
	CU_ASSERT_FALSE(wire_allowed(WIRE_ID_RESULT_SIGN, WIRE_ROLE_VERIFIER,
	                             WIRE_ROLE_KEYHOLDER));
	CU_ASSERT_FALSE(wire_allowed(WIRE_ID_KEY_HELD, WIRE_ROLE_LEDGER,
	                             WIRE_ROLE_FRONT));
	CU_ASSERT_FALSE(
	        wire_allowed(0xffff, WIRE_ROLE_FRONT, WIRE_ROLE_LEDGER));
}

/* --- the channel ------------------------------------------------------------ */

struct pair {
	struct channel *a, *b;
};

static void
pair_release(struct pair *p)
{
	channel_close(p->a);
	channel_close(p->b);
}
DEFINE_AUTO_REF(struct pair, pair_release);

static struct pair
pair_open(void)
{
	struct pair p = { 0 };
	int fds[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	CU_ASSERT_FATAL(channel_open(fds[0], &p.a) == OK);
	CU_ASSERT_FATAL(channel_open(fds[1], &p.b) == OK);
	return p;
}

struct got {
	size_t packets, bytes;
	int fd;
	bool in_order;
};

static err_t
count(void *arg, struct bytes packet, int fd)
{
	struct got *got = arg;
	struct reader r = reader_of(packet);

	if (reader_u32(&r) != got->packets)
		got->in_order = false;
	got->packets++;
	got->bytes += packet.len;
	got->fd = fd;
	return OK;
}

static struct bytes
numbered(uint8_t *space, size_t len, size_t n)
{
	memset(space, 0, len);
	space[2] = (uint8_t)(n >> 8);
	space[3] = (uint8_t)n;
	return bytes_of(space, len);
}

/* More packets than the kernel takes at once arrive whole and in order. */
static void
test_many_packets(void)
{
	enum { N = 5000, LEN = 1000 };
	AUTO(pair_release) struct pair p = pair_open();
	struct got got = { .in_order = true };
	uint8_t space[LEN];

	for (size_t i = 0; i < N; i++)
		CU_ASSERT_EQUAL(channel_send(p.a, numbered(space, LEN, i)), OK);
	while (got.packets < N) {
		CU_ASSERT_EQUAL_FATAL(channel_flush(p.a), OK);
		err_t err = channel_receive(p.b, count, &got);
		CU_ASSERT_FATAL(err == OK || err == E_AGAIN);
	}
	CU_ASSERT_EQUAL(got.bytes, N * LEN);
	CU_ASSERT(got.in_order);
	CU_ASSERT_FALSE(channel_waiting(p.a));
	CU_ASSERT_EQUAL(channel_receive(p.b, count, &got), E_AGAIN);
}

/* What the kernel has no room for waits, and is lost by no later flush.  The
 * peer reads nothing before some has been left behind a part that was sent. */
static void
test_blocked(void)
{
	enum { LEN = 1000, SOME = 100 };
	AUTO(pair_release) struct pair p = pair_open();
	struct got got = { .in_order = true };
	uint8_t space[LEN];
	size_t n = 0, backlog;

	while (!channel_waiting(p.a)) {
		CU_ASSERT_FATAL(n < 0x10000); /* no kernel takes so much */
		for (size_t i = 0; i < SOME; i++)
			CU_ASSERT_EQUAL_FATAL(
			        channel_send(p.a, numbered(space, LEN, n++)),
			        OK);
		CU_ASSERT_EQUAL_FATAL(channel_flush(p.a), OK);
	}
	backlog = channel_backlog(p.a);
	CU_ASSERT_EQUAL(channel_flush(p.a), OK);
	CU_ASSERT_EQUAL(channel_backlog(p.a), backlog);
	CU_ASSERT(backlog <= (size_t)SOME * (LEN + 4));

	for (err_t err = OK; err == OK || channel_waiting(p.a);) {
		err = channel_receive(p.b, count, &got);
		CU_ASSERT_FATAL(err == OK || err == E_AGAIN);
		CU_ASSERT_EQUAL_FATAL(channel_flush(p.a), OK);
	}
	CU_ASSERT_EQUAL(got.packets, n);
	CU_ASSERT(got.in_order);
}

/* What is queued together crosses together, and no bundle is longer than it
 * may be. */
static void
test_bundles(void)
{
	enum { N = 200, LEN = 600, FRAME = LEN + 4 };
	AUTO(pair_release) struct pair p = pair_open();
	static uint8_t bundle[WIRE_PACKET_MAX + 4];
	size_t bundles = 0, bytes = 0;
	uint8_t space[LEN];
	ssize_t n;

	for (size_t i = 0; i < N; i++)
		CU_ASSERT_EQUAL(channel_send(p.a, numbered(space, LEN, i)), OK);
	CU_ASSERT_EQUAL(channel_flush(p.a), OK);
	while ((n = recv(channel_fd(p.b), bundle, sizeof(bundle),
	                 MSG_DONTWAIT)) > 0) {
		CU_ASSERT((size_t)n <= CHANNEL_BUNDLE);
		CU_ASSERT_EQUAL((size_t)n % FRAME, 0);
		bytes += (size_t)n;
		bundles++;
	}
	CU_ASSERT_EQUAL(bytes, (size_t)N * FRAME);
	CU_ASSERT_EQUAL(bundles, (N * FRAME) / (CHANNEL_BUNDLE - FRAME) + 1);
}

/* A long packet goes alone, and neighbours keep their order. */
static void
test_long_among_short(void)
{
	static uint8_t space[CHANNEL_BUNDLE + 1];
	static const size_t lens[] = { 10, CHANNEL_BUNDLE - 4,
		                       10, CHANNEL_BUNDLE + 1,
		                       10, 10 };
	AUTO(pair_release) struct pair p = pair_open();
	struct got got = { .in_order = true };
	size_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		CU_ASSERT_EQUAL(channel_send(p.a, numbered(space, lens[i], i)),
		                OK);
		sum += lens[i];
	}
	CU_ASSERT_EQUAL(channel_flush(p.a), OK);
	CU_ASSERT_EQUAL(channel_receive(p.b, count, &got), OK);
	CU_ASSERT_EQUAL(got.packets, ARRAY_LEN(lens));
	CU_ASSERT_EQUAL(got.bytes, sum);
	CU_ASSERT(got.in_order);
}

/* What no channel sends ends the reading; what stood before it was handed on,
 * nothing behind it is. */
static void
test_broken_bundles(void)
{
	static const struct {
		const char *bytes;
		size_t len, whole; /* packets before the break */
	} rows[] = {
		{ "\0\0\0", 3, 0 },                    /* no length */
		{ "\0\0\0\0", 4, 0 },                  /* of nothing */
		{ "\0\0\0\5\0\0\0\0", 8, 0 },          /* cut */
		{ "\377\377\377\377\0\0\0\0", 8, 0 },  /* far too long */
		{ "\0\0\0\4\0\0\0\0x", 9, 1 },         /* a byte more */
		{ "\0\0\0\4\0\0\0\0\0\0\0\0", 12, 1 }, /* then none */
		{ "\0\0\0\4\0\0\0\0\0\0\0\5\0\0\0\1", 16, 1 }, /* then cut */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(pair_release) struct pair p = pair_open();
		struct got got = { .in_order = true };

		CU_ASSERT_EQUAL(
		        send(channel_fd(p.a), rows[i].bytes, rows[i].len, 0),
		        (ssize_t)rows[i].len);
		CU_ASSERT_EQUAL(channel_receive(p.b, count, &got), E_MALFORMED);
		CU_ASSERT_EQUAL(got.packets, rows[i].whole);
	}
}

static err_t
refuse_second(void *arg, struct bytes packet, int fd)
{
	TRY(count(arg, packet, fd));
	return ((struct got *)arg)->packets == 2 ? E_IO : OK;
}

static void
test_stopped_reading(void)
{
	AUTO(pair_release) struct pair p = pair_open();
	struct got got = { .in_order = true };
	uint8_t space[8];

	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(channel_send(p.a, numbered(space, 8, i)), OK);
	CU_ASSERT_EQUAL(channel_flush(p.a), OK);
	CU_ASSERT_EQUAL(channel_receive(p.b, refuse_second, &got), E_IO);
	CU_ASSERT_EQUAL(got.packets, 2);
}

static void
test_largest_packet(void)
{
	static uint8_t space[WIRE_PACKET_MAX + 1];
	AUTO(pair_release) struct pair p = pair_open();
	struct got got = { .in_order = true };

	CU_ASSERT_EQUAL(channel_send(p.a, bytes_of(space, sizeof(space))),
	                E_LIMIT);
	CU_ASSERT_EQUAL(channel_send(p.a, bytes_of(space, WIRE_PACKET_MAX)),
	                OK);
	CU_ASSERT_EQUAL(channel_flush(p.a), OK);
	CU_ASSERT_EQUAL(channel_receive(p.b, count, &got), OK);
	CU_ASSERT_EQUAL(got.bytes, WIRE_PACKET_MAX);
}

static void
test_queue_ceiling(void)
{
	static uint8_t space[WIRE_PACKET_MAX];
	AUTO(pair_release) struct pair p = pair_open();
	size_t n = 0;

	while (channel_send(p.a, bytes_of(space, sizeof(space))) == OK)
		n++;
	CU_ASSERT(n * sizeof(space) <= CHANNEL_QUEUE_MAX);
	CU_ASSERT((n + 1) * (sizeof(space) + 4) > CHANNEL_QUEUE_MAX);
}

static void
test_descriptor(void)
{
	AUTO(pair_release) struct pair p = pair_open();
	struct got got = { .in_order = true };
	uint8_t space[8];
	int fds[2];

	CU_ASSERT_FATAL(pipe(fds) == 0);
	CU_ASSERT_EQUAL(channel_send(p.a, numbered(space, 8, 0)), OK);
	CU_ASSERT_EQUAL(channel_send_fd(p.a, numbered(space, 8, 1), fds[1]),
	                OK);
	close(fds[1]);
	CU_ASSERT_EQUAL(channel_receive(p.b, count, &got), OK);
	CU_ASSERT_EQUAL(got.packets, 2);
	CU_ASSERT(got.in_order);
	CU_ASSERT_FATAL(got.fd >= 0);

	CU_ASSERT_EQUAL(write(got.fd, "x", 1), 1);
	CU_ASSERT_EQUAL(read(fds[0], space, 1), 1);
	close(got.fd);
	close(fds[0]);
}

static void
test_peer_gone(void)
{
	struct pair p = pair_open();
	struct got got = { .in_order = true };
	uint8_t space[8];

	/* What was sent before the end still arrives. */
	CU_ASSERT_EQUAL(channel_send(p.a, numbered(space, 8, 0)), OK);
	CU_ASSERT_EQUAL(channel_flush(p.a), OK);
	channel_close(p.a);

	err_t err = channel_receive(p.b, count, &got);
	CU_ASSERT(err == OK || err == E_CLOSED);
	CU_ASSERT_EQUAL(got.packets, 1);
	if (err == OK)
		err = channel_receive(p.b, count, &got);
	CU_ASSERT_EQUAL(err, E_CLOSED);
	CU_ASSERT_EQUAL(channel_send(p.b, numbered(space, 8, 0)), E_CLOSED);
	channel_close(p.b);
}

static const struct harness_test tests[] = {
	{ "every message survives a round trip", test_identity },
	{ "every truncation and a trailing byte are refused", test_truncation },
	{ "control bytes never travel in text", test_control_bytes },
	{ "an absent binding is empty", test_absent_binding_is_empty },
	{ "a boot key of more bytes than there are", test_fact_size },
	{ "only listed senders may send", test_permission },
	{ "many packets arrive whole and in order", test_many_packets },
	{ "a blocked channel loses nothing", test_blocked },
	{ "packets share bundles", test_bundles },
	{ "a long packet goes alone", test_long_among_short },
	{ "what is no bundle is refused", test_broken_bundles },
	{ "reading stops where a packet was refused", test_stopped_reading },
	{ "the largest packet passes, one byte more does not",
	  test_largest_packet },
	{ "a queue has a ceiling", test_queue_ceiling },
	{ "a descriptor arrives behind what was queued", test_descriptor },
	{ "a peer's end is seen after its last packet", test_peer_gone },
	{ NULL, NULL },
};

HARNESS_MAIN("wire", tests)
