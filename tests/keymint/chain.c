/*
 * chain.c - see keymint.h: chains shaped like those in the field.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/keymint/cert.h"
#include "tests/keymint/description.h"
#include "base/encode.h"
#include "tests/keymint/keymint.h"
#include "tests/keymint/keys.h"

#define DAY 86400LL
#define YEAR (365 * DAY)
#define END_2048 2461449600LL
#define SCRATCH_MAX (256 * 1024)
#define PROOF_MAX 1024

/* Slots: what belongs to no device is below the first device's. */
enum {
	SLOT_ROOT,
	SLOT_FIRST,
	SLOT_SECOND,
	SLOT_DEVICES = 16,
	SLOTS_OF_DEVICE = 64,
	SLOT_ATTESTATION = 0,
	SLOT_ATTEST_KEY = 1,
	SLOT_KEY = 8,
};

#define CA_USAGE "critical,keyCertSign"
#define KEY_USAGE "critical,digitalSignature"

static const char *const level_words[] = { "Software", "TEE", "StrongBox" };
static const char *const entities[] = { "SOFTWARE", "TEE", "STRONG_BOX" };

static int64_t now = KM_AT;

void
km_time_is(int64_t seconds)
{
	now = seconds;
}

int64_t
km_time(void)
{
	return now;
}

static struct km_cert *
fill(struct km_chain *chain, size_t i, const char *subject, const char *serial)
{
	struct km_cert *cert = &chain->certs[i];

	snprintf(cert->subject, sizeof(cert->subject), "%s", subject);
	snprintf(cert->serial, sizeof(cert->serial), "%s", serial);
	cert->not_before = now - YEAR;
	cert->not_after = now + 10 * YEAR;
	cert->path_length = -1;
	cert->usage = CA_USAGE;
	cert->signer_alg = -1;
	cert->provisioning.issued = cert->provisioning.lost = -1;
	return cert;
}

/* --- what a device says of its keys ------------------------------------------------ */

static void
say_device(struct km_description *d)
{
	struct km_root root = km_root_of(0);
	struct km_list *hw = &d->hardware;

	km_flag(hw, 503);
	km_int(hw, 702, 0);
	km_root(hw, &root);
	km_int(hw, 705, 160000);
	km_int(hw, 706, 202609);
	km_int(hw, 718, 20260905);
	km_int(hw, 719, 20260905);
}

static void
say_application(struct km_description *d)
{
	static const uint8_t signer[HASH_SIZE] =
	        "signer of the updater, 32 byte";

	km_int(&d->software, 701, (uint64_t)(now - DAY) * 1000);
	km_application(&d->software, "org.example.updater", signer);
}

static struct km_description *
describe(struct bytes nonce, enum km_level level, bool attests)
{
	static const uint64_t sign_verify[] = { 2, 3 }, attest[] = { 7 };
	static const uint64_t sha256[] = { 4 };
	struct km_description *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->level = d->keymint_level = level;
	d->challenge_len = nonce.len < sizeof(d->challenge)
	                           ? nonce.len
	                           : sizeof(d->challenge);
	if (d->challenge_len)
		memcpy(d->challenge, nonce.data, d->challenge_len);
	km_set(&d->hardware, 1, attests ? attest : sign_verify,
	       attests ? 1 : 2);
	km_set(&d->hardware, 5, sha256, 1);
	say_device(d);
	say_application(d);
	return d;
}

void
km_set_alg(struct km_chain *chain, size_t i, enum km_alg alg)
{
	static const struct {
		uint64_t algorithm, bits, curve;
	} said[] = {
		[KM_P256] = { 3, 256, 1 },     [KM_P384] = { 3, 384, 2 },
		[KM_P521] = { 3, 521, 3 },     [KM_RSA2048] = { 1, 2048, 0 },
		[KM_RSA4096] = { 1, 4096, 0 }, [KM_RSA1024] = { 1, 1024, 0 },
		[KM_ED25519] = { 3, 256, 4 },
	};
	struct km_description *d = chain->certs[i].description;

	chain->certs[i].alg = alg;
	if (!d)
		return;
	km_int(&d->hardware, 2, said[alg].algorithm);
	km_int(&d->hardware, 3, said[alg].bits);
	km_drop(&d->hardware, 10);
	km_drop(&d->hardware, 200);
	if (said[alg].algorithm == 3)
		km_int(&d->hardware, 10, said[alg].curve);
	else
		km_int(&d->hardware, 200, 65537);
}

