/*
 * try.c - tries what must work with a key (a signature or an HMAC) and what
 * must be refused: unsealing it, duplicating it, and using it without the PIN.
 *
 * Only certain return codes count as a refusal (is_refusal()); any other error
 * proves nothing.  Secret output of a command that should have failed is wiped
 * and freed without being examined.
 */
#include <string.h>

#include "crypto/digest.h"
#include "hsm/tpm2/alg.h"
#include "hsm/tpm2/audit/audit.h"

/* True for the return codes by which a TPM refuses a command for this key. */
static bool
is_refusal(const struct tpm2 *t)
{
	static const TSS2_RC refusals[] = {
		TPM2_RC_TYPE,
		TPM2_RC_ATTRIBUTES,
		TPM2_RC_AUTH_TYPE,
		TPM2_RC_AUTH_FAIL,
		TPM2_RC_BAD_AUTH,
		TPM2_RC_POLICY_FAIL,
		TPM2_RC_AUTH_UNAVAILABLE,
	};

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (t2_rc_base(t->rc) == refusals[i])
			return true;
	return false;
}

/* Translates the result of an attempt.  A failure of the device that is not a
 * refusal is an error. */
static err_t
outcome_of(const struct tpm2 *t, err_t err, enum audit_outcome *ret_outcome)
{
	if (err == E_DEVICE && !is_refusal(t))
		return err;
	*ret_outcome = err == OK       ? AUDIT_SUCCEEDED
	               : is_refusal(t) ? AUDIT_REFUSED
	                               : AUDIT_UNCLEAR;
	return OK;
}

static err_t
set_object_auth(struct t2_audit *a, ESYS_TR object, const TPM2B_AUTH *auth)
{
	TSS2_RC rc = Esys_TR_SetAuth(a->t->esys, object, auth);

	a->t->pin_told = true; /* from now on a refusal may be of the PIN */
	return rc == TSS2_RC_SUCCESS
	               ? OK
	               : t2_fail(a->t, E_DEVICE, "SetAuth: %s", t2_rc_name(rc));
}

/* TPM2_Unseal returns the data of a sealed data object; for a key it must
 * fail. */
static err_t
try_read(struct t2_audit *a, ESYS_TR object, enum audit_outcome *ret_outcome)
{
	AUTO(t2_free) void *owned = NULL;
	TPM2B_SENSITIVE_DATA *data = NULL;
	err_t err = T2_CALL(a->t, Unseal,
	                    (object, a->t->session, ESYS_TR_NONE, ESYS_TR_NONE),
	                    &data);

	owned = data;
	if (data)
		secret_wipe(data, sizeof(*data));
	TRY(outcome_of(a->t, err, ret_outcome));
	return t2_encrypt_session(a->t);
}

static err_t
call_duplicate(struct t2_audit *a, ESYS_TR object, ESYS_TR policy)
{
	static const TPMT_SYM_DEF_OBJECT none = { .algorithm = TPM2_ALG_NULL };
	AUTO(t2_free) void *key = NULL;
	AUTO(t2_free) void *private = NULL;
	AUTO(t2_free) void *seed = NULL;
	TPM2B_DATA *out_key = NULL;
	TPM2B_PRIVATE *out_private = NULL;
	TPM2B_ENCRYPTED_SECRET *out_seed = NULL;
	err_t err = T2_CALL(a->t, Duplicate,
	                    (object, ESYS_TR_RH_NULL, policy, ESYS_TR_NONE,
	                     ESYS_TR_NONE, NULL, &none),
	                    &out_key, &out_private, &out_seed);

	key = out_key;
	private = out_private;
	seed = out_seed;
	if (out_private)
		secret_wipe(out_private, sizeof(*out_private));
	return err;
}

/* TPM2_Duplicate needs a policy session that is bound to this command by
 * TPM2_PolicyCommandCode, as the policy of a duplicable key usually demands. */
static err_t
try_wrap(struct t2_audit *a, ESYS_TR object, enum audit_outcome *ret_outcome)
{
	static const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	ESYS_TR policy = ESYS_TR_NONE;

	TRY(T2_CALL(a->t, StartAuthSession,
	            (ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
	             ESYS_TR_NONE, NULL, TPM2_SE_POLICY, &none,
	             TPM2_ALG_SHA256),
	            &policy));
	err_t err = T2_CALL(a->t, PolicyCommandCode,
	                    (policy, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
	                     TPM2_CC_Duplicate));
	if (err == OK) {
		err = call_duplicate(a, object, policy);
		/* A successful command ends the policy session. */
		if (err == OK)
			policy = ESYS_TR_NONE;
		err = outcome_of(a->t, err, ret_outcome);
	}
	err_t flushed = t2_flush(a->t, &policy);
	return err == OK ? flushed : err;
}

