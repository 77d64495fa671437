/*
 * defects_kind.c - chains with good signatures whose shape or names are not
 * those of their kind: what the holder of a leaked batch key can issue below
 * it, levels that nobody vouches for, statements that libcrypto does not see.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/keymint/defects.h"
#include "tests/keymint/description.h"

#define FORGED_SLOT 11

enum {
	INFO_MOVED = 1,     /* the batch's provisioning info is the sub-CA's */
	INFO_STRONGBOX = 2, /* the sub-CA has one that says STRONG_BOX */
	INFO_NOWHERE = 4,   /* as chains of the first years have none */
	SAYS_STRONGBOX = 8, /* the target does */
	NO_ROOT = 16,       /* the root is left out */
};

static void
name(struct km_cert *cert, const char *subject)
{
	snprintf(cert->subject, KM_TEXT, "%s", subject);
}

static void
say_level(struct km_chain *chain, enum km_level level)
{
	for (size_t i = 0; i < chain->n; i++) {
		struct km_description *kd = chain->certs[i].description;

		if (kd)
			kd->level = kd->keymint_level = level;
	}
}

static void
move_info(struct km_cert *batch, struct km_cert *below, uint32_t how)
{
	if (how & INFO_MOVED)
		below->provisioning = batch->provisioning;
	if (how & (INFO_MOVED | INFO_NOWHERE))
		batch->provisioning.present = false;
	if (how & INFO_STRONGBOX)
		below->provisioning = (struct km_provisioning){
			.present = true,
			.issued = 5,
			.entity = "STRONG_BOX",
			.lost = -1,
		};
}

/* Below the batch key, at d->at, a certificate of its holder's own making. */
static void
sub_ca(struct km_chain *chain, const struct km_defect *d)
{
	struct km_cert *own = km_insert(chain, d->at);

	name(own, d->text);
	own->slot = FORGED_SLOT;
	move_info(&chain->certs[d->at + 1], own, d->tag);
	if (d->tag & SAYS_STRONGBOX)
		say_level(chain, KM_STRONGBOX);
	if (d->tag & NO_ROOT) {
		struct km_cert *root = &chain->certs[chain->n - 1];
		struct km_cert *top = &chain->certs[chain->n - 2];

		memcpy(top->issuer, root->subject, KM_TEXT);
		top->signer_alg = (int)root->alg;
		top->signer_slot = root->slot;
		km_remove(chain, chain->n - 1);
	}
}

/* Two of them: the path is as long as one of another kind. */
static void
two_sub_cas(struct km_chain *chain, const struct km_defect *d)
{
	sub_ca(chain, d);
	struct km_cert *own = km_insert(chain, d->at);

	name(own, "CN=Second");
	own->slot = FORGED_SLOT + 1;
}

/* The holder's attest key, which his sub-CA attests. */
static void
attest_key(struct km_chain *chain, const struct km_defect *d)
{
	static const uint64_t attest[] = { 7 };
	struct km_description *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *chain->certs[0].description;
	km_set(&copy->hardware, 1, attest, 1);
	sub_ca(chain, d);
	struct km_cert *key = km_insert(chain, 1);
	name(key, "CN=Attest");
	key->description = copy;
	key->slot = FORGED_SLOT + 2;
}

static void
leave_out(struct km_chain *chain, const struct km_defect *d)
{
	km_remove(chain, d->at);
}

static void
rename_one(struct km_chain *chain, const struct km_defect *d)
{
	name(&chain->certs[d->at], d->text);
}

/* What the root signed is no intermediate of either kind. */
static void
one_more_above(struct km_chain *chain, const struct km_defect *d)
{
	struct km_cert *more = km_insert(chain, d->at);

	name(more, d->text);
	more->slot = FORGED_SLOT;
}

static void
info(struct km_chain *chain, const struct km_defect *d)
{
	chain->certs[d->at].provisioning = (struct km_provisioning){
		.present = true,
		.issued = 5,
		.lost = -1,
	};
}

/* --- levels ------------------------------------------------------------------ */

/* "batch's subject|intermediate's": a level of d->tag below them. */
static void
level_below(struct km_chain *chain, const struct km_defect *d)
{
	const char *bar = strchr(d->text, '|');

	snprintf(chain->certs[d->at].subject, KM_TEXT, "%.*s",
	         (int)(bar - d->text), d->text);
	name(&chain->certs[d->at + 1], bar + 1);
	say_level(chain, (enum km_level)d->tag);
}

