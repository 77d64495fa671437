/*
 * android_chain_names.c - see android_chain_names.h.
 */
#include "android_chain_names.h"

#include <strings.h>

#define OID_COMMON_NAME "2.5.4.3"
#define OID_SERIAL_NUMBER "2.5.4.5"
#define OID_ORGANIZATION "2.5.4.10"
#define OID_TITLE "2.5.4.12"

static bool
subject_is(const struct x509_cert *cert, const char *oid, const char *text)
{
	struct bytes value;

	return x509_cert_subject_value(cert, oid, 0, &value) &&
	       bytes_equal_str(value, text);
}

/* "Droid CA2" and its like, of Google LLC. */
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

/* The highest certificate below the root. */
static const struct x509_cert *
intermediate(const struct android_evidence *e)
{
	size_t i = e->n - 1;

	while (i > e->vouched + 1 &&
	       bytes_equal(x509_cert_issuer(e->certs[i].x509),
	                   x509_cert_subject(e->certs[i].x509)))
		i--;
	return i > e->vouched && i < e->n ? e->certs[i].x509 : NULL;
}

enum android_kind
android_names_kind(const struct android_evidence *e)
{
	const struct android_cert *batch = android_batch(e);
	const struct x509_cert *upper = intermediate(e);
	struct bytes serial;

	if (!batch || !upper)
		return ANDROID_KIND_UNKNOWN;
	if (batch->n_provisioning > 0 || is_provisioning_ca(upper))
		return ANDROID_KIND_RKP;
	if (x509_cert_subject_value(upper, OID_SERIAL_NUMBER, 0, &serial))
		return ANDROID_KIND_FACTORY;
	return ANDROID_KIND_UNKNOWN;
}

static bool
holds_word(struct bytes text, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= text.len; i++)
		if (strncasecmp((const char *)text.data + i, word, len) == 0)
			return true;
	return false;
}

static bool
says_strongbox(const struct x509_cert *cert)
{
	static const char *const oids[] = { OID_COMMON_NAME, OID_ORGANIZATION,
		                            OID_TITLE, OID_SERIAL_NUMBER };
	struct bytes value;

	for (size_t i = 0; i < ARRAY_LEN(oids); i++)
		for (size_t n = 0;
		     x509_cert_subject_value(cert, oids[i], n, &value); n++)
			if (holds_word(value, "strongbox"))
				return true;
	return false;
}

/* The provisioning server says it, too, when it says anything. */
static bool
entity_fits(const struct android_provisioning *p, uint64_t level)
{
	return !p->has_attested_entity ||
	       bytes_equal_str(p->attested_entity,
	                       level == LEVEL_STRONGBOX ? "STRONG_BOX" : "TEE");
}

bool
android_names_level(const struct android_cert *batch, enum android_kind kind,
                    uint64_t level)
{
	const struct x509_cert *cert = batch->x509;
	bool strongbox = level == LEVEL_STRONGBOX;

	if (kind == ANDROID_KIND_RKP)
		return entity_fits(&batch->provisioning, level) &&
		       subject_is(cert, OID_ORGANIZATION,
		                  strongbox ? "StrongBox" : "TEE");
	if (says_strongbox(cert))
		return strongbox;
	return !strongbox || !subject_is(cert, OID_TITLE, "TEE");
}
