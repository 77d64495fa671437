/*
 * test_android_parse.c - KeyDescription: every tag, and what is none.
 */
#include "tests/unit/evidence/test_android_kept.h"

#define ROOT "bf854013 3011 0402aabb 0101ff 0a0100 0405 0102030405"

/* --- what is there -------------------------------------------------------- */

static void
test_head(void)
{
	AUTO(kept_free) struct key_kept *k = parse_lists("", "");

	CU_ASSERT_EQUAL(k->err, OK);
	CU_ASSERT_EQUAL(k->d.attestation_version, 300);
	CU_ASSERT_EQUAL(k->d.attestation_security_level, LEVEL_TEE);
	CU_ASSERT_EQUAL(k->d.keymint_version, 300);
	CU_ASSERT_EQUAL(k->d.keymint_security_level, LEVEL_TEE);
	CU_ASSERT(bytes_equal_str(k->d.attestation_challenge, "abc"));
	CU_ASSERT_EQUAL(k->d.unique_id.len, 0);
	CU_ASSERT_EQUAL(k->d.hardware_enforced.present, 0);
}

/* One value of each kind in each tag of the table. */
static const struct tag_sample {
	uint32_t number;
	enum android_tag tag;
	const char *kind;
} samples[] = {
#define TAG(number, name, kind) { number, TAG_##name, #kind },
#include "evidence/android/tags.def"
#undef TAG
};

static const char *
value_of(const char *kind)
{
	static const char *const values[][2] = {
		{ "SET", "3106020101020102" },
		{ "INT", "020107" },
		{ "FLAG", "0500" },
		{ "BYTES", "0401aa" },
		{ "TEXT", "040141" },
		{ "ROOT", "300a 0400 010100 0a0103 0400" },
		{ "APP", "0406 3004 3100 3100" },
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (strcmp(values[i][0], kind) == 0)
			return values[i][1];
	return NULL;
}

static void
test_tags(void)
{
	AUTO(buf_release) struct buf all = buf_of(KIT_MAX);

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		AUTO(buf_release) struct buf one = buf_of(KIT_MAX);
		const char *value = value_of(samples[i].kind);

		put_tag(&one, samples[i].number, value);
		put_tag(&all, samples[i].number, value);
		AUTO(kept_free)
		struct key_kept *k = parse_lists(buf_str(&one), "");
		CU_ASSERT_EQUAL(k->err, OK);
		CU_ASSERT_EQUAL(k->d.software_enforced.present,
		                (uint64_t)1 << samples[i].tag);
		put_tag(&one, samples[i].number, value);
		CU_ASSERT(refused(buf_str(&one))); /* given twice */
	}
	AUTO(kept_free) struct key_kept *k = parse_lists("", buf_str(&all));
	CU_ASSERT_EQUAL(k->err, OK);
	CU_ASSERT_EQUAL(k->d.lenient.seen, 0);
	CU_ASSERT_EQUAL(k->d.hardware_enforced.present,
	                ((uint64_t)1 << TAG_COUNT) - 1);
	CU_ASSERT_EQUAL(k->d.hardware_enforced.key_size, 7);
	CU_ASSERT_EQUAL(k->d.hardware_enforced.purpose.n, 2);
	CU_ASSERT(android_set_holds(&k->d.hardware_enforced.purpose, 2));
	CU_ASSERT(!android_set_holds(&k->d.hardware_enforced.purpose, 3));
	CU_ASSERT(k->d.hardware_enforced.no_auth_required);
	CU_ASSERT_EQUAL(
	        k->d.hardware_enforced.root_of_trust.verified_boot_state,
	        BOOT_FAILED);
}

/* A value of any other kind is no value of this tag. */
static void
test_wrong_kind(void)
{
	static const char *const others[] = {
		"3106020101020102",
		"020107",
		"0500",
		"0401aa",
		"0101ff",
		"0a0101",
		"300a 0400 010100 0a0103 0400",
		"0406 3004 3100 3100",
		"",
		"0500 0500",
	};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const char *mine = value_of(samples[i].kind);

		for (size_t k = 0; k < ARRAY_LEN(others); k++) {
			AUTO(buf_release) struct buf one = buf_of(KIT_MAX);
			bool octets = strncmp(others[k], "04", 2) == 0 &&
			              strncmp(mine, "04", 2) == 0;

			if (strcmp(others[k], mine) == 0 ||
			    (octets && strcmp(samples[i].kind, "APP") != 0))
				continue;
			put_tag(&one, samples[i].number, others[k]);
			CU_ASSERT(refused(buf_str(&one)));
		}
	}
}

