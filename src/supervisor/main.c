/*
 * main.c - anchord: options, the loop, signals.
 *
 * Always runs in the foreground; its parent is systemd or a shell.  Exit
 * status: 0 stopped on request, 64 wrong options, 78 wrong configuration, 71
 * the system refused something basic.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "base/auto.h"
#include "crypto/keys/prepare.h"
#include "base/log.h"

#include "supervisor/check.h"
#include "supervisor/supervisor.h"
#include "base/version.h"

#define CONFIG_DEFAULT "/etc/anchord/anchord.conf"
#define STOP_STEP_MS 50 /* between two checks of who still runs */
#define EVENTS_MAX (CHILDREN_MAX + 1)

enum exit_status { EXIT_USAGE = 64, EXIT_SYSTEM = 71, EXIT_CONFIG = 78 };

static const char usage[] =
        "usage: anchord [--config FILE] [--check [--device]]\n"
        "       anchord --help-config | --version | --help\n"
        "\n"
        "  --config FILE   the configuration (" CONFIG_DEFAULT ")\n"
        "  --check         check the configuration and all files, print\n"
        "                  the faults, and exit\n"
        "  --device        with --check: examine the tokens, too, without\n"
        "                  a login\n"
        "  --help-config   every setting with its default and meaning\n"
        "  --version       the version, and the commit of the source\n";

/* --- one iteration of the loop -------------------------------------------- */

struct sender {
	struct supervisor *s;
	struct child *child;
};

static err_t
on_packet(void *arg, struct bytes packet, int fd)
{
	const struct sender *from = arg;

	if (fd >= 0) {
		close(fd);
		return E_MALFORMED;
	}
	return status_packet(from->s, from->child, packet);
}

static void
read_child(struct supervisor *s, struct child *c)
{
	struct sender from = { s, c };

	if (!c->lifeline)
		return;
	err_t err = channel_receive(c->lifeline, on_packet, &from);
	if (err == OK || err == E_AGAIN)
		return;
	child_lost(s, c);
	if (err != E_CLOSED)
		child_kill(c, err == E_LIMIT ? "too many messages"
		                             : "malformed message");
}

static void
read_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			stop_begin(s);
	children_reap(s);
}

static void
wait_events(struct supervisor *s, int timeout_ms)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(s->epoll, events, EVENTS_MAX, timeout_ms);
	bool signalled = false;

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr)
			read_child(s, events[i].data.ptr);
		else
			signalled = true;
	}
	if (signalled)
		read_signals(s);
}

/* Half of the watchdog's interval (sd_watchdog_enabled(3)); 0: no watchdog. */
static int
watchdog_ms(void)
{
	uint64_t us = 0;

	if (sd_watchdog_enabled(0, &us) <= 0)
		return 0;
	return us / 2000 < 1000000 ? (int)(us / 2000) : 1000000;
}

/* Does what is due; returns the milliseconds until the next thing is due. */
static int
do_due_work(struct supervisor *s)
{
	int watch = watch_turn(s);
	int children = children_turn(s);

	log_counts(false);
	return watch < children ? watch : children;
}

static void
run_until_stopped(struct supervisor *s)
{
	int watchdog = watchdog_ms();

	(void)watch_turn(s);
	int wait = children_turn(s);
	(void)sd_notify(0, "READY=1");
	while (!s->stopping) {
		status_update(s);
		if (watchdog && (wait > watchdog))
			wait = watchdog;
		wait_events(s, wait);
		if (watchdog)
			(void)sd_notify(0, "WATCHDOG=1");
		wait = s->stopping ? 0 : do_due_work(s);
	}
	while (stop_turn(s))
		wait_events(s, STOP_STEP_MS);
	log_event(LOG_INFO, "stopped");
	log_counts(true);
}

/* --- start ---------------------------------------------------------------- */

static err_t
watch_signals(struct supervisor *s)
{
	struct epoll_event want = { .events = EPOLLIN, .data.ptr = NULL };
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &ours, NULL) < 0)
		return E_IO;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->signals = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
	if (s->epoll < 0 || s->signals < 0 ||
	    epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->signals, &want) < 0)
		return E_IO;
	return OK;
}