/* Uses the key once; the result is discarded. */
static err_t
use_key_once(struct t2_audit *a, const TPMT_PUBLIC *public)
{
	uint8_t in[DIGEST_MAX] = { 1 };
	uint8_t mac[HASH_SIZE];
	struct hsm_signature signature;
	struct hsm_found found;

	if (public->type == TPM2_ALG_KEYEDHASH)
		return t2_mac(a->t, bytes_of(in, HASH_SIZE), mac);
	if (t2_spki(public, &found) != OK)
		return E_DENIED;
	return t2_sign(a->t, found.alg,
	               bytes_of(in, alg_digest_size(found.alg)), &signature);
}

static bool
is_counted(const TPMT_PUBLIC *public)
{
	return !(public->objectAttributes & TPMA_OBJECT_NODA);
}

/* Sets the PIN of an object whose failed authorisations the TPM counts.  If the
 * TPM is in lockout, or one more failure would cause it, the PIN is not used
 * and the audit continues like one without a PIN. */
static err_t
tell_counted(struct t2_audit *a, ESYS_TR object)
{
	struct t2_lockout l;

	a->t->lockable = true;
	err_t err = t2_lockout_check(a->t);
	if (err != E_LATCHED)
		return err == OK ? set_object_auth(a, object, &a->auth) : err;
	TRY(t2_lockout_read(a->t, &l));
	hsm_audit_found(a->ops,
	                l.locked ? AUDIT_PIN_LOCKED : AUDIT_PIN_FINAL_TRY, NULL,
	                "%u failures of at most %u", l.counter, l.most);
	hsm_audit_found(a->ops, AUDIT_PRIVATE_UNSEEN, NULL, "%s", "");
	a->logged_in = false;
	return OK;
}

/* Tries whether the key can be used with an empty PIN, but only if the TPM does
 * not count that as a failed authorisation.  Then sets the PIN. */
static err_t
try_open(struct t2_audit *a, ESYS_TR object, const TPMT_PUBLIC *public,
         const struct audit_key *key)
{
	static const TPM2B_AUTH none = { .size = 0 };

	if (is_counted(public))
		return tell_counted(a, object);
	TRY(set_object_auth(a, object, &none));
	err_t err = use_key_once(a, public);
	if (err == E_DEVICE)
		return err;
	if (err != OK)
		return set_object_auth(a, object, &a->auth);
	hsm_audit_found(a->ops, AUDIT_KEY_PUBLIC, key, "%s",
	                "its PIN is empty");
	return OK; /* the other attempts use the empty PIN, too */
}

static bool
is_about_pin(const struct tpm2 *t)
{
	return t2_rc_base(t->rc) == TPM2_RC_AUTH_FAIL ||
	       t2_rc_base(t->rc) == TPM2_RC_BAD_AUTH ||
	       t2_rc_base(t->rc) == TPM2_RC_LOCKOUT;
}

static enum audit_outcome
try_sign(struct t2_audit *a, const TPMT_PUBLIC *public)
{
	struct hsm_found found;

	if (public->type == TPM2_ALG_KEYEDHASH)
		return hsm_audit_prove_mac(&hsm_tpm2, a->t);
	if (t2_spki(public, &found) != OK)
		return AUDIT_UNCLEAR;
	return hsm_audit_prove(&hsm_tpm2, a->t, found.alg,
	                       bytes_of(found.spki, found.spki_len));
}

err_t
t2_audit_try(struct t2_audit *a, ESYS_TR object, const TPMT_PUBLIC *public,
             struct audit_key *key)
{
	a->t->keys[0] = a->t->mac = (struct t2_key){ .object = object };
	key->sign = AUDIT_NOT_TRIED;
	if (a->logged_in)
		TRY(try_open(a, object, public, key));
	if (a->logged_in) {
		key->sign = try_sign(a, public);
		/* No further attempts after a wrong PIN: each would be another
		 * failed authorisation. */
		a->refused = key->sign == AUDIT_BAD && is_about_pin(a->t);
		if (a->refused)
			return t2_fail(a->t, E_LATCHED,
			               "this is not the key's PIN: %s",
			               t2_rc_name(a->t->rc));
	}
	key->read_what = "TPM2_Unseal";
	key->wrap_what = "TPM2_Duplicate";
	/* TPM2_Unseal is authorised by the PIN, too, or by an empty one. */
	if (a->logged_in || !is_counted(public)) {
		/* The return code that sign failed with is not authenticated
		 * and may hide a wrong PIN; the authenticated counter shows
		 * whether another failure is safe. */
		if (key->sign == AUDIT_BAD)
			TRY(t2_lockout_check(a->t));
		TRY(try_read(a, object, &key->read));
	}
	return try_wrap(a, object, &key->wrap);
}
