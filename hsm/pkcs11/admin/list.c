/*
 * list.c - lists a token's objects with the attributes that it reports.
 */
#include <string.h>

#include "hsm/pkcs11/admin/admin.h"

struct word {
	CK_ULONG value;
	const char *text;
};

static const struct word classes[] = {
	{ CKO_DATA, "data" },
	{ CKO_CERTIFICATE, "certificate" },
	{ CKO_PUBLIC_KEY, "public-key" },
	{ CKO_PRIVATE_KEY, "private-key" },
	{ CKO_SECRET_KEY, "secret-key" },
	{ 0, NULL },
};

static const struct word types[] = {
	{ CKK_RSA, "rsa" },
	{ CKK_EC, "ec" },
	{ CKK_EC_EDWARDS, "ec-edwards" },
	{ CKK_GENERIC_SECRET, "generic-secret" },
	{ CKK_AES, "aes" },
	{ 0, NULL },
};

static const CK_ATTRIBUTE_TYPE attributes[] = {
#define HSM_ATTRIBUTE_TYPE(name, text) CKA_##name,
	HSM_ATTRIBUTES(HSM_ATTRIBUTE_TYPE)
#undef HSM_ATTRIBUTE_TYPE
};

static const char *
find_word(const struct word *words, CK_ULONG value)
{
	for (; words->text; words++)
		if (words->value == value)
			return words->text;
	return "other";
}

const char *
p11_type_name(CK_KEY_TYPE type)
{
	return find_word(types, type);
}

/* The name of a CK_ULONG attribute's value; "" if the token lacks it. */
static err_t
read_word(struct p11 *p11, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
          const struct word *words, const char **ret_text)
{
	CK_ULONG value = 0;
	struct p11_value read = { &value, sizeof(value), 0 };
	err_t err = p11_read(p11, object, type, &read);

	*ret_text = err == OK ? find_word(words, value) : "";
	return err == E_NOT_FOUND ? OK : err;
}

static err_t
read_attributes(struct p11 *p11, CK_OBJECT_HANDLE object,
                struct hsm_object *out)
{
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		bool if_unsaid_no = false;
		bool if_unsaid_yes = false;

		TRY(p11_read_bool(p11, object, attributes[i], false,
		                  &if_unsaid_no));
		TRY(p11_read_bool(p11, object, attributes[i], true,
		                  &if_unsaid_yes));
		if (if_unsaid_no == if_unsaid_yes)
			out->attributes[i] = if_unsaid_no ? HSM_YES : HSM_NO;
		else
			out->attributes[i] = HSM_UNSAID;
	}
	return OK;
}

static err_t
read_names(struct p11 *p11, CK_OBJECT_HANDLE object, struct hsm_object *out)
{
	struct p11_value label = { out->label, sizeof(out->label) - 1, 0 };
	struct p11_value id = { out->id, sizeof(out->id), 0 };
	err_t err = p11_read(p11, object, CKA_LABEL, &label);

	if (err != OK && err != E_NOT_FOUND)
		return err;
	out->label[label.len] = '\0';
	err = p11_read(p11, object, CKA_ID, &id);
	out->id_len = id.len;
	return err == E_NOT_FOUND ? OK : err;
}

err_t
p11_read_object(struct p11 *p11, CK_OBJECT_HANDLE object,
                struct hsm_object *out)
{
	struct hsm_found found;

	TRY(read_word(p11, object, CKA_CLASS, classes, &out->class));
	TRY(read_word(p11, object, CKA_KEY_TYPE, types, &out->type));
	TRY(read_names(p11, object, out));
	TRY(read_attributes(p11, object, out));
	if (strcmp(out->class, "public-key") != 0 ||
	    p11_read_spki(p11, object, &found) != OK)
		return OK;
	out->spki_len = found.spki_len;
	memcpy(out->spki, found.spki, found.spki_len);
	return OK;
}

static err_t
list_objects(struct p11 *p11, const struct hsm_list_ops *ops)
{
	CK_OBJECT_HANDLE found[P11_FIND_MAX];
	CK_ULONG n = ARRAY_LEN(found);

	TRY(p11_find(p11, NULL, 0, found, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		struct hsm_object object = { .label = "" };

		TRY(p11_read_object(p11, found[i], &object));
		ops->object(ops->arg, &object);
	}
	return OK;
}

static err_t
list_tokens(struct p11 *p11, const struct hsm_list_ops *ops)
{
	CK_SLOT_ID slots[P11_SLOTS_MAX];
	CK_ULONG n = 0;

	TRY(p11_slots(p11, CK_TRUE, slots, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		CK_TOKEN_INFO info;
		struct hsm_token token;

		TRY(P11_CALL(p11, C_GetTokenInfo, slots[i], &info));
		p11_token_facts(&info, &token);
		ops->token(ops->arg, &token);
	}
	return OK;
}

static err_t
list_one(struct p11 *p11, const CK_TOKEN_INFO *info, const struct secret *pin,
         const struct hsm_list_ops *ops)
{
	struct hsm_token token;

	p11_token_facts(info, &token);
	ops->token(ops->arg, &token);
	TRY(pin ? p11_admin_login(p11, info, pin) : p11_open_session(p11));
	return list_objects(p11, ops);
}

err_t
p11_token_list(const struct hsm_token_name *name, const struct secret *pin,
               const struct hsm_list_ops *ops, struct buf *why)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;

	if (!*name->label) {
		TRY(p11_load(&(struct hsm_options){ .module = name->module },
		             why, &p11));
		return p11_tell(p11, why, list_tokens(p11, ops));
	}
	TRY(p11_admin_open(name, why, &info, &p11));
	return p11_tell(p11, why, list_one(p11, &info, pin, ops));
}
