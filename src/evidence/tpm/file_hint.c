/*
 * file_hint.c - guesses what a file of an unknown kind is; see file.h.
 */
#include <ctype.h>
#include <string.h>

#include "crypto/codec/pem.h"
#include "evidence/tpm/file.h"

static bool
contains_text(struct bytes file, const char *text)
{
	return memmem(file.data, file.len, text, strlen(text)) != NULL;
}

/* True for more than 8 bytes which all are digits of hex or base64, or white
 * space. */
static bool
is_digits(struct bytes file, bool hex)
{
	for (size_t i = 0; i < file.len; i++) {
		int c = file.data[i];
		bool digit =
		        hex ? isxdigit(c) != 0
		            : isalnum(c) || c == '+' || c == '/' || c == '=';

		if (!digit && !isspace(c))
			return false;
	}
	return file.len > 8;
}

/* tss2_quote writes the quote's information as JSON. */
static bool
is_fapi(struct bytes file)
{
	return contains_text(file, "\"sig_scheme\"") &&
	       contains_text(file, "\"attest\"");
}

static bool
is_yaml(struct bytes file)
{
	return contains_text(file, ": 0x") && (contains_text(file, "sha1:") ||
	                                       contains_text(file, "sha256:") ||
	                                       contains_text(file, "sha384:") ||
	                                       contains_text(file, "sha512:"));
}

/* A signature without the header of TPMT_SIGNATURE: with RSA as long as the
 * modulus, with ECDSA a short DER SEQUENCE. */
static bool
is_plain_signature(struct bytes file)
{
	bool rsa = file.len == 256 || file.len == 384 || file.len == 512;

	return rsa ||
	       (file.len >= 68 && file.len <= 141 && file.data[0] == 0x30 &&
	        file.len > 3 &&
	        (file.data[1] == file.len - 2 ||
	         (file.data[1] == 0x81 && file.data[2] == file.len - 3)));
}

static bool
is_plain_values(struct bytes file)
{
	return file.len >= 20 && (file.len % 32 == 0 || file.len % 20 == 0);
}

const char *
tpm_file_hint(struct bytes file)
{
	if (file.len == 0)
		return "an empty file";
	if (contains_text(file, "PRIVATE KEY-----"))
		return "PEM with a private key, which must not be given as "
		       "evidence or trust";
	if (contains_text(file, "-----BEGIN PKCS7-----"))
		return "a PKCS#7 bundle: extract its certificates (openssl "
		       "pkcs7 -print_certs)";
	if (pem_is(file))
		return "PEM with a block that is malformed, or is neither a "
		       "certificate nor a public key";
	if (is_fapi(file))
		return "a FAPI quote (tss2_quote): give TPMS_ATTEST and "
		       "TPMT_SIGNATURE, as tpm2_quote -m and -s write them";
	if (is_digits(file, true))
		return "hexadecimal text: decode it (xxd -r -p)";
	if (is_digits(file, false))
		return "base64 text: decode it (base64 -d)";
	if (is_yaml(file))
		return "PCR values as text: give JSON "
		       "({\"sha256\":{\"0\":\"hex\"}}), or the file of "
		       "tpm2_quote --pcr";
	if (is_plain_signature(file))
		return "a plain signature: give TPMT_SIGNATURE, as tpm2_quote "
		       "-s writes it without -f plain";
	if (is_plain_values(file))
		return "plain PCR values: give JSON, or the file of "
		       "tpm2_quote --pcr without -F values";
	return NULL;
}
