/*
 * android.h - what a policy asks of an Android key attestation.
 *
 * Plain data: the group "android" of anchord-policy(5), or its defaults when
 * the policy has none.  What asks for nothing is zero or empty.
 */
#ifndef POLICY_ANDROID_H
#define POLICY_ANDROID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define POLICY_APP_NAME_MAX 256 /* bytes */

struct policy;

struct policy_list {
	size_t n; /* 0: nothing is asked */
	struct bytes *values;
};

/* An application that may have asked for the key. */
struct policy_app {
	struct bytes package; /* a view of name */
	uint8_t name[POLICY_APP_NAME_MAX];
	uint32_t min_version;
	struct policy_list signers; /* SHA-256 of certificates */
};

/* A patch level: absolute (YYYYMM or YYYYMMDD), and by age. */
struct policy_patch {
	uint32_t min;
	uint32_t max_age_days;
};

struct policy_android {
	/* Bits by KeyDescription's numbers */
	uint32_t levels, boot_states, origins;
	uint32_t purposes; /* 0: any */

	bool unlocked; /* an unlocked boot loader is allowed */
	bool lost;     /* a device reported lost is allowed */
	bool rkp_only;
	bool no_proofs;    /* a proof by the enrolled key does not do */
	bool batch_not_ca; /* the leniency of that name */
	uint32_t certificates_max;

	uint32_t os_version;
	struct policy_patch os_patch, vendor_patch, boot_patch;

	struct policy_list boot_keys, boot_hashes;
	struct policy_list brands, devices, products, manufacturers, models;
	size_t n_apps;
	struct policy_app *apps;
};

/* Never NULL. */
const struct policy_android *policy_android(const struct policy *p);

/* Is it one of the listed?  True for an empty list. */
bool policy_list_allows(const struct policy_list *list, struct bytes value);

#endif
