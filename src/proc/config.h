/*
 * config.h - the service's configuration: one libconfig file, one table.
 *
 * config.def lists every setting with its type, default, bounds and help text;
 * config_token.def lists the settings of each token.  The parser, `anchord
 * --help-config` and the table in the manual page are made from them.  The
 * supervisor gives every role the same text, and each role uses its part.  An
 * unknown setting is an error.
 */
#ifndef PROC_CONFIG_H
#define PROC_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define CONFIG_TEXT_MAX (1024 * 1024) /* bytes */
#define CONFIG_CLIENTS_MAX 1024
#define CONFIG_TOKENS_MAX 4
#define CONFIG_ROWS_MAX 32 /* in each list of a token */
#define CONFIG_ANCHORS_MAX 8
#define CONFIG_RENAMED_MAX (1 + 2 * CONFIG_TOKENS_MAX)

enum client_role {
	CLIENT_BACKEND = 1,
	CLIENT_OFFICER = 2,
	CLIENT_AUDITOR = 4,
	CLIENT_MONITOR = 8,
};

/* The memory that all fronts share has units of this many bytes: one for each
 * client and one for all certificates that name none, then for each tenant
 * one and OUTSTANDING_UNITS. */
#define QUOTA_MARK_SIZE 64
#define OUTSTANDING_UNITS 8

/* One row of `clients`: a certificate's name and its rights. */
struct config_client {
	const char *san;      /* "URI:..." or "DNS:...", compared exactly */
	const char *tenant;   /* backends only */
	unsigned roles;       /* CLIENT_ bits */
	uint16_t workflows;   /* bits of enum workflow */
	const char *channels; /* comma-separated; "" for any */
	uint32_t rate;        /* requests a second */
	uint32_t burst;
	bool preregistered;    /* the tenant enrols listed devices alone */
	uint32_t tenant_index; /* in config.tenants; CONFIG_NO_TENANT: none */
};

#define CONFIG_NO_TENANT UINT32_MAX

/* What all clients of a tenant share: a row of `tenants`, or the defaults in
 * `limits`.  Each tenant of a client has one. */
struct config_tenant {
	const char *name;
	uint32_t rate; /* requests a second; 0: no limit */
	uint32_t burst;
	uint32_t outstanding;  /* challenges; 0: no limit */
	uint32_t overdue_days; /* without attestation; 0: none is overdue */
};

/* One token.  Each token has a key holder process of its own. */
struct config_token {
#define TOKEN_TEXT(member, name, fallback, help) const char *member;
#define TOKEN_NUMBER(member, name, fallback, least, most, help) uint32_t member;
#define TOKEN_LIST(member, name, help) \
	const char *const *member; /* NULL at the end */
#include "proc/config_token.def"
#undef TOKEN_TEXT
#undef TOKEN_NUMBER
#undef TOKEN_LIST
	bool in_tpm; /* uri has the scheme "tpm2:" */
};

/* A row of `trust.anchors`. */
struct config_anchor {
	const char *file;
	unsigned purposes; /* ANCHOR_BIT()s */
};

/* The name by which the file of anchors i is handed to a verifier. */
const char *config_anchor_name(size_t i);

/* A setting that was given by its old name. */
struct config_renamed {
	const char *group, *old_name, *new_name;
	unsigned line;
};

struct config {
#define CONFIG_TEXT(member, path, fallback, help) const char *member;
#define CONFIG_NUMBER(member, path, fallback, least, most, help) \
	uint32_t member;
#include "proc/config.def"
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	size_t n_anchors;
	const struct config_anchor *anchors;
	size_t n_renamed;
	struct config_renamed renamed[CONFIG_RENAMED_MAX];
	size_t n_clients;
	const struct config_client *clients;
	size_t n_tenants; /* at most n_clients */
	const struct config_tenant *tenants;
	size_t n_tokens;                   /* 1 to CONFIG_TOKENS_MAX */
	bool listed_tokens;                /* given as `tokens`, not `token` */
	const struct config_token *tokens; /* the most preferred is the first */
};

/* E_MALFORMED: why contains the line and the cause.  E_NOMEM. */
MUST_CHECK err_t config_parse(struct bytes text, struct buf *why,
                              struct config **ret_config);
void config_free(struct config *config); /* accepts NULL */
DEFINE_AUTO(struct config *, config_free);

/* Units of QUOTA_MARK_SIZE in the memory that all fronts share. */
size_t config_quota_units(const struct config *config);

/* trust.governance is "officers". */
bool config_has_officers(const struct config *config);

/* True if one row of the tenant says so: then only preregistered devices enrol. */
bool config_preregistered(const struct config *config, struct bytes tenant);

/* trust.genesis_sha256 as bytes; zeros without officers. */
void config_genesis(const struct config *config,
                    uint8_t ret_digest[static HASH_SIZE]);

/* Appends the table of all settings as text, for --help-config. */
void config_help(struct buf *out);

#endif
