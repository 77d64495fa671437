/*
 * trust.h - reads the trust objects that a device stores: the certificates that a
 * trust bundle names, the digest of the first bundle (genesis), the head (version
 * and digest of the bundle in force), and a counter against rollback.
 *
 * A device is storage here, and no authority.  On many tokens anybody who reaches
 * the module makes public objects without any PIN, and destroys them.  So nothing
 * counts because it was found: a certificate counts only if a bundle that enough
 * officers signed names its digest, and the genesis only if the configuration
 * does.  These functions read and report; their caller decides.
 *
 * Which device   Certificates and genesis are the token's.  Head and counter are
 *                those of the TPM beside the token, if there is one.
 * Pace           Some tokens permit ten reads a second and answer faster ones by
 *                CKR_DEVICE_ERROR or CKR_FUNCTION_FAILED.  One call of
 *                hsm_trust_certificate() reads one certificate; the caller leaves
 *                HSM_TRUST_PACE_MS between two.  A call that failed may be made
 *                again.
 * Errors         E_IO: the device did not give it now.  That does not mean that
 *                the device is lost: hsm_canary() tells.  Never E_DEVICE or
 *                E_LATCHED.  hsm_why() has the cause.
 */
#ifndef HSM_CORE_TRUST_H
#define HSM_CORE_TRUST_H

#include "base/buf.h"
#include "hsm/core/hsm.h"
#include "hsm/core/tristate.h"

/* Maximum sizes and numbers. */
#define HSM_TRUST_CERTIFICATES_MAX 128  /* certificates that are read */
#define HSM_TRUST_CERTIFICATE_MAX 32768 /* bytes of DER */
#define HSM_TRUST_GENESIS_MAX 16        /* objects that are read */
#define HSM_TRUST_LABEL_MAX 64          /* bytes; a longer label reads as "" */
#define HSM_TRUST_PACE_MS 100           /* between two certificates */

#define HSM_TRUST_LABEL "anchord-trust" /* of our certificates */

/* What a device says of an object's protection.  trusted: only the security
 * officer can have made it, if the device tells the truth; a token of files can
 * be edited by whoever reaches the files. */
struct hsm_trust_said {
	enum hsm_tristate trusted, modifiable, destroyable, private;
};

struct hsm_trust_genesis {
	uint8_t digest[HASH_SIZE];
	struct hsm_trust_said said;
};

/* Versions begin with 1. */
struct hsm_trust_head {
	uint64_t version;
	uint8_t digest[HASH_SIZE];
};

/*
 * Which head and counter these are, so that a bundle names them and no others are
 * taken for them.  counter is
 *
 *	pkcs11:serial=SERIAL;object=anchord-trust-counter
 *		the token with that serial number, by its module's word; bytes
 *		other than letters, digits, - . _ ~ as %XX
 *	tpm2:trust-counter=0x01818100;trust-head=0x01818101
 *		these NV indexes of the TPM whose parent key has the public area
 *		with the SHA-256 `tpm`.  They are read in a session that only the
 *		holder of that key can take part in.  Only indexes of one kind,
 *		size and policy are read, so number and kind are their Name.
 */
#define HSM_TRUST_COUNTER_SIZE 129 /* bytes with the NUL */
struct hsm_trust_place {
	char counter[HSM_TRUST_COUNTER_SIZE]; /* "": the device has none */
	uint8_t tpm[HASH_SIZE];               /* zeros: of a token */
};
bool hsm_trust_is_place(const struct hsm_trust_place *place,
                        const char *counter,
                        const uint8_t tpm[static HASH_SIZE]);

struct hsm_trust {
	struct hsm_trust_place place; /* of head and counter */

	/* Certificates: how many there are (a token with thousands may have
	 * more), and the device's own numbers of those that can be read.  Those
	 * that only the security officer can have made come first, so that
	 * nobody without his PIN crowds them out. */
	size_t n_found, n_certificates;
	uint64_t certificates[HSM_TRUST_CERTIFICATES_MAX];

	/* Anybody may have made them.  n_genesis may be more than are read. */
	size_t n_genesis;
	struct hsm_trust_genesis genesis[HSM_TRUST_GENESIS_MAX];

	/* The highest head and counter; an interrupted change leaves two.  Only
	 * objects that needed the PIN (of a TPM: the owner's authorisation)
	 * count. */
	size_t n_heads, n_counters;
	struct hsm_trust_head head; /* if n_heads > 0 */
	uint64_t counter;           /* if n_counters > 0 */

	/* Objects that have the name of a genesis, head or counter and are
	 * none: of another size, or made without the PIN. */
	size_t n_odd;
};
MUST_CHECK err_t hsm_trust_list(struct hsm *hsm, struct hsm_trust *ret_trust);

struct hsm_trust_certificate {
	struct hsm_trust_said said;
	char label[HSM_TRUST_LABEL_MAX + 1]; /* any bytes but NUL */
	uint8_t sha256[HASH_SIZE];           /* of der */
	struct buf der;                      /* bytes, parsed by nobody yet */
};
void hsm_trust_release(struct hsm_trust_certificate *certificate);
DEFINE_AUTO_REF(struct hsm_trust_certificate, hsm_trust_release);

/* Reads one certificate by its number.  E_LIMIT: too long; nothing was read.
 * E_MALFORMED: it has no bytes.  E_NOMEM, E_IO. */
MUST_CHECK err_t
hsm_trust_certificate(struct hsm *hsm, uint64_t number,
                      struct hsm_trust_certificate *ret_certificate);

/* Reads everything: trust() is called first and once, certificate() for each that
 * is listed, with NULL and the cause when err is not OK.  Waits pace_ms between two
 * of them.  Only a failed list (E_IO) or E_NOMEM ends it. */
struct hsm_trust_ops {
	void (*trust)(void *arg, const struct hsm_trust *trust);
	void (*certificate)(void *arg,
	                    const struct hsm_trust_certificate *certificate,
	                    err_t err, const char *why);
	void *arg;
	unsigned pace_ms;
};
MUST_CHECK err_t hsm_trust_read(struct hsm *hsm,
                                const struct hsm_trust_ops *ops);

/* The same of one device that is open by its backend, for officers and auditors. */
struct hsm_backend;
MUST_CHECK err_t hsm_trust_list_of(const struct hsm_backend *backend, void *own,
                                   struct hsm_trust *ret_trust);
MUST_CHECK err_t hsm_trust_certificate_of(
        const struct hsm_backend *backend, void *own, uint64_t number,
        struct hsm_trust_certificate *ret_certificate);
MUST_CHECK err_t hsm_trust_read_of(const struct hsm_backend *backend, void *own,
                                   const struct hsm_trust *trust,
                                   const struct hsm_trust_ops *ops);

#endif
