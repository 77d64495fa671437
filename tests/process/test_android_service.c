/*
 * test_android_service.c - the life of an Android device in the real service:
 * enrolment, both ways of showing that it is the same one, updates, rollbacks,
 * other people's evidence, and its end.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/talk.h"
#include "base/clock.h"

/* --- tests -------------------------------------------------------------------- */

static struct service *service;

static void
test_set_up(void)
{
	service = talk_start();
}

/* An attest key is enrolled, and signs for ever new keys. */
static void
test_attest_key(void)
{
	static const char *const workflows[] = { "register", "metadata",
		                                 "artifact", "channel" };
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 1);
	char handle[ASK_HANDLE_MAX];

	talk_enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	for (unsigned i = 0; i < ARRAY_LEN(workflows); i++) {
		phone.key = i;
		AUTO(talk_end)
		struct talk t = talk_ask(workflows[i], handle, &phone);
		CU_ASSERT_STRING_EQUAL(t.reasons, "");
		CU_ASSERT_STRING_EQUAL(t.device_handle, "");
	}

	/* Another one's attest key, and a key without any. */
	phone.device = 2;
	talk_expect(handle, &phone, "device-key-mismatch");
	phone = phone_of(KM_RKP, 1);
	talk_expect(handle, &phone, "device-key-mismatch");
}

/* The same request again gets the same answer, to the byte. */
static void
test_again(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 3);
	AUTO(talk_end) struct talk t = talk_enroll(&phone);
	AUTO(buf_release) struct buf first = buf_of(ASK_BODY_MAX);

	CU_ASSERT_EQUAL(t.status, 201);
	buf_append(&first, buf_bytes(&t.answer));
	for (int i = 0; i < 2; i++) {
		talk_say(&t);
		CU_ASSERT_EQUAL(t.status, 201);
		CU_ASSERT(bytes_equal(buf_bytes(&first), buf_bytes(&t.answer)));
	}

	/* A later enrolment of the same device finds it. */
	AUTO(talk_end) struct talk later = talk_enroll(&phone);
	CU_ASSERT_EQUAL(later.status, 200);
	CU_ASSERT_STRING_EQUAL(later.state, "existing");
	CU_ASSERT_STRING_EQUAL(later.device_handle, t.device_handle);

	/* And the first one's evidence for its challenge only. */
	AUTO(talk_end) struct talk other = talk_enroll(&phone);
	const char *comma = strchr(buf_str(&other.body), ',');
	const char *old_comma = strchr(buf_str(&t.body), ',');
	AUTO(buf_release) struct buf mixed = buf_of(ASK_BODY_MAX);

	buf_append(&mixed, bytes_of(other.body.data,
	                            (size_t)(comma - buf_str(&other.body))));
	buf_append_str(&mixed, old_comma);
	buf_reset(&other.body);
	buf_append(&other.body, buf_bytes(&mixed));
	talk_say(&other);
	CU_ASSERT_STRING_EQUAL(other.reasons, "challenge-replayed");
	CU_ASSERT_STRING_EQUAL(other.device_handle, "");
}

static void
test_tenants(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 4);
	AUTO(talk_end) struct talk a = talk_enroll(&phone);
	AUTO(talk_end)
	struct talk b = talked((struct talk){ .who = service->backend_b,
	                                      .workflow = "enroll",
	                                      .path = TALK_ENROLL,
	                                      .phone = phone });

	CU_ASSERT_EQUAL(a.status, 201);
	CU_ASSERT_EQUAL(b.status, 201);
	CU_ASSERT_STRING_NOT_EQUAL(a.device_handle, b.device_handle);
	phone.shape = KM_ATTEST_KEY;
	talk_expect(b.device_handle, &phone, "device-not-enrolled");
}

/* The enrolled key signs the nonce, a new key is attested. */
static void
test_proof(void)
{
	static const uint8_t other[HASH_SIZE] = "another nonce";
	struct phone phone = phone_of(KM_RKP, 5);
	char handle[ASK_HANDLE_MAX];

	talk_enrolled(&phone, handle);
	phone.key = 1;
	talk_expect(handle, &phone, "device-key-mismatch");
	phone.proves = true;
	talk_expect(handle, &phone, "");

	phone.proof_nonce = bytes_of(other, sizeof(other));
	talk_expect(handle, &phone, "evidence-signature");
	phone.proof_nonce = bytes_of(NULL, 0);
	phone.proof_spoilt = 40; /* in a number */
	talk_expect(handle, &phone, "evidence-signature");
	phone.proof_spoilt = 2; /* in the DER around them */
	talk_expect(handle, &phone, "evidence-malformed");
	phone.proof_spoilt = 0;
	phone.proof_key = 2; /* nobody's */
	talk_expect(handle, &phone, "device-key-mismatch");
}