/* A flag is there or it is not: its NULL holds nothing. */
static void
test_flag(void)
{
	CU_ASSERT(hardware_good("a702 0500"));
	CU_ASSERT(refused("a703 050100"));
}

static void
test_root_of_trust(void)
{
	AUTO(kept_free) struct key_kept *k = parse_lists("", ROOT);
	const struct root_of_trust *root =
	        &k->d.hardware_enforced.root_of_trust;

	CU_ASSERT_EQUAL_FATAL(k->err, OK);
	CU_ASSERT(android_has(&k->d.hardware_enforced, TAG_root_of_trust));
	CU_ASSERT_EQUAL(root->verified_boot_key.len, 2);
	CU_ASSERT(root->device_locked);
	CU_ASSERT_EQUAL(root->verified_boot_state, BOOT_VERIFIED);
	CU_ASSERT(root->has_hash);
	CU_ASSERT_EQUAL(root->verified_boot_hash.len, 5);

	/* Version 1 and 2 have no hash. */
	AUTO(kept_free)
	struct key_kept *old =
	        parse_lists("", "bf85400c 300a 0402aabb 010100 0a0101");
	CU_ASSERT_EQUAL(old->err, OK);
	CU_ASSERT(!old->d.hardware_enforced.root_of_trust.has_hash);
	CU_ASSERT(!old->d.hardware_enforced.root_of_trust.device_locked);

	CU_ASSERT(refused("bf85400c 300a 0402aabb 010100 0a0104")); /* state */
	CU_ASSERT(
	        refused("bf85400c 300a 0402aabb 010100 020101")); /* INTEGER */
	CU_ASSERT(refused("bf85400d 300b 0402aabb 01020000 0a0101"));
	CU_ASSERT(refused("bf854009 3007 0402aabb 010100")); /* no state */
	CU_ASSERT(refused("bf854010 300e 0402aabb 010100 0a0101 0400 0400"));
}

static void
test_application(void)
{
	AUTO(kept_free)
	struct key_kept *good = parse_lists(
	        "bf854520 041e 301c "
	        "3114 3007 040161 020200ff 3009 040162 020480000001 "
	        "3104 0402cafe",
	        "");
	const struct android_application *app =
	        &good->d.software_enforced.attestation_application_id;
	CU_ASSERT_EQUAL_FATAL(good->err, OK);
	CU_ASSERT_EQUAL(app->n_packages, 2);
	CU_ASSERT(bytes_equal_str(app->packages[0].name, "a"));
	CU_ASSERT_EQUAL(app->packages[0].version, 255);
	CU_ASSERT_EQUAL(app->packages[1].version, -2147483647);
	CU_ASSERT_EQUAL(app->n_digests, 1);
	CU_ASSERT_EQUAL(app->digests[0].len, 2);

	CU_ASSERT(refused("bf854508 0406 3004 3100 0400"));
	CU_ASSERT(refused("bf854506 0404 3002 3100")); /* no digests */
	CU_ASSERT(refused("bf85450a 0408 3006 3100 3100 0500"));
	CU_ASSERT(refused("bf854506 3004 3100 3100")); /* not in octets */
	CU_ASSERT(refused("bf85450a 0408 3004 3100 3100 0500")); /* behind it */
}

static void
test_unknown(void)
{
	AUTO(kept_free)
	struct key_kept *k = parse_lists("", "ab03 020105 bf876804 0402abcd");
	const struct android_list *list = &k->d.hardware_enforced;

	CU_ASSERT_EQUAL_FATAL(k->err, OK);
	CU_ASSERT_EQUAL(list->n_unknown, 1);
	CU_ASSERT_EQUAL(list->unknown[0].tag, 1000);
	CU_ASSERT_EQUAL(list->unknown[0].value.len, 4);
	CU_ASSERT_EQUAL(list->ml_dsa_variant, 5);
	CU_ASSERT_EQUAL(k->d.lenient.seen, 0);

	CU_ASSERT(hardware_good("bf8768 00")); /* whatever it holds */
	CU_ASSERT(refused("bf8768 00 bf8768 00"));

	AUTO(buf_release) struct buf many = buf_of(KIT_MAX);
	for (uint32_t n = 0; n < ANDROID_UNKNOWN_MAX; n++)
		put_tag(&many, 1000 + n, "");
	CU_ASSERT(hardware_good(buf_str(&many)));
	put_tag(&many, 1000 + ANDROID_UNKNOWN_MAX, "");
	CU_ASSERT(refused(buf_str(&many)));
}

