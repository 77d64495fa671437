/*
 * odd.c - shapes that nobody published: windows of one byte, connections that are
 * half closed, farewells with streams that live on, frames that say nothing.
 */
#include <stdio.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "base/clock.h"

#include "front/limits.h"

#include "tests/common/base/frames.h"

#include "tests/attack/attack.h"
#include "tests/attack/crowd.h"
#include "tests/attack/hostile.h"

#define ANSWERS 64
#define ROUNDS 200 /* of ANSWERS updates, far above what is borne */
#define SOON_MS 5000

/* Long answers that wait, on a connection without a window. */
static struct raw *
open_waiting(const struct stage *s)
{
	AUTO(buf_release) struct buf words = buf_of(65536);
	struct raw *c = raw_open(s->rig->hostile, s->rig->port, "h2");

	frames_hello(&words, 0, true);
	for (uint32_t i = 0; i < ANSWERS; i++)
		frames_get(&words, 2 * i + 1, "/openapi.json");
	if (c && !raw_send(c, buf_bytes(&words))) {
		raw_free(c);
		return NULL;
	}
	return c;
}

/* Each byte of a window is a frame of an answer. */
static bool
bytewise_windows(const struct stage *s)
{
	AUTO(buf_release) struct buf words = buf_of(65536);
	AUTO(raw_free) struct raw *c = open_waiting(s);

	if (!c)
		return false;
	for (uint32_t i = 0; i < ANSWERS; i++)
		frames_put(&words, &(struct frame){ .type = FRAME_WINDOW_UPDATE,
		                                    .stream = 2 * i + 1,
		                                    .payload = bytes_of(
		                                            "\0\0\0\1", 4) });
	for (unsigned i = 0; i < ROUNDS; i++)
		if (!raw_send(c, buf_bytes(&words)))
			return true;
	return hostile_refused(c, SOON_MS);
}

/* One SETTINGS opens all windows by a byte. */
static bool
bytewise_settings(const struct stage *s)
{
	AUTO(raw_free) struct raw *c = open_waiting(s);

	if (!c)
		return false;
	for (unsigned i = 1; i <= 2 * LIMIT_SMALL; i++) {
		AUTO(buf_release) struct buf words = buf_of(64);
		const uint8_t setting[] = {
			0, 4, 0, 0, (uint8_t)(i >> 8), (uint8_t)i
		};

		frames_put(&words, &(struct frame){
		                           .type = FRAME_SETTINGS,
		                           .payload = bytes_of(
		                                   setting, sizeof(setting)) });
		if (!raw_send(c, buf_bytes(&words)))
			return true;
	}
	return hostile_refused(c, SOON_MS);
}

/* They say no more, and do not go. */
static bool
half_closed(const struct stage *s)
{
	static const char ask[] = "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
	AUTO(crowd_free) struct crowd crowd = { 0 };

	if (!crowd_open(&crowd, s, "http/1.1", s->full ? 200 : 20))
		return false;
	(void)crowd_say(&crowd, bytes_of_str(ask));
	for (size_t i = 0; i < crowd.n; i++)
		if (crowd.all[i])
			(void)shutdown(SSL_get_fd(raw_tls(crowd.all[i])),
			               SHUT_WR);
	return crowd_refused(&crowd, SOON_MS);
}

/* What nghttp2 skips: types that it does not know, DATA that is all padding.  It
 * costs what its bytes cost; nobody waits for it, and it is no way to stay. */
static bool
nothing_said(const struct stage *s)
{
	AUTO(buf_release) struct buf words = buf_of(1u << 20);
	AUTO(buf_release) struct buf padding = buf_of(256);
	AUTO(crowd_free) struct crowd crowd = { 0 };

	buf_u8(&padding, 255);
	(void)buf_extend(&padding, 255);
	frames_hello(&words, 65535, true);
	frames_post(&words, 1, "/v1/challenges");
	if (!crowd_open(&crowd, s, "h2", 4))
		return false;
	(void)crowd_say(&crowd, buf_bytes(&words));
	buf_reset(&words);
	for (unsigned i = 0; i < 50; i++) {
		frames_put(&words, &(struct frame){ .type = 0x20 });
		frames_put(&words, &(struct frame){ FRAME_DATA, FRAME_PADDED, 1,
		                                    buf_bytes(&padding) });
	}
	crowd_press(&crowd, s, buf_bytes(&words));
	return true;
}

/* A farewell, and a body that goes on. */
static bool
lives_on(const struct stage *s)
{
	AUTO(buf_release) struct buf words = buf_of(4096);
	AUTO(crowd_free) struct crowd crowd = { 0 };

	frames_hello(&words, 65535, true);
	frames_post(&words, 1, "/v1/challenges");
	frames_put(&words, &(struct frame){ .type = FRAME_GOAWAY,
	                                    .payload = bytes_of(
	                                            "\0\0\0\0\0\0\0\0", 8) });
	if (!crowd_open(&crowd, s, "h2", 1))
		return false;
	(void)crowd_say(&crowd, buf_bytes(&words));
	return crowd_refused(&crowd, LIMIT_BODY_MS + SOON_MS);
}

bool
attack_odd(const struct stage *s)
{
	static const struct {
		const char *name;
		bool (*run)(const struct stage *s);
		bool long_one; /* waits for a time-out */
	} all[] = {
		{ "windows of a byte", bytewise_windows, false },
		{ "SETTINGS of a byte", bytewise_settings, false },
		{ "half closed", half_closed, false },
		{ "frames that say nothing", nothing_said, false },
		{ "a farewell with a stream", lives_on, true },
	};
	bool good = true;

	for (size_t i = s->which; i < ARRAY_LEN(all); i += 2) {
		if (all[i].long_one && !s->full)
			continue;
		if (!all[i].run(s)) {
			printf("  not ended: %s\n", all[i].name);
			good = false;
		}
	}
	return good;
}
