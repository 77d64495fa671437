/*
 * audit.c - the steps of an audit.
 *
 * The order matters: the token's flags decide whether the PIN is tried, and the
 * audit's wrapping key is created after the keys were read, so that it is not
 * mistaken for one of the token's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hsm/pkcs11/audit/audit.h"
#include "hsm/pkcs11/audit/strays.h"

static void
audit_release(struct audit *a)
{
	p11_unload(a->p11);
	free(a->keys);
	free(a->handles);
}
DEFINE_AUTO_REF(struct audit, audit_release);

/* Old counters are no finding, because every interrupted run of a key holder
 * leaves one. */
static err_t
look_for_strays(struct audit *a)
{
	AUTO(p11_strays_release) struct p11_strays s = { .kept = NULL };

	if (!a->logged_in) /* private objects are not visible */
		return OK;
	TRY(p11_strays_find(a->p11, &s));
	for (size_t i = 0; i < s.n; i++) {
		const struct hsm_stray *what = &s.kept[i].what;

		if (s.kept[i].stray && what->kind != HSM_STRAY_EPOCH_OLD)
			hsm_audit_found(a->ops, AUDIT_STRAY, NULL,
			                "%s: %s '%s'",
			                hsm_stray_text(what->kind),
			                what->object.class, what->object.label);
	}
	return OK;
}

static err_t
look_at_keys(struct audit *a)
{
	TRY(p11_audit_read_keys(a));
	p11_audit_set(a);
	for (size_t i = 0; i < a->n_keys; i++) {
		struct audit_key *key = &a->keys[i];

		TRY(p11_audit_step(a, "the key's mechanism",
		                   p11_audit_needed(a, key), key));
		p11_audit_try(a, i);
		a->ops->key(a->ops->arg, key);
		p11_audit_key(a, key);
	}
	return OK;
}

/* The results of opening the session and of the login.  They are reported after
 * the token, which audit_ops requires to be first. */
struct entry {
	err_t login, session;
	char why[HSM_WHY_MAX];
};

static void
open_and_log_in(struct audit *a, const struct secret *pin, struct entry *e)
{
	*e = (struct entry){ .why = "" };
	e->session = p11_open_session(a->p11);
	if (e->session == OK && pin && p11_audit_may_log_in(a))
		e->login = p11_admin_login_here(a->p11, &a->info, pin);
	a->logged_in = e->session == OK && e->login == OK && pin &&
	               p11_audit_may_log_in(a);
	if (e->session != OK || e->login != OK)
		snprintf(e->why, sizeof(e->why), "%s", a->p11->why);
}

static err_t
audit_whole_token(struct audit *a, const struct secret *pin)
{
	struct entry e;

	open_and_log_in(a, pin, &e);
	TRY(p11_audit_token(a));
	const struct audit_failure no_session = { e.session, e.why, NULL };
	TRY(hsm_audit_failed(&a->failures, a->ops, "a session", &no_session));
	if (e.login != OK)
		hsm_audit_found(a->ops, AUDIT_PIN_REFUSED, NULL, "%s", e.why);
	if (!a->logged_in)
		hsm_audit_found(a->ops, AUDIT_PRIVATE_UNSEEN, NULL, "%s", "");
	TRY(p11_audit_mechanisms(a));
	if (e.session != OK)
		return OK;
	TRY(p11_audit_step(a, "the random number generator",
	                   hsm_audit_random(a->ops, &hsm_pkcs11, a->p11),
	                   NULL));
	TRY(p11_audit_step(a, "searching for strays", look_for_strays(a),
	                   NULL));
	TRY(p11_audit_step(a, "the trust objects",
	                   hsm_audit_trust(a->ops, &hsm_pkcs11, a->p11), NULL));
	return look_at_keys(a);
}

err_t
p11_token_audit(const struct hsm_audited *asked, const struct secret *pin,
                const struct audit_ops *ops, struct buf *why)
{
	AUTO(audit_release)
	struct audit a = { .ops = ops, .module = asked->name.module };

	a.keys = calloc(AUDIT_KEYS_MAX, sizeof(*a.keys));
	a.handles = calloc(AUDIT_KEYS_MAX, sizeof(*a.handles));
	if (!a.keys || !a.handles)
		return E_NOMEM;
	TRY(p11_admin_open(&asked->name, why, &a.info, &a.p11));
	return p11_tell(a.p11, why, audit_whole_token(&a, pin));
}