/* Tags that only old KeyMints, or special keys, have. */
static void
test_rare(void)
{
	AUTO(kept_free)
	struct key_kept *k = parse_lists(
	        "", "bf823003 020101 bf831303 02013c bf831403 020105"
	            "bf855102 0500 bf855202 0500");
	const struct android_list *list = &k->d.hardware_enforced;

	CU_ASSERT_EQUAL_FATAL(k->err, OK);
	CU_ASSERT_EQUAL(list->n_unknown, 0);
	CU_ASSERT_EQUAL(list->hardware_type, 1);
	CU_ASSERT_EQUAL(list->min_seconds_between_ops, 60);
	CU_ASSERT_EQUAL(list->max_uses_per_boot, 5);
	CU_ASSERT(list->identity_credential_key && list->storage_key);
	CU_ASSERT_EQUAL(k->d.lenient.seen, 0);
}

/* --- the frame -------------------------------------------------- */

static bool
whole_refused(const char *hex)
{
	AUTO(kept_free) struct key_kept *k = parse(kit_hex(hex));

	return k->err == E_MALFORMED;
}

static void
test_frame(void)
{
	CU_ASSERT(whole_refused(""));
	CU_ASSERT(whole_refused("3000"));
	/* eight fields */
	CU_ASSERT(!whole_refused("3014 020103 0a0101 020104 0a0101 0400 0400 "
	                         "3000 3000"));
	/* seven, nine, and a byte behind */
	CU_ASSERT(whole_refused(
	        "3012 020103 0a0101 020104 0a0101 0400 0400 3000"));
	CU_ASSERT(whole_refused("3016 020103 0a0101 020104 0a0101 0400 0400 "
	                        "3000 3000 0500"));
	CU_ASSERT(whole_refused("3014 020103 0a0101 020104 0a0101 0400 0400 "
	                        "3000 3000 00"));
	/* levels: 3 is none, INTEGER is not ENUMERATED */
	CU_ASSERT(whole_refused("3014 020103 0a0103 020104 0a0101 0400 0400 "
	                        "3000 3000"));
	CU_ASSERT(whole_refused("3014 020103 0a0101 020104 0a0103 0400 0400 "
	                        "3000 3000"));
	CU_ASSERT(whole_refused("3014 020103 020101 020104 0a0101 0400 0400 "
	                        "3000 3000"));
	CU_ASSERT(whole_refused("3114 020103 0a0101 020104 0a0101 0400 0400 "
	                        "3000 3000"));
}

static void
test_identifiers(void)
{
	CU_ASSERT(hardware_good("bf837702 0500"));
	CU_ASSERT(hardware_good("bf8fffff7f 02 0500"));
	CU_ASSERT(refused("bf80837702 0500"));      /* a leading zero */
	CU_ASSERT(refused("bf03 03 020107"));       /* 3 in the high form */
	CU_ASSERT(refused("bf8f8f8f8f77 02 0500")); /* more than 28 bits */
	CU_ASSERT(refused("8301 07"));              /* not constructed */
	CU_ASSERT(refused("6303 020107"));          /* class application */
	CU_ASSERT(refused("020107"));
}

/* No beginning of a description is one. */
static void
test_cut(void)
{
	AUTO(buf_release)
	struct buf whole = kit_description("a508 3106 020102 020104", ROOT);

	for (size_t n = 0; n < whole.len; n++) {
		struct buf part = buf_of(KIT_MAX);

		buf_append(&part, bytes_of(whole.data, n));
		AUTO(kept_free) struct key_kept *k = parse(part);
		CU_ASSERT_EQUAL(k->err, E_MALFORMED);
	}
	AUTO(kept_free)
	struct key_kept *k =
	        parse(kit_description("a508 3106 020102 020104", ROOT));
	CU_ASSERT_EQUAL(k->err, OK);
}

static void
test_versions(void)
{
	static const uint64_t known[] = { 1, 2, 3, 4, 100, 200, 300, 400, 500 };
	static const uint64_t unknown[] = { 0, 5, 99, 101, 600, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		CU_ASSERT(android_version_known(known[i]));
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		CU_ASSERT(!android_version_known(unknown[i]));
}

static const struct harness_test tests[] = {
	{ "the fields ahead of the lists", test_head },
	{ "every tag once, and none twice", test_tags },
	{ "a value of another kind", test_wrong_kind },
	{ "flags", test_flag },
	{ "root of trust", test_root_of_trust },
	{ "application id", test_application },
	{ "unknown tags are kept", test_unknown },
	{ "tags that are rare", test_rare },
	{ "eight fields, no more and no fewer", test_frame },
	{ "identifiers", test_identifiers },
	{ "cut anywhere", test_cut },
	{ "versions", test_versions },
	{ NULL, NULL },
};

HARNESS_MAIN("android_parse", tests)
