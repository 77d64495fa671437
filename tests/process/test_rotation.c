/*
 * test_rotation.c - the signing key of the whole service is replaced: under
 * load, where nobody may notice, and with a role killed in each phase.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/service/rotation_load.h"
#include "tests/common/service/service_tpm.h"
#include "tests/common/devices/tpm_rm.h"
#include "base/clock.h"

#define LEAD "4" /* seconds, several times the clients' cache */
#define LEAD_S 4
#define HEAL_AFTER_MS 8000
#define WAIT_MS HARNESS_WAIT_MS

static const char *const roles[] = { "front", "verifier", "ledger",
	                             "keyholder" };

static struct client *
connect_to(const struct service *s)
{
	struct client *c = NULL;

	CU_ASSERT_EQUAL_FATAL(client_open(s->backend, s->port, &c), OK);
	return c;
}

/* Until /v1/keys says so; the time, wall clock; 0: never. */
static uint64_t
wait_published(const struct service *s, const char *kid, int wanted,
               unsigned for_ms)
{
	uint64_t end_at = service_now_ms() + for_ms;

	while (service_now_ms() < end_at) {
		if (rotation_published(s, kid) == wanted)
			return clock_wall_ms();
		service_sleep_ms(20);
	}
	return 0;
}

/* "followed" and "state" of --status. */
static bool
status_is(const struct service *s, const char *state, bool followed)
{
	char config[SERVICE_PATH_MAX + 32];
	json_t *j = NULL;

	snprintf(config, sizeof(config), "%s/anchord.conf", s->dir);
	const char *const words[] = { "token", "rotate",   "--config",
		                      config,  "--status", NULL };
	CU_ASSERT_EQUAL(rotation_ctl(s, words, &j), 0);
	const char *is = json_string_value(json_object_get(j, "state"));
	bool same = is && strcmp(is, state) == 0 &&
	            json_is_true(json_object_get(j, "followed")) == followed;
	json_decref(j);
	return same;
}

static int
officer(const struct service *s, const char *what)
{
	char config[SERVICE_PATH_MAX + 32];

	snprintf(config, sizeof(config), "%s/anchord.conf", s->dir);
	const char *const words[] = { "token", "rotate", "--config",
		                      config,  what,     NULL };
	return rotation_ctl(s, words, NULL);
}

static void
report(const struct rotation_board *b)
{
	printf("  %u requests as promised, %u failed; challenges: %u by the "
	       "old key, %u by the new; results %u and %u; %u of the old key "
	       "redeemed after the switch\n",
	       b->answered, b->failed, b->old, b->new, b->old_results,
	       b->new_results, b->old_redeemed_late);
	CU_ASSERT_EQUAL(b->failed, 0);
	CU_ASSERT_EQUAL(b->unknown, 0);
	CU_ASSERT_EQUAL(b->wrong, 0);
	CU_ASSERT_TRUE(b->old > 50 && b->new > 50);
	CU_ASSERT_TRUE(b->old_results > 20 && b->new_results > 20);
	CU_ASSERT_TRUE(b->old_redeemed_late > 0);
}

/* A challenge that the old key signed, after all is over. */
static void
expired(const struct service *s, const struct soft_tpm *tpm,
        const struct rotation_board *b, const struct asked_challenge *old)
{
	static struct asked_result result;
	AUTO(client_free) struct client *c = connect_to(s);
	AUTO(buf_release) struct buf evidence = buf_of(4096);
	const struct ask ask = { .workflow = "metadata",
		                 .handle = b->handle,
		                 .bound = true,
		                 .transport = 1,
		                 .request = 2 };
	struct soft_quote q = soft_quote_of(bytes_of(old->nonce, HASH_SIZE));

	CU_ASSERT_EQUAL(soft_tpm_evidence(tpm, &q, &evidence), OK);
	CU_ASSERT_EQUAL(
	        ask_attest(c, old->token, buf_bytes(&evidence), &ask, &result),
	        200);
	CU_ASSERT_STRING_EQUAL(result.reasons, "challenge-expired");
}

