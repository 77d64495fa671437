/*
 * start.c - prepares a front before its sandbox is locked, and releases it.
 */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "front/connection.h"
#include "crypto/keys/prepare.h"
#include "front/denied.h"
#include "front/front.h"
#include "front/limits.h"
#include "base/log.h"
#include "front/outbox.h"
#include "front/api/route.h"
#include "front/share.h"
#include "front/tenant.h"
#include "front/tls.h"

/* Descriptors besides those of connections: of edges, files, epoll and standard
 * error. */
#define OTHER_DESCRIPTORS 128

static void
on_role(evutil_socket_t fd, short what, void *arg)
{
	struct front *f = arg;

	(void)fd;
	(void)what;
	if (!role_step(f->role))
		f->stop = true;
	shares_heard(f);
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	front_sweep(arg);
}

/* Up to the hard limit; if that is too low, accept(2) will fail. */
static void
raise_descriptors(const struct config *c)
{
	rlim_t want = (rlim_t)c->connections + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static err_t
make_clients(struct front *f)
{
	size_t n = f->config->n_clients;

	f->clients = calloc(n + 1, sizeof(*f->clients));
	if (!f->clients)
		return E_NOMEM;
	TRY(quota_marks(role_file(f->role, "quotas"),
	                config_quota_units(f->config), &f->marks));
	TRY(tenants_new(f->config, f->marks, &f->tenants));
	TRY(crowd_init(&f->crowd, f->config, f->tenants, f->clients));
	for (size_t i = 0; i < n; i++) {
		const struct config_client *c = &f->config->clients[i];

		f->clients[i].config = c;
		f->clients[i].quota = quota_of(c->rate, c->burst, &f->marks[i]);
		f->clients[i].lane = f->config->n_tenants + i;
		if (!(c->roles & CLIENT_BACKEND))
			continue;
		f->clients[i].tenant = &f->tenants[c->tenant_index];
		f->clients[i].lane = c->tenant_index;
	}
	f->strangers.quota =
	        quota_of(LIMIT_STRANGERS, LIMIT_STRANGERS, &f->marks[n]);
	return OK;
}

DEFINE_AUTO(struct event_config *, event_config_free);

static err_t
make_loop(struct front *f)
{
	static const struct timeval every = {
		.tv_usec = LIMIT_SWEEP_MS * 1000,
	};
	AUTO(event_config_free)
	struct event_config *config = event_config_new();

	if (!config)
		return E_NOMEM;
	(void)event_config_set_flag(
	        config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV |
	                        EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	f->base = event_base_new_with_config(config);
	if (!f->base)
		return E_NOMEM;

	f->role_event = event_new(f->base, role_fd(f->role),
	                          EV_READ | EV_PERSIST, on_role, f);
	f->sweep_event = event_new(f->base, -1, EV_PERSIST, on_sweep, f);
	if (!f->role_event || !f->sweep_event ||
	    event_add(f->role_event, NULL) != 0 ||
	    event_add(f->sweep_event, &every) != 0)
		return E_NOMEM;
	return OK;
}

/* Ids of questions and requests begin at random, so that an answer to the
 * previous process of this role matches nothing in this one. */
static err_t
make_ids(struct front *f)
{
	uint64_t starts[2];

	if (getrandom(starts, sizeof(starts), 0) != (ssize_t)sizeof(starts))
		return E_IO;
	f->last_request_id = starts[0];
	return pending_new(starts[1], &f->pending);
}

/* Memory that a burst of answers frees is needed by the next one: returning it
 * to the kernel in between would cost a page fault for each page.  flow_ebb()
 * returns it when the bursts are over. */
static void
keep_memory(void)
{
	(void)mallopt(M_TRIM_THRESHOLD, LIMIT_KEPT);
	(void)mallopt(M_MMAP_THRESHOLD, LIMIT_MMAP);
}

/* The file that was read just now: the role closes its own afterwards, and has
 * another one when a chain comes that is refused. */
static void
keep_chain(struct front *f)
{
	if (f->chain >= 0)
		close(f->chain);
	f->chain = -1;
	if (f->in_force.bundle)
		f->chain = fcntl(role_file(f->role, IN_FORCE_CHAIN),
		                 F_DUPFD_CLOEXEC, 0);
}

void
front_read_pins(struct role *role)
{
	struct front *f = role_user(role);
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);
	err_t err = in_force_read(role, &f->in_force, &text, &why);

	if (err == E_NOT_FOUND) /* the supervisor reports it */
		return;
	if (err == OK)
		keep_chain(f);
	if (err == OK)
		err = published_keys_pin(f->keys, buf_bytes(&text), &why);
	in_force_retry(role, err);
	if (err != OK)
		log_event(LOG_ERROR, "pins-refused",
		          LOG_STR("why",
		                  why.len ? buf_str(&why) : err_name(err)));
	else
		front_keyholders_pinned(f);
}

err_t
front_prepare(struct role *role)
{
	struct front *f = role_user(role);

	keep_memory();
	ring_init(&f->handshakes);
	ring_init(&f->held);
	ring_init(&f->waiting);

	f->role = role;
	f->config = role_config(role);
	f->router = &front_router;
	f->packet = buf_of(WIRE_PACKET_MAX);
	f->text = buf_of(LIMIT_RESPONSE);
	f->record = buf_of((size_t)LIMIT_RECORD * 4);
	(void)signal(SIGPIPE, SIG_IGN); /* a client may close at any time */
	log_gather(true);
	crypto_prepare();
	raise_descriptors(f->config);
	TRY(make_ids(f));
	TRY(make_clients(f));
	failover_init(&f->failover, f->config, clock_mono_ms());
	TRY(published_keys_new(&f->keys));
	front_read_pins(role);
	TRY(tls_new(role, &f->tls));
	TRY(renew_denied_first(f)); /* required */
	TRY(make_loop(f));
	return listen_start(f, role_file(role, "listen"));
}

static void
free_event(struct event *e)
{
	if (e)
		event_free(e);
}

void
front_release(struct front *f)
{
	log_gather(false); /* no iteration follows that would flush */
	for (struct connection *c = f->first; c; c = c->after)
		connection_doom(c);
	(void)connections_bury(f);
	free_event(f->listen_event);
	free_event(f->role_event);
	free_event(f->sweep_event);
	if (f->base)
		event_base_free(f->base);
	for (size_t i = 0; i < f->n_edges; i++)
		outbox_free(f->edges[i]->user);
	tls_free(f->tls);
	denied_free(f->denied);
	published_keys_free(f->keys);
	in_force_release(&f->in_force);
	close_fd(f->chain);
	pending_free(f->pending);
	free(f->clients);
	free(f->tenants);
	crowd_release(&f->crowd);
	quota_marks_free(f->marks,
	                 f->config ? config_quota_units(f->config) : 0);
	buffer_pool_release(&f->buffer_pool);
	buf_release(&f->packet);
	buf_release(&f->text);
	buf_release(&f->record);
}
