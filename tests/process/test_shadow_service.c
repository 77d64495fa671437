/*
 * test_shadow_service.c - the whole service over TLS with a shadow policy: results
 * are the live policy's, and what would be decided otherwise is listed and counted.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/ask.h"
#include "tests/common/base/ctl.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/soft_tpm.h"
#include "tests/common/service/service_int.h"

#define N 5u /* attestations between two looks */
#define FILE_NAME "shadow.conf"
#define METRIC "\nanchord_front_shadow_"
#define WAIT_MS 10000

static struct service *service;
static struct soft_tpm *tpm;
static char handle[ASK_HANDLE_MAX];

/* --- the policy that is tried ---------------------------------------------- */

/* Refuses what the live one accepts: it wants another value of PCR 7. */
static void
write_shadow(unsigned version, const char *value)
{
	AUTO(buf_release) struct buf text = buf_of(4096);

	buf_printf(&text,
	           "id = \"next\"; version = %u;\n"
	           "workflows: { metadata: { formats = [ \"tpm2-quote\" ]; };"
	           " enroll: { formats = [ \"tpm2-quote\" ]; }; };\n",
	           version);
	if (value)
		buf_printf(&text,
		           "tpm2: { pcrs = ( { bank = \"sha256\"; index = 7; "
		           "values = [ \"%064d\" ]; } ); };\n",
		           7);
	CU_ASSERT_EQUAL_FATAL(service_write(service, FILE_NAME, &text), OK);
}

static void
write_text(const char *content)
{
	AUTO(buf_release) struct buf text = buf_of(4096);

	buf_append_str(&text, content);
	CU_ASSERT_EQUAL_FATAL(service_write(service, FILE_NAME, &text), OK);
}

/* --- questions -------------------------------------------------------------- */

static struct client *
open_client(const struct client_identity *id)
{
	struct client *c = NULL;

	CU_ASSERT_EQUAL_FATAL(client_open(id, service->port, &c), OK);
	return c;
}

static void
get(const struct client_identity *id, const char *path, struct buf *out)
{
	AUTO(client_free) struct client *c = open_client(id);

	buf_reset(out);
	CU_ASSERT_EQUAL(client_exchange(c, "GET", path, bytes_of(NULL, 0), out),
	                200);
}

static bool
has_text(const struct client_identity *id, const char *path, const char *part)
{
	AUTO(buf_release) struct buf out = buf_of(CLIENT_ANSWER_MAX);

	get(id, path, &out);
	return strstr(buf_str(&out), part) != NULL;
}

static bool
wait_text(const char *path, const char *part)
{
	uint64_t until = service_now_ms() + WAIT_MS;

	while (!has_text(service->monitor, path, part)) {
		if (service_now_ms() > until)
			return false;
		service_sleep_ms(50);
	}
	return true;
}

static json_t *
outcomes(const char *path)
{
	AUTO(buf_release) struct buf out = buf_of(CLIENT_ANSWER_MAX);

	get(service->auditor, path, &out);
	json_t *page = json_loads(buf_str(&out), 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(page);
	return page;
}

static size_t
count_outcomes(const char *path)
{
	json_t *page = outcomes(path);
	size_t n = json_array_size(json_object_get(page, "outcomes"));

	json_decref(page);
	return n;
}

/* The device is good under the live policy, so each is eligible. */
static void
attest(struct client *c)
{
	static struct asked_challenge asked;
	static struct asked_result result;
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	const struct ask ask = { .workflow = "metadata",
		                 .handle = handle,
		                 .bound = true };

	CU_ASSERT_EQUAL_FATAL(ask_challenge(c, &ask, &asked), 201);
	const struct soft_quote q =
	        soft_quote_of(bytes_of(asked.nonce, HASH_SIZE));
	CU_ASSERT_EQUAL_FATAL(soft_tpm_evidence(tpm, &q, &evidence), OK);
	CU_ASSERT_EQUAL_FATAL(
	        ask_attest(c, asked.token, buf_bytes(&evidence), &ask, &result),
	        200);
	CU_ASSERT_TRUE(result.eligible);
	/* No word of the policy that is tried reaches a backend so. */
	CU_ASSERT_PTR_NULL(strstr(result.jwt, "next"));
	CU_ASSERT_EQUAL(
	        ask_attest(c, asked.token, buf_bytes(&evidence), &ask, &result),
	        200); /* a retry, which is neither listed nor counted again */
	CU_ASSERT_TRUE(result.eligible);
}

static void
attest_all(void)
{
	AUTO(client_free) struct client *c = open_client(service->backend);

	for (unsigned i = 0; i < N; i++)
		attest(c);
}

/* --- tests ------------------------------------------------------------------- */

static void
enroll(void)
{
	AUTO(client_free) struct client *c = open_client(service->backend);
	AUTO(buf_release) struct buf public = buf_of(ASK_BODY_MAX);

	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &tpm), OK);
	soft_tpm_public(tpm, &public);
	CU_ASSERT_EQUAL_FATAL(ask_enroll(c, buf_bytes(&public), handle), 201);
}

