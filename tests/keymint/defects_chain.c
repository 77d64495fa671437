/*
 * defects_chain.c - chains whose certificates no authority may issue so:
 * signatures, names, authorities, dates, order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/keymint/defects.h"
#include "tests/keymint/description.h"

#define DAY 86400LL
#define FOREIGN_SLOT 9 /* a key that belongs to nobody */

static struct km_cert *
cert_of(struct km_chain *chain, const struct km_defect *d)
{
	return &chain->certs[d->at];
}

/* The last byte of the signature is another one. */
static void
break_signature(struct km_chain *chain, const struct km_defect *d)
{
	struct buf *der = &cert_of(chain, d)->der;

	der->data[der->len - 1] ^= 1;
}

static void
foreign_signer(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->signer_alg = KM_P256;
	cert_of(chain, d)->signer_slot = FOREIGN_SLOT;
}

static void
foreign_key(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->slot = FOREIGN_SLOT;
}

static void
foreign_root(struct km_chain *chain, const struct km_defect *d)
{
	foreign_key(chain, d);
	snprintf(cert_of(chain, d)->subject, KM_TEXT, "%s", d->text);
}

static void
issuer_name(struct km_chain *chain, const struct km_defect *d)
{
	snprintf(cert_of(chain, d)->issuer, KM_TEXT, "%s", d->text);
}

static void
no_ca(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->basic = KM_NO_CA;
}

static void
no_basic(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->basic = KM_NO_BASIC;
}

static void
usage(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->usage = d->text;
}

static void
path_length(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->path_length = (int)d->tag;
}

static void
sha1(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->sha1 = true;
}

static void
algorithm(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->alg = (enum km_alg)d->tag;
}

static void
critical(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->extra[0] = (struct km_extension){
		.oid = d->text,
		.content = km_hex(chain, "0500"),
		.critical = true,
	};
}

/* What is presented above the root is nobody's issuer. */
static void
append(struct km_chain *chain, const struct km_defect *d)
{
	struct km_cert *root = &chain->certs[chain->n - 1];

	memcpy(root->issuer, root->subject, KM_TEXT);
	root->signer_alg = (int)root->alg;
	root->signer_slot = root->slot;
	struct km_cert *junk = km_insert(chain, chain->n);
	snprintf(junk->subject, KM_TEXT, "serialNumber=%s", d->text);
	snprintf(junk->issuer, KM_TEXT, "CN=Somebody");
	junk->slot = FOREIGN_SLOT;
}

/* One whose name is of no kind. */
static void
append_plain(struct km_chain *chain, const struct km_defect *d)
{
	append(chain, d);
	snprintf(chain->certs[chain->n - 1].subject, KM_TEXT, "%s", d->text);
}

/* Such a one could say that the chain is a factory's, which never expires. */
static void
append_and_end(struct km_chain *chain, const struct km_defect *d)
{
	append(chain, d);
	chain->certs[1].provisioning.present = false;
	chain->certs[1].not_after = km_time() - 1;
}

static void
no_date(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->utc_after = d->text;
}

static void
shorten(struct km_chain *chain, const struct km_defect *d)
{
	while (chain->n > d->tag)
		km_remove(chain, 1);
}

static void
lengthen(struct km_chain *chain, const struct km_defect *d)
{
	while (chain->n < d->tag) {
		struct km_cert *more = km_insert(chain, 3);

		snprintf(more->subject, KM_TEXT, "CN=Inserted %zu", chain->n);
		more->slot = FOREIGN_SLOT + (unsigned)chain->n;
	}
}

static void
ended(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->not_after = km_time() - (int64_t)d->tag;
}

static void
begins_later(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->not_before = km_time() + (int64_t)d->tag;
}

/* --- the bundle ------------------------------------------------------------------ */

static void
leave_out(struct km_chain *chain, const struct km_defect *d)
{
	km_remove(chain, d->at);
}

/* With the next one. */
static void
swap(struct km_chain *chain, const struct km_defect *d)
{
	struct km_cert keep = chain->certs[d->at];

	chain->certs[d->at] = chain->certs[d->at + 1];
	chain->certs[d->at + 1] = keep;
}

static void
reverse(struct km_chain *chain, const struct km_defect *d)
{
	(void)d;
	for (size_t i = 0, k = chain->n - 1; i < k; i++, k--) {
		struct km_cert keep = chain->certs[i];
		chain->certs[i] = chain->certs[k];
		chain->certs[k] = keep;
	}
}

static void
repeat(struct km_chain *chain, const struct km_defect *d)
{
	struct km_cert *copy = km_insert(chain, d->at);

	copy->der = buf_of(64 * 1024);
	buf_append(&copy->der, buf_bytes(&copy[1].der));
}

static void
der_byte_after(struct km_chain *chain, const struct km_defect *d)
{
	buf_u8(&cert_of(chain, d)->der, 0);
}

static void
der_cut(struct km_chain *chain, const struct km_defect *d)
{
	cert_of(chain, d)->der.len -= 1;
}

static void
der_nothing(struct km_chain *chain, const struct km_defect *d)
{
	struct buf *der = &cert_of(chain, d)->der;

	buf_reset(der);
	buf_append(der, km_hex(chain, "0500"));
}

#define ROW(name_, reason_, apply_, at_)                                      \
	{                                                                     \
		.name = (name_), .reason = REASON_##reason_, .shape = KM_RKP, \
		.apply = (apply_), .at = (at_)
#define BAD(name_, reason_, apply_, at_) \
	ROW(name_, reason_, apply_, at_) \
	}
#define MADE(name_, reason_, apply_, at_)               \
	ROW(name_, reason_, apply_, at_), .after = true \
	}
