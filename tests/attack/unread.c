/*
 * unread.c - clients that ask and never read, so that the answers have to wait
 * somewhere; and those that open no window for them.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/clock.h"

#include "front/limits.h"

#include "tests/attack/attack.h"
#include "tests/attack/crowd.h"
#include "tests/common/base/frames.h"

#define CONNECTIONS 15 /* of one process */
#define ARRAY 128      /* challenges of one request */
#define STREAMS 256
#define WORDS_MAX (32u << 20)

/* A time-out, the sweep that sees it, and a busy machine. */
#define SOON_MS 5000

static const char keys[] = "GET /v1/keys HTTP/1.1\r\nHost: localhost\r\n\r\n";

bool
attack_unread_h1(const struct stage *s)
{
	AUTO(crowd_free) struct crowd crowd = { 0 };

	if (!crowd_open(&crowd, s, "http/1.1", CONNECTIONS))
		return false;
	crowd_press(&crowd, s, bytes_of_str(keys));
	return true;
}

static void
put_array(struct buf *out)
{
	buf_append_str(out, "[");
	for (unsigned i = 0; i < ARRAY; i++) {
		buf_append_str(out, i > 0 ? "," : "");
		buf_append_str(out, RIG_BODY);
	}
	buf_append_str(out, "]");
}

/* Arrays of challenges on n streams. */
static void
put_arrays(struct buf *out, uint32_t first, unsigned n)
{
	AUTO(buf_release) struct buf body = buf_of(65536);

	put_array(&body);
	for (uint32_t i = 0; i < n; i++) {
		frames_post(out, first + 2 * i, "/v1/challenges");
		frames_data(out, first + 2 * i, buf_bytes(&body), true);
	}
}

/* The same words on new connections, as long as the stage lasts: the front ends
 * those whose client holds too much. */
static bool
press(const struct stage *s, struct bytes words, size_t connections)
{
	do {
		AUTO(crowd_free) struct crowd crowd = { 0 };

		if (!crowd_open(&crowd, s, "h2", connections))
			return false;
		(void)crowd_say(&crowd, words);
		for (int i = 0; i < 200 && !stage_over(s); i++)
			if (crowd_refused(&crowd, 5))
				break;
	} while (!stage_over(s));
	return true;
}

bool
attack_unread_h2(const struct stage *s)
{
	AUTO(buf_release) struct buf words = buf_of(WORDS_MAX);

	frames_hello(&words, 1u << 30, true);
	frames_put(&words,
	           &(struct frame){ .type = FRAME_WINDOW_UPDATE,
	                            .payload = bytes_of("\x3f\0\0\0", 4) });
	put_arrays(&words, 1, 60);
	return press(s, buf_bytes(&words), CONNECTIONS);
}

bool
attack_no_window(const struct stage *s)
{
	AUTO(buf_release) struct buf words = buf_of(WORDS_MAX);

	frames_hello(&words, 0, true);
	put_arrays(&words, 1, 60);
	return press(s, buf_bytes(&words), CONNECTIONS);
}

/* Streams beyond the ceiling that was not acknowledged are refused, each with
 * a frame. */
bool
attack_no_settings(const struct stage *s)
{
	AUTO(buf_release) struct buf hello = buf_of(WORDS_MAX);
	AUTO(crowd_free) struct crowd crowd = { 0 };
	uint32_t stream = 1;

	frames_hello(&hello, 0, false);
	for (unsigned i = 0; i < STREAMS; i++, stream += 2)
		frames_post(&hello, stream, "/v1/challenges");
	if (!crowd_open(&crowd, s, "h2", CONNECTIONS))
		return false;
	(void)crowd_say(&crowd, buf_bytes(&hello));
	do {
		AUTO(buf_release) struct buf words = buf_of(WORDS_MAX);

		for (unsigned i = 0; i < 200; i++, stream += 2)
			frames_get(&words, stream, "/");
		if (crowd_say(&crowd, buf_bytes(&words)) == 0)
			(void)crowd_refused(&crowd, 5);
	} while (!stage_over(s));
	return true;
}

/* As much as the connection's window lets in, and no end of it. */
bool
attack_half_bodies(const struct stage *s)
{
	static const uint8_t spaces[8000] = { ' ' };
	AUTO(buf_release) struct buf words = buf_of(WORDS_MAX);

	frames_hello(&words, 65535, true);
	for (uint32_t i = 0; i < STREAMS; i++) {
		frames_post(&words, 2 * i + 1, "/v1/challenges");
		frames_data(&words, 2 * i + 1, bytes_of(spaces, sizeof(spaces)),
		            false);
	}
	return press(s, buf_bytes(&words), CONNECTIONS * 3);
}

