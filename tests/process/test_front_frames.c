/*
 * test_front_frames.c - HTTP by hand where it has hurt others: resets that the
 * server is made to send, questions whose asker hangs up, answers to HEAD, te
 * and trailer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ssl.h>

#include "front/limits.h"

#include "tests/common/base/h2_client.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

static void
test_start(void)
{
	begin_front("limits: { deadline_ms=20000; };\n");
}

/* A frame of RFC 9113, section 4.1. */
static void
put_frame(struct buf *out, uint8_t type, uint8_t flags, uint32_t stream,
          struct bytes payload)
{
	buf_u8(out, (uint8_t)(payload.len >> 16));
	buf_u16(out, (uint16_t)payload.len);
	buf_u8(out, type);
	buf_u8(out, flags);
	buf_u32(out, stream);
	buf_append(out, payload);
}

#ifdef ANCHORD_SAN /* its shadow memory and quarantine count, too */
#define PEAK_KB (1024UL * 1024)
#else
#define PEAK_KB (64UL * 1024)
#endif

#define FRAME_DATA 0
#define FRAME_HEADERS 1
#define FRAME_PRIORITY 2
#define FRAME_SETTINGS 4
#define FRAME_WINDOW_UPDATE 8
#define FRAME_CONTINUATION 9
#define END_STREAM 1
#define END_HEADERS 4

static struct raw *
open_h2(struct buf *out)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	struct raw *c = raw_open(rig->backend, rig->port, "h2");

	buf_append_str(out, preface);
	put_frame(out, FRAME_SETTINGS, 0, 0, bytes_of(NULL, 0));
	put_frame(out, FRAME_SETTINGS, 1, 0, bytes_of(NULL, 0));
	return c;
}

/* POST /v1/challenges, whole: it is under way at the key holder. */
static void
put_request(struct buf *out, uint32_t stream)
{
	/* indexed :method POST, :scheme https; literal :path, :authority and
	 * content-type, names by index (RFC 7541, appendix A) */
	AUTO(buf_release) struct buf block = buf_of(256);

	buf_append(&block, bytes_of("\x83\x87\x04\x0e/v1/challenges", 18));
	buf_append(&block, bytes_of("\x01\x01x\x0f\x10\x10"
	                            "application/json",
	                            22));
	put_frame(out, FRAME_HEADERS, END_HEADERS, stream, buf_bytes(&block));
	put_frame(out, FRAME_DATA, END_STREAM, stream, bytes_of_str(RIG_BODY));
}

/* A window of 2^31 - 1 more than it has: an error of that stream alone. */
static void
put_overflow(struct buf *out, uint32_t stream)
{
	put_frame(out, FRAME_WINDOW_UPDATE, 0, stream,
	          bytes_of("\x7f\xff\xff\xff", 4));
}

static void
put_window_of_none(struct buf *out, uint32_t stream)
{
	put_frame(out, FRAME_WINDOW_UPDATE, 0, stream, bytes_of("\0\0\0\0", 4));
}

static void
put_data_behind_the_end(struct buf *out, uint32_t stream)
{
	put_frame(out, FRAME_DATA, 0, stream, bytes_of_str("x"));
}

static void
put_short_priority(struct buf *out, uint32_t stream)
{
	put_frame(out, FRAME_PRIORITY, 0, stream, bytes_of("x", 1));
}

static void
put_own_parent(struct buf *out, uint32_t stream)
{
	AUTO(buf_release) struct buf payload = buf_of(8);

	buf_u32(&payload, stream);
	buf_u8(&payload, 1);
	put_frame(out, FRAME_PRIORITY, 0, stream, buf_bytes(&payload));
}

static void
put_headers_behind_the_end(struct buf *out, uint32_t stream)
{
	put_frame(out, FRAME_HEADERS, END_HEADERS | END_STREAM, stream,
	          bytes_of("\x01\x01x", 3));
}

/* The six primitives of MadeYouReset; each that nghttp2 ignores is no attack, and
 * each that it takes for an error ends the connection in time. */
static void
test_made_you_reset(void)
{
	static const struct {
		const char *name;
		void (*put)(struct buf *out, uint32_t stream);
	} rows[] = {
		{ "a window that overflows", put_overflow },
		{ "a window update of nothing", put_window_of_none },
		{ "DATA behind the end", put_data_behind_the_end },
		{ "HEADERS behind the end", put_headers_behind_the_end },
		{ "PRIORITY of one byte", put_short_priority },
		{ "a stream above itself", put_own_parent },
	};
	struct bytes packet;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf out = buf_of(65536);
		AUTO(raw_free) struct raw *c = open_h2(&out);
		unsigned asked = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		for (uint32_t n = 0; n < 600; n++) {
			put_request(&out, 2 * n + 1);
			rows[i].put(&out, 2 * n + 1);
			if (!raw_send(c, buf_bytes(&out)))
				break;
			buf_reset(&out);
		}
		while (peer_receive_id(rig->keyholder, WIRE_ID_CHALLENGE_MAKE,
		                       200, &packet))
			asked++;
		if (asked == 0 || asked > 300)
			printf("  %s: %u requests\n", rows[i].name, asked);
		CU_ASSERT(asked > 0);
		CU_ASSERT(asked <= 300);
	}
}

