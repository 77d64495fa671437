/*
 * table.c - the officers' operations on a PKCS#11 token.
 *
 * The verbs own and attest are missing: a token has a security officer instead
 * (init, so_pin), and PKCS#11 has no attestation of a maker's.
 */
#include "hsm/admin/int.h"
#include "hsm/pkcs11/admin/trust.h"
#include "hsm/pkcs11/audit/audit.h"
#include "hsm/pkcs11/audit/strays.h"

const struct hsm_admin hsm_admin_pkcs11 = {
	.backend = &hsm_pkcs11,
	.by_module = true,
	.init = p11_token_init,
	.so_pin = p11_token_so_pin,
	.list = p11_token_list,
	.keygen = p11_token_keygen,
	.public = p11_key_public,
	.sign = p11_officer_sign,
	.strays = p11_token_strays,
	.audit = p11_token_audit,
	.mechanism_name = p11_mechanism_name,
	.place = p11_key_place,
	.next = p11_key_next,
	.prove = p11_key_prove,
	.left = p11_key_left,
	.destroy = p11_key_destroy,
	.trust = p11_token_trust,
	.put_certificate = p11_put_certificate,
	.put_genesis = p11_put_genesis,
	.remove_certificate = p11_remove_certificate,
	.remove_genesis = p11_remove_genesis,
	.move_head = p11_move_head,
	.raise_counter = p11_raise_counter,
};
