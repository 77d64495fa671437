/*
 * object.c - finds, reads and destroys objects of any class in a token.
 */
#include "hsm/pkcs11/int.h"

/* Ends the active search.  PKCS#11 allows one a session, so without
 * C_FindObjectsFinal every later search would fail with
 * CKR_OPERATION_ACTIVE. */
static void
search_end(struct p11 *p11)
{
	(void)p11->fn->C_FindObjectsFinal(p11->session);
}
DEFINE_AUTO(struct p11 *, search_end);

err_t
p11_find(struct p11 *p11, CK_ATTRIBUTE *wanted, CK_ULONG n,
         CK_OBJECT_HANDLE *found, CK_ULONG *in_out_n)
{
	CK_ULONG total = 0;

	TRY(P11_CALL(p11, C_FindObjectsInit, p11->session, wanted, n));
	AUTO(search_end) struct p11 *search = p11;
	for (CK_ULONG got = 1; got > 0 && total < *in_out_n; total += got) {
		got = 0;
		TRY(P11_CALL(search, C_FindObjects, p11->session, found + total,
		             *in_out_n - total, &got));
		if (got > *in_out_n - total)
			return p11_fail(p11, E_DEVICE,
			                "C_FindObjects: more than asked for");
	}
	*in_out_n = total;
	return OK;
}

/* Both return codes count as: another process destroyed the object first. */
err_t
p11_destroy(struct p11 *p11, CK_OBJECT_HANDLE object)
{
	err_t err = P11_CALL(p11, C_DestroyObject, p11->session, object);

	return p11->rv == CKR_OBJECT_HANDLE_INVALID ||
	                       p11->rv == CKR_FUNCTION_FAILED
	               ? E_CONFLICT
	               : err;
}

err_t
p11_read(struct p11 *p11, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
         struct p11_value *value)
{
	CK_ATTRIBUTE asked = { type, value->data, value->room };
	err_t err = P11_CALL(p11, C_GetAttributeValue, p11->session, object,
	                     &asked, 1);

	/* CKR_BUFFER_TOO_SMALL counts only if the returned length confirms
	 * it. */
	if (err == E_DENIED || (err != OK && p11->rv == CKR_BUFFER_TOO_SMALL &&
	                        asked.ulValueLen > value->room))
		return E_NOT_FOUND;
	TRY(err);
	if (asked.ulValueLen > value->room) /* or CK_UNAVAILABLE_INFORMATION */
		return E_NOT_FOUND;
	value->len = asked.ulValueLen;
	return OK;
}

err_t
p11_read_bool(struct p11 *p11, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
              bool fallback, bool *ret_value)
{
	uint8_t value = fallback ? CK_TRUE : CK_FALSE;
	struct p11_value read = { &value, sizeof(value), 0 };
	err_t err = p11_read(p11, object, type, &read);

	if (err == E_NOT_FOUND || (err == OK && read.len != sizeof(value))) {
		*ret_value = fallback;
		return OK;
	}
	TRY(err);
	*ret_value = value != CK_FALSE;
	return OK;
}
