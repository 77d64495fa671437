/*
 * list.c - lists the objects at the persistent handles of a TPM.
 *
 * It has no session and no PIN: TPM2_GetCapability and TPM2_ReadPublic need no
 * authorisation, so these facts are not authenticated.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/core/software.h"
#include "hsm/tpm2/admin/admin.h"
#include "hsm/tpm2/alg.h"

/* Appends the four characters of a property without control characters, and
 * removes trailing blanks. */
static void
put_property_text(char *out, uint32_t value)
{
	size_t n = strlen(out);

	for (int shift = 24; shift >= 0; shift -= 8) {
		char c = (char)(value >> shift & 0x7f);
		if (c >= ' ')
			out[n++] = c;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

err_t
t2_facts(struct tpm2 *t, struct hsm_token *ret_token)
{
	struct hsm_token token = { .label = "TPM 2.0",
		                   .initialized = true,
		                   .user_pin = true };
	uint32_t value = 0;

	TRY(t2_property(t, TPM2_PT_MANUFACTURER, &value));
	put_property_text(token.manufacturer, value);
	for (uint32_t i = 0; i < 4; i++) {
		TRY(t2_property(t, TPM2_PT_VENDOR_STRING_1 + i, &value));
		put_property_text(token.model, value);
	}
	TRY(t2_property(t, TPM2_PT_FIRMWARE_VERSION_1, &value));
	snprintf(token.serial, sizeof(token.serial), "%08x", value);
	const struct hsm_marks marks = {
		.kind = MARKS_TPM,
		.text = { [MARK_TOKEN_MAKER] = token.manufacturer,
		          [MARK_TOKEN_MODEL] = token.model },
	};
	token.software = hsm_software(&marks, NULL) != NULL;
	*ret_token = token;
	return OK;
}

static enum hsm_tristate
has_tpma_bits(TPMA_OBJECT attributes, TPMA_OBJECT bits)
{
	return (attributes & bits) == bits ? HSM_YES : HSM_NO;
}

/* Translates a TPM's object attributes into those of PKCS#11, where an
 * equivalent exists. */
static void
put_attributes(TPMA_OBJECT is, struct hsm_object *out)
{
	enum hsm_tristate *a = out->attributes;
	enum hsm_tristate fixed = has_tpma_bits(
	        is, TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT);
	bool sign = has_tpma_bits(is, TPMA_OBJECT_SIGN_ENCRYPT) == HSM_YES;

	for (unsigned i = 0; i < HSM_ATTRIBUTE_COUNT; i++)
		a[i] = HSM_UNSAID;
	a[HSM_ATTRIBUTE_TOKEN] = HSM_YES;
	a[HSM_ATTRIBUTE_SENSITIVE] = HSM_YES;
	a[HSM_ATTRIBUTE_NEVER_EXTRACTABLE] = fixed;
	a[HSM_ATTRIBUTE_EXTRACTABLE] = fixed == HSM_YES ? HSM_NO : HSM_YES;
	a[HSM_ATTRIBUTE_LOCAL] =
	        has_tpma_bits(is, TPMA_OBJECT_SENSITIVEDATAORIGIN);
	a[HSM_ATTRIBUTE_SIGN] = sign ? HSM_YES : HSM_NO;
	a[HSM_ATTRIBUTE_DECRYPT] = has_tpma_bits(is, TPMA_OBJECT_DECRYPT);
}

void
t2_describe(const TPMT_PUBLIC *public, struct hsm_object *out)
{
	struct hsm_found found;

	out->class = "private-key";
	out->type = "other";
	if (public->type == TPM2_ALG_KEYEDHASH)
		out->class = "secret-key";
	if (public->type == TPM2_ALG_ECC)
		out->type = "ec";
	if (public->type == TPM2_ALG_RSA)
		out->type = "rsa";
	put_attributes(public->objectAttributes, out);
	out->spki_len = 0;
	if (t2_spki(public, &found) == OK) {
		out->spki_len = found.spki_len;
		memcpy(out->spki, found.spki, found.spki_len);
	}
}

static err_t
list_object(struct tpm2 *t, uint32_t handle, const struct hsm_list_ops *ops)
{
	ESYS_TR object = ESYS_TR_NONE;
	TPMT_PUBLIC public;
	struct hsm_object out = { .id_len = 0 };

	TRY(t2_refer(t, handle, &object));
	TRY(t2_read_public(t, object, &public));
	t2_describe(&public, &out);
	snprintf(out.label, sizeof(out.label), "0x%08x", handle);
	ops->object(ops->arg, &out);
	return OK;
}

static err_t
list_persistent_objects(struct tpm2 *t, const struct hsm_list_ops *ops)
{
	AUTO(t2_free) void *owned = NULL;
	TPMS_CAPABILITY_DATA *found = NULL;
	TPMI_YES_NO more = TPM2_NO;
	struct hsm_token token;

	TRY(t2_facts(t, &token));
	TRY(t2_read_ownership(t, false, &token.ownership));
	ops->token(ops->arg, &token);
	TRY(T2_CALL(t, GetCapability,
	            (ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES,
	             TPM2_PERSISTENT_FIRST, T2_LEFT_MAX),
	            &more, &found));
	owned = found;
	for (uint32_t i = 0; i < found->data.handles.count; i++)
		TRY(list_object(t, found->data.handles.handle[i], ops));
	return OK;
}

err_t
t2_token_list(const struct hsm_token_name *name, const struct secret *pin,
              const struct hsm_list_ops *ops, struct buf *why)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	const struct hsm_options options = { .uri = name->uri };
	struct t2_uri uri;

	(void)pin; /* TPM2_ReadPublic needs no authorisation */
	TRY(t2_uri_parse(name->uri, why, &uri));
	TRY(t2_connect(uri.tcti, &options, why, &t));
	return t2_tell(t, why, list_persistent_objects(t, ops));
}
