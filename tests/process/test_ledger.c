/*
 * test_ledger.c - the real ledger in its sandbox; the test is its supervisor,
 * its front, its verifier and its key holder.
 */
#include <sys/wait.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/ledger_kit.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_key.h"
#include "base/clock.h"
#include "wire/reason.h"
#include "proc/role.h"
#include "wire/wire.h"

struct rig {
	char directory[64];
	struct lifeline *life;
	struct peer *front, *verifier, *keyholder;
	struct buf packet;
	char kid[KID_SIZE];
};

static bool
hand_pins(struct rig *r)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "ledger");
	AUTO(buf_release)
	struct buf pins =
	        pins_kit_one(soft_key_spki(key), ALG_ES256, "pkcs11:object=k");

	(void)snprintf(r->kid, sizeof(r->kid), "%s", soft_key_kid(key));
	return lifeline_text(r->life, "pins", buf_str(&pins));
}

static void
life_begin(struct rig *r)
{
	AUTO(buf_release) struct buf config = buf_of(4096);
	const struct lifeline_config c = {
		.ledger_directory = r->directory,
	};

	lifeline_config(&config, &c);
	r->life = lifeline_spawn("anchord-ledger", NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->life);
	CU_ASSERT_TRUE(lifeline_text(r->life, "config", buf_str(&config)));
	CU_ASSERT_TRUE(hand_pins(r));
	r->front = lifeline_edge(r->life, WIRE_ROLE_FRONT, 0);
	r->verifier = lifeline_edge(r->life, WIRE_ROLE_VERIFIER, 0);
	r->keyholder = lifeline_edge(r->life, WIRE_ROLE_KEYHOLDER, 0);
	CU_ASSERT_TRUE(lifeline_start(r->life, 0));
}

static void
say_key(struct rig *r)
{
	const struct wire_key_held m = { .kid = bytes_of_str(r->kid),
		                         .node = 1,
		                         .epoch = 7 };

	wire_put_key_held(&r->packet, &m);
	CU_ASSERT_TRUE(peer_send(r->keyholder, &r->packet));
}

/* Ready, with an epoch. */
static void
life_ready(struct rig *r)
{
	life_begin(r);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(r->life, true, NULL, HARNESS_WAIT_MS));
	say_key(r);
}

static struct rig
rig_open(void)
{
	struct rig r = { .directory = "/tmp/anchord-ledger-XXXXXX",
		         .packet = buf_of(WIRE_PACKET_MAX) };

	if (!mkdtemp(r.directory))
		abort();
	return r;
}

static void
rig_close(struct rig *r)
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
DEFINE_AUTO_REF(struct rig, rig_close);

/* --- what is said and heard ----------------------------------------------- */

static void
say_verdict(struct rig *r, uint64_t request, uint64_t serial, uint8_t evidence)
{
	uint64_t now_s = clock_wall_ms() / 1000;
	const struct cti cti = { .node = 1, .epoch = 7, .serial = serial };
	struct wire_verdict v = {
		.request = request,
		.tenant = bytes_of_str("backend-a"),
		.redeemable = 1,
		.issued_s = now_s,
		.expires_s = now_s + 120,
		.workflow = WORKFLOW_ENROLL,
		.format = bytes_of_str("tpm2-quote"),
		.policy_id = bytes_of_str("demo"),
		.challenge = bytes_of_str("a challenge"),
	};

	cti_encode(&cti, v.cti);
	memset(v.evidence, evidence, sizeof(v.evidence));
	wire_put_verdict(&r->packet, &v);
	CU_ASSERT_TRUE(peer_send(r->verifier, &r->packet));
}

static struct wire_result_sign
hear_sign(struct rig *r)
{
	struct wire_result_sign m = { 0 };
	struct bytes p = { 0 };

	CU_ASSERT_TRUE(peer_receive_id(r->keyholder, WIRE_ID_RESULT_SIGN,
	                               HARNESS_WAIT_MS, &p));
	CU_ASSERT_EQUAL(wire_get_result_sign(p, &m), OK);
	return m;
}

static void
say_signed(struct rig *r, uint64_t request, const char *jwt)
{
	const struct wire_result_signed m = { .request = request,
		                              .jwt = bytes_of_str(jwt) };

	wire_put_result_signed(&r->packet, &m);
	CU_ASSERT_TRUE(peer_send(r->keyholder, &r->packet));
}

