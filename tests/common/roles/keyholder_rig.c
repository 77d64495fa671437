/*
 * keyholder_rig.c - see keyholder_rig.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/common/base/harness.h"
#include "hsm/core/hsm.h"
#include "tests/common/roles/keyholder_rig.h"
#include "tests/common/service/pins_kit.h"
#include "proc/role.h"

void
life_end(struct rig *r)
{
	if (r->life)
		CU_ASSERT_EQUAL(lifeline_end(r->life), ROLE_EXIT_OK);
	r->life = NULL;
	keyring_free(r->ring);
	r->ring = NULL;
}

void
rig_close(struct rig *r)
{
	life_end(r);
	softtoken_close(&r->token);
	buf_release(&r->packet);
	buf_release(&r->finding);
}
void
rig_write_pin(const struct rig *r, const char *pin)
{
	int fd = open(r->pin_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	              0600);

	CU_ASSERT_EQUAL(write(fd, pin, strlen(pin)), (ssize_t)strlen(pin));
	close(fd);
}

bool
rig_open(struct rig *r)
{
	*r = (struct rig){ .packet = buf_of(WIRE_PACKET_MAX),
		           .finding = buf_of(WIRE_PACKET_MAX) };
	if (!softtoken_open(&r->token))
		return false;
	snprintf(r->pin_path, sizeof(r->pin_path), "%s/pin",
	         r->token.directory);
	snprintf(r->latch_path, sizeof(r->latch_path), "%s/state/%s",
	         r->token.directory, HSM_LATCH_FILE);
	rig_write_pin(r, SOFTTOKEN_PIN "\n");
	return true;
}

static char shim[512]; /* path; empty: not asked for */

bool
rig_shim(struct rig *r, const char *script)
{
	char self[400];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	snprintf(shim, sizeof(shim), "%s", self);
	char *slash = strrchr(shim, '/');
	if (slash)
		snprintf(slash, sizeof(shim) - (size_t)(slash - shim),
		         "/../anchord-shim.so");
	r->script = script;
	return access(shim, R_OK) == 0;
}

/* What the others verify with. */
static void
take_ring(struct rig *r, struct bytes text)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(pins_free) struct pins *pins = NULL;

	keyring_free(r->ring);
	r->ring = NULL;
	if (pins_parse(text, &why, &pins) == OK)
		CU_ASSERT_EQUAL(pins_ring(pins, &r->ring), OK);
}

void
life_begin(struct rig *r)
{
	char variable[192], module[192], script[192];
	char more[768];
	const char *environment[] = { variable, r->script ? module : NULL,
		                      script, NULL };
	AUTO(buf_release) struct buf text = buf_of(65536);

	snprintf(variable, sizeof(variable), "SOFTHSM2_CONF=%s",
	         r->token.config);
	snprintf(module, sizeof(module), "ANCHORD_SHIM_MODULE=%s",
	         r->token.module);
	snprintf(script, sizeof(script), "ANCHORD_SHIM_%s=%s",
	         r->page ? "PAGE" : "SCRIPT",
	         r->page     ? r->page
	         : r->script ? r->script
	                     : "");
	snprintf(more, sizeof(more),
	         "paths=[\"%s/tokens\"]; deadline_ms=%u; start_ms=%u; "
	         "%s",
	         r->token.directory,
	         r->deadline_ms ? r->deadline_ms : HARNESS_WAIT_MS,
	         HARNESS_WAIT_MS, r->more ? r->more : "");
	char state[160];
	snprintf(state, sizeof(state), "%s/state", r->token.directory);
	const struct lifeline_config c = {
		.token_module = r->script ? shim : r->token.module,
		.token_uri = r->token.uri,
		.token_state = state,
		.token_more = more,
		.genesis = r->genesis,
		.trust_more = r->trust,
		.more = r->groups ? r->groups
		                  : "challenge: { batch=16; ttl=60; "
		                    "ttl_max=300; };\n",
	};
	lifeline_config(&text, &c);
	r->life = lifeline_spawn("anchord-keyholder", environment);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->life);
	CU_ASSERT_TRUE(lifeline_text(r->life, "config", buf_str(&text)));
	CU_ASSERT_TRUE(lifeline_path(r->life, "pin", r->pin_path));
	if (r->beside)
		CU_ASSERT_TRUE(
		        lifeline_text(r->life, "companion-pin", r->beside));
	CU_ASSERT_TRUE(
	        lifeline_text(r->life, ROLE_FILE_VERDICT_KEY, VERDICT_KIT_KEY));
	AUTO(buf_release)
	struct buf pins =
	        pins_kit_one(bytes_of(r->token.spki, r->token.spki_len),
	                     r->token.alg, r->token.uri);
	const char *text_of_pins = r->pins ? r->pins : buf_str(&pins);
	const char *name = r->chain ? "trust-chain" : "pins";
	const char *in_force = r->chain ? r->chain : text_of_pins;
	if (*in_force)
		CU_ASSERT_TRUE(lifeline_text(r->life, name, in_force));
	take_ring(r, bytes_of_str(text_of_pins));
	r->front = lifeline_edge(r->life, WIRE_ROLE_FRONT, 0);
	r->ledger = lifeline_edge(r->life, WIRE_ROLE_LEDGER, 0);
	CU_ASSERT_TRUE(lifeline_start(r->life, 0));
}