static void
set_version(struct km_description *d, uint64_t version)
{
	struct km_root root = km_root_of(0);
	static const uint8_t modules[HASH_SIZE] = "modules";

	d->version = version;
	d->keymint_version = version == 4   ? 41
	                     : version <= 3 ? version + 1
	                                    : version;
	root.has_hash = version >= 3;
	km_root(&d->hardware, &root);
	if (version < 3) {
		km_drop(&d->hardware, 718);
		km_drop(&d->hardware, 719);
	}
	if (version < 2)
		km_drop(&d->software, 709);
	km_drop(&d->software, 724);
	if (version >= 400)
		km_bytes(&d->software, 724, bytes_of(modules, HASH_SIZE));
}

void
km_set_version(struct km_chain *chain, uint64_t version)
{
	for (size_t i = 0; i < chain->n; i++)
		if (chain->certs[i].description)
			set_version(chain->certs[i].description, version);
}

/* --- shapes -------------------------------------------------------------------------- */

static bool
is_factory(enum km_shape shape)
{
	return shape == KM_FACTORY || shape == KM_FACTORY_ATTEST_KEY;
}

/* Above the key. */
static bool
has_attest_key(enum km_shape shape)
{
	return shape == KM_ATTEST_KEY || shape == KM_FACTORY_ATTEST_KEY;
}

static void
fill_factory(struct km_chain *chain, size_t at)
{
	char name[KM_TEXT];
	const char *title = level_words[chain->level];

	chain->n = at + 3;
	snprintf(name, sizeof(name), "serialNumber=90e8da3cadfc7820,title=%s",
	         title);
	fill(chain, at, name, "15905857467176635834");
	snprintf(name, sizeof(name), "serialNumber=ccd18b9b608d658e,title=%s",
	         title);
	struct km_cert *mid = fill(chain, at + 1, name, "03882667606589968574");
	mid->slot = SLOT_FIRST;
	struct km_cert *root =
	        fill(chain, at + 2, "serialNumber=f92009e853b6b045",
	             "e8fa196314d2fa18");
	root->slot = SLOT_ROOT;
	root->alg = mid->alg = KM_P256;
}

static void
fill_rkp(struct km_chain *chain, size_t at)
{
	static const char *const names[] = {
		"O=Google LLC,CN=Droid CA3",
		"O=Google LLC,CN=Droid CA2",
		"CN=Key Attestation CA1,OU=Android,O=Google LLC,C=US",
	};
	char name[KM_TEXT];

	chain->n = at + 4;
	snprintf(name, sizeof(name), "CN=4f47dffaecc3f58346fb7815514e0dcc,O=%s",
	         level_words[chain->level]);
	struct km_cert *cert =
	        fill(chain, at, name, "4f47dffaecc3f58346fb7815514e0dcc");
	cert->not_before = now - 10 * DAY;
	cert->not_after = now + 20 * DAY;
	cert->provisioning.present = true;
	cert->provisioning.issued = 5;
	cert->provisioning.entity = entities[chain->level];
	cert = fill(chain, at + 1, names[0],
	            "bfc61f12db0cce5bc16832d05e052e48");
	cert->slot = SLOT_SECOND;
	cert->not_after = now + 60 * DAY;
	cert = fill(chain, at + 2, names[1], "0388266760658996860e");
	cert->slot = SLOT_FIRST;
	cert->alg = KM_P384;
	cert = fill(chain, at + 3, names[2],
	            "84a9d0297b0eb58ae7ff0e80de760605");
	cert->slot = SLOT_ROOT;
	cert->alg = KM_P384;
}

/* A key with a KeyDescription: the target, or an attest key above it. */
static err_t
fill_key(struct km_chain *chain, size_t i, struct bytes nonce, bool attests)
{
	struct km_cert *cert = fill(chain, i,
	                            attests ? "CN=Android Attest Key"
	                                    : "CN=Android Keystore Key",
	                            "1");

	cert->description = describe(nonce, chain->level, attests);
	cert->not_before = 0;
	cert->not_after = END_2048;
	cert->basic = attests ? KM_CA : KM_NO_BASIC;
	cert->usage = attests ? CA_USAGE : KEY_USAGE;
	if (!cert->description)
		return E_NOMEM;
	km_set_alg(chain, i, KM_P256);
	return OK;
}

unsigned
km_key_slot(unsigned device, unsigned key)
{
	return SLOT_DEVICES + SLOTS_OF_DEVICE * device + SLOT_KEY + key;
}

void
km_set_device(struct km_chain *chain, unsigned device, unsigned key)
{
	unsigned base = SLOT_DEVICES + SLOTS_OF_DEVICE * device;
	size_t i = 0;

	chain->certs[i++].slot = chain->shape == KM_NEW_ATTEST_KEY
	                                 ? base + SLOT_ATTEST_KEY
	                                 : km_key_slot(device, key);
	if (has_attest_key(chain->shape))
		chain->certs[i++].slot = base + SLOT_ATTEST_KEY;
	chain->certs[i].slot = base + SLOT_ATTESTATION;
	if (device == 0)
		return;
	size_t len = strlen(chain->certs[i].serial);
	snprintf(chain->certs[i].serial + len - 4, 5, "%04x", device & 0xffff);
}