/* --- statements -------------------------------------------------------------- */

static void
add_extension(struct km_cert *cert, struct km_extension extension)
{
	for (size_t i = 0; i < KM_EXTRA; i++)
		if (!cert->extra[i].oid) {
			cert->extra[i] = extension;
			return;
		}
	abort();
}

/* "OID content": critical; and with d->tag something that libcrypto cannot
 * read, so that it does not see the certificate at all. */
static void
critical(struct km_chain *chain, const struct km_defect *d)
{
	static char oid[64];
	const char *space = strchr(d->text, ' ');
	struct km_cert *cert = &chain->certs[d->at];

	snprintf(oid, sizeof(oid), "%.*s", (int)(space - d->text), d->text);
	if (d->tag)
		add_extension(cert, (struct km_extension){
		                            .oid = "2.5.29.31",
		                            .content = km_hex(chain, "30"),
		                    });
	add_extension(cert, (struct km_extension){
	                            .oid = oid,
	                            .content = km_hex(chain, space + 1),
	                            .critical = true,
	                    });
}

/* A key that libcrypto does not decode: it sees the certificate as little. */
static void
critical_of_a_strange_key(struct km_chain *chain, const struct km_defect *d)
{
	chain->certs[0].key_oid = "1.3.101.110";
	chain->certs[0].key_bits = km_hex(chain, KM_SIGNER_HEX);
	critical(chain, d);
}

/* Only the target's may be of such a kind. */
static void
strange_key(struct km_chain *chain, const struct km_defect *d)
{
	chain->certs[d->at].key_oid = d->text;
	chain->certs[d->at].key_bits = km_hex(chain, KM_SIGNER_HEX);
}

static void
strange_key_signed_by_another(struct km_chain *chain, const struct km_defect *d)
{
	strange_key(chain, d);
	chain->certs[0].signer_alg = KM_P256;
	chain->certs[0].signer_slot = FORGED_SLOT;
}

static void
strange_key_of_another_issuer(struct km_chain *chain, const struct km_defect *d)
{
	strange_key(chain, d);
	snprintf(chain->certs[0].issuer, KM_TEXT, "CN=Other");
}

static void
strange_key_below_no_ca(struct km_chain *chain, const struct km_defect *d)
{
	strange_key(chain, d);
	chain->certs[1].basic = KM_NO_CA;
}

#define ROW(name_, reason_, shape_, apply_, at_, n_, text_)        \
	{                                                          \
		.name = (name_), .reason = REASON_##reason_,       \
		.shape = (shape_), .apply = (apply_), .at = (at_), \
		.tag = (n_), .text = (text_)                       \
	}
#define FACTORY(name_, apply_, at_, n_, text_) \
	ROW(name_, CHAIN_MALFORMED, KM_FACTORY, apply_, at_, n_, text_)
#define RKP(name_, apply_, at_, n_, text_) \
	ROW(name_, CHAIN_MALFORMED, KM_RKP, apply_, at_, n_, text_)
#define ATTEST(name_, apply_, at_, n_, text_) \
	ROW(name_, CHAIN_MALFORMED, KM_ATTEST_KEY, apply_, at_, n_, text_)
#define FACTORY_ATTEST(name_, apply_, at_, n_, text_)                       \
	ROW(name_, CHAIN_MALFORMED, KM_FACTORY_ATTEST_KEY, apply_, at_, n_, \
	    text_)
#define FACTORY_LEVEL(name_, n_, text_) \
	ROW(name_, SECURITY_LEVEL, KM_FACTORY, level_below, 1, n_, text_)
#define RKP_LEVEL(name_, n_, text_) \
	ROW(name_, SECURITY_LEVEL, KM_RKP, level_below, 1, n_, text_)
/* The subject that would say the level is in another place then. */
#define LEVEL_TOO(name_, shape_, apply_, at_, n_, text_)                     \
	{                                                                    \
		.name = (name_), .reason = REASON_CHAIN_MALFORMED,           \
		.also = KM_ALSO(SECURITY_LEVEL), .shape = (shape_),          \
		.apply = (apply_), .at = (at_), .tag = (n_), .text = (text_) \
	}

