/*
 * rollout.h - what a rollout file says, as the parser leaves it for the judge.
 *
 * Only this room includes it.  Everything is immutable after rollout_parse().
 * Texts are C strings; a place in another list is an index, since the lists do
 * not move; ROLLOUT_NONE: there is none.
 */
#ifndef ELIGIBILITY_ROLLOUT_H
#define ELIGIBILITY_ROLLOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "eligibility/eligibility.h"
#include "eligibility/group.h"
#include "eligibility/window.h"

#define ROLLOUT_RELEASE_SIZE 129 /* the same of a release's id */
#define ROLLOUT_NOTE_SIZE 129    /* the same of an owner's or a reason's text */
#define ROLLOUT_GROUPS_MAX 256u
#define ROLLOUT_CHANNELS_MAX 64u
#define ROLLOUT_RELEASES_MAX 256u
#define ROLLOUT_PINS_MAX 256u
#define ROLLOUT_STAGES_MAX 32u /* of one release */
#define ROLLOUT_NAMED_MAX 32u  /* groups in one allow, deny or downgrade */
#define ROLLOUT_STEPS_MAX 64u  /* of one channel */
#define ROLLOUT_LIFTS_MAX 32u  /* stops that one release lifts */

#define ROLLOUT_NONE SIZE_MAX

/* A share of the devices in millionths of a percent. */
#define ROLLOUT_PERCENT UINT32_C(1000000)
#define ROLLOUT_ALL (100 * ROLLOUT_PERCENT)

/* Names of groups, as places in the list of groups. */
struct group_list {
	size_t n;
	size_t at[ROLLOUT_NAMED_MAX];
};

/* Nobody goes on until a person takes it out. */
struct hold {
	bool set;
	char owner[ROLLOUT_NOTE_SIZE];
	char reason[ROLLOUT_NOTE_SIZE];
	uint64_t since_s;
	uint64_t alarm_s; /* after since_s somebody should ask why; 0: never */
};

struct channel {
	char name[ROLLOUT_NAME_SIZE];
	struct group_list deny, allow; /* allow: none named is everybody */
	char build[FACT_NAME_MAX + 1]; /* the fact that is a device's build */
	uint64_t minimum_build;        /* 0: none */
	size_t n_steps; /* builds that none may skip; ascending */
	uint64_t steps[ROLLOUT_STEPS_MAX];
	struct hold hold;
	struct windows windows;
	struct rollout_limits limits;
};

/* From from_s on, and once its gate is open, a stage reaches a group, or a
 * share of all; within ramp_s its share grows from that of the stage before. */
struct stage {
	char name[ROLLOUT_NAME_SIZE];
	uint64_t from_s;
	bool closed;            /* the gate: a person opens it */
	uint64_t after_devices; /* the gate: so many show the build */
	size_t group;           /* or ROLLOUT_NONE */
	bool has_percent;
	uint32_t percent; /* in millionths */
	uint64_t ramp_s;
};

/* A device of the group may take a release that is older than its build. */
struct downgrade {
	struct group_list groups;
	uint64_t until_s;
};

/* A release in one channel. */
struct release {
	char id[ROLLOUT_RELEASE_SIZE];
	size_t channel;
	bool has_seed;
	uint8_t seed[HASH_SIZE];
	uint64_t build; /* what a device shows that has it; 0: unknown */
	uint64_t minimum_build; /* of the device that takes it; 0: none */
	bool expedite;
	bool withdrawn;
	char withdrawn_reason[ROLLOUT_NOTE_SIZE];
	struct hold hold;
	struct windows windows; /* instead of the channel's */
	bool has_limits;
	struct rollout_limits limits; /* instead of the channel's */
	size_t n_stages;
	struct stage stages[ROLLOUT_STAGES_MAX];
	bool has_downgrade;
	struct downgrade downgrade;
	size_t n_lifts;
	uint8_t lifts[ROLLOUT_LIFTS_MAX][ROLLOUT_STOP_SIZE];
};

/* The devices of a group have one release of a channel and no other. */
struct pin_row {
	size_t group;
	size_t channel;
	char release[ROLLOUT_RELEASE_SIZE];
};

#define ROLLOUT_PERMIT_S 86400 /* of a permit that only a gate counts */
struct rollout {
	char id[ROLLOUT_NAME_SIZE];
	uint32_t version;
	uint8_t digest[HASH_SIZE];
	size_t n_groups, n_channels, n_releases, n_pins;
	struct group *groups;
	struct channel *channels;
	struct release *releases;
	struct pin_row *pins;
};

/* Place of a name; ROLLOUT_NONE: there is no such row. */
size_t rollout_group_find(const struct rollout *r, struct bytes name);
size_t rollout_channel_find(const struct rollout *r, struct bytes name);

/* The most devices that a gate of the release waits for; 0: none counts. */
uint64_t rollout_gate(const struct release *row);

/* True if somebody should ask why it is still there. */
bool hold_is_overdue(const struct hold *hold, uint64_t now_s);

bool rollout_row_lifts(const struct release *row,
                       const uint8_t id[static ROLLOUT_STOP_SIZE]);

/* The row of a release in a channel.  channel ROLLOUT_NONE: in the only channel
 * that has it.  NULL: there is none, or there are several. */
const struct release *rollout_release_find(const struct rollout *r,
                                           size_t channel, struct bytes id);

#endif
