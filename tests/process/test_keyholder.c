/*
 * test_keyholder.c - the real key holder on a real SoftHSM; the test is its
 * supervisor, its front and its ledger.
 */
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/harness.h"
#include "../common/lifeline.h"
#include "../common/softtoken.h"
#include "challenge.h"
#include "clock.h"
#include "ear.h"
#include "hsm.h"
#include "keyring.h"
#include "role.h"
#include "wire.h"

#define WAIT_MS 5000

struct rig {
	struct softtoken token;
	char pin_path[160], latch_path[160];
	struct lifeline *life;
	struct peer *front, *ledger;
	struct keyring *ring;
	uint32_t epoch;
	struct buf packet;
};

static void
life_end(struct rig *r)
{
	if (r->life)
		CU_ASSERT_EQUAL(lifeline_end(r->life), ROLE_EXIT_OK);
	r->life = NULL;
	keyring_free(r->ring);
	r->ring = NULL;
}

static void
rig_close(struct rig *r)
{
	life_end(r);
	softtoken_close(&r->token);
	buf_release(&r->packet);
}
DEFINE_AUTO_REF(struct rig, rig_close);

static void
write_pin(const struct rig *r, const char *pin)
{
	int fd = open(r->pin_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	              0600);

	CU_ASSERT_EQUAL(write(fd, pin, strlen(pin)), (ssize_t)strlen(pin));
	close(fd);
}

static bool
rig_open(struct rig *r)
{
	*r = (struct rig){ .packet = buf_of(WIRE_PACKET_MAX) };
	if (!softtoken_open(&r->token))
		return false;
	snprintf(r->pin_path, sizeof(r->pin_path), "%s/pin",
	         r->token.directory);
	snprintf(r->latch_path, sizeof(r->latch_path), "%s/state/%s",
	         r->token.directory, HSM_LATCH_FILE);
	write_pin(r, SOFTTOKEN_PIN "\n");
	return true;
}

/* A new life of the process, up to START. */
static void
life_begin(struct rig *r)
{
	char variable[192];
	char more[192];
	const char *environment[] = { variable, NULL };
	AUTO(buf_release) struct buf text = buf_of(65536);

	snprintf(variable, sizeof(variable), "SOFTHSM2_CONF=%s",
	         r->token.config);
	snprintf(more, sizeof(more), "paths=[\"%s/tokens\"]; deadline_ms=300;",
	         r->token.directory);
	char state[160];
	snprintf(state, sizeof(state), "%s/state", r->token.directory);
	const struct lifeline_config c = {
		.token_module = r->token.module,
		.token_uri = r->token.uri,
		.token_public = r->token.public_hex,
		.token_state = state,
		.token_more = more,
		.more = "challenge: { batch=16; ttl=60; ttl_max=300; };\n",
	};
	lifeline_config(&text, &c);
	r->life = lifeline_spawn("anchord-keyholder", environment);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->life);
	CU_ASSERT_TRUE(lifeline_text(r->life, "config", buf_str(&text)));
	CU_ASSERT_TRUE(lifeline_path(r->life, "pin", r->pin_path));
	r->front = lifeline_edge(r->life, WIRE_ROLE_FRONT, 0);
	r->ledger = lifeline_edge(r->life, WIRE_ROLE_LEDGER, 0);
	CU_ASSERT_TRUE(lifeline_start(r->life, 0));
}

