/*
 * keys.c - checks each key, and the set of all keys.
 *
 * An attribute with the wrong value is a finding, and so is a required
 * attribute that the token does not report, which counts as the worse value.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"
#include "hsm/pkcs11/audit/audit.h"

#define EC_BITS_LEAST 255 /* Ed25519 */
#define RSA_BITS_LEAST 2048
#define SECRET_BITS_LEAST 128

/* The required attributes of a private or secret key.  absent: the value to
 * assume when the token does not report it. */
static const struct rule {
	enum hsm_attribute attribute;
	enum hsm_tristate wanted, absent;
	enum audit_code code;
} rules[] = {
	{ HSM_ATTRIBUTE_PRIVATE, HSM_YES, HSM_NO, AUDIT_KEY_PUBLIC },
	{ HSM_ATTRIBUTE_SENSITIVE, HSM_YES, HSM_NO, AUDIT_KEY_NOT_SENSITIVE },
	{ HSM_ATTRIBUTE_ALWAYS_SENSITIVE, HSM_YES, HSM_NO,
	  AUDIT_KEY_ONCE_NOT_SENSITIVE },
	{ HSM_ATTRIBUTE_EXTRACTABLE, HSM_NO, HSM_YES, AUDIT_KEY_EXTRACTABLE },
	{ HSM_ATTRIBUTE_NEVER_EXTRACTABLE, HSM_YES, HSM_NO,
	  AUDIT_KEY_ONCE_EXTRACTABLE },
	{ HSM_ATTRIBUTE_LOCAL, HSM_YES, HSM_NO, AUDIT_KEY_IMPORTED },
	{ HSM_ATTRIBUTE_MODIFIABLE, HSM_NO, HSM_YES, AUDIT_KEY_MODIFIABLE },
	{ HSM_ATTRIBUTE_DERIVE, HSM_NO, HSM_NO, AUDIT_KEY_DERIVES },
	{ HSM_ATTRIBUTE_UNWRAP, HSM_NO, HSM_NO, AUDIT_KEY_UNWRAPS },
	{ HSM_ATTRIBUTE_WRAP, HSM_NO, HSM_NO, AUDIT_KEY_WRAPS },
	{ HSM_ATTRIBUTE_DECRYPT, HSM_NO, HSM_NO, AUDIT_KEY_DECRYPTS },
	{ HSM_ATTRIBUTE_ENCRYPT, HSM_NO, HSM_NO, AUDIT_KEY_ENCRYPTS },
	{ HSM_ATTRIBUTE_ALWAYS_AUTHENTICATE, HSM_NO, HSM_NO,
	  AUDIT_KEY_ALWAYS_ASKS },
};

/* How a key of this type is created, and the mechanisms that the service
 * needs. */
static const struct kind {
	const char *type;
	uint64_t made_by[2];
	uint64_t signs_by; /* beside the mechanisms of alg.def */
	unsigned bits_least;
} kinds[] = {
	{ "ec",
	  { CKM_EC_KEY_PAIR_GEN, CKM_EC_KEY_PAIR_GEN },
	  CKM_ECDSA_SHA512,
	  EC_BITS_LEAST },
	{ "ec-edwards",
	  { CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EC_EDWARDS_KEY_PAIR_GEN },
	  CKM_EDDSA,
	  EC_BITS_LEAST },
	{ "rsa",
	  { CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_RSA_X9_31_KEY_PAIR_GEN },
	  CKM_RSA_PKCS,
	  RSA_BITS_LEAST },
	{ "generic-secret",
	  { CKM_GENERIC_SECRET_KEY_GEN, CKM_GENERIC_SECRET_KEY_GEN },
	  CKM_SHA256_HMAC,
	  SECRET_BITS_LEAST },
	{ "aes",
	  { CKM_AES_KEY_GEN, CKM_AES_KEY_GEN },
	  CKM_AES_CMAC,
	  SECRET_BITS_LEAST },
};

/* Lists the mechanisms by which a key of this kind may sign and returns their
 * number.  A key's list of allowed mechanisms must contain the first one. */
#define SIGNS_BY_MAX (2 * ALG_COUNT + 1)
static size_t
signs_by(const struct kind *kind, uint64_t out[static SIGNS_BY_MAX])
{
	size_t n = 0;

	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		CK_KEY_TYPE type = p11_key(alg_key(alg))->type;

		if (strcmp(p11_type_name(type), kind->type) != 0)
			continue;
		out[n++] = p11_alg(alg)->sign;
		out[n++] = p11_alg(alg)->hash_and_sign;
	}
	out[n++] = kind->signs_by;
	return n;
}

static const struct kind *
find_kind(const struct audit_key *key)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (p11_audit_type(key, kinds[i].type))
			return &kinds[i];
	return NULL;
}

static bool
is_mechanism_among(uint64_t value, const uint64_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

static void
judge_attributes(const struct audit *a, const struct audit_key *key)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		enum hsm_tristate value =
		        key->object.attributes[rules[i].attribute];
		bool unsaid = value == HSM_UNSAID;

		if ((unsaid ? rules[i].absent : value) != rules[i].wanted)
			hsm_audit_found(a->ops, rules[i].code, key, "%s",
			                unsaid ? "the token does not report it"
			                       : "");
	}
}

