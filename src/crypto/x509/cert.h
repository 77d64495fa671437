/*
 * cert.h - one X.509 certificate, read and not judged.
 *
 * What is here is what a certificate says of itself.  Whether anybody should
 * believe it is the business of a path validation elsewhere.
 *
 * Views live as long as the certificate, which keeps its own copy.  The same
 * bytes may give the same object again: it is never changed.  One thread.
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

/* Forgets what was parsed and verified before, but what somebody holds, like
 * pinned roots: the next certificates are all new ones.  Changes no answer. */
void x509_certs_forget(void);

/* The bytes that were parsed, and SubjectPublicKeyInfo as it is in them. */
struct bytes x509_cert_der(const struct x509_cert *cert);
struct bytes x509_cert_spki(const struct x509_cert *cert);

/* Names as encoded, DER. */
struct bytes x509_cert_subject(const struct x509_cert *cert);
struct bytes x509_cert_issuer(const struct x509_cert *cert);

/* A name as text, in the order of its encoding: "CN=x,O=y".  Control
 * characters and backslashes are escaped, commas are not: for people's eyes,
 * never for comparing.  An undecodable one is its DER in hex after '#'. */
void x509_cert_put_subject(const struct x509_cert *cert, struct buf *out);
void x509_cert_put_issuer(const struct x509_cert *cert, struct buf *out);

/* The content of the subject's nth attribute (from 0) with this dotted OID, in
 * whatever string type it came. */
bool x509_cert_subject_value(const struct x509_cert *cert, const char *oid,
                             size_t nth, struct bytes *ret_value);

/* The serial number: lower-case hex without leading zeros, '-' before a
 * negative one; the form of Google's status list. */
void x509_cert_put_serial(const struct x509_cert *cert, struct buf *out);

/* Seconds since 1970; may be negative.  False: no date that exists. */
bool x509_cert_not_before(const struct x509_cert *cert, int64_t *ret_s);
bool x509_cert_not_after(const struct x509_cert *cert, int64_t *ret_s);

/* The same in RFC 3339, "" for no date that exists. */
void x509_cert_put_not_before(const struct x509_cert *cert, struct buf *out);
void x509_cert_put_not_after(const struct x509_cert *cert, struct buf *out);

/* Content of the nth extension (from 0) with this dotted OID. */
bool x509_cert_extension(const struct x509_cert *cert, const char *oid,
                         size_t nth, struct bytes *ret_content);

#endif
