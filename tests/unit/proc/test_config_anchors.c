/*
 * test_config_anchors.c - the list trust.anchors, and settings that are given
 * by an old name.
 */
#include <stdio.h>
#include <string.h>

#include "proc/config.h"
#include "wire/terms.h"

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"

#define TEXT_MAX 65536
#define BIT(name) ANCHOR_BIT(ANCHOR_##name)

/* The usual text with more in its groups `trust` and `token`. */
static err_t
parse(const char *trust, const char *token, struct buf *why,
      struct config **ret_config)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	lifeline_config(&text,
	                &(struct lifeline_config){ .trust_more = trust,
	                                           .token_more = token });
	buf_reset(why);
	return config_parse(buf_bytes(&text), why, ret_config);
}

static void
refuses(const char *trust, const char *token, const char *complaint)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;

	CU_ASSERT_EQUAL(parse(trust, token, &why, &c), E_MALFORMED);
	if (strstr(buf_str(&why), complaint))
		return;
	printf("  \"%s\" instead of \"%s\"\n", buf_str(&why), complaint);
	CU_FAIL("another complaint");
}

/* --- the list ------------------------------------------------------------- */

static void
test_list(void)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *none = NULL;
	AUTO(config_free) struct config *empty = NULL;
	AUTO(config_free) struct config *c = NULL;

	CU_ASSERT_EQUAL_FATAL(parse("", "", &why, &none), OK);
	CU_ASSERT_EQUAL(none->n_anchors, 0);
	CU_ASSERT_EQUAL_FATAL(parse("anchors = ();", "", &why, &empty), OK);
	CU_ASSERT_EQUAL(empty->n_anchors, 0);
	CU_ASSERT_EQUAL_FATAL(
	        parse("anchors = ("
	              "{ file = \"/a\"; purposes = [ \"android-key\" ]; },"
	              "{ purposes = ( \"tpm2-ek\", \"tpm2-ak\" );"
	              "  file = \"/b\"; } );",
	              "", &why, &c),
	        OK);
	CU_ASSERT_EQUAL_FATAL(c->n_anchors, 2);
	CU_ASSERT_STRING_EQUAL(c->anchors[0].file, "/a");
	CU_ASSERT_EQUAL(c->anchors[0].purposes, BIT(ANDROID_KEY));
	CU_ASSERT_STRING_EQUAL(c->anchors[1].file, "/b");
	CU_ASSERT_EQUAL(c->anchors[1].purposes, BIT(TPM2_EK) | BIT(TPM2_AK));
	CU_ASSERT_EQUAL(c->n_renamed, 0);
	CU_ASSERT_STRING_EQUAL(config_anchor_name(0), "trust");
	CU_ASSERT_STRING_EQUAL(config_anchor_name(7), "trust-8");
}

