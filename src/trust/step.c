/*
 * step.c - may this version follow that one?
 *
 * What the texts say is judged first and who signed last, so that a proposal
 * that nobody signed yet shows what else is wrong with it.
 */
#include <inttypes.h>
#include <string.h>

#include "crypto/digest.h"
#include "trust/chain_int.h"

/* A version that asks to follow. */
struct step {
	const struct bundle *before, *next;
	const struct trust_version *version;
	struct buf *why;
	struct signers signers;
};

static enum trust_fault
fault_of_step(struct step *s, enum trust_fault fault, const char *what)
{
	buf_append_str(s->why, what);
	return fault;
}

/* --- quorum --------------------------------------------------------------- */

static void
say_who_signed(struct step *s, const struct officer_set *set,
               const struct trust_count *count, uint32_t needed)
{
	buf_printf(s->why, "%zu of %" PRIu32 " signed", count->signers, needed);
	for (size_t i = 0, n = 0; i < set->n; i++)
		if (count->by[i])
			buf_printf(s->why, "%s%s", n++ ? ", " : ": ",
			           set->rows[i].name);
	if (s->signers.refused > 0)
		buf_printf(s->why, "; %zu more are not over this text",
		           s->signers.refused);
}

static enum trust_fault
check_quorum(struct step *s, const struct officer_set *set, uint32_t needed,
             enum trust_fault fault)
{
	struct trust_count count;

	if (signers_count(&s->signers, set, s->next->issued_s, &count) != OK)
		return TRUST_NOMEM;
	if (count.signers >= needed)
		return TRUST_SOUND;
	say_who_signed(s, set, &count, needed);
	return fault;
}

static enum trust_fault
check_both_quorums(struct step *s)
{
	const struct officer_set *before = &s->before->officers;
	const struct officer_set *next = &s->next->officers;
	enum trust_fault fault =
	        check_quorum(s, before, before->threshold, TRUST_QUORUM_BEFORE);

	if (fault != TRUST_SOUND)
		return fault;
	return check_quorum(s, next, next->threshold, TRUST_QUORUM_NEXT);
}

static enum trust_fault
check_signatures(struct step *s)
{
	const struct bundle *before = s->before, *next = s->next;

	err_t err = signers_of(s->version, s->why, &s->signers);
	if (err != OK)
		return err == E_NOMEM ? TRUST_NOMEM : TRUST_SIGNATURE;
	if (!before)
		return check_quorum(s, &next->officers,
		                    next->officers.threshold,
		                    TRUST_QUORUM_NEXT);
	switch (next->change) {
	case BUNDLE_ORDINARY:
		return check_both_quorums(s);
	case BUNDLE_REMOVAL:
		return check_quorum(s, &before->officers,
		                    before->removal_threshold,
		                    TRUST_QUORUM_REMOVAL);
	case BUNDLE_RECOVERY:
		return check_quorum(s, &before->recovery,
		                    before->recovery.threshold,
		                    TRUST_QUORUM_RECOVERY);
	case BUNDLE_CHANGES:
		break;
	}
	return fault_of_step(s, TRUST_TEXT, "no such change");
}

/* --- what may change ------------------------------------------------------ */

static bool
has_officer(const struct officer_set *set, const struct officer *officer)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->rows[i].name, officer->name) == 0 &&
		    strcmp(set->rows[i].key, officer->key) == 0)
			return true;
	return false;
}

/* How many officers of a set the other one does not have. */
static size_t
count_missing(const struct officer_set *set, const struct officer_set *other)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += !has_officer(other, &set->rows[i]);
	return n;
}

static enum trust_fault
check_officers(struct step *s)
{
	const struct officer_set *before = &s->before->officers;
	const struct officer_set *next = &s->next->officers;
	size_t may_sign = before->threshold - 1;
	size_t may_miss = before->n - before->threshold;
	size_t most = may_sign < may_miss ? may_sign : may_miss;
	size_t gone = count_missing(before, next);
	size_t new = count_missing(next, before);

	if (gone <= most && new <= most)
		return TRUST_SOUND;
	buf_printf(s->why, "%zu are gone and %zu new, %zu may be", gone, new,
	           most);
	return TRUST_OFFICERS;
}

static enum trust_fault
check_derived(err_t err, enum trust_fault fault)
{
	if (err == OK)
		return TRUST_SOUND;
	return err == E_NOMEM ? TRUST_NOMEM : fault;
}

static enum trust_fault
check_change(struct step *s)
{
	struct bytes text = s->version->text;

	switch (s->next->change) {
	case BUNDLE_ORDINARY:
		return check_officers(s);
	case BUNDLE_REMOVAL:
		return check_derived(
		        derive_removal(s->before, s->next, text, s->why),
		        TRUST_REMOVAL);
	case BUNDLE_RECOVERY:
		return check_derived(
		        derive_recovery(s->before, s->next, text, s->why),
		        TRUST_RECOVERY);
	case BUNDLE_CHANGES:
		break;
	}
	return fault_of_step(s, TRUST_TEXT, "no such change");
}

/* --- what it follows ------------------------------------------------------ */

static enum trust_fault
check_first(struct step *s, const uint8_t genesis[static HASH_SIZE])
{
	if (s->next->version != 1)
		return fault_of_step(s, TRUST_VERSION,
		                     "the chain does not begin with version 1");
	if (memcmp(s->next->digest, genesis, HASH_SIZE) != 0)
		return fault_of_step(s, TRUST_GENESIS, "it has another digest");
	return TRUST_SOUND;
}

static enum trust_fault
check_follows(struct step *s)
{
	const struct bundle *before = s->before, *next = s->next;

	if (next->version != (uint64_t)before->version + 1) {
		buf_printf(s->why, "version %" PRIu32 " stands behind %" PRIu32,
		           next->version, before->version);
		return TRUST_VERSION;
	}
	if (memcmp(next->previous, before->digest, HASH_SIZE) != 0)
		return fault_of_step(s, TRUST_PREVIOUS,
		                     "it names another version before it");
	if (next->issued_s < before->issued_s)
		return fault_of_step(s, TRUST_ISSUED,
		                     "it was issued before its predecessor");
	return check_change(s);
}

enum trust_fault
trust_step(const struct bundle *before, const struct bundle *next,
           const struct trust_version *signed_next,
           const uint8_t genesis[static HASH_SIZE], struct buf *why)
{
	struct step s = { before, next, signed_next, why, { .n = 0 } };
	uint8_t digest[HASH_SIZE];

	digest_sha256(signed_next->text, digest);
	if (memcmp(digest, next->digest, HASH_SIZE) != 0)
		return fault_of_step(&s, TRUST_TEXT,
		                     "the bundle is of another text");
	enum trust_fault fault =
	        before ? check_follows(&s) : check_first(&s, genesis);
	return fault == TRUST_SOUND ? check_signatures(&s) : fault;
}