/* Reads what the front still says, until it ends the connection; false: it says
 * nothing more and does not. */
static bool
is_ended(struct raw *c)
{
	char some[4096];
	int n;

	while ((n = SSL_read(raw_tls(c), some, sizeof(some))) > 0)
		continue;
	return SSL_get_error(raw_tls(c), n) != SSL_ERROR_WANT_READ;
}

/* A stream that has been answered, and then heads of it, each of which costs as
 * much as a request's: some may have crossed with its end, many have not. */
static void
test_heads_behind(void)
{
	enum { HEADS = 2 * LIMIT_RESETS, FIELDS = 1000 };
	AUTO(buf_release) struct buf out = buf_of(1u << 20);
	AUTO(buf_release) struct buf block = buf_of(FIELDS);
	AUTO(raw_free) struct raw *c = open_h2(&out);
	char some[4096];

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	put_frame(&out, FRAME_HEADERS, END_HEADERS | END_STREAM, 1,
	          bytes_of("\x82\x87\x84\x01\x01x", 6));
	CU_ASSERT(raw_send(c, buf_bytes(&out)));
	for (bool answered = false;
	     !answered;) { /* 404: its one frame of DATA */
		int n = SSL_read(raw_tls(c), some, sizeof(some));

		CU_ASSERT_FATAL(n > 0);
		answered = memmem(some, (size_t)n, "path-unknown", 12) != NULL;
	}
	buf_reset(&out);
	for (unsigned i = 0; i < FIELDS; i++)
		buf_u8(&block, 0x90); /* accept-encoding: gzip, deflate */
	for (unsigned i = 0; i < HEADS; i++)
		put_frame(&out, FRAME_HEADERS, END_HEADERS | END_STREAM, 1,
		          buf_bytes(&block));
	CU_ASSERT(!raw_send(c, buf_bytes(&out)) || is_ended(c));
}

/* The most that the front ever held, in KiB. */
static unsigned long
front_peak(void)
{
	char path[64], line[256];
	unsigned long kib = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/status",
	               (int)lifeline_pid(rig->front));
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtoul(line + 6, NULL, 10);
	if (f)
		(void)fclose(f);
	return kib;
}

/* A head without an end, of frames that say nothing or one field each. */
static void
test_continuations(void)
{
	static const struct bytes parts[] = { { NULL, 0 },
		                              { (const uint8_t *)"\x83", 1 } };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		AUTO(buf_release) struct buf out = buf_of(1u << 20);
		AUTO(raw_free) struct raw *c = open_h2(&out);

		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		put_frame(&out, FRAME_HEADERS, 0, 1, bytes_of("\x83\x87", 2));
		for (unsigned n = 0; n < 1000; n++)
			put_frame(&out, FRAME_CONTINUATION, 0, 1, parts[i]);
		CU_ASSERT(!raw_send(c, buf_bytes(&out)) || is_ended(c));
	}
}

/* One field of 3,900 bytes goes into the table, and each byte of the next block
 * says it again: 4 KB are 16 MB, sixteen times over. */
