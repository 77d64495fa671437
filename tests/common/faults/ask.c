/*
 * ask.c - sends the requests of a case and judges the answers.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/token/challenge.h"
#include "crypto/digest.h"
#include "tests/common/faults/int.h"

#define ANSWER_MS 3000 /* longest wait for an answer or an end */

static char good_handle[128];

void
fault_wrong(struct drive *d, const char *text)
{
	if (d->end.class != FAULT_WRONG)
		snprintf(d->end.text, sizeof(d->end.text), "%s", text);
	d->end.class = FAULT_WRONG;
}

bool
fault_honest_handle(void)
{
	return good_handle[0];
}

void
fault_forget_handle(void)
{
	good_handle[0] = '\0';
}

static void
ask_challenge(struct drive *d)
{
	const struct wire_challenge_make m = {
		.request = ++d->request,
		.tenant = bytes_of_str("backend-a"),
		.workflow = WORKFLOW_METADATA,
		.bindings = { .present = BINDING_BIT(REQUEST),
		              .request = { 1, 2, 3 } },
	};

	wire_put_challenge_make(&d->packet, &m);
	(void)peer_send(d->front, &d->packet);
}

static void
ask_handle(struct drive *d)
{
	const struct wire_handle_derive m = {
		.request = ++d->request,
		.tenant = bytes_of_str("backend-a"),
		.identity = { 4, 5, 6 },
	};

	wire_put_handle_derive(&d->packet, &m);
	(void)peer_send(d->ledger, &d->packet);
}

/* The ring has the pinned key alone. */
static void
take_key(struct drive *d, struct bytes packet)
{
	struct wire_key_held m;
	struct key_terms terms;

	if (wire_get_key_held(packet, &m) != OK) {
		fault_wrong(d, "KEY_HELD does not decode");
		return;
	}
	if (keyring_terms(d->ring, m.kid, &terms) != OK || m.node != 1)
		fault_wrong(d, "another key than pinned was announced");
}

static enum heard
judge_challenge(struct drive *d, struct bytes packet)
{
	struct wire_challenge_made m;
	struct challenge c;

	if (wire_get_challenge_made(packet, &m) == OK && d->ring &&
	    challenge_open(m.challenge, &c) == OK &&
	    challenge_verify(&c, d->ring) == OK)
		return HEARD_GOOD;
	fault_wrong(d, "a challenge that does not verify was released");
	return HEARD_WRONG;
}

static enum heard
judge_handle(struct drive *d, struct bytes packet)
{
	struct wire_handle_made m;
	char text[128] = "";

	if (wire_get_handle_made(packet, &m) == OK)
		snprintf(text, sizeof(text), "%.*s", (int)m.handle.len,
		         (const char *)m.handle.data);
	if (!good_handle[0]) /* the honest run of fault_prepare() */
		snprintf(good_handle, sizeof(good_handle), "%s", text);
	if (strcmp(text, good_handle) == 0)
		return HEARD_GOOD;
	fault_wrong(d, "a wrong device handle was released");
	return HEARD_WRONG;
}

static enum heard
judge(struct drive *d, struct bytes packet, bool *ret_more)
{
	*ret_more = false;
	switch (wire_packet_id(packet)) {
	case WIRE_ID_CHALLENGE_MADE:
		return judge_challenge(d, packet);
	case WIRE_ID_HANDLE_MADE:
		return judge_handle(d, packet);
	case WIRE_ID_UNAVAILABLE:
		return HEARD_UNAVAILABLE;
	case WIRE_ID_KEY_HELD:
		take_key(d, packet);
		*ret_more = true;
		return HEARD_GOOD;
	case WIRE_ID_KEY_LOST: /* so that the front goes on with another */
		*ret_more = true;
		return HEARD_UNAVAILABLE;
	default:
		fault_wrong(d, "a message that nobody asked for");
		return HEARD_WRONG;
	}
}

/* The answer to the question that was just sent, or the end of the life. */
static enum heard
hear(struct drive *d, struct peer *p)
{
	struct bytes packet;
	bool more = true;
	enum heard heard = HEARD_END;

	while (more) {
		if (!peer_receive(p, ANSWER_MS, &packet)) {
			if (!peer_gone(p, 0) &&
			    lifeline_wait_exit(d->life, 0) < 0)
				fault_wrong(d, "no answer and no end");
			return HEARD_END;
		}
		heard = judge(d, packet, &more);
	}
	return heard;
}

enum heard
fault_ask(struct drive *d)
{
	if (++d->in_life % 3 == 0) {
		ask_handle(d);
		return hear(d, d->ledger);
	}
	ask_challenge(d);
	return hear(d, d->front);
}