static void
take_key(struct rig *r, struct peer *p)
{
	struct bytes packet;
	struct wire_key_held m;

	CU_ASSERT_TRUE_FATAL(
	        peer_receive_id(p, WIRE_ID_KEY_HELD, WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_key_held(packet, &m), OK);
	CU_ASSERT_EQUAL(m.node, 1);
	r->epoch = m.epoch;
	if (!r->ring)
		CU_ASSERT_EQUAL(keyring_new(&r->ring), OK);
	CU_ASSERT_EQUAL(keyring_add(r->ring, m.kid, m.spki, (enum alg)m.alg),
	                OK);
}

/* A life that opened its token. */
static void
life_open(struct rig *r)
{
	life_begin(r);
	CU_ASSERT_TRUE_FATAL(
	        lifeline_wait_status(r->life, true, NULL, WAIT_MS));
	take_key(r, r->front);
	take_key(r, r->ledger);
}

#define RIG(r)                        \
	AUTO(rig_close) struct rig r; \
	if (!rig_open(&(r)))          \
	return

static struct wire_challenge_make
challenge_request(uint64_t request)
{
	return (struct wire_challenge_make){
		.request = request,
		.tenant = bytes_of_str("backend-a"),
		.workflow = WORKFLOW_METADATA,
		.bindings = { .present = BINDING_BIT(DEVICE) |
		                         BINDING_BIT(REQUEST),
		              .device_handle = bytes_of_str("dh1_x"),
		              .request = { 1, 2, 3 } },
	};
}

static void
ask_challenge(struct rig *r, struct peer *p, uint64_t request)
{
	struct wire_challenge_make m = challenge_request(request);

	wire_put_challenge_make(&r->packet, &m);
	CU_ASSERT_TRUE(peer_send(p, &r->packet));
}

/* The answer to that request must be a challenge that verifies. */
static struct challenge
take_challenge(struct rig *r, struct peer *p, uint64_t request)
{
	struct challenge c = { .nonce = { 0 } };
	struct wire_challenge_made m;
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(
	        peer_receive_id(p, WIRE_ID_CHALLENGE_MADE, WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_challenge_made(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, request); /* in order of arrival */
	CU_ASSERT_EQUAL_FATAL(challenge_open(m.challenge, &c), OK);
	CU_ASSERT_EQUAL(challenge_verify(&c, r->ring), OK);
	CU_ASSERT_EQUAL(memcmp(c.nonce, m.nonce, HASH_SIZE), 0);
	CU_ASSERT_EQUAL(c.claims.exp_s, m.expires_s);
	CU_ASSERT_TRUE(bytes_equal(m.kid, c.head.kid));
	return c;
}

static void
unavailable(struct rig *r, struct peer *p, uint64_t request)
{
	struct wire_unavailable m;
	struct bytes packet;

	(void)r;
	CU_ASSERT_TRUE_FATAL(
	        peer_receive_id(p, WIRE_ID_UNAVAILABLE, WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_unavailable(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	CU_ASSERT_TRUE(m.why.len > 0);
}

static void
test_challenge(void)
{
	RIG(r);
	uint64_t now_s = clock_wall_ms() / 1000;

	life_open(&r);
	CU_ASSERT_EQUAL(r.epoch, 1);
	ask_challenge(&r, r.front, 7);
	struct challenge c = take_challenge(&r, r.front, 7);
	CU_ASSERT_TRUE(bytes_equal_str(c.claims.aud, "backend-a"));
	CU_ASSERT_TRUE(
	        bytes_equal_str(c.claims.iss, "https://anchord.example"));
	CU_ASSERT_EQUAL(c.claims.workflow, WORKFLOW_METADATA);
	CU_ASSERT_TRUE(
	        bytes_equal_str(c.claims.bindings.device_handle, "dh1_x"));
	CU_ASSERT_EQUAL(c.claims.cti.node, 1);
	CU_ASSERT_EQUAL(c.claims.cti.epoch, 1);
	CU_ASSERT_EQUAL(c.claims.cti.serial, 1);
	CU_ASSERT_EQUAL(c.head.batch_size, 2); /* itself and a decoy */
	CU_ASSERT_TRUE(c.claims.iat_s >= now_s && c.claims.iat_s <= now_s + 10);
	CU_ASSERT_EQUAL(c.claims.exp_s, c.claims.iat_s + 60);
}

static int
by_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

/* Several hundred at once: few signatures, no two alike, order kept. */
static void
test_batches(void)
{
	enum { N = 600 };
	static uint8_t salts[N][HASH_SIZE];
	RIG(r);
	uint8_t root[HASH_SIZE] = { 0 };
	unsigned batches = 0;

	life_open(&r);
	struct peer *second = lifeline_edge(r.life, WIRE_ROLE_FRONT, 1);
	take_key(&r, second);
	for (uint64_t i = 0; i < N; i++)
		ask_challenge(&r, i % 2 ? second : r.front, i);
	for (uint64_t i = 0; i < N; i += 2) {
		struct challenge c = take_challenge(&r, r.front, i);

		memcpy(salts[i], c.claims.salt, HASH_SIZE);
		CU_ASSERT_TRUE(c.head.batch_size <= 16);
		batches += memcmp(root, c.root, HASH_SIZE) != 0;
		memcpy(root, c.root, HASH_SIZE);
		c = take_challenge(&r, second, i + 1);
		memcpy(salts[i + 1], c.claims.salt, HASH_SIZE);
	}
	CU_ASSERT_TRUE(batches < N / 4);
	qsort(salts, N, HASH_SIZE, by_hash);
	for (size_t i = 1; i < N; i++)
		CU_ASSERT_NOT_EQUAL(by_hash(salts[i - 1], salts[i]), 0);
}

static struct wire_result_sign
result_fields(uint64_t request)
{
	uint64_t now_s = clock_wall_ms() / 1000;

	return (struct wire_result_sign){
		.request = request,
		.jti = { 1 },
		.issued_s = now_s,
		.expires_s = now_s + 300,
		.sequence = 9,
		.tenant = bytes_of_str("backend-a"),
		.redeemed = 1,
		.cti = { 2 },
		.nonce = { 3 },
		.workflow = WORKFLOW_METADATA,
		.format = bytes_of_str("tpm2-quote"),
		.policy_id = bytes_of_str("demo"),
		.policy_version = 1,
	};
}

static void
test_result(void)
{
	RIG(r);
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);
	struct wire_result_sign asked = result_fields(11);
	struct wire_result_signed m;
	struct bytes packet;

	life_open(&r);
	wire_put_result_sign(&r.packet, &asked);
	CU_ASSERT_TRUE(peer_send(r.ledger, &r.packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(r.ledger, WIRE_ID_RESULT_SIGNED,
	                                     WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_result_signed(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, 11);
	CU_ASSERT_EQUAL(ear_verify(m.jwt, r.ring, asked.issued_s, &payload),
	                OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&payload), "backend-a"));
}

static void
ask_handle(struct rig *r, const char *tenant, uint8_t first,
           char handle[static 64])
{
	struct wire_handle_make m = { .request = 5,
		                      .tenant = bytes_of_str(tenant),
		                      .identity = { first } };
	struct wire_handle_made made;
	struct bytes packet;

	wire_put_handle_make(&r->packet, &m);
	CU_ASSERT_TRUE(peer_send(r->ledger, &r->packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(r->ledger, WIRE_ID_HANDLE_MADE,
	                                     WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_handle_made(packet, &made), OK);
	CU_ASSERT_EQUAL(made.handle.len, 47);
	snprintf(handle, 64, "%.*s", (int)made.handle.len,
	         (const char *)made.handle.data);
	CU_ASSERT_EQUAL(strncmp(handle, "dh1_", 4), 0);
}

/* Stable over lives, different for each tenant and device; the epoch grows. */
static void
test_handles(void)
{
	RIG(r);
	char first[64];
	char again[64];
	char other[64];

	life_open(&r);
	ask_handle(&r, "backend-a", 1, first);
	ask_handle(&r, "backend-b", 1, other);
	CU_ASSERT_STRING_NOT_EQUAL(first, other);
	ask_handle(&r, "backend-a", 2, other);
	CU_ASSERT_STRING_NOT_EQUAL(first, other);
	life_end(&r);
	life_open(&r);
	CU_ASSERT_EQUAL(r.epoch, 2);
	ask_handle(&r, "backend-a", 1, again);
	CU_ASSERT_STRING_EQUAL(first, again);
	ask_challenge(&r, r.front, 1);
	struct challenge c = take_challenge(&r, r.front, 1);
	CU_ASSERT_EQUAL(c.claims.cti.epoch, 2);
	CU_ASSERT_EQUAL(c.claims.cti.serial, 1);
}

/* A peer that dies takes its questions along; its successor gets the key. */
static void
test_edges(void)
{
	RIG(r);

	life_open(&r);
	ask_challenge(&r, r.front, 1);
	peer_close(r.front);
	r.front = lifeline_edge(r.life, WIRE_ROLE_FRONT, 0);
	take_key(&r, r.front);
	ask_challenge(&r, r.front, 2);
	take_challenge(&r, r.front, 2);
}

/* --- nonsense ------------------------------------------------------------- */

/* The packet must end the process, and with it nothing else is answered. */
static void
ends_it(struct rig *r, struct peer *p, const char *what)
{
	CU_ASSERT_TRUE(peer_send(p, &r->packet));
	int status = lifeline_wait_exit(r->life, WAIT_MS);
	if (status != ROLE_EXIT_WIRE)
		printf("  %s: exit %d\n", what, status);
	CU_ASSERT_EQUAL(status, ROLE_EXIT_WIRE);
	lifeline_end(r->life);
	r->life = NULL;
	keyring_free(r->ring);
	r->ring = NULL;
}

static void
test_nonsense(void)
{
	RIG(r);
	struct wire_challenge_make m = challenge_request(1);

	life_open(&r);
	wire_put_challenge_make(&r.packet, &m);
	buf_u8(&r.packet, 0);
	ends_it(&r, r.front, "a byte too many");

	life_open(&r);
	m.ttl_s = 301;
	wire_put_challenge_make(&r.packet, &m);
	ends_it(&r, r.front, "ttl over the limit");

	life_open(&r);
	m = challenge_request(1);
	m.tenant = bytes_of_str("Backend A");
	wire_put_challenge_make(&r.packet, &m);
	ends_it(&r, r.front, "no tenant's name");

	life_open(&r);
	m = challenge_request(1);
	m.workflow = WORKFLOW_COUNT;
	wire_put_challenge_make(&r.packet, &m);
	ends_it(&r, r.front, "no workflow");
}

static void
test_nonsense_results(void)
{
	RIG(r);
	struct wire_result_sign m = result_fields(1);

	life_open(&r);
	wire_put_result_sign(&r.packet, &m);
	ends_it(&r, r.front, "a front that wants a result");

	life_open(&r);
	m.reasons = 1ULL << 63;
	wire_put_result_sign(&r.packet, &m);
	ends_it(&r, r.ledger, "a reason without a row");
}

/* --- the token says no, or nothing ---------------------------------------- */

static bool
latched(const struct rig *r)
{
	return access(r->latch_path, F_OK) == 0;
}

static void
test_wrong_pin(void)
{
	RIG(r);

	write_pin(&r, "000000");
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "PIN", WAIT_MS));
	CU_ASSERT_TRUE(latched(&r));
	ask_challenge(&r, r.front, 3);
	unavailable(&r, r.front, 3);
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, 1200), -1); /* it stays */
	life_end(&r);

	/* The right PIN would open it: that it does not shows that it is not
	 * tried. */
	write_pin(&r, SOFTTOKEN_PIN);
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "PIN", WAIT_MS));
	ask_challenge(&r, r.front, 4);
	unavailable(&r, r.front, 4);

	/* A person looks: the process makes room for one that tries again. */
	CU_ASSERT_EQUAL(unlink(r.latch_path), 0);
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, WAIT_MS), ROLE_EXIT_PART);
	lifeline_end(r.life);
	life_open(&r);
	CU_ASSERT_FALSE(latched(&r));
	ask_challenge(&r, r.front, 5);
	take_challenge(&r, r.front, 5);
}

