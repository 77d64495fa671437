/*
 * read.c - reads every key of the token with its attributes.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"
#include "hsm/pkcs11/audit/audit.h"

#define MODULUS_MAX 2048 /* bytes: RSA-16384 */

static const struct class
{
	CK_OBJECT_CLASS class;
	const char *name, *doing;
} classes[] = {
	{ CKO_PRIVATE_KEY, "private-key", "searching for private keys" },
	{ CKO_PUBLIC_KEY, "public-key", "searching for public keys" },
	{ CKO_SECRET_KEY, "secret-key", "searching for secret keys" },
};

/* Curves that the service does not support: CKA_EC_PARAMS and the size of the
 * field in bits. */
static const struct curve {
	unsigned bits;
	size_t len;
	uint8_t params[14];
} curves[] = {
	{ 192, 10, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x01" },
	{ 224, 7, "\x06\x05\x2b\x81\x04\x00\x21" },
	{ 521, 7, "\x06\x05\x2b\x81\x04\x00\x23" },
};

static unsigned
curve_bits(CK_KEY_TYPE type, struct bytes params)
{
	enum alg_key key = p11_curve(type, params);

	if (key != ALG_KEYS)
		return p11_key(key)->bits;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (bytes_equal(params,
		                bytes_of(curves[i].params, curves[i].len)))
			return curves[i].bits;
	return 0;
}

/* Reads a CK_ULONG attribute; *in_out stays unchanged if the token does not
 * report it. */
static err_t
read_ulong_attribute(struct audit *a, CK_OBJECT_HANDLE object,
                     CK_ATTRIBUTE_TYPE type, CK_ULONG *in_out)
{
	CK_ULONG value = *in_out;
	struct p11_value read = { &value, sizeof(value), 0 };
	err_t err = p11_read(a->p11, object, type, &read);

	if (err == OK && read.len == sizeof(value))
		*in_out = value;
	return err == E_NOT_FOUND ? OK : err;
}

static err_t
read_bits(struct audit *a, CK_OBJECT_HANDLE object, struct audit_key *key)
{
	uint8_t data[MODULUS_MAX] = { 0 };
	struct p11_value read = { data, sizeof(data), 0 };
	bool edwards = p11_audit_type(key, "ec-edwards");
	bool ec = edwards || p11_audit_type(key, "ec");
	bool rsa = p11_audit_type(key, "rsa");
	err_t err;

	if (!ec && !rsa) {
		CK_ULONG size = 0;

		TRY(read_ulong_attribute(a, object, CKA_VALUE_LEN, &size));
		key->bits = size < MODULUS_MAX ? size * 8 : 0;
		return OK;
	}
	err = p11_read(a->p11, object, ec ? CKA_EC_PARAMS : CKA_MODULUS, &read);
	if (err == OK && ec)
		key->bits = curve_bits(edwards ? CKK_EC_EDWARDS : CKK_EC,
		                       bytes_of(data, read.len));
	if (err == OK && rsa) /* without leading zeros */
		for (size_t i = 0; i < read.len && !key->bits; i++)
			if (data[i])
				key->bits =
				        (read.len - i) * 8 -
				        ((unsigned)__builtin_clz(data[i]) - 24);
	return err == E_NOT_FOUND ? OK : err;
}

static err_t
read_allowed(struct audit *a, CK_OBJECT_HANDLE object, struct audit_key *key)
{
	CK_MECHANISM_TYPE types[AUDIT_ALLOWED_MAX] = { 0 };
	struct p11_value read = { types, sizeof(types), 0 };
	err_t err = p11_read(a->p11, object, CKA_ALLOWED_MECHANISMS, &read);

	if (err == E_NOT_FOUND) {
		/* A list that is too long still counts as a list. */
		key->n_allowed = a->p11->rv == CKR_BUFFER_TOO_SMALL;
		key->allowed[0] = AUDIT_UNSAID;
		return OK;
	}
	TRY(err);
	key->n_allowed = read.len / sizeof(types[0]);
	for (size_t i = 0; i < key->n_allowed; i++)
		key->allowed[i] = types[i];
	return OK;
}

/* An attribute that the token does not report stays unset. */
static err_t
read_audited_key(struct audit *a, CK_OBJECT_HANDLE object,
                 struct audit_key *key)
{
	CK_ULONG made_by = CK_UNAVAILABLE_INFORMATION;

	TRY(p11_read_object(a->p11, object, &key->object));
	TRY(read_ulong_attribute(a, object, CKA_KEY_GEN_MECHANISM, &made_by));
	key->made_by =
	        made_by == CK_UNAVAILABLE_INFORMATION ? AUDIT_UNSAID : made_by;
	TRY(read_allowed(a, object, key));
	return read_bits(a, object, key);
}

static err_t
keep_key(struct audit *a, CK_OBJECT_HANDLE object, const char *class)
{
	struct audit_key *key = &a->keys[a->n_keys];

	*key = (struct audit_key){ .object = { .class = class, .type = "" },
		                   .made_by = AUDIT_UNSAID };
	for (unsigned i = 0; i < HSM_ATTRIBUTE_COUNT; i++)
		key->object.attributes[i] = HSM_UNSAID;
	TRY(p11_audit_step(a, "a key's attributes",
	                   read_audited_key(a, object, key), key));
	if (!*key->object.class)
		key->object.class = class;
	a->handles[a->n_keys++] = object;
	return OK;
}

static err_t
read_class(struct audit *a, const struct class *c, bool *ret_cut)
{
	CK_OBJECT_HANDLE found[AUDIT_KEYS_MAX + 1];
	CK_ATTRIBUTE wanted = p11_in(CKA_CLASS, &c->class, sizeof(c->class));
	CK_ULONG n = ARRAY_LEN(found);

	err_t err = p11_find(a->p11, &wanted, 1, found, &n);
	if (err != OK)
		return p11_audit_step(a, c->doing, err, NULL);
	for (CK_ULONG i = 0; i < n; i++) {
		if (a->n_keys == AUDIT_KEYS_MAX) {
			hsm_audit_found(a->ops, AUDIT_KEYS_CUT, NULL,
			                "the first %d", AUDIT_KEYS_MAX);
			*ret_cut = true;
			return OK;
		}
		TRY(keep_key(a, found[i], c->name));
	}
	return OK;
}

err_t
p11_audit_read_keys(struct audit *a)
{
	bool cut = false;

	for (size_t c = 0; c < ARRAY_LEN(classes) && !cut; c++)
		TRY(read_class(a, &classes[c], &cut));
	return OK;
}
