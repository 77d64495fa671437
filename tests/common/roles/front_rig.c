/*
 * front_rig.c - see front_rig.h.
 */
#include "tests/common/roles/front_rig.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proc/config.h"
#include "crypto/keys/keyring.h"
#include "tests/common/fakes/governed_kit.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_key.h"

#define MARKS_BYTES (256 * QUOTA_MARK_SIZE) /* of its clients and tenants */

#define BACKEND "roles=[\"backend\"]; workflows=[\"metadata\""
static const char clients[] =
        "rollout = { file = \"/rollout.conf\"; }; clients = (\n"
        "{ san=\"URI:spiffe://test/backend-a\"; tenant=\"backend-a\"; " BACKEND
        ", \"artifact\", \"channel\", \"enroll\"]; channels=[\"beta\"]; "
        "rate=100000; burst=100000; },\n"
        "{ san=\"URI:spiffe://test/hostile\"; tenant=\"hostile\"; " BACKEND
        "]; rate=1000000; burst=1000000; },\n"
        "{ san=\"URI:spiffe://test/backend-b\"; tenant=\"backend-b\"; " BACKEND
        "]; rate=1; burst=3; },\n"
        "{ san=\"URI:spiffe://test/poor\"; tenant=\"poor\"; " BACKEND
        "]; rate=1; burst=20; },\n"
        "{ san=\"DNS:second.test\"; tenant=\"backend-a\"; " BACKEND "]; },\n"
        "{ san=\"DNS:officer.test\"; tenant=\"backend-a\"; "
        "roles=[\"officer\"]; rate=1000; burst=1000; "
        "}, { san=\"DNS:auditor.test\"; roles=[\"auditor\"]; },\n"
        "{ san=\"DNS:monitor.test\"; roles=[\"monitor\"]; rate=10000; });\n";
#define KEY_NAME "front rig"
#define KEY_URI "pkcs11:object=k"
const char *front_rig_log_level;
const char *front_rig_denied;
struct governed_kit *front_rig_chain;

int
front_rig_listen(uint16_t *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		close(fd);
		return -1;
	}
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static void
path_of(const struct front_rig *rig, const char *name, const char *suffix,
        char out[static 128])
{
	(void)snprintf(out, 128, "%s/%s.%s", rig->dir, name, suffix);
}

static struct client_identity *
load_identity(const struct front_rig *rig, const char *name)
{
	struct client_identity *id = NULL;
	char ca[128], cert[128], key[128];

	path_of(rig, "ca", "pem", ca);
	path_of(rig, name, "pem", cert);
	path_of(rig, name, "key", key);
	return client_identity_new(ca, cert, key, &id) == OK ? id : NULL;
}

static struct client_identity *
issue(struct front_rig *rig, const char *name, const char *san)
{
	return certs_issue(rig->certs, name, san) == OK
	               ? load_identity(rig, name)
	               : NULL;
}

struct client_identity *
front_rig_identity(struct front_rig *rig, const char *san)
{
	return issue(rig, "extra", san);
}

static bool
make_identities(struct front_rig *rig)
{
	if (certs_new(rig->dir, &rig->certs) != OK ||
	    certs_issue(rig->certs, "server", "DNS:localhost,IP:127.0.0.1") !=
	            OK)
		return false;
	rig->backend = issue(rig, "backend-a", "URI:spiffe://test/backend-a");
	rig->backend_b = issue(rig, "backend-b", "URI:spiffe://test/backend-b");
	rig->hostile = issue(rig, "hostile", "URI:spiffe://test/hostile");
	rig->poor = issue(rig, "poor", "URI:spiffe://test/poor");
	rig->monitor = issue(rig, "monitor", "DNS:monitor.test");
	rig->stranger = issue(rig, "stranger", "URI:spiffe://test/stranger");
	return rig->backend && rig->backend_b && rig->poor && rig->hostile &&
	       rig->monitor && rig->stranger;
}

void
front_rig_govern(struct governed_kit *ret_kit)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, KEY_NAME);

	governed_kit_begin(ret_kit, soft_key_spki(key), ALG_ES256, KEY_URI);
}

/* The front only publishes the key. */
static bool
hand_key(struct front_rig *rig)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, KEY_NAME);

	(void)snprintf(rig->kid, sizeof(rig->kid), "%s", soft_key_kid(key));
	if (front_rig_chain)
		return lifeline_text(rig->front, "trust-chain",
		                     governed_kit_text(front_rig_chain));
	AUTO(buf_release)
	struct buf pins = pins_kit_one(soft_key_spki(key), ALG_ES256, KEY_URI);
	return lifeline_text(rig->front, "pins", buf_str(&pins));
}

