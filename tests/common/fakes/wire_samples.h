/*
 * wire_samples.h - one packet of each message of wire.def, for tests and for
 * the seeds of its fuzz target.
 */
#ifndef COMMON_FAKES_WIRE_SAMPLES_H
#define COMMON_FAKES_WIRE_SAMPLES_H

#include "base/buf.h"

struct wire_sample {
	const char *name;
	void (*make)(struct buf *out); /* appends the packet */
};

extern const struct wire_sample wire_samples[]; /* ends with a NULL name */

#endif
