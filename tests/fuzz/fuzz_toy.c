/*
 * fuzz_toy.c - the parsers of the format "toy" (tests/toy): cards and evidence.
 */
#include <stdlib.h>

#include "evidence/appraise.h"
#include "tests/toy/toy.h"

extern const struct evidence_format evidence_toy;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An accepted card is signed by the key that it names, and its facts fit. */
static void
try_card(struct bytes card)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct enrollee e;

	if (evidence_toy.enroll(card, &why, &e) == OK && e.facts.n != 2)
		abort();
}

static void
try_evidence(struct bytes file)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	static const uint8_t nonce[HASH_SIZE] = "none that a seed can know";
	struct evidence e = { .format = &evidence_toy };
	struct appraisal a;

	if (evidence_toy.read_files(&file, 1, &why, &e.own) != OK)
		return;
	json_decref(evidence_toy.inspect(e.own));
	appraise_evidence(&e, bytes_of(nonce, HASH_SIZE), NULL, &a);
	if (a.reasons == 0)
		abort();
	if (evidence_toy.parse(e.own, &why) == OK &&
	    evidence_toy.appraise(e.own, NULL, &a) != OK)
		abort();
	evidence_release(&e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_card(bytes_of(data, size));
	try_evidence(bytes_of(data, size));
	return 0;
}
