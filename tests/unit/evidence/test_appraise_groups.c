/*
 * test_appraise_groups.c - device groups of a policy: which one judges, which may
 * use a workflow, and which accepted state the device is in.
 */
#include "base/encode.h"
#include "tests/unit/evidence/test_appraise_kit.h"

#define HANDLE "dh1_m4YJZ0kXn2nJx1cVt0p6O1c4w2eKq8Y7b5d3f1h0A9s"
#define OTHER "dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define FLOW(more)                                                     \
	"metadata:{bindings=[\"device\",\"account\"];formats=[\"tpm2-" \
	"quote\"];" more "};"
#define HEAD(more) "id=\"t\"; version=3; workflows:{" FLOW(more) "};"

/* A group of TPMs. */
#define GROUP(name, rest) \
	"{name=\"" name "\";formats=[\"tpm2-quote\"];" rest "}"

static void
use_policy(struct scene *s, const char *text)
{
	AUTO(buf_release) struct buf why = buf_of(1024);

	policy_free(s->policy);
	s->policy = NULL;
	err_t err = policy_parse(bytes_of_str(text), &why, &s->policy);
	if (err != OK)
		printf("%s\n", buf_str(&why));
	CU_ASSERT_EQUAL_FATAL(err, OK);
}

static bool
is_name(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The reasons, and the group and state that the appraisal names; NULL: none. */
static void
check_policy(struct scene *s, const char *text, reason_set wanted,
             const char *group, const char *state)
{
	use_policy(s, text);
	struct appraise_result r = run(s);

	CU_ASSERT_EQUAL(r.appraisal.reasons, wanted);
	CU_ASSERT(is_name(r.appraisal.group, group));
	CU_ASSERT(is_name(r.appraisal.state, state));
}

/* A rule for PCR 7, by the value of that soft PCR. */
static void
put_rule(struct buf *text, unsigned value)
{
	uint8_t pcr[HASH_SIZE];

	soft_pcr(value, pcr);
	buf_append_str(text, "{bank=\"sha256\";index=7;values=[\"");
	encode_hex(text, bytes_of(pcr, HASH_SIZE));
	buf_append_str(text, "\"];}");
}

/* --- selectors ------------------------------------------------------------ */

/* clang-format off */
static const char by_scheme[] = HEAD("") "groups=("
	GROUP("rsa", "match:{tpm2:{schemes=[\"rsassa\"];};};") ","
	GROUP("ecc", "match:{tpm2:{schemes=[\"ecdsa\"];};};") ","
	GROUP("all", "") ");";
static const char by_handle[] = HEAD("") "groups=("
	GROUP("mine", "match:{handles=[\"" OTHER "\",\"" HANDLE "\"];};") ","
	GROUP("all", "") ");";
static const char by_other[] = HEAD("") "groups=("
	GROUP("other", "match:{handles=[\"" OTHER "\"];};") ","
	GROUP("all", "") ");";
static const char by_tenant[] = HEAD("") "groups=("
	GROUP("b", "match:{tenants=[\"backend-b\"];};") ","
	GROUP("a", "match:{tenants=[\"backend-a\"];};") ");";
static const char by_rsa[] = HEAD("") "groups=("
	GROUP("rsa", "match:{tpm2:{schemes=[\"rsassa\"];};};") ");";
static const char two_groups[] = "groups=("
	GROUP("first", "match:{tpm2:{schemes=[\"ecdsa\"];};};") ","
	GROUP("last", "") ");";
static const char strict_mine[] = HEAD("") "groups=("
	GROUP("strict", "match:{handles=[\"" HANDLE "\"];};"
	                "tpm2:{hashes=[\"sha512\"];};") ","
	GROUP("rest", "") ");";
static const char strict_other[] = HEAD("") "groups=("
	GROUP("strict", "match:{handles=[\"" OTHER "\"];};"
	                "tpm2:{hashes=[\"sha512\"];};") ","
	GROUP("rest", "") ");";
/* clang-format on */

static void
test_first(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	check_policy(&s, by_scheme, 0, "ecc", NULL);
	check_policy(&s, by_handle, 0, "mine", NULL);
	check_policy(&s, by_other, 0, "all", NULL);
	check_policy(&s, by_tenant, 0, "a", NULL);
	check_policy(&s, HEAD("") "tpm2:{};", 0, NULL, NULL);
}

/* The account is the one that the challenge is bound to, in hexadecimal. */
static void
test_account(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	AUTO(buf_release) struct buf text = buf_of(4096);

	for (int i = 0; i < 2; i++) {
		buf_reset(&text);
		buf_append_str(&text,
		               HEAD("") "groups=({name=\"slot\";formats=["
		                        "\"tpm2-quote\"];match:{accounts=[\"");
		encode_hex(&text, bytes_of(i ? s.claims.bindings.request
		                             : s.claims.bindings.account,
		                           HASH_SIZE));
		buf_append_str(&text, "\"];};});");
		check_policy(&s, buf_str(&text), i ? BIT(GROUP_DENIED) : 0,
		             i ? NULL : "slot", NULL);
	}
}

/* A selector by a PCR takes what the quote proves alone. */
static void
test_pcr_selects(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	for (unsigned value = 0; value < 8; value += 7) {
		AUTO(buf_release) struct buf text = buf_of(4096);

		buf_append_str(&text, HEAD("") "groups=({name=\"board\";"
		                               "formats=[\"tpm2-quote\"];"
		                               "match:{tpm2:{pcrs=(");
		put_rule(&text, value);
		buf_append_str(&text, ");};};}," GROUP("rest", "") ");");
		check_policy(&s, buf_str(&text), 0,
		             value == 7 ? "board" : "rest", NULL);
	}
}

/* A device that no group takes is refused, and its evidence is still judged. */
static void
test_none(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	check_policy(&s, by_rsa, BIT(GROUP_DENIED), NULL, NULL);
	CU_ASSERT(run(&s).appraisal.identified);
	make_evidence(&s, bytes_of_str("another nonce"));
	CU_ASSERT_EQUAL(reasons(&s), BIT(NONCE_MISMATCH));
}

/* The first group that takes the device decides, although a later one could use
 * the workflow. */
static void
test_workflow(void)
{
	static const char enroll[] = "enroll:{formats=[\"tpm2-quote\"];};";
	AUTO(scene_release) struct scene s = scene_of();
	AUTO(buf_release) struct buf text = buf_of(4096);

	buf_printf(&text, "id=\"t\";version=1;workflows:{%s%s};%s",
	           FLOW("groups=[\"last\"];"), enroll, two_groups);
	check_policy(&s, buf_str(&text), BIT(GROUP_DENIED), "first", NULL);
	buf_reset(&text);
	buf_printf(&text, "id=\"t\";version=1;workflows:{%s%s};%s",
	           FLOW("groups=[\"last\",\"first\"];"), enroll, two_groups);
	check_policy(&s, buf_str(&text), 0, "first", NULL);
}

/* Each group has rules of its own. */
static void
test_rules(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	check_policy(&s, strict_mine, BIT(EVIDENCE_UNSUPPORTED), "strict",
	             NULL);
	check_policy(&s, strict_other, 0, "rest", NULL);
}

/* --- states --------------------------------------------------------------- */

static void
put_state(struct buf *text, const char *name, unsigned value)
{
	buf_printf(text, "{name=\"%s\";pcrs=(", name);
	put_rule(text, value);
	buf_append_str(text, ");}");
}

static void
test_states(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	static const struct {
		unsigned first, second;
		const char *state;
	} rows[] = {
		{ 7, 0, "v41" },
		{ 0, 7, "v42" },
		{ 0, 1, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf text = buf_of(4096);

		buf_append_str(&text, HEAD("") "tpm2:{states=(");
		put_state(&text, "v41", rows[i].first);
		buf_append_str(&text, ",");
		put_state(&text, "v42", rows[i].second);
		buf_append_str(&text, ");};");
		check_policy(&s, buf_str(&text),
		             rows[i].state ? 0 : BIT(PCR_MISMATCH), NULL,
		             rows[i].state);
		CU_ASSERT_EQUAL(run(&s).appraisal.vector[VECTOR_EXECUTABLES],
		                rows[i].state ? 3 : 96);
	}
}

/* The rules for all hold beside the state's. */
static void
test_states_and_rules(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	AUTO(buf_release) struct buf text = buf_of(4096);

	buf_append_str(&text,
	               HEAD("") "tpm2:{pcrs=({bank=\"sha256\";index=0;values=["
	                        "\"");
	for (int i = 0; i < HASH_SIZE; i++)
		buf_append_str(&text, "00");
	buf_append_str(&text, "\"];});states=(");
	put_state(&text, "v41", 7);
	buf_append_str(&text, ");};");
	check_policy(&s, buf_str(&text), BIT(PCR_MISMATCH), NULL, "v41");
}

/* --- the age of a challenge ----------------------------------------------- */

static void
test_age(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	use_policy(&s, HEAD("challenge_age=10;"));
	s.request.now_s = SOFT_BATCH_IAT + 9;
	CU_ASSERT_EQUAL(reasons(&s), 0);
	s.request.now_s = SOFT_BATCH_IAT + 10;
	CU_ASSERT_EQUAL(reasons(&s), BIT(CHALLENGE_EXPIRED));
	/* By a clock that is behind it is not old. */
	s.request.now_s = SOFT_BATCH_IAT - 1;
	CU_ASSERT_EQUAL(reasons(&s), 0);
	use_policy(&s, HEAD("challenge_age=11;"));
	s.request.now_s = SOFT_BATCH_IAT + 10;
	CU_ASSERT_EQUAL(reasons(&s), 0);
}

static const struct harness_test tests[] = {
	{ "the first group that takes a device judges it", test_first },
	{ "an account selects by its digest", test_account },
	{ "a PCR selects", test_pcr_selects },
	{ "a device that no group takes is refused", test_none },
	{ "a workflow is for the groups that it names", test_workflow },
	{ "each group has its own rules", test_rules },
	{ "one of several states, which is told", test_states },
	{ "the rules for all hold beside a state's", test_states_and_rules },
	{ "a challenge that is older than the workflow allows", test_age },
	{ NULL, NULL },
};

HARNESS_MAIN("appraise_groups", tests)
