/*
 * p11_server_kit.h - a token behind a socket, like a network HSM: SoftHSM
 * served by `p11-kit server` to p11-kit's client module.
 *
 * The client has only the socket, and no configuration or file of the token.
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

/* Starts a server with a token that has both keys, and sets
 * P11_KIT_SERVER_ADDRESS.  False: a part is not available, and the test was
 * marked as skipped. */
bool p11_server_open(struct p11_server *s);
void p11_server_close(struct p11_server *s);

/* Kills the server with all its processes; starts it again. */
void p11_server_kill(struct p11_server *s);
bool p11_server_start(struct p11_server *s);

#endif
