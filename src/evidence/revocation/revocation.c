/*
 * revocation.c - builds, opens and searches a list of revocations.
 *
 * The file is the list: entries of 22 bytes each in one block, so that a
 * hundred thousand need 2.2 MB and opening a list is reading it.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"

#include "evidence/revocation/int.h"

static const char *const status_names[REVOCATION_STATUS_COUNT] = {
	[REVOCATION_REVOKED] = "REVOKED",
	[REVOCATION_SUSPENDED] = "SUSPENDED",
};

static const char *const reason_names[REVOCATION_REASON_COUNT] = {
	[REVOCATION_NOT_SAID] = "",
	[REVOCATION_UNSPECIFIED] = "UNSPECIFIED",
	[REVOCATION_KEY_COMPROMISE] = "KEY_COMPROMISE",
	[REVOCATION_CA_COMPROMISE] = "CA_COMPROMISE",
	[REVOCATION_SUPERSEDED] = "SUPERSEDED",
	[REVOCATION_SOFTWARE_FLAW] = "SOFTWARE_FLAW",
};

const char *
revocation_status_name(enum revocation_status status)
{
	return status > 0 && status < REVOCATION_STATUS_COUNT
	               ? status_names[status]
	               : "";
}

const char *
revocation_reason_name(enum revocation_reason reason)
{
	return reason < REVOCATION_REASON_COUNT ? reason_names[reason] : "";
}

/* --- serials -------------------------------------------------------------- */

/* The value of a lower-case hex digit; 16: not one. */
static unsigned
hex_nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - (unsigned)'0';
	if (c >= 'a' && c <= 'f')
		return c - (unsigned)'a' + 10;
	return 16;
}

err_t
revocation_serial(struct bytes hex, uint8_t out[REVOCATION_SERIAL_MAX])
{
	uint8_t serial[REVOCATION_SERIAL_MAX] = { 0 };
	size_t digits = (size_t)2 * REVOCATION_SERIAL_MAX;

	if (hex.len == 0 || hex.data[0] == '0')
		return E_MALFORMED;
	for (size_t i = 0; i < hex.len; i++)
		if (hex_nibble(hex.data[i]) > 15)
			return E_MALFORMED;
	if (hex.len > digits)
		return E_LIMIT;
	for (size_t i = 0; i < hex.len; i++) {
		size_t at = digits - hex.len + i;
		unsigned shift = at % 2 ? 0 : 4;
		serial[at / 2] |= (uint8_t)(hex_nibble(hex.data[i]) << shift);
	}
	memcpy(out, serial, sizeof(serial));
	return OK;
}

static void
put_serial(struct buf *out, const uint8_t serial[REVOCATION_SERIAL_MAX])
{
	static const char digits[] = "0123456789abcdef";
	bool leading = true;

	for (size_t at = 0; at < (size_t)2 * REVOCATION_SERIAL_MAX; at++) {
		unsigned n = (unsigned)serial[at / 2] >> (at % 2 ? 0 : 4) & 15;
		leading = leading && n == 0;
		if (!leading)
			buf_u8(out, (uint8_t)digits[n]);
	}
}

/* --- entries -------------------------------------------------------------- */

static uint8_t *
entry_at(const struct revocations *list, size_t i)
{
	return list->file.data + REVOCATION_HEAD + i * REVOCATION_ENTRY;
}

static struct revocation
revocation_of(const uint8_t *e)
{
	return (struct revocation){
		.status = e[REVOCATION_SERIAL_MAX],
		.reason = e[REVOCATION_SERIAL_MAX + 1],
	};
}

static int
compare_serials(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, REVOCATION_SERIAL_MAX);
}

static void
swap_entries(uint8_t *a, uint8_t *b)
{
	uint8_t t[REVOCATION_ENTRY];

	memcpy(t, a, sizeof(t));
	memcpy(a, b, sizeof(t));
	memcpy(b, t, sizeof(t));
}

/* Heap sort's sift-down of entry i among the first n entries. */
static void
sink_entry(const struct revocations *list, size_t i, size_t n)
{
	for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
		if (child + 1 < n &&
		    compare_serials(entry_at(list, child),
		                    entry_at(list, child + 1)) < 0)
			child++;
		if (compare_serials(entry_at(list, i), entry_at(list, child)) >=
		    0)
			return;
		swap_entries(entry_at(list, i), entry_at(list, child));
		i = child;
	}
}

/* Heap sort, because it works in place, which qsort(3) need not, and no input
 * makes it slow. */
static void
sort_entries(const struct revocations *list)
{
	for (size_t i = list->n / 2; i-- > 0;)
		sink_entry(list, i, list->n);
	for (size_t n = list->n; n-- > 1;) {
		swap_entries(entry_at(list, 0), entry_at(list, n));
		sink_entry(list, 0, n);
	}
}

/* --- building a list ------------------------------------------------------ */

err_t
revocations_new(uint64_t at_s, struct revocations **ret_list)
{
	AUTO(revocations_free)
	struct revocations *list = calloc(1, sizeof(*list));

	if (!list)
		return E_NOMEM;
	list->file = buf_of(REVOCATION_FILE_MAX);
	list->at_s = at_s;
	buf_append_str(&list->file, REVOCATION_MAGIC);
	buf_u64(&list->file, at_s);
	buf_u32(&list->file, 0);
	TRY(buf_status(&list->file));
	*ret_list = TAKE(list);
	return OK;
}

