/*
 * test_believe_lies.c - results that a ledger or a verifier cannot get signed.
 *
 * Each row is one lie about a challenge that was really issued and evidence
 * that was really accepted; without the lie the result is signed.
 */
#include "tests/unit/keyholder/test_believe_kit.h"

/* --- lies ----------------------------------------------------------------- */

/* Lies of a verifier that was taken over; they get a valid tag. */
static void
v_other_challenge(struct attempt *a)
{
	a->finding = verdict_kit_good(&a->of[1]);
}

static void
v_other_tenant(struct attempt *a)
{
	a->finding.tenant = bytes_of_str("backend-b");
}

static void
v_foreign_challenge(struct attempt *a)
{
	a->m.challenge = buf_bytes(&a->tokens[2]); /* backend-b's */
	a->finding = verdict_kit_good(&a->of[2]);
	a->finding.tenant = bytes_of_str("backend-a");
}

static void
v_later_end(struct attempt *a)
{
	a->finding.expires_s += 60;
}

static void
v_earlier_end(struct attempt *a)
{
	a->finding.expires_s = NOW + 1;
}

static void
v_later_begin(struct attempt *a)
{
	a->finding.issued_s++;
}

static void
v_other_cti(struct attempt *a)
{
	a->finding.cti[15]++;
}

static void
v_other_life(struct attempt *a)
{
	a->finding.life[15]++;
}

static void
v_other_nonce(struct attempt *a)
{
	a->finding.nonce[0]++;
}

static void
v_other_workflow(struct attempt *a)
{
	a->finding.workflow = WORKFLOW_ARTIFACT;
}

static void
v_fewer_bindings(struct attempt *a)
{
	a->finding.bindings.present &= (uint16_t)~BINDING_BIT(CHANNEL);
	a->finding.bindings.channel = bytes_of(NULL, 0);
}

static void
v_other_device(struct attempt *a)
{
	a->finding.bindings.device_handle = bytes_of_str("dh1_mine");
}

static void
v_other_release(struct attempt *a)
{
	a->finding.bindings.release = bytes_of_str("sha256:00");
}

static void
v_no_release(struct attempt *a)
{
	a->finding.bindings.present &= (uint16_t)~BINDING_BIT(RELEASE);
	a->finding.bindings.release = bytes_of(NULL, 0);
}

static void
v_other_account(struct attempt *a)
{
	a->finding.bindings.account[HASH_SIZE - 1] ^= 1;
}

static void
v_invented(struct attempt *a)
{
	struct challenge_claims claims[2] = { soft_batch_claims(0),
		                              soft_batch_claims(1) };
	AUTO(soft_key_free)
	struct soft_key *own = soft_key_new(ALG_ED25519, "own");
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(own, claims, 2);

	buf_reset(&a->tokens[1]);
	soft_batch_token(&b, 0, &a->tokens[1]);
	CU_ASSERT_EQUAL_FATAL(
	        challenge_open(buf_bytes(&a->tokens[1]), &a->of[1]), OK);
	a->m.challenge = buf_bytes(&a->tokens[1]);
	a->finding = verdict_kit_good(&a->of[1]);
}

static void
v_nonsense(struct attempt *a)
{
	a->m.challenge = bytes_of_str("no challenge");
}

static void
v_not_redeemable(struct attempt *a)
{
	a->finding.redeemable = 0;
	a->m.challenge = bytes_of(NULL, 0);
}

/* Findings of an honest verifier, with a valid tag, which a ledger that was
 * taken over has ... */
static void
found_bad(struct attempt *a)
{
	a->finding.reasons = reason_bit(REASON_PCR_MISMATCH);
}

static void
found_two(struct attempt *a)
{
	a->finding.reasons = reason_bit(REASON_PCR_MISMATCH) |
	                     reason_bit(REASON_BINDING_REQUEST);
}

static void
found_ended_chain(struct attempt *a)
{
	a->finding.chain_end_s = 5;
	a->finding.bindings.present &= (uint16_t)~BINDING_BIT(DEVICE);
	a->finding.bindings.device_handle = bytes_of(NULL, 0);
}

static void
found_forged(struct attempt *a)
{
	a->finding = verdict_kit_forged();
	a->m.challenge = bytes_of(NULL, 0);
	a->m.redeemed = 0;
	memset(a->m.vector, 0, sizeof(a->m.vector));
	a->m.reasons = a->finding.reasons;
}

