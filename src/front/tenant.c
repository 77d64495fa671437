/*
 * tenant.c - see tenant.h.
 */
#include "front/tenant.h"

#include <inttypes.h>
#include <stdlib.h>

#include "front/json/request.h"
#include "proc/config.h"

err_t
tenants_new(const struct config *config, struct quota_mark *marks,
            struct tenant **ret_tenants)
{
	struct quota_mark *mark = marks + config->n_clients + 1;
	struct tenant *all = calloc(config->n_tenants + 1, sizeof(*all));

	if (!all)
		return E_NOMEM;
	for (size_t i = 0; i < config->n_tenants; i++) {
		const struct config_tenant *c = &config->tenants[i];

		all[i].config = c;
		if (c->rate > 0)
			all[i].quota = quota_of(c->rate, c->burst, mark);
		all[i].outstanding = outstanding_of(
		        config->ttl_max_s, config->deadline_ms,
		        (struct outstanding_mark *)(void *)(mark + 1));
		mark += 1 + OUTSTANDING_UNITS;
	}
	*ret_tenants = all;
	return OK;
}

bool
tenant_take(struct tenant *t, uint32_t n, uint64_t now_ms)
{
	if (t->config->rate > 0 && !quota_take(&t->quota, n, now_ms)) {
		t->refused_rate++;
		return false;
	}
	t->requests += n;
	return true;
}

/* Calls each() once for neighbours with the same lifetime. */
static void
each_lifetime(const struct outstanding *o, const struct challenge_orders *all,
              uint64_t now_ms,
              void (*each)(const struct outstanding *, uint32_t, uint32_t,
                           uint64_t))
{
	for (size_t i = 0, next; i < all->count; i = next) {
		uint32_t ttl_s = all->orders[i].ttl_s;

		for (next = i; next < all->count; next++)
			if (all->orders[next].ttl_s != ttl_s)
				break;
		each(o, (uint32_t)(next - i), ttl_s, now_ms);
	}
}

/* Counts first and looks then: another front may do the same at the same time,
 * and together they must not exceed the limit. */
bool
tenant_issue(struct tenant *t, const struct challenge_orders *all,
             uint64_t now_ms)
{
	const struct outstanding *o = &t->outstanding;
	uint32_t most = t->config->outstanding;

	each_lifetime(o, all, now_ms, outstanding_add);
	if (most > 0 && outstanding_count(o, now_ms) > most) {
		each_lifetime(o, all, now_ms, outstanding_remove);
		t->refused_outstanding++;
		return false;
	}
	t->challenges += all->count;
	return true;
}

/* --- metrics --------------------------------------------------------------- */

enum tenant_metric {
	TENANT_REQUESTS,
	TENANT_CHALLENGES,
	TENANT_REFUSED_RATE,
	TENANT_REFUSED_OUTSTANDING,
	TENANT_OUTSTANDING,
	TENANT_ATTESTED,
	TENANT_OVERDUE,
	TENANT_METRICS,
};

static const struct {
	const char *name, *type, *help;
} rows[TENANT_METRICS] = {
	[TENANT_REQUESTS] = { "anchord_front_tenant_requests_total", "counter",
	                      "requests of a tenant's backends within its "
	                      "quota, each challenge of an array counted" },
	[TENANT_CHALLENGES] = { "anchord_front_tenant_challenges_total",
	                        "counter",
	                        "challenges that were requested for a tenant" },
	[TENANT_REFUSED_RATE] = { "anchord_front_tenant_refused_total",
	                          "counter",
	                          "requests refused because of a tenant's "
	                          "quota" },
	[TENANT_REFUSED_OUTSTANDING] = { "anchord_front_tenant_refused_"
	                                 "outstanding_total",
	                                 "counter",
	                                 "requests refused because a tenant "
	                                 "has too many challenges "
	                                 "outstanding" },
	[TENANT_OUTSTANDING] = { "anchord_front_tenant_outstanding", "gauge",
	                         "challenges of a tenant that have not "
	                         "expired, "
	                         "at most; of all fronts" },
	[TENANT_ATTESTED] = { "anchord_front_tenant_attested_seconds", "gauge",
	                      "time when a device of the tenant last attested, "
	                      "in seconds since 1970; 0: never, or not known "
	                      "yet" },
	[TENANT_OVERDUE] = { "anchord_front_tenant_overdue_devices", "gauge",
	                     "active devices of the tenant that have not "
	                     "attested for overdue_days; at most 10000" },
};

static uint64_t
tenant_value(const struct tenant *t, enum tenant_metric m, uint64_t now_ms)
{
	switch (m) {
	case TENANT_REQUESTS:
		return t->requests;
	case TENANT_CHALLENGES:
		return t->challenges;
	case TENANT_REFUSED_RATE:
		return t->refused_rate;
	case TENANT_REFUSED_OUTSTANDING:
		return t->refused_outstanding;
	case TENANT_OUTSTANDING:
		return outstanding_count(&t->outstanding, now_ms);
	case TENANT_ATTESTED:
		return t->attested_s;
	case TENANT_OVERDUE:
		return t->overdue;
	case TENANT_METRICS:
		break;
	}
	return 0;
}

/* A tenant's name has no byte that a label escapes. */
void
tenants_put(struct buf *out, const struct tenant *all, size_t n,
            uint64_t now_ms)
{
	for (unsigned m = 0; n > 0 && m < TENANT_METRICS; m++) {
		buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[m].name,
		           rows[m].help, rows[m].name, rows[m].type);
		for (size_t i = 0; i < n; i++)
			buf_printf(out, "%s{tenant=\"%s\"} %" PRIu64 "\n",
			           rows[m].name, all[i].config->name,
			           tenant_value(&all[i], (enum tenant_metric)m,
			                        now_ms));
	}
}
