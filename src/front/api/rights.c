/*
 * rights.c - see rights.h.
 */
#include "front/api/rights.h"

#include <string.h>

#include "base/auto.h"

size_t
rights_client(const struct config *config, struct rights_names names)
{
	size_t found = config->n_clients;
	unsigned matches = 0;

	for (size_t i = 0; i < config->n_clients; i++)
		for (size_t k = 0; k < names.count; k++)
			if (bytes_equal_str(names.names[k],
			                    config->clients[i].san)) {
				found = i;
				matches++;
			}

	/* ambiguous */
	return matches == 1 ? found : config->n_clients;
}

bool
rights_workflow(const struct config_client *client, enum workflow w)
{
	return (unsigned)w < WORKFLOW_COUNT &&
	       (client->workflows & (1u << (unsigned)w)) != 0;
}

bool
rights_channel(const struct config_client *client, struct bytes channel)
{
	const char *at = client->channels;

	if (!at || *at == '\0')
		return true;

	for (;;) {
		size_t len = strcspn(at, ",");

		if (bytes_equal(channel, bytes_of(at, len)))
			return true;
		if (at[len] == '\0')
			return false;
		at += len + 1;
	}
}
