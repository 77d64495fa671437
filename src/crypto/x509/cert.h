/*
 * cert.h - parses one X.509 certificate (RFC 5280) without judging it.
 *
 * These functions return what a certificate states about itself.  Path
 * validation (chain.h) decides whether it is trusted.
 *
 * Views are valid as long as the certificate, which keeps a copy of its bytes.
 * Parsing the same bytes again may return the same object, which never
 * changes.  For use by one thread.
 */
#ifndef CRYPTO_X509_CERT_H
#define CRYPTO_X509_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define X509_CERT_MAX (16 * 1024) /* bytes of DER */

struct x509_cert;

/* E_MALFORMED: not exactly one certificate, or too long. */
MUST_CHECK err_t x509_cert_parse(struct bytes der, struct x509_cert **ret_cert);

void x509_cert_free(struct x509_cert *cert); /* accepts NULL */
DEFINE_AUTO(struct x509_cert *, x509_cert_free);

/* Empties the caches of parsed certificates and verified signatures, for tests.
 * Certificates that are in use, such as pinned roots, stay valid.  Results of
 * functions do not change. */
void x509_certs_forget(void);

/* The DER that was parsed, and the SubjectPublicKeyInfo within it. */
struct bytes x509_cert_der(const struct x509_cert *cert);
struct bytes x509_cert_spki(const struct x509_cert *cert);

/* The names as encoded in DER. */
struct bytes x509_cert_subject(const struct x509_cert *cert);
struct bytes x509_cert_issuer(const struct x509_cert *cert);

/* Appends a name as text, in the order of its encoding: "CN=x,O=y".  Control
 * characters and backslashes are escaped, commas are not: for display, never
 * for comparison.  A name that does not decode is written as '#' and its DER in
 * hex. */
void x509_cert_put_subject(const struct x509_cert *cert, struct buf *out);
void x509_cert_put_issuer(const struct x509_cert *cert, struct buf *out);

/* The content of the subject's nth attribute (from 0) with this dotted OID,
 * whatever its string type. */
bool x509_cert_subject_value(const struct x509_cert *cert, const char *oid,
                             size_t nth, struct bytes *ret_value);

/* Appends the serial number in lower-case hex without leading zeros, with '-'
 * before a negative one, which is the form of Google's status list. */
void x509_cert_put_serial(const struct x509_cert *cert, struct buf *out);

/* Seconds since 1970, possibly negative.  False: the date does not exist. */
bool x509_cert_not_before(const struct x509_cert *cert, int64_t *ret_s);
bool x509_cert_not_after(const struct x509_cert *cert, int64_t *ret_s);

/* Appends the date in RFC 3339 form; nothing for a date that does not exist. */
void x509_cert_put_not_before(const struct x509_cert *cert, struct buf *out);
void x509_cert_put_not_after(const struct x509_cert *cert, struct buf *out);

/* The content of the nth extension (from 0) with this dotted OID. */
bool x509_cert_extension(const struct x509_cert *cert, const char *oid,
                         size_t nth, struct bytes *ret_content);

#endif
