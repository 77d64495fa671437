/*
 * uri.c - parses the RFC 7512 URI of a key of the service.
 *
 * All of token, serial, object and id are required, since with fewer a second
 * token or key could match.  A PIN does not belong into a configuration, so
 * pin-value and pin-source are refused, as is every part that would be ignored.
 */
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <stdlib.h>
#include <string.h>

#include "hsm/pkcs11/int.h"

DEFINE_AUTO(P11KitUri *, p11_kit_uri_free);

static err_t
refuse_p11_uri(struct buf *why, const char *text)
{
	buf_printf(why, "token URI: %s", text);
	return E_CONFIG;
}

static err_t
refuse_extras(P11KitUri *uri, struct buf *why)
{
	CK_ULONG n = 0;
	const CK_ATTRIBUTE *attributes = p11_kit_uri_get_attributes(uri, &n);

	if (p11_kit_uri_get_pin_value(uri) || p11_kit_uri_get_pin_source(uri))
		return refuse_p11_uri(why, "it must not contain a PIN");
	if (p11_kit_uri_get_module_path(uri) ||
	    p11_kit_uri_get_module_name(uri))
		return refuse_p11_uri(why, "it must not name a module, which "
		                           "token.module does");
	if (p11_kit_uri_any_unrecognized(uri))
		return refuse_p11_uri(why, "it has an unknown attribute");
	if (p11_kit_uri_get_slot_id(uri) != (CK_SLOT_ID)-1)
		return refuse_p11_uri(why, "it must not contain slot-id, which "
		                           "can change: use token and serial");
	for (CK_ULONG i = 0; i < n; i++)
		if (attributes[i].type == CKA_CLASS &&
		    *(const CK_OBJECT_CLASS *)attributes[i].pValue !=
		            CKO_PRIVATE_KEY)
			return refuse_p11_uri(why, "'type' is not 'private'");
	return OK;
}

/* An attribute of the object, of 1 to room bytes. */
static err_t
take_attribute(P11KitUri *uri, CK_ATTRIBUTE_TYPE type, uint8_t *out,
               size_t room, size_t *ret_len)
{
	const CK_ATTRIBUTE *a = p11_kit_uri_get_attribute(uri, type);

	if (!a || a->ulValueLen == 0 || a->ulValueLen > room)
		return E_CONFIG;
	memcpy(out, a->pValue, a->ulValueLen);
	*ret_len = a->ulValueLen;
	return OK;
}

/* A field of the token; p11-kit fills an absent one with NUL bytes. */
static err_t
take_field(const unsigned char *field, size_t len, char *ret_text)
{
	if (field[0] == '\0')
		return E_CONFIG;
	p11_text(field, len, ret_text);
	return ret_text[0] ? OK : E_CONFIG;
}

err_t
p11_uri_parse(const char *text, struct buf *why, struct p11_uri *ret_uri)
{
	AUTO(p11_kit_uri_free) P11KitUri *uri = p11_kit_uri_new();
	struct p11_uri out = { .label_len = 0 };

	if (!uri)
		return E_NOMEM;
	if (p11_kit_uri_parse(text, P11_KIT_URI_FOR_OBJECT_ON_TOKEN_AND_MODULE,
	                      uri) != P11_KIT_URI_OK)
		return refuse_p11_uri(why, "not an RFC 7512 URI");
	TRY(refuse_extras(uri, why));

	const CK_TOKEN_INFO *info = p11_kit_uri_get_token_info(uri);
	if (take_field(info->label, P11_TOKEN_LABEL, out.token) != OK)
		return refuse_p11_uri(why, "'token' is missing");
	if (take_field(info->serialNumber, P11_TOKEN_SERIAL, out.serial) != OK)
		return refuse_p11_uri(why, "'serial' is missing");
	if (take_attribute(uri, CKA_LABEL, out.label, sizeof(out.label),
	                   &out.label_len) != OK)
		return refuse_p11_uri(why, "'object' is missing or too long");
	if (take_attribute(uri, CKA_ID, out.id, sizeof(out.id), &out.id_len) !=
	    OK)
		return refuse_p11_uri(why, "'id' is missing or too long");

	*ret_uri = out;
	return OK;
}

/* Pads with blanks as in CK_TOKEN_INFO. */
static void
put_field(unsigned char *field, size_t len, const char *text)
{
	memset(field, ' ', len);
	memcpy(field, text, strnlen(text, len));
}

err_t
p11_uri_format(const struct p11_uri *in, struct buf *out)
{
	AUTO(p11_kit_uri_free) P11KitUri *uri = p11_kit_uri_new();
	char *text = NULL;

	if (!uri)
		return E_NOMEM;
	CK_TOKEN_INFO *info = p11_kit_uri_get_token_info(uri);
	put_field(info->label, P11_TOKEN_LABEL, in->token);
	put_field(info->serialNumber, P11_TOKEN_SERIAL, in->serial);

	CK_ATTRIBUTE label = p11_in(CKA_LABEL, in->label, in->label_len);
	CK_ATTRIBUTE id = p11_in(CKA_ID, in->id, in->id_len);
	if ((in->label_len && p11_kit_uri_set_attribute(uri, &label) != 0) ||
	    (in->id_len && p11_kit_uri_set_attribute(uri, &id) != 0) ||
	    p11_kit_uri_format(uri, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, &text) !=
	            P11_KIT_URI_OK)
		return E_NOMEM;
	buf_append_str(out, text);
	free(text);
	return buf_status(out);
}
