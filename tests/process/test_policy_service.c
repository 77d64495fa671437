/*
 * test_policy_service.c - the live policy is replaced under load: no request fails,
 * and each result is explained by the policy that it names.
 *
 * Every version accepts the same device, but as another state and for another
 * lifetime, and its text has another digest.  So a result that was made by two
 * policies shows it.  There are two verifiers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/rotation_load.h"
#include "tests/common/service/service_int.h"

#define CHANGES 6
#define VERSION_MAX (CHANGES + 3)
#define TTL_S(version) (2 + (version) % 3) /* below ROTATION_LOAD_TTL_S */
#define BETWEEN_MS 1500 /* every verifier has it, and what it judged is sent */
#define WAIT_MS 10000
#define METRIC "\nanchord_front_policy_"

static struct service *service;
static struct soft_tpm *tpm;

/* --- versions ---------------------------------------------------------------- */

/* That of write_policy() in service_files.c with rules of its own. */
static void
put_version(struct buf *out, unsigned version)
{
	uint8_t value[HASH_SIZE];
	static const unsigned pcrs[] = { 0, 7 };

	buf_printf(out, "id = \"test\"; version = %u;\nworkflows: {\n",
	           version);
	buf_append_str(out, "enroll: { formats = [ \"tpm2-quote\" ]; };\n");
	buf_printf(out,
	           "metadata: { bindings = [ \"device\", \"transport\" ];"
	           " formats = [ \"tpm2-quote\" ]; result_ttl = %u; }; };\n",
	           TTL_S(version));
	buf_printf(out, "tpm2: { states = ( { name = \"v%u\"; pcrs = (",
	           version);
	for (size_t i = 0; i < ARRAY_LEN(pcrs); i++) {
		soft_pcr(pcrs[i], value);
		buf_printf(out,
		           "%s{ bank = \"sha256\"; index = %u; values = [ \"",
		           i ? "," : "", pcrs[i]);
		encode_hex(out, bytes_of(value, sizeof(value)));
		buf_append_str(out, "\" ]; }");
	}
	buf_append_str(out, "); } ); };\n");
}

static void
write_text(const char *content)
{
	AUTO(buf_release) struct buf text = buf_of(8192);

	buf_append_str(&text, content);
	CU_ASSERT_EQUAL_FATAL(service_write(service, "policy.conf", &text), OK);
}

static void
write_version(unsigned version)
{
	AUTO(buf_release) struct buf text = buf_of(8192);

	put_version(&text, version);
	CU_ASSERT_EQUAL_FATAL(service_write(service, "policy.conf", &text), OK);
}

static unsigned
number_behind(const char *claims, const char *name)
{
	const char *at = strstr(claims, name);

	return at ? (unsigned)strtoul(at + strlen(name), NULL, 10) : 0;
}

/* Called in the clients' processes. */
static bool
is_by_one_policy(const struct rotation_board *b, const char *claims)
{
	const char *policy = strstr(claims, "\"policy\":{");
	AUTO(buf_release) struct buf text = buf_of(8192);
	AUTO(buf_release) struct buf says = buf_of(256);
	uint8_t digest[HASH_SIZE];
	unsigned n = policy ? number_behind(policy, "\"version\":") : 0;

	if (n < atomic_load(&b->bundle_least) ||
	    n > atomic_load(&b->bundle_most))
		return false;
	put_version(&text, n);
	digest_sha256(buf_bytes(&text), digest);
	buf_append_str(&says, "\"policy\":{\"digest\":\"");
	encode_base64url(&says, bytes_of(digest, HASH_SIZE));
	buf_printf(&says,
	           "\",\"id\":\"test\",\"state\":\"v%u\",\"version\":%u}", n,
	           n);
	return strstr(claims, buf_str(&says)) &&
	       number_behind(claims, "\"exp\":") ==
	               number_behind(claims, "\"iat\":") + TTL_S(n);
}

/* --- questions ---------------------------------------------------------------- */

static bool
has_text(const char *path, const char *part)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf out = buf_of(CLIENT_ANSWER_MAX);

	CU_ASSERT_EQUAL_FATAL(client_open(service->monitor, service->port, &c),
	                      OK);
	CU_ASSERT_EQUAL(
	        client_exchange(c, "GET", path, bytes_of(NULL, 0), &out), 200);
	return strstr(buf_str(&out), part) != NULL;
}

static bool
wait_text(const char *path, const char *part)
{
	uint64_t until = service_now_ms() + WAIT_MS;

	while (!has_text(path, part)) {
		if (service_now_ms() > until)
			return false;
		service_sleep_ms(50);
	}
	return true;
}

