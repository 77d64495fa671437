/*
 * bundle_kit.h - trust bundles for tests.
 *
 * Keys come from their names (soft_key.h): the same name is the same key in
 * every run, so a test that has the name can also sign.  Whatever fails here
 * ends the program.
 */
#ifndef COMMON_FAKES_BUNDLE_KIT_H
#define COMMON_FAKES_BUNDLE_KIT_H

#include "base/buf.h"
#include "trust/bundle.h"

#define BUNDLE_KIT_ISSUED 1795953600u /* 2026-11-29T12:00:00Z */

/* The counter of a token, and of a TPM. */
#define BUNDLE_KIT_COUNTER \
	"pkcs11:serial=0123456789abcdef;object=anchord-trust-counter"
#define BUNDLE_KIT_TPM_COUNTER \
	"tpm2:trust-counter=0x01818100;trust-head=0x01818101"

/* Version 1: officers "alpha", "bravo" and "charlie", two of whom must sign, one
 * for a removal; one key, "service", of the token "token"; one anchor and one
 * policy.  No setting that may be missing is there. */
struct bundle *bundle_kit_least(void);

/* Version 2: every setting is there, and so are two rows at least of each
 * list. */
struct bundle *bundle_kit_whole(void);

/* As many rows as there may be, of everything. */
struct bundle *bundle_kit_full(void);

/* A row for an officer of that name, with the P-256 key of that name. */
void bundle_kit_officer(struct officer *officer, const char *name);
/* The same point as the key of a FIDO authenticator. */
void bundle_kit_fido(struct officer *officer, const char *name,
                     const char *application);

void bundle_kit_add_officer(struct officer_set *set, const char *name);
struct pin *bundle_kit_add_key(struct bundle *b, const char *token,
                               uint32_t node, const char *name);
/* Its digests are of the name and what stands behind it. */
struct trust_anchor *bundle_kit_add_anchor(struct bundle *b, const char *name);

/* The text. */
struct buf bundle_kit_text(const struct bundle *b);
/* The text, parsed, which it must be possible to do; bundle_free(). */
struct bundle *bundle_kit_parsed(const struct bundle *b);

#endif
