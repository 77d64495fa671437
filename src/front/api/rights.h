/*
 * rights.h - from a certificate's names to a configured client.
 *
 * Pure.  A certificate speaks for a client when exactly one of its URI and DNS
 * names equals, byte for byte, the san of exactly one row; several matches are
 * no match, and the subject's common name is never looked at.
 */
#ifndef FRONT_API_RIGHTS_H
#define FRONT_API_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "proc/config.h"
#include "wire/terms.h"

/* The names of one certificate, "URI:..." or "DNS:...", no other kind. */
struct rights_names {
	size_t count;
	const struct bytes *names;
};

/* The row's index in config->clients, or config->n_clients for none. */
size_t rights_client(const struct config *config, struct rights_names names);

bool rights_workflow(const struct config_client *client, enum workflow w);

/* An empty list of channels allows any. */
bool rights_channel(const struct config_client *client, struct bytes channel);

#endif