static void
test_other_key(void)
{
	RIG(r);

	r.token.public_hex[0] = r.token.public_hex[0] == '0' ? '1' : '0';
	life_begin(&r);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(r.life, false, "public_sha256", WAIT_MS));
	CU_ASSERT_TRUE(latched(&r));
	ask_challenge(&r, r.front, 3);
	unavailable(&r, r.front, 3);
}

/* Not there: answers, then makes room for the next try; no latch. */
static void
test_absent(void)
{
	RIG(r);

	snprintf(r.token.uri, sizeof(r.token.uri), "%s",
	         "pkcs11:token=anchord-test;serial=0011223344556677;"
	         "object=anchord-sign;id=%01");
	life_begin(&r);
	ask_challenge(&r, r.front, 3);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "token", WAIT_MS));
	unavailable(&r, r.front, 3);
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, WAIT_MS), ROLE_EXIT_PART);
	CU_ASSERT_FALSE(latched(&r));
	lifeline_end(r.life);
	r.life = NULL;
}

static void
test_unreadable_pin(void)
{
	RIG(r);

	chmod(r.pin_path, 0644);
	life_begin(&r);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(r.life, false, "PIN file", WAIT_MS));
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, WAIT_MS), ROLE_EXIT_PART);
	CU_ASSERT_FALSE(latched(&r));
	lifeline_end(r.life);
	r.life = NULL;
}

