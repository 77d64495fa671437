/*
 * ssh_sig.h - detached SSH signatures (OpenSSH's PROTOCOL.sshsig), as
 * `ssh-keygen -Y sign` makes them and `ssh-keygen -Y verify` checks them.
 *
 * The hash over the message is SHA-512 or SHA-256.  RSA signs by rsa-sha2-512
 * or rsa-sha2-256 only.  Of a FIDO key touch and PIN are demanded
 * (PROTOCOL.u2f): the stock verification does not look at these flags.
 *
 * A signature is accepted in the one spelling that ssh-keygen writes: lines of
 * 70 characters, nothing before the header or behind the footer's newline,
 * nothing in the reserved field.
 */
#ifndef TRUST_SSH_SIG_H
#define TRUST_SSH_SIG_H

#include "trust/ssh_key.h"

#define SSH_SIG_TEXT_MAX 4096 /* bytes of the armoured signature */

/* The bytes that the private key signs for this message; SHA-512.  Appends to
 * out. */
void ssh_sig_signed(struct bytes namespace, struct bytes message,
                    struct buf *out);

/* Appends the armoured signature.  raw is the device's: r || s of ECDSA (over
 * SHA-256 of P-256, SHA-384 of P-384), the 64 bytes of Ed25519, PKCS #1 v1.5
 * over SHA-512 of RSA.  Does not verify it.  E_MALFORMED: raw does not fit the
 * key, or the key is a FIDO one.  E_NOMEM. */
MUST_CHECK err_t ssh_sig_put(const struct ssh_key *key, struct bytes namespace,
                             struct bytes raw, struct buf *out);

/* The key that a signature says it is by, before it is verified.  E_MALFORMED:
 * as ssh_sig_verify() returns it.  E_NOMEM. */
MUST_CHECK err_t ssh_sig_key(struct bytes text, struct ssh_key *ret_key);

/* E_MALFORMED: not one armoured signature in its one spelling, or of a form or
 * a length that is not accepted, whatever was signed.  E_DENIED: another key or namespace, not a signature
 * over this message, or a FIDO key without touch or PIN.  why has the cause.
 * E_NOMEM. */
MUST_CHECK err_t ssh_sig_verify(const struct ssh_key *key,
                                struct bytes namespace, struct bytes message,
                                struct bytes text, struct buf *why);

/* As ssh_sig_verify(), by the key that the signature names: whose it is, the
 * caller asks. */
MUST_CHECK err_t ssh_sig_signer(struct bytes namespace, struct bytes message,
                                struct bytes text, struct buf *why,
                                struct ssh_key *ret_key);

#endif
