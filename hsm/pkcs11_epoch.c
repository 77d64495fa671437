/*
 * pkcs11_epoch.c - the counter of the key holder's lives, kept by the token.
 *
 * A private data object "anchord-epoch" of four bytes, big-endian.  The next
 * value is a new object, read back before the old one is destroyed: however a
 * life is cut short, the highest epoch that was used is still there.  (Changing
 * the value in place would be one call, but not every token allows it, and a
 * software token that is killed while writing loses the object.)
 *
 * So two neighbours n, n + 1 are what an interrupted life leaves, and are
 * mended.  Any other pair means that a token was merged or restored: two lives
 * could get one epoch, and with it the same challenge ids; a person must look.
 */
#include <string.h>

#include "pkcs11_int.h"

#define EPOCH_SIZE 4 /* bytes, big-endian */
#define EPOCHS_MAX 3 /* looked for: two may be, a third is too many */

struct epoch {
	CK_OBJECT_HANDLE object;
	uint32_t value;
};

static err_t
epoch_read(struct p11 *p11, CK_OBJECT_HANDLE object, uint32_t *ret_value)
{
	uint8_t value[EPOCH_SIZE] = { 0 };
	struct p11_value read = { value, sizeof(value), 0 };
	err_t err = p11_read(p11, object, CKA_VALUE, &read);

	if (err == E_NOT_FOUND || (err == OK && read.len != sizeof(value)))
		return p11_fail(p11, E_LATCHED, "'%s' is not a counter",
		                P11_EPOCH_LABEL);
	TRY(err);
	struct reader r = reader_of(bytes_of(value, sizeof(value)));
	*ret_value = reader_u32(&r);
	return OK;
}

static err_t
epoch_destroy(struct p11 *p11, const struct epoch *e)
{
	return P11_CALL(p11, C_DestroyObject, p11->session, e->object);
}

/* All that are there, at most EPOCHS_MAX. */
static err_t
epochs_find(struct p11 *p11, struct epoch epochs[static EPOCHS_MAX],
            CK_ULONG *ret_n)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_LABEL, P11_EPOCH_LABEL, strlen(P11_EPOCH_LABEL)),
	};
	CK_OBJECT_HANDLE found[EPOCHS_MAX];
	CK_ULONG n = EPOCHS_MAX;

	TRY(p11_find(p11, wanted, ARRAY_LEN(wanted), found, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		epochs[i].object = found[i];
		TRY(epoch_read(p11, found[i], &epochs[i].value));
	}
	*ret_n = n;
	return OK;
}

/* The epoch of the last life; object is invalid when this is the first. */
static err_t
epoch_last(struct p11 *p11, struct epoch *ret_last)
{
	struct epoch e[EPOCHS_MAX];
	CK_ULONG n = 0;

	TRY(epochs_find(p11, e, &n));
	if (n == 0) {
		*ret_last = (struct epoch){ CK_INVALID_HANDLE, 0 };
		return OK;
	}
	if (n == 1) {
		*ret_last = e[0];
		return OK;
	}
	const struct epoch *low = e[0].value < e[1].value ? &e[0] : &e[1];
	const struct epoch *high = low == &e[0] ? &e[1] : &e[0];
	if (n > 2 || high->value - low->value != 1)
		return p11_fail(p11, E_LATCHED, "%lu objects '%s'", n,
		                P11_EPOCH_LABEL);
	TRY(epoch_destroy(p11, low));
	*ret_last = *high;
	return OK;
}

static err_t
epoch_create(struct p11 *p11, uint32_t epoch, CK_OBJECT_HANDLE *ret_object)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	const CK_BBOOL yes = CK_TRUE;
	const uint8_t value[EPOCH_SIZE] = {
		(uint8_t)(epoch >> 24),
		(uint8_t)(epoch >> 16),
		(uint8_t)(epoch >> 8),
		(uint8_t)epoch,
	};
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_PRIVATE, &yes, sizeof(yes)),
		p11_in(CKA_APPLICATION, "anchord", strlen("anchord")),
		p11_in(CKA_LABEL, P11_EPOCH_LABEL, strlen(P11_EPOCH_LABEL)),
		p11_in(CKA_VALUE, value, sizeof(value)),
	};

	return P11_CALL(p11, C_CreateObject, p11->session, object,
	                ARRAY_LEN(object), ret_object);
}

err_t
p11_epoch(void *own, uint32_t *ret_epoch)
{
	struct p11 *p11 = own;
	struct epoch last = { CK_INVALID_HANDLE, 0 };
	struct epoch next = { CK_INVALID_HANDLE, 0 };
	uint32_t kept = 0;

	TRY(epoch_last(p11, &last));
	if (last.value == UINT32_MAX)
		return p11_fail(p11, E_LATCHED, "'%s' is at its end",
		                P11_EPOCH_LABEL);
	next.value = last.value + 1;
	TRY(epoch_create(p11, next.value, &next.object));
	TRY(epoch_read(p11, next.object, &kept));
	if (kept != next.value)
		return p11_fail(p11, E_DEVICE, "'%s' keeps its old value",
		                P11_EPOCH_LABEL);
	if (last.object != CK_INVALID_HANDLE)
		TRY(epoch_destroy(p11, &last));
	*ret_epoch = next.value;
	return OK;
}
