/*
 * format.c - the functions of the format "android-key", in one table.
 */
#include "evidence/android/android.h"
#include "evidence/android/policy.h"

static err_t
parse_chain_evidence(void *own, struct buf *why)
{
	const struct android_evidence *e = own;

	if (e->malformed.len > 0) {
		buf_append(why, buf_bytes(&e->malformed));
		return E_MALFORMED;
	}
	if (!android_target(e)) {
		buf_append_str(why, "no certificate has a KeyDescription");
		return E_MALFORMED;
	}
	if (!android_proof_formed(e)) {
		buf_append_str(why, "proof cannot be a signature by proof_key, "
		                    "or proof_key is not a supported key");
		return E_MALFORMED;
	}
	return OK;
}

const struct evidence_format evidence_android_key = {
	.name = "android-key",
	.help = "an Android key attestation: a chain of certificates",
	.enrolls = true,
	.self_proving = true,
	.confirms = true,
	.successors = true,
	.read = android_read,
	.read_files = android_read_files,
	.parse = parse_chain_evidence,
	.nonce = android_nonce,
	.leniencies = android_leniencies,
	.offline = android_offline,
	.vouch = android_vouch,
	.purpose = ANCHOR_ANDROID_KEY,
	.drop_roots = android_roots_drop_software,
	.appraise = android_appraise,
	.policy = &policy_android_group,
	.inspect = android_inspect,
	.claims = android_claims,
	.not_appraised = android_not_appraised,
	.free = android_free,
};
