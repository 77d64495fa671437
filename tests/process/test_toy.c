/*
 * test_toy.c - a format of which the product knows nothing but one row, in the
 * whole service: enrolment, attestation, retry, rollback, deletion.
 *
 * The programs are those of build/toy/bin (tests/toy.mk): the product's, with
 * the row and the folder of tests/toy.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "tests/common/base/ask.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/service.h"
#include "tests/common/service/service_int.h"
#include "tests/common/fakes/soft_key.h"
#include "base/encode.h"

#define ENROLL "/v1/enrollments/toy"
#define ATTEST "/v1/attestations"
#define COUNTER_MIN 5 /* the policy's */

DEFINE_AUTO(json_t *, json_decref);

static struct service *service;

/* --- a device ------------------------------------------------------------- */

struct device {
	const char *key; /* its name: the same name is the same key */
	const char *serial;
	unsigned counter;
};

/* A statement and its signature; nonce NULL: a card.  Text of members. */
static void
state(const struct device *d, const uint8_t *nonce, struct buf *out)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ED25519, d->key);
	AUTO(buf_release) struct buf text = buf_of(4096);
	AUTO(buf_release) struct buf signature = buf_of(256);

	buf_printf(&text, "{\"counter\":%u,\"key\":\"", d->counter);
	encode_base64(&text, soft_key_spki(key));
	if (nonce) {
		buf_append_str(&text, "\",\"nonce\":\"");
		encode_base64(&text, bytes_of(nonce, HASH_SIZE));
	}
	buf_printf(&text, "\",\"serial\":\"%s\"}", d->serial);
	soft_key_sign(key, buf_bytes(&text), &signature);

	AUTO(json_decref)
	json_t *o = json_pack("{s:s}", "statement", buf_str(&text));
	AUTO(buf_release) struct buf base64 = buf_of(1024);
	encode_base64(&base64, buf_bytes(&signature));
	json_object_set_new(o, "signature", json_string(buf_str(&base64)));
	if (nonce)
		json_object_set_new(o, "format", json_string("toy"));
	char *all = json_dumps(o, JSON_COMPACT);
	buf_append_str(out, all);
	free(all);
}

/* --- a backend ------------------------------------------------------------ */

static int
exchange(const char *method, const char *path, struct bytes body,
         struct buf *answer)
{
	AUTO(client_free) struct client *c = NULL;

	buf_reset(answer);
	if (client_open(service->backend, service->port, &c) != OK)
		return CLIENT_LOST;
	return client_exchange(c, method, path, body, answer);
}

static void
take_text(struct buf *answer, const char *member, char *out, size_t size)
{
	AUTO(json_decref) json_t *o = json_loads(buf_str(answer), 0, NULL);
	const char *text = json_string_value(json_object_get(o, member));

	snprintf(out, size, "%s", text ? text : "");
}

static int
enroll(const struct device *d, char handle[static ASK_HANDLE_MAX])
{
	AUTO(buf_release) struct buf card = buf_of(4096);
	AUTO(buf_release) struct buf body = buf_of(8192);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	state(d, NULL, &card);
	buf_append_str(&body, "{\"card\":\"");
	encode_base64(&body, buf_bytes(&card));
	buf_append_str(&body, "\"}");
	int status = exchange("POST", ENROLL, buf_bytes(&body), &answer);
	take_text(&answer, "device_handle", handle, ASK_HANDLE_MAX);
	return status;
}

/* A body that answers a new challenge for that handle. */
static void
answer_challenge(const struct device *d, const char *handle, struct buf *body)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf evidence = buf_of(8192);
	const struct ask ask = { .workflow = "metadata", .handle = handle };
	struct asked_challenge challenge;

	CU_ASSERT_EQUAL_FATAL(client_open(service->backend, service->port, &c),
	                      OK);
	CU_ASSERT_EQUAL_FATAL(ask_challenge(c, &ask, &challenge), 201);
	state(d, challenge.nonce, &evidence);
	ask_attest_body(challenge.token, buf_bytes(&evidence), &ask, body);
}

