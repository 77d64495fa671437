/*
 * defects_revoked.c - chains with a certificate that a status list names, and
 * with one that no list could name.
 */
#include "tests/keymint/defects.h"

#include <stdio.h>

/* The list has it; the chain is a good one. */
static void
keep(struct km_chain *chain, const struct km_defect *d)
{
	(void)chain;
	(void)d;
}

static void
serial(struct km_chain *chain, const struct km_defect *d)
{
	struct km_cert *cert = &chain->certs[d->at];

	snprintf(cert->serial, sizeof(cert->serial), "%s", d->text);
}

void
km_defect_list(const struct km_chain *chain, const struct km_defect *d,
               struct buf *out)
{
	const char *hex = chain->certs[d->at].serial;

	while (*hex == '0')
		hex++;
	buf_printf(out, "{\"entries\":{\"%s\":{\"status\":\"%s\"}}}", hex,
	           d->listed);
}

#define LISTED(word, where, kind, status)                       \
	{                                                       \
		.name = (word), .reason = REASON_CHAIN_REVOKED, \
		.shape = (kind), .apply = keep, .at = (where),  \
		.listed = (status)                              \
	}
#define NAMELESS(word, where, hex)                                             \
	{                                                                      \
		.name = (word), .reason = REASON_CHAIN_MALFORMED,              \
		.shape = KM_RKP, .apply = serial, .at = (where), .text = (hex) \
	}

#define OCTETS_21 "7f4f47dffaecc3f58346fb7815514e0dcc00112233"

/* clang-format off */
const struct km_defect km_defects_revoked[] = {
	LISTED("revoked-key", 0, KM_RKP, "REVOKED"),
	LISTED("revoked-attestation", 1, KM_RKP, "REVOKED"),
	LISTED("revoked-intermediate", 2, KM_RKP, "REVOKED"),
	LISTED("revoked-first", 3, KM_RKP, "REVOKED"),
	LISTED("suspended-key", 0, KM_RKP, "SUSPENDED"),
	LISTED("suspended-attestation", 1, KM_RKP, "SUSPENDED"),
	LISTED("suspended-intermediate", 2, KM_RKP, "SUSPENDED"),
	LISTED("suspended-first", 3, KM_RKP, "SUSPENDED"),
	LISTED("revoked-batch-of-digits-only", 1, KM_FACTORY, "REVOKED"),
	LISTED("suspended-batch-of-digits-only", 1, KM_FACTORY, "SUSPENDED"),
	LISTED("revoked-with-a-leading-zero", 2, KM_FACTORY, "REVOKED"),
	{ .name = "revoked-attest-key", .reason = REASON_CHAIN_REVOKED, .shape = KM_ATTEST_KEY, .apply = serial, .at = 1, .text = "a77e57", .listed = "REVOKED" },
	LISTED("revoked-above-an-attest-key", 2, KM_ATTEST_KEY, "REVOKED"),
	NAMELESS("serial-zero", 1, "0"),
	NAMELESS("serial-negative", 1, "-4f47"),
	NAMELESS("serial-of-21-octets", 2, OCTETS_21),
	{ .name = NULL },
};
/* clang-format on */
