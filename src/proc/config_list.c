/*
 * config_list.c - reads the list `clients`, and knows the other lists.
 *
 * Rights are always named, never granted by omission: a backend without
 * workflows may do nothing, and an empty list is an error.  The only exception
 * is documented in anchord.conf(5): without `channels` a client may use any.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "wire/terms.h"

#include "proc/config_int.h"
#include "proc/config_tenants.h"

#define CHANNELS_TEXT_MAX 4096 /* bytes of one client's channels, joined */

static const struct {
	const char *name;
	enum client_role bit;
} role_names[] = {
	{ "backend", CLIENT_BACKEND },
	{ "officer", CLIENT_OFFICER },
	{ "auditor", CLIENT_AUDITOR },
	{ "monitor", CLIENT_MONITOR },
};

/* Reads one member of a client's row. */
typedef err_t client_member(struct config_client *c, const config_setting_t *s,
                            struct buf *why);

err_t
config_texts(const config_setting_t *s, struct buf *why)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return config_refuse(why, s, "expected a list of strings");
	if (config_setting_length(s) == 0)
		return config_refuse(why, s, "the list is empty");
	for (int i = 0; i < config_setting_length(s); i++)
		if (!config_text(config_setting_get_elem(s, (unsigned)i), why))
			return E_MALFORMED;
	return OK;
}

static err_t
member_san(struct config_client *c, const config_setting_t *s, struct buf *why)
{
	const char *san = config_text(s, why);

	if (!san)
		return E_MALFORMED;
	if ((strncmp(san, "URI:", 4) != 0 && strncmp(san, "DNS:", 4) != 0) ||
	    san[4] == '\0')
		return config_refuse(why, s,
		                     "san is neither URI:... nor DNS:"
		                     "...");
	c->san = san;
	return OK;
}

static err_t
member_tenant(struct config_client *c, const config_setting_t *s,
              struct buf *why)
{
	const char *tenant = config_text(s, why);

	if (!tenant)
		return E_MALFORMED;
	if (!tenant_name_valid(bytes_of_str(tenant)))
		return config_refuse(why, s,
		                     "tenant must be 1 to 64 characters of "
		                     "a-z 0-9 . _ -");
	c->tenant = tenant;
	return OK;
}

static unsigned
role_bit(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(role_names); i++)
		if (strcmp(role_names[i].name, name) == 0)
			return role_names[i].bit;
	return 0;
}

static err_t
member_roles(struct config_client *c, const config_setting_t *s,
             struct buf *why)
{
	TRY(config_texts(s, why));
	for (int i = 0; i < config_setting_length(s); i++) {
		const char *name = config_setting_get_string_elem(s, i);
		unsigned bit = role_bit(name);
		if (bit == 0)
			return config_refuse(why, s, "unknown role %s", name);
		c->roles |= bit;
	}
	return OK;
}

static err_t
member_workflows(struct config_client *c, const config_setting_t *s,
                 struct buf *why)
{
	TRY(config_texts(s, why));
	for (int i = 0; i < config_setting_length(s); i++) {
		const char *name = config_setting_get_string_elem(s, i);
		enum workflow w = workflow_find(bytes_of_str(name));
		if (w == WORKFLOW_COUNT)
			return config_refuse(why, s, "unknown workflow %s",
			                     name);
		c->workflows = (uint16_t)(c->workflows | (1u << w));
	}
	return OK;
}

static err_t
member_channels(struct config_client *c, const config_setting_t *s,
                struct buf *why)
{
	AUTO(buf_release) struct buf joined = buf_of(CHANNELS_TEXT_MAX);

	TRY(config_texts(s, why));
	for (int i = 0; i < config_setting_length(s); i++) {
		const char *name = config_setting_get_string_elem(s, i);
		if (!*name || strlen(name) > CHANNEL_MAX || strchr(name, ','))
			return config_refuse(why, s,
			                     "a channel must be 1 to %d bytes "
			                     "without a comma",
			                     CHANNEL_MAX);
		buf_printf(&joined, i ? ",%s" : "%s", name);
	}
	const char *text = buf_str(&joined);
	if (buf_status(&joined) == E_LIMIT)
		return config_refuse(why, s, "too many channels");
	TRY(buf_status(&joined));

	c->channels = strdup(text);
	return c->channels ? OK : E_NOMEM;
}

