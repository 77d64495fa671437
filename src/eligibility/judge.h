/*
 * judge.h - the parts of the judge.  Only the judge's files include it.
 */
#ifndef ELIGIBILITY_JUDGE_H
#define ELIGIBILITY_JUDGE_H

#include "eligibility/rollout.h"

/* What is judged, found once. */
struct judging {
	const struct rollout *rollout;
	const struct eligibility_ask *ask;
	size_t channel;                /* or ROLLOUT_NONE */
	const struct release *release; /* or NULL */
	struct buf *say; /* the values of the rule at hand, or NULL */
	struct eligibility_answer *answer;
};

enum finding {
	RULE_PASSES,
	RULE_REFUSES,
	RULE_NOT_ASKED, /* it says nothing about this ask */
};

#define JUDGE_SAY_MAX 1024 /* bytes of the values of one rule */

/* Appends to say, if there is one. */
void judge_say(struct judging *j, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Waiting so long helps; of several rules the longest counts. */
void judge_wait(struct judging *j, uint64_t seconds);

bool judge_in_group(const struct judging *j, size_t group);

/* Each rule of the table in judge.c. */
typedef enum finding rule_fn(struct judging *j);
rule_fn judge_stop, judge_channel, judge_deny, judge_allow, judge_release,
        judge_withdrawn, judge_hold, judge_pin, judge_build, judge_stage,
        judge_window, judge_limits;

#endif
