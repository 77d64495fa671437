/*
 * test_appraise_key_change.c - which evidence may give an enrolled device another
 * key, and what the key before must have signed for that.
 */
#include "crypto/x509/roots.h"
#include "evidence/key_change.h"
#include "tests/keymint/keymint.h"
#include "tests/keymint/keys.h"
#include "tests/unit/evidence/test_appraise_kit.h"

static const char changing[] =
        "id=\"t\"; version=3; workflows:{"
        "enroll:{formats=[\"tpm2-quote\",\"android-key\"];};"
        "register:{formats=[\"tpm2-quote\",\"android-key\"];};};";

#define OLD_SLOT 77

/* A challenge to enrol, by a phone whose new key the evidence attests, and whose
 * key before is that of OLD_SLOT. */
struct change_scene {
	struct scene scene;
	struct trust_anchors anchors;
	struct km_chain *chain;
	struct challenge challenge;
	struct buf old_key, signature;
};

static void
change_scene_release(struct change_scene *c)
{
	for (size_t i = 0; i < ARRAY_LEN(c->anchors.roots); i++)
		x509_roots_free((struct x509_roots *)c->anchors.roots[i]);
	km_chain_free(c->chain);
	buf_release(&c->old_key);
	buf_release(&c->signature);
	scene_release(&c->scene);
}
DEFINE_AUTO_REF(struct change_scene, change_scene_release);

static void
make_phone(struct change_scene *c)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct km_root root = km_root_of(0);
	struct x509_roots *roots = NULL;

	km_time_is(SOFT_BATCH_IAT);
	CU_ASSERT_EQUAL_FATAL(
	        km_chain_new(KM_RKP, KM_TEE,
	                     bytes_of(c->challenge.nonce, HASH_SIZE),
	                     &c->chain),
	        OK);
	root.state = 0; /* verified */
	root.has_hash = true;
	km_root(&c->chain->certs[0].description->hardware, &root);
	buf_reset(&c->scene.json);
	CU_ASSERT_FATAL(km_chain_make(c->chain) == OK &&
	                km_evidence(c->chain, &c->scene.json) == OK);
	CU_ASSERT_FATAL(x509_roots_new(&roots) == OK);
	CU_ASSERT_FATAL(
	        x509_roots_add(roots,
	                       buf_bytes(&c->chain->certs[c->chain->n - 1].der),
	                       &why) == OK);
	c->anchors.roots[ANCHOR_ANDROID_KEY] = roots;
	c->scene.request.evidence = buf_bytes(&c->scene.json);
}

static struct appraise_result
ask(struct change_scene *c)
{
	c->scene.request.anchors = &c->anchors;
	c->scene.request.change.previous_key = buf_bytes(&c->old_key);
	c->scene.request.change.previous_signature = buf_bytes(&c->signature);
	return run(&c->scene);
}

/* The key before signs that statement. */
static void
sign_statement(struct change_scene *c, struct bytes statement)
{
	buf_reset(&c->signature);
	CU_ASSERT_EQUAL_FATAL(
	        km_sign(KM_P256, OLD_SLOT, statement, &c->signature), OK);
}

/* In words of the test's own (docs/api.md). */
static void
make_statement(struct change_scene *c,
               uint8_t out[static KEY_CHANGE_STATEMENT_SIZE])
{
	AUTO(buf_release) struct buf spki = buf_of(1024);

	km_spki(KM_P256, c->chain->certs[0].slot, &spki);
	memcpy(out, "anchord-key-change-v1", 22);
	memcpy(out + 22, c->challenge.nonce, HASH_SIZE);
	digest_sha256(buf_bytes(&spki), out + 22 + HASH_SIZE);
}

