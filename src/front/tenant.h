/*
 * tenant.h - the limits of a tenant, which all its backends share: requests a
 * second, and challenges that are outstanding.
 *
 * They come after the limits of the client, so a client over its own quota costs
 * its tenant nothing.  Officers do not count, so that a tenant's flood cannot
 * keep its officer from suspending a device or stopping a release.
 */
#ifndef FRONT_TENANT_H
#define FRONT_TENANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "front/outbox.h"
#include "front/outstanding.h"
#include "front/quota.h"

struct challenge_orders;
struct config;
struct config_tenant;

struct tenant {
	const struct config_tenant *config;
	struct quota quota; /* unused without a rate */
	struct outstanding outstanding;
	struct outbox_window judged; /* its evidence that is under way */
	uint64_t requests;           /* tokens that this front took */
	uint64_t challenges;         /* requested of the key holder */
	uint64_t refused_rate, refused_outstanding;
	/* As the ledger said: when a device attested last, and how many have not
	 * for too long. */
	uint64_t attested_s;
	uint32_t overdue;
};

/* One for each of config->tenants, over marks that have config_quota_units().
 * E_NOMEM. */
MUST_CHECK err_t tenants_new(const struct config *config,
                             struct quota_mark *marks,
                             struct tenant **ret_tenants);

/* Takes n tokens of the tenant's quota.  False: there are not enough. */
bool tenant_take(struct tenant *t, uint32_t n, uint64_t now_ms);

/* Counts all these challenges as outstanding.  False: they would be more than the
 * tenant may have, and none is counted. */
bool tenant_issue(struct tenant *t, const struct challenge_orders *all,
                  uint64_t now_ms);

/* Appends the metrics of n tenants. */
void tenants_put(struct buf *out, const struct tenant *all, size_t n,
                 uint64_t now_ms);

#endif