typedef int order_fn(const struct service *s, const char *lead,
                     const char *margin, struct rotation_board *board);

static void
under_load(struct service *s, order_fn *order)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = NULL;
	struct rotation_board *b = rotation_board();
	struct asked_challenge kept;

	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &tpm), OK);
	rotation_enroll(s, tpm, b);
	rotation_kid(s, b->old_kid);
	CU_ASSERT_TRUE(status_is(s, "done", true));
	rotation_clients(s, tpm, b);
	service_sleep_ms(1000);

	uint64_t ordered_at = clock_wall_ms();
	CU_ASSERT_EQUAL_FATAL(order(s, LEAD, "2", b), 0);
	uint64_t published_at = wait_published(s, b->new_kid, 1, WAIT_MS);
	CU_ASSERT_TRUE(published_at != 0);
	/* A slow device finds the key after it is published. */
	for (unsigned i = 0; i < 50 && !status_is(s, "under-way", true); i++)
		service_sleep_ms(100);
	CU_ASSERT_TRUE(status_is(s, "under-way", true));
	CU_ASSERT_EQUAL(officer(s, "--dry-run"), 1); /* a second one */
	CU_ASSERT_EQUAL(officer(s, "--delete-retired"), 1);
	{
		AUTO(client_free) struct client *c = connect_to(s);
		const struct ask ask = { .workflow = "metadata",
			                 .handle = b->handle,
			                 .bound = true,
			                 .transport = 1,
			                 .request = 2 };
		CU_ASSERT_EQUAL(ask_challenge(c, &ask, &kept), 201);
	}

	/* Both are there until the old one retires, and then one. */
	for (unsigned i = 0; i < 300 && !b->new_signed_at; i++)
		service_sleep_ms(100);
	CU_ASSERT_EQUAL(rotation_published(s, b->old_kid), 1);
	CU_ASSERT_EQUAL(rotation_published(s, b->new_kid), 1);
	uint64_t gone_at = wait_published(s, b->old_kid, 0, WAIT_MS);
	service_sleep_ms(1000);
	rotation_clients_stop(b);
	report(b);

	CU_ASSERT_TRUE(published_at < b->new_signed_at);
	/* times are in whole seconds */
	CU_ASSERT_TRUE(b->new_signed_at + 1000 >= ordered_at + LEAD_S * 1000);
	CU_ASSERT_TRUE(b->old_signed_at < b->new_signed_at + 1000);
	CU_ASSERT_TRUE(gone_at >=
	               b->old_signed_at + ROTATION_LOAD_TTL_S * 1000);
	CU_ASSERT_TRUE(gone_at != 0);
	expired(s, tpm, b, &kept);

	CU_ASSERT_TRUE(status_is(s, "over", true));
	CU_ASSERT_EQUAL(officer(s, "--delete-retired"), 0);
	for (unsigned i = 0; i < 50 && !status_is(s, "done", true); i++)
		service_sleep_ms(100);
	CU_ASSERT_EQUAL(rotation_published(s, b->new_kid), 1);
	CU_ASSERT_TRUE(service_wait_ready(s, WAIT_MS));
	munmap(b, sizeof(*b));
}

static void
test_load(void)
{
	AUTO(service_free) struct service *s = NULL;

	CU_ASSERT_EQUAL_FATAL(rotation_service(&s), OK);
	under_load(s, rotation_order);
}

/* The officer and the key holder reach the TPM at the same time. */
static void
test_tpm(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	AUTO(tpm_rm_close) struct tpm_rm rm = { .pid = 0 };
	AUTO(service_free) struct service *s = NULL;
	char direct[32], managed[32], path[SERVICE_PATH_MAX + 16];

	CU_ASSERT_EQUAL_FATAL(rotation_prepare(&s), OK);
	err_t err = service_on_tpm(s, &t);
	if (err == E_NOT_FOUND)
		return; /* skipped, it says */
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_TRUE_FATAL(tpm_rm_open(&rm, t.port));
	snprintf(direct, sizeof(direct), "port=%u?", t.port);
	snprintf(managed, sizeof(managed), "port=%u?", rm.port);
	CU_ASSERT_EQUAL_FATAL(service_edit(s, direct, managed), OK);
	snprintf(path, sizeof(path), "%s/pins", s->dir);
	pins_kit_move(path, direct, managed);
	CU_ASSERT_EQUAL_FATAL(rotation_launch(s), OK);
	under_load(s, rotation_order_at_once);
}

