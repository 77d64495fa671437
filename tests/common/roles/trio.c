/*
 * trio.c - the processes of a trio; see trio.h.  trio_clients.c has its clients.
 */
#include "tests/common/roles/trio.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/certs.h"
#include "tests/common/roles/front_rig.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"
#include "proc/role.h"
#include "tests/common/fakes/verdict_kit.h"
#include "tests/common/fakes/wire_samples.h"

#define QUOTAS_BYTES 4096

static const char *const programs[TRIO_ROLES] = {
	"anchord-front",
	"anchord-verifier",
	"anchord-ledger",
	"anchord-keyholder",
};

static const struct {
	enum wire_role a, b;
} edges[] = {
	{ WIRE_ROLE_FRONT, WIRE_ROLE_KEYHOLDER },
	{ WIRE_ROLE_FRONT, WIRE_ROLE_VERIFIER },
	{ WIRE_ROLE_FRONT, WIRE_ROLE_LEDGER },
	{ WIRE_ROLE_VERIFIER, WIRE_ROLE_LEDGER },
	{ WIRE_ROLE_LEDGER, WIRE_ROLE_KEYHOLDER },
};

static const char policy[] = "id=\"t\"; version=%u; workflows:{"
                             "enroll:{bindings=[];formats=[\"tpm2-quote\"];};"
                             "metadata:{bindings=[\"device\",\"transport\"];"
                             "formats=[\"tpm2-quote\"];};};";

static const char groups[] =
        "challenge: { batch=16; ttl=60; ttl_max=300; };\n"
        "clients = (\n"
        "{ san=\"URI:spiffe://test/backend-a\"; tenant=\"backend-a\"; "
        "roles=[\"backend\"]; workflows=[\"metadata\", \"enroll\", "
        "\"artifact\"]; "
        "rate=100000; burst=100000; },\n"
        "{ san=\"URI:spiffe://test/backend-b\"; tenant=\"backend-b\"; "
        "roles=[\"backend\"]; workflows=[\"metadata\", \"enroll\", "
        "\"artifact\"]; "
        "rate=100000; burst=100000; } );\n";

static size_t
place_of(enum wire_role role)
{
	return (size_t)__builtin_ctz((unsigned)role) - 1;
}

struct peer *
trio_to(const struct trio *t, enum wire_role role)
{
	return t->peers[place_of(role)];
}

static void
in_token(const struct trio *t, const char *name, char out[static 256])
{
	(void)snprintf(out, 256, "%s/%s", t->token.directory, name);
}

/* --- what a role is given ------------------------------------------------- */

static bool
hand_config(const struct trio *t, struct lifeline *l)
{
	AUTO(buf_release) struct buf text = buf_of(65536);
	AUTO(buf_release)
	struct buf pins =
	        pins_kit_one(bytes_of(t->token.spki, t->token.spki_len),
	                     t->token.alg, t->token.uri);
	char state[256], more[256];

	in_token(t, "state", state);
	snprintf(more, sizeof(more), "paths=[\"%s/tokens\"]; deadline_ms=3000;",
	         t->token.directory);
	lifeline_config(&text, &(struct lifeline_config){
	                               .token_module = t->token.module,
	                               .token_uri = t->token.uri,
	                               .token_state = state,
	                               .token_more = more,
	                               .ledger_directory = t->directory,
	                               .more = groups,
	                       });
	return lifeline_text(l, "config", buf_str(&text)) &&
	       lifeline_text(l, "pins", buf_str(&pins));
}

static bool
hand_policy(const struct trio *t, struct lifeline *l)
{
	char text[sizeof(policy) + 16];

	snprintf(text, sizeof(text), policy, t->policy_version);
	return lifeline_text(l, "policy", text);
}

static bool
hand_path(const struct trio *t, struct lifeline *l, const char *name,
          const char *file)
{
	char path[256];

	in_token(t, file, path);
	return lifeline_path(l, name, path);
}

static bool
hand_over(const struct trio *t, enum wire_role role, struct lifeline *l)
{
	bool good = hand_config(t, l);

	if (role == WIRE_ROLE_VERIFIER)
		good = good && hand_policy(t, l);
	if (role == WIRE_ROLE_VERIFIER || role == WIRE_ROLE_KEYHOLDER)
		good = good &&
		       lifeline_text(l, ROLE_FILE_VERDICT_KEY, t->tag_key);
	if (role == WIRE_ROLE_KEYHOLDER)
		good = good && hand_path(t, l, "pin", "pin");
	if (role == WIRE_ROLE_FRONT)
		good = good && hand_path(t, l, "tls-cert", "server.pem") &&
		       hand_path(t, l, "tls-key", "server.key") &&
		       hand_path(t, l, "tls-client-ca", "ca.pem") &&
		       lifeline_fd(l, "quotas", t->quotas) &&
		       lifeline_fd(l, "listen", t->listening);
	return good;
}

/* --- edges ---------------------------------------------------------------- */

