/*
 * find.c - finds the service's keys and refuses those that are not fit for use.
 *
 * First there must be exactly one such key, and then its attributes must keep
 * it in the token.  A token's answer is untrusted input: every value starts as
 * the worst case, so that a token which returns OK and writes nothing is
 * refused.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"
#include "hsm/pkcs11/find.h"

#define SECRET_LEAST 32 /* bytes of the handle key: as long as its HMAC */

/* Finds objects of this class, label and id, of which one may be empty: any.
 * Keys only if they are private, since creating those needs the PIN. */
static err_t
find_named(struct p11 *p11, CK_OBJECT_CLASS class,
           const struct bytes name[static 2], CK_OBJECT_HANDLE *found,
           CK_ULONG *in_out_n)
{
	const CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE wanted[5] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
	};
	CK_ULONG n = 2;

	if (name[0].len > 0)
		wanted[n++] = p11_in(CKA_LABEL, name[0].data, name[0].len);
	if (name[1].len > 0)
		wanted[n++] = p11_in(CKA_ID, name[1].data, name[1].len);
	if (class != CKO_PUBLIC_KEY)
		wanted[n++] = p11_in(CKA_PRIVATE, &yes, sizeof(yes));
	return p11_find(p11, wanted, n, found, in_out_n);
}

/* Finds the only private object among them. */
static err_t
find_one(struct p11 *p11, CK_OBJECT_CLASS class, struct bytes label,
         struct bytes id, CK_OBJECT_HANDLE *ret_object)
{
	const struct bytes name[2] = { label, id };
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = ARRAY_LEN(found);

	TRY(find_named(p11, class, name, found, &n));
	if (n == 0)
		return p11_fail(p11, E_LATCHED, "no key '%.*s' on the token",
		                (int)label.len, (const char *)label.data);
	if (n > 1) /* ambiguous */
		return p11_fail(p11, E_LATCHED, "two keys '%.*s' on the token",
		                (int)label.len, (const char *)label.data);
	*ret_object = found[0];
	return OK;
}

err_t
p11_find_private(struct p11 *p11, const struct p11_uri *uri,
                 CK_OBJECT_HANDLE *ret_key)
{
	return find_one(p11, CKO_PRIVATE_KEY,
	                bytes_of(uri->label, uri->label_len),
	                bytes_of(uri->id, uri->id_len), ret_key);
}

/* By label and id, or by the id alone. */
static err_t
find_publics(struct p11 *p11, const struct p11_uri *uri, bool by_label,
             CK_OBJECT_HANDLE *found, CK_ULONG *in_out_n)
{
	const struct bytes name[2] = {
		bytes_of(uri->label, by_label ? uri->label_len : 0),
		bytes_of(uri->id, uri->id_len),
	};

	return find_named(p11, CKO_PUBLIC_KEY, name, found, in_out_n);
}

err_t
p11_find_publics(struct p11 *p11, const struct p11_uri *uri,
                 CK_OBJECT_HANDLE *found, CK_ULONG *in_out_n)
{
	CK_ULONG n = *in_out_n;

	TRY(find_publics(p11, uri, true, found, &n));
	if (n == 0) {
		n = *in_out_n;
		TRY(find_publics(p11, uri, false, found, &n));
	}
	*in_out_n = n;
	return OK;
}

/* A search for the pinned public key, and where it stands. */
struct search {
	const struct p11_uri *uri;
	const uint8_t *spki_sha256;
	CK_OBJECT_HANDLE *ret_key;
	struct hsm_found *ret_found;
	CK_ULONG n;  /* keys looked at in the last round */
	bool pinned; /* the last one read is the pinned one */
};

/* Reads them one after the other up to the pinned one.  The error is that of the last
 * one read; E_NOT_FOUND: there is none. */
