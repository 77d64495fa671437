/*
 * verb_token.h - what the verb_token_*.c files share: PINs in, facts out.
 */
#ifndef ANCHORCTL_VERB_TOKEN_H
#define ANCHORCTL_VERB_TOKEN_H

#include "proc/config.h"
#include "hsm/admin/admin.h"
#include "base/secret.h"
#include "provisioning/anchorctl/verb.h"

/*
 * The PIN of a file (secret.h's rules), or asked on the terminal without echo
 * when path is NULL; twice, when it is a new one.  On failure the message is
 * printed.
 */
MUST_CHECK err_t token_pin(const struct cli *cli, const char *path,
                           const char *what, bool new_pin,
                           struct secret **ret_pin);

/* The token that --config and --name mean.  VERB_GOOD, or the status to leave with
 * (the message is printed); *ret_config is to be freed in any case. */
int token_config(const struct cli *cli, struct config **ret_config,
                 const struct config_token **ret_token);

/* The module of the token must meet what it meets in the key holder. */
int token_environment(const struct cli *cli, const struct config_token *token);

/* --module, --token (or label) and --serial as a name. */
struct hsm_token_name token_name(const struct cli *cli,
                                 const char *label_option);

/* Prints "why" for a failure of hsm/admin/admin.h; gives the exit status. */
int token_fail(const struct cli *cli, err_t err, struct buf *why);

/* The public half in PEM; its SHA-256 in hex, as token.public_sha256 has it. */
MUST_CHECK err_t token_pem(struct bytes spki, struct buf *out);
void token_pin_of(struct bytes spki, struct buf *out);

json_t *token_json(const struct hsm_token *token);
void token_print(const struct hsm_token *token);

#endif
