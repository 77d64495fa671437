/*
 * test_policy_compare.c - what formats say of the difference of two sets of rules.
 */
#include <stdio.h>
#include <string.h>

#include "policy/group.h"
#include "tests/common/base/harness.h"
#include "tests/unit/policy/mixed.h"

#define TEXT_MAX 8192

static struct policy *
parse_rules(const char *rules)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct policy *p = NULL;

	buf_printf(&text,
	           "id=\"t\";version=1;workflows:{enroll:{formats=["
	           "\"android-key\",\"tpm2-quote\"];};};%s",
	           rules);
	err_t e = policy_parse(buf_bytes(&text), &why, &p);
	if (e != OK)
		printf("%s\n", buf_str(&why));
	CU_ASSERT_EQUAL_FATAL(e, OK);
	return p;
}

/* "+setting: what" or "-setting: what", and a semicolon. */
static void
note_change(void *arg, const struct policy_change *change)
{
	buf_printf(arg, "%s%s: %s;", change->wider ? "+" : "-", change->setting,
	           change->what);
}

static void
compare_all(const struct policy *a, const struct policy *b, struct buf *out)
{
	const struct policy_group *group;

	buf_reset(out);
	for (size_t i = 0; (group = policy_group_at(i)); i++)
		if (group->compare)
			group->compare(policy_rules(a, group),
			               policy_rules(b, group), note_change,
			               out);
}

/* Both ways: what one way accepts, the other way refuses. */
static const struct row {
	const char *before, *after, *says, *back;
} rows[] = {
	{ "", "android:{};tpm2:{};", "", "" },
	{ "", "android:{levels=[\"tee\"];};", "-levels: strongbox;",
	  "+levels: strongbox;" },
	{ "android:{os_version=120000;};", "android:{os_version=140000;};",
	  "-os_version: a value from 120000 to below 140000;",
	  "+os_version: a value from 120000 to below 140000;" },
	{ "", "android:{os_patch=202601;};",
	  "-os_patch: a value below 202601, or none;",
	  "+os_patch: a value below 202601, or none;" },
	{ "", "android:{os_patch_age=90;};",
	  "-os_patch_age: more than 90 days;",
	  "+os_patch_age: more than 90 days;" },
	{ "android:{os_patch_age=120;};", "android:{os_patch_age=90;};",
	  "-os_patch_age: more than 90, up to 120 days;",
	  "+os_patch_age: more than 90, up to 120 days;" },
	{ "", "android:{locked=false;};", "+locked: an unlocked boot loader;",
	  "-locked: an unlocked boot loader;" },
	{ "", "android:{rkp_only=true;};",
	  "-rkp_only: a key that was not provisioned remotely;",
	  "+rkp_only: a key that was not provisioned remotely;" },
	{ "", "android:{proofs=false;};",
	  "-proofs: a proof by the enrolled key;",
	  "+proofs: a proof by the enrolled key;" },
	{ "android:{brands=[\"a\",\"b\"];};", "android:{brands=[\"b\"];};",
	  "-brands: a;", "+brands: a;" },
	{ "android:{apps=({package=\"a\";signers=[\"" MIXED_0 "\"];});};",
	  "android:{apps=({package=\"a\";signers=[\"" MIXED_0
	  "\"];min_version=7;});};",
	  "-apps: the application a from version 0 to below version 7;",
	  "+apps: the application a from version 0 to below version 7;" },
	/* Two rows of one package are two ways to be accepted. */
	{ "android:{apps=({package=\"a\";signers=[\"" MIXED_0
	  "\"];},{package=\"a\";signers=[\"" MIXED_1 "\"];});};",
	  "android:{apps=({package=\"a\";signers=[\"" MIXED_0 "\"];});};",
	  "-apps: the application a;", "+apps: the application a;" },
	{ "android:{states=({name=\"a\";boot_hashes=[\"" MIXED_0 "\"];});};",
	  "android:{states=({name=\"b\";boot_hashes=[\"" MIXED_0 "\"];});};",
	  "-states: the state a;+states: the state b;",
	  "-states: the state b;+states: the state a;" },
	{ "", "tpm2:{schemes=[\"ecdsa\",\"rsapss\"];};", "-schemes: rsassa;",
	  "+schemes: rsassa;" },
	{ "",
	  "tpm2:{pcrs=({bank=\"sha256\";index=7;values=[\"" MIXED_0 "\"];});};",
	  "-pcrs sha256:7: any value but those that the rule lists;",
	  "+pcrs sha256:7: any value but those that the rule lists;" },
	{ "tpm2:{pcrs=({bank=\"sha256\";index=7;values=[\"" MIXED_0 "\"];});};",
	  "tpm2:{pcrs=({bank=\"sha256\";index=7;values=[\"" MIXED_0
	  "\",\"" MIXED_1 "\"];});};",
	  "+pcrs sha256:7: the value " MIXED_1 ";",
	  "-pcrs sha256:7: the value " MIXED_1 ";" },
	{ "tpm2:{states=({name=\"a\";pcrs=({bank=\"sha256\";index=0;values=["
	  "\"" MIXED_0 "\"];});});};",
	  "tpm2:{states=({name=\"a\";pcrs=({bank=\"sha256\";index=0;values=["
	  "\"" MIXED_1 "\"];});});};",
	  "-a pcrs sha256:0: the value " MIXED_0
	  ";+a pcrs sha256:0: the value " MIXED_1 ";",
	  "-a pcrs sha256:0: the value " MIXED_1
	  ";+a pcrs sha256:0: the value " MIXED_0 ";" },
};

static void
check_row(const struct row *row)
{
	AUTO(policy_free) struct policy *a = parse_rules(row->before);
	AUTO(policy_free) struct policy *b = parse_rules(row->after);
	AUTO(buf_release) struct buf said = buf_of(TEXT_MAX);

	compare_all(a, b, &said);
	if (strcmp(buf_str(&said), row->says) != 0)
		printf("%s\n", buf_str(&said));
	CU_ASSERT_STRING_EQUAL(buf_str(&said), row->says);
	compare_all(b, a, &said);
	if (strcmp(buf_str(&said), row->back) != 0)
		printf("%s\n", buf_str(&said));
	CU_ASSERT_STRING_EQUAL(buf_str(&said), row->back);
}

static void
test_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_row(&rows[i]);
}

static const struct harness_test tests[] = {
	{ "what becomes accepted one way is refused the other", test_rows },
	{ NULL, NULL },
};

HARNESS_MAIN("policy_compare", tests)