err_t
km_chain_new(enum km_shape shape, enum km_level level, struct bytes nonce,
             struct km_chain **ret)
{
	static const uint8_t earlier[HASH_SIZE] = "the attest key's enrolment";
	AUTO(km_chain_free) struct km_chain *chain = calloc(1, sizeof(*chain));

	if (!chain)
		return E_NOMEM;
	chain->shape = shape;
	chain->level = level;
	chain->scratch = buf_of(SCRATCH_MAX);
	(void)buf_extend(&chain->scratch, SCRATCH_MAX / 2); /* views stay */
	buf_reset(&chain->scratch);
	chain->proof = buf_of(PROOF_MAX);
	chain->proof_key = buf_of(PROOF_MAX);
	if (is_factory(shape))
		fill_factory(chain, has_attest_key(shape) ? 2 : 1);
	else
		fill_rkp(chain, has_attest_key(shape) ? 2 : 1);
	TRY(fill_key(chain, 0, nonce, shape == KM_NEW_ATTEST_KEY));
	if (has_attest_key(shape))
		TRY(fill_key(chain, 1, bytes_of(earlier, HASH_SIZE), true));
	km_set_version(chain, 300);
	km_set_device(chain, 0, 0);

	*ret = TAKE(chain);
	return OK;
}

void
km_chain_free(struct km_chain *chain)
{
	if (!chain)
		return;
	while (chain->n)
		km_remove(chain, 0);
	buf_release(&chain->proof);
	buf_release(&chain->proof_key);
	buf_release(&chain->scratch);
	free(chain);
}

/* --- surgery --------------------------------------------------------------------------- */

struct km_cert *
km_insert(struct km_chain *chain, size_t at)
{
	struct km_cert *cert = &chain->certs[at];

	if (chain->n == KM_CERTS)
		abort();
	memmove(cert + 1, cert, (chain->n++ - at) * sizeof(*cert));
	memset(cert, 0, sizeof(*cert));
	return fill(chain, at, "CN=Inserted", "abcdef");
}

void
km_remove(struct km_chain *chain, size_t at)
{
	struct km_cert *cert = &chain->certs[at];

	free(cert->description);
	buf_release(&cert->der);
	memmove(cert, cert + 1, (--chain->n - at) * sizeof(*cert));
	memset(&chain->certs[chain->n], 0, sizeof(*cert));
}

err_t
km_chain_make(struct km_chain *chain)
{
	for (size_t i = chain->n; i-- > 0;)
		TRY(km_cert_make(&chain->certs[i],
		                 &chain->certs[i + 1 < chain->n ? i + 1 : i]));
	return OK;
}

/* --- what is handed over ---------------------------------------------------------------- */

err_t
km_prove(struct km_chain *chain, enum km_alg alg, unsigned slot,
         struct bytes nonce)
{
	buf_reset(&chain->proof);
	buf_reset(&chain->proof_key);
	TRY(km_sign(alg, slot, nonce, &chain->proof));
	km_spki(alg, slot, &chain->proof_key);
	return buf_status(&chain->proof_key);
}

static void
put_member(struct buf *out, const char *name, const struct buf *value)
{
	if (value->len == 0)
		return;
	buf_printf(out, ",\"%s\":\"", name);
	encode_base64(out, buf_bytes(value));
	buf_append_str(out, "\"");
}

err_t
km_evidence(const struct km_chain *chain, struct buf *out)
{
	buf_append_str(out, "{\"format\":\"android-key\",\"x5c\":[");
	for (size_t i = 0; i < chain->n; i++) {
		buf_append_str(out, i ? ",\"" : "\"");
		encode_base64(out, buf_bytes(&chain->certs[i].der));
		buf_append_str(out, "\"");
	}
	buf_append_str(out, "]");
	put_member(out, "proof", &chain->proof);
	put_member(out, "proof_key", &chain->proof_key);
	buf_append_str(out, "}");
	return buf_status(out);
}

void
km_pem(struct bytes der, struct buf *out)
{
	AUTO(buf_release) struct buf text = buf_of(SCRATCH_MAX);

	encode_base64(&text, der);
	buf_append_str(out, "-----BEGIN CERTIFICATE-----\n");
	for (size_t at = 0; at < text.len; at += 64) {
		size_t left = text.len - at;
		buf_append(out,
		           bytes_of(text.data + at, left < 64 ? left : 64));
		buf_append_str(out, "\n");
	}
	buf_append_str(out, "-----END CERTIFICATE-----\n");
}