static void
test_list_refused(void)
{
	static const struct {
		const char *trust, *complaint;
	} rows[] = {
		{ "anchors = \"/a\";", "trust.anchors must be a list" },
		{ "anchors = [ \"/a\" ];", "trust.anchors must be a list" },
		{ "anchors = ( \"/a\" );", "a group { ... }" },
		{ "anchors = ( { } );", "must have file and purposes" },
		{ "anchors = ( { file = \"/a\"; } );",
		  "must have file and purposes" },
		{ "anchors = ( { purposes = [ \"tpm2-ek\" ]; } );",
		  "must have file and purposes" },
		{ "anchors = ( { file = \"/a\"; purposes = [ ]; } );",
		  "the list is empty" },
		{ "anchors = ( { file = \"/a\"; purposes = \"tpm2-ek\"; } );",
		  "expected a list" },
		{ "anchors = ( { file = \"/a\"; purposes = [ \"tpm\" ]; } );",
		  "unknown purpose tpm" },
		{ "anchors = ( { file = \"a\"; purposes = [ \"tpm2-ek\" ]; }"
		  " );",
		  "\"a\" is not an absolute path" },
		{ "anchors = ( { file = \"\"; purposes = [ \"tpm2-ek\" ]; } );",
		  "is not an absolute path" },
		{ "anchors = ( { file = 1; purposes = [ \"tpm2-ek\" ]; } );",
		  "expected a string" },
		{ "anchors = ( { file = \"/a\"; purpose = [ \"tpm2-ek\" ]; }"
		  " );",
		  "unknown setting trust.anchors.purpose" },
		{ "anchors = ( { file = \"/a\"; purposes = [ \"tpm2-ek\" ]; },"
		  " { file = \"/a\"; purposes = [ \"tpm2-ak\" ]; } );",
		  "/a occurs twice" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		refuses(rows[i].trust, "", rows[i].complaint);
}

/* As many files as there is room for. */
static void
test_list_full(void)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(buf_release) struct buf text = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;

	buf_append_str(&text, "anchors = (");
	for (int i = 0; i < CONFIG_ANCHORS_MAX; i++)
		buf_printf(&text,
		           "%s{ file = \"/%d\"; purposes = [\"tpm2-ak\"]; }",
		           i ? "," : "", i);
	size_t full = text.len;
	buf_append_str(&text, ");");
	CU_ASSERT_EQUAL_FATAL(parse(buf_str(&text), "", &why, &c), OK);
	CU_ASSERT_EQUAL(c->n_anchors, CONFIG_ANCHORS_MAX);
	text.len = full;
	buf_append_str(&text,
	               ", { file = \"/x\"; purposes = [\"tpm2-ak\"]; } );");
	refuses(buf_str(&text), "", "more than 8 files");
}

/* --- old names ------------------------------------------------------------ */

static void
expect_renamed(const struct config *c, size_t i, const char *group,
               const char *old_name, const char *new_name)
{
	CU_ASSERT_FATAL(i < c->n_renamed);
	CU_ASSERT_STRING_EQUAL(c->renamed[i].group, group);
	CU_ASSERT_STRING_EQUAL(c->renamed[i].old_name, old_name);
	CU_ASSERT_STRING_EQUAL(c->renamed[i].new_name, new_name);
	CU_ASSERT(c->renamed[i].line > 0);
}

static void
test_old_names(void)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;
	AUTO(config_free) struct config *none = NULL;

	CU_ASSERT_EQUAL_FATAL(parse("roots = \"/r\";",
	                            "beside = \"tpm2:device:/dev/t\";"
	                            "pin_low_told = 1;",
	                            &why, &c),
	                      OK);
	CU_ASSERT_EQUAL_FATAL(c->n_anchors, 1);
	CU_ASSERT_STRING_EQUAL(c->anchors[0].file, "/r");
	CU_ASSERT_EQUAL(c->anchors[0].purposes, BIT(ANDROID_KEY));
	CU_ASSERT_STRING_EQUAL(c->tokens[0].companion_tpm,
	                       "tpm2:device:/dev/t");
	CU_ASSERT_EQUAL(c->tokens[0].reports_pin_count_low, 1);
	CU_ASSERT_EQUAL(c->n_renamed, 3);
	expect_renamed(c, 0, "trust", "roots", "anchors");
	expect_renamed(c, 1, "token", "beside", "companion_tpm");
	expect_renamed(c, 2, "token", "pin_low_told", "reports_pin_count_low");

	CU_ASSERT_EQUAL_FATAL(parse("roots = \"\";", "", &why, &none), OK);
	CU_ASSERT_EQUAL(none->n_anchors, 0);
	refuses("roots = \"r\";", "",
	        "trust.roots: \"r\" is not an absolute path");
	refuses("roots = 5;", "", "expected a string in quotes");
	refuses("roots = ();", "", "expected a string in quotes");
	refuses("roots = ( { file = \"/a\"; purposes = [ \"tpm2-ek\" ]; } );",
	        "", "expected a string in quotes");
	refuses("", "pin_low_told = 2;", "is not between 0 and 1");
}

/* In either order: it is not known which of the two is meant. */
static void
test_both_names(void)
{
	refuses("roots = \"/r\"; anchors = ();", "",
	        "trust.roots is the old name of trust.anchors");
	refuses("anchors = (); roots = \"\";", "",
	        "trust.roots is the old name of trust.anchors");
	refuses("", "beside = \"tpm2:x\"; companion_tpm = \"tpm2:x\";",
	        "token.beside is the old name of token.companion_tpm");
	refuses("", "reports_pin_count_low = 1; pin_low_told = 1;",
	        "token.pin_low_told is the old name of "
	        "token.reports_pin_count_low");
}

static const struct harness_test tests[] = {
	{ "reads files and their purposes", test_list },
	{ "refuses a row that is half of one", test_list_refused },
	{ "has room for eight files and no more", test_list_full },
	{ "takes an old name and says the new one", test_old_names },
	{ "refuses a setting by both names", test_both_names },
	{ NULL, NULL },
};

HARNESS_MAIN("config_anchors", tests)
