/*
 * trust.c - what a device stores of trust (hsm/core/trust.h), and who can change
 * it by the device's own word.
 *
 * An attribute that is not told is taken for the worse one.  Certificates without
 * our label are counted and not judged: they may be another program's.
 */
#include <string.h>

#include "base/encode.h"
#include "hsm/audit/int.h"
#include "hsm/core/trust.h"

#define DIGEST_TOLD 8 /* bytes of a digest that a finding names */

struct told {
	const struct audit_ops *ops;
	const struct hsm_trust *trust;
	size_t trusted, undestroyable, unmodifiable, unusable;
};

static void
keep_list(void *arg, const struct hsm_trust *trust)
{
	struct told *t = arg;

	t->trust = trust;
}

static void
judge_certificate(struct told *t, const struct hsm_trust_certificate *c)
{
	AUTO(buf_release) struct buf digest = buf_of(2 * DIGEST_TOLD);

	encode_hex(&digest, bytes_of(c->sha256, DIGEST_TOLD));
	if (c->said.trusted != HSM_YES)
		hsm_audit_found(t->ops, AUDIT_TRUST_UNTRUSTED, NULL,
		                "certificate %s", buf_str(&digest));
	if (c->said.destroyable != HSM_NO)
		hsm_audit_found(t->ops, AUDIT_TRUST_DESTROYABLE, NULL,
		                "certificate %s", buf_str(&digest));
}

static void
count_certificate(void *arg, const struct hsm_trust_certificate *c, err_t err,
                  const char *why)
{
	struct told *t = arg;

	if (err == E_IO)
		hsm_audit_found(t->ops, AUDIT_TRUST_UNREAD, NULL, "%s", why);
	t->unusable += err == E_LIMIT || err == E_MALFORMED;
	if (!c)
		return;
	t->trusted += c->said.trusted == HSM_YES;
	t->undestroyable += c->said.destroyable == HSM_NO;
	t->unmodifiable += c->said.modifiable == HSM_NO;
	if (strcmp(c->label, HSM_TRUST_LABEL) == 0)
		judge_certificate(t, c);
}

static void
judge_genesis(const struct told *t)
{
	const struct hsm_trust *trust = t->trust;

	for (size_t i = 0; i < trust->n_genesis && i < HSM_TRUST_GENESIS_MAX;
	     i++)
		if (trust->genesis[i].said.destroyable != HSM_NO)
			hsm_audit_found(t->ops, AUDIT_TRUST_DESTROYABLE, NULL,
			                "%s", "the first bundle's digest");
	if (trust->n_genesis > 1)
		hsm_audit_found(t->ops, AUDIT_TRUST_GENESIS_TWIN, NULL,
		                "%zu objects", trust->n_genesis);
}

static void
judge_numbers(const struct told *t)
{
	const struct hsm_trust *trust = t->trust;

	if (trust->n_heads > 1 || trust->n_counters > 1)
		hsm_audit_found(t->ops, AUDIT_TRUST_INTERRUPTED, NULL,
		                "%zu heads, %zu counters", trust->n_heads,
		                trust->n_counters);
	if (trust->n_odd > 0)
		hsm_audit_found(t->ops, AUDIT_TRUST_ODD, NULL, "%zu objects",
		                trust->n_odd);
	if (trust->n_found > trust->n_certificates)
		hsm_audit_found(t->ops, AUDIT_TRUST_CROWD, NULL,
		                "%zu certificates, %zu are read",
		                trust->n_found, trust->n_certificates);
}

/* One line of everything, when there is anything. */
static void
tell_objects(const struct told *t)
{
	const struct hsm_trust *trust = t->trust;
	AUTO(buf_release) struct buf line = buf_of(2 * AUDIT_DETAIL_MAX);

	if (trust->n_found + trust->n_genesis + trust->n_heads +
	            trust->n_counters + trust->n_odd ==
	    0)
		return;
	buf_printf(&line,
	           "%zu certificates (%zu trusted, %zu undestroyable, %zu "
	           "unmodifiable, %zu unusable); %zu genesis",
	           trust->n_found, t->trusted, t->undestroyable,
	           t->unmodifiable, t->unusable, trust->n_genesis);
	if (trust->n_heads)
		buf_printf(&line, "; head %llu",
		           (unsigned long long)trust->head.version);
	if (trust->n_counters)
		buf_printf(&line, "; counter %llu",
		           (unsigned long long)trust->counter);
	hsm_audit_found(t->ops, AUDIT_TRUST_OBJECTS, NULL, "%s",
	                buf_str(&line));
}

err_t
hsm_audit_trust(const struct audit_ops *ops, const struct hsm_backend *backend,
                void *own)
{
	struct told t = { .ops = ops };
	const struct hsm_trust_ops read = { keep_list, count_certificate, &t,
		                            HSM_TRUST_PACE_MS };
	struct hsm_trust trust;

	TRY(hsm_trust_list_of(backend, own, &trust));
	TRY(hsm_trust_read_of(backend, own, &trust, &read));
	judge_genesis(&t);
	judge_numbers(&t);
	tell_objects(&t);
	return OK;
}
