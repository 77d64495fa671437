/*
 * judge_stage.c - how far: stages and shares.
 */
#include "eligibility/judge.h"

#include "base/clock.h"
#include "crypto/hmac.h"

/* The threshold of a share: percent / 100 * 2^64, rounded down; a share of all
 * is decided before. */
static uint64_t
threshold_of(uint32_t percent)
{
	return (uint64_t)(((unsigned __int128)percent << 64) / ROLLOUT_ALL);
}

uint64_t
eligibility_place(const uint8_t seed[static HASH_SIZE], struct bytes handle)
{
	uint8_t mac[HASH_SIZE];
	struct reader r = reader_of(bytes_of(mac, sizeof(mac)));

	hmac_sha256(bytes_of(seed, HASH_SIZE), handle, mac);
	return reader_u64(&r);
}

static bool
is_reached(uint32_t percent, uint64_t place)
{
	return percent == ROLLOUT_ALL || place < threshold_of(percent);
}

/* --- where the rollout is ------------------------------------------------- */

static bool
is_open(const struct judging *j, const struct stage *st)
{
	return !st->closed && j->ask->usage.finished >= st->after_devices;
}

/* The share of a stage that has begun; `before` is that of the stage before. */
static uint32_t
share_now(const struct stage *st, uint32_t before, uint64_t now_s)
{
	uint64_t gone = now_s - st->from_s;

	if (st->ramp_s == 0 || gone >= st->ramp_s)
		return st->percent;
	return before + (uint32_t)((unsigned __int128)(st->percent - before) *
	                           gone / st->ramp_s);
}

/* Seconds until a growing share has passed a place; 0: it never does. */
static uint64_t
wait_for_share(const struct stage *st, uint32_t before, uint64_t place,
               uint64_t now_s)
{
	uint64_t low = now_s - st->from_s, high = st->ramp_s;

	if (!is_reached(st->percent, place))
		return 0;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (is_reached(share_now(st, before, st->from_s + middle),
		               place))
			high = middle;
		else
			low = middle + 1;
	}
	return high - (now_s - st->from_s);
}

/* Seconds until the stage behind a growing one begins; 0: not known. */
static uint64_t
wait_for_next(const struct judging *j, size_t growing)
{
	const struct release *row = j->release;
	const struct stage *st = &row->stages[growing], *next = st + 1;
	uint64_t at_s = st->from_s + st->ramp_s;

	if (growing + 1 == row->n_stages || !is_open(j, next))
		return 0;
	return (next->from_s > at_s ? next->from_s : at_s) - j->ask->now_s;
}

struct progress {
	uint32_t share;  /* of all devices, by now */
	bool named;      /* a stage reaches the device's group */
	uint64_t wait_s; /* until something changes; 0: not known */
};

/* Goes through the stages that have begun. */
static struct progress
walk_stages(struct judging *j, uint64_t place)
{
	const struct release *row = j->release;
	struct progress p = { 0 };

	for (size_t i = 0; i < row->n_stages; i++) {
		const struct stage *st = &row->stages[i];

		if (!is_open(j, st))
			return p;
		if (j->ask->now_s < st->from_s) {
			p.wait_s = st->from_s - j->ask->now_s;
			return p;
		}
		j->answer->stage = st->name;
		if (st->group != ROLLOUT_NONE) {
			p.named = p.named || judge_in_group(j, st->group);
			continue;
		}
		uint32_t before = p.share;
		p.share = share_now(st, before, j->ask->now_s);
		/* The next one waits until this one has grown, also one without
		 * a time of its own. */
		if (p.share != st->percent) {
			p.wait_s = wait_for_share(st, before, place,
			                          j->ask->now_s);
			if (p.wait_s == 0)
				p.wait_s = wait_for_next(j, i);
			return p;
		}
	}
	return p;
}

/* A place as a share, rounded down. */
static uint32_t
share_of(uint64_t place)
{
	return (uint32_t)(((unsigned __int128)place * ROLLOUT_ALL) >> 64);
}

static void
say_share(struct judging *j, const char *before, uint32_t share,
          const char *after)
{
	judge_say(j, "%s %u.%06u percent%s", before, share / ROLLOUT_PERCENT,
	          share % ROLLOUT_PERCENT, after);
}

enum finding
judge_stage(struct judging *j)
{
	const struct release *row = j->release;
	uint64_t place;
	struct progress p;

	if (!row)
		return RULE_NOT_ASKED;
	if (row->expedite) {
		judge_say(j, "the release is expedited");
		return RULE_PASSES;
	}
	/* A row that needs no stages: to have none is no reason of its own. */
	if (row->withdrawn && row->n_stages == 0) {
		judge_say(j, "the release is withdrawn");
		return RULE_NOT_ASKED;
	}
	place = row->has_seed ? eligibility_place(row->seed, j->ask->handle)
	                      : 0;
	p = walk_stages(j, place);
	judge_say(j, "stage %s,",
	          j->answer->stage[0] ? j->answer->stage : "none");
	say_share(j, "", p.share,
	          p.named ? " of all devices, and the device's group"
	                  : " of all devices");
	if (row->has_seed)
		say_share(j, "; the device is at", share_of(place), "");
	if (p.named || p.share == ROLLOUT_ALL ||
	    (row->has_seed && j->ask->handle.len > 0 &&
	     is_reached(p.share, place)))
		return RULE_PASSES;
	judge_wait(j, p.wait_s);
	return RULE_REFUSES;
}
