/*
 * verb_verify.h - shared by `challenge verify` and `result verify`: reads keys
 * and a token from files and a time, and prints the answer.
 */
#ifndef ANCHORCTL_VERB_VERIFY_H
#define ANCHORCTL_VERB_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "crypto/keys/keyring.h"
#include "provisioning/anchorctl/verb.h"

/* The options of both verbs; verify_options[] has no others. */
#define VERIFY_OPTIONS                                                         \
	{ "keys", "JWKS", true, "the pinned keys, from pins show --jwks" },    \
	        { "issuer", "NAME", false, "require this issuer (iss)" },      \
	{                                                                      \
		"at", "RFC3339", false, "check times as of this time, not now" \
	}
extern const struct verb_option verify_options[];

struct verify_input {
	struct keyring *ring;
	struct buf token; /* the whole content of FILE */
	uint64_t now_s;
	const char *issuer; /* NULL: any */
};

/* Reads --keys, FILE and --at.  VERB_GOOD; otherwise the exit status (the
 * message was printed).  The caller releases the input in any case. */
int verify_read(struct cli *cli, size_t ceiling, struct verify_input *input);
void verify_release(struct verify_input *input);
DEFINE_AUTO_REF(struct verify_input, verify_release);

/* Removes the line ends that editors and shells write behind a text.  Not for CBOR,
 * whose last byte may be that of a line end. */
void verify_trim_text(struct buf *token);

/* verify_issuer(): iss is the required issuer.  verify_is_early(): iat lies
 * ahead of now by more than the accepted clock skew. */
bool verify_issuer(const struct verify_input *input, struct bytes iss);
bool verify_is_early(const struct verify_input *input, uint64_t iat_s);

/* Prints {"verdict": verdict, more...} as JSON, or as one line for each
 * member.  Takes ownership of more, which may be NULL.  Returns code. */
int verify_answer(struct cli *cli, const char *verdict, json_t *more, int code);

#endif
