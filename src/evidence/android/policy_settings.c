/*
 * policy_settings.c - see policy_settings.h.
 */
#include "evidence/android/policy_settings.h"

#define AT(member) offsetof(struct policy_android, member)

static const struct setting_word levels[] = {
	{ "tee", 1 },
	{ "strongbox", 2 },
	{ NULL, 0 },
};

static const struct setting_word boot_states[] = {
	{ "verified", 0 },
	{ "self_signed", 1 },
	{ "unverified", 2 },
	{ NULL, 0 },
};

static const struct setting_word purposes[] = {
	{ "encrypt", 0 },    { "decrypt", 1 },  { "sign", 2 },
	{ "verify", 3 },     { "wrap_key", 5 }, { "agree_key", 6 },
	{ "attest_key", 7 }, { NULL, 0 },
};

static const struct setting_word origins[] = {
	{ "generated", 0 },         { "derived", 1 }, { "imported", 2 },
	{ "securely_imported", 4 }, { NULL, 0 },
};

const struct setting_set android_sets[] = {
	{ "levels", levels, AT(levels), REASON_SECURITY_LEVEL },
	{ "boot_states", boot_states, AT(boot_states), REASON_BOOT_STATE },
	{ "purposes", purposes, AT(purposes), REASON_KEY_ORIGIN },
	{ "origins", origins, AT(origins), REASON_KEY_ORIGIN },
	{ NULL, NULL, 0, 0 },
};

#define DAYS "must be a number of days from 1 to 3650"
#define MONTH "must be a month as YYYYMM"
#define DAY "must be a day as YYYYMMDD"
#define CERTIFICATES "must be a whole number from 1 to 1000000"
#define LEAST SETTING_LEAST
#define MOST SETTING_MOST

const struct setting_number android_numbers[] = {
	{ "os_version", 10000, 999999, "must be a version as MMmmss",
	  AT(os_version), LEAST, REASON_BUILD_INELIGIBLE },
	{ "os_patch", 201501, 209912, MONTH, AT(os_patch.min), LEAST,
	  REASON_PATCH_LEVEL },
	{ "vendor_patch", 20150100, 20991231, DAY, AT(vendor_patch.min), LEAST,
	  REASON_PATCH_LEVEL },
	{ "boot_patch", 20150100, 20991231, DAY, AT(boot_patch.min), LEAST,
	  REASON_PATCH_LEVEL },
	{ "os_patch_age", 1, 3650, DAYS, AT(os_patch.max_age_days), MOST,
	  REASON_PATCH_LEVEL },
	{ "vendor_patch_age", 1, 3650, DAYS, AT(vendor_patch.max_age_days),
	  MOST, REASON_PATCH_LEVEL },
	{ "boot_patch_age", 1, 3650, DAYS, AT(boot_patch.max_age_days), MOST,
	  REASON_PATCH_LEVEL },
	{ "certificates_max", 1, 1000000, CERTIFICATES, AT(certificates_max),
	  MOST, REASON_KEY_ORIGIN },
	{ NULL, 0, 0, NULL, 0, 0, 0 },
};

const struct setting_flag android_flags[] = {
	{ "locked", false, AT(unlocked), true, "an unlocked boot loader",
	  REASON_DEVICE_UNLOCKED },
	{ "not_lost", false, AT(lost), true, "a device that is reported lost",
	  REASON_DEVICE_SUSPENDED },
	{ "rkp_only", true, AT(rkp_only), false,
	  "a key that was not provisioned remotely", REASON_KEY_ORIGIN },
	{ "proofs", false, AT(no_proofs), false, "a proof by the enrolled key",
	  REASON_KEY_ORIGIN },
	{ NULL, false, 0, false, NULL, 0 },
};

#define TEXT 0 /* hex_size of a list of texts */
#define HASH HASH_SIZE

const struct setting_list android_lists[] = {
	{ "boot_keys", HASH, AT(boot_keys), REASON_BOOT_STATE },
	{ "boot_hashes", HASH, AT(boot_hashes), REASON_BUILD_INELIGIBLE },
	{ "brands", TEXT, AT(brands), REASON_DEVICE_UNSUPPORTED },
	{ "devices", TEXT, AT(devices), REASON_DEVICE_UNSUPPORTED },
	{ "products", TEXT, AT(products), REASON_DEVICE_UNSUPPORTED },
	{ "manufacturers", TEXT, AT(manufacturers), REASON_DEVICE_UNSUPPORTED },
	{ "models", TEXT, AT(models), REASON_DEVICE_UNSUPPORTED },
	{ NULL, 0, 0, 0 },
};
