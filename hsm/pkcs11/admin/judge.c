/*
 * judge.c - checks whether the key holder would accept this key.
 *
 * It uses the functions by which the key holder opens a key, so that no officer
 * keeps a key that is refused at the next start.
 */
#include "hsm/pkcs11/admin/admin.h"
#include "hsm/pkcs11/find.h"

err_t
p11_judge(struct p11 *p11, const struct p11_uri *uri,
          const uint8_t *spki_sha256)
{
	struct hsm_found found;

	TRY(p11_find_signing(p11, uri, spki_sha256, &p11->sign_key, &found));
	if (!hsm_found_pinned(&found, spki_sha256))
		return p11_fail(p11, E_LATCHED,
		                "the key is not the pinned one");
	err_t err = hsm_prove_sign(&hsm_pkcs11, p11, found.alg,
	                           bytes_of(found.spki, found.spki_len));
	if (err == E_NOT_FOUND)
		return p11_fail(p11, E_LATCHED, "its public key is not usable");
	if (err == E_CONFLICT)
		return p11_fail(p11, E_LATCHED,
		                "its signature does not verify");
	return err == E_DENIED ? E_LATCHED : err; /* refused by this token */
}