static err_t
find_pinned(struct p11 *p11, struct search *search, bool by_label)
{
	CK_OBJECT_HANDLE found[P11_FIND_MAX];
	err_t err = E_NOT_FOUND;

	search->n = ARRAY_LEN(found);
	TRY(find_publics(p11, search->uri, by_label, found, &search->n));
	for (CK_ULONG i = 0;
	     i < search->n && !search->pinned && err != E_DEVICE; i++) {
		err = p11_read_spki(p11, found[i], search->ret_found);
		*search->ret_key = found[i];
		search->pinned =
		        err == OK && hsm_found_pinned(search->ret_found,
		                                      search->spki_sha256);
	}
	return err;
}

/* Anybody may create a public key with label and id of the private half, where the
 * true public half has another label.  So without the pinned one among those, all of
 * that id are looked at. */
err_t
p11_find_public(struct p11 *p11, const struct p11_uri *uri,
                const uint8_t spki_sha256[static HASH_SIZE],
                CK_OBJECT_HANDLE *ret_key, struct hsm_found *ret_found)
{
	static const bool by_label[] = { true, false };
	struct search search = {
		.uri = uri,
		.spki_sha256 = spki_sha256,
		.ret_key = ret_key,
		.ret_found = ret_found,
	};
	err_t err = E_NOT_FOUND;

	for (size_t i = 0; i < ARRAY_LEN(by_label); i++) {
		err = find_pinned(p11, &search, by_label[i]);
		if (search.pinned || err == E_DEVICE)
			return err;
	}
	if (search.n == 1)
		return err; /* hsm.c refuses it with the cause */
	return p11_fail(p11, E_LATCHED,
	                search.n ? "none of the public keys '%.*s' on the "
	                           "token is the pinned one"
	                         : "no public key '%.*s' on the token",
	                (int)uri->label_len, (const char *)uri->label);
}

/* Attributes that the key must have, and operations that it must not permit. */
static const struct rule {
	CK_ATTRIBUTE_TYPE type;
	bool wanted;
	bool absent; /* value to assume if it is missing */
	const char *name;
} rules[] = {
	{ CKA_SENSITIVE, true, false, "CKA_SENSITIVE" },
	{ CKA_ALWAYS_SENSITIVE, true, false, "CKA_ALWAYS_SENSITIVE" },
	{ CKA_EXTRACTABLE, false, true, "CKA_EXTRACTABLE" },
	{ CKA_NEVER_EXTRACTABLE, true, false, "CKA_NEVER_EXTRACTABLE" },
	{ CKA_LOCAL, true, false, "CKA_LOCAL" },
	{ CKA_PRIVATE, true, false, "CKA_PRIVATE" },
	{ CKA_SIGN, true, false, "CKA_SIGN" },
	{ CKA_DECRYPT, false, false, "CKA_DECRYPT" },
	{ CKA_UNWRAP, false, false, "CKA_UNWRAP" },
	{ CKA_DERIVE, false, false, "CKA_DERIVE" },
	/* Such a key requires the PIN before each signature, and the service
	 * has no operator to enter it.  The last row, since only private keys
	 * have it. */
	{ CKA_ALWAYS_AUTHENTICATE, false, false, "CKA_ALWAYS_AUTHENTICATE" },
};
#define RULES_PRIVATE ARRAY_LEN(rules)
#define RULES_SECRET (ARRAY_LEN(rules) - 1)

/* Reads the first n attributes by one C_GetAttributeValue, because each call to
 * a network HSM is a round trip.  *ret_all is false when the token lacks one of
 * them or returns one with another length than CK_BBOOL's.  Some modules then
 * stop reading, so no value of this call may be used and the caller reads them
 * one by one. */
