/*
 * test_verifier_kit.h - the real verifier over a lifeline, its policy and
 * roots, and one Android device with evidence for one challenge.
 */
#ifndef PROCESS_TEST_VERIFIER_KIT_H
#define PROCESS_TEST_VERIFIER_KIT_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/fakes/verdict_kit.h"
#include "tests/keymint/description.h"
#include "tests/keymint/keymint.h"
#include "base/clock.h"
#include "base/encode.h"
#include "evidence/evidence.h"
#include "wire/reason.h"
#include "evidence/revocation/revocation.h"
#include "proc/role.h"
#include "wire/wire.h"
#include "crypto/x509/cert.h"

#define ANDROID(file) "{ file = \"" file "\"; purposes = [ \"android-key\" ]; }"
#define TPM(file) \
	"{ file = \"" file "\"; purposes = [ \"tpm2-ek\", \"tpm2-ak\" ]; }"
#define POLICY_METADATA "metadata:{formats=[\"android-key\"];};"
#define ANCHORS "anchors = ( " ANDROID("/r") ", " TPM("/t") " );"

struct rig {
	struct lifeline *life;
	struct peer *front, *ledger;
	struct soft_key *key;
	struct km_chain *chain;
	struct challenge_claims claims;
	uint64_t now_s;
	struct buf packet, token, json;
	int8_t identity_claim; /* of the last verdict's vector */
};

static inline void
rig_close(struct rig *r)
{
	CU_ASSERT_EQUAL(lifeline_end(r->life), ROLE_EXIT_OK);
	soft_key_free(r->key);
	km_chain_free(r->chain);
	buf_release(&r->packet);
	buf_release(&r->token);
	buf_release(&r->json);
}
DEFINE_AUTO_REF(struct rig, rig_close);

static inline void
hand(struct rig *r, const char *name, struct bytes content)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, content.data, content.len),
	                (ssize_t)content.len);
	CU_ASSERT(lifeline_fd(r->life, name, fd));
	close(fd);
}

static inline void
hand_root_as(struct rig *r, const char *name, const struct km_chain *chain)
{
	AUTO(buf_release) struct buf pem = buf_of(65536);

	km_pem(buf_bytes(&chain->certs[chain->n - 1].der), &pem);
	hand(r, name, buf_bytes(&pem));
}

static inline void
hand_root(struct rig *r, const struct km_chain *chain)
{
	hand_root_as(r, "trust", chain);
}

/* Appends a policy that accepts the device's boot key in these states. */
static inline void
put_policy_of(struct buf *out, const char *id, unsigned version,
              const char *workflows, const char *states)
{
	struct km_root root = km_root_of(0);

	buf_printf(out,
	           "id=\"%s\"; version=%u; workflows:{%s};"
	           "android:{boot_states=[\"%s\"];boot_keys=[\"",
	           id, version, workflows, states);
	encode_hex(out, bytes_of(root.key, root.key_len));
	buf_append_str(out, "\"];};");
}

static inline struct buf
policy_text(void)
{
	struct buf text = buf_of(4096);

	put_policy_of(&text, "t", 3, POLICY_METADATA, "self_signed");
	return text;
}

static inline void
hand_policy(struct rig *r)
{
	AUTO(buf_release) struct buf text = policy_text();

	CU_ASSERT(lifeline_text(r->life, "policy", buf_str(&text)));
}

static inline struct km_chain *
chain_of(enum km_shape shape, struct bytes nonce)
{
	struct km_chain *chain = NULL;

	CU_ASSERT_EQUAL_FATAL(km_chain_new(shape, KM_TEE, nonce, &chain), OK);
	CU_ASSERT_EQUAL_FATAL(km_chain_make(chain), OK);
	return chain;
}

static inline void
make_evidence(struct rig *r)
{
	struct challenge c;

	r->claims = soft_batch_claims(4);
	r->claims.iss = bytes_of_str(LIFELINE_ISSUER);
	r->claims.iat_s = r->now_s;
	r->claims.exp_s = r->now_s + 100;

	AUTO(soft_batch_release)
	struct soft_batch batch = soft_batch_of(r->key, &r->claims, 1);
	soft_batch_token(&batch, 0, &r->token);
	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&r->token), &c), OK);
	km_time_is((int64_t)r->now_s);
	r->chain = chain_of(KM_RKP, bytes_of(c.nonce, HASH_SIZE));
	CU_ASSERT_EQUAL_FATAL(km_evidence(r->chain, &r->json), OK);
}

#endif
