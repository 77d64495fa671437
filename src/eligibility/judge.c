/*
 * judge.c - the rules, in one table.
 *
 * Every rule is asked, so that an answer has every reason; but the limits are
 * asked last and only of a device that nothing else holds back, because asking
 * them means that the device will be counted.
 */
#include "eligibility/judge.h"

struct rule {
	const char *name;
	rule_fn *fn;
	enum reason reason;
	bool last; /* asked only when nothing refused */
};

static const struct rule rules[] = {
	{ "stop", judge_stop, REASON_ROLLOUT_STOPPED, false },
	{ "channel", judge_channel, REASON_CHANNEL_DENIED, false },
	{ "deny", judge_deny, REASON_CHANNEL_DENIED, false },
	{ "allow", judge_allow, REASON_CHANNEL_DENIED, false },
	{ "release", judge_release, REASON_ROLLOUT_NOT_REACHED, false },
	{ "withdrawn", judge_withdrawn, REASON_RELEASE_WITHDRAWN, false },
	{ "hold", judge_hold, REASON_ROLLOUT_HELD, false },
	{ "pin", judge_pin, REASON_ROLLOUT_HELD, false },
	{ "build", judge_build, REASON_BUILD_STEP, false },
	{ "stage", judge_stage, REASON_ROLLOUT_NOT_REACHED, false },
	{ "window", judge_window, REASON_ROLLOUT_WINDOW, false },
	{ "limits", judge_limits, REASON_ROLLOUT_LIMIT, true },
};

static const char *
finding_word(enum finding f)
{
	switch (f) {
	case RULE_PASSES:
		return "passes";
	case RULE_REFUSES:
		return "refuses";
	case RULE_NOT_ASKED:
		break;
	}
	return "is not asked";
}

static void
ask_rule(struct judging *j, const struct rule *rule, struct buf *say)
{
	AUTO(buf_release) struct buf values = buf_of(JUDGE_SAY_MAX);
	enum finding f;

	j->say = say ? &values : NULL;
	f = rule->last && j->answer->reasons != 0 ? RULE_NOT_ASKED
	                                          : rule->fn(j);
	if (f == RULE_REFUSES)
		j->answer->reasons |= reason_bit(rule->reason);
	if (say)
		buf_printf(say, "%s %s%s%s\n", rule->name, finding_word(f),
		           values.len > 0 ? ": " : "", buf_str(&values));
}

/* Finds channel and release.  A release whose channel was not named is that of
 * the only channel that has it. */
static void
find_rows(struct judging *j)
{
	const struct eligibility_ask *a = j->ask;

	j->channel = ROLLOUT_NONE;
	if (!j->rollout)
		return;
	if (a->channel.len > 0) {
		j->channel = rollout_channel_find(j->rollout, a->channel);
		if (j->channel == ROLLOUT_NONE)
			return;
	}
	if (a->release.len == 0)
		return;
	j->release = rollout_release_find(j->rollout, j->channel, a->release);
	if (j->release)
		j->channel = j->release->channel;
}

/* Reasons that no waiting mends. */
static const reason_set for_good = (reason_set)1 << REASON_ROLLOUT_STOPPED |
                                   (reason_set)1 << REASON_CHANNEL_DENIED |
                                   (reason_set)1 << REASON_RELEASE_WITHDRAWN |
                                   (reason_set)1 << REASON_ROLLOUT_HELD |
                                   (reason_set)1 << REASON_BUILD_STEP;

void
eligibility_judge(const struct rollout *r, const struct eligibility_ask *ask,
                  struct buf *say, struct eligibility_answer *ret_answer)
{
	struct eligibility_answer answer = { .group = "", .stage = "" };
	struct judging j = { .rollout = r, .ask = ask, .answer = &answer };

	find_rows(&j);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		ask_rule(&j, &rules[i], say);
	if (answer.reasons == 0 || (answer.reasons & for_good) != 0)
		answer.retry_after_s = 0;
	*ret_answer = answer;
}