static void
expect_result(struct rig *r, uint64_t request, const char *jwt)
{
	struct wire_result m = { 0 };
	struct bytes p = { 0 };

	CU_ASSERT_TRUE(peer_receive(r->front, HARNESS_WAIT_MS, &p));
	CU_ASSERT_EQUAL(wire_get_result(p, &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	CU_ASSERT_TRUE(bytes_equal_str(m.jwt, jwt));
}

static void
expect_unavailable(struct rig *r, uint64_t request)
{
	struct wire_unavailable m = { 0 };
	struct bytes p = { 0 };

	CU_ASSERT_TRUE(peer_receive(r->front, HARNESS_WAIT_MS, &p));
	CU_ASSERT_EQUAL(wire_get_unavailable(p, &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
}

/* --- tests ---------------------------------------------------------------- */

static void
test_whole(void)
{
	AUTO(rig_close) struct rig r = rig_open();

	life_ready(&r);
	say_verdict(&r, 1, 1, 1);
	struct wire_result_sign m = hear_sign(&r);
	CU_ASSERT_EQUAL(m.redeemed, 1);
	CU_ASSERT_EQUAL(m.reasons, 0);
	CU_ASSERT_EQUAL(m.sequence, 1);
	say_signed(&r, m.request, "a.b.c");
	expect_result(&r, 1, "a.b.c");
	say_verdict(&r, 2, 1, 1); /* retry */
	expect_result(&r, 2, "a.b.c");
	say_verdict(&r, 3, 1, 9); /* replay */
	m = hear_sign(&r);
	CU_ASSERT_EQUAL(m.reasons, reason_bit(REASON_CHALLENGE_REPLAYED));
	CU_ASSERT_EQUAL(m.sequence, 2);
}

/* kill -9 between commit and answer, then the whole next life. */
static void
test_killed(void)
{
	AUTO(rig_close) struct rig r = rig_open();
	uint8_t jti[CTI_SIZE];

	life_ready(&r);
	say_verdict(&r, 1, 1, 1);
	struct wire_result_sign m = hear_sign(&r);
	memcpy(jti, m.jti, sizeof(jti));
	CU_ASSERT_EQUAL(kill(lifeline_pid(r.life), SIGKILL), 0);
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, HARNESS_WAIT_MS),
	                128 + SIGKILL);
	(void)lifeline_end(r.life);

	life_ready(&r);
	say_verdict(&r, 1, 1, 9); /* the thief is first now */
	m = hear_sign(&r);
	CU_ASSERT_EQUAL(m.reasons, reason_bit(REASON_CHALLENGE_REPLAYED));
	say_verdict(&r, 2, 1, 1);
	m = hear_sign(&r);
	CU_ASSERT_EQUAL(m.redeemed, 1);
	CU_ASSERT_EQUAL(m.sequence, 1);
	CU_ASSERT_EQUAL(memcmp(m.jti, jti, sizeof(jti)), 0);
	say_signed(&r, m.request, "a.b.c");
	expect_result(&r, 2, "a.b.c");
}

static void
test_keyholder_restarts(void)
{
	AUTO(rig_close) struct rig r = rig_open();

	life_ready(&r);
	say_verdict(&r, 1, 1, 1);
	(void)hear_sign(&r);
	peer_close(r.keyholder);
	expect_unavailable(&r, 1);
	r.keyholder = lifeline_edge(r.life, WIRE_ROLE_KEYHOLDER, 0);
	say_key(&r);
	say_verdict(&r, 2, 1, 1);
	struct wire_result_sign m = hear_sign(&r);
	CU_ASSERT_EQUAL(m.sequence, 1);
	say_signed(&r, m.request, "a.b.c");
	expect_result(&r, 2, "a.b.c");
}

static void
test_directory_missing(void)
{
	AUTO(rig_close) struct rig r = rig_open();

	CU_ASSERT_EQUAL(rmdir(r.directory), 0);
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "directory",
	                                    HARNESS_WAIT_MS));
	say_verdict(&r, 1, 1, 1);
	expect_unavailable(&r, 1);
	CU_ASSERT_EQUAL(mkdir(r.directory, 0700), 0);

	/* Where Landlock keeps the process out of a directory that it has not
	 * seen in time, it asks to be started anew; elsewhere it goes on. */
	if (lifeline_wait_status(r.life, true, NULL, HARNESS_WAIT_MS))
		return;
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, HARNESS_WAIT_MS),
	                ROLE_EXIT_PART);
	(void)lifeline_end(r.life);
	life_ready(&r);
}

static void
test_nonsense(void)
{
	AUTO(rig_close) struct rig r = rig_open();

	life_ready(&r);
	buf_u16(&r.packet, WIRE_ID_VERDICT);
	buf_u8(&r.packet, 1);
	CU_ASSERT_TRUE(peer_send(r.verifier, &r.packet));
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
	(void)lifeline_end(r.life);

	/* A front that decides by itself. */
	life_ready(&r);
	struct peer *verifier = r.verifier;
	r.verifier = r.front;
	say_verdict(&r, 1, 1, 1);
	r.verifier = verifier;
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
	(void)lifeline_end(r.life);
	r.life = NULL;
}

/* Long enough for checkpoints and sweeps inside the sandbox. */
static void
test_load(void)
{
	AUTO(rig_close) struct rig r = rig_open();
	uint64_t serial = 1;

	life_ready(&r);
	for (unsigned group = 0; group < 100; group++) {
		for (unsigned i = 0; i < 64; i++, serial++)
			say_verdict(&r, serial, serial, 1);
		for (unsigned i = 0; i < 64; i++) {
			struct wire_result_sign m = hear_sign(&r);
			CU_ASSERT_EQUAL(m.redeemed, 1);
			say_signed(&r, m.request, "a.b.c");
		}
		for (unsigned i = 0; i < 64; i++)
			expect_result(&r, serial - 64 + i, "a.b.c");
	}
}

