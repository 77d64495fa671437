/*
 * test_stop_rate.c - an emergency stop at 2,000 attestations a second and more:
 * no result is eligible whose redemption came after the stop was acknowledged.
 *
 * Real is the ledger, in its process and sandbox: its edges, its transactions with
 * their syncs, the stop, the outcomes.  Stand-ins, which are this program, are the
 * verifier (verdicts about challenges that nobody issued, with no tag), the key
 * holder (signs nothing) and the front.  test_stop_load has all of the service, and
 * fewer requests.
 *
 * The load goes on while the stop is under way.  Half of it is for another
 * release, which is never stopped.  Every result is looked at in two ways:
 *
 * - by the front: a verdict that was sent after the acknowledgement had come is
 *   never eligible for the release;
 * - by the ledger's own order: after the first result that the stop refused, none
 *   with a higher sequence is eligible for the release.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_key.h"
#include "base/clock.h"
#include "proc/role.h"
#include "wire/reason.h"
#include "wire/wire.h"

#define STOPPED "fw-2"
#define OTHER "fw-3"
#define STOP_REQUEST (UINT64_C(1) << 60)

#define TOTAL 20000u        /* verdicts of one run */
#define STOP_AT (TOTAL / 2) /* results after which the stop is sent */
#define UNDER_WAY 1024u     /* at a time */
#define AT_ONCE 64u         /* sent together */
#define LEAST_RATE 2000u    /* a second */
#define RUNS 3              /* where a busy machine may spoil one */
#define RUN_MS 60000

struct run {
	char directory[64];
	char kid[KID_SIZE];
	struct lifeline *life;
	struct peer *front, *verifier, *keyholder;
	struct buf packet;
	uint64_t sent, answered; /* verdicts; results at the front */
	bool stop_sent;
	uint64_t acked_at;      /* verdicts sent before the answer; 0: none */
	uint64_t first_stopped; /* lowest sequence that the stop refused */
	uint64_t last_eligible; /* highest sequence that is eligible */
	uint64_t eligible, stopped, others, late, odd;
};

/* --- the ledger and its peers ----------------------------------------------- */

static void
begin_ledger(struct run *r)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "ledger");
	AUTO(buf_release)
	struct buf pins =
	        pins_kit_one(soft_key_spki(key), ALG_ES256, "pkcs11:object=k");
	AUTO(buf_release) struct buf config = buf_of(4096);
	const struct lifeline_config c = { .ledger_directory = r->directory };
	struct wire_key_held held = { .node = 1, .epoch = 7 };

	lifeline_config(&config, &c);
	r->life = lifeline_spawn("anchord-ledger", NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->life);
	CU_ASSERT_TRUE(lifeline_text(r->life, "config", buf_str(&config)));
	CU_ASSERT_TRUE(lifeline_text(r->life, "pins", buf_str(&pins)));
	r->front = lifeline_edge(r->life, WIRE_ROLE_FRONT, 0);
	r->verifier = lifeline_edge(r->life, WIRE_ROLE_VERIFIER, 0);
	r->keyholder = lifeline_edge(r->life, WIRE_ROLE_KEYHOLDER, 0);
	CU_ASSERT_TRUE(lifeline_start(r->life, 0));
	CU_ASSERT_TRUE_FATAL(
	        lifeline_wait_status(r->life, true, NULL, HARNESS_WAIT_MS));
	held.kid = bytes_of_str(soft_key_kid(key));
	wire_put_key_held(&r->packet, &held);
	CU_ASSERT_TRUE(peer_send(r->keyholder, &r->packet));
}

static struct run
run_open(void)
{
	/* Not /tmp: it may be memory, where a sync costs nothing. */
	struct run r = { .directory = "/var/tmp/anchord-stop-XXXXXX",
		         .packet = buf_of(WIRE_PACKET_MAX) };

	if (!mkdtemp(r.directory))
		abort();
	return r;
}

static void
run_close(struct run *r)
{
	static const char *const names[] = { "ledger.db", "ledger.db-wal",
		                             "ledger.db.new", "ledger.clean" };
	char path[128];

	if (r->life)
		CU_ASSERT_EQUAL(lifeline_end(r->life), ROLE_EXIT_OK);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", r->directory, names[i]);
		(void)unlink(path);
	}
	CU_ASSERT_EQUAL(rmdir(r->directory), 0);
	buf_release(&r->packet);
}
DEFINE_AUTO_REF(struct run, run_close);

/* --- what is said ------------------------------------------------------------ */

static bool
is_of_stopped(uint64_t request)
{
	return request % 2 == 0;
}

static void
queue_verdict(struct run *r)
{
	uint64_t now_s = clock_wall_ms() / 1000;
	const struct cti cti = { .node = 1, .epoch = 7, .serial = ++r->sent };
	struct wire_verdict v = {
		.request = r->sent,
		.tenant = bytes_of_str("backend-a"),
		.redeemable = 1,
		.issued_s = now_s,
		.expires_s = now_s + 120,
		.workflow = WORKFLOW_ENROLL,
		.format = bytes_of_str("tpm2-quote"),
		.policy_id = bytes_of_str("demo"),
		.challenge = bytes_of_str("a challenge"),
		.bindings.present = BINDING_BIT(RELEASE),
	};

	v.bindings.release =
	        bytes_of_str(is_of_stopped(r->sent) ? STOPPED : OTHER);
	cti_encode(&cti, v.cti);
	wire_put_verdict(&r->packet, &v);
	CU_ASSERT_TRUE_FATAL(peer_queue(r->verifier, &r->packet));
}

