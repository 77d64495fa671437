/*
 * poor.c - a client that does not care for its quota.
 */
#include <stdio.h>

#include "../common/h2_client.h"

#include "attack.h"

#define TOGETHER 200 /* streams */
#define ROUNDS 9     /* of them, which is what a client of h2_client.h counts */

/* It is answered, and refused; what it says beyond that waits in its own
 * buffers, so that the well-behaved client is served as always.  Its lines in
 * the log are test_front_quota's. */
static bool
is_refused(const struct stage *s)
{
	AUTO(h2_free) struct h2 *h = h2_open(s->rig->poor, s->rig->port);
	int status = 0;

	for (unsigned round = 0; h && round < ROUNDS; round++) {
		size_t last = 0;

		for (unsigned i = 0; i < TOGETHER; i++)
			last = h2_submit(
			        h, &(struct h2_request){ .path = "/v1/keys" });
		if (!h2_flush(h))
			return false;
		status = h2_wait(h, last)->status;
		if (stage_over(s))
			break;
	}
	if (status != 429)
		printf("  over its quota: %d\n", status);
	return status == 429;
}

bool
attack_quota(const struct stage *s)
{
	bool good = true;

	do {
		good = is_refused(s);
	} while (good && !stage_over(s));
	return good;
}
