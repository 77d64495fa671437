/*
 * test_ceremony_keys.c - the keys of a ceremony: those that are there before and
 * afterwards fit what its steps say that they made.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/ceremony_kit.h"
#include "trust/ceremony_keys.h"

#define KIT(k)                                            \
	AUTO(ceremony_kit_release) struct ceremony_kit k; \
	ceremony_kit_begin(&k, PLAN)

static void
test_hsm_key(void)
{
	KIT(k);

	k.keys[2] = "another";
	ceremony_kit_must(&k, "a key that the last inventory does not have");
}

static void
test_made_is_missing(void)
{
	KIT(k);

	ceremony_kit_printed(&k, MADE, "lost");
	ceremony_kit_must(&k, "was made and is not there afterwards");
}

static void
test_new_key(void)
{
	KIT(k);

	ceremony_kit_key(&k, END, "strange");
	ceremony_kit_must(&k, "is new, and no step made it");
	ceremony_kit_printed(&k, MADE, "strange");
	ceremony_kit_must(&k, NULL);
}

/* Somebody makes a key beside the steps, and an audit or a listing shows it, in its
 * own words or in those of keygen. */
static void
test_shown_key(void)
{
	AUTO(ceremony_kit_release) struct ceremony_kit k;

	ceremony_kit_begin(&k, PLAN_OF("stay", "token audit ${token}"));
	buf_reset(&k.entries[MADE].output);
	ceremony_kit_key(&k, MADE, "hsm");
	ceremony_kit_must(&k, "is new, and no step made it");
	ceremony_kit_printed(&k, MADE, "hsm");
	ceremony_kit_printed(&k, LISTED, "hsm");
	ceremony_kit_must(&k, "is new, and no step made it");
}

/* Within a line of keygen, such as the label of a key. */
static void
test_line_of_made(void)
{
	KIT(k);

	ceremony_kit_key(&k, END, "strange");
	ceremony_kit_key(&k, MADE, "strange");
	ceremony_kit_must(&k, "is new, and no step made it");
}

/* A step that prints the key "hsm" behind these words, as its kid or its SHA-256. */
static void
vouch(const char *plan, const char *before, bool kid, bool good)
{
	AUTO(ceremony_kit_release) struct ceremony_kit k;
	AUTO(buf_release) struct buf key = buf_of(1024);
	AUTO(buf_release) struct buf line = buf_of(1024);
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, "hsm");

	ceremony_kit_begin(&k, plan);
	buf_reset(&k.entries[MADE].output);
	ceremony_put_key(soft_key_spki(soft), &key);
	CU_ASSERT_EQUAL_FATAL(key.len, strlen(" kid  sha256 ") + 43 + 64);
	const char *digest = buf_str(&key) + key.len - 64;
	buf_printf(&line, "%s%.*s", before, kid ? 43 : 64,
	           kid ? buf_str(&key) + strlen(" kid ") : digest);
	ceremony_kit_line(&k, MADE, buf_str(&line));
	ceremony_kit_must(&k, good ? NULL : "is new, and no step made it");
}

/* A backup's key is vouched for by the pins; a rotation prints the id alone. */
static void
test_vouched(void)
{
	static const char pins[] = PLAN_OF("stay", "pins show ${token}");
	static const char rotate[] = PLAN_OF("stay", "token rotate ${token}");

	vouch(pins, "  SHA-256         ", false, true);
	vouch(pins, "  private half    ", false, false);
	vouch(pins, "new key id (kid) ", true, false);
	vouch(rotate, "new key id (kid) ", true, true);
	vouch(rotate, "key ", true, false);
	vouch(rotate, "  SHA-256         ", false, false);
}

/* What failed made nothing. */
static void
test_failed_made(void)
{
	KIT(k);

	ceremony_kit_key(&k, END, "strange");
	ceremony_kit_printed(&k, FAILED, "strange");
	ceremony_kit_must(&k, "is new, and no step made it");
}

