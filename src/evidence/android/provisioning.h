/*
 * provisioning.h - parses the extension of remotely provisioned keys (RKP): a
 * CBOR map without a version, in which the provisioning server describes the
 * device.
 *
 * Unknown keys are kept, and their values are not interpreted.  Anything that
 * is not such a map is malformed.
 */
#ifndef EVIDENCE_ANDROID_PROVISIONING_H
#define EVIDENCE_ANDROID_PROVISIONING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define ANDROID_PROVISIONING_MAX 16 /* keys */

struct android_provisioning_item {
	int64_t key;
	struct bytes value; /* CBOR */
};

/* All views point into content. */
struct android_provisioning {
	struct bytes content; /* of the extension */
	bool malformed;       /* the members below are not set */
	size_t n;
	struct android_provisioning_item items[ANDROID_PROVISIONING_MAX];

	bool has_certificates_issued; /* 1: to this device, in about 30 days */
	uint64_t certificates_issued;
	bool has_manufacturer; /* 3: seen in the field, undocumented */
	struct bytes manufacturer;
	bool has_attested_entity; /* 4: "STRONG_BOX" or "TEE" */
	struct bytes attested_entity;
	bool has_reported_lost; /* 6 */
	bool reported_lost;
};

/* E_MALFORMED: not a map, or a known key with a value of another type; then
 * only content and malformed are set. */
MUST_CHECK err_t android_provisioning_parse(struct bytes content,
                                            struct android_provisioning *ret);

#endif
