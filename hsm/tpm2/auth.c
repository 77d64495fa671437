/*
 * auth.c - the PIN, and the first use of it, which replaces a login.
 *
 * A TPM has no login.  The PIN is the authorisation value of both keys and of
 * the counter, and each use proves knowledge of it by the session's HMAC; the
 * PIN itself is never sent.  The first use, an HMAC over a fixed text, takes
 * the place of a login: it happens once a run, between login_begins() and
 * login_ended(), after the TPM's failure counter was checked (lockout.c).
 */
#include <string.h>

#include "hsm/tpm2/key.h"
#include "hsm/tpm2/told.h"

static const char login_words[] = "anchord-login-1";

err_t
t2_auth_of(struct tpm2 *t, const struct secret *pin, TPM2B_AUTH *ret_auth)
{
	struct bytes bytes = pin ? secret_bytes(pin) : bytes_of(NULL, 0);

	if (bytes.len == 0)
		return t2_fail(t, E_LATCHED, "no PIN was given");
	/* A TPM removes trailing zeros of an authorisation value. */
	if (bytes.len > T2_PIN_MAX || bytes.data[bytes.len - 1] == 0)
		return t2_fail(t, E_LATCHED,
		               "a PIN or an authorisation value for a TPM may "
		               "have at most %d bytes and must not end with a "
		               "zero byte",
		               T2_PIN_MAX);
	ret_auth->size = (uint16_t)bytes.len;
	memcpy(ret_auth->buffer, bytes.data, bytes.len);
	return OK;
}

err_t
t2_tell_auth_of(struct tpm2 *t, ESYS_TR object)
{
	TPM2B_AUTH auth = { .size = 0 };

	TRY(t2_auth_of(t, t->pin, &auth));
	TSS2_RC rc = Esys_TR_SetAuth(t->esys, object, &auth);
	secret_wipe(&auth, sizeof(auth));
	t->pin_told = true;
	return rc == TSS2_RC_SUCCESS
	               ? OK
	               : t2_fail(t, E_DEVICE, "SetAuth: %s", t2_rc_name(rc));
}

err_t
t2_tell_auth(struct tpm2 *t, const struct secret *pin)
{
	const ESYS_TR objects[] = { t->keys[0].object, t->mac.object,
		                    t->epoch };
	TPM2B_AUTH auth = { .size = 0 };

	TRY(t2_auth_of(t, pin, &auth));
	err_t err = secret_copy(bytes_of(auth.buffer, auth.size), &t->pin);
	secret_wipe(&auth, sizeof(auth));
	TRY(err);
	for (size_t i = 0; i < ARRAY_LEN(objects); i++)
		if (objects[i] != ESYS_TR_NONE)
			TRY(t2_tell_auth_of(t, objects[i]));
	return OK;
}

/* With a companion TPM that has no handle key, the counter is used instead. */
static err_t
prove_tpm_pin(struct tpm2 *t)
{
	uint8_t mac[HASH_SIZE];

	if (t->mac.object == ESYS_TR_NONE)
		return t2_epoch_prove(t);
	return t2_mac(t, bytes_of_str(login_words), mac);
}

bool
t2_login_counts(const struct tpm2 *t)
{
	return t->mac.object == ESYS_TR_NONE ? t->epoch_counted
	                                     : t->mac.counted;
}

err_t
t2_login(struct tpm2 *t, const struct hsm_options *options,
         const struct secret *pin)
{
	bool counted = t2_login_counts(t);

	/* A refusal before ESYS has the PIN concerns the session. */
	TRY(t2_lockout_check(t));
	if (options->login_doubtful)
		TRY(t2_lockout_doubt(t, counted));
	TRY(t2_tell_auth(t, pin));
	err_t err = options->login_begins
	                    ? options->login_begins(options->login_arg)
	                    : OK;
	if (err != OK)
		return t2_fail(t, err, "login not tried: no latch was set");

	err = prove_tpm_pin(t);
	/* Only a return code known to concern the device shows that the PIN was
	 * not checked. */
	if (err != OK && (err != E_DEVICE || !t2_rc_known(t->rc)))
		err = E_LATCHED;
	/* Without an authenticated response this attempt may have been counted,
	 * so the latch stays as after an interrupted login, and the next
	 * process queries the TPM's failure counter. */
	bool unclear = err == E_DEVICE && counted;
	if (options->login_ended && !unclear)
		options->login_ended(options->login_arg, err);
	return err;
}
