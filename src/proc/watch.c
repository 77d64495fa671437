/*
 * watch.c - adds descriptors to a role's epoll set.
 */
#include <sys/epoll.h>

#include "proc/role_int.h"

err_t
loop_watch_fd(struct role *r, int fd, unsigned slot)
{
	struct epoll_event want = { .events = EPOLLIN, .data.u32 = slot };

	return epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &want) < 0 ? E_IO : OK;
}

err_t
loop_watch(struct role *r, struct slot *s, unsigned slot)
{
	return loop_watch_fd(r, channel_fd(s->edge.channel), slot);
}

err_t
role_watch(struct role *r, int fd, void (*ready)(struct role *r))
{
	if (r->own_ready)
		return E_LIMIT;
	TRY(loop_watch_fd(r, fd, SLOT_OWN));
	r->own_ready = ready;
	return OK;
}
