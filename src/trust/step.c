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
say_who_signed(struct step *s, const struct trust_quorum *quorum,
               const struct trust_count *count)
{
	buf_printf(s->why, "%zu of %" PRIu32 " signed", count->signers,
	           quorum->needed);
	for (size_t i = 0, n = 0; i < quorum->set->n; i++)
		if (count->by[i])
			buf_printf(s->why, "%s%s", n++ ? ", " : ": ",
			           quorum->set->rows[i].name);
	if (s->signers.refused > 0)
		buf_printf(s->why, "; %zu more %s not count",
		           s->signers.refused,
		           s->signers.refused == 1 ? "does" : "do");
}

static enum trust_fault
check_quorum(struct step *s, const struct trust_quorum *quorum)
{
	struct trust_count count;

	if (signers_count(&s->signers, quorum->set, s->next->issued_s,
	                  &count) != OK)
		return TRUST_NOMEM;
	if (count.signers >= quorum->needed)
		return TRUST_SOUND;
	say_who_signed(s, quorum, &count);
	return quorum->fault;
}

static enum trust_fault
check_signatures(struct step *s)
{
	struct trust_quorum quorums[TRUST_QUORUMS_MAX];
	size_t n = trust_quorums(s->before, s->next, quorums);
	enum trust_fault fault = TRUST_SOUND;

	err_t err = signers_of(s->version, s->why, &s->signers);
	if (err != OK)
		return err == E_NOMEM ? TRUST_NOMEM : TRUST_SIGNATURE;
	for (size_t i = 0; i < n && fault == TRUST_SOUND; i++)
		fault = check_quorum(s, &quorums[i]);
	return fault;
}

/* --- what may change ------------------------------------------------------ */

/* Whether he is in the set and still signs by it. */
static bool
has_officer(const struct officer_set *set, const struct officer *officer,
            uint64_t issued_s)
{
	for (size_t i = 0; i < set->n; i++)
		if (officer_serves(&set->rows[i], issued_s) &&
		    strcmp(set->rows[i].name, officer->name) == 0 &&
		    strcmp(set->rows[i].key, officer->key) == 0)
			return true;
	return false;
}

static size_t
count_serving(const struct officer_set *set, uint64_t issued_s)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += officer_serves(&set->rows[i], issued_s);
	return n;
}

/* How many who sign by one set do not sign by the other.  A row whose time is
 * over stands for nobody: by an `until` of yesterday an officer is gone. */
static size_t
count_missing(const struct officer_set *set, const struct officer_set *other,
              uint64_t issued_s)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += officer_serves(&set->rows[i], issued_s) &&
		     !has_officer(other, &set->rows[i], issued_s);
	return n;
}

/* The threshold is less than the number of those who sign from now on. */
static enum trust_fault
check_serving(struct step *s)
{
	const struct officer_set *set = &s->next->officers;
	size_t serve = count_serving(set, s->next->issued_s);

	if (serve > set->threshold)
		return TRUST_SOUND;
	buf_printf(s->why,
	           "%zu officers sign from now on and %" PRIu32
	           " must, so a lost key would be the end",
	           serve, set->threshold);
	return TRUST_OFFICERS;
}

/* One may always be new: otherwise officers of whom just enough are left could
 * appoint nobody. */
static size_t
most_officers(const struct officer_set *before, uint64_t issued_s)
{
	size_t serve = count_serving(before, issued_s);
	size_t may_sign = before->threshold - 1;
	size_t may_miss =
	        serve > before->threshold ? serve - before->threshold : 1;

	return may_sign < may_miss ? may_sign : may_miss;
}

static enum trust_fault
check_officers(struct step *s)
{
	const struct officer_set *before = &s->before->officers;
	const struct officer_set *next = &s->next->officers;
	uint64_t issued_s = s->next->issued_s;
	size_t most = most_officers(before, issued_s);
	size_t gone = count_missing(before, next, issued_s);
	size_t new = count_missing(next, before, issued_s);

	if (gone <= most && new <= most)
		return check_serving(s);
	buf_printf(s->why,
	           "%zu officers are gone and %zu are new; one version may "
	           "change %zu of each",
	           gone, new, most);
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
check_ordinary(struct step *s)
{
	enum trust_fault fault = check_officers(s);

	if (fault == TRUST_SOUND)
		fault = check_derived(follow_keys(s->before, s->next, s->why),
		                      TRUST_KEYS);
	if (fault == TRUST_SOUND)
		fault = check_derived(
		        follow_revocations(s->before, s->next, s->why),
		        TRUST_REVOCATIONS);
	if (fault == TRUST_SOUND)
		fault = check_derived(
		        follow_devices(s->before, s->next, s->why),
		        TRUST_DEVICES);
	return fault;
}

static enum trust_fault
check_change(struct step *s)
{
	struct bytes text = s->version->text;
	enum trust_fault fault;

	switch (s->next->change) {
	case BUNDLE_ORDINARY:
		return check_ordinary(s);
	case BUNDLE_REMOVAL:
		return check_derived(
		        derive_removal(s->before, s->next, text, s->why),
		        TRUST_REMOVAL);
	case BUNDLE_RECOVERY:
		fault = check_derived(
		        derive_recovery(s->before, s->next, text, s->why),
		        TRUST_RECOVERY);
		return fault == TRUST_SOUND ? check_serving(s) : fault;
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
	return check_serving(s);
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
