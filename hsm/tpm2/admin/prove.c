/*
 * prove.c - checks the strength of the PIN for keygen, and that every object
 * that keygen creates or reuses in a TPM has this PIN, by using each once.
 */
#include "hsm/audit/int.h"
#include "hsm/tpm2/admin/admin.h"

/* The least that t2_refuse_weak() accepts. */
#define PIN_LEAST 12 /* bytes; the maximum is T2_PIN_MAX */
#define PIN_KINDS 8  /* different byte values among them */

/* A TPM forgets failed authorisations with time, and for a noDA object it
 * counts none, so that an attacker who can open the TPM's device may try
 * hundreds of PINs per second.  This check refuses PINs that are empty, short
 * or made of few different characters.  It cannot recognise a predictable PIN;
 * a good one is random, for instance from `openssl rand -base64 18`. */
err_t
t2_refuse_weak(struct tpm2 *t, struct bytes pin)
{
	bool seen[256] = { false };
	unsigned kinds = 0;

	for (size_t i = 0; i < pin.len; i++) {
		kinds += !seen[pin.data[i]];
		seen[pin.data[i]] = true;
	}
	return pin.len >= PIN_LEAST && kinds >= PIN_KINDS
	               ? OK
	               : t2_fail(t, E_DENIED,
	                         "a PIN or an authorisation value for a TPM "
	                         "needs at least %d bytes, at least %d of them "
	                         "different",
	                         PIN_LEAST, PIN_KINDS);
}

/* An object that was there before may have another PIN.  The key holder could
 * then use only some of its keys. */
err_t
t2_prove_kept(struct tpm2 *t, const struct secret *pin,
              struct hsm_keygen_result *out)
{
	TRY(t2_lockout_check(t));
	TRY(t2_tell_auth(t, pin));
	err_t err =
	        t2_mac(t, bytes_of_str(HSM_HANDLE_CHECK), out->handle_check);
	out->handle_checked = err == OK;
	if (err == E_LATCHED)
		return t2_fail(t, err,
		               "the existing handle key does not have this "
		               "PIN (%s)",
		               t2_rc_name(t->rc));
	TRY(err);
	err = t2_epoch_prove(t);
	if (err == E_LATCHED)
		return t2_fail(t, err,
		               "the existing counter does not have this PIN "
		               "(%s)",
		               t2_rc_name(t->rc));
	return err;
}

/* Checks that the key in its place signs with this PIN, and that the signature
 * verifies with the public half that the TPM reported under the session. */
err_t
t2_prove_signing(struct tpm2 *t, const struct t2_key *key,
                 const struct hsm_found *found, const TPM2B_AUTH *auth)
{
	const struct t2_key before = t->keys[t->key];

	if (Esys_TR_SetAuth(t->esys, key->object, auth) != TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "SetAuth: the new key's PIN");
	t->keys[t->key] = *key;
	enum audit_outcome outcome =
	        hsm_audit_prove(&hsm_tpm2, t, found->alg,
	                        bytes_of(found->spki, found->spki_len));
	t->keys[t->key] = before;
	return outcome == AUDIT_GOOD
	               ? OK
	               : t2_fail(t, E_DEVICE,
	                         "the new key makes no valid signature (%s); "
	                         "it stays in the TPM",
	                         t2_rc_name(t->rc));
}
