/*
 * test_ceremony_plan.c - plans and sites: what they may say, and what becomes of
 * names.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/ceremony_kit.h"

static void
test_one_spelling(void)
{
	AUTO(ceremony_plan_free) struct ceremony_plan *plan = NULL;
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(buf_release) struct buf again = buf_of(CEREMONY_TEXT_MAX);

	CU_ASSERT_EQUAL_FATAL(
	        ceremony_plan_parse(bytes_of_str(PLAN), &why, &plan), OK);
	ceremony_plan_put(&again, plan);
	CU_ASSERT_STRING_EQUAL(buf_str(&again), PLAN);
	ceremony_kit_refuse_plan(PLAN "# a comment\n", "");
	ceremony_kit_refuse_plan(PLAN "extra = 1;\n", "unknown setting");
	ceremony_kit_refuse_plan(PLAN_HEAD
	                         "keys = \"some\";\n" PLAN_PRESENT PLAN_TOKENS
	                                 PLAN_STEPS(KEYGEN),
	                         "keys");
}

static void
test_steps(void)
{
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token  list"),
	                         "single spaces");
	ceremony_kit_refuse_plan(PLAN_OF("stay", " token list"),
	                         "single spaces");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token list "),
	                         "single spaces");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token list $x"),
	                         "begins no ${NAME}");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token list ${x"),
	                         "begins no ${NAME}");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token list ${}"),
	                         "begins no ${NAME}");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token list ${X}"),
	                         "begins no ${NAME}");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "ceremony run x"),
	                         "runs no ceremony");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "${verb} run x"),
	                         "runs no ceremony");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "trust ${verb} x"),
	                         "names its verb");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "trust ap${verb} x"),
	                         "names its verb");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "t${verb} list x"),
	                         "names its verb");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token ${verb}"),
	                         "names its verb");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token list --${x} y"),
	                         "in an option");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token list --a${x}"),
	                         "in an option");
	ceremony_kit_refuse_plan(PLAN_OF("stay", "token list --json"),
	                         "text for people");
	ceremony_kit_refuse_plan(PLAN_HEAD
	                         "keys = \"stay\";\n" PLAN_PRESENT PLAN_TOKENS
	                         "steps = (\n  {\n    instruct = \"a\";\n"
	                         "    run = \"b\";\n  }\n);\n",
	                         "either instruct or run");
	ceremony_kit_refuse_plan(PLAN_HEAD
	                         "keys = \"stay\";\n" PLAN_PRESENT PLAN_TOKENS
	                         "steps = (\n  {\n  }\n);\n",
	                         "either instruct or run");
}

static void
test_rows(void)
{
	ceremony_kit_refuse_plan(
	        PLAN_HEAD
	        "keys = \"stay\";\npresent = (\n"
	        "  {\n    role = \"a\";\n  },\n"
	        "  {\n    role = \"a\";\n  }\n);\n" PLAN_TOKENS PLAN_STEPS(
	                KEYGEN),
	        "there twice");
	ceremony_kit_refuse_plan(
	        PLAN_HEAD
	        "keys = \"stay\";\n" PLAN_PRESENT
	        "tokens = (\n  {\n    module = \"m\";\n  }\n);\n" PLAN_STEPS(
	                KEYGEN),
	        "uri, or module and label");
	ceremony_kit_refuse_plan(
	        PLAN_HEAD
	        "keys = \"stay\";\n" PLAN_PRESENT
	        "tokens = (\n  {\n    module = \"m\";\n"
	        "    label = \"l\";\n    uri = \"u\";\n  }\n);\n" PLAN_STEPS(
	                KEYGEN),
	        "uri, or module and label");
	ceremony_kit_refuse_plan(
	        PLAN_HEAD
	        "keys = \"stay\";\n" PLAN_PRESENT
	        "tokens = (\n  {\n    uri = \"$\";\n  }\n);\n" PLAN_STEPS(
	                KEYGEN),
	        "begins no ${NAME}");
}

/* --- sites ------------------------------------------------------------------ */

static void
fit(const char *plan_text, const char *site_text, const char *words)
{
	AUTO(ceremony_plan_free) struct ceremony_plan *plan = NULL;
	AUTO(ceremony_site_free) struct ceremony_site *site = NULL;
	AUTO(buf_release) struct buf why = buf_of(4096);

	CU_ASSERT_EQUAL_FATAL(
	        ceremony_plan_parse(bytes_of_str(plan_text), &why, &plan), OK);
	CU_ASSERT_EQUAL_FATAL(
	        ceremony_site_parse(bytes_of_str(site_text), &why, &site), OK);
	CU_ASSERT_EQUAL(ceremony_fit(plan, site, &why),
	                words ? E_MALFORMED : OK);
	if (words)
		CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), words));
}

static void
test_fit(void)
{
	static const char twice[] =
	        "format = 1;\npresent = (\n"
	        "  {\n    role = \"officer\";\n    person = \"A\";\n  },\n"
	        "  {\n    role = \"witness\";\n    person = \"B\";\n  },\n"
	        "  {\n    role = \"hsm\";\n    person = \"C\";\n  }\n);\n"
	        "values = (\n"
	        "  {\n    name = \"module\";\n    value = \"m\";\n  },\n"
	        "  {\n    name = \"token\";\n    value = \"t\";\n  },\n"
	        "  {\n    name = \"token\";\n    value = \"u\";\n  }\n);\n";

	fit(PLAN, SITE, NULL);
	fit(PLAN, SITE_OF("--x", "t"), "begin with a dash");
	fit(PLAN, SITE_OF("m", "pkcs11:a?pin-value=1"), "no PIN");
	fit(PLAN, SITE_OF("m", "pkcs11:a?b=c&pin-source=f"), "no PIN");
	fit(PLAN, SITE_OF("m", "pkcs11:token=pin;object=value"), NULL);
	fit(PLAN, twice, "there twice, or the plan does not use it");
	fit(PLAN_OF("stay", "token list ${other}"), SITE,
	    "no value for ${other}");
}

static void
test_expand(void)
{
	AUTO(ceremony_kit_release) struct ceremony_kit k;
	AUTO(buf_release) struct buf out = buf_of(4096);

	ceremony_kit_begin(&k, PLAN);
	ceremony_put_step(k.plan, k.site, 0, &out);
	CU_ASSERT_STRING_EQUAL(buf_str(&out),
	                       "say Open the envelope of the service.");
	buf_reset(&out);
	ceremony_put_step(k.plan, k.site, 1, &out);
	CU_ASSERT_STRING_EQUAL(buf_str(&out),
	                       "run token keygen --module /lib/p11.so "
	                       "--token the service");
	buf_reset(&out);
	ceremony_expand(k.site, "a${token}b${token}", &out);
	CU_ASSERT_STRING_EQUAL(buf_str(&out), "athe servicebthe service");
}

static const struct harness_test tests[] = {
	{ "a plan has one spelling", test_one_spelling },
	{ "a step is an instruction or a verb's words", test_steps },
	{ "roles and tokens are whole", test_rows },
	{ "a site fits its plan", test_fit },
	{ "names become values within their word", test_expand },
	{ NULL, NULL },
};
HARNESS_MAIN("ceremony_plan", tests)