void
rig_take_key(struct rig *r, struct peer *p)
{
	struct bytes packet;
	struct wire_key_held m;

	CU_ASSERT_TRUE_FATAL(
	        peer_receive_id(p, WIRE_ID_KEY_HELD, HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_key_held(packet, &m), OK);
	CU_ASSERT_EQUAL(m.node, 1);
	r->epoch = m.epoch;
}

void
life_open(struct rig *r)
{
	life_begin(r);
	CU_ASSERT_TRUE_FATAL(
	        lifeline_wait_status(r->life, true, NULL, HARNESS_WAIT_MS));
	rig_take_key(r, r->front);
	rig_take_key(r, r->ledger);
}

struct wire_challenge_make
rig_request(uint64_t request)
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

struct wire_result_sign
rig_result(struct rig *r, uint64_t request)
{
	uint64_t now_s = clock_wall_ms() / 1000;
	const struct wire_finding f = verdict_kit_forged();
	struct wire_result_sign m = {
		.request = request,
		.jti = { 1 },
		.issued_s = now_s,
		.expires_s = now_s + 1, /* as short as any test has them */
		.sequence = 9,
		.reasons = f.reasons,
	};

	verdict_kit_seal(&m, &f, VERDICT_KIT_KEY, &r->finding);
	return m;
}

void
rig_ask(struct rig *r, struct peer *p, uint64_t request)
{
	struct wire_challenge_make m = rig_request(request);

	wire_put_challenge_make(&r->packet, &m);
	CU_ASSERT_TRUE(peer_send(p, &r->packet));
}

struct challenge
rig_take(struct rig *r, struct peer *p, uint64_t request)
{
	struct challenge c = { .nonce = { 0 } };
	struct wire_challenge_made m;
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(peer_receive_id(p, WIRE_ID_CHALLENGE_MADE,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_challenge_made(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, request); /* in order of arrival */
	CU_ASSERT_EQUAL_FATAL(challenge_open(m.challenge, &c), OK);
	CU_ASSERT_EQUAL(challenge_verify(&c, r->ring), OK);
	CU_ASSERT_EQUAL(memcmp(c.nonce, m.nonce, HASH_SIZE), 0);
	CU_ASSERT_EQUAL(c.claims.exp_s, m.expires_s);
	CU_ASSERT_TRUE(bytes_equal(m.kid, c.head.kid));
	return c;
}

void
rig_unavailable(struct peer *p, uint64_t request)
{
	struct wire_unavailable m;
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(peer_receive_id(p, WIRE_ID_UNAVAILABLE,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_unavailable(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	CU_ASSERT_TRUE(m.why.len > 0);
}

bool
rig_latched(const struct rig *r)
{
	return access(r->latch_path, F_OK) == 0;
}

void
rig_unlatch(const struct rig *r)
{
	AUTO(buf_release) struct buf program = buf_of(4096);
	char state[160];
	int status = -1;

	lifeline_program("anchorctl", &program);
	snprintf(state, sizeof(state), "%s/state", r->token.directory);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		execl(buf_str(&program), "anchorctl", "token", "unlatch",
		      "--state", state, (char *)NULL);
		_exit(127);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
}

void
life_ends(struct rig *r, int status)
{
	CU_ASSERT_EQUAL(lifeline_wait_exit(r->life, HARNESS_WAIT_MS), status);
	lifeline_end(r->life);
	r->life = NULL;
	keyring_free(r->ring);
	r->ring = NULL;
}
