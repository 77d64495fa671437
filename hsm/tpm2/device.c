/*
 * device.c - opens and closes the connection to a TPM.
 *
 * A TPM has few slots for loaded keys and sessions, and a killed process leaves
 * its own loaded. Later commands then fail with TPM_RC_OBJECT_MEMORY (0x902) or
 * TPM_RC_SESSION_MEMORY (0x903).  A resource manager (/dev/tpmrm0) flushes them
 * when the process ends. Without one this process is the TPM's only user, so it
 * flushes everything that is loaded at its start.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hsm/tpm2/key.h"

/* Composes TPM2_FlushContext directly, because ESYS cannot refer to a session
 * that it did not start.  The return code is ignored: behind a resource manager
 * the handle may belong to another process and cannot be reached. */
static err_t
flush_foreign(struct tpm2 *t, uint32_t handle)
{
	AUTO(buf_release) struct buf command = buf_of(14);
	uint8_t answer[64];
	size_t len = sizeof(answer);
	TSS2_TCTI_CONTEXT *tcti = t2_tcti_context(t->tcti);
	TSS2_RC rc = TSS2_RC_SUCCESS;

	buf_u16(&command, TPM2_ST_NO_SESSIONS);
	buf_u32(&command, 14);
	buf_u32(&command, TPM2_CC_FlushContext);
	buf_u32(&command, handle);
	TRY(buf_status(&command));
	TRY(t2_sent(t, "FlushContext",
	            Tss2_Tcti_Transmit(tcti, command.len, command.data)));
	for (bool more = true; more;) {
		TRY(t2_wait(t, "FlushContext"));
		rc = Tss2_Tcti_Receive(tcti, &len, answer, 0);
		TRY(t2_done(t, "FlushContext", rc, &more));
	}
	return OK;
}

/* Flushes everything that is loaded in a range of handles. */
static err_t
flush_left(struct tpm2 *t, uint32_t first)
{
	AUTO(t2_free) void *owned = NULL;
	TPMS_CAPABILITY_DATA *found = NULL;
	TPMI_YES_NO more = TPM2_NO;

	TRY(T2_CALL(t, GetCapability,
	            (ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES,
	             first, T2_LEFT_MAX),
	            &more, &found));
	owned = found;
	for (uint32_t i = 0; i < found->data.handles.count; i++)
		TRY(flush_foreign(t, found->data.handles.handle[i]));
	return OK;
}

/* A TPM that no firmware has started (swtpm) needs TPM2_Startup. */
static err_t
start_up(struct tpm2 *t)
{
	err_t err = T2_CALL(t, Startup, (TPM2_SU_CLEAR));

	if (err != OK && t->rc != TPM2_RC_INITIALIZE)
		return err;
	TRY(flush_left(t, TPM2_TRANSIENT_FIRST));
	return flush_left(t, TPM2_LOADED_SESSION_FIRST);
}

static err_t
connect_to(struct tpm2 *t, const char *tcti)
{
	TSS2_RC rc = TSS2_RC_SUCCESS;
	err_t err = t2_tcti_open(tcti, &t->tcti);

	if (err == E_CONFIG)
		return t2_fail(t, err,
		               "token URI: unknown kind of connection: %s",
		               tcti);
	if (err != OK)
		return t2_fail(t, err, "no TPM at %s: %s", tcti,
		               strerror(errno));
	rc = Esys_Initialize(&t->esys, t2_tcti_context(t->tcti), NULL);
	if (rc != TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "Initialize: %s (0x%x)",
		               t2_rc_name(rc), rc);
	return start_up(t);
}

err_t
t2_connect(const char *tcti, const struct hsm_options *options, struct buf *why,
           struct tpm2 **ret_tpm2)
{
	AUTO(t2_close) struct tpm2 *t = calloc(1, sizeof(*t));

	if (!t)
		return E_NOMEM;
	t->parent = t->session = t->epoch = t->mac.object = ESYS_TR_NONE;
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		t->keys[i].object = ESYS_TR_NONE;
	/* Ends slightly before the caller's deadline, so that there is time to
	 * report which command it was. */
	t->deadline_ms = options->deadline_ms ? options->deadline_ms -
	                                                options->deadline_ms / 8
	                                      : T2_DEADLINE_MS;
	t->lockout_off = options->lockout_off;
	t->call_begins = options->call_begins;
	t->arg = options->login_arg;

	/* Silences the libraries, which would log each refused command in a
	 * format of their own; the return code contains all of it. */
	setenv("TSS2_LOG", "all+none", 0);
	err_t err = connect_to(t, tcti);
	if (err != OK) {
		buf_append_str(why, t->why);
		return err;
	}
	*ret_tpm2 = TAKE(t);
	return OK;
}

void
t2_close(struct tpm2 *t)
{
	if (!t)
		return;
	if (t->esys) {
		for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
			t2_let_go(t, &t->keys[i]);
		t2_let_go(t, &t->mac);
		(void)!t2_flush(t, &t->session);
		Esys_Finalize(&t->esys);
	}
	t2_tcti_close(t->tcti);
	secret_free(t->pin);
	free(t);
}
