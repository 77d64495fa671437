/*
 * edges.c - which roles talk to each other; makes a new socketpair for a pair
 * whenever one of the two is started.
 *
 * Roles cannot make an edge, since they have no socket(2).  What a role is to
 * its peer is stated by the supervisor alone, never by a packet of the role.
 */
#include <unistd.h>

#include "base/auto.h"
#include "base/log.h"
#include "proc/role_spawn.h"

#include "supervisor/supervisor.h"

static const struct {
	enum wire_role one;
	enum wire_role other;
} pairs[] = {
	{ WIRE_ROLE_FRONT, WIRE_ROLE_KEYHOLDER },
	{ WIRE_ROLE_FRONT, WIRE_ROLE_VERIFIER },
	{ WIRE_ROLE_FRONT, WIRE_ROLE_LEDGER },
	{ WIRE_ROLE_VERIFIER, WIRE_ROLE_LEDGER },
	{ WIRE_ROLE_LEDGER, WIRE_ROLE_KEYHOLDER },
};

static bool
roles_talk(enum wire_role a, enum wire_role b)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if ((pairs[i].one == a && pairs[i].other == b) ||
		    (pairs[i].one == b && pairs[i].other == a))
			return true;
	return false;
}

/* Kills a child whose lifeline is full or closed: it hangs or is ending, and
 * would wait for this edge forever. */
static void
tell_edge(struct supervisor *s, struct child *to, const struct child *peer,
          int end)
{
	const struct wire_edge m = { .peer = child_role(peer),
		                     .index = peer->index };

	buf_reset(&s->packet);
	wire_put_edge(&s->packet, &m);
	if (buf_status(&s->packet) != OK ||
	    channel_send_fd(to->lifeline, buf_bytes(&s->packet), end) != OK)
		child_kill(to, "cannot be given an edge");
}

void
edges_give(struct supervisor *s, struct child *c)
{
	int ends[2];

	for (size_t i = 0; i < s->n_children; i++) {
		struct child *peer = &s->children[i];
		if (!peer->lifeline ||
		    !roles_talk(child_role(c), child_role(peer)))
			continue;
		if (spawn_pair(ends) != OK) {
			child_kill(c, "no edge can be created for it");
			return;
		}
		tell_edge(s, c, peer, ends[0]);
		tell_edge(s, peer, c, ends[1]);
		close(ends[0]);
		close(ends[1]);
	}
}