static void
send_more(struct run *r)
{
	for (unsigned i = 0; i < AT_ONCE && r->sent < TOTAL &&
	                     r->sent - r->answered < UNDER_WAY;
	     i++)
		queue_verdict(r);
	CU_ASSERT_TRUE_FATAL(peer_flush(r->verifier));
	if (r->stop_sent || r->answered < STOP_AT)
		return;
	const struct wire_release_stop stop = {
		.request = STOP_REQUEST,
		.release = bytes_of_str(STOPPED),
		.who = bytes_of_str("DNS:officer.test"),
	};
	wire_put_release_stop(&r->packet, &stop);
	CU_ASSERT_TRUE(peer_send(r->front, &r->packet));
	r->stop_sent = true;
}

/* --- what is heard ----------------------------------------------------------- */

/* The ledger's own order, which the redemptions have. */
static void
note_order(struct run *r, const struct wire_result_sign *m)
{
	struct wire_finding f;

	CU_ASSERT_EQUAL_FATAL(wire_get_finding(m->finding, &f), OK);
	if (!bytes_equal_str(f.bindings.release, STOPPED))
		return;
	if (m->reasons == 0 && m->sequence > r->last_eligible)
		r->last_eligible = m->sequence;
	if (m->reasons == reason_bit(REASON_ROLLOUT_STOPPED) &&
	    (r->first_stopped == 0 || m->sequence < r->first_stopped))
		r->first_stopped = m->sequence;
}

static bool
hear_keyholder(struct run *r)
{
	struct wire_result_sign m;
	struct bytes packet;
	bool any = false;

	while (peer_receive_id(r->keyholder, WIRE_ID_RESULT_SIGN, 0, &packet)) {
		CU_ASSERT_EQUAL_FATAL(wire_get_result_sign(packet, &m), OK);
		CU_ASSERT_EQUAL(m.redeemed, 1);
		note_order(r, &m);
		const struct wire_result_signed answer = {
			.request = m.request,
			.jwt = bytes_of_str("a.b.c"),
		};
		wire_put_result_signed(&r->packet, &answer);
		CU_ASSERT_TRUE_FATAL(peer_queue(r->keyholder, &r->packet));
		any = true;
	}
	CU_ASSERT_TRUE_FATAL(peer_flush(r->keyholder));
	return any;
}

static void
note_result(struct run *r, const struct wire_result *m)
{
	bool late = r->acked_at > 0 && m->request > r->acked_at;

	r->answered++;
	if (!is_of_stopped(m->request) && m->reasons == 0)
		r->others++;
	else if (is_of_stopped(m->request) && m->reasons == 0)
		(*(late ? &r->late : &r->eligible))++;
	else if (is_of_stopped(m->request) &&
	         m->reasons == reason_bit(REASON_ROLLOUT_STOPPED))
		r->stopped++;
	else
		r->odd++;
}

static bool
hear_front(struct run *r)
{
	struct wire_release_stopped stopped;
	struct wire_result m;
	struct bytes packet;
	bool any = false;

	while (peer_receive(r->front, 0, &packet)) {
		any = true;
		switch (wire_packet_id(packet)) {
		case WIRE_ID_RESULT:
			CU_ASSERT_EQUAL_FATAL(wire_get_result(packet, &m), OK);
			note_result(r, &m);
			break;
		case WIRE_ID_RELEASE_STOPPED:
			CU_ASSERT_EQUAL_FATAL(
			        wire_get_release_stopped(packet, &stopped), OK);
			CU_ASSERT_EQUAL(stopped.request, STOP_REQUEST);
			CU_ASSERT_EQUAL(stopped.fresh, 1);
			r->acked_at = r->sent;
			break;
		case WIRE_ID_UNAVAILABLE:
			r->answered++;
			r->odd++;
			break;
		default: /* what the ledger says by itself */
			break;
		}
	}
	return any;
}

/* --- the runs ----------------------------------------------------------------- */

/* Results a second. */
static uint64_t
drive(struct run *r)
{
	uint64_t began_ms = clock_mono_ms(), until_ms = began_ms + RUN_MS;

	while (r->answered < TOTAL && clock_mono_ms() < until_ms) {
		send_more(r);
		bool heard = hear_keyholder(r);
		if (!hear_front(r) && !heard)
			usleep(200);
	}
	uint64_t span_ms = clock_mono_ms() - began_ms;
	return r->answered * 1000 / (span_ms > 0 ? span_ms : 1);
}

static void
test_stop_at_rate(void)
{
	uint64_t rate = 0;

	for (unsigned i = 0; i < RUNS && rate < LEAST_RATE; i++) {
		AUTO(run_close) struct run r = run_open();

		begin_ledger(&r);
		rate = drive(&r);
		printf("  %llu a second: %llu eligible, %llu stopped, %llu of "
		       "another release; the answer came after %llu\n",
		       (unsigned long long)rate, (unsigned long long)r.eligible,
		       (unsigned long long)r.stopped,
		       (unsigned long long)r.others,
		       (unsigned long long)r.acked_at);
		CU_ASSERT_EQUAL(r.answered, TOTAL);
		CU_ASSERT_EQUAL(r.odd, 0);
		CU_ASSERT_EQUAL(r.late, 0);
		CU_ASSERT(r.last_eligible < r.first_stopped);
		CU_ASSERT_EQUAL(r.others, TOTAL / 2);
		/* there were some of each kind, also after the answer */
		CU_ASSERT(r.eligible >= STOP_AT / 4);
		CU_ASSERT(r.acked_at > 0 && r.acked_at < TOTAL - AT_ONCE);
		CU_ASSERT(r.stopped >= (TOTAL - r.acked_at) / 2);
	}
	CU_ASSERT(rate >= LEAST_RATE);
}

static const struct harness_test tests[] = {
	{ "no redemption after the answer is eligible", test_stop_at_rate },
	{ NULL, NULL },
};

HARNESS_MAIN("stop_rate", tests)
