/*
 * test_android_lenient.c - what is forgiven in a KeyDescription: each leniency
 * by its name, counted, and no meaning changed.
 */
#include "tests/unit/evidence/test_android_kept.h"

static void
lenient_once(const char *list, enum der_leniency leniency)
{
	AUTO(kept_free) struct key_kept *k = parse_lists("", list);

	CU_ASSERT_EQUAL(k->err, OK);
	CU_ASSERT_EQUAL(k->d.lenient.seen, (uint32_t)1 << leniency);
	CU_ASSERT_EQUAL(k->d.lenient.count[leniency], 1);

	/* A strict reader takes none. */
	struct der strict = der_of(buf_bytes(&k->der), NULL);
	der_forgive(&strict, leniency);
	CU_ASSERT(!der_done(&strict));
}

static void
test_boolean(void)
{
	static const char list[] = "bf85400c 300a 0402aabb 010101 0a0101";
	AUTO(kept_free) struct key_kept *k = parse_lists("", list);

	CU_ASSERT(k->d.hardware_enforced.root_of_trust.device_locked);
	lenient_once(list, LENIENT_BOOLEAN_NOT_DER);
}

static void
test_integer(void)
{
	AUTO(kept_free) struct key_kept *k = parse_lists("", "a304 02020007");

	CU_ASSERT_EQUAL(k->d.hardware_enforced.key_size, 7);
	lenient_once("a304 02020007", LENIENT_INTEGER_NOT_MINIMAL);
	lenient_once("a30c 020a 00000000000000000007",
	             LENIENT_INTEGER_NOT_MINIMAL);
	CU_ASSERT(hardware_good("a304 02020080"));
	CU_ASSERT(hardware_good("a30b 0209 00ffffffffffffffff"));
	CU_ASSERT(refused("a30b 0209 01ffffffffffffffff"));
	CU_ASSERT(refused("a303 020180")); /* negative */
	CU_ASSERT(refused("a304 0202ff80"));
	CU_ASSERT(refused("a302 0200")); /* no value */
}

static void
test_length(void)
{
	lenient_once("a38103 020107", LENIENT_LENGTH_NOT_MINIMAL);
	lenient_once("a383000003 020107", LENIENT_LENGTH_NOT_MINIMAL);
	lenient_once("a304 02810107", LENIENT_LENGTH_NOT_MINIMAL);
	CU_ASSERT(refused("bf8768 80"));             /* indefinite */
	CU_ASSERT(refused("a380 020107 0000"));      /* indefinite */
	CU_ASSERT(refused("a3850000000003 020107")); /* five bytes of it */
	CU_ASSERT(refused("a384ffffffff 020107"));   /* beyond the input */
}

static void
test_set(void)
{
	AUTO(kept_free)
	struct key_kept *k = parse_lists("", "a508 3106 020104 020102");

	CU_ASSERT_EQUAL(k->d.hardware_enforced.digest.n, 2);
	CU_ASSERT_EQUAL(k->d.hardware_enforced.digest.values[0], 4);
	CU_ASSERT_EQUAL(k->d.hardware_enforced.digest.values[1], 2);
	lenient_once("a508 3106 020104 020102", LENIENT_SET_NOT_SORTED);
	CU_ASSERT(hardware_good("a508 3106 020102 020104"));
	CU_ASSERT(refused("a508 3006 020102 020104")); /* SEQUENCE OF */

	AUTO(buf_release) struct buf many = buf_of(KIT_MAX);
	for (int i = 0; i <= ANDROID_SET_MAX; i++)
		buf_append_str(&many, "020101");
	AUTO(buf_release) struct buf set = buf_of(KIT_MAX);
	AUTO(buf_release) struct buf tag = buf_of(KIT_MAX);
	kit_put(&set, "31", buf_str(&many));
	put_tag(&tag, 5, buf_str(&set));
	CU_ASSERT(refused(buf_str(&tag)));
}

static void
test_order(void)
{
	lenient_once("a303020107 a203020101", LENIENT_TAGS_NOT_ASCENDING);
	AUTO(kept_free)
	struct key_kept *both =
	        parse_lists("a303020107 a203020101", "bf837702 0500 a702 0500");
	CU_ASSERT_EQUAL(both->err, OK);
	CU_ASSERT_EQUAL(both->d.lenient.count[LENIENT_TAGS_NOT_ASCENDING], 2);
}

static void
test_names(void)
{
	for (enum der_leniency l = 0; l < LENIENT_COUNT; l++)
		CU_ASSERT(strlen(der_leniency_name(l)) > 0);
	CU_ASSERT_STRING_EQUAL(der_leniency_name(LENIENT_COUNT), "");
	CU_ASSERT_STRING_EQUAL(der_leniency_name(LENIENT_SET_NOT_SORTED),
	                       "set-not-sorted");
}

static const struct harness_test tests[] = {
	{ "boolean-not-der", test_boolean },
	{ "integer-not-minimal", test_integer },
	{ "length-not-minimal", test_length },
	{ "set-not-sorted", test_set },
	{ "tags-not-ascending", test_order },
	{ "leniencies have names", test_names },
	{ NULL, NULL },
};

HARNESS_MAIN("android_lenient", tests)
