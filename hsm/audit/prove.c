/*
 * prove.c - tries what a key must be able to do, and reports the outcomes of
 * all attempts on a key.
 */
#include <string.h>
#include <sys/random.h>

#include "hsm/audit/int.h"

/* Uses getrandom(2), because the device's generator may be broken. */
static bool
draw_fresh_message(uint8_t out[static HASH_SIZE])
{
	return getrandom(out, HASH_SIZE, 0) == HASH_SIZE;
}

enum audit_outcome
hsm_audit_prove(const struct hsm_backend *backend, void *own, enum alg alg,
                struct bytes spki)
{
	err_t err = hsm_prove_sign(backend, own, alg, spki);

	if (err == E_NOT_FOUND)
		return AUDIT_UNCLEAR;
	return err == OK ? AUDIT_GOOD : AUDIT_BAD;
}

enum audit_outcome
hsm_audit_prove_mac(const struct hsm_backend *backend, void *own)
{
	uint8_t msg[HASH_SIZE];
	uint8_t mac[3][HASH_SIZE];
	struct bytes fed = bytes_of(msg, sizeof(msg));

	if (!draw_fresh_message(msg))
		return AUDIT_UNCLEAR;
	for (size_t i = 0; i < ARRAY_LEN(mac); i++) {
		msg[0] ^= i == 2;
		if (backend->mac(own, fed, mac[i]) != OK)
			return AUDIT_BAD;
	}
	return memcmp(mac[0], mac[1], HASH_SIZE) == 0 &&
	                       memcmp(mac[0], mac[2], HASH_SIZE) != 0
	               ? AUDIT_GOOD
	               : AUDIT_BAD;
}

static const struct attempt {
	enum { SIGN, READ, WRAP } of;
	enum audit_outcome came;
	enum audit_code code;
} attempts[] = {
	{ SIGN, AUDIT_BAD, AUDIT_SIGN_FAILED },
	{ SIGN, AUDIT_UNCLEAR, AUDIT_SIGN_UNCHECKED },
	{ READ, AUDIT_SUCCEEDED, AUDIT_READ_SUCCEEDED },
	{ READ, AUDIT_LEAKED, AUDIT_READ_LEAKED },
	{ READ, AUDIT_OFFERED, AUDIT_READ_OFFERED },
	{ READ, AUDIT_UNCLEAR, AUDIT_READ_UNCLEAR },
	{ WRAP, AUDIT_SUCCEEDED, AUDIT_WRAP_SUCCEEDED },
	{ WRAP, AUDIT_OFFERED, AUDIT_WRAP_OFFERED },
	{ WRAP, AUDIT_UNCLEAR, AUDIT_WRAP_UNCLEAR },
};

void
hsm_audit_attempts(const struct audit_ops *ops, const struct audit_key *key)
{
	const enum audit_outcome came[] = { key->sign, key->read, key->wrap };
	const char *const what[] = { NULL, key->read_what, key->wrap_what };

	for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
		const struct attempt *a = &attempts[i];

		if (came[a->of] == a->came)
			hsm_audit_found(ops, a->code, key, "%s",
			                what[a->of] ? what[a->of] : "");
	}
}
