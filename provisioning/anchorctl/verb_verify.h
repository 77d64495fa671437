/*
 * verb_verify.h - what `challenge verify` and `result verify` share: keys and
 * a token from files, a time, and an answer for people or for programs.
 */
#ifndef ANCHORCTL_VERB_VERIFY_H
#define ANCHORCTL_VERB_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "crypto/keys/keyring.h"
#include "provisioning/anchorctl/verb.h"

/* The options of both verbs. */
extern const struct verb_option verify_options[];

struct verify_input {
	struct keyring *ring;
	struct buf token; /* without white space at its end */
	uint64_t now_s;
	const char *issuer; /* NULL: any */
};

/* Reads --keys, FILE and --at.  Gives VERB_GOOD, or the status to leave with
 * (the message is printed).  Release the input in any case. */
int verify_read(struct cli *cli, size_t ceiling, struct verify_input *input);
void verify_release(struct verify_input *input);
DEFINE_AUTO_REF(struct verify_input, verify_release);

/* Is that the issuer that was asked for?  Is that later than now, by more than
 * clocks differ? */
bool verify_issuer(const struct verify_input *input, struct bytes iss);
bool verify_is_early(const struct verify_input *input, uint64_t iat_s);

/* Prints {"verdict": verdict, more...}: JSON, or a line a member.  Takes more,
 * which may be NULL.  Gives code. */
int verify_answer(struct cli *cli, const char *verdict, json_t *more, int code);

#endif
