/*
 * fuzz_status_list.c - revocation lists, Google's and our own: accepted entries
 * are sorted and can be found, and writing and parsing preserves them.
 */
#include <stdlib.h>

#include "evidence/revocation/revocation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
find_each(const struct revocations *list)
{
	for (size_t i = 0; i < revocations_count(list); i++) {
		AUTO(buf_release) struct buf serial = buf_of(64);
		struct revocation r;
		struct revocation found;

		r = revocations_at(list, i, &serial);
		must(revocation_find(list, buf_bytes(&serial), &found));
		must(r.status == found.status && r.reason == found.reason);
		must(revocation_status_name(r.status)[0] != '\0');
	}
}

static void
write_and_read(const struct revocations *list)
{
	AUTO(buf_release) struct buf copy = buf_of(REVOCATION_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(revocations_free) struct revocations *again = NULL;

	buf_append(&copy, revocations_file(list));
	must(revocations_open(&copy, &why, &again) == OK);
	must(bytes_equal(revocations_file(list), revocations_file(again)));
	must(revocations_at_s(list) == revocations_at_s(again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(revocations_free) struct revocations *list = NULL;
	struct revocation r;

	if (revocations_read(bytes_of(data, size), 1, &why, &list) != OK) {
		must(why.len > 0); /* a refusal must have a cause */
		return 0;
	}
	find_each(list);
	write_and_read(list);
	(void)revocation_find(list, bytes_of(data, size), &r);
	return 0;
}
