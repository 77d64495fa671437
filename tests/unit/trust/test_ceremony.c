/*
 * test_ceremony.c - transcripts of ceremonies: what is sound, what each rule
 * refuses, and that no byte can be another.  Of keys: test_ceremony_keys.c.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/ceremony_kit.h"

#define KIT(k)                                            \
	AUTO(ceremony_kit_release) struct ceremony_kit k; \
	ceremony_kit_begin(&k, PLAN)

static void
test_sound(void)
{
	KIT(k);

	ceremony_kit_must(&k, NULL);
	CU_ASSERT_STRING_EQUAL(k.found.name, "first");
	CU_ASSERT_EQUAL(k.found.entries, ENTRIES);
	CU_ASSERT_EQUAL(k.found.failed, 1);
	CU_ASSERT_EQUAL(k.found.to_s - k.found.from_s, ENTRIES - 1);
	CU_ASSERT_EQUAL(memcmp(k.found.plan, k.plan->digest, HASH_SIZE), 0);
}

static void
test_rehearsal(void)
{
	KIT(k);

	k.expect_rehearsal = true;
	ceremony_kit_must(&k, "this is no rehearsal");
	k.begin.rehearsal = true;
	buf_reset(&k.entries[BEGIN].output);
	ceremony_put_begin(&k.entries[BEGIN].output, &k.begin);
	ceremony_kit_key(&k, BEGIN, "old");
	ceremony_kit_must(&k, NULL);
	k.expect_rehearsal = false;
	ceremony_kit_must(&k, "this is a rehearsal");
}

/* All bytes, each with its lowest, a middle and its highest bit turned. */
static void
test_each_byte(void)
{
	static const uint8_t bits[] = { 0x01, 0x20, 0x80 };
	size_t passed = 0;
	KIT(k);

	ceremony_kit_must(&k, NULL);
	for (size_t at = 0; at < k.text.len; at++)
		for (size_t b = 0; b < sizeof(bits); b++) {
			k.text.data[at] ^= bits[b];
			passed += ceremony_kit_judge(&k) == OK;
			k.text.data[at] ^= bits[b];
		}
	CU_ASSERT_EQUAL(passed, 0);
	CU_ASSERT_EQUAL(ceremony_kit_judge(&k), OK);
}

static void
test_each_byte_signed(void)
{
	size_t passed = 0;
	KIT(k);

	ceremony_kit_must(&k, NULL);
	for (size_t i = 0; i < 3; i++)
		for (size_t at = 0; at < k.signatures[i].len; at++) {
			k.signatures[i].data[at] ^= 0x01;
			passed += ceremony_kit_judge(&k) == OK;
			k.signatures[i].data[at] ^= 0x01;
		}
	CU_ASSERT_EQUAL(passed, 0);
}

/* Cut off anywhere, or longer. */
static void
test_lengths(void)
{
	const size_t head = strlen("anchord-ceremony-transcript 1\n");
	KIT(k);

	ceremony_kit_must(&k, NULL);
	const size_t whole = k.text.len;
	for (k.text.len = 0; k.text.len < whole; k.text.len++)
		if (ceremony_kit_judge(&k) == OK || k.n_signers != 3)
			CU_FAIL("a part of it is sound");
	buf_append_str(&k.text, "\n");
	CU_ASSERT_NOT_EQUAL(ceremony_kit_judge(&k), OK);
	k.text.len = head;
	CU_ASSERT_EQUAL(ceremony_kit_judge(&k), E_MALFORMED);
}

/* --- the chain -------------------------------------------------------------- */

/* Whoever signs anew signs a text; the chain shows that it was put together. */
static void
test_chain_broken(void)
{
	static const char old[] = "status 1", new[] = "status 2";
	KIT(k);

	ceremony_kit_write(&k);
	uint8_t *at = memmem(k.text.data, k.text.len, old, sizeof(old) - 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(at, new, sizeof(new) - 1);
	ceremony_kit_sign(&k);
	CU_ASSERT_EQUAL(ceremony_kit_judge(&k), E_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&k.why), "previous is not the SHA-256"));
}

