/*
 * test_android_groups.c - selectors of Android devices, and states of their
 * builds.
 */
#include "policy/group.h"
#include "tests/unit/evidence/test_android_kit.h"

#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
#define BIT(name) reason_bit(REASON_##name)

/* A device of the kit with brand "acme", whose system is signed by key 0. */
static struct km_chain *
acme_chain(enum km_level level)
{
	struct km_chain *chain = kit_chain(KM_RKP, level);
	struct km_list *hardware = &chain->certs[0].description->hardware;
	struct km_root root = km_root_of(0);

	root.has_hash = true;
	km_root(hardware, &root);
	km_bytes(hardware, 710, bytes_of_str("acme"));
	CU_ASSERT_EQUAL_FATAL(km_chain_make(chain), OK);
	return chain;
}

static void
put_key(struct buf *text)
{
	struct km_root root = km_root_of(0);

	encode_hex(text, bytes_of(root.key, root.key_len));
}

static void
put_hash(struct buf *text)
{
	struct km_root root = km_root_of(0);

	encode_hex(text, bytes_of(root.hash, root.hash_len));
}

/* Judges by a policy whose text this is behind its head. */
static struct appraisal
judge_by(const struct km_chain *chain, const char *rest, struct policy **policy)
{
	AUTO(buf_release) struct buf text = buf_of(8192);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	AUTO(evidence_release) struct evidence e = { 0 };
	const struct evidence_trust trust = { .file = kit_root(chain) };
	const struct evidence_offline offline = { .trust = &trust,
		                                  .n_trust = 1,
		                                  .at_s = KM_AT };
	struct appraisal a = { 0 };

	buf_printf(&text,
	           "id=\"kit\";version=1;workflows:{metadata:{formats=["
	           "\"android-key\",\"tpm2-quote\"];};};%s",
	           rest);
	err_t err = policy_parse(buf_bytes(&text), &why, policy);
	if (err != OK)
		printf("%s\n", buf_str(&why));
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_EQUAL_FATAL(km_evidence(chain, &json), OK);
	CU_ASSERT_EQUAL_FATAL(evidence_open(buf_bytes(&json), &why, &e), OK);
	CU_ASSERT_EQUAL_FATAL(e.format->offline(e.own, &offline, &why), OK);
	appraise_evidence(&e, bytes_of(kit_nonce, HASH_SIZE), *policy, &a);
	return a;
}

/* Two groups: what the selector takes, by rules for its own key, and the rest. */
static void
check_selector(const struct km_chain *chain, const char *match, bool takes)
{
	AUTO(buf_release) struct buf rest = buf_of(4096);
	AUTO(policy_free) struct policy *policy = NULL;

	buf_printf(&rest,
	           "groups=({name=\"picked\";formats=[\"android-key\"];match:{"
	           "android:{%s};};android:{boot_states=[\"self_signed\"];"
	           "boot_keys=[\"",
	           match);
	put_key(&rest);
	buf_append_str(&rest, "\"];};},{name=\"rest\";formats=["
	                      "\"android-key\",\"tpm2-quote\"];});");
	struct appraisal a = judge_by(chain, buf_str(&rest), &policy);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a.group);
	CU_ASSERT_STRING_EQUAL(a.group, takes ? "picked" : "rest");
	CU_ASSERT_EQUAL(a.reasons, takes ? 0 : BIT(BOOT_STATE));
}

static void
test_selectors(void)
{
	AUTO(km_chain_free) struct km_chain *chain = acme_chain(KM_TEE);
	AUTO(buf_release) struct buf key = buf_of(256);

	buf_append_str(&key, "boot_keys=[\"" ONES "\",\"");
	put_key(&key);
	buf_append_str(&key, "\"];");
	check_selector(chain, "levels=[\"tee\"];", true);
	check_selector(chain, "levels=[\"strongbox\"];", false);
	check_selector(chain, "boot_states=[\"self_signed\"];", true);
	check_selector(chain, "boot_states=[\"verified\"];", false);
	check_selector(chain, buf_str(&key), true);
	check_selector(chain, "boot_keys=[\"" ONES "\"];", false);
	check_selector(chain, "brands=[\"acme\",\"other\"];", true);
	check_selector(chain, "brands=[\"other\"];", false);
	check_selector(chain, "models=[\"acme\"];", false);
	check_selector(chain, "brands=[\"acme\"];levels=[\"strongbox\"];",
	               false);
}

