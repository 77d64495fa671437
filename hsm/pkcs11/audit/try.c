/*
 * try.c - tries on every key what must work (signing) and what must not
 * (reading the private value, wrapping the key).
 *
 * A failed call counts as a refusal only if its return code says so; another
 * error proves nothing.  A value that is returned nevertheless is wiped and
 * never examined.
 */
#include <string.h>

#include "crypto/keys/keyring.h"
#include "hsm/pkcs11/alg.h"
#include "hsm/pkcs11/audit/audit.h"

#define VALUE_MAX 4096 /* bytes of a value or of a wrapped key */
#define IV_SIZE 16

/* Return codes that mean: this key may not leave the token. */
static bool
is_refusal(CK_RV rv)
{
	static const CK_RV refusals[] = {
		CKR_ATTRIBUTE_SENSITIVE,   CKR_ATTRIBUTE_TYPE_INVALID,
		CKR_INFORMATION_SENSITIVE, CKR_ACTION_PROHIBITED,
		CKR_KEY_UNEXTRACTABLE,     CKR_KEY_NOT_WRAPPABLE,
	};

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (refusals[i] == rv)
			return true;
	return false;
}

/* The worst outcome of several attempts (by several attributes, or several
 * wrapping mechanisms), and the attempt that had it. */
struct came {
	enum audit_outcome outcome;
	const char *by;
};

static void
take_worse(struct came *so_far, enum audit_outcome outcome, const char *by)
{
	static const enum audit_outcome worst_first[] = {
		AUDIT_SUCCEEDED, AUDIT_LEAKED,  AUDIT_OFFERED,
		AUDIT_REFUSED,   AUDIT_UNCLEAR,
	};

	for (size_t i = 0; i < ARRAY_LEN(worst_first); i++) {
		if (so_far->outcome == worst_first[i])
			return;
		if (outcome == worst_first[i]) {
			*so_far = (struct came){ outcome, by };
			return;
		}
	}
	*so_far = (struct came){ outcome, by };
}

/* --- reading ------------------------------------------------------------- */

static const struct value {
	CK_ATTRIBUTE_TYPE type;
	bool of_rsa;
	const char *name;
} values[] = {
	{ CKA_VALUE, false, "CKA_VALUE" },
	{ CKA_PRIVATE_EXPONENT, true, "CKA_PRIVATE_EXPONENT" },
	{ CKA_PRIME_1, true, "CKA_PRIME_1" },
	{ CKA_PRIME_2, true, "CKA_PRIME_2" },
	{ CKA_EXPONENT_1, true, "CKA_EXPONENT_1" },
	{ CKA_EXPONENT_2, true, "CKA_EXPONENT_2" },
	{ CKA_COEFFICIENT, true, "CKA_COEFFICIENT" },
};

static bool
is_blank(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i])
			return false;
	return true;
}

static enum audit_outcome
try_value(struct audit *a, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type)
{
	uint8_t value[VALUE_MAX] = { 0 };
	CK_ATTRIBUTE asked = { type, value, sizeof(value) };
	err_t err = P11_CALL(a->p11, C_GetAttributeValue, a->p11->session, key,
	                     &asked, 1);
	CK_RV rv = a->p11->rv;
	/* Some modules return an error and write the value all the same. */
	bool blank = is_blank(value, sizeof(value));

	secret_wipe(value, sizeof(value));
	if (!blank)
		return err == OK ? AUDIT_SUCCEEDED : AUDIT_LEAKED;
	if (rv == CKR_BUFFER_TOO_SMALL)
		return AUDIT_OFFERED;
	if (err == OK)
		return asked.ulValueLen == CK_UNAVAILABLE_INFORMATION
		               ? AUDIT_REFUSED
		               : AUDIT_UNCLEAR;
	return is_refusal(rv) ? AUDIT_REFUSED : AUDIT_UNCLEAR;
}

static struct came
try_read(struct audit *a, CK_OBJECT_HANDLE handle, const struct audit_key *key)
{
	bool rsa = p11_audit_type(key, "rsa");
	struct came came = { AUDIT_UNCLEAR, "" };

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (values[i].of_rsa == rsa)
			take_worse(&came, try_value(a, handle, values[i].type),
			           values[i].name);
	return came;
}

/* --- wrapping ------------------------------------------------------------ */