static void
spell(struct ceremony_kit *k, const char *old, const char *new)
{
	ceremony_kit_write(k);
	uint8_t *at = memmem(k->text.data, k->text.len, old, strlen(old));

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	AUTO(buf_release) struct buf rest = buf_of(TRANSCRIPT_TEXT_MAX);
	size_t begin = (size_t)(at - k->text.data);
	buf_append(&rest, bytes_of(at + strlen(old),
	                           k->text.len - begin - strlen(old)));
	k->text.len = begin;
	buf_append_str(&k->text, new);
	buf_append(&k->text, buf_bytes(&rest));
	ceremony_kit_sign(k);
	CU_ASSERT_EQUAL(ceremony_kit_judge(k), E_MALFORMED);
}

/* In the last entry, whose digest nobody names. */
static void
test_spelling(void)
{
	KIT(k);

	spell(&k, "entry 5\n", "entry 05\n");
	spell(&k, "entry 5\n", "entry 6\n");
	spell(&k, "step 4\n", "step 04\n");
	spell(&k, "step 4\n", "step 4294967300\n");
	spell(&k, "step 4\nstatus 0", "step 4\nstatus ");
	spell(&k, "05Z\nstep 4", "05.5Z\nstep 4");
	spell(&k, "05Z\nstep 4", "05+00:00\nstep 4");
	spell(&k, "does end\noutput 2", "does end\noutput 3");
	spell(&k, "does end\noutput 2", "does end\noutput 1");
	spell(&k, "does end\n", "does end \t\n");
	spell(&k, "anchord-ceremony-transcript 1",
	      "anchord-ceremony-transcript 2");
}

/* --- steps -------------------------------------------------------------------- */

static void
test_steps(void)
{
	KIT(k);

	k.entries[MADE].status = 1;
	ceremony_kit_must(&k, "entry 4: another step than the next");
	k.entries[MADE].status = 0;
	k.n = END;
	ceremony_kit_must(&k, "the ceremony stopped before step 4");
	k.n = LISTED;
	ceremony_kit_must(&k, "the ceremony stopped before step 3");
	k.n = ENTRIES;
	ceremony_kit_must(&k, NULL);
	ceremony_kit_add(&k, 4, 0);
	ceremony_kit_must(&k, "entry 6: there is an entry behind the end");
}

static void
test_order(void)
{
	KIT(k);
	struct ceremony_kit_entry listed = k.entries[LISTED];

	k.entries[LISTED] = k.entries[MADE];
	k.entries[MADE] = listed;
	ceremony_kit_must(&k, "entry 3: another step than the next");
}

static void
test_words(void)
{
	KIT(k);

	buf_append_str(&k.entries[MADE].does, " --alg RS256");
	ceremony_kit_must(&k, "entry 3: other words than the plan's");
	k.entries[MADE].does.len -= strlen(" --alg RS256");
	buf_append_str(&k.entries[FAILED].does, "x");
	ceremony_kit_must(&k, "entry 2: other words than the plan's");
	k.entries[FAILED].does.len--;
	buf_append_str(&k.entries[END].does, "ed");
	ceremony_kit_must(&k, "entry 5: other words than the plan's");
}

static void
test_status(void)
{
	KIT(k);

	k.entries[SAID].status = 1;
	ceremony_kit_must(&k, "entry 1: what is no verb has not the status 0");
	k.entries[SAID].status = 0;
	k.entries[END].status = 3;
	ceremony_kit_must(&k, "entry 5: what is no verb has not the status 0");
	k.entries[END].status = 0;
	k.entries[BEGIN].status = 1;
	ceremony_kit_must(&k, "entry 0: what is no verb has not the status 0");
}

static void
test_time(void)
{
	KIT(k);

	k.entries[LISTED].time_s = k.entries[MADE].time_s;
	ceremony_kit_must(&k, NULL);
	k.entries[LISTED].time_s--;
	ceremony_kit_must(&k, "entry 4: time goes back");
}

/* --- the beginning -------------------------------------------------------------- */