/* Outcomes that the policy that is tried decides otherwise. */
static size_t
differing(void)
{
	return count_outcomes("/v1/outcomes?shadow=next");
}

/* Puts a version into force that accepts what the live one does. */
static void
accept_all(void)
{
	write_shadow(5, NULL);
	CU_ASSERT_TRUE_FATAL(
	        wait_text("/metrics", METRIC "policy_version 5\n"));
}

static void
check_listed(void)
{
	json_t *page = outcomes("/v1/outcomes?shadow=next");
	const json_t *rows = json_object_get(page, "outcomes");

	CU_ASSERT_EQUAL(json_array_size(rows), N);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const json_t *s = json_object_get(row, "shadow");
		const json_t *why = json_object_get(s, "reasons");

		CU_ASSERT_TRUE(json_is_true(json_object_get(row, "eligible")));
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(
		                               row, "device_handle")),
		                       handle);
		CU_ASSERT_EQUAL(
		        json_integer_value(json_object_get(s, "version")), 4);
		CU_ASSERT_STRING_EQUAL(
		        json_string_value(json_object_get(s, "difference")),
		        "refuses");
		CU_ASSERT_EQUAL(json_array_size(why), 1);
		CU_ASSERT_STRING_EQUAL(
		        json_string_value(json_array_get(why, 0)),
		        "pcr-mismatch");
	}
	json_decref(page);
	CU_ASSERT_EQUAL(count_outcomes("/v1/outcomes?difference=refuses"), N);
	CU_ASSERT_EQUAL(count_outcomes("/v1/outcomes?difference=any"), N);
	CU_ASSERT_EQUAL(count_outcomes("/v1/outcomes?difference=accepts"), 0);
	CU_ASSERT_EQUAL(count_outcomes("/v1/outcomes?shadow=test"), 0);
}

static void
test_refuses(void)
{
	if (!service)
		return;
	CU_ASSERT_TRUE(wait_text("/metrics", METRIC "policy_version 4\n"));
	attest_all();
	check_listed();
	CU_ASSERT_TRUE(has_text(service->monitor, "/metrics",
	                        METRIC "results_total{shadow=\"next\","
	                               "difference=\"refuses\"} 5\n"));
	CU_ASSERT_TRUE(has_text(service->monitor, "/metrics",
	                        METRIC "reasons_total{shadow=\"next\","
	                               "change=\"added\","
	                               "reason=\"pcr-mismatch\"} 5\n"));
	CU_ASSERT_FALSE(has_text(service->monitor, "/readyz", "degraded"));
}

/* Another version comes without a restart, and accepts. */
static void
test_replaced(void)
{
	if (!service)
		return;
	pid_t verifier = service_pid(service, "verifier");
	size_t before = differing();

	accept_all();
	attest_all();
	CU_ASSERT_EQUAL(differing(), before);
	CU_ASSERT_TRUE(has_text(service->monitor, "/metrics",
	                        METRIC "results_total{shadow=\"next\","
	                               "difference=\"none\"} 5\n"));
	CU_ASSERT_EQUAL(service_pid(service, "verifier"), verifier);
}

