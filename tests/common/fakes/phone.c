/*
 * phone.c - see phone.h.
 */
#include "tests/common/fakes/phone.h"

#include "crypto/digest.h"

#include "tests/keymint/keys.h"

struct phone
phone_of(enum km_shape shape, unsigned device)
{
	return (struct phone){
		.shape = shape,
		.level = KM_TEE,
		.device = device,
		.os_version = 160000,
		.os_patch = 202609,
		.vendor_patch = 20260905,
		.boot_patch = 20260903,
		.root = km_root_of(device),
		.attest_purpose = 7,
		.proof_device = device,
	};
}

static void
say(struct km_list *list, uint32_t tag, uint64_t value)
{
	if (value != 0)
		km_int(list, tag, value);
	else
		km_drop(list, tag);
}

static void
describe(const struct phone *p, struct km_description *d)
{
	km_root(&d->hardware, &p->root);
	say(&d->hardware, 705, p->os_version);
	say(&d->hardware, 706, p->os_patch);
	say(&d->hardware, 718, p->vendor_patch);
	say(&d->hardware, 719, p->boot_patch);
}

/* The certificate that tells the attest key's purpose; NULL: there is none. */
static struct km_description *
attest_key_of(const struct phone *p, struct km_chain *chain)
{
	if (p->shape == KM_ATTEST_KEY)
		return chain->certs[1].description;
	return p->shape == KM_NEW_ATTEST_KEY ? chain->certs[0].description
	                                     : NULL;
}

static void
shape(const struct phone *p, struct km_chain *chain)
{
	struct km_description *attest_key = attest_key_of(p, chain);
	size_t batch = p->shape == KM_ATTEST_KEY ? 2 : 1;

	km_set_device(chain, p->device, p->key);
	for (size_t i = 0; i < chain->n; i++)
		if (chain->certs[i].description)
			describe(p, chain->certs[i].description);
	if (attest_key)
		km_set(&attest_key->hardware, 1, &p->attest_purpose, 1);
	if (p->chain_end_s != 0)
		chain->certs[batch].not_after = p->chain_end_s;
}

static err_t
prove(const struct phone *p, struct km_chain *chain, struct bytes nonce)
{
	struct bytes over = p->proof_nonce.len ? p->proof_nonce : nonce;

	TRY(km_prove(chain, p->proof_alg,
	             km_key_slot(p->proof_device, p->proof_key), over));
	if (p->proof_spoilt != 0)
		chain->proof.data[p->proof_spoilt % chain->proof.len] ^= 1;
	return OK;
}

err_t
phone_answer(const struct phone *p, struct bytes nonce, struct buf *json)
{
	struct km_chain *raw = NULL;

	TRY(km_chain_new(p->shape, p->level, nonce, &raw));
	AUTO(km_chain_free) struct km_chain *chain = raw;
	shape(p, chain);
	TRY(km_chain_make(chain));
	if (p->proves)
		TRY(prove(p, chain, nonce));
	return km_evidence(chain, json);
}

void
phone_identity(const struct phone *p, uint8_t out[static HASH_SIZE])
{
	AUTO(buf_release) struct buf spki = buf_of(1024);
	struct km_chain *raw = NULL;
	static const uint8_t nonce[HASH_SIZE];

	if (km_chain_new(p->shape, p->level, bytes_of(nonce, HASH_SIZE),
	                 &raw) != OK)
		return;
	AUTO(km_chain_free) struct km_chain *chain = raw;
	km_set_device(chain, p->device, p->key);
	size_t i = p->shape == KM_ATTEST_KEY ? 1 : 0;
	km_spki(chain->certs[i].alg, chain->certs[i].slot, &spki);
	digest_sha256(buf_bytes(&spki), out);
}

err_t
phone_root(struct buf *pem)
{
	static const uint8_t nonce[HASH_SIZE];
	struct km_chain *raw = NULL;

	TRY(km_chain_new(KM_RKP, KM_TEE, bytes_of(nonce, HASH_SIZE), &raw));
	AUTO(km_chain_free) struct km_chain *chain = raw;
	TRY(km_chain_make(chain));
	km_pem(buf_bytes(&chain->certs[chain->n - 1].der), pem);
	return buf_status(pem);
}
