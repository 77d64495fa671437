/*
 * pkcs11_audit.c - one audit from the module to the last attempt.
 *
 * The order matters: what the token says of itself decides whether the PIN is
 * tried at all, and our wrapping key is made after the keys were read, so that
 * it is never taken for one of the token's.
 */
#include <stdlib.h>

#include "pkcs11_audit.h"
#include "pkcs11_strays.h"

static void
audit_release(struct audit *a)
{
	p11_unload(a->p11);
	free(a->keys);
	free(a->handles);
}
DEFINE_AUTO_REF(struct audit, audit_release);

/* A counter below the one in use is what a life leaves that was cut short. */
static err_t
look_for_strays(struct audit *a)
{
	AUTO(p11_strays_release) struct p11_strays s = { .kept = NULL };

	if (!a->logged_in) /* what they would be strays of does not show */
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
		TRY(p11_audit_needed(a, &a->keys[i]));
		p11_audit_try(a, i);
		a->ops->key(a->ops->arg, &a->keys[i]);
		p11_audit_key(a, &a->keys[i]);
	}
	return OK;
}

static err_t
audit(struct audit *a, const struct secret *pin)
{
	struct audit_token token = { .logged_in = false };

	a->logged_in = pin && p11_audit_may_log_in(a);
	TRY(a->logged_in ? p11_admin_login(a->p11, &a->info, pin)
	                 : p11_open_session(a->p11));
	TRY(p11_audit_facts(a, &token));
	token.logged_in = a->logged_in;
	TRY(p11_audit_token(a, &token));
	if (!a->logged_in)
		hsm_audit_found(a->ops, AUDIT_PRIVATE_UNSEEN, NULL, "%s", "");
	TRY(p11_audit_mechanisms(a));
	TRY(hsm_audit_random(a->ops, &hsm_pkcs11, a->p11));
	TRY(look_for_strays(a));
	return look_at_keys(a);
}

err_t
hsm_token_audit(const struct hsm_token_name *name, const struct secret *pin,
                const struct audit_ops *ops, struct buf *why)
{
	AUTO(audit_release) struct audit a = { .ops = ops };

	a.keys = calloc(AUDIT_KEYS_MAX, sizeof(*a.keys));
	a.handles = calloc(AUDIT_KEYS_MAX, sizeof(*a.handles));
	if (!a.keys || !a.handles)
		return E_NOMEM;
	TRY(p11_admin_open(name, why, &a.info, &a.p11));
	return p11_tell(a.p11, why, audit(&a, pin));
}
