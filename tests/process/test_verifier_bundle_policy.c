/*
 * test_verifier_bundle_policy.c - the real verifier where officers govern, and a
 * live policy that is replaced: it counts when the bundle names it.
 */
#include "tests/process/test_verifier_bundle_kit.h"

/* Another policy, which a later bundle names. */
static void
make_next_policy(struct buf *text, const char *id, unsigned version)
{
	put_policy_of(text, id, version, POLICY_METADATA, "self_signed");
}

static void
add_policy(struct bundle *b, const char *id, const struct buf *text)
{
	struct trust_policy *policy = &b->policies[b->n_policies++];

	memcpy(policy->id, id, 2);
	digest_sha256(buf_bytes(text), policy->digest);
}

/* A changed policy waits for the bundle that names it; the one before judges. */
static void
test_policy_waits(void)
{
	AUTO(world_end) struct world w = world_of();
	AUTO(buf_release) struct buf text = buf_of(4096);

	make_next_policy(&text, "t", 4);
	struct bundle *next = governed_kit_next(&w.kit);
	next->n_policies = 0;
	add_policy(next, "t", &text);
	world_start(&w, NULL);
	send_root(&w, w.rig.chain);
	await_status(&w, true, "");
	hand(&w.rig, ROLE_FILE_POLICY_NEXT, buf_bytes(&text));
	await_status(&w, true, "policy: the trust bundle does not name it");
	expect_judged(&w.rig, 3, 0);
	hand_chain(&w, 2);
	await_status(&w, true, "");
	expect_judged(&w.rig, 4, 0);
}

/* A bundle that names the lower version alone brings it; one that names both does
 * not.  A file that came later ends the wait. */
static void
test_policy_back(void)
{
	AUTO(world_end) struct world w = world_of();
	AUTO(buf_release) struct buf text = buf_of(4096);

	make_next_policy(&text, "u", 2);
	add_policy(governed_kit_next(&w.kit), "u", &text);
	struct bundle *alone = governed_kit_next(&w.kit);
	alone->n_policies = 0;
	add_policy(alone, "u", &text);
	world_start(&w, NULL);
	send_root(&w, w.rig.chain);
	await_status(&w, true, "");
	hand(&w.rig, ROLE_FILE_POLICY_NEXT, buf_bytes(&text));
	await_status(&w, true, "policy: the trust bundle does not name it");
	hand_chain(&w, 2);
	await_status(&w, true, "policy: version 2 is lower than version 3");
	expect_judged(&w.rig, 3, 0);
	hand(&w.rig, ROLE_FILE_POLICY_NEXT, bytes_of_str("no policy"));
	await_status(&w, true, "policy: line 1");
	hand_chain(&w, 3);
	await_status(&w, false, "trust-policy: ");
	expect_unavailable(&w);
	hand(&w.rig, ROLE_FILE_POLICY_NEXT, buf_bytes(&text));
	await_status(&w, true, "");
	expect_judged(&w.rig, 2, 0);
}

/* What waits is forgotten when another file comes: the bundle that names it brings
 * nothing that is not in the file. */
static void
test_policy_forgotten(void)
{
	AUTO(world_end) struct world w = world_of();
	AUTO(buf_release) struct buf text = buf_of(4096);

	make_next_policy(&text, "u", 4);
	add_policy(governed_kit_next(&w.kit), "u", &text);
	world_start(&w, NULL);
	send_root(&w, w.rig.chain);
	await_status(&w, true, "");
	hand(&w.rig, ROLE_FILE_POLICY_NEXT, buf_bytes(&text));
	await_status(&w, true, "policy: the trust bundle does not name it");
	hand(&w.rig, ROLE_FILE_POLICY_NEXT, bytes_of_str("no policy"));
	await_status(&w, true, "policy: line 1");
	hand_chain(&w, 2);
	for (int i = 0; i < 5; i++) {
		expect_judged(&w.rig, 3, 0);
		(void)usleep(20000);
	}
	hand(&w.rig, ROLE_FILE_POLICY_NEXT, buf_bytes(&text));
	await_status(&w, true, "");
	expect_judged(&w.rig, 4, 0);
}

static const struct harness_test tests[] = {
	{ "a changed one waits for its bundle", test_policy_waits },
	{ "a lower version by a bundle alone", test_policy_back },
	{ "one that waits is forgotten for another", test_policy_forgotten },
	{ NULL, NULL },
};

HARNESS_MAIN("verifier, policy of a bundle", tests)
