/*
 * keys.c - audits the service's keys and its counter in a TPM.
 *
 * The rules are those of hsm/tpm2/find.c. That file refuses a key at the first
 * rule that it breaks; here every broken rule is a finding of its own.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/tpm2/alg.h"
#include "hsm/tpm2/audit/audit.h"

#define RSA_BITS_LEAST 2048
#define EC_BITS_LEAST 256

/* Attribute bits that must be set (set is true) or must be clear. */
static const struct rule {
	TPMA_OBJECT bits;
	bool set;
	enum audit_code code;
	const char *name;
} rules[] = {
	{ TPMA_OBJECT_FIXEDTPM, true, AUDIT_KEY_EXTRACTABLE, "not fixedTPM" },
	{ TPMA_OBJECT_FIXEDPARENT, true, AUDIT_KEY_EXTRACTABLE,
	  "not fixedParent" },
	{ TPMA_OBJECT_SENSITIVEDATAORIGIN, true, AUDIT_KEY_IMPORTED,
	  "not sensitiveDataOrigin" },
	{ TPMA_OBJECT_USERWITHAUTH, true, AUDIT_KEY_BY_POLICY,
	  "not userWithAuth" },
	{ TPMA_OBJECT_ADMINWITHPOLICY, false, AUDIT_KEY_BY_POLICY,
	  "adminWithPolicy" },
	{ TPMA_OBJECT_RESTRICTED, false, AUDIT_KEY_RESTRICTED, "restricted" },
	{ TPMA_OBJECT_DECRYPT, false, AUDIT_KEY_DECRYPTS, "decrypt" },
};

err_t
t2_audit_step(struct t2_audit *a, const char *doing, err_t err)
{
	const struct audit_failure what = { err, a->t->why, NULL };

	return hsm_audit_failed(&a->failures, a->ops, doing, &what);
}

void
t2_audit_noda(const struct t2_audit *a, const struct audit_key *key,
              const char *what)
{
	if (*a->lockout_off)
		hsm_audit_found(a->ops, AUDIT_LOCKOUT_WAIVED, key, "%s: %s",
		                what, a->lockout_off);
	else
		hsm_audit_found(a->ops, AUDIT_LOCKOUT_EXEMPT, key, "%s", what);
}

static void
judge_attributes(const struct t2_audit *a, const TPMT_PUBLIC *public,
                 const struct audit_key *key)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		TPMA_OBJECT is = public->objectAttributes & rules[i].bits;

		if ((is != 0) != rules[i].set)
			hsm_audit_found(a->ops, rules[i].code, key, "%s",
			                rules[i].name);
	}
	if (public->objectAttributes & TPMA_OBJECT_NODA)
		t2_audit_noda(a, key, "noDA");
	if (public->authPolicy.size != 0)
		hsm_audit_found(a->ops, AUDIT_KEY_BY_POLICY, key, "%s",
		                "it has an authorisation policy");
}

/* The size of the curve; for an unknown curve it is estimated from the length
 * of a coordinate. */
static unsigned long
curve_bits(const TPMT_PUBLIC *public)
{
	static const struct {
		TPMI_ECC_CURVE curve;
		unsigned long bits;
	} curves[] = {
#define ALG_KEY(name, kty, crv, cose_kty, cose_crv, size, y, type, made, \
                params, also, t2_type, t2_curve, spki)                   \
	{ t2_curve, size },
#include "crypto/alg.def"
		{ TPM2_ECC_NIST_P192, 192 },
		{ TPM2_ECC_NIST_P224, 224 },
	};
	TPMI_ECC_CURVE curve = public->parameters.eccDetail.curveID;

	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (curves[i].curve != TPM2_ECC_NONE &&
		    curves[i].curve == curve)
			return curves[i].bits;
	return public->unique.ecc.x.size > 32 ? 384 : 256;
}

static void
judge_size(const struct t2_audit *a, const TPMT_PUBLIC *public,
           struct audit_key *key)
{
	unsigned long least = EC_BITS_LEAST;

	if (public->type == TPM2_ALG_RSA) {
		key->bits = public->parameters.rsaDetail.keyBits;
		least = RSA_BITS_LEAST;
	} else if (public->type == TPM2_ALG_ECC) {
		key->bits = curve_bits(public);
	} else {
		key->bits = 256; /* a TPM's HMAC key for SHA-256 has these */
	}
	if (key->bits < least)
		hsm_audit_found(a->ops, AUDIT_KEY_WEAK, key, "%lu bits",
		                key->bits);
}

static bool
is_service_scheme(const TPMT_PUBLIC *public)
{
	const TPMT_KEYEDHASH_SCHEME *mac =
	        &public->parameters.keyedHashDetail.scheme;
	struct hsm_found found;

	if (public->type != TPM2_ALG_KEYEDHASH)
		return t2_spki(public, &found) == OK;
	return mac->scheme == TPM2_ALG_HMAC &&
	       mac->details.hmac.hashAlg == TPM2_ALG_SHA256;
}

