/*
 * rights.h - finds the configured client of a certificate.
 *
 * A certificate belongs to a client when exactly one of its URI and DNS names
 * (subjectAltName, RFC 5280 section 4.2.1.6) equals, byte for byte, the san of
 * exactly one row.  Several matches count as none, and the subject's common
 * name is ignored.
 */
#ifndef FRONT_API_RIGHTS_H
#define FRONT_API_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "proc/config.h"
#include "wire/terms.h"

/* The names of a certificate, only "URI:..." and "DNS:...". */
struct rights_names {
	size_t count;
	const struct bytes *names;
};

/* The index in config->clients; config->n_clients: none. */
size_t rights_client(const struct config *config, struct rights_names names);

bool rights_workflow(const struct config_client *client, enum workflow w);

/* A client without a list of channels may use any. */
bool rights_channel(const struct config_client *client, struct bytes channel);

#endif
