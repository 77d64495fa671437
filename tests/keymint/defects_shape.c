/*
 * defects_shape.c - chains whose every signature is good, and which say more
 * than they may: keys that issue keys, statements in the wrong place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/keymint/defects.h"
#include "tests/keymint/description.h"

#define FORGED_SLOT 10

/* A copy of the target's description in another certificate. */
static void
describe_too(struct km_chain *chain, const struct km_defect *d)
{
	struct km_description *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *chain->certs[0].description;
	chain->certs[d->at].description = copy;
}

static void
describe_twice(struct km_chain *chain, const struct km_defect *d)
{
	size_t before = chain->scratch.len;

	km_description_put(chain->certs[0].description, &chain->scratch);
	chain->certs[d->at].extra[0] = (struct km_extension){
		.oid = "1.3.6.1.4.1.11129.2.1.17",
		.content = bytes_of(chain->scratch.data + before,
		                    chain->scratch.len - before),
	};
}

/* The description stands one certificate higher than it should. */
static void
describe_above(struct km_chain *chain, const struct km_defect *d)
{
	chain->certs[d->at].description = chain->certs[0].description;
	chain->certs[0].description = NULL;
}

/* The attested key issues another one, which says what the forger likes. */
static void
extend(struct km_chain *chain, const struct km_defect *d)
{
	struct km_cert *forged = km_insert(chain, 0);
	struct km_cert *was = &chain->certs[1];

	snprintf(forged->subject, KM_TEXT, "CN=Android Keystore Key");
	snprintf(was->subject, KM_TEXT, "CN=Attested");
	snprintf(forged->serial, sizeof(forged->serial), "1");
	forged->slot = FORGED_SLOT;
	forged->basic = KM_NO_BASIC;
	forged->usage = "critical,digitalSignature";
	if (d->tag & 2) {
		was->basic = KM_CA;
		was->usage = "critical,keyCertSign";
	}
}

static void
extend_described(struct km_chain *chain, const struct km_defect *d)
{
	struct km_description *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *chain->certs[0].description;
	extend(chain, d);
	chain->certs[0].description = copy;
}

/* --- provisioning info -------------------------------------------------------------- */

static void
provision(struct km_chain *chain, const struct km_defect *d)
{
	chain->certs[d->at].provisioning = (struct km_provisioning){
		.present = true,
		.issued = 5,
		.entity = "TEE",
		.lost = -1,
	};
}

static void
provision_above(struct km_chain *chain, const struct km_defect *d)
{
	provision(chain, d);
	chain->certs[1].provisioning.present = false;
}

static void
provision_twice(struct km_chain *chain, const struct km_defect *d)
{
	chain->certs[1].extra[0] = (struct km_extension){
		.oid = "1.3.6.1.4.1.11129.2.1.30",
		.content = km_hex(chain, d->text),
	};
}

static void
entity(struct km_chain *chain, const struct km_defect *d)
{
	chain->certs[1].provisioning.entity = d->text;
}

static void
subject(struct km_chain *chain, const struct km_defect *d)
{
	snprintf(chain->certs[d->at].subject, KM_TEXT, "%s", d->text);
}

/* --- attest keys ----------------------------------------------------------------------- */

static void
purpose(struct km_chain *chain, const struct km_defect *d)
{
	const uint64_t one = d->tag;

	km_set(&chain->certs[d->at].description->hardware, 1, &one, 1);
}

static void
other_root(struct km_chain *chain, const struct km_defect *d)
{
	struct km_root root = km_root_of(7);

	if (d->tag & 1)
		root.key[0] ^= 1;
	if (d->tag & 2)
		root.locked = 0;
	if (d->tag & 4)
		root.state = 2;
	km_root(&chain->certs[d->at].description->hardware, &root);
}

static void
other_number(struct km_chain *chain, const struct km_defect *d)
{
	km_int(&chain->certs[d->at].description->hardware, d->tag,
	       strtoull(d->text, NULL, 10));
}

static void
other_level(struct km_chain *chain, const struct km_defect *d)
{
	struct km_description *kd = chain->certs[d->at].description;

	kd->level = kd->keymint_level = d->tag;
}

/* Another attest key between the attest key and the target. */
static void
second_attest_key(struct km_chain *chain, const struct km_defect *d)
{
	struct km_description *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *chain->certs[1].description;
	struct km_cert *more = km_insert(chain, 1);
	more->description = copy;
	more->slot = FORGED_SLOT;
	snprintf(more->subject, KM_TEXT, "%s", d->text);
}

