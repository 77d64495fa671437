/*
 * verb_trust.h - shared by the verbs about the trust bundle: values of the
 * command line, and how digests and times are said.
 */
#ifndef ANCHORCTL_VERB_TRUST_H
#define ANCHORCTL_VERB_TRUST_H

#include "provisioning/anchorctl/trust_signatures.h"
#include "provisioning/anchorctl/verbs.h"
#include "trust/words.h"

/* Values that may be missing: then *ret keeps what it has.  VERB_GOOD, or
 * VERB_USAGE after a message. */
int trust_time_option(const struct cli *cli, const char *name,
                      uint64_t *ret_at_s);
int trust_number_option(const struct cli *cli, const char *name, uint32_t most,
                        uint32_t *ret_number);
int trust_hash_option(const struct cli *cli, const char *name,
                      uint8_t ret_hash[static HASH_SIZE], bool *ret_given);

/* A name for a row of a bundle, which will also be a file's; a message is
 * printed when it is none. */
int trust_check_name(const struct cli *cli, const char *name);

/* Which of the words it is; *ret_i is that one's number.  False: none. */
bool trust_word_of(const char *(*word)(unsigned i), const char *text,
                   unsigned *ret_i);

/* "  digest     5891...", and the same in words. */
void trust_say_digest(const char *name, const uint8_t digest[static HASH_SIZE]);
void trust_say_time(const char *name, uint64_t at_s);
/* Version, change, times and digest of a bundle. */
void trust_say_head(const struct bundle *b);

/* New references. */
json_t *trust_hash_json(const uint8_t hash[static HASH_SIZE]);
json_t *trust_head_json(const struct bundle *b);

/* An officer's key as `ssh-keygen -l` shows it. */
void trust_put_fingerprint(const struct officer *o, struct buf *out);

/* A key in a token by --uri, --module and --pin-file.  VERB_GOOD; otherwise the
 * exit status (the message was printed). */
int trust_token_key(const struct cli *cli, struct ssh_key *ret_key);

/* Options of a verb that stores an SSH signature: by a key in a token, or made
 * elsewhere. */
#define TRUST_SIGN_OPTIONS                                                  \
	{ "uri", "URI", false, "sign with this key in a token (pkcs11:)" }, \
	        { "module", "PATH", false, "its PKCS#11 module" },          \
	        { "pin-file", "FILE", false,                                \
		  "its PIN; else it is asked for" },                        \
	{                                                                   \
		"signature", "FILE", false, "what ssh-keygen -Y sign made"  \
	}

/* Signs a text in an SSH namespace with the key of trust_token_key(), and appends
 * what `ssh-keygen -Y sign` would write.  VERB_GOOD; otherwise the exit status
 * (the message was printed). */
int trust_token_sign(const struct cli *cli, const struct ssh_key *key,
                     const char *name_space, struct bytes text,
                     struct buf *signature);

#endif
