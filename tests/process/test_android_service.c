/*
 * test_android_service.c - the life of an Android device in the real service:
 * enrolment, both ways of showing that it is the same one, updates, rollbacks,
 * other people's evidence, and its end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../common/ask.h"
#include "../common/harness.h"
#include "../common/phone.h"
#include "../common/service.h"
#include "clock.h"
#include "encode.h"

#define ENROLL "/v1/enrollments/android-key"
#define ATTEST "/v1/attestations"

DEFINE_AUTO(json_t *, json_decref);

static struct service *service;

/* One question of a backend about a phone, and the answer. */
struct talk {
	const struct client_identity *who; /* NULL: backend-a */
	const char *workflow;
	const char *handle; /* bound to it; NULL: to none */
	const char *path;
	struct phone phone;

	int status;
	struct buf body;   /* as it was sent */
	struct buf answer; /* as it came */
	bool eligible;
	char reasons[ASK_REASONS_MAX];
	char device_handle[ASK_HANDLE_MAX];
	char state[16];
};

static void
talk_end(struct talk *t)
{
	buf_release(&t->body);
	buf_release(&t->answer);
}
DEFINE_AUTO_REF(struct talk, talk_end);

static void
take(const json_t *o, const char *name, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(o, name));

	snprintf(out, size, "%s", text ? text : "");
}

static void
read_answer(struct talk *t)
{
	struct asked_result *r = calloc(1, sizeof(*r));
	AUTO(json_decref)
	json_t *o = json_loadb((const char *)t->answer.data, t->answer.len, 0,
	                       NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT(ask_result_read(&t->answer, r));
	t->eligible = r->eligible;
	memcpy(t->reasons, r->reasons, sizeof(t->reasons));
	take(o, "device_handle", t->device_handle, sizeof(t->device_handle));
	take(o, "state", t->state, sizeof(t->state));
	free(r);
}

/* Sends the body (again). */
static void
say(struct talk *t)
{
	AUTO(client_free) struct client *c = NULL;

	t->status = CLIENT_LOST;
	buf_reset(&t->answer);
	if (client_open(t->who ? t->who : service->backend, service->port,
	                &c) != OK)
		return;
	t->status = client_exchange(c, "POST", t->path, buf_bytes(&t->body),
	                            &t->answer);
	if (t->status == 200 || t->status == 201)
		read_answer(t);
}

/* A challenge, the phone's answer to it, and the body with both. */
static bool
prepare(struct talk *t)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	const struct ask ask = { .workflow = t->workflow, .handle = t->handle };
	struct asked_challenge challenge;

	t->body = buf_of(ASK_BODY_MAX);
	t->answer = buf_of(ASK_BODY_MAX);
	if (client_open(t->who ? t->who : service->backend, service->port,
	                &c) != OK ||
	    ask_challenge(c, &ask, &challenge) != 201)
		return false;
	km_time_is((int64_t)(clock_wall_ms() / 1000));
	if (phone_answer(&t->phone, bytes_of(challenge.nonce, HASH_SIZE),
	                 &evidence) != OK)
		return false;
	ask_attest_body(challenge.token, buf_bytes(&evidence), &ask, &t->body);
	return buf_status(&t->body) == OK;
}

static struct talk
talked(struct talk t)
{
	CU_ASSERT_FATAL(prepare(&t));
	say(&t);
	return t;
}

static struct talk
enroll(const struct phone *phone)
{
	return talked((struct talk){
	        .workflow = "enroll", .path = ENROLL, .phone = *phone });
}

static struct talk
ask_for(const char *workflow, const char *handle, const struct phone *phone)
{
	return talked((struct talk){ .workflow = workflow,
	                             .handle = handle,
	                             .path = ATTEST,
	                             .phone = *phone });
}

/* Enrolled now; the handle. */
static void
enrolled(const struct phone *phone, char handle[static ASK_HANDLE_MAX])
{
	AUTO(talk_end) struct talk t = enroll(phone);

	CU_ASSERT_EQUAL_FATAL(t.status, 201);
	CU_ASSERT_STRING_EQUAL(t.state, "new");
	memcpy(handle, t.device_handle, ASK_HANDLE_MAX);
}

