/*
 * test_ceremony_tokens.c - the tokens of a ceremony are afterwards as its plan
 * demands: whose TPM it is.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/ceremony_kit.h"
#include "trust/ceremony_tokens.h"

#define TOKENS(second)                                             \
	PLAN_HEAD "keys = \"stay\";\n" PLAN_PRESENT                \
	          "tokens = (\n  {\n    module = \"${module}\";\n" \
	          "    label = \"${token}\";\n  },\n  {\n" second  \
	          "  }\n);\n" PLAN_STEPS(KEYGEN)
#define OWNED "    uri = \"tpm2:x\";\n    ownership = \"taken\";\n"

/* Between the two rows of the plan, and behind them. */
static void
inventory(struct ceremony_kit *k, const char *first, const char *second)
{
	buf_reset(&k->entries[END].output);
	ceremony_kit_line(k, END, CEREMONY_SAYS_TOKEN "service' serial 1");
	ceremony_kit_key(k, END, "old");
	ceremony_kit_key(k, END, "hsm");
	if (first)
		ceremony_kit_line(k, END, first);
	ceremony_kit_line(k, END, CEREMONY_SAYS_TOKEN "TPM 2.0' serial 2");
	if (second)
		ceremony_kit_line(k, END, second);
}

static void
owned(const char *first, const char *second, bool good)
{
	AUTO(ceremony_kit_release) struct ceremony_kit k;

	ceremony_kit_begin(&k, TOKENS(OWNED));
	inventory(&k, first, second);
	ceremony_kit_must(&k, good ? NULL
	                           : "token 2: the plan says that its "
	                             "ownership is taken");
}

static void
test_owned(void)
{
	static const char whole[] =
	        CEREMONY_SAYS_OWNERSHIP("set", "set", "disabled") " and so on";

	owned(NULL, whole, true);
	owned(NULL, NULL, false);
	owned(NULL, CEREMONY_SAYS_OWNERSHIP("empty", "set", "disabled"), false);
	owned(NULL, CEREMONY_SAYS_OWNERSHIP("set", "empty", "disabled"), false);
	owned(NULL, CEREMONY_SAYS_OWNERSHIP("set", "set", "enabled"), false);
	/* of another token, or within a line that the token fills */
	owned(whole, NULL, false);
	owned(NULL,
	      "object data 'ownership: owner authorisation set, lockout "
	      "authorisation set, TPM2_Clear disabled;'",
	      false);
}

/* The row counts, also where the token before it is not there. */
static void
test_missing(void)
{
	AUTO(ceremony_kit_release) struct ceremony_kit k;

	ceremony_kit_begin(&k, TOKENS(OWNED));
	buf_reset(&k.entries[END].output);
	ceremony_kit_line(&k, END, CEREMONY_SAYS_NO_TOKEN "service'");
	ceremony_kit_line(&k, END, CEREMONY_SAYS_TOKEN "TPM 2.0' serial 2");
	ceremony_kit_line(&k, END,
	                  CEREMONY_SAYS_OWNERSHIP("set", "set", "disabled"));
	ceremony_kit_key(&k, END, "old");
	ceremony_kit_key(&k, END, "hsm");
	ceremony_kit_must(&k, NULL);
}

/* A plan that does not say so demands nothing. */
static void
test_any(void)
{
	AUTO(ceremony_kit_release) struct ceremony_kit k;

	ceremony_kit_begin(&k, TOKENS("    uri = \"tpm2:x\";\n"));
	inventory(&k, NULL, NULL);
	ceremony_kit_must(&k, NULL);
}

static void
test_plan(void)
{
	ceremony_kit_refuse_plan(
	        TOKENS("    module = \"m\";\n    label = \"l\";\n"
	               "    ownership = \"taken\";\n"),
	        "only a TPM has an ownership, and attests");
	ceremony_kit_refuse_plan(
	        TOKENS("    uri = \"tpm2:x\";\n    ownership = \"any\";\n"),
	        "not as this program writes it");
	ceremony_kit_refuse_plan(
	        TOKENS("    uri = \"tpm2:x\";\n    ownership = \"mine\";\n"),
	        "ownership");
}

static const struct harness_test tests[] = {
	{ "both values are set and Clear is disabled", test_owned },
	{ "a token that is not there has a row", test_missing },
	{ "a plan that does not say so demands nothing", test_any },
	{ "only a TPM has an owner", test_plan },
	{ NULL, NULL },
};

HARNESS_MAIN("tokens of a ceremony", tests)
