/*
 * verb_token.h - shared by the verb_token_*.c files: PINs, token facts.
 */
#ifndef ANCHORCTL_VERB_TOKEN_H
#define ANCHORCTL_VERB_TOKEN_H

#include "proc/config.h"
#include "hsm/admin/admin.h"
#include "base/secret.h"
#include "provisioning/anchorctl/verb.h"

/*
 * Reads the PIN from a file (by the rules of secret.h), or asks for it on the
 * terminal without echo if path is NULL; twice for a new PIN.  A failure is
 * printed.
 */
MUST_CHECK err_t token_pin(const struct cli *cli, const char *path,
                           const char *what, bool new_pin,
                           struct secret **ret_pin);

/* The secret in the file that an option names; NULL without it.  token_owner(): of
 * --owner-file, the authorisation value of a TPM's owner. */
MUST_CHECK err_t token_value(const struct cli *cli, const char *option,
                             const char *what, struct secret **ret_value);
MUST_CHECK err_t token_owner(const struct cli *cli, struct secret **ret_owner);

/* The service's configuration, --config.  VERB_GOOD; otherwise the exit status
 * (the message was printed). */
int token_config_read(const struct cli *cli, struct config **ret_config);

/* The token that --config and --name select.  VERB_GOOD; otherwise the exit
 * status (the message was printed).  The caller frees *ret_config in any
 * case. */
int token_config(const struct cli *cli, struct config **ret_config,
                 const struct config_token **ret_token);

/* Sets the variables of token.environment, as the key holder does, and takes those of
 * the token before back.  Whoever works on several tokens calls it before each. */
int token_environment(const struct cli *cli, const struct config_token *token);

/* --uri, or --module, --token (or label) and --serial, as a name. */
struct hsm_token_name token_name(const struct cli *cli,
                                 const char *label_option);

/* Prints the cause of a failure of hsm/admin/admin.h; returns the exit
 * status. */
int token_fail(const struct cli *cli, err_t err, struct buf *why);

/* Append the public half in PEM, and the SHA-256 of its SubjectPublicKeyInfo in
 * hex. */
MUST_CHECK err_t token_pem(struct bytes spki, struct buf *out);
void token_pin_of(struct bytes spki, struct buf *out);

json_t *token_json(const struct hsm_token *token);
void token_print(const struct hsm_token *token);

/* Prints the token as the verb's whole answer; returns the exit status. */
int token_say(const struct cli *cli, const struct hsm_token *token);

/* Appends the ownership of a TPM as a line without its end. */
void token_put_ownership(const struct hsm_ownership *o, struct buf *out);

#endif