static bool
join(struct trio *t, enum wire_role role, enum wire_role other)
{
	struct lifeline *l = t->roles[place_of(role)];
	struct lifeline *o = t->roles[place_of(other)];

	if (other == t->played) {
		t->peers[place_of(role)] = lifeline_edge(l, other, 0);
		return t->peers[place_of(role)] != NULL;
	}
	return !o || lifeline_join(l, (struct lifeline_end){ role, 0 }, o,
	                           (struct lifeline_end){ other, 0 });
}

static bool
join_all(struct trio *t, enum wire_role role)
{
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
		if (edges[i].a == role)
			good = good && join(t, role, edges[i].b);
		if (edges[i].b == role)
			good = good && join(t, role, edges[i].a);
	}
	return good;
}

/* --- processes ------------------------------------------------------------ */

static void
spawn(struct trio *t, enum wire_role role)
{
	char variable[256];
	const char *environment[] = { NULL, NULL };

	snprintf(variable, sizeof(variable), "SOFTHSM2_CONF=%s",
	         t->token.config);
	if (role == WIRE_ROLE_KEYHOLDER)
		environment[0] = variable;
	struct lifeline *l =
	        lifeline_spawn(programs[place_of(role)], environment);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	t->roles[place_of(role)] = l;
	CU_ASSERT_TRUE_FATAL(hand_over(t, role, l));
	CU_ASSERT_TRUE_FATAL(join_all(t, role));
	CU_ASSERT_TRUE_FATAL(lifeline_start(l, 0));
	if (role != WIRE_ROLE_FRONT)
		return;
	wire_put_health(&t->packet, &(struct wire_health){ .ready = 1 });
	CU_ASSERT_TRUE(lifeline_send(l, &t->packet));
}

/* Its own readiness; the front's needs all the others, see trio_ready(). */
static void
wait_begun(struct trio *t, enum wire_role role)
{
	if (role != WIRE_ROLE_FRONT)
		CU_ASSERT_TRUE(lifeline_wait_status(
		        t->roles[place_of(role)], true, NULL, HARNESS_WAIT_MS));
}

bool
trio_ended(struct trio *t, enum wire_role role, int status)
{
	size_t i = place_of(role);
	int ended = lifeline_wait_exit(t->roles[i], HARNESS_WAIT_MS);

	CU_ASSERT_EQUAL(ended, status);
	(void)lifeline_end(t->roles[i]);
	t->roles[i] = NULL;
	t->peers[i] = NULL;
	trio_begin(t, role);
	return ended == status;
}

void
trio_end(struct trio *t, enum wire_role role)
{
	size_t i = place_of(role);

	CU_ASSERT_EQUAL(lifeline_end(t->roles[i]), ROLE_EXIT_OK);
	t->roles[i] = NULL;
	t->peers[i] = NULL;
}

void
trio_begin(struct trio *t, enum wire_role role)
{
	spawn(t, role);
	wait_begun(t, role);
}