static void
judge_origin(const struct audit *a, const struct audit_key *key,
             const struct kind *kind)
{
	/* An imported key has no generation mechanism, and judge_attributes()
	 * has reported that it is imported. */
	if (key->made_by == AUDIT_UNSAID) {
		if (key->object.attributes[HSM_ATTRIBUTE_LOCAL] == HSM_YES)
			hsm_audit_found(a->ops, AUDIT_KEY_ORIGIN_UNSAID, key,
			                "%s", "");
		return;
	}
	if (kind && !is_mechanism_among(key->made_by, kind->made_by, 2))
		hsm_audit_found(a->ops, AUDIT_KEY_ORIGIN_ODD, key, "%s 0x%llx",
		                p11_mechanism_name(key->made_by),
		                (unsigned long long)key->made_by);
}

static void
judge_allowed(const struct audit *a, const struct audit_key *key,
              const struct kind *kind)
{
	if (key->n_allowed == 0) {
		hsm_audit_found(a->ops, AUDIT_KEY_MECHANISMS_OPEN, key, "%s",
		                "");
		return;
	}
	uint64_t may[SIGNS_BY_MAX];
	size_t n = kind ? signs_by(kind, may) : 0;
	bool odd = n > 0 &&
	           !is_mechanism_among(may[0], key->allowed, key->n_allowed);
	for (size_t i = 0; n > 0 && i < key->n_allowed; i++)
		odd = odd || !is_mechanism_among(key->allowed[i], may, n);
	if (odd)
		hsm_audit_found(a->ops, AUDIT_KEY_MECHANISMS_ODD, key,
		                "%zu allowed", key->n_allowed);
}

static void
judge_size(const struct audit *a, const struct audit_key *key,
           const struct kind *kind)
{
	if (!kind || key->bits == 0)
		hsm_audit_found(a->ops, AUDIT_KEY_UNMEASURED, key, "%s", "");
	else if (key->bits < kind->bits_least)
		hsm_audit_found(a->ops, AUDIT_KEY_WEAK, key, "%lu bits",
		                key->bits);
}

void
p11_audit_key(const struct audit *a, const struct audit_key *key)
{
	const struct kind *kind = find_kind(key);

	judge_size(a, key, kind);
	if (p11_audit_is(key, "public-key"))
		return;
	judge_attributes(a, key);
	judge_origin(a, key, kind);
	judge_allowed(a, key, kind);
	hsm_audit_attempts(a->ops, key);
}

static bool
same_label(const struct audit_key *a, const struct audit_key *b)
{
	return *a->object.label &&
	       strcmp(a->object.label, b->object.label) == 0;
}

static bool
has_half(const struct audit *a, const struct audit_key *key)
{
	for (size_t i = 0; i < a->n_keys; i++)
		if (p11_audit_are_halves(key, &a->keys[i]))
			return true;
	return false;
}

/* An object that can be created without the PIN is a stray, not a twin. */
static bool
may_be_twins(const struct audit_key *a, const struct audit_key *b)
{
	return p11_audit_is(a, b->object.class) &&
	       a->object.attributes[HSM_ATTRIBUTE_PRIVATE] != HSM_NO &&
	       b->object.attributes[HSM_ATTRIBUTE_PRIVATE] != HSM_NO;
}

/* Each twin is reported once for its label and once for its id. */
static void
judge_twins(const struct audit *a, size_t i)
{
	const struct audit_key *key = &a->keys[i];
	bool label = false;
	bool id = false;

	for (size_t k = 0; k < i; k++) {
		if (!may_be_twins(key, &a->keys[k]))
			continue;
		label = label || same_label(key, &a->keys[k]);
		id = id || hsm_audit_same_id(key, &a->keys[k]);
	}
	if (label)
		hsm_audit_found(a->ops, AUDIT_TWIN_LABEL, key, "%s", "");
	if (id)
		hsm_audit_found(a->ops, AUDIT_TWIN_ID, key, "%s", "");
}

static void
judge_halves(const struct audit *a, const struct audit_key *key)
{
	if (p11_audit_is(key, "secret-key") || has_half(a, key))
		return;
	hsm_audit_found(a->ops,
	                p11_audit_is(key, "private-key") ? AUDIT_PUBLIC_MISSING
	                                                 : AUDIT_PUBLIC_ALONE,
	                key, "%s", "");
}

static bool
any_that_signs(const struct audit *a, const char *class)
{
	for (size_t i = 0; i < a->n_keys; i++)
		if (p11_audit_is(&a->keys[i], class) &&
		    a->keys[i].object.attributes[HSM_ATTRIBUTE_SIGN] == HSM_YES)
			return true;
	return false;
}

void
p11_audit_set(const struct audit *a)
{
	for (size_t i = 0; i < a->n_keys; i++) {
		const struct audit_key *key = &a->keys[i];
		/* Secret keys are identified by their label alone. */
		bool needs_id = !p11_audit_is(key, "secret-key");

		judge_twins(a, i);
		if (!*key->object.label ||
		    (needs_id && key->object.id_len == 0))
			hsm_audit_found(a->ops, AUDIT_KEY_UNNAMED, key, "%s",
			                "");
		if (a->logged_in)
			judge_halves(a, key);
	}
	if (!a->logged_in) /* private objects are not visible */
		return;
	if (!any_that_signs(a, "private-key"))
		hsm_audit_found(a->ops, AUDIT_NO_SIGNING_KEY, NULL, "%s", "");
	if (!any_that_signs(a, "secret-key"))
		hsm_audit_found(a->ops, AUDIT_NO_HANDLE_KEY, NULL, "%s", "");
}
