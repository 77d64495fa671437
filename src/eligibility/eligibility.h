/*
 * eligibility.h - may this device have this release by this channel, now?
 *
 * Evidence says what a device is.  Eligibility is the other half of the answer:
 * channel, group, stage of the rollout, hold, stop, window, build steps, limits.
 * All of it is in one rollout file (anchord-rollout(5)), and this room is the
 * only place that judges by it.
 *
 * A device's place in a staged rollout is the first 64 bits of HMAC-SHA-256 by
 * the release's seed over its handle, as a big-endian number.  A share of p
 * percent reaches the devices whose place is below p / 100 * 2^64.  So a device
 * that was reached stays reached while p grows, and two releases reach devices
 * independently of each other.
 */
#ifndef ELIGIBILITY_ELIGIBILITY_H
#define ELIGIBILITY_ELIGIBILITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/facts.h"
#include "wire/reason.h"

#define ROLLOUT_TEXT_MAX (1024 * 1024) /* bytes of a rollout file */

struct rollout; /* a parsed rollout file; immutable */

/* Parses a rollout file, which the caller frees.  E_MALFORMED: why has line,
 * setting, cause and remedy.  E_NOMEM. */
MUST_CHECK err_t rollout_parse(struct bytes text, struct buf *why,
                               struct rollout **ret_rollout);
void rollout_free(struct rollout *rollout); /* accepts NULL */
DEFINE_AUTO(struct rollout *, rollout_free);

const char *rollout_id(const struct rollout *r);
uint32_t rollout_version(const struct rollout *r);
const uint8_t *rollout_digest(const struct rollout *r); /* of the text */

/* The limits of a release in a channel; 0: there is no such limit. */
struct rollout_limits {
	uint64_t concurrent; /* devices with a permit at the same time */
	uint64_t rate;       /* new permits within period_s */
	uint64_t period_s;
	uint64_t permit_s;   /* a permit's lifetime; never 0 */
	uint64_t attempts;   /* permits of one device for one release */
	uint64_t cooldown_s; /* between two permits of one device */
};

/* True if the file has that release, in whichever channel.  r may be NULL. */
bool rollout_has(const struct rollout *r, struct bytes release);

/* The limits for a release that is asked for by a channel (empty: none was
 * named). */
struct rollout_limits rollout_limits_of(const struct rollout *r,
                                        struct bytes channel,
                                        struct bytes release);

/* The channel by which a release is asked for: the one that was named, or else the
 * only one that has it; empty: none. */
struct bytes rollout_channel_of(const struct rollout *r, struct bytes channel,
                                struct bytes release);

/* Devices that must have shown the build before the release's last gate that
 * counts opens; 0: none counts. */
uint64_t rollout_gate_of(const struct rollout *r, struct bytes channel,
                         struct bytes release);

/* The i-th release with such a gate, from 0, whose build these facts show;
 * false: there are no more. */
struct rollout_shown {
	struct bytes channel, release;
};
bool rollout_shown_at(const struct rollout *r, const struct facts *facts,
                      size_t i, struct rollout_shown *ret_shown);

/* The i-th hold, from 0, that is older than its alarm; false: there are no more.
 * Channels come first.  r may be NULL; the texts live as long as r. */
struct rollout_overdue {
	const char *what; /* "channel" or "release" */
	const char *name, *owner, *reason;
	uint64_t since_s;
};
bool rollout_overdue_at(const struct rollout *r, uint64_t now_s, size_t i,
                        struct rollout_overdue *ret_overdue);

#define ROLLOUT_STOP_SIZE 16 /* bytes of a stop's id */

/* True if some row of the release lifts this stop.  r may be NULL. */
bool rollout_lifts(const struct rollout *r, struct bytes release,
                   const uint8_t id[static ROLLOUT_STOP_SIZE]);

/* How much of the limits is used, and which stops are in force: the ledger's
 * side.  All zeros: nothing. */
struct eligibility_usage {
	bool permitted;          /* the device holds a permit for the release */
	uint64_t running;        /* other devices' permits that are valid now */
	uint64_t started;        /* permits given within the last period_s */
	uint64_t finished;       /* devices that show the release's build */
	uint64_t attempts;       /* permits that the device had */
	uint64_t last_attempt_s; /* when it got the last one; 0: never */
	size_t n_stops;          /* emergency stops of the release */
	const uint8_t (*stops)[ROLLOUT_STOP_SIZE];
};

/* One device that asks for one thing. */
struct eligibility_ask {
	uint64_t now_s;
	struct bytes handle; /* empty: the device is not known */
	struct bytes format; /* of its evidence */
	uint64_t enrolled_s;
	const struct facts *facts; /* of this evidence */
	struct bytes channel;      /* as the challenge is bound; empty: not */
	struct bytes release;
	struct eligibility_usage usage;
};

struct eligibility_answer {
	reason_set reasons;     /* empty: nothing here speaks against it */
	const char *group;      /* by which the channel admits it; or "" */
	const char *stage;      /* of the rollout; or "" */
	bool counts;            /* a limit counts it: it needs a permit */
	uint64_t retry_after_s; /* when waiting helps and it is known how long;
	                          * else 0 */
};

/*
 * Judges.  r may be NULL: then only stops hold.  The answer's texts live as long
 * as r.  If say is not NULL, a line for each rule is appended to it: "rule",
 * "passes", "refuses" or "is not asked", and the values by which that was
 * decided.
 */
void eligibility_judge(const struct rollout *r,
                       const struct eligibility_ask *ask, struct buf *say,
                       struct eligibility_answer *ret_answer);

/* A device's place in the rollout of a release with this seed. */
uint64_t eligibility_place(const uint8_t seed[static HASH_SIZE],
                           struct bytes handle);

#endif