static void
test_plan(void)
{
	KIT(k);

	k.plan_text = PLAN_OF("go", KEYGEN);
	ceremony_kit_must(&k, "entry 0: another plan");
	k.plan_text = PLAN " ";
	ceremony_kit_must(&k, "");
}

/* Begins with what another site would have. */
static void
begin_otherwise(struct ceremony_kit *k)
{
	buf_reset(&k->entries[BEGIN].output);
	ceremony_put_begin(&k->entries[BEGIN].output, &k->begin);
	ceremony_kit_key(k, BEGIN, "old");
}

static void
test_site(void)
{
	KIT(k);

	k.site->n_present = 2;
	begin_otherwise(&k);
	ceremony_kit_must(&k, "the site's roles are not those of the plan");
	k.site->n_present = 3;
	k.site->n_values = 1;
	begin_otherwise(&k);
	ceremony_kit_must(&k, "no value for ${token}");
	k.site->n_values = 2;
	snprintf(k.site->values[1].value, CEREMONY_VALUE_SIZE, "other");
	begin_otherwise(&k);
	ceremony_kit_must(&k, "entry 1: other words than the plan's");
	snprintf(k.site->values[1].value, CEREMONY_VALUE_SIZE, "-x");
	begin_otherwise(&k);
	ceremony_kit_must(&k, "does not begin with a dash");
	k.site->values[1].value[0] = '\0';
	begin_otherwise(&k);
	ceremony_kit_must(&k, "entry 0: not who is present, or a value");
}

static void
test_no_begin(void)
{
	KIT(k);

	buf_reset(&k.entries[BEGIN].output);
	ceremony_kit_must(&k, "entry 0: not the beginning of a ceremony");
	ceremony_kit_line(&k, BEGIN, "plan 00");
	ceremony_kit_line(&k, BEGIN, "ceremony first");
	ceremony_kit_line(&k, BEGIN, "program x");
	ceremony_kit_line(&k, BEGIN, "rehearsal perhaps");
	ceremony_kit_must(&k, "entry 0: another plan, or another order");
}

/* --- signatures ------------------------------------------------------------------ */

static void
test_signatures(void)
{
	KIT(k);

	k.keys[1] = NULL;
	ceremony_kit_must(&k, "no key is known of witness");
	k.keys[1] = "witness";
	ceremony_kit_must(&k, NULL);
	k.signers[1].signature.len = 0;
	CU_ASSERT_EQUAL(ceremony_kit_judge(&k), E_DENIED);
	CU_ASSERT_STRING_EQUAL(buf_str(&k.why),
	                       "witness was present and has not signed");
	k.keys[1] = "officer";
	ceremony_kit_must(&k, "witness has the key of another role");
	k.keys[1] = "witness";
	k.namespace = "trust-bundle@anchord";
	ceremony_kit_must(&k, "the signature of officer");
}

static void
test_other_text(void)
{
	KIT(k);

	ceremony_kit_must(&k, NULL);
	k.entries[END].time_s++;
	ceremony_kit_write(&k);
	CU_ASSERT_EQUAL(ceremony_kit_judge(&k), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&k.why), "the signature of officer"));
}

static const struct harness_test tests[] = {
	{ "an honest ceremony is sound", test_sound },
	{ "a rehearsal is none, and the other way round", test_rehearsal },
	{ "no byte of a transcript can be another", test_each_byte },
	{ "no byte of a signature can be another", test_each_byte_signed },
	{ "a transcript is whole and ends", test_lengths },
	{ "an entry names the one before", test_chain_broken },
	{ "an entry has one spelling", test_spelling },
	{ "each step is there until the end", test_steps },
	{ "steps are in their order", test_order },
	{ "the words are the plan's", test_words },
	{ "only verbs fail", test_status },
	{ "time does not go back", test_time },
	{ "it is of this plan", test_plan },
	{ "people and values fit the plan", test_site },
	{ "it begins as ceremonies do", test_no_begin },
	{ "each role signs by a key of its own", test_signatures },
	{ "a signature is over this text", test_other_text },
	{ NULL, NULL },
};
HARNESS_MAIN("ceremony", tests)