static void
found_warning(struct attempt *a)
{
	a->finding.vector[VECTOR_HARDWARE] = TIER_WARNING;
}

static void
found_other_warning(struct attempt *a)
{
	a->finding.vector[VECTOR_HARDWARE] = -33;
}

static void
found_proved(struct attempt *a)
{
	a->finding.proved = 1;
}

/* ... and the lies that it makes from them. */
static void
l_nothing(struct attempt *a)
{
	(void)a;
}

static void
l_no_tag(struct attempt *a)
{
	memset(a->m.tag, 0, HASH_SIZE);
}

static void
l_own_key(struct attempt *a)
{
	verdict_kit_seal(&a->m, &a->finding, VERDICT_KIT_OTHER_KEY, &a->text);
}

static void
l_rewrites(struct attempt *a)
{
	struct wire_result_sign other = a->m;

	a->finding.reasons = 0;
	verdict_kit_seal(&other, &a->finding, VERDICT_KIT_KEY, &a->text);
	a->m.finding = other.finding; /* by the tag of before */
}

static void
l_cuts(struct attempt *a)
{
	a->m.finding.len--;
}

static void
l_keeps_one_reason(struct attempt *a)
{
	a->m.reasons = reason_bit(REASON_PCR_MISMATCH);
}

static void
l_other_challenge(struct attempt *a)
{
	a->m.challenge = buf_bytes(&a->tokens[1]);
}

static void
l_no_challenge(struct attempt *a)
{
	a->m.challenge = bytes_of(NULL, 0);
}

static void
l_gives_challenge(struct attempt *a)
{
	a->m.challenge = buf_bytes(&a->tokens[0]);
}

static void
l_spends_forged(struct attempt *a)
{
	a->m.redeemed = 1;
}

static void
l_other_reason(struct attempt *a)
{
	a->m.reasons = reason_bit(REASON_CHALLENGE_EXPIRED);
}

static void
l_not_spent(struct attempt *a)
{
	a->m.redeemed = 0;
}

static void
l_spends_twice(struct attempt *a)
{
	a->m.redeemed = 2;
}

static void
l_enrols(struct attempt *a)
{
	a->m.enrolled = WIRE_ENROLLED_NOW;
	a->m.handle = bytes_of_str("dh1_x");
}

static void
l_ahead(struct attempt *a)
{
	a->m.issued_s += BELIEVE_SKEW_S + 1;
	a->m.expires_s += BELIEVE_SKEW_S + 1;
}

static void
l_before_its_time(struct attempt *a)
{
	a->m.issued_s = SOFT_BATCH_IAT - BELIEVE_SKEW_S - 1;
	a->m.expires_s = a->m.issued_s + TTL;
}

static void
l_lasts(struct attempt *a)
{
	a->m.expires_s++;
}

static void
l_no_time(struct attempt *a)
{
	a->m.expires_s = a->m.issued_s;
}

static void
l_wraps(struct attempt *a)
{
	a->m.issued_s = UINT64_MAX - 2;
	a->m.expires_s = UINT64_MAX;
}

static void
l_expired(struct attempt *a)
{
	a->terms.now_s = a->of[0].claims.exp_s + BELIEVE_SKEW_S + 1;
	a->m.issued_s = a->terms.now_s;
	a->m.expires_s = a->m.issued_s + 1;
}

static void
l_old_refusal(struct attempt *a)
{
	a->terms.now_s = NOW + BELIEVE_SKEW_S + 1;
}

static void
l_no_warning(struct attempt *a)
{
	a->m.vector[VECTOR_HARDWARE] = 0;
}

static void
l_praises(struct attempt *a)
{
	a->m.vector[VECTOR_EXECUTABLES] = 2;
}

static void
l_praises_unspent(struct attempt *a)
{
	a->m.redeemed = 0;
	a->m.reasons = reason_bit(REASON_CHALLENGE_REPLAYED);
}

struct lie {
	const char *name;
	void (*before)(struct attempt *a); /* it is tagged */
	void (*after)(struct attempt *a);
	err_t answer;
};

