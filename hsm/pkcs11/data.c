/*
 * data.c - see data.h.
 */
#include <string.h>

#include "hsm/pkcs11/data.h"

err_t
p11_create_private_data(struct p11 *p11, const char *label, struct bytes value,
                        CK_OBJECT_HANDLE *ret_object)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	const CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_PRIVATE, &yes, sizeof(yes)),
		p11_in(CKA_APPLICATION, P11_APPLICATION,
		       strlen(P11_APPLICATION)),
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_VALUE, value.data, value.len),
	};

	return P11_CALL(p11, C_CreateObject, p11->session, object,
	                ARRAY_LEN(object), ret_object);
}