static struct change_scene
change_scene_of(enum workflow w)
{
	struct change_scene c = { .scene = scene_of(),
		                  .old_key = buf_of(1024),
		                  .signature = buf_of(1024) };
	AUTO(buf_release) struct buf why = buf_of(1024);
	uint8_t statement[KEY_CHANGE_STATEMENT_SIZE];

	policy_free(c.scene.policy);
	CU_ASSERT_EQUAL_FATAL(
	        policy_parse(bytes_of_str(changing), &why, &c.scene.policy),
	        OK);
	c.scene.claims.workflow = w;
	make_challenge(&c.scene);
	CU_ASSERT_EQUAL_FATAL(
	        challenge_open(c.scene.request.challenge, &c.challenge), OK);
	make_phone(&c);
	km_spki(KM_P256, OLD_SLOT, &c.old_key);
	make_statement(&c, statement);
	sign_statement(&c, bytes_of(statement, sizeof(statement)));
	c.scene.request.change.order = WIRE_KEY_CHANGE_BY_KEY;
	return c;
}

static void
test_by_key(void)
{
	AUTO(change_scene_release)
	struct change_scene c = change_scene_of(WORKFLOW_ENROLL);
	struct appraise_result r = ask(&c);
	uint8_t old[HASH_SIZE];

	digest_sha256(buf_bytes(&c.old_key), old);
	CU_ASSERT_EQUAL(r.appraisal.reasons, 0);
	CU_ASSERT_TRUE(r.appraisal.identified);
	CU_ASSERT_EQUAL(memcmp(r.previous, old, HASH_SIZE), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(r.appraisal.identity, old, HASH_SIZE), 0);
	/* Nobody's, where nothing is to change. */
	c.scene.request.change.order = WIRE_KEY_CHANGE_NONE;
	r = ask(&c);
	CU_ASSERT_EQUAL(r.appraisal.reasons, 0);
	CU_ASSERT(is_zero(r.previous, HASH_SIZE));
}

/* Another byte anywhere, another length, another nonce: no signature. */
static void
test_statement(void)
{
	AUTO(change_scene_release)
	struct change_scene c = change_scene_of(WORKFLOW_ENROLL);
	uint8_t good[KEY_CHANGE_STATEMENT_SIZE], bad[sizeof(good)];
	static const size_t places[] = { 0, sizeof(KEY_CHANGE_LABEL) - 1,
		                         sizeof(KEY_CHANGE_LABEL),
		                         sizeof(KEY_CHANGE_LABEL) + HASH_SIZE,
		                         sizeof(good) - 1 };

	make_statement(&c, good);
	CU_ASSERT_EQUAL(sizeof(good), 86);
	CU_ASSERT_EQUAL(memcmp(good, "anchord-key-change-v1", 22), 0);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		memcpy(bad, good, sizeof(bad));
		bad[places[i]] ^= 1;
		sign_statement(&c, bytes_of(bad, sizeof(bad)));
		CU_ASSERT_EQUAL(ask(&c).appraisal.reasons,
		                BIT(EVIDENCE_SIGNATURE));
	}
	/* What a proof signs is no statement. */
	sign_statement(&c, bytes_of(c.challenge.nonce, HASH_SIZE));
	CU_ASSERT_EQUAL(ask(&c).appraisal.reasons, BIT(EVIDENCE_SIGNATURE));
	sign_statement(&c, bytes_of(good, sizeof(good)));
	struct appraise_result r = ask(&c);
	CU_ASSERT_EQUAL(r.appraisal.reasons, 0);
	c.signature.len--;
	r = ask(&c);
	CU_ASSERT_EQUAL(r.appraisal.reasons, BIT(EVIDENCE_SIGNATURE));
	CU_ASSERT(is_zero(r.previous, HASH_SIZE));
}

static void
test_challenge(void)
{
	static const enum wire_key_change orders[] = {
		WIRE_KEY_CHANGE_BY_KEY, WIRE_KEY_CHANGE_BY_OFFICER
	};

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		AUTO(change_scene_release)
		struct change_scene other = change_scene_of(WORKFLOW_REGISTER);
		AUTO(change_scene_release)
		struct change_scene c = change_scene_of(WORKFLOW_ENROLL);

		other.scene.request.change.order = orders[i];
		CU_ASSERT_EQUAL(ask(&other).appraisal.reasons,
		                BIT(WORKFLOW_DENIED));
		c.scene.request.change.order = orders[i];
		c.scene.request.observed.device_handle =
		        bytes_of_str("dh1_other");
		CU_ASSERT_EQUAL(ask(&c).appraisal.reasons, BIT(BINDING_DEVICE));
	}
}