static void
test_gone_key(void)
{
	KIT(k);

	ceremony_kit_key(&k, BEGIN, "gone");
	ceremony_kit_must(&k, "is gone, and the plan says that keys stay");
}

/* Where keys go, all that were there at the beginning do. */
static void
test_going_keys(void)
{
	AUTO(ceremony_kit_release) struct ceremony_kit k;

	ceremony_kit_begin(&k, PLAN_OF("go", KEYGEN));
	ceremony_kit_must(&k, "is still there, and the plan says that keys go");
	buf_reset(&k.entries[END].output);
	ceremony_kit_key(&k, END, "hsm");
	ceremony_kit_must(&k, NULL);
	ceremony_kit_key(&k, BEGIN, "gone");
	ceremony_kit_must(&k, NULL);
	ceremony_kit_key(&k, END, "gone");
	ceremony_kit_must(&k, "is still there, and the plan says that keys go");
}

/* What a token says of itself is no key. */
static void
test_label_is_no_key(void)
{
	AUTO(buf_release) struct buf line = buf_of(1024);
	KIT(k);

	buf_printf(&line, "object data '%.43s kid %043d sha256 %064d", "x", 1,
	           2);
	ceremony_kit_line(&k, END, buf_str(&line));
	buf_reset(&line);
	buf_printf(&line, "object public-key ec '%043d kid %043d sha256 %064d'",
	           0, 1, 2);
	ceremony_kit_line(&k, END, buf_str(&line));
	buf_reset(&line);
	buf_printf(&line, "object public-key ec 'x' id 01: %048d sha256 %064d",
	           1, 2);
	ceremony_kit_line(&k, END, buf_str(&line));
	ceremony_kit_line(&k, END, "object public-key ec 'short' id 01:");
	ceremony_kit_must(&k, NULL);
}

/* Somebody destroys the public half of what he made, and it is in no rule. */
static void
test_private_key(void)
{
	KIT(k);

	ceremony_kit_line(&k, END, "object private-key ec 'hsm' id 01: token");
	ceremony_kit_line(&k, END,
	                  "object private-key ec 'p' id : local !sign decrypt");
	ceremony_kit_must(&k, NULL);
	ceremony_kit_line(&k, END, "object private-key ec 'x: y' id 01: token");
	ceremony_kit_must(&k, "a private key is new and has no public half: "
	                      "object private-key ec 'x: y' id 01: token");
	ceremony_kit_line(&k, BEGIN,
	                  "object private-key ec 'x: y' id 01: token");
	ceremony_kit_must(&k, NULL);
	ceremony_kit_line(&k, END, "object private-key ec ': !sign z' id 01:");
	ceremony_kit_must(&k, "object private-key ec ': !sign z' id 01:");
	ceremony_kit_line(&k, BEGIN,
	                  "object private-key ec ': !sign z' id 01:");
	ceremony_kit_line(&k, END, "object private-key ec 'z' id 01: token");
	ceremony_kit_line(&k, END, "object public-key ec 'z' id 01: token");
	ceremony_kit_must(&k, "a private key is new and has no public half");
}

static const struct harness_test tests[] = {
	{ "the HSM's key is in the HSM", test_hsm_key },
	{ "a key that was made is there", test_made_is_missing },
	{ "a key that is there was made", test_new_key },
	{ "a key that a step only shows was not made", test_shown_key },
	{ "a key is made by a line of its own", test_line_of_made },
	{ "pins and rotations vouch for keys", test_vouched },
	{ "a step that failed made no key", test_failed_made },
	{ "keys go only where the plan says so", test_gone_key },
	{ "and there they do", test_going_keys },
	{ "a label is no key", test_label_is_no_key },
	{ "a private key has its public half", test_private_key },
	{ NULL, NULL },
};
HARNESS_MAIN("ceremony_keys", tests)
