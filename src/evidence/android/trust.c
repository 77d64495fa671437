/*
 * trust.c - the trusted roots: those of the service or, offline, the files that
 * the caller names.  Roots of AOSP's software implementation are never trusted.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/android/trust.h"
#include "evidence/software_roots.h"

static const char batch_leniency[] = "batch-not-ca";

const struct evidence_leniency android_leniencies[] = {
	{ batch_leniency,
	  "factory batch certificates that are not a CA's although they sign" },
	{ NULL, NULL },
};

void
android_roots_drop_software(struct x509_roots *roots)
{
	for (size_t i = 0; software_root_at(i); i++)
		x509_roots_drop(roots, software_root_at(i)->spki);
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
	e->judged = ANDROID_UNJUDGED;
	android_trust_free(e->trust);
	e->trust = TAKE(trust);
	return OK;
}

/* Without memory nothing is trusted. */
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
			.succeeds = context->succeeds,
		};
	e->judged = ANDROID_UNJUDGED;
	android_trust_free(e->trust);
	e->trust = trust;
}