/* What a request for metadata of that device comes to. */
static void
expect(const char *handle, const struct phone *phone, const char *reasons)
{
	AUTO(talk_end) struct talk t = ask_for("metadata", handle, phone);

	CU_ASSERT_EQUAL(t.status, 200);
	CU_ASSERT_STRING_EQUAL(t.reasons, reasons);
	CU_ASSERT_EQUAL(t.eligible, reasons[0] == '\0');
	if (strcmp(t.reasons, reasons) != 0)
		printf("  said: %s, not: %s\n", t.reasons, reasons);
}

static int
enrolment(const char *method, const char *handle, struct buf *answer)
{
	AUTO(client_free) struct client *c = NULL;
	char path[128];

	snprintf(path, sizeof(path), "/v1/enrollments/%s", handle);
	if (client_open(service->backend, service->port, &c) != OK)
		return CLIENT_LOST;
	return client_exchange(c, method, path, bytes_of(NULL, 0), answer);
}

/* --- tests -------------------------------------------------------------------- */

static void
test_set_up(void)
{
	CU_ASSERT_EQUAL_FATAL(service_prepare(&service), OK);
	CU_ASSERT_EQUAL_FATAL(service_android(service), OK);
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_FATAL(service_wait_ready(service, SERVICE_READY_MS));
}

/* An attest key is enrolled, and signs for ever new keys. */
static void
test_attest_key(void)
{
	static const char *const workflows[] = { "register", "metadata",
		                                 "artifact", "channel" };
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 1);
	char handle[ASK_HANDLE_MAX];

	enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	for (unsigned i = 0; i < ARRAY_LEN(workflows); i++) {
		phone.key = i;
		AUTO(talk_end)
		struct talk t = ask_for(workflows[i], handle, &phone);
		CU_ASSERT_STRING_EQUAL(t.reasons, "");
		CU_ASSERT_STRING_EQUAL(t.device_handle, "");
	}

	/* Another one's attest key, and a key without any. */
	phone.device = 2;
	expect(handle, &phone, "device-key-mismatch");
	phone = phone_of(KM_RKP, 1);
	expect(handle, &phone, "device-key-mismatch");
}

/* The same request again gets the same answer, to the byte. */
static void
test_again(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 3);
	AUTO(talk_end) struct talk t = enroll(&phone);
	AUTO(buf_release) struct buf first = buf_of(ASK_BODY_MAX);

	CU_ASSERT_EQUAL(t.status, 201);
	buf_append(&first, buf_bytes(&t.answer));
	for (int i = 0; i < 2; i++) {
		say(&t);
		CU_ASSERT_EQUAL(t.status, 201);
		CU_ASSERT(bytes_equal(buf_bytes(&first), buf_bytes(&t.answer)));
	}

	/* A later enrolment of the same device finds it. */
	AUTO(talk_end) struct talk later = enroll(&phone);
	CU_ASSERT_EQUAL(later.status, 200);
	CU_ASSERT_STRING_EQUAL(later.state, "existing");
	CU_ASSERT_STRING_EQUAL(later.device_handle, t.device_handle);

	/* And the first one's evidence for its challenge only. */
	AUTO(talk_end) struct talk other = enroll(&phone);
	const char *comma = strchr(buf_str(&other.body), ',');
	const char *old_comma = strchr(buf_str(&t.body), ',');
	AUTO(buf_release) struct buf mixed = buf_of(ASK_BODY_MAX);

	buf_append(&mixed, bytes_of(other.body.data,
	                            (size_t)(comma - buf_str(&other.body))));
	buf_append_str(&mixed, old_comma);
	buf_reset(&other.body);
	buf_append(&other.body, buf_bytes(&mixed));
	say(&other);
	CU_ASSERT_STRING_EQUAL(other.reasons, "challenge-replayed");
	CU_ASSERT_STRING_EQUAL(other.device_handle, "");
}

