/*
 * defects_description.c - KeyDescriptions and provisioning infos that no
 * device may write.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/keymint/defects.h"
#include "tests/keymint/description.h"

#define RAW_MAX (48 * 1024)

static struct km_description *
described(struct km_chain *chain, const struct km_defect *d)
{
	return chain->certs[d->at].description;
}

/* The extension is these bytes. */
static void
raw(struct km_chain *chain, const struct km_defect *d)
{
	described(chain, d)->raw = km_hex(chain, d->text);
}

/* The extension's bytes as they would be, and these after them. */
static void
append(struct km_chain *chain, const struct km_defect *d)
{
	struct km_description *kd = described(chain, d);
	struct buf *b = &chain->scratch;

	km_description_put(kd, b);
	(void)km_hex(chain, d->text);
	kd->raw = buf_bytes(b);
}

/* The extension ends so many bytes early. */
static void
cut(struct km_chain *chain, const struct km_defect *d)
{
	append(chain, d);
	described(chain, d)->raw.len -= d->tag;
}

/* Bytes from an offset on are other ones. */
static void
patch(struct km_chain *chain, const struct km_defect *d)
{
	struct km_description *kd = described(chain, d);

	km_description_put(kd, &chain->scratch);
	size_t len = chain->scratch.len;
	struct bytes other = km_hex(chain, d->text);
	memcpy(chain->scratch.data + d->tag, other.data, other.len);
	kd->raw = bytes_of(chain->scratch.data, len);
}

static void
ninth(struct km_chain *chain, const struct km_defect *d)
{
	described(chain, d)->trailer = km_hex(chain, d->text);
}

/* A tag of the hardware's list has this value. */
static void
value(struct km_chain *chain, const struct km_defect *d)
{
	km_der(&described(chain, d)->hardware, d->tag, km_hex(chain, d->text));
}

static void
software_value(struct km_chain *chain, const struct km_defect *d)
{
	km_der(&described(chain, d)->software, d->tag, km_hex(chain, d->text));
}

/* A tag once more. */
static void
again(struct km_chain *chain, const struct km_defect *d)
{
	km_again(&described(chain, d)->hardware, d->tag,
	         km_hex(chain, d->text));
}

static void
twice(struct km_chain *chain, const struct km_defect *d)
{
	again(chain, d);
	again(chain, d);
}

static void
many_unknown(struct km_chain *chain, const struct km_defect *d)
{
	for (uint32_t i = 0; i < 17; i++)
		km_again(&described(chain, d)->hardware, d->tag + i,
		         km_hex(chain, d->text));
}

static void
level(struct km_chain *chain, const struct km_defect *d)
{
	described(chain, d)->level = d->tag;
}

static void
keymint_level(struct km_chain *chain, const struct km_defect *d)
{
	described(chain, d)->keymint_level = d->tag;
}

static void
provisioning(struct km_chain *chain, const struct km_defect *d)
{
	chain->certs[1].provisioning.raw = km_hex(chain, d->text);
}

static void
no_description(struct km_chain *chain, const struct km_defect *d)
{
	free(chain->certs[d->at].description);
	chain->certs[d->at].description = NULL;
}

#define BAD(name_, apply_, tag_, text_)                               \
	{                                                             \
		.name = (name_), .reason = REASON_EVIDENCE_MALFORMED, \
		.shape = KM_RKP, .apply = (apply_), .tag = (tag_),    \
		.text = (text_),                                      \
	}

const struct km_defect km_defects_description[] = {
	BAD("description-empty", raw, 0, "3000"),
	BAD("description-no-sequence", raw, 0, "0400"),
	BAD("description-no-der", raw, 0, "ff"),
	BAD("description-byte-after", append, 0, "00"),
	BAD("description-element-after", append, 0, "0500"),
	BAD("description-cut", cut, 1, ""),
	BAD("description-cut-in-lists", cut, 40, ""),
	BAD("description-indefinite-length", patch, 1, "80"),
	BAD("description-length-beyond", patch, 2, "ffff"),
	BAD("description-version-as-octets", patch, 4, "04"),
	BAD("description-level-as-integer", patch, 8, "02"),
	BAD("description-ninth-field", ninth, 0, "0500"),
	BAD("description-third-list", ninth, 0, "3000"),
	BAD("description-absent", no_description, 0, ""),
	BAD("level-unknown", level, 3, ""),
	BAD("keymint-level-unknown", keymint_level, 3, ""),
	BAD("tag-twice", again, 705, "020101"),
	BAD("tag-twice-root-of-trust", again, 704, "3000"),
	BAD("tag-twice-flag", again, 503, "0500"),
	BAD("tag-unknown-twice", twice, 9999, "0500"),
	BAD("tag-unknown-too-many", many_unknown, 9000, "0500"),
	BAD("value-empty", value, 705, ""),
	BAD("value-two", value, 705, "020101020101"),
	BAD("integer-empty", value, 705, "0200"),
	BAD("integer-as-octets", value, 705, "040101"),
	BAD("integer-negative", value, 706, "0201ff"),
	BAD("integer-beyond-64-bits", value, 706, "0209010000000000000000"),
	BAD("flag-with-content", value, 503, "050100"),
	BAD("flag-as-boolean", value, 503, "0101ff"),
	BAD("set-as-integer", value, 1, "020102"),
	BAD("set-as-sequence", value, 1, "3003020102"),
	BAD("set-of-octets", value, 1, "3103040102"),
	BAD("origin-as-enumerated", value, 702, "0a0100"),
	BAD("root-of-trust-as-octets", value, 704, "0400"),
	BAD("root-of-trust-empty", value, 704, "3000"),
	BAD("root-of-trust-no-state", value, 704, "30060401010101ff"),
	BAD("root-of-trust-state-unknown", value, 704,
	    "30090401010101ff0a0104"),
	BAD("root-of-trust-locked-no-boolean", value, 704,
	    "30090401010201010a0100"),
	BAD("root-of-trust-locked-two-bytes", value, 704,
	    "300a0401010102ffff0a0100"),
	BAD("root-of-trust-fifth-field", value, 704,
	    "300d0401010101ff0a010004000500"),
	BAD("application-as-sequence", software_value, 709, "3000"),
	BAD("application-empty", software_value, 709, "0400"),
	BAD("application-one-set", software_value, 709, "040430023100"),
	BAD("application-third-set", software_value, 709,
	    "04083006310031003100"),
	BAD("application-byte-after", software_value, 709,
	    "040730043100310000"),
	BAD("application-package-no-version", software_value, 709,
	    "040b3009310530030401613100"),
	BAD("application-signer-as-integer", software_value, 709,
	    "0409300731003103020101"),
	BAD("application-twice-in-value", software_value, 709,
	    "04063004310031000406300431003100"),
	BAD("provisioning-no-map", provisioning, 0, "80"),
	BAD("provisioning-no-cbor", provisioning, 0, "ff"),
	BAD("provisioning-cut", provisioning, 0, "a201"),
	BAD("provisioning-byte-after", provisioning, 0, "a1010500"),
	BAD("provisioning-count-as-text", provisioning, 0, "a1016135"),
	BAD("provisioning-count-negative", provisioning, 0, "a10120"),
	BAD("provisioning-entity-as-bytes", provisioning, 0, "a10443544545"),
	BAD("provisioning-lost-as-number", provisioning, 0, "a10601"),
	BAD("provisioning-key-twice", provisioning, 0, "a201050106"),
	{ .name = NULL },
};
