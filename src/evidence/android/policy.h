/*
 * policy.h - a policy's requirements for an Android key attestation.
 *
 * The members have the settings of the group "android" in anchord-policy(5).
 * Zero or empty means no requirement, except for levels, boot_states and
 * origins, which are never empty.
 */
#ifndef EVIDENCE_ANDROID_POLICY_H
#define EVIDENCE_ANDROID_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "policy/group.h"

#define POLICY_APP_NAME_MAX 256 /* bytes */

struct policy_list {
	size_t n; /* 0: no requirement */
	struct bytes *values;
};

/* An application that may request the key (attestationApplicationId). */
struct policy_app {
	struct bytes package; /* a view of name */
	uint8_t name[POLICY_APP_NAME_MAX];
	uint32_t min_version;
	struct policy_list signers; /* SHA-256 of their certificates */
};

/* Minimum patch level: absolute (YYYYMM or YYYYMMDD), and by age. */
struct policy_patch {
	uint32_t min;
	uint32_t max_age_days;
};

/* Builds of which the device must have one of any state; the result names the
 * state. */
struct android_state {
	char name[POLICY_NAME_SIZE];
	struct policy_list boot_hashes; /* never empty */
};

struct policy_android {
	/* Accepted values: bits by the enumerations in key_description.h. */
	uint32_t levels, boot_states, origins;
	uint32_t purposes; /* 0: any */

	bool unlocked; /* accepts an unlocked boot loader */
	bool lost;     /* accepts a device reported lost */
	bool rkp_only;
	bool no_proofs;            /* refuses proofs by the enrolled key */
	bool batch_not_ca;         /* the leniency batch-not-ca */
	uint32_t certificates_max; /* issued to a device in about 30 days */

	uint32_t os_version; /* minimum, MMmmss */
	struct policy_patch os_patch, vendor_patch, boot_patch;

	struct policy_list boot_keys, boot_hashes;
	struct policy_list brands, devices, products, manufacturers, models;
	size_t n_apps;
	struct policy_app *apps;
	size_t n_states; /* 0: no requirement */
	struct android_state *states;
};

extern const struct policy_group policy_android_group;
extern const struct policy_android policy_android_default;
void policy_android_release(struct policy_android *a);

/* Never NULL. */
const struct policy_android *policy_android(const struct policy *p);

/* True if the value is in the list, or the list is empty. */
bool policy_list_allows(const struct policy_list *list, struct bytes value);

#endif
