/*
 * lifeline.c - receives the supervisor's messages and sends STATUS.
 *
 * FILE and EDGE carry a descriptor each.  A new edge is put aside until all
 * packets of this receive call are handled, because it ends an old edge, whose
 * last packets are then read with the buffers that are in use here.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#include "proc/role_int.h"

/* The entry of that name, or a new one; NULL: the table is full. */
static struct role_file *
file_place(struct role *r, struct bytes name)
{
	for (size_t i = 0; i < r->n_files; i++)
		if (bytes_equal_str(name, r->files[i].name))
			return &r->files[i];
	if (r->n_files == ROLE_FILES_MAX)
		return NULL;

	struct role_file *f = &r->files[r->n_files++];
	memcpy(f->name, name.data, name.len);
	f->name[name.len] = '\0';
	f->fd = -1;
	return f;
}

static err_t
take_file(struct role *r, struct bytes packet, int fd)
{
	struct wire_file m;

	TRY(wire_get_file(packet, &m));
	if (fd < 0 || m.name.len == 0 || m.name.len >= ROLE_FILE_NAME_MAX ||
	    memchr(m.name.data, '\0', m.name.len) ||
	    (r->started && !r->ops->file_changed))
		return E_MALFORMED;

	struct role_file *f = file_place(r, m.name);
	if (!f || (f->fd >= 0 && !r->started))
		return E_MALFORMED;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = fd;
	if (!r->prepared)
		return OK;
	role_file_taken(r, f);
	return OK;
}

static err_t
take_edge(struct role *r, struct bytes packet, int fd)
{
	struct wire_edge m;

	TRY(wire_get_edge(packet, &m));
	if (fd < 0 || m.peer == WIRE_ROLE_SUPERVISOR ||
	    r->n_fresh == ROLE_EDGES_MAX)
		return E_MALFORMED;
	r->fresh[r->n_fresh++] = (struct fresh_edge){ .peer = m.peer,
		                                      .index = m.index,
		                                      .fd = fd };
	return OK;
}

static err_t
take_start(struct role *r, struct bytes packet)
{
	struct wire_start m;

	TRY(wire_get_start(packet, &m));
	if (r->started)
		return E_MALFORMED;
	r->started = true;
	r->index = m.index;
	return OK;
}

static err_t
take_lifeline_packet(struct role *r, struct bytes packet, int fd)
{
	uint16_t id = wire_packet_id(packet);

	if (!wire_allowed(id, WIRE_ROLE_SUPERVISOR, r->ops->role))
		return E_MALFORMED;
	if (id == WIRE_ID_FILE)
		return take_file(r, packet, fd);
	if (id == WIRE_ID_EDGE)
		return take_edge(r, packet, fd);
	if (fd >= 0)
		return E_MALFORMED;
	if (id == WIRE_ID_START)
		return take_start(r, packet);
	return r->ops->message(r, &r->lifeline.edge, packet);
}

err_t
lifeline_packet(struct role *r, struct bytes packet, int fd)
{
	if (take_lifeline_packet(r, packet, fd) != OK)
		role_die_wire(&r->lifeline.edge, wire_packet_id(packet),
		              "malformed message of the supervisor");
	return OK;
}

err_t
lifeline_wait(struct role *r)
{
	struct pollfd p = { .fd = channel_fd(r->lifeline.edge.channel),
		            .events = POLLIN };

	while (!r->started && !r->closed) {
		(void)poll(&p, 1, -1);
		edge_read(r, &r->lifeline);
	}
	return r->started ? OK : E_CLOSED;
}

void
lifeline_status(struct role *r)
{
	const char *unread = role_unread(r);
	const struct wire_status m = {
		.state = unread ? WIRE_ROLE_STATE_NOT_READY : r->state,
		.why = bytes_of_str(unread ? unread : r->why),
	};

	wire_put_status(&r->packet, &m);
	/* A supervisor that misses STATUS for some time restarts this
	 * process. */
	if (edge_send(&r->lifeline.edge, &r->packet) != OK)
		log_event(LOG_WARN, "status-lost");
}

void
role_policy_taken(struct role *r, const uint8_t digest[static HASH_SIZE])
{
	struct wire_policy_taken m = { 0 };

	memcpy(m.digest, digest, HASH_SIZE);
	wire_put_policy_taken(&r->packet, &m);
	if (edge_send(&r->lifeline.edge, &r->packet) != OK)
		log_event(LOG_WARN, "status-lost");
}

/* Keeps one line of printable ASCII, because it goes into logs and systemd's
 * STATUS=. */
static void
set_why(struct role *r, const char *why)
{
	(void)snprintf(r->why, sizeof(r->why), "%s", why ? why : "");
	for (char *c = r->why; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
}

void
role_working(struct role *r, const char *why)
{
	set_why(r, why);
	r->state = WIRE_ROLE_STATE_NOT_READY;
	lifeline_status(r);
	if (channel_flush(r->lifeline.edge.channel) != OK)
		log_event(LOG_WARN, "status-lost");
}

void
role_status(struct role *r, bool ready, const char *why)
{
	char before[sizeof(r->why)];
	enum wire_role_state state_before = r->state;

	memcpy(before, r->why, sizeof(before));
	set_why(r, why);
	r->state = ready ? WIRE_ROLE_STATE_READY : WIRE_ROLE_STATE_NOT_READY;
	if (r->state != state_before || strcmp(before, r->why) != 0)
		lifeline_status(r);
}
