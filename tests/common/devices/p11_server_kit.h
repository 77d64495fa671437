/*
 * p11_server_kit.h - a token behind a socket, as a network HSM is: SoftHSM,
 * served by `p11-kit server` to its client module.
 *
 * The client has nothing of the token but the socket: no configuration, no file.
 */
#ifndef COMMON_DEVICES_P11_SERVER_KIT_H
#define COMMON_DEVICES_P11_SERVER_KIT_H

#include <sys/types.h>

#include "tests/common/devices/softtoken.h"

struct p11_server {
	struct softtoken token;
	const char *client; /* the module that the key holder loads */
	char socket[64];
	pid_t pid;
};

/* A server with a token that has both keys; P11_KIT_SERVER_ADDRESS names it
 * then.  False: not all of it is here (the test is marked as skipped). */
bool p11_server_open(struct p11_server *s);
void p11_server_close(struct p11_server *s);

/* The server and all that it serves with, at once; and again. */
void p11_server_kill(struct p11_server *s);
bool p11_server_start(struct p11_server *s);

#endif
