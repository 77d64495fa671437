/*
 * fake_role.h - a role that does no work, for tests of start, rounds, sandbox
 * and supervision without the real roles.
 *
 * A test program whose main() begins with fake_role_main() becomes such a role
 * when it is executed under a role's name ("anchord-front").  Tests create
 * links to themselves, or copies beside a copy of the supervisor.
 */
#ifndef COMMON_FAKES_FAKE_ROLE_H
#define COMMON_FAKES_FAKE_ROLE_H

#include <stdbool.h>

/*
 * True: this process was a fake role and must exit with *ret_status.  The role
 * logs edges and HEALTH, is ready at once, and answers the most frequent
 * message of its role (a key holder answers CHALLENGE_MAKE by UNAVAILABLE).  It
 * logs which key for verdict tags it got, if any.  A file "order" names one
 * system call that the role tries inside its sandbox; the next STATUS has the
 * outcome. On SIGUSR1 it sends an invalid message to the supervisor.
 */
bool fake_role_main(char **argv, int *ret_status);

/* main() of such a program, as HARNESS_MAIN of others. */
#define FAKE_ROLE_MAIN(title, tests)                                    \
	int main(int argc, char **argv)                                 \
	{                                                               \
		int status;                                             \
                                                                        \
		return fake_role_main(argv, &status)                    \
		               ? status                                 \
		               : harness_run(title, tests, argc, argv); \
	}

/* Creates links to the running program, with the names of the four roles, in an
 * empty directory.  False: see errno. */
bool fake_role_links(const char *directory);

/* Removes the links and the directory. */
void fake_role_unlink(const char *directory);

#endif
