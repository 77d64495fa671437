/*
 * group.h - a group of devices, as the parser leaves it for the judge.
 */
#ifndef ELIGIBILITY_GROUP_H
#define ELIGIBILITY_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anchord/limits.h"
#include "wire/facts.h"

#define ROLLOUT_NAME_SIZE 65   /* bytes of a name and its NUL */
#define ROLLOUT_FORMATS_MAX 8u /* of one group */
#define ROLLOUT_VALUES_MAX 64u /* of one fact of a group */

/* A requirement on a fact: a number within bounds, or one of some bytes. */
struct group_fact {
	char name[FACT_NAME_MAX + 1];
	bool has_least, has_most;
	uint64_t least, most;
	size_t n_values;
	struct group_value {
		size_t len;
		uint8_t bytes[FACT_BYTES_MAX];
	} * values;
};

/* A device belongs to a group if all of its conditions hold. */
struct group {
	char name[ROLLOUT_NAME_SIZE];
	size_t n_handles; /* ascending; 0: any handle */
	char (*handles)[ANCHORD_DEVICE_HANDLE_MAX + 1];
	size_t n_formats; /* 0: any format */
	char formats[ROLLOUT_FORMATS_MAX][ROLLOUT_NAME_SIZE];
	uint64_t enrolled_from_s;  /* 0: no bound */
	uint64_t enrolled_until_s; /* exclusive; 0: no bound */
	size_t n_facts;
	struct group_fact facts[FACTS_MAX];
};

#endif
