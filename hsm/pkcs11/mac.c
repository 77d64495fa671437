/*
 * mac.c - HMAC-SHA-256 with the handle key.
 */
#include <string.h>

#include "hsm/pkcs11/int.h"

err_t
p11_mac(void *own, struct bytes msg, uint8_t ret_mac[static HASH_SIZE])
{
	struct p11 *p11 = own;
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	uint8_t out[HASH_SIZE];
	CK_ULONG len = sizeof(out);

	TRY(P11_CALL(p11, C_SignInit, p11->session, &hmac, p11->mac_key));
	TRY(P11_CALL(p11, C_Sign, p11->session, p11_unconst(msg), msg.len, out,
	             &len));
	if (len != sizeof(out))
		return p11_fail(p11, E_DEVICE, "C_Sign: an HMAC of %lu bytes",
		                len);
	memcpy(ret_mac, out, sizeof(out));
	return OK;
}
