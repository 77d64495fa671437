/*
 * role.c - the life cycle of a role: start over the lifeline, preparation,
 * sandbox, rounds, end.
 */
#include "proc/role.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/log.h"

#include "proc/role_int.h"
#include "proc/sandbox.h"

static err_t
read_role_config(struct role *r)
{
	AUTO(buf_release) struct buf text = buf_of(CONFIG_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(4096);

	TRY(role_file_read(r, "config", &text));
	err_t err = config_parse(buf_bytes(&text), &why, &r->config);
	if (err == E_MALFORMED)
		log_event(LOG_ERROR, "config-refused",
		          LOG_BYTES("why", buf_bytes(&why)));
	TRY(err);
	log_start(r->ops->name, log_level_find(r->config->log_level));
	return OK;
}

err_t
role_lock(struct role *r)
{
	if (r->locked)
		return OK;
	TRY(sandbox_lock_files(r->ops->role, r->index, r->config));
	if (r->ops->threads)
		TRY(r->ops->threads(r));
	TRY(sandbox_lock_calls(r->ops->role, r->index, r->config));
	r->locked = true;
	return OK;
}

/* Everything before the first round.  The last step locks the sandbox, unless
 * the role has called role_lock() in prepare(). */
static err_t
boot_until_locked(struct role *r)
{
	TRY(harden_process());
	r->lifeline.edge.peer = WIRE_ROLE_SUPERVISOR;
	r->lifeline.take = lifeline_packet;
	TRY(channel_open(ROLE_LIFELINE_FD, &r->lifeline.edge.channel));
	TRY(lifeline_wait(r));
	TRY(read_role_config(r));
	TRY(loop_open(r));
	if (r->ops->prepare)
		TRY(r->ops->prepare(r));
	role_files_read(r);
	r->prepared = true;
	TRY(role_lock(r));
	lifeline_status(r);
	edges_settle(r);
	role_flush(r);
	return OK;
}

/* Sets the name that ps(1) shows: a program that is executed by descriptor
 * would be shown under the number of that descriptor. */
static void
name_process(const char *role)
{
	char name[16]; /* the kernel's maximum, with the NUL */

	snprintf(name, sizeof(name), "anchord-%s", role);
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

struct role *
role_boot(const struct role_ops *ops, void *user, int *ret_status)
{
	name_process(ops->name);
	log_start(ops->name, LOG_INFO);

	struct role *r = calloc(1, sizeof(*r));
	if (!r) {
		*ret_status = ROLE_EXIT_PART;
		return NULL;
	}
	r->ops = ops;
	r->user = user;
	r->epoll = r->timer = -1;
	r->packet = buf_of(WIRE_PACKET_MAX);
	r->state = WIRE_ROLE_STATE_STARTING;

	err_t err = boot_until_locked(r);
	if (err == OK)
		return r;
	if (err != E_CLOSED)
		log_event(LOG_ERROR, "start-failed", LOG_ERR(err));
	*ret_status = err == E_CLOSED ? ROLE_EXIT_OK : ROLE_EXIT_START;
	role_free(r);
	return NULL;
}

int
role_main(const struct role_ops *ops, void *user)
{
	int status = ROLE_EXIT_OK;
	struct role *r = role_boot(ops, user, &status);

	if (!r)
		return status;
	while (!r->closed)
		loop_turn(r, -1);
	role_free(r);
	return ROLE_EXIT_OK;
}

void
role_free(struct role *r)
{
	if (!r)
		return;
	edges_release(r);
	for (size_t i = 0; i < r->n_files; i++)
		role_file_close(r, r->files[i].name);
	if (r->epoll >= 0)
		close(r->epoll);
	if (r->timer >= 0)
		close(r->timer);
	buf_release(&r->packet);
	config_free(r->config);
	free(r);
	log_counts(true);
#ifdef ANCHORD_SAN
	/* The leak sanitizer attaches to its own process when it ends. */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
#endif
}

void *
role_user(const struct role *r)
{
	return r->user;
}

uint16_t
role_index(const struct role *r)
{
	return r->index;
}

const struct config *
role_config(const struct role *r)
{
	return r->config;
}
