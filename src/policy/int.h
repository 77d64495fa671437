/*
 * int.h - struct policy, shared by the parser and the queries.
 */
#ifndef POLICY_INT_H
#define POLICY_INT_H

#include "policy/policy.h"
#include "policy/group.h"
#include "policy/select.h"

/* Limits of one policy. */
#define POLICY_FORMATS_MAX 8 /* formats of one workflow */
#define POLICY_NAME_MAX 32   /* bytes of a format's name */
#define POLICY_WHO_MAX 4096  /* handles, tenants or accounts of one group */
#define POLICY_AGE_MAX 86400 /* seconds of challenge_age and result_ttl */

struct policy_workflow {
	bool present;
	bool possession;
	bool approval;     /* of enroll: a new device waits for one */
	uint16_t required; /* bits of enum binding */
	uint32_t result_ttl_s, challenge_age_s; /* 0: the service's */
	uint32_t devices; /* bits: groups that may use it; 0: all */
	size_t n_formats;
	char formats[POLICY_FORMATS_MAX][POLICY_NAME_MAX + 1];
};

/* A format's group and its parsed rules. */
struct policy_part {
	const struct policy_group *group; /* NULL: there are no more */
	void *rules;
};

/* Texts of a selector, ascending; n 0: any.  An account is 64 hexadecimal
 * digits. */
struct policy_names {
	size_t n;
	char (*texts)[POLICY_NAME_SIZE];
};

_Static_assert(DEVICE_HANDLE_MAX < POLICY_NAME_SIZE &&
                       2 * HASH_SIZE < POLICY_NAME_SIZE,
               "handles and accounts fit");

/* A device group. */
struct policy_devices {
	char name[POLICY_NAME_SIZE];
	uint32_t formats; /* bits of policy_format_at() */
	struct policy_names who[POLICY_WHO_COUNT];
	/* The selectors of formats, in the order of policy_group_at(); one that
	 * is not in the file is zeroed, so it takes anything. */
	struct policy_part match[POLICY_GROUPS_MAX];
	struct policy *rules; /* has parts alone */
};

struct policy {
	char id[POLICY_ID_MAX + 1];
	uint32_t version;
	uint8_t digest[HASH_SIZE];
	struct policy_workflow workflows[WORKFLOW_COUNT];
	struct policy_part parts[POLICY_GROUPS_MAX];
	size_t n_devices;
	struct policy_devices *devices;
};

/* Makes the parts of every format with their defaults, or zeroed as selectors
 * are.  E_NOMEM, E_BUG. */
MUST_CHECK err_t policy_parts_make(struct policy_part *parts, bool defaults);
void policy_parts_release(struct policy_part *parts);

/* The rules of a group among parts; NULL: it is not there. */
const void *policy_parts_rules(const struct policy_part *parts,
                               const struct policy_group *group);

#endif