#define OWN_STRONGBOX \
	"serialNumber=00112233445566778899aabbccddeeff,title=StrongBox"
#define OWN_SILENT "serialNumber=aa"
#define OWN_TEE "CN=00112233445566778899aabbccddeeff,O=TEE"
#define OWN_RKP_STRONGBOX "CN=00112233445566778899aabbccddeeff,O=StrongBox"
#define OWN_SERVER "O=Google LLC,CN=Droid CA9"
#define CA3 "O=Google LLC,CN=Droid CA3"

/* clang-format off */
const struct km_defect km_defects_kind[] = {
	LEVEL_TOO("factory-sub-ca-strongbox", KM_FACTORY, sub_ca, 1, SAYS_STRONGBOX, OWN_STRONGBOX),
	FACTORY("factory-sub-ca-silent", sub_ca, 1, 0, OWN_SILENT),
	FACTORY("factory-sub-ca-of-no-kind", sub_ca, 1, 0, "CN=Anything"),
	FACTORY("factory-sub-ca-without-root", sub_ca, 1, NO_ROOT, OWN_SILENT),
	FACTORY("factory-sub-ca-called-server", sub_ca, 1, 0, OWN_SERVER),
	LEVEL_TOO("factory-sub-ca-provisioned", KM_FACTORY, sub_ca, 1, INFO_STRONGBOX | SAYS_STRONGBOX, OWN_RKP_STRONGBOX),
	FACTORY("factory-two-sub-cas", two_sub_cas, 1, 0, OWN_SILENT),
	FACTORY("factory-sub-ca-attests-a-key", attest_key, 1, 0, OWN_SILENT),
	FACTORY("factory-without-attestation", leave_out, 1, 0, ""),
	FACTORY("factory-intermediate-of-no-kind", rename_one, 2, 0, "CN=Some Intermediate"),
	LEVEL_TOO("factory-called-rkp", KM_FACTORY, rename_one, 2, 0, CA3),
	FACTORY("factory-one-more-above", one_more_above, 3, 0, "serialNumber=ab12"),
	FACTORY("factory-batch-provisioned", info, 1, 0, ""),
	FACTORY("factory-intermediate-provisioned", info, 2, 0, ""),
	RKP("rkp-sub-ca", sub_ca, 1, 0, OWN_TEE),
	RKP("rkp-sub-ca-provisioned", sub_ca, 1, INFO_MOVED, OWN_TEE),
	RKP("rkp-sub-ca-unprovisioned", sub_ca, 1, INFO_NOWHERE, OWN_TEE),
	RKP("rkp-sub-ca-strongbox", sub_ca, 1, INFO_NOWHERE | SAYS_STRONGBOX, OWN_RKP_STRONGBOX),
	RKP("rkp-sub-ca-strongbox-provisioned", sub_ca, 1, INFO_NOWHERE | INFO_STRONGBOX | SAYS_STRONGBOX, OWN_RKP_STRONGBOX),
	RKP("rkp-sub-ca-without-root", sub_ca, 1, INFO_MOVED | NO_ROOT, OWN_TEE),
	RKP("rkp-sub-ca-attests-a-key", attest_key, 1, INFO_MOVED, OWN_TEE),
	RKP("rkp-without-server", leave_out, 2, 0, ""),
	RKP("rkp-first-of-no-kind", rename_one, 3, 0, "CN=Droid CA2"),
	RKP("rkp-called-factory", rename_one, 3, 0, "serialNumber=ab12"),
	RKP("rkp-one-more-above", one_more_above, 4, 0, "O=Google LLC,CN=Droid CA1"),
	ATTEST("attest-key-below-a-sub-ca", sub_ca, 2, INFO_MOVED, OWN_TEE),
	ATTEST("attest-key-below-a-sub-ca-unprovisioned", sub_ca, 2, INFO_NOWHERE, OWN_TEE),
	ATTEST("attest-key-without-server", leave_out, 3, 0, ""),
	FACTORY_ATTEST("factory-attest-key-below-a-sub-ca", sub_ca, 2, 0, OWN_SILENT),
	LEVEL_TOO("factory-attest-key-below-a-strongbox-sub-ca", KM_FACTORY_ATTEST_KEY, sub_ca, 2, 0, OWN_STRONGBOX),
	FACTORY_ATTEST("factory-attest-key-without-attestation", leave_out, 2, 0, ""),
	FACTORY_ATTEST("factory-attest-key-provisioned", info, 2, 0, ""),
	FACTORY_LEVEL("strongbox-below-silence", KM_STRONGBOX, "serialNumber=ab|serialNumber=cd"),
	FACTORY_LEVEL("strongbox-below-tee", KM_STRONGBOX, "serialNumber=ab,title=TEE|serialNumber=cd,title=TEE"),
	FACTORY_LEVEL("strongbox-below-tee-below-strongbox", KM_STRONGBOX, "serialNumber=ab,title=TEE|serialNumber=cd,title=StrongBox"),
	FACTORY_LEVEL("strongbox-below-tee-in-words", KM_STRONGBOX, "CN=Maker tee 1,serialNumber=ab|serialNumber=cd,title=StrongBox"),
	FACTORY_LEVEL("strongbox-below-strongbox-below-tee", KM_STRONGBOX, "serialNumber=ab,title=StrongBox|serialNumber=cd,title=TEE"),
	FACTORY_LEVEL("strongbox-below-both", KM_STRONGBOX, "title=StrongBox,title=TEE|serialNumber=cd"),
	FACTORY_LEVEL("tee-below-both", KM_TEE, "title=TEE,title=StrongBox|serialNumber=cd"),
	FACTORY_LEVEL("tee-below-strongbox", KM_TEE, "serialNumber=ab,title=StrongBox|serialNumber=cd,title=StrongBox"),
	FACTORY_LEVEL("tee-below-software", KM_TEE, "serialNumber=ab,title=Software|serialNumber=cd"),
	FACTORY_LEVEL("tee-below-software-intermediate", KM_TEE, "serialNumber=ab|serialNumber=cd,title=Software"),
	RKP_LEVEL("rkp-level-silent", KM_TEE, "CN=4f47dffaecc3f58346fb7815514e0dcc|" CA3),
	RKP_LEVEL("rkp-level-in-another-place", KM_TEE, "CN=4f47dffaecc3f58346fb7815514e0dcc,title=TEE|" CA3),
	RKP_LEVEL("rkp-level-contradicted", KM_TEE, "O=TEE,title=StrongBox|" CA3),
	ATTEST("critical-below-an-attest-key", critical, 0, 0, "1.2.3.4 0500"),
	ATTEST("critical-unreadable-below-an-attest-key", critical, 0, 0, "2.5.29.17 04"),
	FACTORY_ATTEST("factory-critical-below-an-attest-key", critical, 0, 0, "1.2.3.4 0500"),
	FACTORY_ATTEST("factory-critical-of-an-attest-key", critical, 1, 0, "1.2.3.4 0500"),
	ATTEST("critical-of-an-attest-key", critical, 1, 0, "1.2.3.4 0500"),
	RKP("critical-where-libcrypto-does-not-look", critical, 0, 1, "1.2.3.4 0500"),
	FACTORY("factory-critical-where-libcrypto-does-not-look", critical, 0, 1, "1.2.3.4 0500"),
	RKP("critical-unreadable-where-libcrypto-does-not-look", critical, 0, 1, "2.5.29.37 04"),
	RKP("critical-twice-where-libcrypto-does-not-look", critical, 0, 1, "2.5.29.31 3000"),
	RKP("critical-of-a-strange-key", critical_of_a_strange_key, 0, 0, "1.2.3.4 0500"),
	RKP("strange-key-of-attestation", strange_key, 1, 0, "1.3.101.110"),
	FACTORY("factory-strange-key-of-batch", strange_key, 1, 0, "2.16.840.1.101.3.4.3.18"),
	ATTEST("strange-key-of-an-attest-key", strange_key, 1, 0, "2.16.840.1.101.3.4.3.18"),
	FACTORY_ATTEST("factory-strange-key-of-an-attest-key", strange_key, 1, 0, "1.3.101.110"),
	RKP("strange-key-below-no-ca", strange_key_below_no_ca, 0, 0, "1.3.101.110"),
	RKP("strange-key-of-another-issuer", strange_key_of_another_issuer, 0, 0, "1.3.101.110"),
	ROW("strange-key-signed-by-another", EVIDENCE_SIGNATURE, KM_RKP, strange_key_signed_by_another, 0, 0, "1.3.101.110"),
	{ .name = NULL },
};
/* clang-format on */
