/*
 * client.h - a configured client and the state of its limits.
 */
#ifndef FRONT_CLIENT_H
#define FRONT_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "front/outbox.h"
#include "front/quota.h"

struct config_client;
struct tenant;

struct client {
	const struct config_client *config; /* NULL: the unknown clients */
	struct tenant *tenant; /* for which it acts; NULL: not a backend */
	size_t lane;           /* in every outbox: its tenant's, or its own */
	struct quota quota;
	uint32_t refused;             /* refused since the last sweep */
	uint32_t released;            /* connections released in this sweep */
	uint32_t under_way, readings; /* open questions: pending.c */
	struct outbox_window judged;  /* without a tenant: as a tenant's */
	uint64_t turn; /* last iteration with a share, and its bytes */
	size_t turn_bytes;
	size_t kept; /* bytes kept for its connections: flow.c */
};

#endif