static void
expect(const struct device *d, const char *handle, const char *reasons)
{
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	struct asked_result r = { 0 };

	answer_challenge(d, handle, &body);
	CU_ASSERT_EQUAL(exchange("POST", ATTEST, buf_bytes(&body), &answer),
	                200);
	CU_ASSERT_FATAL(ask_result_read(&answer, &r));
	CU_ASSERT_STRING_EQUAL(r.reasons, reasons);
	CU_ASSERT_EQUAL(r.eligible, reasons[0] == '\0');
}

static void
expect_shown(const char *handle, const char *serial, json_int_t counter)
{
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf hex = buf_of(256);
	char path[128], text[128];

	snprintf(path, sizeof(path), "/v1/enrollments/%s", handle);
	CU_ASSERT_EQUAL(exchange("GET", path, bytes_of(NULL, 0), &answer), 200);
	AUTO(json_decref) json_t *o = json_loads(buf_str(&answer), 0, NULL);
	bool attested = json_object_get(o, "last_attested") != NULL;
	CU_ASSERT_EQUAL(json_object_size(o), attested ? 7 : 6);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "toy_counter")),
	                counter);
	encode_hex(&hex, bytes_of_str(serial));
	take_text(&answer, "toy_serial", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, buf_str(&hex));
	take_text(&answer, "format", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "toy");
}

/* --- the service ---------------------------------------------------------- */

static const char policy[] =
        "id = \"test\"; version = 1; workflows: {"
        " enroll: { formats = [\"toy\"]; };"
        " metadata: { bindings = [\"device\"]; formats = [\"toy\"]; }; };"
        "toy: { counter_min = 5; };";

static void
write_policy(void)
{
	AUTO(buf_release)
	struct buf path = service_path(service->dir, "policy.conf");
	FILE *f = fopen(buf_str(&path), "w");

	CU_ASSERT_FATAL(f != NULL);
	CU_ASSERT(fputs(policy, f) >= 0);
	CU_ASSERT_EQUAL(fclose(f), 0);
}

static void
use_toy_programs(void)
{
	char *bin = strrchr(service->bin, '/');

	CU_ASSERT_FATAL(bin != NULL);
	snprintf(bin, sizeof(service->bin) - (size_t)(bin - service->bin),
	         "/toy/bin");
}

static void
test_set_up(void)
{
	CU_ASSERT_EQUAL_FATAL(service_prepare(&service), OK);
	use_toy_programs();
	write_policy();
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_FATAL(service_wait_ready(service, SERVICE_READY_MS));
}

static void
test_enrolment(void)
{
	const struct device d = { "toy-1", "A-1", 7 };
	char handle[ASK_HANDLE_MAX], again[ASK_HANDLE_MAX];

	CU_ASSERT_EQUAL(enroll(&d, handle), 201);
	CU_ASSERT(strncmp(handle, "dh1_", 4) == 0);
	expect_shown(handle, "A-1", 7);
	CU_ASSERT_EQUAL(enroll(&d, again), 200);
	CU_ASSERT_STRING_EQUAL(handle, again);
}

/* What the format refuses, and what the front does. */
static void
test_bad_cards(void)
{
	static const char *const cards[] = {
		"{\"card\":\"e30=\"}",   /* {}: no card */
		"{\"card\":\"AAAA\"}",   /* no JSON */
		"{\"card\":\"e31=\"}",   /* not base64 as it is written */
		"{\"card\":7}",          /* no text */
		"{\"ak_public\":\"AA\"}" /* another format's member */
	};
	static const int statuses[] = { 422, 422, 400, 400, 400 };
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	for (size_t i = 0; i < ARRAY_LEN(cards); i++)
		CU_ASSERT_EQUAL(exchange("POST", ENROLL, bytes_of_str(cards[i]),
		                         &answer),
		                statuses[i]);
}

