/*
 * pkcs11_epoch.c - the counter of the key holder's lives, kept by the token.
 *
 * A private data object "anchord-epoch" of four bytes, big-endian.  It is
 * written, then read back: a token that says OK and keeps the old value would
 * give two lives one epoch, and with it the same challenge ids.
 */
#include <string.h>

#include "pkcs11_int.h"

#define EPOCH_SIZE 4 /* bytes, big-endian */

static void
epoch_encode(uint32_t epoch, uint8_t out[static EPOCH_SIZE])
{
	for (unsigned i = 0; i < EPOCH_SIZE; i++)
		out[i] = (uint8_t)(epoch >> (8 * (EPOCH_SIZE - 1 - i)));
}

static err_t
epoch_find(struct p11 *p11, CK_OBJECT_HANDLE *ret_object)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_LABEL, P11_EPOCH_LABEL, strlen(P11_EPOCH_LABEL)),
	};
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = ARRAY_LEN(found);

	TRY(p11_find(p11, wanted, ARRAY_LEN(wanted), found, &n));
	if (n > 1)
		return p11_fail(p11, E_LATCHED, "two objects '%s'",
		                P11_EPOCH_LABEL);
	*ret_object = n == 1 ? found[0] : CK_INVALID_HANDLE;
	return OK;
}

static err_t
epoch_read(struct p11 *p11, CK_OBJECT_HANDLE object, uint32_t *ret_epoch)
{
	uint8_t value[EPOCH_SIZE] = { 0 };
	size_t len = 0;
	err_t err =
	        p11_read(p11, object, CKA_VALUE, value, sizeof(value), &len);

	if (err == E_NOT_FOUND || (err == OK && len != sizeof(value)))
		return p11_fail(p11, E_LATCHED, "'%s' is not a counter",
		                P11_EPOCH_LABEL);
	TRY(err);
	struct reader r = reader_of(bytes_of(value, sizeof(value)));
	*ret_epoch = reader_u32(&r);
	return OK;
}

static err_t
epoch_create(struct p11 *p11, uint32_t epoch, CK_OBJECT_HANDLE *ret_object)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	const CK_BBOOL yes = CK_TRUE;
	uint8_t value[EPOCH_SIZE];
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_PRIVATE, &yes, sizeof(yes)),
		p11_in(CKA_MODIFIABLE, &yes, sizeof(yes)),
		p11_in(CKA_APPLICATION, "anchord", strlen("anchord")),
		p11_in(CKA_LABEL, P11_EPOCH_LABEL, strlen(P11_EPOCH_LABEL)),
		p11_in(CKA_VALUE, value, sizeof(value)),
	};

	epoch_encode(epoch, value);
	return P11_CALL(p11, C_CreateObject, p11->session, object,
	                ARRAY_LEN(object), ret_object);
}

static err_t
epoch_write(struct p11 *p11, CK_OBJECT_HANDLE object, uint32_t epoch)
{
	uint8_t value[EPOCH_SIZE];
	CK_ATTRIBUTE changed = p11_in(CKA_VALUE, value, sizeof(value));

	epoch_encode(epoch, value);
	return P11_CALL(p11, C_SetAttributeValue, p11->session, object,
	                &changed, 1);
}

err_t
p11_epoch(void *own, uint32_t *ret_epoch)
{
	struct p11 *p11 = own;
	CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
	uint32_t epoch = 0;
	uint32_t kept = 0;

	TRY(epoch_find(p11, &object));
	if (object != CK_INVALID_HANDLE)
		TRY(epoch_read(p11, object, &epoch));
	if (epoch == UINT32_MAX)
		return p11_fail(p11, E_LATCHED, "'%s' is at its end",
		                P11_EPOCH_LABEL);
	epoch++;
	if (object != CK_INVALID_HANDLE)
		TRY(epoch_write(p11, object, epoch));
	else
		TRY(epoch_create(p11, epoch, &object));
	TRY(epoch_read(p11, object, &kept));
	if (kept != epoch)
		return p11_fail(p11, E_DEVICE, "'%s' keeps its old value",
		                P11_EPOCH_LABEL);
	*ret_epoch = epoch;
	return OK;
}