static void
test_tenants(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 4);
	AUTO(talk_end) struct talk a = enroll(&phone);
	AUTO(talk_end)
	struct talk b = talked((struct talk){ .who = service->backend_b,
	                                      .workflow = "enroll",
	                                      .path = ENROLL,
	                                      .phone = phone });

	CU_ASSERT_EQUAL(a.status, 201);
	CU_ASSERT_EQUAL(b.status, 201);
	CU_ASSERT_STRING_NOT_EQUAL(a.device_handle, b.device_handle);
	phone.shape = KM_ATTEST_KEY;
	expect(b.device_handle, &phone, "device-not-enrolled");
}

/* The enrolled key signs the nonce, a new key is attested. */
static void
test_proof(void)
{
	static const uint8_t other[HASH_SIZE] = "another nonce";
	struct phone phone = phone_of(KM_RKP, 5);
	char handle[ASK_HANDLE_MAX];

	enrolled(&phone, handle);
	phone.key = 1;
	expect(handle, &phone, "device-key-mismatch");
	phone.proves = true;
	expect(handle, &phone, "");

	phone.proof_nonce = bytes_of(other, sizeof(other));
	expect(handle, &phone, "evidence-signature");
	phone.proof_nonce = bytes_of(NULL, 0);
	phone.proof_spoilt = 40; /* in a number */
	expect(handle, &phone, "evidence-signature");
	phone.proof_spoilt = 2; /* in the DER around them */
	expect(handle, &phone, "evidence-malformed");
	phone.proof_spoilt = 0;
	phone.proof_key = 2; /* nobody's */
	expect(handle, &phone, "device-key-mismatch");
}

/* A proof by another enrolled device is that device's. */
static void
test_proof_of_another(void)
{
	struct phone mine = phone_of(KM_RKP, 6), yours = phone_of(KM_RKP, 7);
	char handle[ASK_HANDLE_MAX], other[ASK_HANDLE_MAX];

	enrolled(&mine, handle);
	enrolled(&yours, other);
	mine.key = 1;
	mine.proves = true;
	mine.proof_device = 7;
	expect(handle, &mine, "device-key-mismatch");
	/* What a proof does not say: whose hardware the new key is in. */
	expect(other, &mine, "");
}

/* Enrolled by the same key, attested once more. */
static void
test_same_key(void)
{
	struct phone phone = phone_of(KM_RKP, 8);
	char handle[ASK_HANDLE_MAX];

	enrolled(&phone, handle);
	expect(handle, &phone, "");
}

/* Nobody can enrol a key that the evidence does not attest. */
static void
test_proof_at_enrolment(void)
{
	struct phone phone = phone_of(KM_RKP, 9);

	phone.proves = true;
	phone.proof_key = 1;
	AUTO(talk_end) struct talk t = enroll(&phone);
	CU_ASSERT_EQUAL(t.status, 200);
	CU_ASSERT_STRING_EQUAL(t.reasons, "device-key-mismatch");
	CU_ASSERT_STRING_EQUAL(t.device_handle, "");
	phone.proof_key = 0;
	AUTO(talk_end) struct talk own = enroll(&phone);
	CU_ASSERT_EQUAL(own.status, 201);
}

/* An enrolled key that may sign anything attests nothing. */
static void
test_no_attest_key(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 10);
	char handle[ASK_HANDLE_MAX];

	phone.attest_purpose = 2;
	enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	expect(handle, &phone, "chain-malformed");
}

static void
test_refused(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 11);

	phone.root.locked = 0;
	AUTO(talk_end) struct talk unlocked = enroll(&phone);
	CU_ASSERT_EQUAL(unlocked.status, 200);
	CU_ASSERT_FALSE(unlocked.eligible);
	CU_ASSERT_STRING_EQUAL(unlocked.reasons, "device-unlocked");
	CU_ASSERT_STRING_EQUAL(unlocked.device_handle, "");
	phone.root.locked = 0xff;
	phone.level = KM_SOFTWARE;
	AUTO(talk_end) struct talk software = enroll(&phone);
	CU_ASSERT_STRING_EQUAL(software.reasons, "security-level");
	phone.level = KM_TEE;
	AUTO(talk_end) struct talk good = enroll(&phone);
	CU_ASSERT_EQUAL(good.status, 201); /* nothing had been kept */
}

