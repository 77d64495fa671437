/*
 * verb_result_dpop.h - the options --dpop of `result verify`: is the requester
 * still the device that the result is about?
 */
#ifndef ANCHORCTL_VERB_RESULT_DPOP_H
#define ANCHORCTL_VERB_RESULT_DPOP_H

#include "base/auto.h"
#include "provisioning/anchorctl/verb_verify.h"

#define RESULT_DPOP_OPTIONS                                                   \
	{ "dpop", "FILE", false, "the request's DPoP proof (RFC 9449)" },     \
	        { "method", "M", false, "the request's method, for --dpop" }, \
	        { "url", "URL", false, "the request's URL, for --dpop" },     \
	{                                                                     \
		"dpop-age", "SECONDS", false, "accepted age of the proof: 60" \
	}

struct result_dpop {
	bool asked; /* --dpop was given */
	struct buf proof;
	const char *method, *url;
	uint64_t age_s;
};

/* Reads the options and the proof.  VERB_GOOD; otherwise the exit status (the
 * message was printed).  The caller releases it in any case. */
int result_dpop_read(struct cli *cli, struct result_dpop *ret);
void result_dpop_release(struct result_dpop *d);
DEFINE_AUTO_REF(struct result_dpop, result_dpop_release);

/* Judges the proof for a result that is eligible, and prints the verdict with the
 * claims of the result.  Takes ownership of answer. */
int result_dpop_judge(struct cli *cli, const struct result_dpop *d,
                      const struct verify_input *in, json_t *answer);

#endif
