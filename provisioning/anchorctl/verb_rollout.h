/*
 * verb_rollout.h - what the `anchorctl rollout` verbs share.
 */
#ifndef ANCHORCTL_VERB_ROLLOUT_H
#define ANCHORCTL_VERB_ROLLOUT_H

#include "eligibility/eligibility.h"
#include "provisioning/anchorctl/verb.h"

/* Reads and parses the file that is the first argument.  VERB_GOOD, or another
 * status after a message that has file, line, setting and remedy. */
MUST_CHECK int rollout_read(const struct cli *cli,
                            struct rollout **ret_rollout);

/* --at, or now, in seconds.  VERB_USAGE after a message. */
MUST_CHECK int rollout_at(const struct cli *cli, uint64_t *ret_at_s);

/* Options that explain and simulate have, and what they say of a device. */
#define ROLLOUT_DEVICE_OPTIONS                                                 \
	{ "channel", "NAME", false, "the channel that is asked for" },         \
	        { "release", "NAME", false, "the release that is asked for" }, \
	        { "format", "NAME", false,                                     \
		  "the format of the device's evidence" },                     \
	        { "enrolled", "RFC3339", false,                                \
		  "when the device was enrolled" },                            \
	        { "fact", "NAME=VALUE...", false,                              \
		  "a fact of the evidence: a number, or hex: and hex "         \
		  "digits" },                                                  \
	        { "finished", "N", false,                                      \
		  "devices that show the release's build" },                   \
	{                                                                      \
		"at", "RFC3339", false, "judge as of this time"                \
	}

/* Reads them; facts is where ret_ask->facts will point.  VERB_GOOD, or
 * VERB_USAGE after a message. */
MUST_CHECK int rollout_device(const struct cli *cli, struct facts *facts,
                              struct eligibility_ask *ret_ask);

/* A number option; 0 if it is not there. */
MUST_CHECK int rollout_number(const struct cli *cli, const char *name,
                              uint64_t *ret_number);

/* The codes of a set of reasons, as a JSON array. */
json_t *rollout_reasons(reason_set reasons);

#endif
