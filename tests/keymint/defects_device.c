/*
 * defects_device.c - true statements about devices that are not to be trusted,
 * and answers to another question.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/keymint/defects.h"
#include "tests/keymint/description.h"

#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define SIGNER KM_SIGNER_HEX

static struct km_description *
target(struct km_chain *chain)
{
	return chain->certs[0].description;
}

/* --- the answer ------------------------------------------------------------------ */

static void
other_nonce(struct km_chain *chain, const struct km_defect *d)
{
	(void)d;
	target(chain)->challenge[0] ^= 1;
}

static void
short_nonce(struct km_chain *chain, const struct km_defect *d)
{
	target(chain)->challenge_len -= d->tag;
}

static void
long_nonce(struct km_chain *chain, const struct km_defect *d)
{
	(void)d;
	target(chain)->challenge_len++;
}

static void
nonce_elsewhere(struct km_chain *chain, const struct km_defect *d)
{
	struct km_description *kd = target(chain);

	(void)d;
	memcpy(kd->unique_id, kd->challenge, HASH_SIZE);
	kd->unique_id_len = HASH_SIZE;
	memset(kd->challenge, 0, HASH_SIZE);
}

/* --- levels, origin, boot ---------------------------------------------------------- */

static void
levels(struct km_chain *chain, const struct km_defect *d)
{
	target(chain)->level = d->tag & 0xf;
	target(chain)->keymint_level = d->tag >> 4;
}

static void
version(struct km_chain *chain, const struct km_defect *d)
{
	target(chain)->version = d->tag;
}

static void
number(struct km_chain *chain, const struct km_defect *d)
{
	km_int(&target(chain)->hardware, d->tag, strtoull(d->text, NULL, 10));
}

static void
absent(struct km_chain *chain, const struct km_defect *d)
{
	km_drop(&target(chain)->hardware, d->tag);
}

/* What hardware should say, software says. */
static void
by_software(struct km_chain *chain, const struct km_defect *d)
{
	struct km_description *kd = target(chain);
	const struct km_field *f = km_find(&kd->hardware, d->tag);

	km_der(&kd->software, d->tag, bytes_of(f->value, f->len));
	km_drop(&kd->hardware, d->tag);
}

static void
root(struct km_chain *chain, const struct km_defect *d)
{
	struct km_root r = km_root_of(0);

	r.state = (uint8_t)(d->tag & 0xf);
	if (d->tag & 0x10)
		r.locked = 0;
	if (d->tag & 0x20)
		r.key[0] ^= 1;
	if (d->tag & 0x40)
		memset(r.key, 0, r.key_len);
	if (d->tag & 0x80)
		r.key_len = 0;
	km_root(&target(chain)->hardware, &r);
}

/* The policy asks for what a good device is not. */
static void
keep(struct km_chain *chain, const struct km_defect *d)
{
	(void)chain;
	(void)d;
}

static void
text(struct km_chain *chain, const struct km_defect *d)
{
	km_bytes(&target(chain)->hardware, d->tag, bytes_of_str(d->text));
}

static void
text_by_software(struct km_chain *chain, const struct km_defect *d)
{
	km_bytes(&target(chain)->software, d->tag, bytes_of_str(d->text));
}

static void
no_application(struct km_chain *chain, const struct km_defect *d)
{
	(void)d;
	km_drop(&target(chain)->software, 709);
}

static void
hardware_application(struct km_chain *chain, const struct km_defect *d)
{
	struct km_description *kd = target(chain);
	const struct km_field *f = km_find(&kd->software, 709);

	(void)d;
	km_der(&kd->hardware, 709, bytes_of(f->value, f->len));
	km_drop(&kd->software, 709);
}

static void
lost(struct km_chain *chain, const struct km_defect *d)
{
	chain->certs[1].provisioning.lost = (int)d->tag;
}

#define ROW(name_, reason_, apply_, n_)                                       \
	{                                                                     \
		.name = (name_), .reason = REASON_##reason_, .shape = KM_RKP, \
		.apply = (apply_), .tag = (n_)
#define BAD(name_, reason_, apply_, n_) \
	ROW(name_, reason_, apply_, n_) \
	}
#define RULE(name_, reason_, apply_, n_, text_, items_)                     \
	ROW(name_, reason_, apply_, n_), .text = (text_), .items = (items_) \
	}
#define TEXT(name_, reason_, apply_, n_, text_)          \
	ROW(name_, reason_, apply_, n_), .text = (text_) \
	}

