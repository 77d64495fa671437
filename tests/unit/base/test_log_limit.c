/*
 * test_log_limit.c - the number of lines of one kind that are written, and the
 * complete count of the others.
 */
#include <stdio.h>
#include <string.h>

#include "base/log_limit.h"
#include "tests/common/base/harness.h"

static bool
take(const char *event, const char *who, uint64_t now)
{
	const struct log_field f = LOG_WHO("tenant", who);

	return log_limit_take(LOG_INFO, event, &f, now);
}

/* The number of lines, out of n, that may be written at that time. */
static unsigned
written(const char *who, unsigned n, uint64_t now)
{
	unsigned lines = 0;

	for (unsigned i = 0; i < n; i++)
		lines += take("e", who, now);
	return lines;
}

static void
test_rate(void)
{
	log_limit_reset();
	CU_ASSERT_EQUAL(written("a", 1000, 5000), LOG_LIMIT_BURST);
	CU_ASSERT_EQUAL(written("a", 1000, 6000), LOG_LIMIT_RATE);
	CU_ASSERT_EQUAL(written("a", 1000, 16000), 10 * LOG_LIMIT_RATE);
	CU_ASSERT_EQUAL(written("a", 1000, 999999), LOG_LIMIT_BURST);
	CU_ASSERT(log_limit_take(LOG_WARN, "other", NULL, 999999));
}

/* Each subject has its own limit; so has each event. */
static void
test_kinds(void)
{
	log_limit_reset();
	CU_ASSERT_EQUAL(written("a", 1000, 1), LOG_LIMIT_BURST);
	CU_ASSERT_EQUAL(written("b", 1000, 1), LOG_LIMIT_BURST);
	CU_ASSERT_FALSE(take("e", "a", 1));
	CU_ASSERT(take("f", "a", 1));
	CU_ASSERT(log_limit_take(LOG_INFO, "e", NULL, 1));
}

static void
test_count(void)
{
	uint64_t more = 0;

	log_limit_reset();
	CU_ASSERT_PTR_NULL(log_limit_due(1, true, &more));
	(void)written("a", LOG_LIMIT_BURST + 7, 1000);
	CU_ASSERT_PTR_NULL(log_limit_due(1999, false, &more));
	const struct log_kind *k = log_limit_due(2000, false, &more);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_EQUAL(more, 7);
	CU_ASSERT_STRING_EQUAL(k->event, "e");
	CU_ASSERT_STRING_EQUAL(k->key, "tenant");
	CU_ASSERT(k->who_len == 1 && k->who[0] == 'a');
	CU_ASSERT_PTR_NULL(log_limit_due(2000, true, &more));
	(void)written("a", LOG_LIMIT_RATE + 3, 2000);
	CU_ASSERT_PTR_NOT_NULL(log_limit_due(2000, true, &more));
	CU_ASSERT_EQUAL(more, 3);
}

/* More kinds than buckets share one more bucket, and all are counted. */
static void
test_crowd(void)
{
	const unsigned n = 50 * LOG_LIMIT_KINDS;
	uint64_t more = 0, all = 0;
	unsigned lines = 0;
	char who[16];

	log_limit_reset();
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(who, sizeof(who), "c%u", i);
		lines += take("e", who, 1000);
	}
	CU_ASSERT_EQUAL(lines, LOG_LIMIT_KINDS + LOG_LIMIT_BURST);
	while (log_limit_due(1000, true, &more))
		all += more;
	CU_ASSERT_EQUAL(all + lines, n);
	/* after the flood the buckets are free again */
	CU_ASSERT_EQUAL(written("a", 100, 2000000), LOG_LIMIT_BURST);
}

static void
test_long_name(void)
{
	char who[3 * LOG_WHO_MAX];
	uint64_t more = 0;

	memset(who, 'x', sizeof(who) - 1);
	who[sizeof(who) - 1] = '\0';
	log_limit_reset();
	(void)written(who, LOG_LIMIT_BURST + 1, 1);
	const struct log_kind *k = log_limit_due(1, true, &more);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_EQUAL(k->who_len, LOG_WHO_MAX);
}

static const struct harness_test tests[] = {
	{ "so many, and so many a second", test_rate },
	{ "kinds are apart", test_kinds },
	{ "what was not written is counted", test_count },
	{ "more kinds than places", test_crowd },
	{ "a long name", test_long_name },
	{ NULL, NULL },
};

HARNESS_MAIN("log_limit", tests)