/* The roles' programs lie in the directory of the supervisor's. */
static err_t
find_directory(struct supervisor *s)
{
	ssize_t n = readlink("/proc/self/exe", s->directory,
	                     sizeof(s->directory) - 1);
	char *slash = n > 0 ? memrchr(s->directory, '/', (size_t)n) : NULL;

	if (!slash)
		return E_IO;
	*slash = '\0';
	return OK;
}

/* Sets the process up.  Core dumps are disabled, because this process opens the
 * PIN file. */
static err_t
set_up(struct supervisor *s)
{
	const struct rlimit none = { 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return E_IO;
	TRY(find_directory(s));
	TRY(files_open(s));
	crypto_prepare();
	if (config_has_officers(s->config))
		governed_start(s);
	else
		pinned_start(s);
	revoked_start(s);
	TRY(watch_signals(s));
	children_plan(s);
	return OK;
}

static int
serve_supervisor(struct supervisor *s)
{
	log_start("supervisor", log_level_find(s->config->log_level));
	log_event(LOG_INFO, "program", LOG_STR("version", anchord_version),
	          LOG_STR("commit", anchord_commit));
	err_t err = set_up(s);

	if (err == OK)
		run_until_stopped(s);
	pinned_release(&s->pinned);
	governed_release(&s->governed);
	revoked_release(&s->revoked);
	offered_release(&s->offered);
	if (s->signals >= 0)
		close(s->signals);
	if (s->epoll >= 0)
		close(s->epoll);
	buf_release(&s->packet);
	if (err == OK)
		return EXIT_SUCCESS;
	if (err != E_CONFIG)
		log_refusal("anchord", err_name(err));
	return err == E_CONFIG ? EXIT_CONFIG : EXIT_SYSTEM;
}

static int
run_check(struct supervisor *s, bool device)
{
	if (find_directory(s) != OK)
		return EXIT_SYSTEM;
	err_t err = check_all(s, device);
	pinned_release(&s->pinned);
	governed_release(&s->governed);
	return err == OK ? EXIT_SUCCESS : EXIT_CONFIG;
}

/* The command line. */
struct order {
	const char *path;
	bool check, device;
};

static int
run_or_check(const struct order *order)
{
	static struct supervisor s = {
		.files = { .config = -1,
		           .policy = -1,
		           .verdict_key = -1,
		           .listen = -1,
		           .quotas = -1 },
		.pinned.file = -1,
		.governed.file = -1,
		.revoked.file = -1,
		.offered.file = -1,
		.epoll = -1,
		.signals = -1,
	};

	s.config_path = order->path;
	s.packet = buf_of(WIRE_PACKET_MAX);
	int status = EXIT_CONFIG;
	log_start("supervisor", LOG_INFO); /* until the configuration is read */
	if (files_config(&s, order->check) == OK)
		status = order->check ? run_check(&s, order->device)
		                      : serve_supervisor(&s);
	files_release(&s.files);
	config_free(s.config);
	return status;
}

static int
help_config(void)
{
	AUTO(buf_release) struct buf text = buf_of(CONFIG_TEXT_MAX);

	config_help(&text);
	fputs(buf_str(&text), stdout);
	return buf_status(&text) == OK ? EXIT_SUCCESS : EXIT_SYSTEM;
}

static int
say_version(void)
{
	AUTO(buf_release) struct buf text = buf_of(256);

	buf_printf(&text, "anchord %s (commit %s)", anchord_version,
	           anchord_commit);
	puts(buf_str(&text));
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'k' },
		{ "device", no_argument, NULL, 'd' },
		{ "help-config", no_argument, NULL, 'H' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct order order = { .path = CONFIG_DEFAULT };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			order.path = optarg;
			break;
		case 'k':
			order.check = true;
			break;
		case 'd':
			order.device = true;
			break;
		case 'H':
			return help_config();
		case 'v':
			return say_version();
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc || (order.device && !order.check)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return run_or_check(&order);
}
