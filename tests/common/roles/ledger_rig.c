/*
 * ledger_rig.c - see ledger_rig.h.
 */
#include "tests/common/roles/ledger_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static const enum wire_role rig_roles[] = {
	WIRE_ROLE_FRONT,
	WIRE_ROLE_FRONT,
	WIRE_ROLE_VERIFIER,
	WIRE_ROLE_KEYHOLDER,
};

static struct channel *
rig_pair(int *ret_end)
{
	struct channel *channel = NULL;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0 ||
	    channel_open(fds[0], &channel) != OK)
		abort();
	*ret_end = fds[1];
	return channel;
}

void
rig_up(struct rig *g, enum rig_peer peer)
{
	struct slot *s = &g->role.slots[peer];

	g->heard[peer].at = g->heard[peer].len = 0;
	s->edge = (struct edge){
		.peer = rig_roles[peer],
		.index = peer == RIG_FRONT_1,
		.channel = rig_pair(&g->ends[peer]),
	};
	s->up = true;
}

void
rig_down(struct rig *g, enum rig_peer peer)
{
	struct slot *s = &g->role.slots[peer];

	ledger_ops.edge_down(&g->role, &s->edge);
	channel_close(s->edge.channel);
	close(g->ends[peer]);
	*s = (struct slot){ 0 };
}

/* The ledger looks at names alone, so no real key is needed. */
void
rig_pin(struct rig *g, const char *token, uint32_t node, const char *kid)
{
	struct pins **pins = &g->ledger.keys.pins;

	if (!*pins)
		*pins = calloc(1, sizeof(**pins));
	if (!*pins)
		abort();
	struct pin *pin = &(*pins)->keys[(*pins)->n++];
	(void)snprintf(pin->kid, sizeof(pin->kid), "%s", kid);
	(void)snprintf(pin->token, sizeof(pin->token), "%s", token);
	pin->node = node;
}

static const struct config_token tokens[] = { { .name = "token", .node = 1 } };

void
rig_start(struct rig *g)
{
	g->role = (struct role){ .ops = &ledger_ops,
		                 .user = &g->ledger,
		                 .config = &g->config,
		                 .epoll = -1,
		                 .timer = -1,
		                 .packet = buf_of(WIRE_PACKET_MAX) };
	g->ledger = (struct ledger){ 0 };
	g->role.lifeline.edge.channel = rig_pair(&g->ends[ROLE_EDGES_MAX]);
	KIT_OK(ledger_ops.prepare(&g->role));
	rig_pin(g, "token", 1, "kid-1");
	for (enum rig_peer p = RIG_FRONT; p <= RIG_KEYHOLDER; p++)
		rig_up(g, p);
}

void
rig_stop(struct rig *g)
{
	for (size_t i = 0; i <= RIG_KEYHOLDER; i++) {
		channel_close(g->role.slots[i].edge.channel);
		close(g->ends[i]);
	}
	channel_close(g->role.lifeline.edge.channel);
	close(g->ends[ROLE_EDGES_MAX]);
	buf_release(&g->role.packet);
	ledger_release(&g->ledger);
}

struct rig *
rig_new(void)
{
	struct rig *g = calloc(1, sizeof(*g));

	if (!g)
		abort();
	log_start("test", LOG_ERROR);
	clock_set_wall(KIT_NOW_MS - 1000); /* the database is older */
	g->dir = kit_dir();
	g->packet = buf_of(WIRE_PACKET_MAX);
	g->config.governance = "none";
	g->config.ledger_directory = g->dir.path;
	g->config.result_ttl_s = RIG_TTL_S;
	g->config.deadline_ms = 5000;
	g->config.ttl_max_s = 120;
	g->config.tokens = tokens;
	g->config.n_tokens = ARRAY_LEN(tokens);
	rig_start(g);
	clock_set_wall(KIT_NOW_MS);
	return g;
}

void
rig_free(struct rig *g)
{
	rig_stop(g);
	kit_remove(&g->dir);
	buf_release(&g->packet);
	clock_set_wall(0);
	free(g);
}

err_t
rig_say(struct rig *g, enum rig_peer from)
{
	KIT_OK(buf_status(&g->packet));
	err_t err = ledger_ops.message(&g->role, &g->role.slots[from].edge,
	                               buf_bytes(&g->packet));
	buf_reset(&g->packet);
	return err;
}

void
rig_round(struct rig *g)
{
	ledger_ops.round(&g->role);
	role_flush(&g->role);
}

void
rig_tick(struct rig *g)
{
	ledger_ops.tick(&g->role);
	rig_round(g);
}

struct bytes
rig_hear_any(struct rig *g, enum rig_peer at)
{
	struct rig_heard *h = &g->heard[at];

	role_flush(&g->role);
	if (h->at == h->len) {
		ssize_t n = recv(g->ends[at], h->bundle, sizeof(h->bundle),
		                 MSG_DONTWAIT);
		h->at = 0;
		h->len = n > 0 ? (size_t)n : 0;
	}
	struct reader r =
	        reader_of(bytes_of(h->bundle + h->at, h->len - h->at));
	struct bytes packet = reader_take(&r, reader_u32(&r));
	h->at = h->len - r.left;
	return packet;
}

struct bytes
rig_hear(struct rig *g, enum rig_peer at)
{
	return rig_hear_any(g, at);
}

bool
rig_silent(struct rig *g, enum rig_peer at)
{
	return rig_hear(g, at).len == 0;
}

void
rig_key_held(struct rig *g, uint32_t epoch)
{
	const struct wire_key_held m = { .kid = bytes_of_str("kid-1"),
		                         .node = 1,
		                         .epoch = epoch,
		                         .life = KIT_LIFE };

	wire_put_key_held(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
}

void
rig_verdict(struct rig *g, const struct wire_verdict *v)
{
	wire_put_verdict(&g->packet, v);
	KIT_OK(rig_say(g, RIG_VERIFIER));
}

void
rig_signed(struct rig *g, uint64_t request, const char *jwt)
{
	const struct wire_result_signed m = { .request = request,
		                              .jwt = bytes_of_str(jwt) };

	wire_put_result_signed(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
}

struct wire_result_sign
rig_hear_sign(struct rig *g)
{
	struct wire_result_sign m = { 0 };

	CU_ASSERT_EQUAL(wire_get_result_sign(rig_hear(g, RIG_KEYHOLDER), &m),
	                OK);
	return m;
}

void
rig_expect_result(struct rig *g, enum rig_peer front, uint64_t request,
                  const char *jwt)
{
	struct wire_result m = { 0 };

	CU_ASSERT_EQUAL(wire_get_result(rig_hear(g, front), &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	CU_ASSERT_TRUE(bytes_equal_str(m.jwt, jwt));
}

void
rig_expect_unavailable(struct rig *g, enum rig_peer front, uint64_t request,
                       const char *why)
{
	struct wire_unavailable m = { 0 };

	CU_ASSERT_EQUAL(wire_get_unavailable(rig_hear(g, front), &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	AUTO(buf_release) struct buf said = buf_of(256);
	buf_append(&said, m.why);
	if (!strstr(buf_str(&said), why)) {
		fprintf(stderr, "said: %s\n", buf_str(&said));
		CU_FAIL("another reason");
	}
}

bool
rig_serves(const struct rig *g)
{
	return g->role.state == WIRE_ROLE_STATE_READY;
}

struct rig *
rig_ready(void)
{
	struct rig *g = rig_new();

	rig_key_held(g, 7);
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	return g;
}
