/*
 * trust.c - whose roots count: a person's, or the service's.
 *
 * The roots of AOSP's software implementation are public, private keys
 * included.  They never count as hardware, whoever names them.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/android/trust.h"

static const char batch_leniency[] = "batch-not-ca";

const struct evidence_leniency android_leniencies[] = {
	{ batch_leniency,
	  "factory batch certificates that are no CA although they sign" },
	{ NULL, NULL },
};

/* SHA-256 of SubjectPublicKeyInfo */
static const uint8_t software_roots[][HASH_SIZE] = {
	/* EC P-256, 2016 */
	{ 0xd5, 0x10, 0x0c, 0x79, 0x42, 0xef, 0x2e, 0x83, 0x10, 0xdc, 0x30,
	  0xef, 0x82, 0x72, 0x96, 0x80, 0xcf, 0x48, 0xd6, 0x90, 0x73, 0x5c,
	  0x3f, 0x68, 0x17, 0x9a, 0x33, 0xc7, 0xc3, 0x70, 0xf2, 0x86 },
	/* RSA 1024, 2016 */
	{ 0xf2, 0xc4, 0x74, 0x6f, 0x54, 0x59, 0x46, 0xc1, 0x00, 0xe7, 0x22,
	  0x97, 0xf8, 0xf9, 0x46, 0x34, 0x4d, 0x70, 0x52, 0xf0, 0x3a, 0x2f,
	  0x69, 0x42, 0x21, 0xf9, 0xc8, 0x93, 0xb0, 0xe6, 0xf7, 0x11 },
};

void
android_roots_drop_software(struct x509_roots *roots)
{
	for (size_t i = 0; i < ARRAY_LEN(software_roots); i++)
		x509_roots_drop(roots, software_roots[i]);
}

void
android_trust_free(struct android_trust *trust)
{
	if (!trust)
		return;
	x509_roots_free(trust->own_roots);
	free(trust);
}

static err_t
read_leniencies(const struct evidence_offline *offline,
                struct android_trust *trust)
{
	for (size_t i = 0; i < offline->n_allow; i++) {
		if (strcmp(offline->allow[i], batch_leniency) != 0)
			return E_NOT_FOUND;
		trust->batch_not_ca = true;
	}
	return OK;
}

static err_t
add_roots(void *roots, struct bytes file, struct buf *why)
{
	return x509_roots_add(roots, file, why);
}

err_t
android_offline(void *own, const struct evidence_offline *offline,
                struct buf *why)
{
	struct android_evidence *e = own;
	AUTO(android_trust_free)
	struct android_trust *trust = calloc(1, sizeof(*trust));

	if (!trust)
		return E_NOMEM;
	TRY(read_leniencies(offline, trust));
	TRY(x509_roots_new(&trust->own_roots));
	TRY(evidence_trust_read(offline, add_roots, trust->own_roots, why));
	android_roots_drop_software(trust->own_roots);
	trust->roots = trust->own_roots;
	trust->at_s = offline->at_s;
	trust->revocations = offline->revocations;
	android_trust_free(e->trust);
	e->trust = TAKE(trust);
	return OK;
}

/* No memory: then nothing is trusted. */
void
android_vouch(void *own, const struct trust_context *context)
{
	struct android_evidence *e = own;
	struct android_trust *trust = calloc(1, sizeof(*trust));

	if (trust)
		*trust = (struct android_trust){
			.at_s = context->now_s,
			.roots = context->roots,
			.revocations = context->revocations,
			.limits = context->limits,
			.ledger = true,
			.enroll = context->enroll,
		};
	android_trust_free(e->trust);
	e->trust = trust;
}
