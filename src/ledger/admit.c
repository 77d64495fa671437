/*
 * admit.c - see admit.h.
 *
 * An entry that names the key itself goes before one that names a certificate above
 * it, and of these the one nearest to the key: so the narrowest entry is used up.
 */
#include "ledger/admit.h"

#include <string.h>

#include "proc/config.h"

/* Tries one entry; *ret is changed when it is free. */
static err_t
try_entry(const struct redeem_terms *t, struct bytes tenant,
          const struct known_name *name, struct admission *ret)
{
	err_t err = store_known_free(t->store, tenant, name, t->now_ms / 1000);

	if (err == OK)
		*ret = (struct admission){ .answer = ADMIT_YES,
			                   .listed = true,
			                   .by = *name };
	return err == E_NOT_FOUND ? OK : err;
}

static err_t
find_entry(const struct redeem_terms *t, const struct admit_device *d,
           struct admission *ret)
{
	struct known_name name = { .kind = WIRE_PREREGISTRATION_KEY };

	memcpy(name.digest, d->identity, HASH_SIZE);
	TRY(try_entry(t, d->tenant, &name, ret));
	name.kind = WIRE_PREREGISTRATION_CERTIFICATE;
	for (size_t at = 0; !ret->listed && at < d->chain.len;
	     at += HASH_SIZE) {
		memcpy(name.digest, d->chain.data + at, HASH_SIZE);
		TRY(try_entry(t, d->tenant, &name, ret));
	}
	return OK;
}

/* A device that is listed uses its entry also where the list is not demanded, so
 * that the list says the truth on the day when it is. */
err_t
admit_judge(const struct redeem_terms *t, const struct admit_device *d,
            struct admission *ret)
{
	struct admission a = { .answer = ADMIT_YES };
	bool former = false;

	if (t->config && config_preregistered(t->config, d->tenant))
		a.answer = ADMIT_NOT_LISTED;
	TRY(find_entry(t, d, &a));
	TRY(store_key_former(t->store, d->tenant, d->identity, &former));
	if (former)
		a.answer = ADMIT_REPLACED;
	*ret = a;
	return OK;
}

err_t
admit_done(const struct redeem_terms *t, struct bytes tenant,
           const struct admission *a, struct bytes handle)
{
	return a->listed ? store_known_use(t->store, tenant, &a->by, handle)
	                 : OK;
}

struct admit_device
admit_of_verdict(const struct wire_verdict *v)
{
	return (struct admit_device){ .tenant = v->tenant,
		                      .identity = v->identity,
		                      .chain = v->chain };
}