static void
put_config(struct buf *out, const char *more)
{
	AUTO(buf_release) struct buf rest = buf_of(65536);
	struct governed_kit *g = front_rig_chain;

	buf_printf(&rest, "%s%s", clients, more ? more : "");
	if (g)
		governed_kit_pack(g, g->chain.n);
	lifeline_config(
	        out,
	        &(struct lifeline_config){
	                .more = buf_str(&rest),
	                .log_level = front_rig_log_level,
	                .tls_more = front_rig_denied ? "denied=\"/d\";" : NULL,
	                .genesis = g ? g->genesis : NULL,
	        });
}

static bool
hand_over(struct front_rig *rig, const char *more)
{
	static const char *const files[][3] = {
		{ "tls-cert", "server", "pem" },
		{ "tls-key", "server", "key" },
		{ "tls-client-ca", "ca", "pem" },
	};
	AUTO(buf_release) struct buf text = buf_of(65536);
	char path[128];

	put_config(&text, more);
	if (!lifeline_text(rig->front, "config", buf_str(&text)) ||
	    !hand_key(rig))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		path_of(rig, files[i][1], files[i][2], path);
		if (!lifeline_path(rig->front, files[i][0], path))
			return false;
	}

	if (front_rig_denied &&
	    !lifeline_text(rig->front, "tls-denied", front_rig_denied))
		return false;
	int marks = memfd_create("quotas", MFD_CLOEXEC);
	bool handed = marks >= 0 && ftruncate(marks, MARKS_BYTES) == 0 &&
	              lifeline_fd(rig->front, "quotas", marks);
	close(marks);
	if (!handed)
		return false;

	int fd = front_rig_listen(&rig->port);
	bool good = fd >= 0 && lifeline_fd(rig->front, "listen", fd);
	close(fd);
	return good;
}

bool
front_rig_say(struct front_rig *rig, struct peer *peer)
{
	return peer_send(peer, &rig->packet);
}

static void
announce_key(struct front_rig *rig)
{
	wire_put_key_held(&rig->packet, &(struct wire_key_held){
	                                        .kid = bytes_of_str(rig->kid),
	                                        .node = 1,
	                                        .epoch = 1,
	                                });
	(void)front_rig_say(rig, rig->keyholder);
}

void
front_rig_keyholder_up(struct front_rig *rig)
{
	rig->keyholder = lifeline_edge(rig->front, WIRE_ROLE_KEYHOLDER, 0);
	announce_key(rig);
}

/* metadata wants a transport; artifact, register and channel want nothing;
 * enroll is not in the policy. */
void
front_rig_verifier_up(struct front_rig *rig)
{
	static const struct wire_workflow_rule rules[] = {
		{ WORKFLOW_METADATA, BINDING_BIT(TRANSPORT), 0 },
		{ WORKFLOW_ARTIFACT, 0, 0 },
		{ WORKFLOW_REGISTER, 0, 0 },
		{ WORKFLOW_CHANNEL, 0, 0 },
	};
	static const struct wire_revocation_known list = { 1795000000, 7 };

	rig->verifier = lifeline_edge(rig->front, WIRE_ROLE_VERIFIER, 0);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		wire_put_workflow_rule(&rig->packet, &rules[i]);
		(void)front_rig_say(rig, rig->verifier);
	}
	wire_put_revocation_known(&rig->packet, &list);
	(void)front_rig_say(rig, rig->verifier);
}

void
front_rig_ledger_up(struct front_rig *rig)
{
	rig->ledger = lifeline_edge(rig->front, WIRE_ROLE_LEDGER, 0);
}

void
front_rig_health(struct front_rig *rig, bool ready, const char *why)
{
	wire_put_health(&rig->packet,
	                &(struct wire_health){ .ready = ready,
	                                       .why = bytes_of_str(why) });
	(void)lifeline_send(rig->front, &rig->packet);
}

bool
front_rig_wait_ready(struct front_rig *rig, bool ready)
{
	AUTO(raw_free) struct raw *c = raw_open(rig->monitor, rig->port, NULL);

	for (int i = 0; c && i < 200; i++) {
		int status = raw_get(c, "/readyz");

		if (status == (ready ? 200 : 503))
			return true;
		if (status == 0)
			return false;
		(void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 },
		                NULL);
	}
	return false;
}

struct front_rig *
front_rig_start_bare(const char *more)
{
	AUTO(front_rig_free) struct front_rig *rig = calloc(1, sizeof(*rig));

	if (!rig)
		return NULL;
	rig->packet = buf_of(WIRE_PACKET_MAX);
	(void)snprintf(rig->dir, sizeof(rig->dir), "/tmp/front-rig.XXXXXX");
	if (!mkdtemp(rig->dir) || !make_identities(rig))
		return NULL;
	rig->front = lifeline_spawn("anchord-front", NULL);
	if (!rig->front || !hand_over(rig, more) ||
	    !lifeline_start(rig->front, 0)) {
		printf("  anchord-front did not start\n");
		return NULL;
	}
	return TAKE(rig);
}