/* A proof by another enrolled device is that device's. */
static void
test_proof_of_another(void)
{
	struct phone mine = phone_of(KM_RKP, 6), yours = phone_of(KM_RKP, 7);
	char handle[ASK_HANDLE_MAX], other[ASK_HANDLE_MAX];

	talk_enrolled(&mine, handle);
	talk_enrolled(&yours, other);
	mine.key = 1;
	mine.proves = true;
	mine.proof_device = 7;
	talk_expect(handle, &mine, "device-key-mismatch");
	/* What a proof does not say: whose hardware the new key is in. */
	talk_expect(other, &mine, "");
}

/* Enrolled by the same key, attested once more. */
static void
test_same_key(void)
{
	struct phone phone = phone_of(KM_RKP, 8);
	char handle[ASK_HANDLE_MAX];

	talk_enrolled(&phone, handle);
	talk_expect(handle, &phone, "");
}

/* Nobody can enrol a key that the evidence does not attest. */
static void
test_proof_at_enrolment(void)
{
	struct phone phone = phone_of(KM_RKP, 9);

	phone.proves = true;
	phone.proof_key = 1;
	AUTO(talk_end) struct talk t = talk_enroll(&phone);
	CU_ASSERT_EQUAL(t.status, 200);
	CU_ASSERT_STRING_EQUAL(t.reasons, "device-key-mismatch");
	CU_ASSERT_STRING_EQUAL(t.device_handle, "");
	phone.proof_key = 0;
	AUTO(talk_end) struct talk own = talk_enroll(&phone);
	CU_ASSERT_EQUAL(own.status, 201);
}

/* An enrolled key that may sign anything attests nothing. */
static void
test_no_attest_key(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 10);
	char handle[ASK_HANDLE_MAX];

	phone.attest_purpose = 2;
	talk_enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	talk_expect(handle, &phone, "chain-malformed");
}

static void
test_refused(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 11);

	phone.root.locked = 0;
	AUTO(talk_end) struct talk unlocked = talk_enroll(&phone);
	CU_ASSERT_EQUAL(unlocked.status, 200);
	CU_ASSERT_FALSE(unlocked.eligible);
	CU_ASSERT_STRING_EQUAL(unlocked.reasons, "device-unlocked");
	CU_ASSERT_STRING_EQUAL(unlocked.device_handle, "");
	phone.root.locked = 0xff;
	phone.level = KM_SOFTWARE;
	AUTO(talk_end) struct talk software = talk_enroll(&phone);
	CU_ASSERT_STRING_EQUAL(software.reasons, "security-level");
	phone.level = KM_TEE;
	AUTO(talk_end) struct talk good = talk_enroll(&phone);
	CU_ASSERT_EQUAL(good.status, 201); /* nothing had been kept */
}

/* --- what was seen ------------------------------------------------------------ */

/* Lower: rollback, and nothing is taken over; higher: eligible, and shown. */
static void
one_level(const char *handle, struct phone *phone, uint64_t *level,
          const char *member)
{
	uint64_t before = *level;

	*level = before - 1;
	talk_expect(handle, phone, "firmware-rollback");
	talk_expect_shown(handle, member, (long long)before);
	*level = 0;
	talk_expect(handle, phone, "firmware-rollback");
	*level = before + 1;
	talk_expect(handle, phone, "");
	talk_expect_shown(handle, member, (long long)before + 1);
	*level = before;
	talk_expect(handle, phone, "firmware-rollback");
	*level = before + 1;
}

static void
test_levels(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 12);
	char handle[ASK_HANDLE_MAX];

	talk_enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	one_level(handle, &phone, &phone.os_version, "os_version");
	one_level(handle, &phone, &phone.os_patch, "os_patch_level");
	one_level(handle, &phone, &phone.vendor_patch, "vendor_patch_level");
	one_level(handle, &phone, &phone.boot_patch, "boot_patch_level");
	talk_expect(handle, &phone, "");
}

/* Refused evidence raises nothing. */
static void
test_refused_levels(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 13);
	struct phone unlocked;
	char handle[ASK_HANDLE_MAX];

	talk_enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	unlocked = phone;
	unlocked.root.locked = 0;
	unlocked.os_version = 170000;
	talk_expect(handle, &unlocked, "device-unlocked");
	talk_expect_shown(handle, "os_version", 160000);
	talk_expect(handle, &phone, "");
}

