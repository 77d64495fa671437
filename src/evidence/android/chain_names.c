/*
 * chain_names.c - see chain_names.h.
 */
#include "evidence/android/chain_names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define OID_COMMON_NAME "2.5.4.3"
#define OID_SERIAL_NUMBER "2.5.4.5"
#define OID_ORGANIZATION "2.5.4.10"
#define OID_UNIT "2.5.4.11"
#define OID_TITLE "2.5.4.12"

static bool
subject_is(const struct x509_cert *cert, const char *oid, const char *text)
{
	struct bytes value;

	return x509_cert_subject_value(cert, oid, 0, &value) &&
	       bytes_equal_str(value, text);
}

/* True for an intermediate of Google's key provisioning: "Droid CA2" or another
 * "Droid CA" of Google LLC. */
static bool
is_provisioning_ca(const struct x509_cert *cert)
{
	static const char prefix[] = "Droid CA";
	struct bytes name;

	return subject_is(cert, OID_ORGANIZATION, "Google LLC") &&
	       x509_cert_subject_value(cert, OID_COMMON_NAME, 0, &name) &&
	       name.len >= sizeof(prefix) - 1 &&
	       memcmp(name.data, prefix, sizeof(prefix) - 1) == 0;
}

size_t
android_names_upper(const struct android_evidence *e)
{
	size_t i = e->n - 1;

	while (i > e->vouched + 1 &&
	       bytes_equal(x509_cert_issuer(e->certs[i].x509),
	                   x509_cert_subject(e->certs[i].x509)))
		i--;
	return i > e->vouched && i < e->n ? i : e->n;
}

enum android_kind
android_names_kind(const struct android_evidence *e, size_t at)
{
	struct bytes serial;

	if (at >= e->n || at <= e->vouched)
		return ANDROID_KIND_UNKNOWN;
	if (is_provisioning_ca(e->certs[at].x509))
		return ANDROID_KIND_RKP;
	if (x509_cert_subject_value(e->certs[at].x509, OID_SERIAL_NUMBER, 0,
	                            &serial))
		return ANDROID_KIND_FACTORY;
	return ANDROID_KIND_UNKNOWN;
}

/* --- security levels ------------------------------------------------------ */

/* The security levels that a subject names: none, one or several. */
enum said {
	SAID_TEE = 1,
	SAID_STRONGBOX = 2,
	SAID_SOFTWARE = 4,
};

static const struct {
	const char *word;
	bool alone; /* only if it is not part of a longer word */
	enum said said;
} words[] = {
	{ "tee", true, SAID_TEE },
	{ "strongbox", false, SAID_STRONGBOX },
	{ "software", true, SAID_SOFTWARE },
};

static bool
is_letter(struct bytes text, size_t at)
{
	return at < text.len && isalnum(text.data[at]);
}

static bool
holds_word(struct bytes text, const char *word, bool alone)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= text.len; i++) {
		bool inside = (i > 0 && is_letter(text, i - 1)) ||
		              is_letter(text, i + len);

		if (strncasecmp((const char *)text.data + i, word, len) == 0 &&
		    !(alone && inside))
			return true;
	}
	return false;
}

static unsigned
said_in(struct bytes text)
{
	unsigned said = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (holds_word(text, words[i].word, words[i].alone))
			said |= words[i].said;
	return said;
}

static unsigned
said_by(const struct x509_cert *cert)
{
	static const char *const oids[] = { OID_COMMON_NAME, OID_ORGANIZATION,
		                            OID_UNIT, OID_TITLE,
		                            OID_SERIAL_NUMBER };
	struct bytes value;
	unsigned said = 0;

	for (size_t i = 0; i < ARRAY_LEN(oids); i++)
		for (size_t n = 0;
		     x509_cert_subject_value(cert, oids[i], n, &value); n++)
			said |= said_in(value);
	return said;
}

/* If the provisioning server named the security level, it must be the same. */
static bool
entity_fits(const struct android_provisioning *p, uint64_t level)
{
	return !p->has_attested_entity ||
	       bytes_equal_str(p->attested_entity,
	                       level == LEVEL_STRONGBOX ? "STRONG_BOX" : "TEE");
}

bool
android_names_level(const struct android_evidence *e, size_t upper,
                    uint64_t level)
{
	const struct android_cert *batch = android_batch(e);
	bool strongbox = level == LEVEL_STRONGBOX;

	if (!batch)
		return true; /* such a chain has no root: chain-untrusted */
	unsigned near = said_by(batch->x509);
	unsigned far = upper < e->n ? said_by(e->certs[upper].x509) : 0;
	if (android_names_kind(e, upper) == ANDROID_KIND_RKP &&
	    (!entity_fits(&batch->provisioning, level) ||
	     !subject_is(batch->x509, OID_ORGANIZATION,
	                 strongbox ? "StrongBox" : "TEE")))
		return false;
	if (strongbox)
		return (near | far) == SAID_STRONGBOX;
	/* There are TEE batch keys below an intermediate of StrongBox. */
	return (near & ~(unsigned)SAID_TEE) == 0 && !(far & SAID_SOFTWARE);
}