static void
test_attestation(void)
{
	const struct device d = { "toy-2", "A-2", 7 };
	const struct device poor = { "toy-3", "A-3", COUNTER_MIN - 1 };
	struct device other = d;
	char handle[ASK_HANDLE_MAX], poor_handle[ASK_HANDLE_MAX];

	CU_ASSERT_EQUAL(enroll(&d, handle), 201);
	expect(&d, handle, "");
	other.key = "toy-nobody";
	expect(&other, handle, "device-key-mismatch");
	other = d;
	other.serial = "A-9";
	expect(&other, handle, "device-key-mismatch");
	/* Its group of the policy. */
	CU_ASSERT_EQUAL(enroll(&poor, poor_handle), 201);
	expect(&poor, poor_handle, "patch-level");
}

/* A bit of the statement, and evidence for another challenge. */
static void
test_bad_evidence(void)
{
	const struct device d = { "toy-2", "A-2", 7 };
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf other = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	struct asked_result r = { 0 };
	char handle[ASK_HANDLE_MAX];

	CU_ASSERT_EQUAL(enroll(&d, handle), 200);
	answer_challenge(&d, handle, &body);
	char *counter = memmem(body.data, body.len, "counter\\\":7", 11);
	CU_ASSERT_FATAL(counter != NULL);
	counter[10] = '8';
	CU_ASSERT_EQUAL(exchange("POST", ATTEST, buf_bytes(&body), &answer),
	                200);
	CU_ASSERT(ask_result_read(&answer, &r));
	CU_ASSERT_STRING_EQUAL(r.reasons, "evidence-signature");
	expect_shown(handle, "A-2", 7);

	buf_reset(&body);
	answer_challenge(&d, handle, &body);
	answer_challenge(&d, handle, &other);
	const char *evidence = strchr(buf_str(&other), ',');
	const char *challenge_end = strchr(buf_str(&body), ',');
	AUTO(buf_release) struct buf mixed = buf_of(ASK_BODY_MAX);
	buf_append(&mixed, bytes_of(body.data,
	                            (size_t)(challenge_end - buf_str(&body))));
	buf_append_str(&mixed, evidence);
	CU_ASSERT_EQUAL(exchange("POST", ATTEST, buf_bytes(&mixed), &answer),
	                200);
	CU_ASSERT(ask_result_read(&answer, &r));
	CU_ASSERT_STRING_EQUAL(r.reasons, "nonce-mismatch");
}

/* The same request again: the same bytes.  Another one: a replay. */
static void
test_retry(void)
{
	const struct device d = { "toy-4", "A-4", 7 };
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf first = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	struct asked_result r = { 0 };
	char handle[ASK_HANDLE_MAX];

	CU_ASSERT_EQUAL(enroll(&d, handle), 201);
	answer_challenge(&d, handle, &body);
	CU_ASSERT_EQUAL(exchange("POST", ATTEST, buf_bytes(&body), &first),
	                200);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(
		        exchange("POST", ATTEST, buf_bytes(&body), &answer),
		        200);
		CU_ASSERT(bytes_equal(buf_bytes(&first), buf_bytes(&answer)));
	}
	char *counter = memmem(body.data, body.len, "counter\\\":7", 11);
	CU_ASSERT_FATAL(counter != NULL);
	counter[10] = '8';
	CU_ASSERT_EQUAL(exchange("POST", ATTEST, buf_bytes(&body), &answer),
	                200);
	CU_ASSERT(ask_result_read(&answer, &r));
	CU_ASSERT_STRING_EQUAL(r.reasons, "challenge-replayed");
}

static void
test_rollback(void)
{
	struct device d = { "toy-5", "A-5", 7 };
	char handle[ASK_HANDLE_MAX], again[ASK_HANDLE_MAX];

	CU_ASSERT_EQUAL(enroll(&d, handle), 201);
	d.counter = 9;
	expect(&d, handle, "");
	expect_shown(handle, "A-5", 9);
	d.counter = 8;
	expect(&d, handle, "firmware-rollback");
	expect_shown(handle, "A-5", 9);
	CU_ASSERT_EQUAL(enroll(&d, again), 200);
	expect(&d, handle, "firmware-rollback");
	d.counter = 9;
	expect(&d, handle, "");
}

