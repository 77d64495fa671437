/*
 * name.c - finds single attributes of a certificate's subject.
 */
#include <openssl/err.h>

#include "crypto/x509/int.h"

DEFINE_AUTO(ASN1_OBJECT *, ASN1_OBJECT_free);

bool
x509_cert_subject_value(const struct x509_cert *cert, const char *oid,
                        size_t nth, struct bytes *ret_value)
{
	AUTO(ASN1_OBJECT_free) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	const X509_NAME *name = X509_get_subject_name(cert->x509);
	int at = -1;

	for (size_t i = 0; object && i <= nth; i++) {
		at = X509_NAME_get_index_by_OBJ(name, object, at);
		if (at < 0)
			break;
	}
	ERR_clear_error();
	if (!object || at < 0)
		return false;
	const ASN1_STRING *value =
	        X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	*ret_value = bytes_of(ASN1_STRING_get0_data(value),
	                      (size_t)ASN1_STRING_length(value));
	return true;
}