/* Locks a file of the token as SoftHSM does, so that SoftHSM waits for us. */
static int
hold(const struct rig *r, const char *name, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	char path[512];
	glob_t found;

	snprintf(path, sizeof(path), "%s/tokens/*/%s", r->token.directory,
	         name);
	CU_ASSERT_EQUAL_FATAL(glob(path, 0, NULL, &found), 0);
	int fd = open(found.gl_pathv[0], O_RDWR | O_CLOEXEC);
	globfree(&found);
	CU_ASSERT_EQUAL_FATAL(fcntl(fd, F_SETLK, &lock), 0);
	return fd;
}

/* Killed in the middle of C_Login: nobody knows what the token thinks of the
 * PIN, so the next life does not try it. */
static void
test_killed_in_login(void)
{
	RIG(r);
	int lock = hold(&r, "token.object", F_RDLCK);

	life_begin(&r);
	for (int i = 0; i < 200 && !latched(&r); i++)
		usleep(10000);
	CU_ASSERT_TRUE(latched(&r));
	usleep(100000); /* well inside C_Login by now */
	CU_ASSERT_EQUAL(kill(lifeline_pid(r.life), SIGKILL), 0);
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, WAIT_MS), 128 + SIGKILL);
	lifeline_end(r.life);
	close(lock);

	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false,
	                                    "a login was under way", WAIT_MS));
	CU_ASSERT_TRUE(latched(&r));
}

