/*
 * call.c - sends commands to the TPM, waits for each response until the
 * deadline, and classifies its return code; see T2_CALL.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "hsm/tpm2/int.h"

err_t
t2_fail(struct tpm2 *t, err_t err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->why, sizeof(t->why), format, args);
	va_end(args);
	return err;
}

void
t2_free(void *p)
{
	Esys_Free(p);
}

/* An authorisation failure before the PIN was given concerns the session's
 * HMAC: a response was changed on its way. */
static bool
session_refused(const struct tpm2 *t, TSS2_RC rc)
{
	TSS2_RC base = t2_rc_base(rc);

	return !t->pin_told && (rc & TSS2_RC_LAYER_MASK) == TSS2_TPM_RC_LAYER &&
	       (base == TPM2_RC_AUTH_FAIL || base == TPM2_RC_BAD_AUTH);
}

static err_t
judge_response_code(struct tpm2 *t, const char *call, TSS2_RC rc)
{
	t->rc = rc;
	if (rc == TSS2_RC_SUCCESS)
		return OK;
	if ((rc & TSS2_RC_LAYER_MASK) == TSS2_TCTI_RC_LAYER)
		t->silent = true;
	return t2_fail(t, session_refused(t, rc) ? E_DEVICE : t2_rc_err(rc),
	               "%s: %s (0x%x)", call, t2_rc_name(rc), rc);
}

err_t
t2_sent(struct tpm2 *t, const char *call, TSS2_RC rc)
{
	/* Creating keys and TPM2_Startup may take seconds. */
	bool slow = strcmp(call, "Startup") == 0 ||
	            strncmp(call, "Create", strlen("Create")) == 0;

	t->deadline_at =
	        clock_mono_ms() + (slow ? T2_DEADLINE_MS : t->deadline_ms);
	if (t->call_begins)
		t->call_begins(t->arg, slow);
	return judge_response_code(t, call, rc);
}

err_t
t2_wait(struct tpm2 *t, const char *call)
{
	struct pollfd fd = { .fd = t2_tcti_fd(t->tcti), .events = POLLIN };
	uint64_t now = clock_mono_ms();
	int left = t->deadline_at > now ? (int)(t->deadline_at - now) : 0;

	if (poll(&fd, 1, left) > 0)
		return OK;
	t->silent = true;
	return t2_fail(t, E_DEVICE, "%s: no answer within %u ms", call,
	               t->deadline_ms);
}

err_t
t2_done(struct tpm2 *t, const char *call, TSS2_RC rc, bool *ret_more)
{
	*ret_more = t2_rc_base(rc) == TSS2_BASE_RC_TRY_AGAIN &&
	            (rc & TSS2_RC_LAYER_MASK) != TSS2_TPM_RC_LAYER;
	return *ret_more ? OK : judge_response_code(t, call, rc);
}

err_t
t2_flush(struct tpm2 *t, ESYS_TR *object)
{
	ESYS_TR gone = *object;

	*object = ESYS_TR_NONE;
	if (gone == ESYS_TR_NONE || t->silent)
		return OK;
	return T2_CALL(t, FlushContext, (gone));
}

static err_t
refer_by_handle(struct tpm2 *t, uint32_t handle, ESYS_TR *ret_object)
{
	err_t err = T2_CALL(t, TR_FromTPMPublic,
	                    (handle, t->session, ESYS_TR_NONE, ESYS_TR_NONE),
	                    ret_object);

	if (err != OK && t2_rc_base(t->rc) == TPM2_RC_HANDLE &&
	    (t->rc & TSS2_RC_LAYER_MASK) == TSS2_TPM_RC_LAYER)
		return E_NOT_FOUND;
	return err;
}

/* An error response is not authenticated.  This one needs an officer, so the
 * command is repeated once to confirm it. */
err_t
t2_refer(struct tpm2 *t, uint32_t handle, ESYS_TR *ret_object)
{
	err_t err = refer_by_handle(t, handle, ret_object);

	if (err != E_NOT_FOUND)
		return err;
	err = refer_by_handle(t, handle, ret_object);
	return err == OK ? t2_fail(t, E_DEVICE,
	                           "the TPM reported no object at 0x%08x, and "
	                           "then one",
	                           handle)
	                 : err;
}
