/*
 * possession.c - decides whether the attested key can confirm a result: whether
 * a backend may believe a proof by it (RFC 9449), and the device can make one.
 *
 * docs/formats-android-verdicts.md has the rules.  The numbers are those of
 * KeyMint's Algorithm, Digest and PaddingMode.
 */
#include "evidence/android/android.h"

#define KEYMINT_RSA 1
#define KEYMINT_EC 3
#define DIGEST_NONE 0
#define DIGEST_SHA256 4
#define DIGEST_SHA384 5
#define PADDING_RSA_PSS 3
#define PADDING_RSA_PKCS1_SIGN 5

/* What the hardware must permit for a signature by the algorithm of JOSE.  A kind
 * of key without a row has none. */
static const struct possession_need {
	uint64_t algorithm, digest;
} needs[ALG_KEYS] = {
	[ALG_KEY_P256] = { KEYMINT_EC, DIGEST_SHA256 },
	[ALG_KEY_P384] = { KEYMINT_EC, DIGEST_SHA384 },
	[ALG_KEY_ED25519] = { KEYMINT_EC, DIGEST_NONE },
	[ALG_KEY_RSA] = { KEYMINT_RSA, DIGEST_SHA256 },
};

static bool
signs_by(const struct android_list *hardware, enum alg alg)
{
	const struct possession_need *need = &needs[alg_key(alg)];

	return android_set_holds(&hardware->purpose, PURPOSE_SIGN) &&
	       need->algorithm != 0 && hardware->algorithm == need->algorithm &&
	       android_set_holds(&hardware->digest, need->digest) &&
	       (need->algorithm != KEYMINT_RSA ||
	        android_set_holds(&hardware->padding, PADDING_RSA_PSS) ||
	        android_set_holds(&hardware->padding, PADDING_RSA_PKCS1_SIGN));
}

/* A copy of an imported key may be anywhere.  Absent is not "generated". */
static bool
is_born_there(const struct android_list *hardware)
{
	return android_has(hardware, TAG_origin) &&
	       hardware->origin == ORIGIN_GENERATED;
}

/* True if the key signs only what the device's own dialogue has shown
 * (trusted_confirmation_required), only documents of an identity credential,
 * only while the device boots, nothing, or only a few times.  Whoever enforces
 * that, the device cannot prove its possession request by request. */
static bool
is_for_something_else(const struct android_list *list)
{
	static const enum android_tag tags[] = {
		TAG_trusted_confirmation_required,
		TAG_identity_credential_key,
		TAG_early_boot_only,
		TAG_storage_key,
		TAG_usage_count_limit,
		TAG_max_uses_per_boot,
	};

	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (android_has(list, tags[i]))
			return true;
	return false;
}

/* By a proof of another key, the result is about that key's device, and the
 * attested key may be in a second one. */
static bool
is_the_devices_own(const struct android_evidence *e)
{
	return e->proof.len == 0 || android_proof_is_own(e);
}

struct confirmation
android_possession(const struct android_evidence *e)
{
	const struct key_description *d = android_target(e);
	struct confirmation key, none = { .len = 0 };
	enum alg alg = ALG_COUNT;

	if (!is_the_devices_own(e) ||
	    confirmation_set(&key, x509_cert_spki(e->certs[e->target].x509),
	                     &alg) != OK)
		return none;
	return signs_by(&d->hardware_enforced, alg) &&
	                       is_born_there(&d->hardware_enforced) &&
	                       !is_for_something_else(&d->hardware_enforced) &&
	                       !is_for_something_else(&d->software_enforced)
	               ? key
	               : none;
}
