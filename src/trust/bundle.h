/*
 * bundle.h - one version of the trust bundle: what is trusted, and which
 * officers may change that.
 *
 * A bundle is a text in the language of the configuration.  Officers read it
 * and sign its bytes, so it must say exactly what the program reads: no
 * comments, no other spacing or order than bundle_put() writes, no unknown
 * setting.  A setting in [ ] may be missing.
 *
 *	format = 1;
 *	version = 2;
 *	change = "ordinary";               or "removal", "recovery" (chain.h)
 *	previous = "...";                  SHA-256 of version 1's text, in hex;
 *	                                   missing in version 1 only
 *	issued = "2026-11-29T12:00:00Z";
 *	apply_before = "2026-12-06T12:00:00Z";  at most 14 days after issued
 *	expires = "2027-11-29T12:00:00Z";
 *	threshold = 2;                     officers who must sign a change
 *	removal_threshold = 1;             officers who may remove rows
 *	officers = (
 *	  {
 *	    name = "release-manager";      a function, not a person
 *	    kind = "token";                "token", "fido" or "file"
 *	    key = "ecdsa-sha2-nistp256 AAAA...";
 *	    [until = "2028-11-29T12:00:00Z";]  signs no bundle issued later
 *	  }
 *	);
 *	[recovery = {
 *	  threshold = 2;
 *	  wait_days = 7;
 *	  keys = ( as officers );
 *	};]
 *	devices = (
 *	  {
 *	    token = "token";               token.name of the configuration
 *	    base = 0;                      what its counter had at version 0
 *	    counter = "pkcs11:...";        which head and counter it has, or
 *	                                   "tpm2:..." (hsm/core/trust.h)
 *	    [tpm = "...";]                 of a TPM's: SHA-256 of the public
 *	                                   area of its parent key, which no
 *	                                   other TPM has
 *	  }
 *	);
 *	keys = ( the rows of a pins file, crypto/pins/pins.h );
 *	tenant_salt = "...";               32 bytes in hex
 *	anchors = (
 *	  {
 *	    name = "google-ec";
 *	    purposes = [ "tpm2-ek" ];      words of wire/purposes.def
 *	    certificate = "...";           SHA-256 of the DER certificate, in hex
 *	    spki = "...";                  SHA-256 of its SubjectPublicKeyInfo
 *	    [intermediates = (
 *	      {
 *	        certificate = "...";
 *	        spki = "...";
 *	      }
 *	    );]
 *	    [tenants = [
 *	      "..."                        bundle_tenant() in hex; missing: all
 *	    ];]
 *	    note = "...";                  where the certificate came from
 *	  }
 *	);
 *	policies = (
 *	  {
 *	    id = "...";
 *	    digest = "...";                SHA-256 of the policy's text, in hex
 *	  }
 *	);
 *	revocations_from = "2026-11-01T00:00:00Z";  the oldest revocation list
 *	                                   that may still be used
 *
 * keys and devices have at least one row (each token of a key has a device);
 * anchors and policies may be empty lists: "()".  A tenant's hash has a line of its own, also if there is only one.
 */
#ifndef TRUST_BUNDLE_H
#define TRUST_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/pins/pins.h"
#include "trust/rows.h"

struct bundle {
	uint32_t version; /* from 1 */
	enum bundle_change change;
	uint8_t previous[HASH_SIZE]; /* zeros in version 1 */
	uint64_t issued_s, apply_before_s, expires_s;
	struct officer_set officers;
	uint32_t removal_threshold;
	bool has_recovery;
	struct officer_set recovery;
	uint32_t recovery_wait_days;
	size_t n_devices, n_anchors, n_policies;
	struct trust_device devices[TRUST_DEVICES_MAX];
	struct trust_policy policies[TRUST_POLICIES_MAX];
	uint8_t tenant_salt[HASH_SIZE];
	uint64_t revocations_from_s;
	struct pins pins; /* its version is the bundle's */
	struct trust_anchor anchors[TRUST_ANCHORS_MAX];
	uint8_t digest[HASH_SIZE]; /* of the text; set by bundle_parse() */
};

/* Whether he signs what is issued then: his `until` is not over. */
bool officer_serves(const struct officer *officer, uint64_t issued_s);

void bundle_free(struct bundle *b); /* accepts NULL */
DEFINE_AUTO(struct bundle *, bundle_free);

/* Parses a text and applies bundle_judge().  E_MALFORMED: why has the cause
 * and, if there is one, the line; for an unknown setting also the known name
 * that is most like it.  E_NOMEM. */
MUST_CHECK err_t bundle_parse(struct bytes text, struct buf *why,
                              struct bundle **ret_bundle);

/* Appends the text. */
void bundle_put(struct buf *out, const struct bundle *b);

/* Checks the rules that one version must satisfy by itself:
 *
 * - the times: issued < apply_before <= issued + 14 days, apply_before <=
 *   expires;
 * - each set of officers: 2 <= threshold < number of officers; names and keys
 *   are unique within the bundle, recovery keys included, whatever SSH type a
 *   key is written as, and none is a key of the service; the key is one that
 *   ssh_key_parse() accepts and fits its kind; 1 <= removal_threshold <=
 *   threshold;
 * - 1 <= wait_days <= 90;
 * - names of anchors, ids of policies and tokens of devices are unique, and so
 *   are certificates of anchors; each anchor has a purpose, and none of its
 *   intermediates (nor itself among them) and tenants twice;
 * - each token of a key has a row in devices; a counter is a token's, or a
 *   TPM's, which has `tpm`, and has one base;
 * - pins_judge() and pins_check().
 *
 * Version 1 is an ordinary change and has no `previous`; others have one.
 * E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t bundle_judge(const struct bundle *b, struct buf *why);

/* What an anchor's tenants are: SHA-256 of the salt and the tenant's name. */
void bundle_tenant(const struct bundle *b, struct bytes tenant,
                   uint8_t ret_hash[static HASH_SIZE]);

#endif
