/*
 * harden.c - the privileges that every role gives up before it reads any input.
 *
 * The supervisor has dropped most of them already; a role repeats it, so that
 * its safety does not depend on how it was started.
 */
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "proc/role_int.h"

static err_t
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[2] = { 0 };

	/* glibc has no wrapper, and libcap for one call is not worth it. */
	return syscall(SYS_capset, &header, none) < 0 ? E_DENIED : OK;
}

err_t
harden_process(void)
{
	const struct rlimit none = { 0 };

	/* The first gmtime_r(3) of any library opens /etc/localtime; inside the
	 * sandbox that call would kill the process. */
	tzset();

	/* ^C at a terminal is for the supervisor, which then ends the roles. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return E_DENIED;
	return drop_capabilities();
}