/* A call that does not come back ends the process, and only that. */
static void
test_hang(void)
{
	RIG(r);

	life_open(&r);
	int lock = hold(&r, "generation", F_WRLCK);
	uint64_t before_at = clock_mono_ms();
	ask_challenge(&r, r.front, 3);
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, WAIT_MS), ROLE_EXIT_PART);
	uint64_t took_for = clock_mono_ms() - before_at;
	CU_ASSERT_TRUE(took_for >= 300 && took_for < 1500);
	lifeline_end(r.life);
	r.life = NULL;
	close(lock);
	CU_ASSERT_FALSE(latched(&r));
}

/* The token goes away under a key holder that works. */
static void
test_vanished(void)
{
	RIG(r);
	char from[192];
	char to[192];

	life_open(&r);
	snprintf(from, sizeof(from), "%s/tokens", r.token.directory);
	snprintf(to, sizeof(to), "%s/gone", r.token.directory);
	CU_ASSERT_EQUAL(rename(from, to), 0);
	ask_challenge(&r, r.front, 3);
	unavailable(&r, r.front, 3);
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, WAIT_MS), ROLE_EXIT_PART);
	lifeline_end(r.life);
	keyring_free(r.ring);
	r.ring = NULL;

	CU_ASSERT_EQUAL(rename(to, from), 0);
	life_open(&r);
	CU_ASSERT_EQUAL(r.epoch, 2);
	CU_ASSERT_FALSE(latched(&r));
}

static const struct harness_test tests[] = {
	{ "makes a challenge that verifies", test_challenge },
	{ "signs batches, in order, no two alike", test_batches },
	{ "signs a result that verifies", test_result },
	{ "makes handles that last, in a growing epoch", test_handles },
	{ "survives its peers", test_edges },
	{ "ends on a malformed challenge request", test_nonsense },
	{ "ends on a malformed result", test_nonsense_results },
	{ "latches on a wrong PIN until a person looks", test_wrong_pin },
	{ "latches on another key than pinned", test_other_key },
	{ "reports an absent token and makes room", test_absent },
	{ "reports an unreadable PIN file", test_unreadable_pin },
	{ "tries no PIN after a kill in C_Login", test_killed_in_login },
	{ "ends when a call does not come back", test_hang },
	{ "notices that its token is gone", test_vanished },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder", tests)