static const struct lie lies[] = {
	{ "verdict on another challenge", v_other_challenge, l_nothing,
	  E_DENIED },
	{ "another tenant", v_other_tenant, l_nothing, E_DENIED },
	{ "another tenant's challenge", v_foreign_challenge, l_nothing,
	  E_DENIED },
	{ "a later end", v_later_end, l_nothing, E_DENIED },
	{ "an earlier end", v_earlier_end, l_nothing, E_DENIED },
	{ "a later begin", v_later_begin, l_nothing, E_DENIED },
	{ "another cti", v_other_cti, l_nothing, E_DENIED },
	{ "another life", v_other_life, l_nothing, E_DENIED },
	{ "another nonce", v_other_nonce, l_nothing, E_DENIED },
	{ "another workflow", v_other_workflow, l_nothing, E_DENIED },
	{ "fewer bindings", v_fewer_bindings, l_nothing, E_DENIED },
	{ "another device", v_other_device, l_nothing, E_DENIED },
	{ "another release", v_other_release, l_nothing, E_DENIED },
	{ "no release", v_no_release, l_nothing, E_DENIED },
	{ "another account", v_other_account, l_nothing, E_DENIED },
	{ "an invented challenge", v_invented, l_nothing, E_DENIED },
	{ "no challenge at all", v_nonsense, l_nothing, E_DENIED },
	{ "a good one that is none", v_not_redeemable, l_nothing, E_MALFORMED },
	{ "no tag", l_nothing, l_no_tag, E_DENIED },
	{ "a tag by another key", l_nothing, l_own_key, E_DENIED },
	{ "a finding that was changed", found_bad, l_rewrites, E_DENIED },
	{ "a finding that was cut", l_nothing, l_cuts, E_MALFORMED },
	{ "bad evidence called good", found_bad, l_nothing, E_MALFORMED },
	{ "a reason fewer", found_two, l_keeps_one_reason, E_MALFORMED },
	{ "a verdict for another challenge", l_nothing, l_other_challenge,
	  E_DENIED },
	{ "a challenge kept back", l_nothing, l_no_challenge, E_MALFORMED },
	{ "a challenge for a forged one", found_forged, l_gives_challenge,
	  E_MALFORMED },
	{ "a forged challenge spent", found_forged, l_spends_forged,
	  E_MALFORMED },
	{ "a forged challenge by another name", found_forged, l_other_reason,
	  E_MALFORMED },
	{ "eligible without spending", l_nothing, l_not_spent, E_MALFORMED },
	{ "spent twice", l_nothing, l_spends_twice, E_MALFORMED },
	{ "enrolled unasked", l_nothing, l_enrols, E_MALFORMED },
	{ "a chain that had ended", found_ended_chain, l_nothing, E_MALFORMED },
	{ "a warning dropped", found_warning, l_no_warning, E_MALFORMED },
	{ "a warning of the other sign dropped", found_other_warning,
	  l_no_warning, E_MALFORMED },
	{ "a proved claim dropped", found_proved, l_no_warning, E_MALFORMED },
	{ "a claim of its own", l_nothing, l_praises, E_MALFORMED },
	{ "a claim that spent nothing", l_nothing, l_praises_unspent,
	  E_MALFORMED },
	{ "ahead of our clock", l_nothing, l_ahead, E_DENIED },
	{ "before the challenge", l_nothing, l_before_its_time, E_DENIED },
	{ "longer than a result lives", l_nothing, l_lasts, E_DENIED },
	{ "no life at all", l_nothing, l_no_time, E_DENIED },
	{ "times that wrap", l_nothing, l_wraps, E_DENIED },
	{ "spent when it had expired", l_nothing, l_expired, E_DENIED },
	{ "a refusal of long ago", found_forged, l_old_refusal, E_DENIED },
};

/* As the key holder hears it: in a packet, from which it was decoded. */
static err_t
heard(struct attempt *a, struct believed *ret)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	const struct wire_result_sign sent = a->m;

	wire_put_result_sign(&packet, &sent);
	TRY(wire_get_result_sign(buf_bytes(&packet), &a->m));
	err_t err = believed(a, ret);
	a->m = sent;
	return err;
}

static void
test_lies(void)
{
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		AUTO(attempt_release) struct attempt a = attempt_of();
		struct believed b;

		lies[i].before(&a);
		verdict_kit_seal(&a.m, &a.finding, VERDICT_KIT_KEY, &a.text);
		lies[i].after(&a);
		err_t err = heard(&a, &b);
		if (err == lies[i].answer)
			continue;
		fprintf(stderr, "%s: %s\n", lies[i].name, err_name(err));
		CU_FAIL("another answer");
	}
}

static const struct harness_test tests[] = {
	{ "believes no lie", test_lies },
	{ NULL, NULL },
};

HARNESS_MAIN("believe_lies", tests)
