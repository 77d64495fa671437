/*
 * verb_token_audit.h - the report of an audit.  It is composed once, as JSON,
 * and the text is made from that, so that both agree.
 *
 *     { audit, profile, verdict, [warning], [module], token, mechanisms, keys,
 *       [configuration], findings, counts }
 */
#ifndef ANCHORCTL_VERB_TOKEN_AUDIT_H
#define ANCHORCTL_VERB_TOKEN_AUDIT_H

#include "proc/config.h"
#include "hsm/audit/audit.h"
#include "hsm/admin/rotate.h"
#include "crypto/pins/pins.h"
#include "provisioning/anchorctl/trust_chain_file.h"
#include "provisioning/anchorctl/verb_token.h"

/* verb_token_audit_json.c: the parts of the report. */
json_t *audit_token_json(const struct audit_token *token);
json_t *audit_mechanism_json(const struct audit_mechanism *mechanism);
json_t *audit_key_json(const struct audit_key *key);
json_t *audit_finding_json(enum audit_code code, enum audit_profile profile,
                           const struct audit_key *key, const char *detail);

/* verb_token_audit_text.c: prints the report as text. */
void audit_print(const json_t *report);

/* verb_token_audit_what.c: the token to audit, from the command line or the
 * configuration. */
struct audit_what {
	const struct cli *cli;
	struct config *config; /* --config; or NULL */
	const struct config_token *of;
	struct pins *pins; /* the configuration's, or the bundle's */
	/* With officers: */
	struct chain_file chain;
	struct bundle *bundle; /* the last; NULL: the chain is refused */
	char refusal[AUDIT_DETAIL_MAX]; /* then: why */
	const char *uri;                /* a TPM; or NULL */
	const char *path;               /* the module as given */
	char *file;                     /* the file after resolving links */
	uint8_t sha256[HASH_SIZE];
	struct hsm_key_place in_config; /* the parts of its URI */
	struct hsm_token_name name;
};
void audit_what_release(struct audit_what *w);
DEFINE_AUTO_REF(struct audit_what, audit_what_release);

/* VERB_GOOD; otherwise the exit status (the message was printed). */
int audit_what_find(const struct cli *cli, struct audit_what *w);

/* The URIs of the pinned keys of the configuration's TPM that have not ended,
 * borrowed from w; returns their number, 0 for another device. */
size_t audit_what_pinned(const struct audit_what *w,
                         const char *ret_uris[static PINS_MAX]);
json_t *audit_module_json(const struct audit_what *w);

/* verb_token_audit_config.c: compares the keys found with those of the
 * configuration. */
struct audit_seen_keys;
struct audit_seen_keys *audit_seen_new(void);
void audit_seen_free(struct audit_seen_keys *seen); /* accepts NULL */
void audit_seen_add(struct audit_seen_keys *seen, const struct audit_key *key);
void audit_compare(const struct audit_what *w,
                   const struct audit_seen_keys *seen,
                   const struct audit_ops *ops, bool logged_in);
json_t *audit_config_json(const struct audit_what *w);

/* verb_token_audit_trust.c: the trust bundle of the configuration, whose keys are
 * then w->pins; and what the token stores of trust, compared with it.  VERB_GOOD;
 * otherwise the exit status (the message was printed). */
int audit_bundle_read(struct audit_what *w);
int audit_compare_trust(const struct audit_what *w, const struct secret *pin,
                        const struct audit_ops *ops, bool logged_in);

#endif
