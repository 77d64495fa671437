/*
 * trust_kit.h - the trust objects of a device as a test sees them, and what holds
 * for every device that can have them.
 */
#ifndef COMMON_DEVICES_TRUST_KIT_H
#define COMMON_DEVICES_TRUST_KIT_H

#include "hsm/admin/trust.h"

struct trust_seen {
	struct hsm_token token;
	struct hsm_trust trust;
	size_t n;
	struct trust_seen_certificate {
		err_t err;
		char why[256];
		struct hsm_trust_said said;
		char label[HSM_TRUST_LABEL_MAX + 1];
		uint8_t sha256[HASH_SIZE];
		size_t len;
	} certificate[HSM_TRUST_CERTIFICATES_MAX];
};

/* hsm_token_trust() without a pause; and hsm_trust_read() on an open device. */
err_t trust_kit_read(const struct hsm_token_name *name,
                     const struct secret *pin, struct trust_seen *ret_seen);
err_t trust_kit_read_open(struct hsm *hsm, struct trust_seen *ret_seen);

/* The certificate of this digest; NULL: it was not seen. */
const struct trust_seen_certificate *
trust_kit_find(const struct trust_seen *seen,
               const uint8_t sha256[static HASH_SIZE]);

/* A self-signed certificate with that serial number; sha256 is of it. */
void trust_kit_certificate(long serial, struct buf *ret_der,
                           uint8_t ret_sha256[static HASH_SIZE]);

/* Of the version: its digest is all bytes that. */
struct hsm_trust_head trust_kit_head(uint64_t version);

/* The last cause of a failure. */
extern char trust_kit_why[512];
err_t trust_kit_put(const struct hsm_token_name *name,
                    const struct hsm_trust_officer *who, struct bytes der,
                    struct hsm_trust_put *ret_put);
err_t trust_kit_remove(const struct hsm_token_name *name,
                       const struct hsm_trust_officer *who,
                       const uint8_t sha256[static HASH_SIZE]);
err_t trust_kit_genesis(const struct hsm_token_name *name,
                        const struct hsm_trust_officer *who, uint8_t fill,
                        struct hsm_trust_put *ret_put);
err_t trust_kit_move(const struct hsm_token_name *name,
                     const struct hsm_trust_officer *who, uint64_t version);
err_t trust_kit_raise(const struct hsm_token_name *name,
                      const struct hsm_trust_officer *who, uint64_t value,
                      uint64_t *ret_value);

/* The call must succeed, or says why it did not. */
void trust_kit_good(err_t err);

/* What every device does with head and counter: made, read back, moved on, never
 * back. */
void trust_kit_counts(const struct hsm_token_name *name,
                      const struct hsm_trust_officer *who);
/* What every token does with certificates and genesis: two are made and read back;
 * a certificate that may be destroyed is removed. */
void trust_kit_stores(const struct hsm_token_name *name,
                      const struct hsm_trust_officer *who);

#endif