static void
test_hpack_bomb(void)
{
	AUTO(buf_release) struct buf out = buf_of(1u << 20);
	AUTO(buf_release) struct buf first = buf_of(8192);
	AUTO(buf_release) struct buf bomb = buf_of(8192);
	AUTO(raw_free) struct raw *c = open_h2(&out);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	/* RFC 7541: 6.2.1, a name of one byte, a value of 127 + 3773 */
	buf_append(&first,
	           bytes_of("\x82\x87\x84\x01\x01x\x40\x01y\x7f\xbd\x1d", 12));
	for (unsigned i = 0; i < 3900; i++)
		buf_u8(&first, 'z');
	put_frame(&out, FRAME_HEADERS, END_HEADERS | END_STREAM, 1,
	          buf_bytes(&first));
	buf_append(&bomb, bytes_of("\x82\x87\x84", 3));
	for (unsigned i = 0; i < 4000; i++)
		buf_u8(&bomb, 0xbe); /* the newest of the table */
	for (uint32_t n = 0; n < 16; n++)
		put_frame(&out, FRAME_HEADERS, END_HEADERS | END_STREAM,
		          2 * n + 3, buf_bytes(&bomb));
	CU_ASSERT(raw_send(c, buf_bytes(&out)));
	/* it is no request: what the front holds is what it held, and it serves */
	AUTO(raw_free) struct raw *good = raw_open(rig->backend, rig->port, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(good);
	CU_ASSERT_EQUAL(raw_get(good, "/healthz"), 200);
	CU_ASSERT(front_peak() > 0);
	CU_ASSERT(front_peak() < PEAK_KB);
}

/* A field of a few bytes goes into the table, and each byte of a block says it
 * again, in all heads, while no answer can be sent: with an empty value, as a piece
 * of a cookie, as Host. */
static void
test_small_fields(void)
{
	static const struct bytes fields[] = {
		{ (const uint8_t *)"\x40\x01"
		                   "a\x01"
		                   "b",
		  5 },
		{ (const uint8_t *)"\x40\x06"
		                   "cookie\0",
		  9 },
		{ (const uint8_t *)"\x40\x04host\x01x", 8 },
	};
	enum { HEADS = 200, TIMES = 8000 };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		AUTO(buf_release) struct buf out = buf_of(1u << 22);
		AUTO(buf_release) struct buf block = buf_of(TIMES + 64);
		AUTO(raw_free) struct raw *c = open_h2(&out);

		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		put_frame(&out, FRAME_SETTINGS, 0, 0,
		          bytes_of("\0\4\0\0\0\0", 6)); /* no window */
		buf_append(&block, bytes_of("\x82\x87\x84\x01\x01x", 6));
		buf_append(&block, fields[i]);
		for (unsigned n = 0; n < TIMES; n++)
			buf_u8(&block, 0xbe); /* the newest of the table */
		for (uint32_t n = 0; n < HEADS; n++)
			put_frame(&out, FRAME_HEADERS, END_HEADERS | END_STREAM,
			          2 * n + 1, buf_bytes(&block));
		(void)raw_send(c, buf_bytes(&out));
		AUTO(raw_free)
		struct raw *good = raw_open(rig->backend, rig->port, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(good);
		CU_ASSERT_EQUAL(raw_get(good, "/healthz"), 200);
		CU_ASSERT(front_peak() > 0);
		CU_ASSERT(front_peak() < PEAK_KB);
	}
}

static void
test_head_http2(void)
{
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	const struct h2_answer *a =
	        h2_ask(h, &(struct h2_request){ .method = "HEAD",
	                                        .path = "/healthz" });
	CU_ASSERT_EQUAL(a->status, 405);
	CU_ASSERT(a->ended);
	CU_ASSERT_EQUAL(a->body_len, 0);
	CU_ASSERT_EQUAL(
	        h2_ask(h, &(struct h2_request){ .path = "/healthz" })->status,
	        200);
}

/* Reads until the text has that part; false: it ended before. */
static bool
read_until(struct raw *c, struct buf *text, const char *part)
{
	char some[4096];

	while (!strstr(buf_str(text), part)) {
		int n = SSL_read(raw_tls(c), some, sizeof(some));

		if (n <= 0)
			return false;
		buf_append(text, bytes_of(some, (size_t)n));
	}
	return true;
}

/* What follows the head is the next answer. */
static void
test_head_http1(void)
{
	AUTO(buf_release) struct buf text = buf_of(65536);
	AUTO(raw_free) struct raw *c = raw_open(rig->backend, rig->port, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT(raw_send(c, bytes_of_str("HEAD /healthz HTTP/1.1\r\n"
	                                   "Host: x\r\n\r\n")));
	CU_ASSERT_FATAL(read_until(c, &text, "\r\n\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), "HTTP/1.1 405 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), "content-length: "));
	CU_ASSERT(raw_send(c, bytes_of_str("GET /healthz HTTP/1.1\r\n"
	                                   "Host: x\r\n\r\n")));
	CU_ASSERT(read_until(c, &text, "{\"alive\":true}"));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&text), "\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

static void
test_te_and_trailer(void)
{
	static const struct h2_header rows[][2] = {
		{ { "te", "trailers" }, { NULL, NULL } },
		{ { "trailer", "x-sum" }, { NULL, NULL } },
	};
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct h2_answer *a =
		        h2_ask(h, &(struct h2_request){ .path = "/healthz",
		                                        .headers = rows[i] });
		CU_ASSERT_EQUAL(a->status, 400);
		CU_ASSERT_STRING_EQUAL(a->problem, "http-unsupported");
	}
	static const char *const fields[] = { "TE: trailers",
		                              "Trailer: X-Sum" };
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		char text[128];
		AUTO(raw_free)
		struct raw *c = raw_open(rig->backend, rig->port, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		(void)snprintf(text, sizeof(text),
		               "GET /healthz HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n",
		               fields[i]);
		CU_ASSERT_EQUAL(raw_ask(c, text), 400);
		CU_ASSERT_STRING_EQUAL(raw_problem(c), "http-unsupported");
	}
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "resets that the server is made to send", test_made_you_reset },
	{ "heads of a stream that is over", test_heads_behind },
	{ "a head of CONTINUATION frames without an end", test_continuations },
	{ "a head that grows when it is unpacked", test_hpack_bomb },
	{ "heads of a thousand small fields", test_small_fields },
	{ "HEAD by HTTP/2 gets no DATA", test_head_http2 },
	{ "HEAD by HTTP/1.1 gets no body", test_head_http1 },
	{ "te and trailer, by both protocols", test_te_and_trailer },
	{ "(ends)", end_front },
	{ NULL, NULL },
};

HARNESS_MAIN("front_frames", tests)