/* Another system, signed by another allowed key: enrol anew. */
static void
test_boot_key(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 14);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	char handle[ASK_HANDLE_MAX];

	talk_enrolled(&phone, handle);
	phone.root.key[0] ^= 1;
	AUTO(talk_end) struct talk again = talk_enroll(&phone);
	CU_ASSERT_STRING_EQUAL(again.reasons, "device-key-mismatch");
	phone.shape = KM_ATTEST_KEY;
	talk_expect(handle, &phone, "device-key-mismatch");
	CU_ASSERT_EQUAL(talk_enrolment("DELETE", handle, &answer), 204);
	talk_expect(handle, &phone, "device-not-enrolled");
	CU_ASSERT_EQUAL(talk_enrolment("GET", handle, &answer), 404);
	phone.shape = KM_NEW_ATTEST_KEY;
	talk_enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	talk_expect(handle, &phone, "");
}

#define OUTLIVED_S 6 /* long enough to enrol on a busy machine */

/* A chain of weeks ends; an attest key that was enrolled before lives on. */
static void
test_outlived(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 15);
	struct phone late = phone_of(KM_NEW_ATTEST_KEY, 16);
	char handle[ASK_HANDLE_MAX], proof_handle[ASK_HANDLE_MAX];
	struct phone prover = phone_of(KM_RKP, 17);

	talk_enrolled(&prover, proof_handle);
	phone.chain_end_s = (int64_t)(clock_wall_ms() / 1000) + OUTLIVED_S;
	talk_enrolled(&phone, handle);
	while ((int64_t)(clock_wall_ms() / 1000) <= phone.chain_end_s)
		service_sleep_ms(200);
	phone.shape = KM_ATTEST_KEY;
	talk_expect(handle, &phone, "");

	/* Who comes too late; who shows a chain that had ended before. */
	late.chain_end_s = phone.chain_end_s;
	AUTO(talk_end) struct talk t = talk_enroll(&late);
	CU_ASSERT_STRING_EQUAL(t.reasons, "chain-expired");
	phone.chain_end_s -= 1000;
	talk_expect(handle, &phone, "chain-expired");
	/* Nor does another key's enrolment stand for the chain's time. */
	phone.chain_end_s += 1000;
	phone.proves = true;
	phone.proof_device = 17;
	talk_expect(proof_handle, &phone, "chain-expired");
}

/* --- the request -------------------------------------------------------------- */

static void
test_workflow(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 18);
	AUTO(talk_end)
	struct talk wrong = talked((struct talk){
	        .workflow = "register", .path = TALK_ENROLL, .phone = phone });
	CU_ASSERT_EQUAL(wrong.status, 200);
	CU_ASSERT_STRING_EQUAL(wrong.reasons, "workflow-denied");

	/* An attestation alone enrols nobody, and spends the challenge. */
	AUTO(talk_end) struct talk t = talk_ask("enroll", NULL, &phone);
	CU_ASSERT_STRING_EQUAL(t.reasons, "");
	t.path = TALK_ENROLL;
	talk_say(&t);
	CU_ASSERT_EQUAL(t.status, 200);
	CU_ASSERT_STRING_EQUAL(t.reasons, "challenge-replayed");
	AUTO(talk_end) struct talk good = talk_enroll(&phone);
	CU_ASSERT_EQUAL(good.status, 201);
	good.path = TALK_ATTEST;
	talk_say(&good);
	CU_ASSERT_STRING_EQUAL(good.reasons, "challenge-replayed");
}

static void
test_format(void)
{
	static const char body[] =
	        "{\"challenge\":\"AAAA\",\"evidence\":{\"format\":"
	        "\"tpm2-quote\"},\"observed\":{}}";
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	CU_ASSERT_EQUAL_FATAL(client_open(service->backend, service->port, &c),
	                      OK);
	CU_ASSERT_EQUAL(client_exchange(c, "POST", TALK_ENROLL,
	                                bytes_of_str(body), &answer),
	                400);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&answer), "evidence-invalid"));
}

static void
test_end(void)
{
	talk_stop();
}

static const struct harness_test tests[] = {
	{ "the service starts", test_set_up },
	{ "an attest key, and the keys it signs", test_attest_key },
	{ "the same request, the same answer", test_again },
	{ "a handle for each tenant", test_tenants },
	{ "a proof by the enrolled key", test_proof },
	{ "a proof by another's key", test_proof_of_another },
	{ "the enrolled key, attested again", test_same_key },
	{ "a proof at enrolment is the attested key's",
	  test_proof_at_enrolment },
	{ "a key that may sign is no attest key", test_no_attest_key },
	{ "not eligible: nothing is enrolled", test_refused },
	{ "each level: rollback refused, update kept", test_levels },
	{ "refused evidence raises no level", test_refused_levels },
	{ "another boot key wants another enrolment", test_boot_key },
	{ "an attest key outlives its chain", test_outlived },
	{ "only a challenge of the workflow enrols", test_workflow },
	{ "only evidence that enrols", test_format },
	{ "the service stops", test_end },
	{ NULL, NULL },
};
HARNESS_MAIN("android_service", tests)
