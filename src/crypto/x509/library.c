/*
 * library.c - a libcrypto library context with few algorithms.
 *
 * To decode a public key, libcrypto 3.0 asks every decoder of every provider,
 * each time, which takes twice as long as the verification that needs the key.
 * This library context has a single provider: the default one reduced to the
 * algorithms that certificates here have.  Arithmetic, parsing and all rules
 * stay libcrypto's.
 *
 * A key of another type (X25519, ML-DSA) does not decode in it, and libcrypto
 * refuses a path whose leaf has such a key; a caller leaves that leaf out of
 * the path (x509_cert_sound()).  Such a key of an issuer is refused in any
 * case.
 */
#include "crypto/x509/library.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include "base/auto.h"

#define ROWS_MAX 64 /* of one table of algorithms */

static OSSL_PROVIDER *all; /* the default provider */
static OSSL_ALGORITHM decoders[ROWS_MAX + 1], keys[ROWS_MAX + 1];

static bool
is_wanted(const char *names)
{
	static const char *const wanted[] = { "EC", "RSA", "ED25519" };
	size_t len = strcspn(names, ":");

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (strlen(wanted[i]) == len &&
		    strncasecmp(names, wanted[i], len) == 0)
			return true;
	return false;
}

/* Copies the wanted rows of a table that ends with a row without names. */
static const OSSL_ALGORITHM *
thin_out(const OSSL_ALGORITHM *from, const char *property, OSSL_ALGORITHM *to)
{
	size_t n = 0;

	for (; from && from->algorithm_names && n < ROWS_MAX; from++)
		if (is_wanted(from->algorithm_names) &&
		    strstr(from->property_definition, property))
			to[n++] = *from;
	to[n] = (OSSL_ALGORITHM){ 0 };
	return to;
}

static const OSSL_ALGORITHM *
query_thinned_algorithms(void *context, int operation, int *no_cache)
{
	const OSSL_ALGORITHM *found =
	        OSSL_PROVIDER_query_operation(all, operation, no_cache);

	(void)context;
	if (operation == OSSL_OP_DECODER)
		return thin_out(found, "SubjectPublicKeyInfo", decoders);
	if (operation == OSSL_OP_KEYMGMT)
		return thin_out(found, "", keys);
	return found;
}

static int
start_thin_provider(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                    const OSSL_DISPATCH **ret_out, void **ret_context)
{
	static const OSSL_DISPATCH offered[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION,
		  (void (*)(void))query_thinned_algorithms },
		{ 0, NULL },
	};

	(void)handle;
	(void)in;
	*ret_out = offered;
	*ret_context = OSSL_PROVIDER_get0_provider_ctx(all);
	return 1;
}

static OSSL_LIB_CTX *
make_thin_library(void)
{
	static const char name[] = "x509";

	all = OSSL_PROVIDER_load(NULL, "default");
	if (!all)
		return NULL;
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
	if (library &&
	    OSSL_PROVIDER_add_builtin(library, name, start_thin_provider) ==
	            1 &&
	    OSSL_PROVIDER_load(library, name))
		return library;
	OSSL_LIB_CTX_free(library);
	return NULL;
}

OSSL_LIB_CTX *
x509_library(void)
{
	static OSSL_LIB_CTX *library;
	static bool tried;

	if (!tried) {
		tried = true;
		library = make_thin_library();
		ERR_clear_error();
	}
	return library;
}