static void
test_deletion(void)
{
	struct device d = { "toy-6", "A-6", 9 };
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	char handle[ASK_HANDLE_MAX], path[128];

	CU_ASSERT_EQUAL(enroll(&d, handle), 201);
	snprintf(path, sizeof(path), "/v1/enrollments/%s", handle);
	CU_ASSERT_EQUAL(exchange("DELETE", path, bytes_of(NULL, 0), &answer),
	                204);
	CU_ASSERT_EQUAL(exchange("GET", path, bytes_of(NULL, 0), &answer), 404);
	expect(&d, handle, "device-not-enrolled");
	/* What was kept went with it: the device may begin lower. */
	d.counter = 6;
	CU_ASSERT_EQUAL(enroll(&d, handle), 201);
	expect(&d, handle, "");
	expect_shown(handle, "A-6", 6);
}

static void
test_restart(void)
{
	struct device d = { "toy-7", "A-7", 9 };
	char handle[ASK_HANDLE_MAX];

	CU_ASSERT_EQUAL(enroll(&d, handle), 201);
	service_halt(service);
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_FATAL(service_wait_ready(service, SERVICE_READY_MS));
	expect_shown(handle, "A-7", 9);
	d.counter = 8;
	expect(&d, handle, "firmware-rollback");
}

/* Runs anchorctl with that row, and gives what it printed. */
static int
anchorctl(const char *const *rest, struct buf *out)
{
	AUTO(buf_release)
	struct buf program = service_path(service->bin, "anchorctl");
	AUTO(buf_release) struct buf path = service_path(service->dir, "said");
	const char *argv[8] = { buf_str(&program) };
	char text[4096];

	for (size_t i = 0; rest[i] && i + 2 < ARRAY_LEN(argv); i++)
		argv[i + 1] = rest[i];
	(void)remove(buf_str(&path));
	int status = service_run(argv, NULL, buf_str(&path));
	FILE *f = fopen(buf_str(&path), "r");
	CU_ASSERT_FATAL(f != NULL);
	buf_append(out, bytes_of(text, fread(text, 1, sizeof(text), f)));
	(void)fclose(f);
	return status;
}

/* Help, a policy's group, and what a file of evidence says. */
static void
test_by_hand(void)
{
	static const uint8_t nonce[HASH_SIZE] = { 1 };
	const struct device d = { "toy-8", "A-8", 7 };
	AUTO(buf_release) struct buf out = buf_of(ASK_BODY_MAX);
	AUTO(buf_release)
	struct buf policy_path = service_path(service->dir, "policy.conf");
	AUTO(buf_release)
	struct buf path = service_path(service->dir, "evidence");
	const char *const help[] = { "appraise", "--help", NULL };
	const char *const check[] = { "policy", "check", buf_str(&policy_path),
		                      NULL };
	const char *const inspect[] = { "inspect", "--format", "toy",
		                        buf_str(&path), NULL };

	CU_ASSERT_EQUAL(anchorctl(help, &out), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&out), "  toy "));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&out), "  tpm2-quote "));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&out), "batch-not-ca"));
	CU_ASSERT_EQUAL(anchorctl(check, &out), 0);

	buf_reset(&out);
	state(&d, nonce, &out);
	FILE *f = fopen(buf_str(&path), "w");
	CU_ASSERT_FATAL(f != NULL);
	CU_ASSERT_EQUAL(fwrite(out.data, 1, out.len, f), out.len);
	CU_ASSERT_EQUAL(fclose(f), 0);
	buf_reset(&out);
	CU_ASSERT_EQUAL(anchorctl(inspect, &out), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&out), "\"serial\": \"A-8\""));
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
	{ "the service with the toy's row starts", test_set_up },
	{ "enrolment by a statement", test_enrolment },
	{ "statements that are none", test_bad_cards },
	{ "attestation, and the toy's group of the policy", test_attestation },
	{ "evidence that is changed, or answers another challenge",
	  test_bad_evidence },
	{ "a retry has the same answer", test_retry },
	{ "rollback", test_rollback },
	{ "deletion takes all facts along", test_deletion },
	{ "facts outlive the service", test_restart },
	{ "help, policy and inspection by anchorctl", test_by_hand },
	{ "the service stops", test_end },
	{ NULL, NULL },
};
HARNESS_MAIN("toy", tests)
