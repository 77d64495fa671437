/*
 * wire_samples.h - one packet of each message of wire.def, for tests and for
 * the seeds of its fuzz target.
 */
#ifndef WIRE_SAMPLES_H
#define WIRE_SAMPLES_H

#include "buf.h"

struct wire_sample {
	const char *name;
	void (*make)(struct buf *out); /* appends the packet */
};

extern const struct wire_sample wire_samples[]; /* ends with a NULL name */

#endif