/* --- what was seen ------------------------------------------------------------ */

static void
expect_shown(const char *handle, const char *member, json_int_t value)
{
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	CU_ASSERT_EQUAL(enrolment("GET", handle, &answer), 200);
	AUTO(json_decref)
	json_t *o = json_loadb((const char *)answer.data, answer.len, 0, NULL);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, member)), value);
}

/* Lower: rollback, and nothing is taken over; higher: eligible, and shown. */
static void
one_level(const char *handle, struct phone *phone, uint64_t *level,
          const char *member)
{
	uint64_t before = *level;

	*level = before - 1;
	expect(handle, phone, "firmware-rollback");
	expect_shown(handle, member, (json_int_t)before);
	*level = 0;
	expect(handle, phone, "firmware-rollback");
	*level = before + 1;
	expect(handle, phone, "");
	expect_shown(handle, member, (json_int_t)before + 1);
	*level = before;
	expect(handle, phone, "firmware-rollback");
	*level = before + 1;
}

static void
test_levels(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 12);
	char handle[ASK_HANDLE_MAX];

	enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	one_level(handle, &phone, &phone.os_version, "os_version");
	one_level(handle, &phone, &phone.os_patch, "os_patch_level");
	one_level(handle, &phone, &phone.vendor_patch, "vendor_patch_level");
	one_level(handle, &phone, &phone.boot_patch, "boot_patch_level");
	expect(handle, &phone, "");
}

/* Refused evidence raises nothing. */
static void
test_refused_levels(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 13);
	struct phone unlocked;
	char handle[ASK_HANDLE_MAX];

	enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	unlocked = phone;
	unlocked.root.locked = 0;
	unlocked.os_version = 990000;
	expect(handle, &unlocked, "device-unlocked");
	expect_shown(handle, "os_version", 160000);
	expect(handle, &phone, "");
}

/* Another system, signed by another allowed key: enrol anew. */
static void
test_boot_key(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 14);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	char handle[ASK_HANDLE_MAX];

	enrolled(&phone, handle);
	phone.root.key[0] ^= 1;
	AUTO(talk_end) struct talk again = enroll(&phone);
	CU_ASSERT_STRING_EQUAL(again.reasons, "device-key-mismatch");
	phone.shape = KM_ATTEST_KEY;
	expect(handle, &phone, "device-key-mismatch");
	CU_ASSERT_EQUAL(enrolment("DELETE", handle, &answer), 204);
	expect(handle, &phone, "device-not-enrolled");
	CU_ASSERT_EQUAL(enrolment("GET", handle, &answer), 404);
	phone.shape = KM_NEW_ATTEST_KEY;
	enrolled(&phone, handle);
	phone.shape = KM_ATTEST_KEY;
	expect(handle, &phone, "");
}

/* A chain of weeks ends; an attest key that was enrolled before lives on. */
static void
test_outlived(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 15);
	struct phone late = phone_of(KM_NEW_ATTEST_KEY, 16);
	char handle[ASK_HANDLE_MAX], proof_handle[ASK_HANDLE_MAX];
	struct phone prover = phone_of(KM_RKP, 17);

	enrolled(&prover, proof_handle);
	phone.chain_end_s = (int64_t)(clock_wall_ms() / 1000) + 2;
	enrolled(&phone, handle);
	service_sleep_ms(3500);
	phone.shape = KM_ATTEST_KEY;
	expect(handle, &phone, "");

	/* Who comes too late; who shows a chain that had ended before. */
	late.chain_end_s = phone.chain_end_s;
	AUTO(talk_end) struct talk t = enroll(&late);
	CU_ASSERT_STRING_EQUAL(t.reasons, "chain-expired");
	phone.chain_end_s -= 1000;
	expect(handle, &phone, "chain-expired");
	/* Nor does another key's enrolment stand for the chain's time. */
	phone.chain_end_s += 1000;
	phone.proves = true;
	phone.proof_device = 17;
	expect(proof_handle, &phone, "chain-expired");
}

