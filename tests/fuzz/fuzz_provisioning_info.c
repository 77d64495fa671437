/*
 * fuzz_provisioning_info.c - the map of a provisioning server: parsed views are
 * inside the input; a refusal leaves the output empty.
 */
#include <stdlib.h>

#include "evidence/android/provisioning.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct bytes in, struct bytes v)
{
	if (v.len > 0 &&
	    (v.data < in.data || v.data + v.len > in.data + in.len))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct android_provisioning p;
	size_t used = 1; /* at least the map's head */

	if (android_provisioning_parse(in, &p) != OK) {
		if (!p.malformed || p.n > 0 || p.has_certificates_issued ||
		    p.has_reported_lost)
			abort();
		return 0;
	}
	if (p.malformed || p.n > ANDROID_PROVISIONING_MAX)
		abort();
	for (size_t i = 0; i < p.n; i++) {
		if (p.items[i].value.len == 0)
			abort();
		inside(in, p.items[i].value);
		used += p.items[i].value.len + 1;
	}
	inside(in, p.manufacturer);
	inside(in, p.attested_entity);
	if (used > size)
		abort();
	return 0;
}
