/*
 * test_revocation_follow.c - which list may follow which: time, entries, and an
 * officer's word.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "evidence/revocation/follow.h"

#define NOW_S 1795435200u /* 2026-11-23T12:00:00Z */
#define FULL 100u

/* Serials from first on, n of them. */
static struct revocations *
list_of(unsigned first, unsigned n, uint64_t at_s)
{
	AUTO(buf_release) struct buf text = buf_of(65536);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct revocations *list = NULL;

	buf_append_str(&text, "{\"entries\":{");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&text, "%s\"a%x\":{\"status\":\"REVOKED\"}",
		           i ? "," : "", first + i);
	buf_append_str(&text, "}}");
	CU_ASSERT_EQUAL_FATAL(
	        revocations_read(buf_bytes(&text), at_s, &why, &list), OK);
	return list;
}

/* Says it: a word of why when it may not. */
static bool
follows(const struct revocations *before, const struct revocations *next,
        const uint8_t *accepted, const char *word)
{
	const struct revocation_rules rules = { NOW_S, accepted, 0 };
	AUTO(buf_release) struct buf why = buf_of(512);
	err_t err = revocations_follow(before, next, &rules, &why);

	CU_ASSERT(err == OK || err == E_CONFLICT);
	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	if (err != OK && !strstr(buf_str(&why), word))
		printf("  %s\n", buf_str(&why));
	CU_ASSERT(err == OK || strstr(buf_str(&why), word));
	return err == OK;
}

static void
test_time(void)
{
	static const struct {
		int64_t before, next; /* from now */
		bool good;
		const char *word;
	} rows[] = {
		{ -100, -99, true, "" },
		{ -100, -100, true, "" },
		{ -100, -101, false, "older" },
		{ -100, 300, true, "" },
		{ -100, 301, false, "future" },
		{ -100, 100000000, false, "future" },
		{ 300, 0, false, "older" },
		/* A clock was wrong: the right list mends it. */
		{ 301, 0, true, "" },
		{ 100000000, -5, true, "" },
		{ 100000000, 100000001, false, "future" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(revocations_free)
		struct revocations *before = list_of(
		        0, 10, (uint64_t)((int64_t)NOW_S + rows[i].before));
		AUTO(revocations_free)
		struct revocations *next = list_of(
		        0, 10, (uint64_t)((int64_t)NOW_S + rows[i].next));
		uint8_t word[HASH_SIZE];

		CU_ASSERT_EQUAL(follows(before, next, NULL, rows[i].word),
		                rows[i].good);
		/* An officer accepts entries, no time. */
		revocations_digest(next, word);
		CU_ASSERT_EQUAL(follows(before, next, word, rows[i].word),
		                rows[i].good);
	}
	AUTO(revocations_free)
	struct revocations *future = list_of(0, 10, NOW_S + 301);
	CU_ASSERT(!follows(NULL, future, NULL, "future"));
}

/* It is the entries in force that must be there, not their number. */
static void
test_entries(void)
{
	static const struct {
		unsigned first, n;
		bool good;
	} rows[] = {
		{ 0, 100, true },   { 0, 90, true },     { 0, 89, false },
		{ 0, 0, false },    { 10, 90, true },    { 11, 89, false },
		{ 10, 1000, true }, { 11, 1000, false }, { 5000, 100, false },
		{ 0, 1000, true },
	};
	AUTO(revocations_free)
	struct revocations *full = list_of(0, FULL, NOW_S - 10);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(revocations_free)
		struct revocations *next =
		        list_of(rows[i].first, rows[i].n, NOW_S);
		uint8_t word[HASH_SIZE];

		CU_ASSERT_EQUAL(follows(full, next, NULL, "entries in force"),
		                rows[i].good);
		revocations_digest(next, word);
		CU_ASSERT(follows(full, next, word, ""));
		word[31] ^= 1;
		CU_ASSERT_EQUAL(follows(full, next, word, "entries in force"),
		                rows[i].good);
		CU_ASSERT(follows(NULL, next, NULL, ""));
	}
}

/* The entries', whenever they were fetched; and the refusal names it. */
static void
test_digest(void)
{
	AUTO(revocations_free)
	struct revocations *full = list_of(0, FULL, NOW_S - 10);
	AUTO(revocations_free) struct revocations *a = list_of(0, 5, NOW_S);
	AUTO(revocations_free) struct revocations *b = list_of(0, 5, NOW_S + 9);
	AUTO(revocations_free) struct revocations *c = list_of(0, 6, NOW_S);
	const struct revocation_rules rules = { NOW_S, NULL, 0 };
	AUTO(buf_release) struct buf why = buf_of(512);
	uint8_t da[HASH_SIZE], db[HASH_SIZE], dc[HASH_SIZE], named[HASH_SIZE];

	revocations_digest(a, da);
	revocations_digest(b, db);
	revocations_digest(c, dc);
	CU_ASSERT(memcmp(da, db, HASH_SIZE) == 0);
	CU_ASSERT(memcmp(da, dc, HASH_SIZE) != 0);

	CU_ASSERT_EQUAL(revocations_follow(full, a, &rules, &why), E_CONFLICT);
	buf_append_str(&why, "\n");
	struct bytes line = bytes_of(why.data + why.len - 65, 65);
	CU_ASSERT_EQUAL(revocation_accepted_read(line, named), OK);
	CU_ASSERT(memcmp(named, da, HASH_SIZE) == 0);
	line.len--;
	CU_ASSERT_EQUAL(revocation_accepted_read(line, named), E_MALFORMED);
	why.data[why.len - 3] = 'x';
	line.len++;
	CU_ASSERT_EQUAL(revocation_accepted_read(line, named), E_MALFORMED);
	CU_ASSERT_EQUAL(revocation_accepted_read(bytes_of_str(""), named),
	                E_MALFORMED);
}

/* The trust bundle says from when; no officer's word of a list changes that. */
static void
test_from(void)
{
	AUTO(revocations_free)
	struct revocations *list = list_of(0, FULL, NOW_S - 10);
	struct revocation_rules rules = { NOW_S, NULL, NOW_S - 10 };
	AUTO(buf_release) struct buf why = buf_of(512);
	uint8_t digest[HASH_SIZE];

	CU_ASSERT_EQUAL(revocations_follow(NULL, list, &rules, &why), OK);
	rules.from_s++;
	revocations_digest(list, digest);
	rules.accepted = digest;
	CU_ASSERT_EQUAL(revocations_follow(NULL, list, &rules, &why),
	                E_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "revocations_from"));
	CU_ASSERT_EQUAL(revocations_follow(list, list, &rules, &why),
	                E_CONFLICT);
}

static const struct harness_test tests[] = {
	{ "not before the trust bundle's revocations_from", test_from },
	{ "neither older nor from the future", test_time },
	{ "nine in ten of the entries in force, or an officer's word",
	  test_entries },
	{ "the word is the entries' digest", test_digest },
	{ NULL, NULL },
};
HARNESS_MAIN("revocation_follow", tests)
