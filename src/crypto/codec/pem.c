/*
 * pem.c - see pem.h.
 */
#include "crypto/codec/pem.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/auto.h"
#include "crypto/codec/der.h"

#define PEM_BLOCKS_MAX 1024 /* blocks in one file */
#define PKCS1_BITS_MIN 1024 /* smaller ones are refused */

DEFINE_AUTO(BIO *, BIO_free_all);
DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);

static const char begin[] = "-----BEGIN ";

bool
pem_is(struct bytes file)
{
	return file.len > 0 && !memchr(file.data, 0, file.len) &&
	       memmem(file.data, file.len, begin, sizeof(begin) - 1);
}

/* --- text ----------------------------------------------------------------- */

/* Removes byte order mark, carriage returns and blank lines, which OpenSSL does
 * not accept inside of a block. */
static err_t
plain_text(struct bytes file, struct buf *out)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
	size_t at = file.len >= 3 && memcmp(file.data, mark, 3) == 0 ? 3 : 0;

	for (; at < file.len; at++) {
		uint8_t c = file.data[at];
		bool blank = c == '\n' &&
		             (out->len == 0 || out->data[out->len - 1] == '\n');

		if (c != '\r' && !blank)
			buf_u8(out, c);
	}
	return buf_status(out);
}

/* Counts the blocks, because OpenSSL silently skips one that it cannot read,
 * such as an indented one, and would return the rest as the whole. */
static size_t
count_blocks(struct bytes text)
{
	size_t n = 0;
	bool fresh = true; /* nothing but space in this line */

	for (size_t at = 0; at < text.len; at++) {
		uint8_t c = text.data[at];
		size_t left = text.len - at;

		if (fresh && left >= sizeof(begin) - 1 &&
		    memcmp(text.data + at, begin, sizeof(begin) - 1) == 0)
			n++;
		fresh = c == '\n' || (fresh && (c == ' ' || c == '\t'));
	}
	return n;
}

/* --- blocks --------------------------------------------------------------- */

err_t
pem_spki_of_pkcs1(struct bytes der, struct buf *out)
{
	const uint8_t *at = der.data;
	uint8_t *spki = NULL;
	AUTO(EVP_PKEY_free)
	EVP_PKEY *pkey = der.len > 0 ? d2i_PublicKey(EVP_PKEY_RSA, NULL, &at,
	                                             (long)der.len)
	                             : NULL;
	bool whole = pkey && at == der.data + der.len &&
	             EVP_PKEY_get_bits(pkey) >= PKCS1_BITS_MIN;
	int len = whole ? i2d_PUBKEY(pkey, &spki) : -1;

	ERR_clear_error();
	if (len <= 0)
		return E_MALFORMED;
	buf_append(out, bytes_of(spki, (size_t)len));
	OPENSSL_free(spki);
	return buf_status(out);
}

static err_t
hand_rsa(pem_fn *fn, void *arg, struct bytes der)
{
	AUTO(buf_release) struct buf spki = buf_of(der.len + 64);

	TRY(pem_spki_of_pkcs1(der, &spki));
	return fn(arg, PEM_STRING_PUBLIC, buf_bytes(&spki));
}

/* Drops OpenSSL's trust settings, which follow the certificate. */
static err_t
hand_trusted(pem_fn *fn, void *arg, struct bytes der)
{
	struct der d = der_of(der, NULL);
	struct bytes certificate = der_take_any(&d);

	if (certificate.len == 0)
		return E_MALFORMED;
	return fn(arg, PEM_STRING_X509, certificate);
}

static err_t
hand_block(pem_fn *fn, void *arg, const char *label, struct bytes der)
{
	if (strcmp(label, PEM_STRING_RSA_PUBLIC) == 0)
		return hand_rsa(fn, arg, der);
	if (strcmp(label, PEM_STRING_X509_TRUSTED) == 0)
		return hand_trusted(fn, arg, der);
	if (strcmp(label, PEM_STRING_X509_OLD) == 0)
		return fn(arg, PEM_STRING_X509, der);
	return fn(arg, label, der);
}

/* Reads one block; *ret_end: there was none, the file has ended. */
static err_t
read_next_block(BIO *bio, pem_fn *fn, void *arg, bool *ret_end)
{
	char *label = NULL;
	char *header = NULL;
	unsigned char *der = NULL;
	long len = 0;

	if (PEM_read_bio(bio, &label, &header, &der, &len) != 1) {
		bool end = ERR_GET_REASON(ERR_peek_last_error()) ==
		           PEM_R_NO_START_LINE;
		ERR_clear_error();
		*ret_end = true;
		return end ? OK : E_MALFORMED;
	}
	err_t err = header[0] != '\0' ? E_MALFORMED
	                              : hand_block(fn, arg, label,
	                                           bytes_of(der, (size_t)len));
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return err;
}

err_t
pem_each(struct bytes file, pem_fn *fn, void *arg)
{
	AUTO(buf_release) struct buf text = buf_of(file.len + 1);
	size_t read = 0;
	bool end = false;

	if (file.len > INT_MAX)
		return E_LIMIT;
	TRY(plain_text(file, &text));
	size_t n = count_blocks(buf_bytes(&text));
	if (n == 0 || n > PEM_BLOCKS_MAX)
		return n == 0 ? E_MALFORMED : E_LIMIT;
	AUTO(BIO_free_all) BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
	if (!bio)
		return E_NOMEM;
	for (; !end; read++)
		TRY(read_next_block(bio, fn, arg, &end));
	return read == n + 1 ? OK : E_MALFORMED;
}
