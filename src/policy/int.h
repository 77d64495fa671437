/*
 * int.h - struct policy, shared by the parser and the queries.
 */
#ifndef POLICY_INT_H
#define POLICY_INT_H

#include "policy/policy.h"
#include "policy/group.h"

/* Limits of one policy. */
#define POLICY_FORMATS_MAX 8 /* formats of one workflow */
#define POLICY_NAME_MAX 32   /* bytes of a format's name */

struct policy_workflow {
	bool present;
	bool possession;
	bool approval;     /* of enroll: a new device waits for one */
	uint16_t required; /* bits of enum binding */
	size_t n_formats;
	char formats[POLICY_FORMATS_MAX][POLICY_NAME_MAX + 1];
};

/* A format's group and its parsed rules. */
struct policy_part {
	const struct policy_group *group; /* NULL: there are no more */
	void *rules;
};

struct policy {
	char id[POLICY_ID_MAX + 1];
	uint32_t version;
	uint8_t digest[HASH_SIZE];
	struct policy_workflow workflows[WORKFLOW_COUNT];
	struct policy_part parts[POLICY_GROUPS_MAX];
};

#endif
