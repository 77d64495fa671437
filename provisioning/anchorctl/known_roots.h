/*
 * known_roots.h - roots that this program knows by their digests, so that a file
 * from the network can be taken without trusting the network: Google's of hardware
 * attestation, and those of TPM manufacturers.
 *
 * known_roots.def has them, each with where it is published and with the sources
 * that agreed.
 */
#ifndef ANCHORCTL_KNOWN_ROOTS_H
#define ANCHORCTL_KNOWN_ROOTS_H

#include "base/buf.h"
#include "crypto/x509/cert.h"
#include "wire/terms.h"

enum known_set {
	KNOWN_NONE,
	KNOWN_GOOGLE,
	KNOWN_TPM_MAKERS,
};

/* The fields are those of known_roots.def. */
struct known_root {
	enum known_set set;
	const char *vendor, *name, *anchor;
	enum anchor_purpose purpose;
	const char *until, *spki, *certificate; /* certificate: or NULL */
	const char *published, *compared, *sources;
};

/* NULL: the certificate is none of them, or not signed by its own key where the
 * row has no certificate. */
const struct known_root *known_root_find(const struct x509_cert *cert);

/* Appends where the root comes from, in the characters of a note. */
void known_root_put_note(const struct known_root *root, struct buf *out);

/* What the roots of a set are called, in the plural. */
const char *known_set_words(enum known_set set);

#endif