static err_t
member_rate(struct config_client *c, const config_setting_t *s, struct buf *why)
{
	return config_number(s, 1, CONFIG_RATE_MAX, why, &c->rate);
}

static err_t
member_burst(struct config_client *c, const config_setting_t *s,
             struct buf *why)
{
	return config_number(s, 1, CONFIG_RATE_MAX, why, &c->burst);
}

static err_t
member_enrollment(struct config_client *c, const config_setting_t *s,
                  struct buf *why)
{
	const char *word = config_text(s, why);

	if (!word)
		return E_MALFORMED;
	c->preregistered = strcmp(word, "preregistered") == 0;
	if (!c->preregistered && strcmp(word, "open") != 0)
		return config_refuse(why, s,
		                     "enrollment must be open or "
		                     "preregistered");
	return OK;
}

bool
config_preregistered(const struct config *c, struct bytes tenant)
{
	for (size_t i = 0; i < c->n_clients; i++)
		if (c->clients[i].preregistered &&
		    bytes_equal_str(tenant, c->clients[i].tenant))
			return true;
	return false;
}

static const struct {
	const char *name;
	client_member *read;
} members[] = {
	{ "san", member_san },           { "tenant", member_tenant },
	{ "roles", member_roles },       { "workflows", member_workflows },
	{ "channels", member_channels }, { "rate", member_rate },
	{ "burst", member_burst },       { "enrollment", member_enrollment },
};

static err_t
read_client_member(struct config_client *c, const config_setting_t *s,
                   struct buf *why)
{
	const char *name = config_setting_name(s);

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (strcmp(members[i].name, name) == 0)
			return members[i].read(c, s, why);
	return config_refuse(why, s, "unknown setting clients.%s", name);
}

static err_t
check_client(const struct config_client *c, const config_setting_t *s,
             struct buf *why)
{
	bool backend = c->roles & CLIENT_BACKEND;

	if (!c->san || c->roles == 0)
		return config_refuse(why, s, "a client needs san and roles");
	if (backend && (!c->tenant || c->workflows == 0))
		return config_refuse(why, s,
		                     "a backend needs tenant and workflows");
	if (!backend && (c->workflows || c->channels))
		return config_refuse(why, s,
		                     "workflows and channels are for backends");
	if (!backend && !(c->roles & CLIENT_OFFICER) && c->tenant)
		return config_refuse(why, s,
		                     "a tenant is for backends and officers");
	if (c->preregistered && !c->tenant)
		return config_refuse(why, s, "enrollment needs a tenant");
	return OK;
}

static err_t
read_client(struct config_tree *t, const config_setting_t *s, struct buf *why)
{
	if (t->config.n_clients == CONFIG_CLIENTS_MAX)
		return config_refuse(why, s, "more than %d clients",
		                     CONFIG_CLIENTS_MAX);
	if (!config_setting_is_group(s))
		return config_refuse(why, s,
		                     "a client must be a group { ... }");

	/* Counted now, so that config_list_release() frees its channels in any
	 * case. */
	struct config_client *c = &t->clients[t->config.n_clients++];
	c->rate = 100;
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(read_client_member(
		        c, config_setting_get_elem(s, (unsigned)i), why));
	TRY(check_client(c, s, why));
	if (c->burst == 0)
		c->burst = 2 * c->rate;
	for (const struct config_client *o = t->clients; o < c; o++)
		if (strcmp(o->san, c->san) == 0)
			return config_refuse(why, s, "san %s occurs twice",
			                     c->san);
	if (!c->channels)
		c->channels = strdup("");
	return c->channels ? OK : E_NOMEM;
}

static err_t
list_clients(struct config_tree *t, const config_setting_t *s, struct buf *why)
{
	if (!config_setting_is_list(s))
		return config_refuse(why, s, "clients must be a list ( ... )");
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(read_client(t, config_setting_get_elem(s, (unsigned)i),
		                why));
	return OK;
}

err_t
config_list(struct config_tree *t, const char *path, const config_setting_t *s,
            struct buf *why)
{
	if (strcmp(path, "clients") == 0)
		return list_clients(t, s, why);
	if (strcmp(path, "tenants") == 0)
		return config_tenants(t, s, why);
	return E_NOT_FOUND;
}

void
config_list_release(struct config_tree *t)
{
	for (size_t i = 0; i < t->config.n_clients; i++)
		free((void *)(uintptr_t)t->clients[i].channels);
}
