/*
 * test_appraise_possession.c - workflows whose policy demands possession: a key
 * by which the device can confirm later that it presents the result.
 */
#include "crypto/x509/roots.h"
#include "tests/keymint/keymint.h"
#include "tests/unit/evidence/test_appraise_kit.h"

static const char demanding[] =
        "id=\"t\"; version=3; workflows:{"
        "metadata:{formats=[\"tpm2-quote\",\"android-key\"];"
        "possession=true;};"
        "register:{formats=[\"tpm2-quote\",\"android-key\"];"
        "possession=false;};};";

/* The scene under that policy, by a phone whose key signs, or only verifies. */
struct phone_scene {
	struct scene scene;
	struct trust_anchors anchors;
	struct km_chain *chain;
};

static void
phone_scene_release(struct phone_scene *p)
{
	for (size_t i = 0; i < ARRAY_LEN(p->anchors.roots); i++)
		x509_roots_free((struct x509_roots *)p->anchors.roots[i]);
	km_chain_free(p->chain);
	scene_release(&p->scene);
}
DEFINE_AUTO_REF(struct phone_scene, phone_scene_release);

static void
demand_possession(struct scene *s, enum workflow w)
{
	AUTO(buf_release) struct buf why = buf_of(1024);

	policy_free(s->policy);
	CU_ASSERT_EQUAL_FATAL(
	        policy_parse(bytes_of_str(demanding), &why, &s->policy), OK);
	s->claims.workflow = w;
	make_challenge(s);
}

static struct phone_scene
phone_scene_of(enum workflow w, uint64_t purpose)
{
	struct phone_scene p = { .scene = scene_of() };
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct x509_roots *roots = NULL;
	struct challenge c;

	demand_possession(&p.scene, w);
	km_time_is(SOFT_BATCH_IAT);
	CU_ASSERT_EQUAL_FATAL(challenge_open(p.scene.request.challenge, &c),
	                      OK);
	CU_ASSERT_EQUAL_FATAL(km_chain_new(KM_RKP, KM_TEE,
	                                   bytes_of(c.nonce, HASH_SIZE),
	                                   &p.chain),
	                      OK);
	struct km_list *hardware = &p.chain->certs[0].description->hardware;
	struct km_root root = km_root_of(0);
	root.state = 0; /* verified */
	root.has_hash = true;
	km_root(hardware, &root);
	km_set(hardware, 1, &purpose, 1);
	buf_reset(&p.scene.json);
	CU_ASSERT_FATAL(km_chain_make(p.chain) == OK &&
	                km_evidence(p.chain, &p.scene.json) == OK);
	CU_ASSERT_FATAL(x509_roots_new(&roots) == OK);
	CU_ASSERT_FATAL(
	        x509_roots_add(roots,
	                       buf_bytes(&p.chain->certs[p.chain->n - 1].der),
	                       &why) == OK);
	p.anchors.roots[ANCHOR_ANDROID_KEY] = roots;
	return p;
}

static struct appraise_result
ask_phone(struct phone_scene *p)
{
	p->scene.request.anchors = &p->anchors;
	p->scene.request.evidence = buf_bytes(&p->scene.json);
	return run(&p->scene);
}

/* An AK of a TPM is restricted: it signs no data from outside. */
static void
test_tpm(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	CU_ASSERT_EQUAL(run(&s).appraisal.confirmation.len, 0);
	demand_possession(&s, WORKFLOW_METADATA);
	CU_ASSERT_EQUAL(reasons(&s), BIT(EVIDENCE_UNSUPPORTED));
	/* It is not even judged. */
	make_evidence(&s, bytes_of_str("another nonce"));
	CU_ASSERT_EQUAL(reasons(&s), BIT(EVIDENCE_UNSUPPORTED));
	demand_possession(&s, WORKFLOW_REGISTER);
	CU_ASSERT_EQUAL(reasons(&s), 0);
}

static void
test_phone(void)
{
	AUTO(phone_scene_release)
	struct phone_scene p = phone_scene_of(WORKFLOW_METADATA, 2);
	struct appraise_result r = ask_phone(&p);

	CU_ASSERT_EQUAL(r.appraisal.reasons, 0);
	CU_ASSERT_EQUAL(r.appraisal.confirmation.len, 91); /* P-256 */
}

static void
test_phone_that_cannot(void)
{
	AUTO(phone_scene_release)
	struct phone_scene p = phone_scene_of(WORKFLOW_METADATA, 3);
	AUTO(phone_scene_release)
	struct phone_scene q = phone_scene_of(WORKFLOW_REGISTER, 3);

	CU_ASSERT_EQUAL(ask_phone(&p).appraisal.reasons,
	                BIT(EVIDENCE_UNSUPPORTED));
	CU_ASSERT_EQUAL(ask_phone(&q).appraisal.reasons, 0);
	CU_ASSERT_EQUAL(ask_phone(&q).appraisal.confirmation.len, 0);
}

/* The evidence is good, and the request is refused all the same. */
static void
test_refusal(void)
{
	AUTO(phone_scene_release)
	struct phone_scene p = phone_scene_of(WORKFLOW_METADATA, 2);

	p.scene.request.observed.transport[0] ^= 1;
	struct appraise_result r = ask_phone(&p);
	CU_ASSERT_EQUAL(r.appraisal.reasons, BIT(BINDING_TRANSPORT));
	CU_ASSERT_EQUAL(r.appraisal.confirmation.len, 0);
}

static const struct harness_test tests[] = {
	{ "a TPM has no such key", test_tpm },
	{ "a phone whose key signs", test_phone },
	{ "a phone whose key does not", test_phone_that_cannot },
	{ "a refusal confirms no key", test_refusal },
	{ NULL, NULL },
};
HARNESS_MAIN("appraise_possession", tests)
