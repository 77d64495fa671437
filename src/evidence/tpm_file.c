/*
 * tpm_file.c - see tpm_file.h.
 */
#include "tpm_file.h"

#include <ctype.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "auto.h"
#include "tpm_attest.h"
#include "tpm_parse.h"
#include "tpm_public.h"
#include "tpm_signature.h"
#include "tpm_verify.h"

#define PEM_BLOCKS_MAX 1024 /* of one file */

/* A log begins with an event (TCG_PCR_EVENT: PCR, type, SHA-1, size) that
 * extends nothing and names the specification; an older one is a row of such
 * events to its end. */
#define LOG_HEAD_SIZE 32
#define LOG_NO_ACTION 3
#define LOG_PCRS 24

DEFINE_AUTO(BIO *, BIO_free_all);
DEFINE_AUTO(X509 *, X509_free);
DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);

/* RFC 7468 section 2 allows text before, between and behind the blocks. */
static bool
is_pem(struct bytes file)
{
	static const char begin[] = "-----BEGIN ";

	return !memchr(file.data, 0, file.len) &&
	       memmem(file.data, file.len, begin, sizeof(begin) - 1);
}

/* PEM for OpenSSL, which knows neither byte order marks nor blank lines inside
 * of a block: without them, and without carriage returns. */
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

static bool
is_json(struct bytes file)
{
	size_t at = 0;

	while (at < file.len && strchr(" \t\r\n", file.data[at]) &&
	       file.data[at])
		at++;
	return at < file.len && file.data[at] == '{';
}

static bool
is_magic(struct bytes file)
{
	struct reader r = reader_of(file);

	return reader_u32(&r) == TPM_GENERATED;
}

static bool
is_sized_magic(struct bytes file)
{
	return file.len > 6 &&
	       (size_t)(file.data[0] << 8 | file.data[1]) == file.len - 2 &&
	       is_magic(bytes_of(file.data + 2, file.len - 2));
}

/* The size of the DER SEQUENCE that a file begins with; 0: none. */
static size_t
sequence_size(struct bytes file)
{
	const uint8_t *at = file.data;
	long len = 0;
	int tag = 0;
	int class = 0;

	if (file.len == 0)
		return 0;
	int form = ASN1_get_object(&at, &len, &tag, &class, (long)file.len);
	ERR_clear_error();
	if (form != V_ASN1_CONSTRUCTED || tag != V_ASN1_SEQUENCE)
		return 0;
	return (size_t)(at - file.data) + (size_t)len;
}

/* What an NV index holds behind a certificate: one byte, again and again. */
static bool
is_padding(struct bytes rest)
{
	for (size_t i = 0; i < rest.len; i++)
		if (rest.data[i] != rest.data[0])
			return false;
	return rest.len == 0 || rest.data[0] == 0 || rest.data[0] == 0xff;
}

struct bytes
tpm_file_certificate(struct bytes file)
{
	/* TCG_PCCLIENT_STORED_CERT: tag 0x1001, type 0, size of what follows:
	 * the tag 0x1002 of a whole certificate, and the certificate. */
	if (file.len > 5 && file.data[0] == 0x10 && file.data[1] == 0x01 &&
	    file.data[2] == 0) {
		size_t size = (size_t)file.data[3] << 8 | file.data[4];
		struct bytes rest = bytes_of(file.data + 5, file.len - 5);

		if (size < rest.len &&
		    !is_padding(bytes_of(rest.data + size, rest.len - size)))
			return bytes_of(NULL, 0);
		bool tagged = rest.len > 2 && rest.data[0] == 0x10 &&
		              rest.data[1] == 0x02;
		file = tagged ? bytes_of(rest.data + 2, rest.len - 2) : rest;
	}
	size_t size = sequence_size(file);
	if (size == 0 ||
	    !is_padding(bytes_of(file.data + size, file.len - size)))
		return bytes_of(NULL, 0);
	return bytes_of(file.data, size);
}

static bool
is_certificate(struct bytes file)
{
	struct bytes der = tpm_file_certificate(file);
	const uint8_t *at = der.data;
	AUTO(X509_free)
	X509 *x = der.len > 0 ? d2i_X509(NULL, &at, (long)der.len) : NULL;

	ERR_clear_error();
	return x && at == der.data + der.len;
}

/* A DER key that is too weak is still a key: refused later, by its reason. */
static bool
is_der_key(struct bytes file)
{
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	err_t err = tpm_key_of_spki(file, &key);

	ERR_clear_error();
	return err == OK || err == E_DENIED;
}

static uint32_t
little32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static bool
is_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* One event of the older form at `at`; 0: none.  Type 0 and a digest of zeros
 * would let plain PCR values pass for a log. */
static size_t
old_event(struct bytes file, size_t at)
{
	const uint8_t *p = file.data + at;

	if (file.len - at < LOG_HEAD_SIZE || little32(p) >= LOG_PCRS)
		return 0;
	uint32_t type = little32(p + 4);
	size_t size = little32(p + 28);
	bool known = (type > 0 && type < 0x14) || type >> 16 == 0x8000;
	if (!known || size > file.len - at - LOG_HEAD_SIZE)
		return 0;
	if (type != LOG_NO_ACTION && is_zero(p + 8, 20))
		return 0;
	return LOG_HEAD_SIZE + size;
}

