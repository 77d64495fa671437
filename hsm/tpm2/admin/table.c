/*
 * table.c - the officers' operations on a TPM.
 *
 * The verbs init, so_pin and strays are missing: a platform initialises its TPM
 * itself, a TPM has an owner (own) and no security officer's PIN, and only its
 * owner can create persistent objects.
 * Certificates and the genesis digest are stored beside it (hsm/tpm2/trust.h).
 */
#include "hsm/admin/int.h"
#include "hsm/tpm2/admin/trust.h"
#include "hsm/tpm2/audit/audit.h"

const struct hsm_admin hsm_admin_tpm2 = {
	.backend = &hsm_tpm2,
	.own = t2_token_own,
	.attest = t2_token_attest,
	.list = t2_token_list,
	.keygen = t2_token_keygen,
	.public = t2_key_public,
	.audit = t2_token_audit,
	.mechanism_name = t2_alg_name,
	.place = t2_key_place,
	.next = t2_key_next,
	.prove = t2_key_prove,
	.left = t2_key_left,
	.destroy = t2_key_destroy,
	.trust = t2_token_trust,
	.move_head = t2_move_head,
	.raise_counter = t2_raise_counter,
};