/* --- the request -------------------------------------------------------------- */

static void
test_workflow(void)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, 18);
	AUTO(talk_end)
	struct talk wrong = talked((struct talk){
	        .workflow = "register", .path = ENROLL, .phone = phone });
	CU_ASSERT_EQUAL(wrong.status, 200);
	CU_ASSERT_STRING_EQUAL(wrong.reasons, "workflow-denied");

	/* An attestation alone enrols nobody, and spends the challenge. */
	AUTO(talk_end) struct talk t = ask_for("enroll", NULL, &phone);
	CU_ASSERT_STRING_EQUAL(t.reasons, "");
	t.path = ENROLL;
	say(&t);
	CU_ASSERT_EQUAL(t.status, 200);
	CU_ASSERT_STRING_EQUAL(t.reasons, "challenge-replayed");
	AUTO(talk_end) struct talk good = enroll(&phone);
	CU_ASSERT_EQUAL(good.status, 201);
	good.path = ATTEST;
	say(&good);
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
	CU_ASSERT_EQUAL(
	        client_exchange(c, "POST", ENROLL, bytes_of_str(body), &answer),
	        400);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&answer), "evidence-invalid"));
}

/* --- kills -------------------------------------------------------------------- */

/* Until it is answered; a role that died is back within seconds. */
static bool
insist(struct talk *t)
{
	uint64_t until = service_now_ms() + 30000;

	do {
		say(t);
		if (t->status == 200 || t->status == 201)
			return true;
		service_sleep_ms(50);
		if (!service_wait_ready(service, 8000))
			service_heal(service);
	} while (service_now_ms() < until);
	return false;
}

/* Each answer is one of a device that was enrolled by it and is there now. */
static void
one_kill(const char *role, unsigned device)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, device);
	struct talk t = { .workflow = "enroll",
		          .path = ENROLL,
		          .phone = phone };
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf first = buf_of(ASK_BODY_MAX);

	CU_ASSERT_FATAL(service_wait_ready(service, SERVICE_READY_MS));
	CU_ASSERT_FATAL(prepare(&t));
	CU_ASSERT_EQUAL_FATAL(client_open(service->backend, service->port, &c),
	                      OK);
	client_begin(c, "POST", ENROLL, buf_bytes(&t.body));
	client_finish(c);
	service_sleep_ms(device % 5);
	CU_ASSERT(service_kill(service, role));
	int status = client_receive(c, &first);
	CU_ASSERT(status == CLIENT_LOST || status == 503 || status == 201);
	CU_ASSERT(insist(&t));
	CU_ASSERT_EQUAL(t.status, 201);
	if (status == 201)
		CU_ASSERT(bytes_equal(buf_bytes(&first), buf_bytes(&t.answer)));

	AUTO(talk_end)
	struct talk later = { .workflow = "enroll",
		              .path = ENROLL,
		              .phone = phone };
	CU_ASSERT_FATAL(prepare(&later));
	CU_ASSERT(insist(&later));
	CU_ASSERT_EQUAL(later.status, 200);
	CU_ASSERT_STRING_EQUAL(later.device_handle, t.device_handle);
	talk_end(&t);
}

static void
test_kills(void)
{
	static const char *const roles[] = { "front", "verifier", "ledger",
		                             "keyholder" };

	for (unsigned i = 0; i < 3 * ARRAY_LEN(roles); i++)
		one_kill(roles[i % ARRAY_LEN(roles)], 20 + i);
}

static void
test_end(void)
{
	if (CU_get_number_of_failures() > 0)
		service_print_log(service, 30);
	service_free(service);
	service = NULL;
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
	{ "each role killed amid enrolments", test_kills },
	{ "the service stops", test_end },
	{ NULL, NULL },
};
HARNESS_MAIN("android_service", tests)
