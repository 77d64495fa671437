/*
 * governed_rig.c - see governed_rig.h.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/devices/trust_kit.h"
#include "tests/common/fakes/liar.h"
#include "tests/common/fakes/trust_rig.h"
#undef RIG /* the rigs of a device and of a key holder both have one */
#include "tests/common/roles/governed_rig.h"

void
governed_end(struct governed *w)
{
	rig_close(&w->rig);
	governed_kit_release(&w->kit);
	buf_release(&w->der);
	secret_free(w->so_pin);
}

bool
governed_begin(struct governed *w)
{
	*w = (struct governed){ .der = buf_of(4096) };
	if (!rig_open(&w->rig))
		return false;
	const struct softtoken *t = &w->rig.token;
	w->name = trust_rig_name(t);
	trust_kit_good(secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &w->so_pin));
	governed_kit_begin(&w->kit, bytes_of(t->spki, t->spki_len), t->alg,
	                   t->uri);
	trust_kit_certificate(7, &w->der, w->sha256);
	governed_kit_anchor(w->kit.chain.bundles[0], GOVERNED_ANCHOR,
	                    buf_bytes(&w->der));
	return true;
}

void
governed_put_certificate(const struct governed *w)
{
	liar_honest_again(w->rig.token.module);
	struct p11 *p11 = liar_visit(&w->rig.token);

	CU_ASSERT_EQUAL(trust_rig_visitor(p11, buf_bytes(&w->der), false),
	                CKR_OK);
	p11_unload(p11);
}

void
governed_drop_certificate(const struct governed *w)
{
	const struct hsm_trust_officer user = { NULL, w->rig.token.pin };

	trust_kit_good(trust_kit_remove(&w->name, &user, w->sha256));
}

void
governed_put_genesis(const struct governed *w, const uint8_t *digest)
{
	const struct hsm_trust_officer so = { w->so_pin, NULL };
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_trust_put put;

	trust_kit_good(
	        hsm_trust_put_genesis(&w->name, &so, digest, &why, &put));
}

void
governed_put_head(const struct hsm_token_name *name, const struct secret *pin,
                  uint64_t version, const uint8_t *digest)
{
	const struct hsm_trust_officer user = { NULL, pin };
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_trust_head head = { .version = version };

	memcpy(head.digest, digest, HASH_SIZE);
	trust_kit_good(hsm_trust_move_head(name, &user, &head, &why));
}

void
governed_put_counter(const struct hsm_token_name *name,
                     const struct secret *pin, uint64_t value)
{
	const struct hsm_trust_officer user = { NULL, pin };
	uint64_t now = 0;

	trust_kit_good(trust_kit_raise(name, &user, value, &now));
}

const uint8_t *
governed_digest(const struct governed *w, size_t version)
{
	return w->kit.chain.bundles[version - 1]->digest;
}

void
governed_put_all(const struct governed *w, size_t n)
{
	governed_put_genesis(w, w->kit.chain.genesis);
	governed_put_head(&w->name, w->rig.token.pin, n, governed_digest(w, n));
	governed_put_counter(&w->name, w->rig.token.pin, n);
	governed_put_certificate(w);
}

void
governed_life(struct governed *w)
{
	w->rig.genesis = w->kit.genesis;
	w->rig.chain = governed_kit_text(&w->kit);
	life_begin(&w->rig);
}

void
governed_await_status(struct governed *w, bool ready, const char *part)
{
	CU_ASSERT_TRUE_FATAL(lifeline_wait_status(w->rig.life, ready, part,
	                                          HARNESS_WAIT_MS));
}

void
governed_expect_refused(struct governed *w)
{
	struct wire_result_sign m = rig_result(&w->rig, 8);
	const struct wire_handle_derive h = {
		.request = 9, .tenant = bytes_of_str("backend-a")
	};

	rig_ask(&w->rig, w->rig.front, 7);
	rig_unavailable(w->rig.front, 7);
	wire_put_result_sign(&w->rig.packet, &m);
	CU_ASSERT_TRUE(peer_send(w->rig.ledger, &w->rig.packet));
	rig_unavailable(w->rig.ledger, 8);
	wire_put_handle_derive(&w->rig.packet, &h);
	CU_ASSERT_TRUE(peer_send(w->rig.ledger, &w->rig.packet));
	rig_unavailable(w->rig.ledger, 9);
}
