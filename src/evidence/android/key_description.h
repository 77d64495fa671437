/*
 * key_description.h - parses the KeyDescription extension, in which an Android
 * device's secure hardware describes a key.
 *
 * The ASN.1 schema is in "Key and ID attestation" (source.android.com).
 * The encoding is checked leniently only where devices in the field require it
 * (der.h), and each leniency is counted.  The content is checked strictly: a
 * duplicate tag, a missing or additional field, and a value of another type are
 * malformed.  Unknown tags are kept and not judged.
 *
 * Every view points into the bytes that were parsed.
 */
#ifndef EVIDENCE_ANDROID_KEY_DESCRIPTION_H
#define EVIDENCE_ANDROID_KEY_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "crypto/codec/der.h"
#include "base/err.h"

/* Limits; an extension that exceeds one is malformed. */
#define ANDROID_SET_MAX 16       /* values of one SET OF INTEGER */
#define ANDROID_UNKNOWN_MAX 16   /* unknown tags of one list */
#define ANDROID_PACKAGES_MAX 128 /* of an application id, at most 1 KiB */
#define ANDROID_SIGNERS_MAX 32

enum android_level {
	LEVEL_SOFTWARE = 0,
	LEVEL_TEE = 1,
	LEVEL_STRONGBOX = 2,
};

enum android_origin {
	ORIGIN_GENERATED = 0,
	ORIGIN_DERIVED = 1,
	ORIGIN_IMPORTED = 2,
	ORIGIN_RESERVED = 3,
	ORIGIN_SECURELY_IMPORTED = 4,
};

enum android_boot_state {
	BOOT_VERIFIED = 0,
	BOOT_SELF_SIGNED = 1,
	BOOT_UNVERIFIED = 2,
	BOOT_FAILED = 3,
};

enum android_purpose {
	PURPOSE_ENCRYPT = 0,
	PURPOSE_DECRYPT = 1,
	PURPOSE_SIGN = 2,
	PURPOSE_VERIFY = 3,
	PURPOSE_WRAP_KEY = 5,
	PURPOSE_AGREE_KEY = 6,
	PURPOSE_ATTEST_KEY = 7,
};

struct android_set {
	size_t n;
	uint64_t values[ANDROID_SET_MAX]; /* in the order of the encoding */
};

struct root_of_trust {
	struct bytes verified_boot_key;
	bool device_locked;
	uint64_t verified_boot_state;    /* enum android_boot_state */
	bool has_hash;                   /* from attestation version 3 */
	struct bytes verified_boot_hash; /* empty without it */
};

struct android_package {
	struct bytes name;
	int64_t version;
};

/* Written by the Android system, not by the secure hardware. */
struct android_application {
	size_t n_packages, n_digests;
	struct android_package packages[ANDROID_PACKAGES_MAX];
	struct bytes digests[ANDROID_SIGNERS_MAX];
};

struct android_unknown {
	uint32_t tag;
	struct bytes value; /* DER inside the explicit tag */
};

/* Indices of tags.def; bits of struct android_list.present. */
enum android_tag {
#define TAG(number, name, kind) TAG_##name,
#include "evidence/android/tags.def"
#undef TAG
	TAG_COUNT,
};

/* The C types of the kinds in that table. */
#define ANDROID_KIND_SET struct android_set
#define ANDROID_KIND_INT uint64_t
#define ANDROID_KIND_FLAG bool
#define ANDROID_KIND_BYTES struct bytes
#define ANDROID_KIND_TEXT struct bytes
#define ANDROID_KIND_ROOT struct root_of_trust
#define ANDROID_KIND_APP struct android_application

/* An AuthorizationList: one member for each tag, zero when absent. */
struct android_list {
	uint64_t present; /* bits of enum android_tag */
#define TAG(number, name, kind) ANDROID_KIND_##kind name;
#include "evidence/android/tags.def"
#undef TAG
	size_t n_unknown;
	struct android_unknown unknown[ANDROID_UNKNOWN_MAX];
};

static inline bool
android_has(const struct android_list *list, enum android_tag tag)
{
	return list->present & (uint64_t)1 << tag;
}

bool android_set_holds(const struct android_set *set, uint64_t value);

struct key_description {
	uint64_t attestation_version;
	uint64_t attestation_security_level; /* enum android_level */
	uint64_t keymint_version;
	uint64_t keymint_security_level; /* enum android_level */
	struct bytes attestation_challenge;
	struct bytes unique_id;
	struct android_list software_enforced;
	struct android_list hardware_enforced;
	struct der_lenient lenient;
};

/* Parses the content of the extension.  Zeroes *ret first.  E_MALFORMED: why
 * has the cause, and *ret must not be used. */
MUST_CHECK err_t key_description_parse(struct bytes extension, struct buf *why,
                                       struct key_description *ret);

/* One of 1, 2, 3, 4, 100, 200, 300, 400, 500. */
bool android_version_known(uint64_t version);

#endif