static bool
is_event_log(struct bytes file)
{
	static const char spec[] = "Spec ID Event";
	size_t at = 0;
	size_t step = 1;

	if (file.len >= LOG_HEAD_SIZE + sizeof(spec) && is_zero(file.data, 4) &&
	    little32(file.data + 4) == LOG_NO_ACTION &&
	    memcmp(file.data + LOG_HEAD_SIZE, spec, sizeof(spec) - 1) == 0)
		return true;
	while (step > 0 && at < file.len) {
		step = old_event(file, at);
		at += step;
	}
	return at > 0 && at == file.len;
}

/* A row of IMA's list: PCR, template hash, template name ("ima-ng"). */
static bool
is_ima(struct bytes file)
{
	static const char name[] = "ima";
	const uint8_t *p = file.data;
	size_t at = 0;

	if (file.len > 31 && little32(p) < LOG_PCRS && little32(p + 24) >= 3 &&
	    little32(p + 24) <= 16 && memcmp(p + 28, name, 3) == 0)
		return true;
	while (at < file.len && at < 3 && p[at] != ' ' && isdigit(p[at]))
		at++;
	while (at > 0 && at < file.len && at < 4 && p[at] == ' ')
		at++;
	size_t digits = at;
	while (at < file.len && isxdigit(p[at]))
		at++;
	return digits >= 2 && p[digits - 1] == ' ' && at - digits >= 40 &&
	       file.len - at > 4 && memcmp(p + at, " ima", 4) == 0;
}

static enum tpm_file_kind
kind_of_structure(struct bytes file)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct tpm_signature signature;
	struct tpm_public public;

	if (tpm_signature_parse(file, &why, &signature) == OK)
		return TPM_FILE_SIGNATURE;
	if (tpmt_public_parse(file, &why, &public) == OK)
		return TPM_FILE_PUBLIC;
	if (tpm2b_public_parse(file, &why, &public) == OK)
		return TPM_FILE_PUBLIC_SIZED;
	return TPM_FILE_UNKNOWN;
}

/* The tools' file: a count of banks, little-endian, then a hash id. */
static bool
is_tools_pcrs(struct bytes file)
{
	const uint8_t *p = file.data;

	return file.len >= 136 + 532 && (file.len - 136) % 532 == 0 &&
	       p[0] >= 1 && p[0] <= TPM_SELECT_MAX && p[1] == 0 && p[2] == 0 &&
	       p[3] == 0 && tpm_hash_size((uint16_t)(p[4] | p[5] << 8)) != 0;
}

enum tpm_file_kind
tpm_file_kind(struct bytes file)
{
	if (is_json(file))
		return TPM_FILE_JSON;
	if (is_pem(file))
		return TPM_FILE_PEM;
	if (is_magic(file))
		return TPM_FILE_ATTEST;
	if (is_sized_magic(file))
		return TPM_FILE_ATTEST_SIZED;
	if (is_tools_pcrs(file))
		return TPM_FILE_PCRS;

	enum tpm_file_kind kind = kind_of_structure(file);
	if (kind != TPM_FILE_UNKNOWN)
		return kind;
	if (is_der_key(file))
		return TPM_FILE_DER_KEY;
	if (is_certificate(file))
		return TPM_FILE_DER_CERT;
	if (is_ima(file))
		return TPM_FILE_IMA;
	return is_event_log(file) ? TPM_FILE_EVENT_LOG : TPM_FILE_UNKNOWN;
}

/* PKCS#1, as SubjectPublicKeyInfo. */
static err_t
hand_rsa(tpm_pem_fn *fn, void *arg, struct bytes der)
{
	const uint8_t *at = der.data;
	uint8_t *spki = NULL;
	AUTO(EVP_PKEY_free)
	EVP_PKEY *pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.len);

	if (!pkey || at != der.data + der.len)
		return E_MALFORMED;
	int len = i2d_PUBKEY(pkey, &spki);
	if (len <= 0)
		return E_MALFORMED;
	err_t err = fn(arg, "PUBLIC KEY", bytes_of(spki, (size_t)len));
	OPENSSL_free(spki);
	return err;
}

/* Two names for one thing become one.  What OpenSSL's own format says behind a
 * certificate, of purposes and names, is left out. */
static err_t
hand(tpm_pem_fn *fn, void *arg, const char *label, struct bytes der)
{
	size_t size = sequence_size(der);

	if (strcmp(label, "RSA PUBLIC KEY") == 0)
		return hand_rsa(fn, arg, der);
	if (strcmp(label, "TRUSTED CERTIFICATE") == 0 && size > 0)
		return fn(arg, "CERTIFICATE", bytes_of(der.data, size));
	return fn(arg, label, der);
}

/* One block; *ret_end at the end of the file. */
static err_t
pem_next(BIO *bio, tpm_pem_fn *fn, void *arg, bool *ret_end)
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
	err_t err = header[0] != '\0'
	                    ? E_MALFORMED
	                    : hand(fn, arg, label, bytes_of(der, (size_t)len));
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return err;
}

err_t
tpm_pem_each(struct bytes file, tpm_pem_fn *fn, void *arg)
{
	AUTO(buf_release) struct buf text = buf_of(file.len + 1);
	TRY(plain_text(file, &text));
	AUTO(BIO_free_all) BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
	bool end = false;
	size_t n = 0;

	if (!bio)
		return E_NOMEM;
	for (; !end && n < PEM_BLOCKS_MAX; n++)
		TRY(pem_next(bio, fn, arg, &end));
	return n > 1 ? OK : E_MALFORMED;
}