/* --- each of them ends in time ---------------------------------------------- */

/* Says words, goes on saying `again` as long as it is taken. */
static bool
ends(const struct stage *s, const char *alpn, struct bytes words,
     struct bytes again)
{
	uint64_t until = clock_mono_ms() + 2 * LIMIT_TAKE_MS + SOON_MS;
	AUTO(crowd_free) struct crowd crowd = { 0 };

	if (!crowd_open(&crowd, s, alpn, 2))
		return false;
	(void)crowd_say(&crowd, words);
	while (!crowd_refused(&crowd, 5) && clock_mono_ms() < until)
		for (unsigned i = 0; again.len > 0 && i < 64; i++)
			(void)crowd_say(&crowd, again);
	return crowd.ended == crowd.n;
}

static bool
deaf_h1_ends(const struct stage *s)
{
	return ends(s, "http/1.1", bytes_of_str(keys), bytes_of_str(keys));
}

static bool
deaf_h2_ends(const struct stage *s)
{
	AUTO(buf_release) struct buf words = buf_of(WORDS_MAX);

	frames_hello(&words, 1u << 30, true);
	frames_put(&words,
	           &(struct frame){ .type = FRAME_WINDOW_UPDATE,
	                            .payload = bytes_of("\x3f\0\0\0", 4) });
	put_arrays(&words, 1, 60);
	return ends(s, "h2", buf_bytes(&words), bytes_of(NULL, 0));
}

/* A stream without a window is reset; then the connection is idle, and ends. */
static bool
windowless_ends(const struct stage *s)
{
	AUTO(buf_release) struct buf words = buf_of(WORDS_MAX);
	AUTO(raw_free)
	struct raw *c = raw_open(s->rig->hostile, s->rig->port, "h2");
	static const uint8_t reset[] = { 0, 0, 4, FRAME_RST_STREAM, 0, 0,
		                         0, 0, 1 };
	uint64_t until = clock_mono_ms() + 2 * LIMIT_TAKE_MS + SOON_MS;
	bool seen = false;

	frames_hello(&words, 0, true);
	frames_get(&words, 1, "/v1/keys");
	if (!c || !raw_send(c, buf_bytes(&words)))
		return false;
	while (!seen && clock_mono_ms() < until) {
		uint8_t in[16384];
		int n = SSL_read(raw_tls(c), in, sizeof(in));

		seen = n > 0 && memmem(in, (size_t)n, reset, sizeof(reset));
	}
	ERR_clear_error();
	return seen;
}

static bool
silent_on_settings_ends(const struct stage *s)
{
	AUTO(buf_release) struct buf words = buf_of(WORDS_MAX);
	AUTO(crowd_free) struct crowd crowd = { 0 };

	frames_hello(&words, 65535, false);
	if (!crowd_open(&crowd, s, "h2", 1))
		return false;
	(void)crowd_say(&crowd, buf_bytes(&words));
	return crowd_refused(&crowd, LIMIT_SETTINGS_MS + SOON_MS);
}

/* A byte of a body now and then is none in time. */
static bool
slow_body_ends(const struct stage *s)
{
	static const char head[] = "POST /v1/challenges HTTP/1.1\r\nHost: x\r\n"
	                           "Content-Type: application/json\r\n"
	                           "Content-Length: 2000\r\n\r\n";
	uint64_t until = clock_mono_ms() + LIMIT_BODY_MS + SOON_MS;
	AUTO(crowd_free) struct crowd crowd = { 0 };

	if (!crowd_open(&crowd, s, "http/1.1", 1))
		return false;
	(void)crowd_say(&crowd, bytes_of_str(head));
	while (!crowd_refused(&crowd, 100) && clock_mono_ms() < until)
		(void)crowd_say(&crowd, bytes_of_str(" "));
	return crowd.ended == crowd.n;
}

static bool
others_end(const struct stage *s)
{
	return silent_on_settings_ends(s) && slow_body_ends(s);
}

bool
attack_patience(const struct stage *s)
{
	static bool (*const all[])(const struct stage *s) = {
		deaf_h1_ends,
		deaf_h2_ends,
		windowless_ends,
		others_end,
	};

	bool good = all[s->which](s);
	if (!good)
		printf("  not in time: %u\n", s->which);
	return good;
}