err_t
revocations_add(struct revocations *list,
                const uint8_t serial[REVOCATION_SERIAL_MAX],
                struct revocation revocation)
{
	if (list->n == REVOCATION_ENTRIES_MAX)
		return E_LIMIT;
	buf_append(&list->file, bytes_of(serial, REVOCATION_SERIAL_MAX));
	buf_u8(&list->file, (uint8_t)revocation.status);
	buf_u8(&list->file, (uint8_t)revocation.reason);
	list->n++;
	return buf_status(&list->file);
}

static err_t
refuse_twins(const struct revocations *list, struct buf *why)
{
	for (size_t i = 1; i < list->n; i++) {
		if (compare_serials(entry_at(list, i - 1), entry_at(list, i)) !=
		    0)
			continue;
		buf_append_str(why, "serial ");
		put_serial(why, entry_at(list, i));
		buf_append_str(why, " occurs twice");
		return E_MALFORMED;
	}
	return OK;
}

err_t
revocations_seal(struct revocations *list, struct buf *why)
{
	uint8_t *count = list->file.data + REVOCATION_HEAD - 4;
	uint8_t digest[HASH_SIZE];

	sort_entries(list);
	TRY(refuse_twins(list, why));
	for (unsigned i = 0; i < 4; i++)
		count[i] = (uint8_t)(list->n >> (8 * (3 - i)));
	digest_sha256(buf_bytes(&list->file), digest);
	buf_append(&list->file, bytes_of(digest, sizeof(digest)));
	return buf_status(&list->file);
}

/* --- opening a file ------------------------------------------------------- */

bool
revocations_is_file(struct bytes file)
{
	return file.len >= REVOCATION_MAGIC_SIZE &&
	       memcmp(file.data, REVOCATION_MAGIC, REVOCATION_MAGIC_SIZE) == 0;
}

/* Checks that the file's length fits the number of entries in its header. */
static bool
read_head(struct revocations *list)
{
	struct bytes file = buf_bytes(&list->file);
	struct reader r = reader_of(file);

	(void)reader_take(&r, REVOCATION_MAGIC_SIZE);
	list->at_s = reader_u64(&r);
	list->n = reader_u32(&r);
	(void)reader_take(&r, list->n * REVOCATION_ENTRY);
	(void)reader_take(&r, HASH_SIZE);
	return reader_done(&r) && list->n <= REVOCATION_ENTRIES_MAX;
}

static bool
digest_holds(const struct revocations *list)
{
	size_t len = list->file.len - HASH_SIZE;
	uint8_t digest[HASH_SIZE];

	digest_sha256(bytes_of(list->file.data, len), digest);
	return memcmp(digest, list->file.data + len, HASH_SIZE) == 0;
}

static bool
entries_hold(const struct revocations *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct revocation r = revocation_of(entry_at(list, i));
		if (r.status == 0 || r.status >= REVOCATION_STATUS_COUNT ||
		    r.reason >= REVOCATION_REASON_COUNT)
			return false;
		if (i > 0 && compare_serials(entry_at(list, i - 1),
		                             entry_at(list, i)) >= 0)
			return false;
	}
	return true;
}

err_t
revocations_open(struct buf *file, struct buf *why,
                 struct revocations **ret_list)
{
	AUTO(buf_release) struct buf taken = *file;
	AUTO(revocations_free)
	struct revocations *list = calloc(1, sizeof(*list));

	*file = buf_of(0);
	if (!list)
		return E_NOMEM;
	list->file = taken;
	taken = buf_of(0);
	if (!revocations_is_file(buf_bytes(&list->file)))
		buf_append_str(why, "not a revocation list of this program");
	else if (!read_head(list) || !digest_holds(list))
		buf_append_str(why, "the file is truncated or damaged");
	else if (!entries_hold(list))
		buf_append_str(why, "an entry is out of order, or has an "
		                    "unknown status or reason");
	else
		*ret_list = TAKE(list);
	return list ? E_MALFORMED : OK;
}

void
revocations_free(struct revocations *list)
{
	if (!list)
		return;
	buf_release(&list->file);
	free(list);
}

/* --- queries -------------------------------------------------------------- */

uint64_t
revocations_at_s(const struct revocations *list)
{
	return list->at_s;
}

size_t
revocations_count(const struct revocations *list)
{
	return list->n;
}

struct bytes
revocations_file(const struct revocations *list)
{
	return buf_bytes(&list->file);
}

struct revocation
revocations_at(const struct revocations *list, size_t i, struct buf *serial)
{
	put_serial(serial, entry_at(list, i));
	return revocation_of(entry_at(list, i));
}

bool
revocation_serial_valid(struct bytes serial)
{
	uint8_t out[REVOCATION_SERIAL_MAX];

	return revocation_serial(serial, out) == OK;
}

bool
revocation_find(const struct revocations *list, struct bytes serial,
                struct revocation *ret_revocation)
{
	uint8_t wanted[REVOCATION_SERIAL_MAX];
	size_t low = 0;
	size_t high = list->n;

	if (revocation_serial(serial, wanted) != OK)
		return false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_serials(wanted, entry_at(list, middle));
		if (order == 0) {
			*ret_revocation = revocation_of(entry_at(list, middle));
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

enum revocation_age
revocation_age(const struct revocations *list,
               const struct revocation_limits *limits, uint64_t now_s)
{
	if (!list)
		return REVOCATION_STALE;
	if (list->at_s > now_s)
		return list->at_s - now_s > REVOCATION_AHEAD_S
		               ? REVOCATION_STALE
		               : REVOCATION_FRESH;

	uint64_t age = now_s - list->at_s;
	if (age <= limits->max_age_s)
		return REVOCATION_FRESH;
	return age - limits->max_age_s <= limits->grace_s ? REVOCATION_GRACE
	                                                  : REVOCATION_STALE;
}