static void
test_invalid(void)
{
	if (!service)
		return;
	size_t before = differing();

	accept_all();
	write_text("id = \"next\"; version = 0;");
	CU_ASSERT_TRUE_FATAL(
	        wait_text("/metrics", METRIC "policy_refused 1\n"));
	CU_ASSERT_TRUE(wait_text("/readyz", "policy.shadow: line 1"));
	CU_ASSERT_TRUE(has_text(service->monitor, "/readyz", "\"ready\":true"));
	CU_ASSERT_TRUE(wait_text("/metrics", "\nanchord_front_degraded 1\n"));
	CU_ASSERT_TRUE(has_text(service->monitor, "/metrics",
	                        METRIC "policy_version 5\n"));
	attest_all();
	CU_ASSERT_EQUAL(differing(), before);
}

/* An invalid one does not prevent a start, and an empty one is none. */
static void
test_start(void)
{
	if (!service)
		return;
	size_t before = differing();

	service_halt(service);
	write_text("id = \"next\"; version = 0;");
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_TRUE_FATAL(service_wait_ready(service, SERVICE_READY_MS));
	CU_ASSERT_TRUE(wait_text("/metrics", METRIC "policy_refused 1\n"));
	CU_ASSERT_TRUE(wait_text("/readyz", "no shadow policy judges"));
	attest_all();
	write_text("");
	CU_ASSERT_TRUE(wait_text("/metrics", METRIC "policy_refused 0\n"));
	CU_ASSERT_TRUE(has_text(service->monitor, "/metrics",
	                        METRIC "policy_version 0\n"));
	attest_all();
	CU_ASSERT_EQUAL(differing(), before);
}

/* anchorctl reads the same from the database of the service that is stopped. */
static void
test_anchorctl(void)
{
	if (!service)
		return;
	AUTO(buf_release)
	struct buf path = service_path(service->dir, "ledger");
	const char *const list[] = { "outcome", "list",     buf_str(&path),
		                     "--json",  "--shadow", "next",
		                     NULL };
	const char *const count[] = { "outcome", "list", buf_str(&path),
		                      "--count", NULL };

	write_shadow(6, "other");
	CU_ASSERT_TRUE_FATAL(
	        wait_text("/metrics", METRIC "policy_version 6\n"));
	attest_all();
	size_t n = differing();
	char refuses[64];
	(void)snprintf(refuses, sizeof(refuses),
	               "shadow policy next: %zu it refuses", n);
	/* As root the ledger's files are its own user's. */
	unsigned user = geteuid() == 0 ? SERVICE_UID_BASE + 2 : 0;
	service_halt(service);
	AUTO(ctl_release) struct ctl listed = ctl_run_as(user, list);
	AUTO(ctl_release) struct ctl counted = ctl_run_as(user, count);
	CU_ASSERT_EQUAL(listed.status, 0);
	json_t *d = json_loads(buf_str(&listed.out), 0, NULL);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(d, "outcomes")), n);
	json_decref(d);
	CU_ASSERT_EQUAL(counted.status, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&counted.out), refuses));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&counted.out), "  + pcr-mismatch"));
}

static void
test_begins(void)
{
	char setting[2 * SERVICE_PATH_MAX];
	err_t err = service_prepare(&service);

	if (err == E_NOT_FOUND) {
		harness_skip("SoftHSM is not installed");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(err, OK);
	(void)snprintf(setting, sizeof(setting),
	               "policy: { shadow = \"%s/" FILE_NAME "\";",
	               service->dir);
	CU_ASSERT_EQUAL_FATAL(service_edit(service, "policy: {", setting), OK);
	write_shadow(4, "other");
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_TRUE_FATAL(service_wait_ready(service, SERVICE_READY_MS));
	enroll();
}

static void
test_ends(void)
{
	soft_tpm_free(tpm);
	service_free(service);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_begins },
	{ "the live policy accepts, the shadow refuses", test_refuses },
	{ "another version without a restart", test_replaced },
	{ "an invalid one disturbs nothing", test_invalid },
	{ "nor at a start; an empty one is none", test_start },
	{ "what anchorctl says", test_anchorctl },
	{ "(ends)", test_ends },
	{ NULL, NULL },
};

HARNESS_MAIN("shadow_service", tests)
