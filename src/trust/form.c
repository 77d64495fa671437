/*
 * form.c - the settings of a bundle, in their order.
 *
 * What the values must be together is in judge.c.
 */
#include "trust/form.h"

#include "crypto/pins/rows.h"
#include "trust/bundle.h"
#include "trust/words.h"

#define FORMAT 1

static const struct conf_field of_officer[] = {
	{ .name = "name",
	  .kind = CONF_TEXT,
	  .at = offsetof(struct officer, name),
	  .most = TRUST_NAME_SIZE,
	  .in = conf_in_name },
	{ .name = "kind",
	  .kind = CONF_WORD,
	  .at = offsetof(struct officer, kind),
	  .word = officer_kind_word },
	{ .name = "key",
	  .kind = CONF_TEXT,
	  .at = offsetof(struct officer, key),
	  .most = TRUST_KEY_SIZE,
	  .in = conf_in_note },
	{ .name = "until",
	  .kind = CONF_TIME,
	  .missing = "no end",
	  .at = offsetof(struct officer, until_s) },
};

static const struct conf_form officer_form = CONF_FORM(of_officer);

static const struct conf_field of_recovery[] = {
	{ .name = "threshold",
	  .kind = CONF_NUMBER,
	  .at = offsetof(struct bundle, recovery.threshold) },
	{ .name = "wait_days",
	  .kind = CONF_NUMBER,
	  .at = offsetof(struct bundle, recovery_wait_days) },
	{ .name = "keys",
	  .kind = CONF_ROWS,
	  .at = offsetof(struct bundle, recovery.rows),
	  .n = offsetof(struct bundle, recovery.n),
	  .most = TRUST_OFFICERS_MAX,
	  .size = sizeof(struct officer),
	  .form = &officer_form },
};

static const struct conf_form recovery_form = CONF_FORM(of_recovery);

static const struct conf_field of_device[] = {
	{ .name = "token",
	  .kind = CONF_TEXT,
	  .at = offsetof(struct trust_device, token),
	  .most = TRUST_TOKEN_SIZE,
	  .in = conf_in_name },
	{ .name = "base",
	  .kind = CONF_COUNT,
	  .at = offsetof(struct trust_device, base) },
	{ .name = "counter",
	  .kind = CONF_TEXT,
	  .at = offsetof(struct trust_device, counter),
	  .most = TRUST_COUNTER_SIZE,
	  .in = conf_in_uri },
	{ .name = "tpm",
	  .kind = CONF_HASH,
	  .missing = "none",
	  .at = offsetof(struct trust_device, tpm) },
};

static const struct conf_form device_form = CONF_FORM(of_device);

static const struct conf_field of_certificate[] = {
	{ .name = "certificate",
	  .kind = CONF_HASH,
	  .at = offsetof(struct trust_certificate, certificate) },
	{ .name = "spki",
	  .kind = CONF_HASH,
	  .at = offsetof(struct trust_certificate, spki) },
};

static const struct conf_form certificate_form = CONF_FORM(of_certificate);

static const struct conf_field of_anchor[] = {
	{ .name = "name",
	  .kind = CONF_TEXT,
	  .at = offsetof(struct trust_anchor, name),
	  .most = TRUST_NAME_SIZE,
	  .in = conf_in_name },
	{ .name = "purposes",
	  .kind = CONF_WORDS,
	  .at = offsetof(struct trust_anchor, purposes),
	  .word = anchor_bit_word },
	{ .name = "certificate",
	  .kind = CONF_HASH,
	  .at = offsetof(struct trust_anchor, self.certificate) },
	{ .name = "spki",
	  .kind = CONF_HASH,
	  .at = offsetof(struct trust_anchor, self.spki) },
	{ .name = "intermediates",
	  .kind = CONF_ROWS,
	  .missing = "none",
	  .at = offsetof(struct trust_anchor, intermediates),
	  .n = offsetof(struct trust_anchor, n_intermediates),
	  .most = TRUST_INTERMEDIATES_MAX,
	  .size = sizeof(struct trust_certificate),
	  .form = &certificate_form },
	{ .name = "tenants",
	  .kind = CONF_HASHES,
	  .missing = "all tenants",
	  .at = offsetof(struct trust_anchor, tenants),
	  .n = offsetof(struct trust_anchor, n_tenants),
	  .most = TRUST_TENANTS_MAX },
	{ .name = "note",
	  .kind = CONF_TEXT,
	  .at = offsetof(struct trust_anchor, note),
	  .most = TRUST_NOTE_SIZE,
	  .in = conf_in_note },
};