/* Builds as states: the device's is in the second, or in none. */
static void
test_states(void)
{
	AUTO(km_chain_free) struct km_chain *chain = acme_chain(KM_TEE);

	for (int good = 0; good < 2; good++) {
		AUTO(buf_release) struct buf rest = buf_of(4096);
		AUTO(policy_free) struct policy *policy = NULL;

		buf_append_str(&rest, "android:{boot_states=[\"self_signed\"];"
		                      "boot_keys=[\"");
		put_key(&rest);
		buf_append_str(&rest, "\"];states=({name=\"v41\";boot_hashes=["
		                      "\"" ONES "\"];}");
		if (good) {
			buf_append_str(&rest, ",{name=\"v42\";boot_hashes=[\"");
			put_hash(&rest);
			buf_append_str(&rest, "\"];}");
		}
		buf_append_str(&rest, ");};");
		struct appraisal a = judge_by(chain, buf_str(&rest), &policy);
		CU_ASSERT_EQUAL(a.reasons, good ? 0 : BIT(BUILD_INELIGIBLE));
		CU_ASSERT(good ? a.state && strcmp(a.state, "v42") == 0
		               : !a.state);
	}
}

/* --- explanation ---------------------------------------------------------- */

struct told {
	size_t n, broken;
	char rules[32][64]; /* that do not hold */
};

static void
count_rule(void *arg, const struct policy_line *line)
{
	struct told *t = arg;

	t->n++;
	CU_ASSERT(line->shown[0] != '\0' && line->wanted[0] != '\0');
	if (!line->holds && t->broken < ARRAY_LEN(t->rules))
		(void)snprintf(t->rules[t->broken++], 64, "%s", line->rule);
}

static bool
told_broken(const struct told *t, const char *rule)
{
	for (size_t i = 0; i < t->broken; i++)
		if (strcmp(t->rules[i], rule) == 0)
			return true;
	return false;
}

/* Each rule alone, as android_rules_judge() judges it. */
static void
test_explained(void)
{
	static const char *const wrong[] = { "levels",    "os_version",
		                             "boot_keys", "boot_hashes",
		                             "brands",    "apps" };
	AUTO(km_chain_free) struct km_chain *chain = acme_chain(KM_TEE);
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(policy_free) struct policy *policy = NULL;
	const struct evidence_trust trust = { .file = kit_root(chain) };
	const struct evidence_offline offline = { .trust = &trust,
		                                  .n_trust = 1,
		                                  .at_s = KM_AT };
	struct appraisal a;
	struct told t = { 0 };

	CU_ASSERT_EQUAL_FATAL(
	        policy_parse(
	                bytes_of_str(
	                        "id=\"t\";version=1;workflows:{metadata:{"
	                        "formats=[\"android-key\"];};};android:{levels="
	                        "[\"strongbox\"];boot_states=[\"self_signed\"];"
	                        "os_version=990000;os_patch=201501;boot_keys=["
	                        "\"" ONES "\"];boot_hashes=[\"" ONES "\"];"
	                        "brands=[\"other\"];apps=({package=\"a.b\";"
	                        "signers=[\"" ONES "\"];});};"),
	                &why, &policy),
	        OK);
	CU_ASSERT_EQUAL_FATAL(km_evidence(chain, &json), OK);
	CU_ASSERT_EQUAL_FATAL(evidence_open(buf_bytes(&json), &why, &e), OK);
	CU_ASSERT_EQUAL_FATAL(e.format->offline(e.own, &offline, &why), OK);
	appraise_evidence(&e, bytes_of(kit_nonce, HASH_SIZE), policy, &a);
	e.format->policy->explain(policy_rules(policy, e.format->policy), e.own,
	                          count_rule, &t);
	CU_ASSERT_EQUAL(t.broken, ARRAY_LEN(wrong));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		CU_ASSERT(told_broken(&t, wrong[i]));
	/* levels, boot_states, origins, os_version, os_patch, the two flags
	 * that forbid something, three lists and the applications. */
	CU_ASSERT_EQUAL(t.n, 11);
}

static const struct harness_test tests[] = {
	{ "what a selector of phones takes", test_selectors },
	{ "a build is in one of several states", test_states },
	{ "each rule is explained by itself", test_explained },
	{ NULL, NULL },
};

HARNESS_MAIN("android_groups", tests)