struct peer *
trio_second(struct trio *t)
{
	struct lifeline *l = lifeline_spawn("anchord-verifier", NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	t->second = l;
	CU_ASSERT_TRUE_FATAL(hand_over(t, WIRE_ROLE_VERIFIER, l));
	struct peer *front = lifeline_edge(l, WIRE_ROLE_FRONT, 0);
	CU_ASSERT_TRUE(
	        lifeline_join(l, (struct lifeline_end){ WIRE_ROLE_VERIFIER, 1 },
	                      t->roles[place_of(WIRE_ROLE_LEDGER)],
	                      (struct lifeline_end){ WIRE_ROLE_LEDGER, 0 }));
	CU_ASSERT_TRUE(lifeline_start(l, 1));
	CU_ASSERT_TRUE(lifeline_wait_status(l, true, NULL, HARNESS_WAIT_MS));
	return front;
}

void
trio_restore(struct trio *t)
{
	enum wire_role role = t->played;

	for (size_t i = 0; i < TRIO_ROLES; i++)
		if (t->peers[i])
			peer_close(t->peers[i]);
	memset(t->peers, 0, sizeof(t->peers));
	t->played = 0;
	trio_begin(t, role);
	trio_ready(t);
}

/* --- what no such role may say -------------------------------------------- */

static bool
anybody_says(uint16_t id, enum wire_role to)
{
	for (unsigned from = WIRE_ROLE_SUPERVISOR; from <= WIRE_ROLE_KEYHOLDER;
	     from *= 2)
		if (wire_allowed(id, (enum wire_role)from, to))
			return true;
	return false;
}

/* Each costs a process: of the supervisor's words one is enough. */
static bool
is_tried(uint16_t id, enum wire_role to)
{
	return id == WIRE_ID_FILE ||
	       !wire_allowed(id, WIRE_ROLE_SUPERVISOR, to) ||
	       getenv("ANCHORD_TEST_ALL");
}

/* Stops at the first word that was not refused, which costs a minute. */
static bool
say_forbidden(struct trio *t, enum wire_role to)
{
	bool refused = true;

	for (const struct wire_sample *s = wire_samples; refused && s->name;
	     s++) {
		buf_reset(&t->packet);
		s->make(&t->packet);
		uint16_t id = wire_packet_id(buf_bytes(&t->packet));

		if (wire_allowed(id, t->played, to) || !anybody_says(id, to) ||
		    !is_tried(id, to))
			continue;
		CU_ASSERT_TRUE(peer_send(trio_to(t, to), &t->packet));
		refused = trio_ended(t, to, ROLE_EXIT_WIRE);
	}
	buf_reset(&t->packet);
	return refused;
}

void
trio_may_not_say(struct trio *t)
{
	bool refused = true;

	for (size_t i = 0; refused && i < TRIO_ROLES; i++)
		refused = !t->peers[i] ||
		          say_forbidden(t, (enum wire_role)(2u << i));
}

/* --- life ----------------------------------------------------------------- */

static void
write_pin(const struct trio *t)
{
	char path[256];

	in_token(t, "pin", path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_EQUAL(write(fd, SOFTTOKEN_PIN, strlen(SOFTTOKEN_PIN)),
	                (ssize_t)strlen(SOFTTOKEN_PIN));
	close(fd);
}

static struct client_identity *
identity(const struct trio *t, const struct certs *certs, const char *name)
{
	struct client_identity *id = NULL;
	char san[64], file[64], ca[256], pem[256], key[256];

	snprintf(san, sizeof(san), "URI:spiffe://test/%s", name);
	CU_ASSERT_EQUAL(certs_issue(certs, name, san), OK);
	in_token(t, "ca.pem", ca);
	snprintf(file, sizeof(file), "%s.pem", name);
	in_token(t, file, pem);
	snprintf(file, sizeof(file), "%s.key", name);
	in_token(t, file, key);
	CU_ASSERT_EQUAL(client_identity_new(ca, pem, key, &id), OK);
	return id;
}

static void
make_files(struct trio *t)
{
	AUTO(certs_free) struct certs *certs = NULL;
	enum alg alg;

	write_pin(t);
	snprintf(t->directory, sizeof(t->directory), "%s/ledger",
	         t->token.directory);
	CU_ASSERT_EQUAL_FATAL(mkdir(t->directory, 0700), 0);
	CU_ASSERT_EQUAL_FATAL(certs_new(t->token.directory, &certs), OK);
	CU_ASSERT_EQUAL(
	        certs_issue(certs, "server", "DNS:localhost,IP:127.0.0.1"), OK);
	t->backend = identity(t, certs, "backend-a");
	t->backend_b = identity(t, certs, "backend-b");
	t->listening = front_rig_listen(&t->port);
	t->quotas = memfd_create("quotas", MFD_CLOEXEC);
	CU_ASSERT_EQUAL(ftruncate(t->quotas, QUOTAS_BYTES), 0);
	struct bytes spki = bytes_of(t->token.spki, t->token.spki_len);
	CU_ASSERT_EQUAL(key_identify(spki, &alg, t->kid), OK);
	CU_ASSERT_EQUAL(keyring_new(&t->ring), OK);
	CU_ASSERT_EQUAL(
	        keyring_add(t->ring, bytes_of_str(t->kid), spki, t->token.alg),
	        OK);
}

bool
trio_open(struct trio *t, enum wire_role played)
{
	static const enum wire_role order[] = {
		WIRE_ROLE_KEYHOLDER,
		WIRE_ROLE_LEDGER,
		WIRE_ROLE_VERIFIER,
		WIRE_ROLE_FRONT,
	};

	*t = (struct trio){ .played = played,
		            .tag_key = VERDICT_KIT_KEY,
		            .policy_version = 3,
		            .listening = -1,
		            .quotas = -1,
		            .packet = buf_of(WIRE_PACKET_MAX),
		            .evidence = buf_of(65536) };
	if (!softtoken_open(&t->token))
		return false;
	make_files(t);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &t->tpm), OK);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (order[i] != played)
			spawn(t, order[i]);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (order[i] != played && (order[i] != WIRE_ROLE_VERIFIER ||
		                           played != WIRE_ROLE_LEDGER))
			wait_begun(t, order[i]);
	return true;
}

void
trio_close(struct trio *t)
{
	client_free(t->client);
	for (size_t i = 0; i < TRIO_ROLES; i++)
		if (t->roles[i])
			CU_ASSERT_EQUAL(lifeline_end(t->roles[i]),
			                ROLE_EXIT_OK);
	if (t->second)
		CU_ASSERT_EQUAL(lifeline_end(t->second), ROLE_EXIT_OK);
	client_identity_free(t->backend);
	client_identity_free(t->backend_b);
	if (t->listening >= 0)
		close(t->listening);
	if (t->quotas >= 0)
		close(t->quotas);
	keyring_free(t->ring);
	soft_tpm_free(t->tpm);
	softtoken_close(&t->token);
	buf_release(&t->packet);
	buf_release(&t->evidence);
}
