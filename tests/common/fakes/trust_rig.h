/*
 * trust_rig.h - a token in which the security officer stores trust objects, and a
 * visitor makes others without a PIN.
 */
#ifndef COMMON_FAKES_TRUST_RIG_H
#define COMMON_FAKES_TRUST_RIG_H

#include "hsm/admin/trust.h"
#include "hsm/pkcs11/int.h"
#include "tests/common/devices/softtoken.h"

struct hsm_token_name trust_rig_name(const struct softtoken *t);

/* The security officer makes a certificate (its digest is returned), and the
 * genesis whose digest is all bytes fill. */
void trust_rig_certificate(const struct softtoken *t, long serial,
                           uint8_t ret_sha256[static HASH_SIZE]);
void trust_rig_genesis(const struct softtoken *t, uint8_t fill,
                       struct hsm_trust_put *ret_put);

/* A visitor (liar_visit()) makes a certificate, and a public data object, which
 * nobody can destroy if it stays. */
CK_RV trust_rig_visitor(struct p11 *p11, struct bytes der, bool trusted);
void trust_rig_visitor_data(struct p11 *p11, const char *label,
                            struct bytes value, bool stays);

#endif
