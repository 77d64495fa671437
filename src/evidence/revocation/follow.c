/*
 * follow.c - see follow.h.
 *
 * Three lists could make revoked keys valid again: an old one; one dated in the
 * future, after which every correct list is "older"; and one with few entries.
 */
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "evidence/revocation/follow.h"

#include "evidence/revocation/int.h"

static const uint8_t *
entry_bytes(const struct revocations *list, size_t i)
{
	return list->file.data + REVOCATION_HEAD + i * REVOCATION_ENTRY;
}

void
revocations_digest(const struct revocations *list,
                   uint8_t out[static HASH_SIZE])
{
	digest_sha256(
	        bytes_of(entry_bytes(list, 0), list->n * REVOCATION_ENTRY),
	        out);
}

/* Counts the common serials; both lists ascend.  Status and reason may
 * differ. */
static size_t
count_kept_serials(const struct revocations *before,
                   const struct revocations *next)
{
	size_t i = 0, k = 0, n = 0;

	while (i < before->n && k < next->n) {
		int order = memcmp(entry_bytes(before, i), entry_bytes(next, k),
		                   REVOCATION_SERIAL_MAX);
		n += order == 0;
		i += order <= 0;
		k += order >= 0;
	}
	return n;
}

static bool
is_accepted(const struct revocations *list,
            const struct revocation_rules *rules)
{
	uint8_t digest[HASH_SIZE];

	if (!rules->accepted)
		return false;
	revocations_digest(list, digest);
	return memcmp(digest, rules->accepted, HASH_SIZE) == 0;
}

static err_t
check_entries(const struct revocations *before, const struct revocations *next,
              const struct revocation_rules *rules, struct buf *why)
{
	size_t n = count_kept_serials(before, next);
	uint8_t digest[HASH_SIZE];

	if (n * 100 >= before->n * REVOCATION_KEPT_PERCENT ||
	    is_accepted(next, rules))
		return OK;
	revocations_digest(next, digest);
	buf_printf(why,
	           "names %zu of the %zu entries in force; an officer can "
	           "accept the list by its digest ",
	           n, before->n);
	encode_hex(why, bytes_of(digest, HASH_SIZE));
	return E_CONFLICT;
}

err_t
revocations_follow(const struct revocations *before,
                   const struct revocations *next,
                   const struct revocation_rules *rules, struct buf *why)
{
	uint64_t latest_s = rules->now_s + REVOCATION_AHEAD_S;

	if (next->at_s > latest_s) {
		buf_append_str(why, "the list is from the future");
		return E_CONFLICT;
	}
	if (next->at_s < rules->from_s) {
		char from[CLOCK_TEXT_SIZE];

		clock_format(rules->from_s * 1000, from);
		buf_printf(why,
		           "fetched before %s, and the trust bundle allows no "
		           "list as old as that (revocations_from)",
		           from);
		return E_CONFLICT;
	}
	if (!before)
		return OK;
	/* A list dated in the future is in force only because a clock was
	 * wrong, so any list may replace it. */
	if (next->at_s < before->at_s && before->at_s <= latest_s) {
		buf_append_str(why, "older than the list in force");
		return E_CONFLICT;
	}
	return check_entries(before, next, rules, why);
}

err_t
revocation_accepted_read(struct bytes file, uint8_t out[static HASH_SIZE])
{
	if (file.len != HEX_LEN(HASH_SIZE) + 1 ||
	    file.data[file.len - 1] != '\n')
		return E_MALFORMED;
	return decode_hex_exact(bytes_of(file.data, file.len - 1), out,
	                        HASH_SIZE);
}
