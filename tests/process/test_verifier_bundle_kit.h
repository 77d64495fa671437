/*
 * test_verifier_bundle_kit.h - the real verifier where officers govern, and a chain
 * of bundles that tests change before it starts.
 */
#ifndef PROCESS_TEST_VERIFIER_BUNDLE_KIT_H
#define PROCESS_TEST_VERIFIER_BUNDLE_KIT_H

#include <signal.h>
#include <string.h>
#include "base/encode.h"
#include "crypto/digest.h"
#include "evidence/revocation/revocation.h"
#include "tests/common/base/stopped.h"
#include "tests/common/devices/trust_kit.h"
#include "tests/common/fakes/governed_kit.h"
#include "tests/process/test_verifier_ask.h"

struct world {
	struct rig rig;
	struct governed_kit kit;
	bool lists; /* revocation lists are used */
};

static inline void
world_end(struct world *w)
{
	rig_close(&w->rig);
	governed_kit_release(&w->kit);
}
DEFINE_AUTO_REF(struct world, world_end);

static inline struct bytes
root_of(const struct km_chain *chain)
{
	return buf_bytes(&chain->certs[chain->n - 1].der);
}

static inline void
name_policy(struct bundle *b)
{
	AUTO(buf_release) struct buf text = policy_text();
	struct trust_policy *policy = &b->policies[0];

	b->n_policies = 1;
	memcpy(policy->id, "t", 2);
	digest_sha256(buf_bytes(&text), policy->digest);
}

/* Version 1 names the device's root; the tests change it before world_start(). */
static inline struct world
world_of(void)
{
	struct world w = { .rig = rig_device() };

	governed_kit_begin(&w.kit, soft_key_spki(w.rig.key), ALG_ES256,
	                   "pkcs11:object=k");
	governed_kit_anchor(w.kit.chain.bundles[0], "device-root",
	                    root_of(w.rig.chain));
	name_policy(w.kit.chain.bundles[0]);
	return w;
}

static inline struct trust_anchor *
first_anchor(struct world *w)
{
	return &w->kit.chain.bundles[0]->anchors[0];
}

static inline void
hand_chain(struct world *w, size_t n)
{
	governed_kit_pack(&w->kit, n);
	hand(&w->rig, "trust-chain", buf_bytes(&w->kit.pack));
}

static inline void
world_start(struct world *w, const char *trust_more)
{
	governed_kit_pack(&w->kit, 1);
	const struct lifeline_config settings = {
		.log_level = "info",
		.more = w->lists ? "" : "revocation: { max_age = 0; };",
		.trust_more = trust_more,
		.genesis = w->kit.genesis,
	};
	rig_spawn(&w->rig, &settings);
	hand_policy(&w->rig);
	hand_chain(w, 1);
	CU_ASSERT(lifeline_start(w->rig.life, 0));
}

/* As the ledger does; der under the digest of `as`. */
static inline void
send_certificate(struct world *w, struct bytes der, struct bytes as)
{
	struct wire_trust_certificate m = { .der = der };

	digest_sha256(as, m.digest);
	buf_reset(&w->rig.packet);
	wire_put_trust_certificate(&w->rig.packet, &m);
	CU_ASSERT_FATAL(peer_send(w->rig.ledger, &w->rig.packet));
}

static inline void
send_root(struct world *w, const struct km_chain *chain)
{
	send_certificate(w, root_of(chain), root_of(chain));
}

static inline void
await_status(struct world *w, bool ready, const char *part)
{
	CU_ASSERT_FATAL(lifeline_wait_status(w->rig.life, ready, part,
	                                     HARNESS_WAIT_MS));
}

static inline void
expect_unavailable(struct world *w)
{
	struct bytes packet;

	send_evidence(&w->rig);
	CU_ASSERT_FATAL(peer_receive_id(w->rig.front, WIRE_ID_UNAVAILABLE,
	                                HARNESS_WAIT_MS, &packet));
}

#endif
