/*
 * stopped.h - stops a process between two rounds of its event loop.
 */
#ifndef COMMON_BASE_STOPPED_H
#define COMMON_BASE_STOPPED_H

#include <stdbool.h>
#include <sys/types.h>

/* Stops the process once it sleeps.  A role then waits in epoll_wait(), and epoll knows
 * of no packet.  So the packets that are sent to it from now on are read together, in
 * the order in which they were sent, also from several sockets; SIGCONT lets it go on.
 * False: within HARNESS_WAIT_MS it did not sleep or did not stop. */
bool process_stop_idle(pid_t pid);

#endif
