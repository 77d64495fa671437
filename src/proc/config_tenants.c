/*
 * config_tenants.c - reads the list `tenants`, and gives each tenant of a client
 * its limits.
 *
 * A tenant that the list does not name has the defaults of the group `limits`.
 * A row without a client is refused, since its name is most likely misspelt and
 * the limit would silently not hold.
 */
#include <string.h>

#include "wire/terms.h"

#include "proc/config_tenants.h"

#define NOT_GIVEN UINT32_MAX /* more than any bound */

struct tenant_number {
	const char *name;
	size_t offset;
	uint32_t most;
};

static const struct tenant_number numbers[] = {
	{ "rate", offsetof(struct config_tenant, rate), CONFIG_RATE_MAX },
	{ "burst", offsetof(struct config_tenant, burst), CONFIG_RATE_MAX },
	{ "outstanding", offsetof(struct config_tenant, outstanding),
	  1000000000 },
	{ "overdue_days", offsetof(struct config_tenant, overdue_days), 3650 },
};

static uint32_t *
tenant_number_at(struct config_tenant *row, size_t offset)
{
	return (uint32_t *)(void *)((char *)row + offset);
}

static err_t
read_tenant_name(struct config_tenant *row, const config_setting_t *s,
                 struct buf *why)
{
	row->name = config_text(s, why);
	if (!row->name)
		return E_MALFORMED;
	if (!tenant_name_valid(bytes_of_str(row->name)))
		return config_refuse(why, s,
		                     "name must be 1 to 64 characters of "
		                     "a-z 0-9 . _ -");
	return OK;
}

static err_t
read_tenant_member(struct config_tenant *row, const config_setting_t *s,
                   struct buf *why)
{
	const char *name = config_setting_name(s);

	if (strcmp(name, "name") == 0)
		return read_tenant_name(row, s, why);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (strcmp(numbers[i].name, name) == 0)
			return config_number(
			        s, 0, numbers[i].most, why,
			        tenant_number_at(row, numbers[i].offset));
	return config_refuse(why, s, "unknown setting tenants.%s", name);
}

static struct config_tenant *
find_tenant(struct config_tree *t, const char *name)
{
	for (size_t i = 0; i < t->config.n_tenants; i++)
		if (strcmp(t->tenants[i].name, name) == 0)
			return &t->tenants[i];
	return NULL;
}

static struct config_tenant
empty_tenant(void)
{
	struct config_tenant row = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		*tenant_number_at(&row, numbers[i].offset) = NOT_GIVEN;
	return row;
}

static err_t
read_tenant(struct config_tree *t, const config_setting_t *s, struct buf *why)
{
	struct config_tenant row = empty_tenant();

	if (t->config.n_tenants == CONFIG_CLIENTS_MAX)
		return config_refuse(why, s, "more than %d tenants",
		                     CONFIG_CLIENTS_MAX);
	if (!config_setting_is_group(s))
		return config_refuse(why, s,
		                     "a tenant must be a group { ... }");
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(read_tenant_member(
		        &row, config_setting_get_elem(s, (unsigned)i), why));
	if (!row.name)
		return config_refuse(why, s, "a tenant needs a name");
	if (find_tenant(t, row.name))
		return config_refuse(why, s, "tenant %s occurs twice",
		                     row.name);
	t->tenants[t->config.n_tenants++] = row;
	return OK;
}

err_t
config_tenants(struct config_tree *t, const config_setting_t *s,
               struct buf *why)
{
	if (!config_setting_is_list(s))
		return config_refuse(why, s, "tenants must be a list ( ... )");
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(read_tenant(t, config_setting_get_elem(s, (unsigned)i),
		                why));
	return OK;
}

/* --- after the whole file -------------------------------------------------- */

static bool
has_client(const struct config *c, const char *tenant)
{
	for (size_t i = 0; i < c->n_clients; i++)
		if (c->clients[i].tenant &&
		    strcmp(c->clients[i].tenant, tenant) == 0)
			return true;
	return false;
}

static void
fill_tenant(const struct config *c, struct config_tenant *row)
{
	const uint32_t defaults[ARRAY_LEN(numbers)] = {
		c->tenant_rate,
		c->tenant_burst,
		c->tenant_outstanding,
		c->overdue_days,
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		uint32_t *number = tenant_number_at(row, numbers[i].offset);

		if (*number == NOT_GIVEN)
			*number = defaults[i];
	}
	if (row->burst == 0)
		row->burst = 2 * row->rate;
}

err_t
config_tenants_settle(struct config_tree *t, struct buf *why)
{
	struct config *c = &t->config;

	for (size_t i = 0; i < c->n_tenants; i++)
		if (!has_client(c, t->tenants[i].name))
			return config_refuse(why, NULL,
			                     "tenants: no client has the "
			                     "tenant %s",
			                     t->tenants[i].name);
	/* From here on each row has a client, so there are no more rows than
	 * clients. */
	for (size_t i = 0; i < c->n_clients; i++) {
		struct config_client *client = &t->clients[i];
		struct config_tenant *row;

		client->tenant_index = CONFIG_NO_TENANT;
		if (!client->tenant)
			continue;
		row = find_tenant(t, client->tenant);
		if (!row) {
			row = &t->tenants[c->n_tenants++];
			*row = empty_tenant();
			row->name = client->tenant;
		}
		client->tenant_index = (uint32_t)(row - t->tenants);
	}
	for (size_t i = 0; i < c->n_tenants; i++)
		fill_tenant(c, &t->tenants[i]);
	return OK;
}

size_t
config_quota_units(const struct config *config)
{
	return config->n_clients + 1 +
	       config->n_tenants * (1 + OUTSTANDING_UNITS);
}
