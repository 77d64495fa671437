/*
 * fake_role.c - see fake_role.h.
 */
#include "tests/common/fakes/fake_role.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "proc/config.h"
#include "base/log.h"
#include "proc/role.h"

#include "keyholder/device/worker.h"

#define FILE_MAX 65536 /* bytes of what is handed over */
#define ORDER_MAX 256  /* bytes of "name argument" */

struct fake {
	bool done;
	struct worker *worker;
	const char *arg;
	int outcome, error;
	char order[ORDER_MAX];
};

static int
order_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int
order_create(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static int
order_socket(const char *arg)
{
	(void)arg;
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
order_execve(const char *path)
{
	char *const none[] = { NULL };

	return execve(path, none, none);
}

static int
order_ptrace(const char *arg)
{
	(void)arg;
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int
order_fork(const char *arg)
{
	(void)arg;
	return fork();
}

static int
order_kill(const char *arg)
{
	(void)arg;
	return kill(getpid(), 0);
}

static int
order_code(const char *arg)
{
	(void)arg;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

/* A segment that nobody made. */
static int
order_shmget(const char *arg)
{
	(void)arg;
	return shmget(0x616e6368, 1, 0);
}

static int
order_shmctl(const char *arg)
{
	(void)arg;
	return shmctl(-1, IPC_STAT, NULL);
}

/* Such a segment is not there; the filter looks before that. */
static int
order_shmat(const char *arg)
{
	int how = arg && *arg == 'x' ? SHM_EXEC : 0;

	return shmat(-1, NULL, how) == (void *)-1 ? -1 : 0;
}

static int
order_nothing(const char *arg)
{
	(void)arg;
	return 0;
}

static const struct {
	const char *name;
	int (*try)(const char *arg);
} orders[] = {
	{ "open", order_open },     { "create", order_create },
	{ "socket", order_socket }, { "execve", order_execve },
	{ "ptrace", order_ptrace }, { "fork", order_fork },
	{ "kill", order_kill },     { "code", order_code },
	{ "shmget", order_shmget }, { "shmctl", order_shmctl },
	{ "shmat", order_shmat },   { "nothing", order_nothing },
};

/* The key holder's thread carries out "open" by the name of "thread-open". */
#define BY_THREAD "thread-"

static void
by_thread(void *arg)
{
	struct fake *f = arg;
	const char *name = f->order + strlen(BY_THREAD);

	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		if (strcmp(orders[i].name, name) == 0)
			f->outcome = orders[i].try(f->arg);
	f->error = errno;
}

/* NULL: one for the thread. */
static int (*order_of(const char *name))(const char *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		if (strcmp(orders[i].name, name) == 0)
			return orders[i].try;
	return NULL;
}

static int
carry_out(struct fake *f, int (*try)(const char *arg))
{
	if (try)
		return try(f->arg);
	worker_run(f->worker, by_thread, f);
	worker_wait(f->worker);
	errno = f->error;
	return f->outcome;
}

/* The first tick after the lock carries the order out. */
static void
on_tick(struct role *r)
{
	struct fake *f = role_user(r);
	char outcome[2 * ORDER_MAX];
	char *arg = strchr(f->order, ' ');

	if (f->done || !f->order[0])
		return;
	f->done = true;
	if (arg)
		*arg++ = '\0';
	f->arg = arg ? arg : "";
	int n = carry_out(f, order_of(f->order));
	(void)snprintf(outcome, sizeof(outcome), "did %s: %s", f->order,
	               n < 0 ? strerrorname_np(errno) : "ok");
	role_status(r, true, outcome);
}

/* SIGUSR1: say something to the supervisor that is no message. */
static void
on_usr1(int signal)
{
	static const char nonsense[] = "nonsense";

	(void)signal;
	(void)!send(ROLE_LIFELINE_FD, nonsense, sizeof(nonsense), 0);
}

/* A good STATUS with so many descriptors, so often. */
static void
send_statuses(size_t descriptors, size_t times)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	char text[] = "\0\0\0\7\0\4\1\0\2no";
	struct iovec part = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = descriptors ? &control : NULL,
		.msg_controllen = CMSG_SPACE(descriptors * sizeof(int)),
	};

	if (!descriptors)
		message.msg_controllen = 0;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(descriptors * sizeof(int));
	for (size_t i = 0; i < times; i++) {
		text[10] = (char)('a' + i % 26); /* another word each time */
		(void)!sendmsg(ROLE_LIFELINE_FD, &message, MSG_NOSIGNAL);
	}
}

/* SIGUSR2: hand the supervisor more descriptors than a packet may have. */
static void
on_usr2(int signal)
{
	(void)signal;
	send_statuses(2, 50);
}

/* SIGHUP: talk without end. */
static void
on_hup(int signal)
{
	(void)signal;
	for (;;)
		send_statuses(0, 1000);
}

static uint64_t
bytes_of_file(const struct role *r, const char *name)
{
	AUTO(buf_release) struct buf file = buf_of(FILE_MAX);

	return role_file_read(r, name, &file) == OK ? file.len : 0;
}

/* What it was given to tag verdicts with, if it was. */
static void
tell_key(struct role *r)
{
	AUTO(buf_release) struct buf key = buf_of(ORDER_MAX - 1);

	if (role_file_read(r, ROLE_FILE_VERDICT_KEY, &key) == OK)
		log_event(LOG_WARN, "fake-tags",
		          LOG_BYTES("key", buf_bytes(&key)));
}

static err_t
on_prepare(struct role *r)
{
	struct fake *f = role_user(r);
	AUTO(buf_release) struct buf text = buf_of(ORDER_MAX - 1);
	err_t err = role_file_read(r, "order", &text);

	if (err != OK && err != E_NOT_FOUND)
		return err;
	/* Seen from inside: root cannot see it from outside. */
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return E_DENIED;
	tell_key(r);
	if (role_file(r, "revocation") >= 0)
		log_event(LOG_WARN, "fake-born", LOG_STR("name", "revocation"),
		          LOG_U64("bytes", bytes_of_file(r, "revocation")));
	(void)snprintf(f->order, sizeof(f->order), "%s", buf_str(&text));
	if (strcmp(f->order, "fail") == 0)
		return E_DEVICE;
	(void)signal(SIGUSR1, on_usr1);
	(void)signal(SIGUSR2, on_usr2);
	(void)signal(SIGHUP, on_hup);
	role_status(r, true, "fake");
	return OK;
}

static err_t
on_threads(struct role *r)
{
	struct fake *f = role_user(r);

	return strncmp(f->order, BY_THREAD, strlen(BY_THREAD)) == 0
	               ? worker_start(&f->worker)
	               : OK;
}

/* The verifier's and the key holder's alone: what the file says now. */
static void
on_file_changed(struct role *r, const char *name)
{
	AUTO(buf_release) struct buf text = buf_of(ORDER_MAX - 1);
	static unsigned unread, times; /* "unread 2" is not read twice */
	char says[2 * ORDER_MAX];
	err_t err = role_file_read(r, name, &text);

	log_event(LOG_WARN, "fake-file", LOG_STR("name", name),
	          LOG_U64("bytes", bytes_of_file(r, name)),
	          LOG_BYTES("text", buf_bytes(&text)), LOG_ERR(err));
	(void)snprintf(says, sizeof(says), "%s: %s", name, buf_str(&text));
	if (sscanf(buf_str(&text), "unread %u", &times) == 1 &&
	    unread++ < times)
		role_file_again(r, name, E_NOMEM);
	else if (strcmp(name, "pins") != 0)
		role_status(r, true, says);
}

static void
on_edge_up(struct role *r, struct edge *e)
{
	log_event(LOG_WARN, "fake-edge-up", LOG_U64("me", role_index(r)),
	          LOG_STR("peer", wire_role_name(e->peer)),
	          LOG_U64("index", e->index));
}

static void
on_edge_down(struct role *r, struct edge *e)
{
	log_event(LOG_WARN, "fake-edge-down", LOG_U64("me", role_index(r)),
	          LOG_STR("peer", wire_role_name(e->peer)),
	          LOG_U64("index", e->index));
}

static err_t
on_health(struct role *r, struct bytes packet)
{
	struct wire_health m;

	TRY(wire_get_health(packet, &m));
	log_event(LOG_WARN, "fake-health", LOG_U64("me", role_index(r)),
	          LOG_U64("ready", m.ready), LOG_BYTES("why", m.why));
	return OK;
}

static err_t
on_challenge_make(struct edge *from, struct bytes packet)
{
	AUTO(buf_release) struct buf answer = buf_of(WIRE_PACKET_MAX);
	struct wire_challenge_make m;

	TRY(wire_get_challenge_make(packet, &m));
	const struct wire_unavailable no = { .request = m.request,
		                             .why = bytes_of_str("fake") };
	wire_put_unavailable(&answer, &no);
	return edge_send(from, &answer);
}

static err_t
on_message(struct role *r, struct edge *from, struct bytes packet)
{
	switch (wire_packet_id(packet)) {
	case WIRE_ID_HEALTH:
		return on_health(r, packet);
	case WIRE_ID_CHALLENGE_MAKE:
		return on_challenge_make(from, packet);
	default:
		return OK;
	}
}

static const struct {
	const char *program;
	const char *name;
	enum wire_role role;
	bool deaf; /* hears of no file after START */
} programs[] = {
	{ "anchord-front", "front", WIRE_ROLE_FRONT, false },
	{ "anchord-verifier", "verifier", WIRE_ROLE_VERIFIER, false },
	{ "anchord-ledger", "ledger", WIRE_ROLE_LEDGER, false },
	{ "anchord-keyholder", "keyholder", WIRE_ROLE_KEYHOLDER, false },
	{ "anchord-deaf", "ledger", WIRE_ROLE_LEDGER, true },
};

bool
fake_role_main(char **argv, int *ret_status)
{
	const char *slash = strrchr(argv[0], '/');
	const char *program = slash ? slash + 1 : argv[0];

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		if (strcmp(programs[i].program, program) != 0)
			continue;
		*ret_status = 0;
		if (argv[1]) /* --check: there is no token here */
			return true;
		const struct role_ops ops = { .name = programs[i].name,
			                      .role = programs[i].role,
			                      .prepare = on_prepare,
			                      .threads = on_threads,
			                      .file_changed =
			                              programs[i].deaf
			                                      ? NULL
			                                      : on_file_changed,
			                      .edge_up = on_edge_up,
			                      .edge_down = on_edge_down,
			                      .message = on_message,
			                      .tick = on_tick };
		struct fake fake = { 0 };
		*ret_status = role_main(&ops, &fake);
		return true;
	}
	return false;
}

bool
fake_role_links(const char *directory)
{
	char self[PATH_MAX];
	char link[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return false;
	self[n] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		(void)snprintf(link, sizeof(link), "%s/%s", directory,
		               programs[i].program);
		if (symlink(self, link) < 0)
			return false;
	}
	return true;
}

void
fake_role_unlink(const char *directory)
{
	char link[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		(void)snprintf(link, sizeof(link), "%s/%s", directory,
		               programs[i].program);
		(void)unlink(link);
	}
	(void)rmdir(directory);
}
