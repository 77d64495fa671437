/*
 * proof.c - verifies the proof: a signature by the enrolled key over the nonce.
 *
 * The proof shows that the enrolled key was used to answer this challenge.  It
 * does not show that the attested key is in the same device
 * (docs/formats-android-verdicts.md).
 */
#include "evidence/android/android.h"
#include "crypto/keys/signature.h"

bool
android_proof_formed(const struct android_evidence *e)
{
	return e->proof.len == 0 ||
	       signature_check_form(buf_bytes(&e->proof_key),
	                            buf_bytes(&e->proof)) == OK;
}

bool
android_proof_holds(const struct android_evidence *e)
{
	return signature_verify(buf_bytes(&e->proof_key), android_nonce(e),
	                        buf_bytes(&e->proof)) == OK;
}

bool
android_proof_is_own(const struct android_evidence *e)
{
	return bytes_equal(buf_bytes(&e->proof_key),
	                   x509_cert_spki(e->certs[e->vouched].x509));
}