/* clang-format off */
const struct km_defect km_defects_device[] = {
	BAD("nonce-of-another-challenge", NONCE_MISMATCH, other_nonce, 0),
	BAD("nonce-shorter", NONCE_MISMATCH, short_nonce, 1),
	BAD("nonce-empty", NONCE_MISMATCH, short_nonce, HASH_SIZE),
	BAD("nonce-longer", NONCE_MISMATCH, long_nonce, 0),
	BAD("nonce-in-unique-id", NONCE_MISMATCH, nonce_elsewhere, 0),
	BAD("level-of-software", SECURITY_LEVEL, levels, 0x00),
	BAD("level-of-software-attestation", SECURITY_LEVEL, levels, 0x10),
	BAD("level-of-software-keymint", SECURITY_LEVEL, levels, 0x01),
	BAD("level-tee-and-strongbox", SECURITY_LEVEL, levels, 0x21),
	BAD("level-strongbox-by-tee", SECURITY_LEVEL, levels, 0x22),
	RULE("version-unknown", EVIDENCE_UNSUPPORTED, version, 999, "", ""),
	RULE("version-zero", EVIDENCE_UNSUPPORTED, version, 0, "", ""),
	RULE("origin-imported", KEY_ORIGIN, number, 702, "2", ""),
	RULE("origin-derived", KEY_ORIGIN, number, 702, "1", ""),
	RULE("origin-securely-imported", KEY_ORIGIN, number, 702, "4", ""),
	RULE("origin-absent", KEY_ORIGIN, absent, 702, "", ""),
	RULE("origin-by-software", KEY_ORIGIN, by_software, 702, "", ""),
	RULE("root-of-trust-absent", BOOT_STATE, absent, 704, "", ""),
	RULE("root-of-trust-by-software", BOOT_STATE, by_software, 704, "", ""),
	RULE("unlocked", DEVICE_UNLOCKED, root, 0x11, "", ""),
	{ .name = "unlocked-with-no-key", .reason = REASON_DEVICE_UNLOCKED, .also = KM_ALSO(BOOT_STATE), .shape = KM_RKP, .apply = root, .tag = 0x52, .items = "" },
	RULE("boot-unverified", BOOT_STATE, root, 2, "", ""),
	RULE("boot-failed", BOOT_STATE, root, 3, "", ""),
	RULE("boot-verified-by-the-maker", BOOT_STATE, root, 0, "", ""),
	RULE("boot-key-of-another-system", BOOT_STATE, root, 0x21, "", ""),
	RULE("boot-key-zero", BOOT_STATE, root, 0x41, "", ""),
	RULE("boot-key-empty", BOOT_STATE, root, 0x81, "", ""),
	RULE("boot-hash-not-listed", BUILD_INELIGIBLE, keep, 0, "", "boot_hashes = [\"" ZERO "\"];"),
	RULE("os-patch-old", PATCH_LEVEL, number, 706, "202605", "os_patch = 202606;"),
	RULE("os-patch-absent", PATCH_LEVEL, absent, 706, "", "os_patch = 202606;"),
	RULE("os-patch-by-software", PATCH_LEVEL, by_software, 706, "", "os_patch = 202606;"),
	RULE("vendor-patch-old", PATCH_LEVEL, number, 718, "20260601", "vendor_patch = 20260605;"),
	RULE("vendor-patch-absent", PATCH_LEVEL, absent, 718, "", "vendor_patch = 20260605;"),
	RULE("boot-patch-old", PATCH_LEVEL, number, 719, "20260601", "boot_patch = 20260605;"),
	RULE("boot-patch-absent", PATCH_LEVEL, absent, 719, "", "boot_patch = 20260605;"),
	RULE("os-patch-aged", PATCH_LEVEL, number, 706, "202603", "os_patch_age = 90;"),
	RULE("vendor-patch-aged", PATCH_LEVEL, number, 718, "20260305", "vendor_patch_age = 90;"),
	RULE("boot-patch-aged", PATCH_LEVEL, number, 719, "20260305", "boot_patch_age = 90;"),
	RULE("os-version-old", BUILD_INELIGIBLE, number, 705, "150000", "os_version = 160000;"),
	RULE("os-version-absent", BUILD_INELIGIBLE, absent, 705, "", "os_version = 160000;"),
	RULE("brand-absent", DEVICE_UNSUPPORTED, keep, 0, "", "brands = [\"example\"];"),
	RULE("brand-of-another", DEVICE_UNSUPPORTED, text, 710, "other", "brands = [\"example\"];"),
	RULE("device-of-another", DEVICE_UNSUPPORTED, text, 711, "other", "devices = [\"example\"];"),
	RULE("product-of-another", DEVICE_UNSUPPORTED, text, 712, "other", "products = [\"example\"];"),
	RULE("manufacturer-of-another", DEVICE_UNSUPPORTED, text, 716, "other", "manufacturers = [\"example\"];"),
	RULE("model-of-another", DEVICE_UNSUPPORTED, text, 717, "other", "models = [\"example\"];"),
	RULE("model-by-software", DEVICE_UNSUPPORTED, text_by_software, 717, "example", "models = [\"example\"];"),
	RULE("application-of-another-name", APP_IDENTITY, keep, 0, "", "apps = ({ package = \"org.other\"; signers = [\"" SIGNER "\"]; });"),
	RULE("application-of-another-signer", APP_IDENTITY, keep, 0, "", "apps = ({ package = \"org.example.updater\"; signers = [\"" ZERO "\"]; });"),
	RULE("application-too-old", APP_IDENTITY, keep, 0, "", "apps = ({ package = \"org.example.updater\"; signers = [\"" SIGNER "\"]; min_version = 2; });"),
	RULE("application-absent", APP_IDENTITY, no_application, 0, "", "apps = ({ package = \"org.example.updater\"; signers = [\"" SIGNER "\"]; });"),
	RULE("application-by-hardware", APP_IDENTITY, hardware_application, 0, "", "apps = ({ package = \"org.example.updater\"; signers = [\"" SIGNER "\"]; });"),
	RULE("purpose-not-allowed", KEY_ORIGIN, keep, 0, "", "purposes = [\"sign\"];"),
	RULE("level-below-the-policy", SECURITY_LEVEL, keep, 0, "", "levels = [\"strongbox\"];"),
	RULE("too-many-certificates-issued", KEY_ORIGIN, keep, 0, "", "certificates_max = 4;"),
	RULE("reported-lost", DEVICE_SUSPENDED, lost, 1, "", ""),
	{ .name = "factory-where-rkp-only", .reason = REASON_KEY_ORIGIN, .shape = KM_FACTORY, .apply = keep, .items = "rkp_only = true;" },
	{ .name = NULL },
};
/* clang-format on */
