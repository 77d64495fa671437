/*
 * ownership.c - takes the ownership of a TPM.
 *
 * A wrong lockout value makes the TPM take none for its lockout recovery time,
 * so what is set is asked before a value is tried.  The owner's is set first,
 * then the lockout's, whose new value authorises the last two commands: they
 * prove it.  No value is sent in the clear: a new one is a parameter that the
 * session encrypts, one in force makes the session's HMAC.
 */
#include "base/secret.h"
#include "hsm/tpm2/admin/admin.h"

/* --- what must hold before anything is tried ------------------------------ */

/* All that a value must be, so that no change fails behind another one. */
static err_t
check_new_value(struct tpm2 *t, const struct secret *value)
{
	TPM2B_AUTH auth = { .size = 0 };

	TRY(t2_refuse_weak(t, secret_bytes(value)));
	err_t err = t2_auth_of(t, value, &auth);
	secret_wipe(&auth, sizeof(auth));
	return err;
}

static err_t
check_new_values(struct tpm2 *t, const struct hsm_ownership_wanted *w)
{
	TRY(check_new_value(t, w->new_owner));
	TRY(check_new_value(t, w->new_lockout));
	return secret_equal(secret_bytes(w->new_owner),
	                    secret_bytes(w->new_lockout))
	               ? t2_fail(t, E_CONFLICT,
	                         "the new values of owner and lockout are "
	                         "equal: each is for a keeper of its own")
	               : OK;
}

static err_t
check_given(struct tpm2 *t, const char *what, bool set, bool given)
{
	if (set == given)
		return OK;
	return set ? t2_fail(t, E_CONFLICT,
	                     "the TPM's %s has an authorisation: give the "
	                     "value in force by --%s-file (after an "
	                     "interruption perhaps the new one)",
	                     what, what)
	           : t2_fail(t, E_CONFLICT,
	                     "the TPM's %s has no authorisation: --%s-file "
	                     "would be wrong",
	                     what, what);
}

static err_t
check_state(struct tpm2 *t, const struct hsm_ownership_wanted *w)
{
	struct hsm_ownership is;

	TRY(t2_read_ownership(t, true, &is));
	TRY(check_given(t, "owner", is.owner_set, w->owner));
	return check_given(t, "lockout", is.lockout_set, w->lockout);
}

/* --- commands ------------------------------------------------------------- */

static err_t
judge_lockout(struct tpm2 *t, const char *call, err_t err)
{
	return t2_auth_refused(t, err)
	               ? t2_fail(t, E_DENIED,
	                         "%s: that is not the lockout authorisation of "
	                         "the TPM, which takes none now until its "
	                         "lockout recovery time is over",
	                         call)
	               : err;
}

/* ESYS knows the new value afterwards, and the TPM's response is proved by it. */
static err_t
change_auth(struct tpm2 *t, ESYS_TR hierarchy, const struct secret *value)
{
	TPM2B_AUTH auth = { .size = 0 };

	TRY(t2_encrypt_session(t));
	TRY(t2_auth_of(t, value, &auth));
	err_t err = T2_CALL(
	        t, HierarchyChangeAuth,
	        (hierarchy, t->session, ESYS_TR_NONE, ESYS_TR_NONE, &auth));
	secret_wipe(&auth, sizeof(auth));
	return err;
}

static err_t
set_lockout(struct tpm2 *t, const struct hsm_ownership_wanted *w)
{
	err_t err = T2_CALL(t, DictionaryAttackParameters,
	                    (ESYS_TR_RH_LOCKOUT, t->session, ESYS_TR_NONE,
	                     ESYS_TR_NONE, w->max_tries, w->recovery_s,
	                     w->lockout_recovery_s));

	return judge_lockout(t, "DictionaryAttackParameters", err);
}

static err_t
disable_clear(struct tpm2 *t)
{
	err_t err = T2_CALL(t, ClearControl,
	                    (ESYS_TR_RH_LOCKOUT, t->session, ESYS_TR_NONE,
	                     ESYS_TR_NONE, TPM2_YES));

	return judge_lockout(t, "ClearControl", err);
}

/* Whoever tries again must know which values are in force. */
static err_t
tell_in_force(struct tpm2 *t, err_t err, const char *what)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(t->why));

	buf_append_str(&why, t->why);
	return t2_fail(t, err, "%s. %s", buf_str(&why), what);
}

static err_t
set_all(struct tpm2 *t, const struct hsm_ownership_wanted *w)
{
	err_t err = change_auth(t, ESYS_TR_RH_OWNER, w->new_owner);

	TRY(t2_judge_owner(t, "HierarchyChangeAuth", err));
	err = change_auth(t, ESYS_TR_RH_LOCKOUT, w->new_lockout);
	if (err != OK)
		return tell_in_force(
		        t, judge_lockout(t, "HierarchyChangeAuth", err),
		        "The owner's new value is set, the lockout's is as "
		        "before");
	err = set_lockout(t, w);
	if (err == OK)
		err = disable_clear(t);
	return err == OK ? OK
	                 : tell_in_force(t, err,
	                                 "The new values of owner and lockout "
	                                 "are set");
}

static err_t
check_done(struct tpm2 *t, const struct hsm_ownership_wanted *w,
           struct hsm_ownership *ret_is)
{
	struct hsm_ownership is;

	TRY(t2_read_ownership(t, true, &is));
	if (!is.owner_set || !is.lockout_set || !is.clear_disabled ||
	    is.max_tries != w->max_tries || is.recovery_s != w->recovery_s ||
	    is.lockout_recovery_s != w->lockout_recovery_s)
		return t2_fail(t, E_DEVICE,
		               "the TPM confirmed each command and reports "
		               "another state");
	*ret_is = is;
	return OK;
}

/* The session is salted with the parent if there is one. */
static err_t
open_session(struct tpm2 *t, const struct t2_uri *uri)
{
	ESYS_TR parent = ESYS_TR_NONE;
	err_t err = t2_refer(t, uri->parent, &parent);

	if (err == E_NOT_FOUND && !uri->named)
		return t2_open_unpinned(t);
	if (err != E_NOT_FOUND)
		TRY(err);
	return t2_open_session(t, uri);
}

static err_t
own_tpm(struct tpm2 *t, const struct t2_uri *uri,
        const struct hsm_ownership_wanted *w, struct hsm_token *ret_token)
{
	struct hsm_token token;

	TRY(check_new_values(t, w));
	TRY(t2_facts(t, &token));
	TRY(open_session(t, uri));
	TRY(check_state(t, w));
	TRY(t2_tell_owner(t, w->owner));
	TRY(t2_tell_hierarchy(t, ESYS_TR_RH_LOCKOUT, w->lockout));
	TRY(set_all(t, w));
	TRY(check_done(t, w, &token.ownership));
	*ret_token = token;
	return OK;
}

err_t
t2_token_own(const struct hsm_token_name *name,
             const struct hsm_ownership_wanted *wanted, struct buf *why,
             struct hsm_token *ret_token)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	const struct hsm_options options = { .uri = name->uri };
	struct t2_uri uri;

	TRY(t2_uri_parse(name->uri, why, &uri));
	TRY(t2_connect(uri.tcti, &options, why, &t));
	return t2_tell(t, why, own_tpm(t, &uri, wanted, ret_token));
}