static void
wait_version(unsigned version)
{
	char line[64];

	(void)snprintf(line, sizeof(line), METRIC "version %u\n", version);
	CU_ASSERT_TRUE_FATAL(wait_text("/metrics", line));
}

/* --- tests ----------------------------------------------------------------------- */

static void
change_version(struct rotation_board *b, unsigned version)
{
	atomic_store(&b->bundle_most, version);
	write_version(version);
	wait_version(version);
	service_sleep_ms(BETWEEN_MS);
	atomic_store(&b->bundle_least, version);
}

/* Neither changes anything, and the version before goes on judging. */
static void
try_bad_files(unsigned version)
{
	write_text("id = \"test\"; vershion = 2;");
	CU_ASSERT_TRUE_FATAL(wait_text("/metrics", METRIC "refused 1\n"));
	CU_ASSERT_TRUE(wait_text("/readyz", "policy: line 1"));
	CU_ASSERT_TRUE(has_text("/readyz", "\"ready\":true"));
	service_sleep_ms(BETWEEN_MS);
	write_version(version - 1);
	CU_ASSERT_TRUE(wait_text("/readyz", "is lower than version"));
	service_sleep_ms(BETWEEN_MS);
	wait_version(version);
	write_version(version);
	CU_ASSERT_TRUE(wait_text("/metrics", METRIC "refused 0\n"));
	CU_ASSERT_FALSE(has_text("/readyz", "degraded"));
}

static void
test_load(void)
{
	struct rotation_board *b = rotation_board();
	unsigned version = 2;

	if (!service)
		return;
	rotation_kid(service, b->old_kid);
	rotation_enroll(service, tpm, b);
	atomic_store(&b->bundle_least, 2);
	atomic_store(&b->bundle_most, 2);
	b->names_well = is_by_one_policy;
	rotation_clients(service, tpm, b);
	for (unsigned i = 0; i < CHANGES / 2; i++)
		change_version(b, ++version);
	try_bad_files(version);
	for (unsigned i = 0; i < CHANGES / 2; i++)
		change_version(b, ++version);
	rotation_clients_stop(b);
	printf("  %u requests, %u failed, %u wrong\n",
	       atomic_load(&b->answered), atomic_load(&b->failed),
	       atomic_load(&b->wrong));
	CU_ASSERT_EQUAL(atomic_load(&b->failed), 0);
	CU_ASSERT_EQUAL(atomic_load(&b->wrong), 0);
	CU_ASSERT_TRUE(atomic_load(&b->old_results) > 100);
	(void)munmap(b, sizeof(*b));
}

/* One that is started anew begins with the policy in force, not with that of the
 * start of the service, nor with the file as it is. */
static void
test_started_anew(void)
{
	if (!service)
		return;
	write_version(VERSION_MAX);
	wait_version(VERSION_MAX);
	write_text("nothing");
	CU_ASSERT_TRUE_FATAL(wait_text("/metrics", METRIC "refused 1\n"));
	pid_t verifier = service_pid(service, "verifier");
	CU_ASSERT_EQUAL(kill(verifier, SIGKILL), 0);
	CU_ASSERT_TRUE(service_wait_ready(service, SERVICE_READY_MS));
	service_sleep_ms(BETWEEN_MS);
	CU_ASSERT_NOT_EQUAL(service_pid(service, "verifier"), verifier);
	wait_version(VERSION_MAX);
	CU_ASSERT_TRUE(wait_text("/readyz", "policy: line 1"));
}

/* A restart forces a lower version. */
static void
test_forced(void)
{
	if (!service)
		return;
	write_version(2);
	CU_ASSERT_TRUE(wait_text("/readyz", "is lower than version"));
	service_halt(service);
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_TRUE_FATAL(service_wait_ready(service, SERVICE_READY_MS));
	wait_version(2);
	CU_ASSERT_TRUE(has_text("/metrics", METRIC "refused 0\n"));
}

static void
test_begins(void)
{
	err_t err = rotation_prepare(&service);

	if (err == E_NOT_FOUND) {
		harness_skip("SoftHSM is not installed");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_EQUAL_FATAL(service_edit(service, "process: {",
	                                   "process: { verifiers = 2;"),
	                      OK);
	write_version(2);
	CU_ASSERT_EQUAL_FATAL(rotation_launch(service), OK);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &tpm), OK);
}

static void
test_ends(void)
{
	soft_tpm_free(tpm);
	service_free(service);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_begins },
	{ "no request fails, none is judged by two", test_load },
	{ "a verifier that is started anew", test_started_anew },
	{ "a restart forces a lower version", test_forced },
	{ "(ends)", test_ends },
	{ NULL, NULL },
};

HARNESS_MAIN("policy_service", tests)
