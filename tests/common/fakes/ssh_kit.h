/*
 * ssh_kit.h - SSH keys and signatures for tests: those that ssh-keygen made
 * (tests/vectors/ssh), those of keys in software, and a FIDO authenticator in
 * software, which says of touch and PIN what a test wants.
 *
 * Whatever fails here ends the program.
 */
#ifndef COMMON_FAKES_SSH_KIT_H
#define COMMON_FAKES_SSH_KIT_H

#include "base/buf.h"
#include "tests/common/fakes/soft_key.h"
#include "trust/ssh_sig.h"

#define SSH_KIT_MAX 65536 /* bytes of anything here */

/* --- what ssh-keygen made ------------------------------------------------- */

/* The accepted kinds of keys. */
#define SSH_KIT_STOCK 5
extern const char *const ssh_kit_stock[SSH_KIT_STOCK];

/* The file key + ending of tests/vectors/ssh. */
struct buf ssh_kit_read(const char *key, const char *ending);
struct ssh_key ssh_kit_stock_key(const char *name);

/* --- what a key in software makes ----------------------------------------- */

struct bytes ssh_kit_namespace(void); /* TRUST_NAMESPACE */
struct ssh_key ssh_kit_key_of(const struct soft_key *soft);

/* Signs as an officer with a key in a token: appends the armoured text. */
void ssh_kit_sign(const struct soft_key *soft, struct bytes namespace,
                  struct bytes message, struct buf *out);

/* Armour in lines of so many characters around any bytes, and off again. */
void ssh_kit_armour(struct bytes blob, size_t columns, struct buf *out);
void ssh_kit_unarmour(const struct buf *text, struct buf *blob);

/* --- an authenticator ----------------------------------------------------- */

/* The blob of its key: that of the key in software with another name and an
 * application. */
void ssh_kit_put_fido(const struct soft_key *soft, const char *application,
                      struct buf *out);
struct ssh_key ssh_kit_fido_key(const struct soft_key *soft,
                                const char *application);

#define SSH_KIT_TOUCHED 0x01
#define SSH_KIT_PIN 0x04

/* What a signature says, and what was signed. */
struct ssh_kit_fido {
	const char *application; /* of the key */
	const char *signed_for;  /* application that was hashed; NULL: that */
	uint8_t flags, signed_flags;
	uint32_t counter, signed_counter;
};

/* Appends the blob that goes into the armour. */
void ssh_kit_fido_sign(const struct soft_key *soft,
                       const struct ssh_kit_fido *say, struct bytes message,
                       struct buf *out);

#endif
