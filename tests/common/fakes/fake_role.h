/*
 * fake_role.h - a role that does nothing, so that birth, rounds, sandbox and
 * supervision can be tested without the real ones.
 *
 * A test program whose main() starts with fake_role_main() becomes such a role
 * when it is executed under a role's name ("anchord-front"): tests make links
 * to themselves, or copies beside a copy of the supervisor.
 */
#ifndef COMMON_FAKES_FAKE_ROLE_H
#define COMMON_FAKES_FAKE_ROLE_H

#include <stdbool.h>

/*
 * True: this process was a fake role, exit with *ret_status.  It logs edges
 * and health, is ready at once, and answers the message that its role gets
 * most (CHALLENGE_MAKE by UNAVAILABLE, as key holder).  It says which key of
 * verdicts it got, if it got one.  A file "order", when
 * handed over, names one system call to try once it is locked in; its outcome
 * is the next STATUS.  SIGUSR1 makes it talk nonsense to the supervisor.
 */
bool fake_role_main(char **argv, int *ret_status);

/* Fills an empty directory with links, named for the four roles, to the running
 * program.  False: errno. */
bool fake_role_links(const char *directory);

/* Removes the links and the directory. */
void fake_role_unlink(const char *directory);

#endif
