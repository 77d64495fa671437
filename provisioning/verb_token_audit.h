/*
 * verb_token_audit.h - the report of an audit: made once, as JSON; the text is
 * made from it, so that both say the same.
 *
 *     { profile, verdict, [warning], token, mechanisms, keys, findings, counts }
 */
#ifndef VERB_TOKEN_AUDIT_H
#define VERB_TOKEN_AUDIT_H

#include "hsm_audit.h"
#include "verb_token.h"

/* verb_token_audit_json.c: each makes one part of the report. */
json_t *audit_token_json(const struct audit_token *token);
json_t *audit_mechanism_json(const struct audit_mechanism *mechanism);
json_t *audit_key_json(const struct audit_key *key);
json_t *audit_finding_json(enum audit_code code, enum audit_profile profile,
                           const struct audit_key *key, const char *detail);

/* verb_token_audit_text.c: the whole report for people. */
void audit_print(const json_t *report);

#endif