/* The policy asks for no binding: a change asks for the device all the same. */
static void
test_unbound(void)
{
	AUTO(change_scene_release)
	struct change_scene c = change_scene_of(WORKFLOW_ENROLL);
	uint8_t statement[KEY_CHANGE_STATEMENT_SIZE];

	c.scene.claims.bindings.present &= (uint16_t)~BINDING_BIT(DEVICE);
	c.scene.claims.bindings.device_handle = bytes_of(NULL, 0);
	c.scene.request.observed = c.scene.claims.bindings;
	make_challenge(&c.scene);
	CU_ASSERT_EQUAL_FATAL(
	        challenge_open(c.scene.request.challenge, &c.challenge), OK);
	x509_roots_free(
	        (struct x509_roots *)c.anchors.roots[ANCHOR_ANDROID_KEY]);
	km_chain_free(c.chain);
	make_phone(&c);
	make_statement(&c, statement);
	sign_statement(&c, bytes_of(statement, sizeof(statement)));
	CU_ASSERT_EQUAL(ask(&c).appraisal.reasons, BIT(BINDING_DEVICE));
	c.scene.request.change.order = WIRE_KEY_CHANGE_NONE;
	CU_ASSERT_EQUAL(ask(&c).appraisal.reasons, 0);
}

/* An AK of a TPM signs no statement: only an officer changes it. */
static void
test_tpm(void)
{
	AUTO(change_scene_release)
	struct change_scene c = change_scene_of(WORKFLOW_ENROLL);

	make_evidence(&c.scene, bytes_of(c.challenge.nonce, HASH_SIZE));
	CU_ASSERT_EQUAL(ask(&c).appraisal.reasons, BIT(EVIDENCE_UNSUPPORTED));
	c.scene.request.change.order = WIRE_KEY_CHANGE_BY_OFFICER;
	struct appraise_result r = ask(&c);
	CU_ASSERT_EQUAL(r.appraisal.reasons, 0);
	CU_ASSERT_TRUE(r.appraisal.identified);
	CU_ASSERT(is_zero(r.previous, HASH_SIZE));
	CU_ASSERT_EQUAL(r.appraisal.facts.n, 0); /* not the key's name */
}

/* The key before may be in another device than the new one, as with a proof: a
 * policy that takes no proofs wants an officer's order. */
static void
test_no_proofs(void)
{
	static const char *const words[] = { "true", "false" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		AUTO(change_scene_release)
		struct change_scene c = change_scene_of(WORKFLOW_ENROLL);
		AUTO(buf_release) struct buf text = buf_of(1024);
		AUTO(buf_release) struct buf why = buf_of(1024);
		const reason_set wanted = i == 0 ? 0 : BIT(KEY_ORIGIN);

		policy_free(c.scene.policy);
		c.scene.policy = NULL;
		buf_printf(&text,
		           "%sandroid:{boot_states=[\"verified\"];proofs=%s;};",
		           changing, words[i]);
		CU_ASSERT_EQUAL_FATAL(
		        policy_parse(buf_bytes(&text), &why, &c.scene.policy),
		        OK);
		CU_ASSERT_EQUAL(ask(&c).appraisal.reasons & BIT(KEY_ORIGIN),
		                wanted);
		c.scene.request.change.order = WIRE_KEY_CHANGE_BY_OFFICER;
		CU_ASSERT_EQUAL(ask(&c).appraisal.reasons & BIT(KEY_ORIGIN), 0);
	}
}

static const struct harness_test tests[] = {
	{ "the key before signs", test_by_key },
	{ "exactly this statement", test_statement },
	{ "a challenge for it", test_challenge },
	{ "a challenge that names the device", test_unbound },
	{ "a TPM, by an officer", test_tpm },
	{ "a policy without proofs", test_no_proofs },
	{ NULL, NULL },
};

HARNESS_MAIN("appraise_key_change", tests)