static err_t
audit_key(struct t2_audit *a, ESYS_TR object, struct audit_key *key)
{
	TPMT_PUBLIC public;

	TRY(t2_read_public(a->t, object, &public));
	t2_describe(&public, &key->object);
	key->made_by = AUDIT_UNSAID;
	judge_size(a, &public, key);
	TRY(t2_audit_try(a, object, &public, key));
	a->ops->key(a->ops->arg, key);
	judge_attributes(a, &public, key);
	if (!is_service_scheme(&public))
		hsm_audit_found(a->ops, AUDIT_KEY_SCHEME_OPEN, key, "%s", "");
	hsm_audit_attempts(a->ops, key);
	return OK;
}

/* Audits the key at a place.  A missing or unusable key is the finding
 * `missing`, not an error. */
static err_t
audit_place(struct t2_audit *a, const struct t2_place *place, const char *what,
            enum audit_code missing)
{
	struct audit_key key = { .made_by = AUDIT_UNSAID };
	struct t2_key found = { .object = ESYS_TR_NONE };

	err_t err = t2_find_key(a->t, place, what, &found);
	if (err == E_LATCHED || err == E_CONFIG) {
		hsm_audit_found(a->ops, missing, NULL, "%s", a->t->why);
		return OK;
	}
	TRY(err);
	if (place->path[0])
		snprintf(key.object.label, sizeof(key.object.label), "%.159s",
		         place->path);
	else
		snprintf(key.object.label, sizeof(key.object.label), "0x%08x",
		         place->handle);
	err = audit_key(a, found.object, &key);
	/* t2_audit_try() had stored the object in both. */
	a->t->keys[0].object = a->t->mac.object = ESYS_TR_NONE;
	err_t flushed = found.handle == 0 ? t2_flush(a->t, &found.object) : OK;
	return err == OK ? flushed : err;
}

static err_t
audit_counter(struct t2_audit *a)
{
	const TPMA_NV either = TPMA_NV_WRITTEN | TPMA_NV_NO_DA;
	AUTO(t2_free) void *owned = NULL;
	TPM2B_NV_PUBLIC *public = NULL;
	ESYS_TR counter = ESYS_TR_NONE;
	err_t err = t2_refer(a->t, a->uri->epoch, &counter);

	if (err == E_NOT_FOUND) {
		hsm_audit_found(a->ops, AUDIT_COUNTER_MISSING, NULL, "0x%08x",
		                a->uri->epoch);
		return OK;
	}
	TRY(err);
	TRY(T2_CALL(a->t, NV_ReadPublic,
	            (counter, a->t->session, ESYS_TR_NONE, ESYS_TR_NONE),
	            &public, NULL));
	owned = public;
	TPMA_NV is = public->nvPublic.attributes & ~either;
	if (is & TPMA_NV_ORDERLY)
		hsm_audit_found(a->ops, AUDIT_COUNTER_ORDERLY, NULL, "0x%08x",
		                a->uri->epoch);
	else if (is != T2_EPOCH_ATTRIBUTES)
		hsm_audit_found(a->ops, AUDIT_COUNTER_ODD, NULL,
		                "attributes 0x%08x", is);
	if (public->nvPublic.attributes & TPMA_NV_NO_DA)
		t2_audit_noda(a, NULL, "noDA of the counter");
	return OK;
}

/* After the TPM has refused the PIN no further key is audited, because each use
 * would be another failed authorisation. */
static err_t
audit_one(struct t2_audit *a, const struct t2_place *place, const char *what,
          enum audit_code missing)
{
	if (a->refused)
		return OK;
	err_t err = audit_place(a, place, what, missing);
	if (!a->refused)
		return t2_audit_step(a, what, err);
	hsm_audit_found(a->ops, AUDIT_PIN_REFUSED, NULL, "%s key: %s", what,
	                a->t->why);
	return OK;
}

static err_t
audit_pinned(struct t2_audit *a, const char *text)
{
	AUTO(buf_release) struct buf why = buf_of(HSM_WHY_MAX - 1);
	struct t2_uri uri;

	if (t2_uri_parse(text, &why, &uri) != OK) {
		hsm_audit_found(a->ops, AUDIT_NO_SIGNING_KEY, NULL, "%s",
		                buf_str(&why));
		return OK;
	}
	return audit_one(a, &uri.key, "signing", AUDIT_NO_SIGNING_KEY);
}

err_t
t2_audit_keys(struct t2_audit *a)
{
	for (size_t i = 0; i < a->asked->n_pinned; i++)
		TRY(audit_pinned(a, a->asked->pinned[i]));
	if (a->asked->n_pinned == 0)
		TRY(audit_one(a, &a->uri->key, "signing",
		              AUDIT_NO_SIGNING_KEY));
	TRY(audit_one(a, &a->uri->mac, "handle", AUDIT_NO_HANDLE_KEY));
	return t2_audit_step(a, "the counter", audit_counter(a));
}