/* anchorctl ledger ...: its exit status. */
static int
ctl(const char *const *words)
{
	const char *line[12] = { "anchorctl", "ledger" };
	AUTO(buf_release) struct buf program = buf_of(4096);
	int status = 0;

	lifeline_program("anchorctl", &program);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), 1);
		dup2(open("/dev/null", O_WRONLY), 2);
		for (size_t i = 0; words[i]; i++)
			line[i + 2] = words[i];
		execv(buf_str(&program), (char *const *)(uintptr_t)line);
		_exit(127);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
repair(const struct rig *r, const char *more)
{
	const char *const words[] = { "clock-repair", "--directory",
		                      r->directory, more, NULL };

	return ctl(words);
}

static int
with_file(const struct rig *r, const char *verb, const char *file)
{
	const char *const words[] = { verb, "--directory", r->directory, file,
		                      NULL };

	return ctl(words);
}

/* The real one, in its sandbox, goes on while it is copied; the copy, put back,
 * has what was spent and refuses the key holder of before. */
static void
test_backup(void)
{
	AUTO(rig_close) struct rig r = rig_open();
	char file[96], database[96];

	snprintf(file, sizeof(file), "%s.backup", r.directory);
	snprintf(database, sizeof(database), "%s/ledger.db", r.directory);
	const char *const verify[] = { "verify", file, NULL };
	life_ready(&r);
	say_verdict(&r, 1, 1, 1);
	CU_ASSERT_EQUAL(hear_sign(&r).redeemed, 1);
	CU_ASSERT_EQUAL(with_file(&r, "backup", file), 0);
	CU_ASSERT_EQUAL(ctl(verify), 0);
	CU_ASSERT_EQUAL(with_file(&r, "backup", file), 1); /* it is there */
	say_verdict(&r, 2, 2, 1);
	CU_ASSERT_EQUAL(hear_sign(&r).redeemed, 1);
	CU_ASSERT_EQUAL(with_file(&r, "restore", file), 1); /* it runs */
	CU_ASSERT_EQUAL(lifeline_end(r.life), ROLE_EXIT_OK);
	r.life = NULL;
	CU_ASSERT_EQUAL(with_file(&r, "restore", file), 1); /* one is there */
	CU_ASSERT_EQUAL(unlink(database), 0);
	CU_ASSERT_EQUAL(with_file(&r, "restore", file), 0);
	CU_ASSERT_EQUAL(unlink(file), 0);
	life_begin(&r);
	say_key(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "restart",
	                                    HARNESS_WAIT_MS));
}

/* Not while a ledger has the database; a dry run changes nothing; and then the
 * key holder of before is not served, but its next life is. */
static void
test_clock_repair(void)
{
	AUTO(rig_close) struct rig r = rig_open();

	CU_ASSERT_EQUAL(repair(&r, NULL), 3); /* there is none */
	life_ready(&r);
	CU_ASSERT_EQUAL(repair(&r, NULL), 1);
	CU_ASSERT_EQUAL(lifeline_end(r.life), ROLE_EXIT_OK);
	r.life = NULL;
	AUTO(buf_release) struct buf before = kit_snapshot(r.directory);
	CU_ASSERT_EQUAL(repair(&r, "--dry-run"), 0);
	AUTO(buf_release) struct buf after = kit_snapshot(r.directory);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
	life_ready(&r);
	say_verdict(&r, 1, 1, 1);
	CU_ASSERT_EQUAL(hear_sign(&r).redeemed, 1); /* its life is recorded */
	CU_ASSERT_EQUAL(lifeline_end(r.life), ROLE_EXIT_OK);
	r.life = NULL;
	CU_ASSERT_EQUAL(repair(&r, "--json"), 0);
	life_begin(&r);
	say_key(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "restart",
	                                    HARNESS_WAIT_MS));
}

/* Pins that cannot be read are tried again, and the supervisor is told. */
static void
test_pins_unread(void)
{
	AUTO(rig_close) struct rig r = rig_open();

	life_ready(&r);
	CU_ASSERT_TRUE(lifeline_path(r.life, "pins", "/"));
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "file-unread: pins",
	                                    HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(hand_pins(&r));
}

static const struct harness_test tests[] = {
	{ "clock-repair, of a ledger that is stopped", test_clock_repair },
	{ "a copy while it works, and what becomes of it", test_backup },
	{ "brings verdicts to results", test_whole },
	{ "keeps a redemption over kill -9", test_killed },
	{ "lives through its key holder's death", test_keyholder_restarts },
	{ "waits for its directory", test_directory_missing },
	{ "pins that are not read are tried again", test_pins_unread },
	{ "ends on nonsense from a peer", test_nonsense },
	{ "works in its sandbox under load", test_load },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger", tests)
