/*
 * judge_release.c - what: stops, the release itself, holds, builds, limits.
 */
#include "eligibility/judge.h"

/* --- emergency stop ------------------------------------------------------- */

enum finding
judge_stop(struct judging *j)
{
	const struct eligibility_usage *u = &j->ask->usage;

	if (j->ask->release.len == 0)
		return RULE_NOT_ASKED;
	for (size_t i = 0; i < u->n_stops; i++)
		if (!j->release ||
		    !rollout_row_lifts(j->release, u->stops[i])) {
			judge_say(j, "a stop is in force that no rollout file "
			             "lifts");
			return RULE_REFUSES;
		}
	if (u->n_stops > 0)
		judge_say(j, "the file lifts all %zu stops", u->n_stops);
	return RULE_PASSES;
}

/* --- the release ---------------------------------------------------------- */

enum finding
judge_release(struct judging *j)
{
	if (!j->rollout || j->ask->release.len == 0)
		return RULE_NOT_ASKED;
	if (j->release)
		return RULE_PASSES;
	judge_say(j, j->channel != ROLLOUT_NONE || j->ask->channel.len > 0
	                     ? "the file does not have it in this channel"
	                     : "no channel or several channels have it, and "
	                       "none was named");
	return RULE_REFUSES;
}

enum finding
judge_withdrawn(struct judging *j)
{
	if (!j->release)
		return RULE_NOT_ASKED;
	if (!j->release->withdrawn)
		return RULE_PASSES;
	judge_say(j, "%s", j->release->withdrawn_reason);
	return RULE_REFUSES;
}

static bool
is_held(struct judging *j, const struct hold *hold, const char *what)
{
	if (!hold->set)
		return false;
	judge_say(j, "%s holds the %s%s: %s", hold->owner, what,
	          hold_is_overdue(hold, j->ask->now_s)
	                  ? ", longer than its alarm"
	                  : "",
	          hold->reason);
	return true;
}

enum finding
judge_hold(struct judging *j)
{
	bool held;

	if (j->channel == ROLLOUT_NONE)
		return RULE_NOT_ASKED;
	held = is_held(j, &j->rollout->channels[j->channel].hold, "channel");
	if (!held && j->release)
		held = is_held(j, &j->release->hold, "release");
	return held ? RULE_REFUSES : RULE_PASSES;
}

/* --- builds --------------------------------------------------------------- */

static bool
may_downgrade(const struct judging *j)
{
	const struct downgrade *d = &j->release->downgrade;

	if (!j->release->has_downgrade || j->ask->now_s >= d->until_s)
		return false;
	for (size_t i = 0; i < d->groups.n; i++)
		if (judge_in_group(j, d->groups.at[i]))
			return true;
	return false;
}

/* The first step above a build; 0: there is none. */
static uint64_t
next_step(const struct channel *c, uint64_t build)
{
	for (size_t i = 0; i < c->n_steps; i++)
		if (c->steps[i] > build)
			return c->steps[i];
	return 0;
}

static enum finding
judge_from(struct judging *j, const struct channel *c, uint64_t build)
{
	const struct release *row = j->release;
	uint64_t least = row->minimum_build > c->minimum_build
	                         ? row->minimum_build
	                         : c->minimum_build;
	uint64_t step = next_step(c, build);

	judge_say(j, "the device has %llu, the release %llu",
	          (unsigned long long)build, (unsigned long long)row->build);
	if (build < least) {
		judge_say(j, "; the least build is %llu",
		          (unsigned long long)least);
		return RULE_REFUSES;
	}
	if (step != 0 && row->build > step) {
		judge_say(j, "; the step %llu comes first",
		          (unsigned long long)step);
		return RULE_REFUSES;
	}
	if (row->build < build) {
		bool may = may_downgrade(j);

		judge_say(j, may ? "; a downgrade is granted"
		                 : "; a device never goes back");
		return may ? RULE_PASSES : RULE_REFUSES;
	}
	return RULE_PASSES;
}

enum finding
judge_build(struct judging *j)
{
	const struct channel *c;
	const struct fact *f;

	if (!j->release)
		return RULE_NOT_ASKED;
	c = &j->rollout->channels[j->channel];
	if (c->build[0] == '\0')
		return RULE_NOT_ASKED;
	f = j->ask->facts ? facts_find(j->ask->facts, bytes_of_str(c->build))
	                  : NULL;
	if (!f || !fact_rule_counts(f->rule)) {
		judge_say(j, "the evidence does not show %s", c->build);
		return RULE_REFUSES;
	}
	return judge_from(j, c, f->number);
}

/* --- limits --------------------------------------------------------------- */

/* A device that holds a permit is not counted again; it may ask as often as it
 * likes. */
enum finding
judge_limits(struct judging *j)
{
	const struct eligibility_usage *u = &j->ask->usage;
	struct rollout_limits l;

	if (!j->release)
		return RULE_NOT_ASKED;
	l = j->release->has_limits ? j->release->limits
	                           : j->rollout->channels[j->channel].limits;
	if (l.permit_s == 0 && rollout_gate(j->release) == 0)
		return RULE_NOT_ASKED;
	j->answer->counts = true;
	if (u->permitted) {
		judge_say(j, "the device holds a permit");
		return RULE_PASSES;
	}
	if (l.attempts != 0 && u->attempts >= l.attempts) {
		judge_say(j, "the device had %llu attempts",
		          (unsigned long long)u->attempts);
		return RULE_REFUSES;
	}
	if (l.cooldown_s != 0 && u->last_attempt_s != 0 &&
	    j->ask->now_s < u->last_attempt_s + l.cooldown_s) {
		judge_say(j, "the device's last attempt was %llu s ago",
		          (unsigned long long)(j->ask->now_s -
		                               u->last_attempt_s));
		judge_wait(j, u->last_attempt_s + l.cooldown_s - j->ask->now_s);
		return RULE_REFUSES;
	}
	if (l.concurrent != 0 && u->running >= l.concurrent) {
		judge_say(j, "%llu devices hold permits",
		          (unsigned long long)u->running);
		judge_wait(j, l.permit_s);
		return RULE_REFUSES;
	}
	if (l.rate != 0 && u->started >= l.rate) {
		judge_say(j, "%llu devices began within %llu s",
		          (unsigned long long)u->started,
		          (unsigned long long)l.period_s);
		judge_wait(j, l.period_s);
		return RULE_REFUSES;
	}
	judge_say(j, "%llu devices hold permits",
	          (unsigned long long)u->running);
	return RULE_PASSES;
}
