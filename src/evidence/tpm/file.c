/*
 * file.c - see file.h.
 */
#include "evidence/tpm/file.h"

#include <ctype.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/auto.h"
#include "crypto/codec/der.h"
#include "crypto/codec/pem.h"
#include "evidence/tpm/attest.h"
#include "evidence/tpm/parse.h"
#include "evidence/tpm/public.h"
#include "evidence/tpm/signature.h"
#include "evidence/tpm/verify.h"

/* An event log (TCG PC Client Platform Firmware Profile) begins with a
 * TCG_PCR_EVENT: PCR, type, SHA-1 digest, size of the data, all little-endian.
 * Its type is EV_NO_ACTION and its data names the specification.  A log in the
 * older format consists of TCG_PCR_EVENTs to its end. */
#define LOG_HEAD_SIZE 32
#define LOG_NO_ACTION 3
#define LOG_PCRS 24

DEFINE_AUTO(X509 *, X509_free);

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

/* The size of the DER SEQUENCE at the start of a file; 0: there is none. */
static size_t
sequence_size(struct bytes file)
{
	struct der d = der_of(file, NULL);

	return der_next_is(&d, DER_SEQUENCE) ? der_take_any(&d).len : 0;
}

/* True for the padding after a certificate in an NV index, which is longer than
 * the certificate: 00 or ff bytes only. */
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
	/* TCG_PCCLIENT_STORED_CERT: tag 0x1001, type 0 and the size of the
	 * rest, which is the tag 0x1002 (TCG_FULL_CERT) and the certificate,
	 * or the certificate alone. */
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

err_t
tpm_file_key(struct bytes file, struct buf *spki)
{
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	err_t err = tpm_key_of_spki(file, &key);

	ERR_clear_error();
	/* E_DENIED: a weak key is still a key.  The caller refuses it later
	 * with the reason for it. */
	if (err != OK && err != E_DENIED)
		return pem_spki_of_pkcs1(file, spki);
	buf_append(spki, file);
	return buf_status(spki);
}

static bool
is_der_key(struct bytes file)
{
	AUTO(buf_release) struct buf spki = buf_of(file.len + 64);

	return tpm_file_key(file, &spki) == OK;
}

static uint32_t
u32_of_event_log(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/* The size of the event of the older format at `at`; 0: there is none.  Refuses
 * type 0 and a digest of zeros, because otherwise plain PCR values would be
 * taken for a log. */
static size_t
old_event(struct bytes file, size_t at)
{
	const uint8_t *p = file.data + at;

	if (file.len - at < LOG_HEAD_SIZE || u32_of_event_log(p) >= LOG_PCRS)
		return 0;
	uint32_t type = u32_of_event_log(p + 4);
	size_t size = u32_of_event_log(p + 28);
	bool known = (type > 0 && type < 0x14) || type >> 16 == 0x8000;
	if (!known || size > file.len - at - LOG_HEAD_SIZE)
		return 0;
	if (type != LOG_NO_ACTION && bytes_all_zero(p + 8, 20))
		return 0;
	return LOG_HEAD_SIZE + size;
}

static bool
is_event_log(struct bytes file)
{
	static const char spec[] = "Spec ID Event";
	size_t at = 0;
	size_t step = 1;

	if (file.len >= LOG_HEAD_SIZE + sizeof(spec) &&
	    bytes_all_zero(file.data, 4) &&
	    u32_of_event_log(file.data + 4) == LOG_NO_ACTION &&
	    memcmp(file.data + LOG_HEAD_SIZE, spec, sizeof(spec) - 1) == 0)
		return true;
	while (step > 0 && at < file.len) {
		step = old_event(file, at);
		at += step;
	}
	return at > 0 && at == file.len;
}

/* Checks the first entry of IMA's measurement list, binary or text: PCR,
 * template digest, template name ("ima-ng"). */
static bool
is_ima(struct bytes file)
{
	static const char name[] = "ima";
	const uint8_t *p = file.data;
	size_t at = 0;

	if (file.len > 31 && u32_of_event_log(p) < LOG_PCRS &&
	    u32_of_event_log(p + 24) >= 3 && u32_of_event_log(p + 24) <= 16 &&
	    memcmp(p + 28, name, 3) == 0)
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

/* Checks the sizes and the start of the file of `tpm2_quote --pcr`: a count of
 * banks, little-endian, then the first bank's hash id (pcrs.c). */
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
	if (pem_is(file))
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