/* The subject that would say the level is in another place then. */
#define LEVEL_TOO(name_, apply_, at_)                          \
	ROW(name_, CHAIN_MALFORMED, apply_, at_),              \
	        .after = true, .also = KM_ALSO(SECURITY_LEVEL) \
	}
#define NUMBER(name_, reason_, apply_, at_, n_)       \
	ROW(name_, reason_, apply_, at_), .tag = (n_) \
	}
#define TEXT(name_, reason_, apply_, at_, text_)          \
	ROW(name_, reason_, apply_, at_), .text = (text_) \
	}

/* clang-format off */
const struct km_defect km_defects_chain[] = {
	MADE("signature-of-key-broken", EVIDENCE_SIGNATURE, break_signature, 0),
	MADE("signature-of-attestation-broken", CHAIN_UNTRUSTED, break_signature, 1),
	MADE("signature-of-intermediate-broken", CHAIN_UNTRUSTED, break_signature, 2),
	MADE("signature-of-first-broken", CHAIN_UNTRUSTED, break_signature, 3),
	BAD("key-signed-by-another", EVIDENCE_SIGNATURE, foreign_signer, 0),
	BAD("attestation-signed-by-another", CHAIN_UNTRUSTED, foreign_signer, 1),
	BAD("first-signed-by-another", CHAIN_UNTRUSTED, foreign_signer, 3),
	BAD("root-of-another", CHAIN_UNTRUSTED, foreign_key, 4),
	TEXT("root-of-another-name", CHAIN_UNTRUSTED, foreign_root, 4, "CN=Other Root"),
	MADE("first-left-out", CHAIN_MALFORMED, leave_out, 3),
	TEXT("key-names-another-issuer", CHAIN_MALFORMED, issuer_name, 0, "CN=Other"),
	TEXT("attestation-names-another-issuer", CHAIN_MALFORMED, issuer_name, 1, "O=Google LLC,CN=Droid CA4"),
	TEXT("first-names-another-issuer", CHAIN_MALFORMED, issuer_name, 3, "CN=Other"),
	BAD("attestation-not-ca", CHAIN_MALFORMED, no_ca, 1),
	BAD("intermediate-not-ca", CHAIN_MALFORMED, no_ca, 2),
	BAD("first-not-ca", CHAIN_MALFORMED, no_ca, 3),
	BAD("attestation-without-constraints", CHAIN_MALFORMED, no_basic, 1),
	BAD("intermediate-without-constraints", CHAIN_MALFORMED, no_basic, 2),
	TEXT("attestation-may-not-sign", CHAIN_MALFORMED, usage, 1, "critical,digitalSignature"),
	TEXT("intermediate-may-not-sign", CHAIN_MALFORMED, usage, 2, "critical,digitalSignature"),
	NUMBER("path-length-of-intermediate", CHAIN_MALFORMED, path_length, 2, 0),
	NUMBER("path-length-of-first", CHAIN_MALFORMED, path_length, 3, 1),
	BAD("key-signed-over-sha1", CHAIN_MALFORMED, sha1, 0),
	BAD("attestation-signed-over-sha1", CHAIN_MALFORMED, sha1, 1),
	NUMBER("attestation-with-small-rsa", CHAIN_MALFORMED, algorithm, 1, KM_RSA1024),
	NUMBER("intermediate-with-small-rsa", CHAIN_MALFORMED, algorithm, 2, KM_RSA1024),
	NUMBER("intermediate-with-p521", CHAIN_MALFORMED, algorithm, 2, KM_P521),
	TEXT("critical-extension-unknown", CHAIN_MALFORMED, critical, 1, "1.2.3.4"),
	TEXT("critical-extension-unknown-in-first", CHAIN_MALFORMED, critical, 3, "1.2.3.4"),
	NUMBER("attestation-expired", CHAIN_EXPIRED, ended, 1, 1),
	NUMBER("intermediate-expired", CHAIN_EXPIRED, ended, 2, 1),
	NUMBER("first-expired", CHAIN_EXPIRED, ended, 3, 86400),
	NUMBER("attestation-not-yet", CHAIN_EXPIRED, begins_later, 1, 3600),
	NUMBER("intermediate-not-yet", CHAIN_EXPIRED, begins_later, 2, 3600),
	LEVEL_TOO("attestation-left-out", leave_out, 1),
	MADE("intermediate-left-out", CHAIN_MALFORMED, leave_out, 2),
	LEVEL_TOO("order-key-second", swap, 0),
	MADE("order-intermediates-swapped", CHAIN_MALFORMED, swap, 2),
	MADE("order-root-first", CHAIN_MALFORMED, reverse, 0),
	TEXT("certificate-above-the-root", CHAIN_MALFORMED, append, 0, "ab12"),
	TEXT("certificate-above-the-root-hides-expiry", CHAIN_MALFORMED, append_and_end, 0, "ab12"),
	TEXT("certificate-above-the-root-of-no-kind", CHAIN_MALFORMED, append_plain, 0, "CN=Somebody"),
	TEXT("attestation-with-a-date-that-is-none", CHAIN_MALFORMED, no_date, 1, "21060207062815Z"),
	NUMBER("path-of-two", CHAIN_MALFORMED, shorten, 0, 2),
	NUMBER("path-of-seven", CHAIN_MALFORMED, lengthen, 0, 7),
	MADE("key-twice", CHAIN_MALFORMED, repeat, 0),
	MADE("intermediate-twice", CHAIN_MALFORMED, repeat, 2),
	MADE("certificate-byte-after", EVIDENCE_MALFORMED, der_byte_after, 0),
	MADE("certificate-cut", EVIDENCE_MALFORMED, der_cut, 2),
	MADE("certificate-is-none", EVIDENCE_MALFORMED, der_nothing, 1),
	{ .name = NULL },
};
/* clang-format on */
