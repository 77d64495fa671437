/*
 * frames_in.h - what a server says by HTTP/2, frame by frame, for clients that no
 * library would be (frames.h).
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

/* On a connection that is the caller's.  Zero but for that. */
struct frames_in {
	struct raw *c;
	struct nghttp2_hd_inflater *inflater;
	bool ended; /* the server ended the connection; else it says nothing */
	size_t at, len;
	uint8_t in[65536];
};

void frames_in_release(struct frames_in *f);
DEFINE_AUTO_REF(struct frames_in, frames_in_release);

/* The next frame, good until the next call; false: no more comes. */
bool frames_next(struct frames_in *f, struct frame *ret_frame);

/* The status of an answer's HEADERS, which must be asked of each of them, in their
 * order; 0: it has none. */
int frames_status(struct frames_in *f, const struct frame *headers);

#endif
