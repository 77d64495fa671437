/*
 * test_chain_walked.c - whoever has walked a chain's beginning may walk on from
 * there, and says of every chain what a whole walk says.
 *
 * chain_kit_walk() compares the two for each row of the other programs, where all but
 * the last version are sound; here are the chains that have another beginning than the
 * one that was walked.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/chain_kit.h"
#include "trust/walk.h"

#define VERSIONS 4

/* Three versions were walked; the fourth is new. */
struct rig {
	struct chain_kit kit;
	struct trust_walked walked;
	struct trust_time time;
};

static void
rig_release(struct rig *r)
{
	chain_kit_release(&r->kit);
}
DEFINE_AUTO_REF(struct rig, rig_release);

static enum trust_fault
walk_on(struct rig *r, size_t n)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(bundle_free) struct bundle *last = NULL;
	const struct trust_chain chain = { n, r->kit.versions };

	return trust_walk_on(&chain, &r->time, &r->walked, &why, &last);
}

static size_t
walked(struct rig *r, size_t n)
{
	const struct trust_chain chain = { n, r->kit.versions };

	return trust_walked_versions(&r->walked, &chain);
}

/* The second version may be a recovery. */
static void
begin_with(struct rig *r, enum bundle_change second, const char *by)
{
	struct chain_kit *k = &r->kit;

	memset(r, 0, sizeof(*r));
	chain_kit_begin(k);
	chain_kit_add(k, second, by);
	for (size_t i = 2; i < VERSIONS; i++)
		chain_kit_add(k, BUNDLE_ORDINARY, "alpha bravo");
	chain_kit_seal(k);
	memcpy(r->walked.genesis, k->genesis, HASH_SIZE);
	r->time.now_s = k->bundles[VERSIONS - 1]->issued_s + CHAIN_KIT_HOUR;
	r->time.in_force = UINT32_MAX;
	CU_ASSERT_EQUAL_FATAL(walk_on(r, VERSIONS - 1), TRUST_SOUND);
}

static void
begin(struct rig *r)
{
	begin_with(r, BUNDLE_ORDINARY, "alpha bravo");
}

static void
test_goes_on(void)
{
	AUTO(rig_release) struct rig r;

	begin(&r);
	CU_ASSERT_EQUAL(r.walked.n, VERSIONS - 1);
	CU_ASSERT_EQUAL(walked(&r, VERSIONS - 1), VERSIONS - 1);
	CU_ASSERT_EQUAL(walked(&r, VERSIONS), VERSIONS - 1);
	CU_ASSERT_EQUAL(walk_on(&r, VERSIONS), TRUST_SOUND);
	CU_ASSERT_EQUAL(walked(&r, VERSIONS), VERSIONS);
	/* Once more, and its times are looked at. */
	CU_ASSERT_EQUAL(walk_on(&r, VERSIONS), TRUST_SOUND);
	r.time.now_s += 400 * CHAIN_KIT_DAY;
	CU_ASSERT_EQUAL(walk_on(&r, VERSIONS), TRUST_EXPIRED);
	/* A chain that ends before is walked, too. */
	CU_ASSERT_EQUAL(walked(&r, VERSIONS - 1), 0);
}

/* What is not sound leaves nothing behind. */
static void
test_not_noted(void)
{
	AUTO(rig_release) struct rig r;

	begin(&r);
	const struct trust_walked before = r.walked;
	chain_kit_unsign(&r.kit, VERSIONS - 1);
	CU_ASSERT_EQUAL(walk_on(&r, VERSIONS), TRUST_QUORUM_BEFORE);
	CU_ASSERT_EQUAL(memcmp(&r.walked, &before, sizeof(before)), 0);
	CU_ASSERT_EQUAL(walk_on(&r, VERSIONS), TRUST_QUORUM_BEFORE);
}

/* --- another beginning ---------------------------------------------------- */

static void
unsign_second(struct rig *r)
{
	chain_kit_unsign(&r->kit, 1);
}

static void
sign_again(struct rig *r)
{
	chain_kit_sign(&r->kit, 1, "charlie", TRUST_NAMESPACE,
	               r->kit.versions[1].text);
}

static void
attach_rubbish(struct rig *r)
{
	chain_kit_attach(&r->kit, 0, bytes_of_str("no signature"));
}

/* It is issued a second later, and nobody signed that. */
static void
change_text(struct rig *r)
{
	char *end = strstr(buf_str(&r->kit.texts[1]), "issued = ");

	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	end = strstr(end, "0Z\"");
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	*end = '1';
}

static void
change_genesis(struct rig *r)
{
	r->walked.genesis[0] ^= 1;
}

/* Of the two who signed, one has signed twice. */
static void
change_signature(struct rig *r)
{
	struct trust_version *v = &r->kit.versions[1];

	v->signatures[0].text = v->signatures[1].text;
}

static void
change_name(struct rig *r)
{
	r->kit.versions[1].signatures[0].name = bytes_of_str("another");
}

/* The name ends later and the signature begins later: the same bytes. */
static void
move_border(struct rig *r)
{
	struct trust_signature *s = &r->kit.versions[1].signatures[0];
	static char all[8192];

	if (s->name.len > 0)
		memcpy(all, s->name.data, s->name.len);
	memcpy(all + s->name.len, s->text.data, s->text.len);
	size_t len = s->name.len + s->text.len;
	s->name = bytes_of(all, s->name.len + 1);
	s->text = bytes_of(all + s->name.len, len - s->name.len);
}

static const struct {
	const char *name;
	void (*spoil)(struct rig *r);
	enum trust_fault fault;
} rows[] = {
	{ "signatures that are gone", unsign_second, TRUST_QUORUM_BEFORE },
	{ "one more signature", sign_again, TRUST_SOUND },
	{ "one more that is none", attach_rubbish, TRUST_SIGNATURE },
	{ "another signature", change_signature, TRUST_QUORUM_BEFORE },
	{ "another text", change_text, TRUST_QUORUM_BEFORE },
	{ "another genesis", change_genesis, TRUST_GENESIS },
	{ "another name of a signature", change_name, TRUST_SOUND },
	{ "a signature that begins elsewhere", move_border, TRUST_SIGNATURE },
};

static void
test_other_beginning(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(rig_release) struct rig r;

		begin(&r);
		rows[i].spoil(&r);
		size_t n = walked(&r, VERSIONS);
		enum trust_fault fault = walk_on(&r, VERSIONS);
		if (n == 0 && fault == rows[i].fault)
			continue;
		printf("%s: %zu walked, %s\n", rows[i].name, n,
		       trust_fault_word(fault));
		CU_FAIL("another beginning");
	}
}

/* An auditor has walked a recovery that waits here: it still waits. */
static void
test_recovery_waits(void)
{
	AUTO(rig_release) struct rig r;

	begin_with(&r, BUNDLE_RECOVERY, "sealed-1 sealed-2");
	CU_ASSERT_EQUAL(walked(&r, VERSIONS), VERSIONS - 1);
	r.time.in_force = 1;
	r.time.seen_s = r.time.now_s;
	CU_ASSERT_EQUAL(walk_on(&r, VERSIONS), TRUST_WAITS);
	r.time.in_force = 2;
	CU_ASSERT_EQUAL(walk_on(&r, VERSIONS), TRUST_SOUND);
}

static const struct harness_test tests[] = {
	{ "goes on from what was walked", test_goes_on },
	{ "what is not sound leaves nothing behind", test_not_noted },
	{ "another beginning is walked", test_other_beginning },
	{ "a recovery that was walked still waits", test_recovery_waits },
	{ NULL, NULL },
};
HARNESS_MAIN("chain_walked", tests)