static err_t
read_together(struct p11 *p11, CK_OBJECT_HANDLE key, size_t n,
              bool values[static ARRAY_LEN(rules)], bool *ret_all)
{
	uint8_t bytes[ARRAY_LEN(rules)];
	CK_ATTRIBUTE asked[ARRAY_LEN(rules)];

	for (size_t i = 0; i < n; i++) {
		bytes[i] = rules[i].absent ? CK_TRUE : CK_FALSE;
		asked[i] = (CK_ATTRIBUTE){ rules[i].type, &bytes[i], 1 };
	}
	err_t err = P11_CALL(p11, C_GetAttributeValue, p11->session, key, asked,
	                     (CK_ULONG)n);
	*ret_all = err == OK;
	for (size_t i = 0; i < n; i++) {
		*ret_all &= asked[i].ulValueLen == 1;
		values[i] = bytes[i] != CK_FALSE;
	}
	return err == E_DENIED || p11->rv == CKR_BUFFER_TOO_SMALL ? OK : err;
}

static err_t
require_locked_in(struct p11 *p11, CK_OBJECT_HANDLE key, struct bytes label,
                  size_t n)
{
	bool values[ARRAY_LEN(rules)];
	bool all = false;

	TRY(read_together(p11, key, n, values, &all));
	for (size_t i = 0; i < n; i++) {
		bool value = values[i];

		if (!all)
			TRY(p11_read_bool(p11, key, rules[i].type,
			                  rules[i].absent, &value));
		if (value != rules[i].wanted)
			return p11_fail(p11, E_LATCHED, "key '%.*s': %s is %s",
			                (int)label.len,
			                (const char *)label.data, rules[i].name,
			                value ? "true" : "false or missing");
	}
	return OK;
}

static err_t
require_secret(struct p11 *p11, CK_OBJECT_HANDLE key)
{
	CK_KEY_TYPE type = ~CKK_GENERIC_SECRET;
	struct p11_value read = { &type, sizeof(type), 0 };
	err_t err = p11_read(p11, key, CKA_KEY_TYPE, &read);

	if (err == E_NOT_FOUND || (err == OK && (read.len != sizeof(type) ||
	                                         type != CKK_GENERIC_SECRET)))
		return p11_fail(p11, E_LATCHED,
		                "not a generic secret key (type 0x%lx)", type);
	return err;
}

static err_t
require_length(struct p11 *p11, CK_OBJECT_HANDLE key)
{
	CK_ULONG size = 0;
	struct p11_value read = { &size, sizeof(size), 0 };
	err_t err = p11_read(p11, key, CKA_VALUE_LEN, &read);

	if (err == E_NOT_FOUND ||
	    (err == OK && (read.len != sizeof(size) || size < SECRET_LEAST)))
		return p11_fail(p11, E_LATCHED,
		                "the handle key has %lu bytes, but needs %d",
		                size, SECRET_LEAST);
	return err;
}

err_t
p11_find_signing(struct p11 *p11, const struct p11_uri *uri,
                 const uint8_t spki_sha256[static HASH_SIZE],
                 CK_OBJECT_HANDLE *ret_key, struct hsm_found *ret_found)
{
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	CK_OBJECT_HANDLE public = CK_INVALID_HANDLE;
	CK_KEY_TYPE type = 0;

	TRY(p11_find_private(p11, uri, &key));
	TRY(p11_key_type(p11, key, &type));
	TRY(require_locked_in(p11, key, bytes_of(uri->label, uri->label_len),
	                      RULES_PRIVATE));
	TRY(p11_find_public(p11, uri, spki_sha256, &public, ret_found));
	TRY(p11_choose_alg(p11, key, &ret_found->alg));
	*ret_key = key;
	return OK;
}

err_t
p11_find_handle(struct p11 *p11, const char *text)
{
	struct bytes label = bytes_of_str(text);

	TRY(find_one(p11, CKO_SECRET_KEY, label, bytes_of(NULL, 0),
	             &p11->mac_key));
	TRY(require_secret(p11, p11->mac_key));
	TRY(require_length(p11, p11->mac_key));
	return require_locked_in(p11, p11->mac_key, label, RULES_SECRET);
}