#define ROW(name_, reason_, shape_, apply_, at_)             \
	{                                                    \
		.name = (name_), .reason = REASON_##reason_, \
		.shape = (shape_), .apply = (apply_), .at = (at_)
#define RKP(name_, reason_, apply_, at_, n_)                  \
	ROW(name_, reason_, KM_RKP, apply_, at_), .tag = (n_) \
	}
/* The subject that would say the level is in another place then. */
#define LEVEL_TOO(name_, apply_, at_)                     \
	ROW(name_, CHAIN_MALFORMED, KM_RKP, apply_, at_), \
	        .also = KM_ALSO(SECURITY_LEVEL)           \
	}
#define FACTORY(name_, reason_, apply_, at_, n_)                  \
	ROW(name_, reason_, KM_FACTORY, apply_, at_), .tag = (n_) \
	}
#define TEXT(name_, reason_, apply_, at_, text_)                  \
	ROW(name_, reason_, KM_RKP, apply_, at_), .text = (text_) \
	}
#define ATTEST(name_, reason_, apply_, at_, n_, text_)                   \
	ROW(name_, reason_, KM_ATTEST_KEY, apply_, at_), .tag = (n_),    \
	                                                 .text = (text_) \
	}

/* clang-format off */
const struct km_defect km_defects_shape[] = {
	RKP("extended", CHAIN_MALFORMED, extend, 0, 0),
	RKP("extended-by-ca", CHAIN_MALFORMED, extend, 0, 2),
	RKP("extended-and-described", CHAIN_MALFORMED, extend_described, 0, 0),
	RKP("extended-and-described-by-ca", CHAIN_MALFORMED, extend_described, 0, 2),
	FACTORY("factory-extended-and-described", CHAIN_MALFORMED, extend_described, 0, 0),
	FACTORY("factory-extended-and-described-by-ca", CHAIN_MALFORMED, extend_described, 0, 2),
	RKP("described-twice", CHAIN_MALFORMED, describe_twice, 0, 0),
	LEVEL_TOO("described-in-attestation-too", describe_too, 1),
	LEVEL_TOO("described-in-intermediate-too", describe_too, 2),
	RKP("described-in-root-too", CHAIN_MALFORMED, describe_too, 4, 0),
	FACTORY("described-in-batch-too", CHAIN_MALFORMED, describe_too, 1, 0),
	LEVEL_TOO("described-in-attestation-only", describe_above, 1),
	RKP("described-in-root-only", CHAIN_MALFORMED, describe_above, 4, 0),
	RKP("provisioned-in-key-too", CHAIN_MALFORMED, provision, 0, 0),
	RKP("provisioned-in-intermediate-too", CHAIN_MALFORMED, provision, 2, 0),
	RKP("provisioned-two-above", CHAIN_MALFORMED, provision_above, 2, 0),
	RKP("provisioned-in-key-only", CHAIN_MALFORMED, provision_above, 0, 0),
	TEXT("provisioned-twice", CHAIN_MALFORMED, provision_twice, 1, "a10105"),
	TEXT("entity-of-another-level", SECURITY_LEVEL, entity, 1, "STRONG_BOX"),
	TEXT("subject-of-another-level", SECURITY_LEVEL, subject, 1, "CN=4f47dffaecc3f58346fb7815514e0dcc,O=StrongBox"),
	ATTEST("attest-key-may-only-sign", CHAIN_MALFORMED, purpose, 1, 2, ""),
	ATTEST("attest-key-of-another-system", CHAIN_MALFORMED, other_root, 1, 1, ""),
	ATTEST("attest-key-of-unlocked-device", CHAIN_MALFORMED, other_root, 1, 2, ""),
	ATTEST("attest-key-of-unverified-boot", CHAIN_MALFORMED, other_root, 1, 4, ""),
	ATTEST("attest-key-of-software", CHAIN_MALFORMED, other_level, 1, KM_SOFTWARE, ""),
	ATTEST("attest-key-of-another-level", CHAIN_MALFORMED, other_level, 1, KM_STRONGBOX, ""),
	ATTEST("attest-key-imported", CHAIN_MALFORMED, other_number, 1, 702, "2"),
	ATTEST("attest-keys-two", CHAIN_MALFORMED, second_attest_key, 1, 0, "CN=Second Attest Key"),
	{ .name = NULL },
};
/* clang-format on */
