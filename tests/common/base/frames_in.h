/*
 * frames_in.h - reads the HTTP/2 frames of a server, for the clients of
 * frames.h.
 */
#ifndef COMMON_BASE_FRAMES_IN_H
#define COMMON_BASE_FRAMES_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

#include "tests/common/base/frames.h"

#include "tests/common/base/raw_client.h"

struct nghttp2_hd_inflater;

/* The caller sets c, which it owns, and zeroes the rest. */
struct frames_in {
	struct raw *c;
	struct nghttp2_hd_inflater *inflater;
	bool ended; /* the connection ended; otherwise a time-out */
	size_t at, len;
	uint8_t in[65536];
};

void frames_in_release(struct frames_in *f);
DEFINE_AUTO_REF(struct frames_in, frames_in_release);

/* The next frame, valid until the next call; false: there is none. */
bool frames_next(struct frames_in *f, struct frame *ret_frame);

/* The status in the HEADERS of an answer; 0: none.  Must be called for every
 * HEADERS frame in order, because HPACK decoding has a state. */
int frames_status(struct frames_in *f, const struct frame *headers);

#endif