/* --- a role dies ---------------------------------------------------------- */

static bool
wait_back(struct service *s)
{
	if (service_wait_ready(s, HEAL_AFTER_MS))
		return true;
	(void)service_heal(s);
	return service_wait_ready(s, WAIT_MS);
}

/* Kills each role once; afterwards these keys are published, and this signs. */
static void
kill_each(struct service *s, const struct rotation_board *b, bool old, bool new)
{
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		CU_ASSERT_TRUE(service_kill(s, roles[i]));
		service_sleep_ms(50);
		bool back = wait_back(s);
		if (!back)
			service_print_log(s, 20);
		CU_ASSERT_TRUE_FATAL(back);
		if (rotation_published(s, b->old_kid) != old ||
		    rotation_published(s, b->new_kid) != new)
			printf("  after the death of the %s\n", roles[i]);
		CU_ASSERT_EQUAL(rotation_published(s, b->old_kid), old);
		CU_ASSERT_EQUAL(rotation_published(s, b->new_kid), new);
	}
}

static void
pause_until(uint64_t at_ms)
{
	while (clock_wall_ms() < at_ms)
		service_sleep_ms(50);
}

static void
test_kills(void)
{
	AUTO(service_free) struct service *s = NULL;
	struct rotation_board *b = rotation_board();
	/* Long phases: a busy machine takes its time to come back. */
	const unsigned lead_s = 25;

	CU_ASSERT_EQUAL_FATAL(rotation_service(&s), OK);
	rotation_kid(s, b->old_kid);
	CU_ASSERT_EQUAL_FATAL(rotation_order(s, "25", "20", b), 0);
	uint64_t from_ms = clock_wall_ms() + lead_s * 1000;
	CU_ASSERT_TRUE(wait_published(s, b->new_kid, 1, WAIT_MS) != 0);

	kill_each(s, b, true, true);
	CU_ASSERT_TRUE(rotation_signed_by(s, b->old_kid));
	if (clock_wall_ms() > from_ms) {
		harness_skip("too slow for the phase before the switch");
		return;
	}
	pause_until(from_ms + 1000);
	CU_ASSERT_TRUE(rotation_signed_by(s, b->new_kid));
	const uint64_t retire_ms = from_ms + (ROTATION_LOAD_TTL_S + 20) * 1000;
	kill_each(s, b, true, true);
	CU_ASSERT_TRUE(rotation_signed_by(s, b->new_kid));
	if (clock_wall_ms() > retire_ms) {
		harness_skip("too slow for the phase of the overlap");
		return;
	}
	pause_until(retire_ms + 2000);
	kill_each(s, b, false, true);
	CU_ASSERT_TRUE(rotation_signed_by(s, b->new_kid));

	/* The whole service anew, without the old key in the token. */
	CU_ASSERT_EQUAL(officer(s, "--delete-retired"), 0);
	service_halt(s);
	CU_ASSERT_EQUAL(service_launch(s), OK);
	CU_ASSERT_TRUE(wait_back(s));
	CU_ASSERT_TRUE(rotation_signed_by(s, b->new_kid));
	CU_ASSERT_EQUAL(rotation_published(s, b->old_kid), 0);
	munmap(b, sizeof(*b));
}

static const struct harness_test tests[] = {
	{ "nobody notices that another key signs", test_load },
	{ "nor on a TPM", test_tpm },
	{ "roles that die in between come back with the right keys",
	  test_kills },
	{ NULL, NULL },
};

HARNESS_MAIN("rotation", tests)