static const struct conf_form anchor_form = CONF_FORM(of_anchor);

static const struct conf_field of_policy[] = {
	{ .name = "id",
	  .kind = CONF_TEXT,
	  .at = offsetof(struct trust_policy, id),
	  .most = TRUST_POLICY_ID_SIZE,
	  .in = conf_in_name },
	{ .name = "digest",
	  .kind = CONF_HASH,
	  .at = offsetof(struct trust_policy, digest) },
};

static const struct conf_form policy_form = CONF_FORM(of_policy);

static const struct conf_field of_bundle[] = {
	{ .name = "format", .kind = CONF_FIXED, .least = FORMAT },
	{ .name = "version",
	  .kind = CONF_NUMBER,
	  .at = offsetof(struct bundle, version),
	  .least = 1 },
	{ .name = "change",
	  .kind = CONF_WORD,
	  .at = offsetof(struct bundle, change),
	  .word = bundle_change_word },
	{ .name = "previous",
	  .kind = CONF_HASH,
	  .missing = "nothing",
	  .at = offsetof(struct bundle, previous) },
	{ .name = "issued",
	  .kind = CONF_TIME,
	  .at = offsetof(struct bundle, issued_s) },
	{ .name = "apply_before",
	  .kind = CONF_TIME,
	  .at = offsetof(struct bundle, apply_before_s) },
	{ .name = "expires",
	  .kind = CONF_TIME,
	  .at = offsetof(struct bundle, expires_s) },
	{ .name = "threshold",
	  .kind = CONF_NUMBER,
	  .at = offsetof(struct bundle, officers.threshold) },
	{ .name = "removal_threshold",
	  .kind = CONF_NUMBER,
	  .at = offsetof(struct bundle, removal_threshold) },
	{ .name = "officers",
	  .kind = CONF_ROWS,
	  .at = offsetof(struct bundle, officers.rows),
	  .n = offsetof(struct bundle, officers.n),
	  .most = TRUST_OFFICERS_MAX,
	  .size = sizeof(struct officer),
	  .form = &officer_form },
	{ .name = "recovery",
	  .kind = CONF_GROUP,
	  .missing = "none",
	  .n = offsetof(struct bundle, has_recovery),
	  .form = &recovery_form },
	{ .name = "devices",
	  .kind = CONF_ROWS,
	  .at = offsetof(struct bundle, devices),
	  .n = offsetof(struct bundle, n_devices),
	  .most = TRUST_DEVICES_MAX,
	  .size = sizeof(struct trust_device),
	  .form = &device_form },
	{ .name = "keys",
	  .kind = CONF_ROWS,
	  .at = offsetof(struct bundle, pins.keys),
	  .n = offsetof(struct bundle, pins.n),
	  .least = 1,
	  .most = PINS_MAX,
	  .size = sizeof(struct pin),
	  .form = &pins_row },
	{ .name = "tenant_salt",
	  .kind = CONF_HASH,
	  .at = offsetof(struct bundle, tenant_salt) },
	{ .name = "anchors",
	  .kind = CONF_ROWS,
	  .at = offsetof(struct bundle, anchors),
	  .n = offsetof(struct bundle, n_anchors),
	  .most = TRUST_ANCHORS_MAX,
	  .size = sizeof(struct trust_anchor),
	  .form = &anchor_form },
	{ .name = "policies",
	  .kind = CONF_ROWS,
	  .at = offsetof(struct bundle, policies),
	  .n = offsetof(struct bundle, n_policies),
	  .most = TRUST_POLICIES_MAX,
	  .size = sizeof(struct trust_policy),
	  .form = &policy_form },
	{ .name = "revocations_from",
	  .kind = CONF_TIME,
	  .at = offsetof(struct bundle, revocations_from_s) },
};

const struct conf_form bundle_form = CONF_FORM(of_bundle);
