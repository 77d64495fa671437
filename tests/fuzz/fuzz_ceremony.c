/*
 * fuzz_ceremony.c - plans and transcripts of ceremonies: what is read is written
 * again byte for byte, and whoever refuses says why.
 */
#include <stdlib.h>

#include "trust/ceremony_judge.h"
#include "trust/ceremony_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 loses the buffer of a string that a syntax error cuts off: 64
 * bytes, once, of a text that is read at the start of a process. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static void
hold_true(bool good)
{
	if (!good)
		abort();
}

static void
try_plan(struct bytes text)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(buf_release) struct buf again = buf_of(2 * CEREMONY_TEXT_MAX);
	AUTO(ceremony_plan_free) struct ceremony_plan *plan = NULL;

	if (ceremony_plan_parse(text, &why, &plan) != OK) {
		hold_true(why.len > 0);
		return;
	}
	ceremony_plan_put(&again, plan);
	hold_true(bytes_equal(buf_bytes(&again), text));
}

/* Whatever the steps are. */
static void
judge_keys(const struct transcript *t)
{
	static const struct ceremony_plan plan = { .keys = CEREMONY_STAY };
	AUTO(buf_release) struct buf why = buf_of(64 * 1024);
	err_t err = ceremony_keys_judge(&plan, t, &why);

	hold_true((err == OK) == (why.len == 0));
}

static void
try_transcript(struct bytes text)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(buf_release) struct buf again = buf_of(2 * TRANSCRIPT_TEXT_MAX);
	AUTO(transcript_free) struct transcript *t = NULL;

	if (transcript_parse(text, &why, &t) != OK) {
		hold_true(why.len > 0);
		return;
	}
	transcript_put_head(&again);
	for (size_t i = 0; i < t->n; i++)
		transcript_put_entry(&again, i, &t->entries[i]);
	hold_true(bytes_equal(buf_bytes(&again), text));
	judge_keys(t);
}

/* A whole plan and no signature: it is refused, however it looks. */
static void
try_judge(struct bytes text)
{
	static const char plan[] =
	        "format = 1;\nname = \"a\";\npurpose = \"b\";\n"
	        "keys = \"go\";\npresent = (\n  {\n    role = \"r\";\n  }\n);\n"
	        "tokens = (\n  {\n    uri = \"tpm2:\";\n  }\n);\n"
	        "steps = (\n  {\n    instruct = \"c\";\n  }\n);\n";
	const struct ceremony_evidence evidence = { .plan = bytes_of_str(plan),
		                                    .transcript = text };
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_LINE_MAX);
	struct ceremony_found found;

	hold_true(ceremony_judge(&evidence, &why, &found) != OK);
	hold_true(why.len > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = bytes_of(data, size);

	try_plan(text);
	try_transcript(text);
	try_judge(text);
	return 0;
}