struct front_rig *
front_rig_start(const char *more)
{
	AUTO(front_rig_free) struct front_rig *rig = front_rig_start_bare(more);

	if (!rig)
		return NULL;
	front_rig_keyholder_up(rig);
	front_rig_verifier_up(rig);
	front_rig_ledger_up(rig);
	front_rig_health(rig, true, "");
	if (!front_rig_wait_ready(rig, true)) {
		printf("  anchord-front did not become ready\n");
		return NULL;
	}
	return TAKE(rig);
}

static void
remove_files(const struct front_rig *rig)
{
	static const char *const names[] = {
		"ca",        "server",   "monitor", "backend-a", "extra",
		"backend-b", "stranger", "hostile", "poor"
	};
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		path_of(rig, names[i], "pem", path);
		(void)unlink(path);
		path_of(rig, names[i], "key", path);
		(void)unlink(path);
	}
	(void)rmdir(rig->dir);
}

bool
front_rig_end(struct front_rig *rig)
{
	if (!rig)
		return true;

	int status = lifeline_end(rig->front);

	client_identity_free(rig->backend);
	client_identity_free(rig->backend_b);
	client_identity_free(rig->hostile);
	client_identity_free(rig->poor);
	client_identity_free(rig->monitor);
	client_identity_free(rig->stranger);
	certs_free(rig->certs);
	buf_release(&rig->packet);
	remove_files(rig);
	free(rig);
	if (status != 0)
		printf("  anchord-front ended with status %d\n", status);
	return status == 0;
}

void
front_rig_free(struct front_rig *rig)
{
	(void)front_rig_end(rig);
}

static bool
answer(struct front_rig *rig, struct bytes packet, struct bytes token)
{
	struct wire_challenge_make asked;

	if (wire_get_challenge_make(packet, &asked) != OK)
		return false;
	wire_put_challenge_made(&rig->packet,
	                        &(struct wire_challenge_made){
	                                .request = asked.request,
	                                .challenge = token,
	                                .nonce = { token.data[0] },
	                                .expires_s = 1800000000,
	                                .kid = bytes_of_str("a-kid"),
	                        });
	return front_rig_say(rig, rig->keyholder);
}

bool
front_rig_make(struct front_rig *rig, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct bytes packet;
		const uint8_t token[] = { (uint8_t)i, 0xfb, 0xff };

		if (!peer_receive_id(rig->keyholder, WIRE_ID_CHALLENGE_MAKE,
		                     1000, &packet) ||
		    !answer(rig, packet, bytes_of(token, sizeof(token))))
			return false;
	}
	return true;
}

/* As the real key holder does, by turns of the tenants: what the hostile one
 * asks waits here while others are answered. */
static struct {
	size_t first, n;
	uint64_t asked[RIG_WAITING];
} waiting;

static void
say_made(struct front_rig *rig, uint64_t request)
{
	static const uint8_t token[RIG_TOKEN] = { 1 };

	wire_put_challenge_made(&rig->packet,
	                        &(struct wire_challenge_made){
	                                .request = request,
	                                .challenge = bytes_of(token, RIG_TOKEN),
	                                .nonce = { 1 },
	                                .expires_s = 1800000000,
	                                .kid = bytes_of_str("a-kid"),
	                        });
	(void)peer_queue(rig->keyholder, &rig->packet);
}

static void
take_asked(struct front_rig *rig, struct bytes packet)
{
	struct wire_challenge_make m;

	if (wire_get_challenge_make(packet, &m) != OK)
		return;
	if (!bytes_equal_str(m.tenant, "hostile") || waiting.n == RIG_WAITING) {
		say_made(rig, m.request);
		(void)peer_flush(rig->keyholder);
	} else {
		waiting.asked[(waiting.first + waiting.n++) % RIG_WAITING] =
		        m.request;
	}
}

void
front_rig_serve(struct front_rig *rig, int wait_ms)
{
	struct bytes packet;

	for (unsigned n = 0; n < RIG_SERVED; n++) {
		int ms = n == 0 && waiting.n == 0 ? wait_ms : 0;

		if (!peer_receive_id(rig->keyholder, WIRE_ID_CHALLENGE_MAKE, ms,
		                     &packet))
			break;
		take_asked(rig, packet);
	}
	for (unsigned n = 0; n < RIG_TURN && waiting.n > 0; n++) {
		say_made(rig, waiting.asked[waiting.first]);
		waiting.first = (waiting.first + 1) % RIG_WAITING;
		waiting.n--;
	}
	(void)peer_flush(rig->keyholder);
}
