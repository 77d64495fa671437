/*
 * tpm_file.c - see tpm_file.h.
 */
#include "tpm_file.h"

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

/* A log begins with an event of PCR 0 to 23, a known type (EV_* below 0x14 or
 * EFI's) and a SHA-1 digest, little-endian. */
#define LOG_HEAD_SIZE 32

DEFINE_AUTO(BIO *, BIO_free_all);
DEFINE_AUTO(X509 *, X509_free);

static bool
starts(struct bytes file, const char *with)
{
	size_t len = strlen(with);

	return file.len >= len && memcmp(file.data, with, len) == 0;
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

static bool
is_certificate(struct bytes file)
{
	const uint8_t *at = file.data;
	AUTO(X509_free) X509 *x = d2i_X509(NULL, &at, (long)file.len);

	ERR_clear_error();
	return x && at == file.data + file.len;
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

static bool
is_event_log(struct bytes file)
{
	if (file.len < LOG_HEAD_SIZE)
		return false;
	const uint8_t *p = file.data;
	bool pcr = p[0] < 24 && p[1] == 0 && p[2] == 0 && p[3] == 0;
	bool known = p[5] == 0 && p[6] == 0 &&
	             ((p[4] < 0x14 && p[7] == 0) || p[7] == 0x80);

	return pcr && known;
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
	if (starts(file, "-----BEGIN "))
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
	return is_event_log(file) ? TPM_FILE_EVENT_LOG : TPM_FILE_UNKNOWN;
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
	                    : fn(arg, label, bytes_of(der, (size_t)len));
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return err;
}

err_t
tpm_pem_each(struct bytes file, tpm_pem_fn *fn, void *arg)
{
	AUTO(BIO_free_all)
	BIO *bio = BIO_new_mem_buf(file.data, (int)file.len);
	bool end = false;
	size_t n = 0;

	if (!bio)
		return E_NOMEM;
	for (; !end && n < PEM_BLOCKS_MAX; n++)
		TRY(pem_next(bio, fn, arg, &end));
	return n > 1 ? OK : E_MALFORMED;
}