/* Makes a wrapping key for this session; none if the token refuses. */
static void
make_wrap_key(struct audit *a)
{
	const CK_BBOOL yes = CK_TRUE;
	const CK_BBOOL no = CK_FALSE;
	const CK_ULONG size = 32;
	CK_MECHANISM keygen = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE key[] = {
		p11_in(CKA_VALUE_LEN, &size, sizeof(size)),
		p11_in(CKA_TOKEN, &no, sizeof(no)),
		p11_in(CKA_PRIVATE, &yes, sizeof(yes)),
		p11_in(CKA_WRAP, &yes, sizeof(yes)),
	};

	if (P11_CALL(a->p11, C_GenerateKey, a->p11->session, &keygen, key,
	             ARRAY_LEN(key), &a->wrap_key) != OK)
		a->wrap_key = CK_INVALID_HANDLE;
}

static enum audit_outcome
try_wrap_by(struct audit *a, CK_OBJECT_HANDLE key, CK_MECHANISM *mechanism)
{
	uint8_t wrapped[VALUE_MAX] = { 0 };
	CK_ULONG len = sizeof(wrapped);
	err_t err = P11_CALL(a->p11, C_WrapKey, a->p11->session, mechanism,
	                     a->wrap_key, key, wrapped, &len);
	CK_RV rv = a->p11->rv;

	secret_wipe(wrapped, sizeof(wrapped));
	if (err == OK)
		return AUDIT_SUCCEEDED;
	if (rv == CKR_BUFFER_TOO_SMALL)
		return AUDIT_OFFERED;
	return is_refusal(rv) ? AUDIT_REFUSED : AUDIT_UNCLEAR;
}

static struct came
try_wrap(struct audit *a, CK_OBJECT_HANDLE handle)
{
	uint8_t iv[IV_SIZE] = { 0 };
	CK_MECHANISM by[] = {
		{ CKM_AES_KEY_WRAP_PAD, NULL, 0 },
		{ CKM_AES_KEY_WRAP, NULL, 0 },
		{ CKM_AES_CBC_PAD, iv, sizeof(iv) },
	};
	struct came came = { AUDIT_UNCLEAR, "" };

	if (a->wrap_key == CK_INVALID_HANDLE)
		make_wrap_key(a);
	if (a->wrap_key == CK_INVALID_HANDLE)
		return came;
	for (size_t i = 0; i < ARRAY_LEN(by); i++)
		take_worse(&came, try_wrap_by(a, handle, &by[i]),
		           p11_mechanism_name(by[i].mechanism));
	return came;
}

/* --- signing ------------------------------------------------------------- */

/* Uses the algorithm that the service would choose. */
static enum audit_outcome
prove_pair(struct audit *a, CK_OBJECT_HANDLE handle, struct bytes spki)
{
	char kid[KID_SIZE];
	enum alg alg = ALG_COUNT;

	if (key_identify(spki, &alg, kid) != OK ||
	    p11_choose_alg(a->p11, handle, &alg) != OK)
		return AUDIT_UNCLEAR;
	a->p11->sign_key = handle;
	return hsm_audit_prove(&hsm_pkcs11, a->p11, alg, spki);
}

/* Tries every public key with the same names, since several may have them. */
static enum audit_outcome
prove_half(struct audit *a, CK_OBJECT_HANDLE handle,
           const struct audit_key *key)
{
	enum audit_outcome outcome = AUDIT_UNCLEAR;

	for (size_t i = 0; i < a->n_keys && outcome != AUDIT_GOOD; i++) {
		const struct hsm_object *half = &a->keys[i].object;

		if (p11_audit_are_halves(key, &a->keys[i]))
			outcome = prove_pair(
			        a, handle,
			        bytes_of(half->spki, half->spki_len));
	}
	return outcome;
}

static enum audit_outcome
try_sign(struct audit *a, CK_OBJECT_HANDLE handle, const struct audit_key *key)
{
	if (key->object.attributes[HSM_ATTRIBUTE_SIGN] != HSM_YES)
		return AUDIT_NOT_TRIED;
	if (p11_audit_type(key, "generic-secret")) {
		a->p11->mac_key = handle;
		return hsm_audit_prove_mac(&hsm_pkcs11, a->p11);
	}
	if (p11_audit_is(key, "secret-key"))
		return AUDIT_UNCLEAR;
	return prove_half(a, handle, key);
}

void
p11_audit_try(struct audit *a, size_t i)
{
	struct audit_key *key = &a->keys[i];

	if (p11_audit_is(key, "public-key"))
		return;
	key->sign = try_sign(a, a->handles[i], key);
	const struct came read = try_read(a, a->handles[i], key);
	const struct came wrap = try_wrap(a, a->handles[i]);
	key->read = read.outcome;
	key->read_what = read.by;
	key->wrap = wrap.outcome;
	key->wrap_what = wrap.by;
}
