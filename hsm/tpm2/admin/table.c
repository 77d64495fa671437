/*
 * table.c - what officers do to a TPM.
 *
 * It is initialised by its platform, has no security officer's PIN, and only its
 * owner makes objects in it: no init, so-pin and strays.  Certificates and genesis
 * lie beside it (hsm/tpm2/trust.h).
 */
#include "hsm/admin/int.h"
#include "hsm/tpm2/admin/trust.h"
#include "hsm/tpm2/audit/audit.h"

const struct hsm_admin hsm_admin_tpm2 = {
	.backend = &hsm_tpm2,
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
