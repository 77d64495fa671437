/*
 * deadline.c - ends the process when a call to the device does not return.
 *
 * PKCS#11 has no time-out and no way to cancel a call, so the only remedy is to
 * end the process.  A timer does that, from a signal handler that does nothing
 * else, and the supervisor starts the next process.
 */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "keyholder/keyholder.h"

static volatile sig_atomic_t exit_status = ROLE_EXIT_PART;

void
deadline_ends_with(int status)
{
	exit_status = status;
}

static void
on_alarm(int signal)
{
	static const char line[] =
	        "level=error role=keyholder event=device-deadline\n";

	(void)signal;
	/* The line is only for people; a failure cannot be reported. */
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(exit_status);
	_exit(exit_status);
}

err_t
deadline_prepare(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	sigset_t alarm_only;

	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	if (sigaction(SIGALRM, &action, NULL) != 0 ||
	    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL) != 0)
		return E_IO;
	return OK;
}

static void
set_timer(uint32_t ms)
{
	struct itimerval timer = {
		.it_value = { .tv_sec = ms / 1000,
		              .tv_usec = (suseconds_t)(ms % 1000) * 1000 },
	};

	/* Fails only for a malformed time. */
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

void
deadline_start(uint32_t ms)
{
	set_timer(ms);
}

void
deadline_stop(void)
{
	set_timer(0);
}
