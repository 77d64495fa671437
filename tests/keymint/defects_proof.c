/*
 * defects_proof.c - proofs that prove nothing.  A proof by a good key that is
 * not enrolled has no defect: who is enrolled, only the ledger knows.
 */
#include "tests/keymint/defects.h"
#include "tests/keymint/description.h"
#include "tests/keymint/keys.h"

#define ENROLLED 900 /* the slot of the key that proves */
#define OTHER 901

static struct bytes
nonce_of(const struct km_chain *chain)
{
	const struct km_description *d = chain->certs[0].description;

	return bytes_of(d->challenge, d->challenge_len);
}

static void
prove(struct km_chain *chain, enum km_alg alg, struct bytes nonce)
{
	/* What fails here leaves no proof, and the defect does not show. */
	if (km_prove(chain, alg, ENROLLED, nonce) != OK)
		buf_reset(&chain->proof);
}

/* Over the first at bytes of the nonce. */
static void
over_less(struct km_chain *chain, const struct km_defect *d)
{
	prove(chain, (enum km_alg)d->tag,
	      bytes_of(nonce_of(chain).data, d->at));
}

/* Over another device's nonce. */
static void
over_another(struct km_chain *chain, const struct km_defect *d)
{
	static const uint8_t another[HASH_SIZE] = "the nonce of somebody else";

	prove(chain, (enum km_alg)d->tag, bytes_of(another, HASH_SIZE));
}

/* One bit of the signature, counted from its end. */
static void
spoil(struct km_chain *chain, const struct km_defect *d)
{
	prove(chain, (enum km_alg)d->tag, nonce_of(chain));
	if (chain->proof.len > d->at)
		chain->proof.data[chain->proof.len - 1 - d->at] ^= 1;
}

/* Said to be by another key. */
static void
by_another(struct km_chain *chain, const struct km_defect *d)
{
	prove(chain, (enum km_alg)d->tag, nonce_of(chain));
	buf_reset(&chain->proof_key);
	km_spki((enum km_alg)d->tag, OTHER, &chain->proof_key);
}

/* As it is; for keys of kinds that are not allowed. */
static void
as_it_is(struct km_chain *chain, const struct km_defect *d)
{
	prove(chain, (enum km_alg)d->tag, nonce_of(chain));
}

static void
longer(struct km_chain *chain, const struct km_defect *d)
{
	prove(chain, (enum km_alg)d->tag, nonce_of(chain));
	buf_u8(d->at ? &chain->proof_key : &chain->proof, 0);
}

static void
shorter(struct km_chain *chain, const struct km_defect *d)
{
	prove(chain, (enum km_alg)d->tag, nonce_of(chain));
	(d->at ? &chain->proof_key : &chain->proof)->len--;
}

/* A certificate in the key's place. */
static void
certificate(struct km_chain *chain, const struct km_defect *d)
{
	prove(chain, (enum km_alg)d->tag, nonce_of(chain));
	buf_reset(&chain->proof_key);
	buf_append(&chain->proof_key, buf_bytes(&chain->certs[2].der));
}

/* clang-format off */
#define ROW(name_, reason_, apply_, alg_, at_)                              \
	{ .name = (name_), .reason = REASON_##reason_, .shape = KM_RKP,     \
	  .apply = (apply_), .after = true, .tag = (alg_), .at = (at_) }

const struct km_defect km_defects_proof[] = {
	ROW("proof-over-another-nonce", EVIDENCE_SIGNATURE, over_another, KM_P256, 0),
	ROW("proof-over-another-nonce-rsa", EVIDENCE_SIGNATURE, over_another, KM_RSA2048, 0),
	ROW("proof-over-part-of-the-nonce", EVIDENCE_SIGNATURE, over_less, KM_P256, 31),
	ROW("proof-over-nothing", EVIDENCE_SIGNATURE, over_less, KM_P256, 0),
	ROW("proof-spoilt", EVIDENCE_SIGNATURE, spoil, KM_P256, 0),
	ROW("proof-spoilt-p384", EVIDENCE_SIGNATURE, spoil, KM_P384, 0),
	ROW("proof-spoilt-rsa", EVIDENCE_SIGNATURE, spoil, KM_RSA2048, 100),
	ROW("proof-spoilt-ed25519", EVIDENCE_SIGNATURE, spoil, KM_ED25519, 32),
	ROW("proof-by-another-key", EVIDENCE_SIGNATURE, by_another, KM_P256, 0),
	ROW("proof-by-p521", EVIDENCE_MALFORMED, as_it_is, KM_P521, 0),
	ROW("proof-by-rsa1024", EVIDENCE_MALFORMED, as_it_is, KM_RSA1024, 0),
	ROW("proof-with-a-byte-more", EVIDENCE_MALFORMED, longer, KM_P256, 0),
	ROW("proof-key-with-a-byte-more", EVIDENCE_MALFORMED, longer, KM_P256, 1),
	ROW("proof-with-a-byte-more-rsa", EVIDENCE_MALFORMED, longer, KM_RSA2048, 0),
	ROW("proof-with-a-byte-less", EVIDENCE_MALFORMED, shorter, KM_P256, 0),
	ROW("proof-key-with-a-byte-less", EVIDENCE_MALFORMED, shorter, KM_P256, 1),
	ROW("proof-with-a-byte-less-ed25519", EVIDENCE_MALFORMED, shorter, KM_ED25519, 0),
	ROW("proof-key-is-a-certificate", EVIDENCE_MALFORMED, certificate, KM_P256, 0),
	{ .name = NULL },
};
/* clang-format on */
