/*
 * governed_kit.c - see governed_kit.h.
 */
#include "tests/common/fakes/governed_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/x509/cert.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/service/pins_kit.h"
#include "trust/pack.h"

#define DAYS_OLD 6u

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "governed_kit: %s\n", what);
	exit(2);
}

/* The counter of the token with the serial number of the URI, if it has one. */
static void
name_counter(struct trust_device *d, const char *uri)
{
	static const char member[] = "serial=";
	const char *serial = strstr(uri, member);

	if (!serial)
		return;
	serial += strlen(member);
	(void)snprintf(d->counter, sizeof(d->counter),
	               "pkcs11:serial=%.*s;object=anchord-trust-counter",
	               (int)strcspn(serial, ";?"), serial);
}

void
governed_kit_begin(struct governed_kit *g, struct bytes spki, enum alg alg,
                   const char *uri)
{
	*g = (struct governed_kit){ .pack = buf_of(TRUST_PACK_MAX) };
	chain_kit_begin(&g->chain);
	struct bundle *b = g->chain.bundles[0];

	b->issued_s = clock_wall_ms() / 1000 - DAYS_OLD * CHAIN_KIT_DAY;
	b->apply_before_s = b->issued_s + 7 * CHAIN_KIT_DAY;
	b->expires_s = b->issued_s + 365 * CHAIN_KIT_DAY;
	b->revocations_from_s = b->issued_s - 28 * CHAIN_KIT_DAY;
	for (size_t i = 0; i < b->officers.n; i++)
		b->officers.rows[i].until_s = 0;
	memset(b->anchors, 0, sizeof(b->anchors));
	b->n_anchors = 0;
	b->n_devices = 1;
	name_counter(&b->devices[0], uri);
	memset(b->pins.keys, 0, sizeof(b->pins.keys));
	b->pins.n = 0;
	struct pin *pin = pins_kit_add(&b->pins, "token", 1, spki,
	                               alg == ALG_ES256 ? ALG_COUNT : alg);
	must(strlen(uri) < sizeof(pin->uri), uri);
	memcpy(pin->uri, uri, strlen(uri) + 1);
}

void
governed_kit_release(struct governed_kit *g)
{
	chain_kit_release(&g->chain);
	buf_release(&g->pack);
}

struct trust_anchor *
governed_kit_anchor(struct bundle *b, const char *name, struct bytes der)
{
	AUTO(x509_cert_free) struct x509_cert *cert = NULL;
	struct trust_anchor *a = bundle_kit_add_anchor(b, name);

	must(x509_cert_parse(der, &cert) == OK, name);
	a->purposes = ANCHOR_BIT(ANCHOR_PURPOSE_COUNT) - 1;
	digest_sha256(der, a->self.certificate);
	digest_sha256(x509_cert_spki(cert), a->self.spki);
	return a;
}

struct bundle *
governed_kit_next(struct governed_kit *g)
{
	return chain_kit_add(&g->chain, BUNDLE_ORDINARY, "alpha bravo");
}

void
governed_kit_pack(struct governed_kit *g, size_t n)
{
	buf_release(&g->pack);
	g->pack = chain_kit_pack(&g->chain, n);
	chain_kit_genesis(&g->chain, g->genesis);
}

const char *
governed_kit_text(struct governed_kit *g)
{
	return buf_str(&g->pack);
}
