/*
 * int.h - struct policy, shared by the parser and the queries.
 */
#ifndef POLICY_INT_H
#define POLICY_INT_H

#include "policy/policy.h"
#include "policy/android.h"

/* Maximum numbers in one policy. */
#define POLICY_FORMATS_MAX 8   /* formats of one workflow */
#define POLICY_NAME_MAX 32     /* bytes of a format's name */
#define POLICY_PCRS_MAX 96     /* rules: four banks of 24 */
#define POLICY_VALUES_MAX 1024 /* values of one PCR */
#define POLICY_ALGS_MAX 4      /* schemes, hashes */
#define POLICY_LIST_MAX 1024   /* values of one list of android */
#define POLICY_TEXT_LEN_MAX POLICY_APP_NAME_MAX /* of one of them */
#define POLICY_APPS_MAX 64                      /* applications */

struct policy_workflow {
	bool present;
	uint16_t required;
	size_t n_formats;
	char formats[POLICY_FORMATS_MAX][POLICY_NAME_MAX + 1];
};

/* A set of algorithm ids. */
struct policy_algs {
	size_t n;
	uint16_t ids[POLICY_ALGS_MAX];
};

struct policy {
	char id[POLICY_ID_MAX + 1];
	uint32_t version;
	uint8_t digest[HASH_SIZE];
	struct policy_workflow workflows[WORKFLOW_COUNT];
	struct policy_algs schemes, hashes;
	size_t n_pcrs;
	struct policy_pcr pcrs[POLICY_PCRS_MAX];
	struct policy_android android;
};

/* android.c */
extern const struct policy_android policy_android_default;
void policy_android_release(struct policy_android *a);

#endif
