/*
 * front_rig.h - runs a real anchord-front.  The test acts as all its peers and
 * provides certificates, a listening socket, keys, rules and answers.
 *
 * Clients: "backend-a" (backend; metadata, artifact, channel, enroll; channel
 * beta), "backend-b" (backend; metadata; rate 1, burst 3), "poor" (the same
 * with burst 20), "hostile" (backend; metadata; a very high rate), "monitor",
 * and "stranger", which has a valid certificate but is not configured.  For
 * front_rig_identity() are "DNS:second.test" (another backend of backend-a's
 * tenant), "DNS:officer.test" (its officer) and "DNS:auditor.test".
 */
#ifndef COMMON_ROLES_FRONT_RIG_H
#define COMMON_ROLES_FRONT_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "tests/common/base/certs.h"
#include "tests/common/base/client.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/base/raw_client.h"

struct governed_kit;

struct front_rig {
	char dir[64];
	uint16_t port;
	struct certs *certs;
	struct lifeline *front;
	struct peer *keyholder, *verifier, *ledger;
	struct client_identity *backend, *backend_b, *poor, *hostile, *monitor,
	        *stranger;
	char kid[44]; /* of the only pinned key */
	struct buf packet;
};

/* The log level of fronts that are started later; NULL: warn. */
extern const char *front_rig_log_level;

/* Likewise the path of the denied certificates; NULL: not configured. */
extern const char *front_rig_denied;

/* Likewise the chain by which officers govern; NULL: there are only pins. */
extern struct governed_kit *front_rig_chain;

/* Begins a chain that names the same key as the pins. */
void front_rig_govern(struct governed_kit *ret_kit);

/* Starts a front with all peers and waits until it is ready.  more has further
 * groups of the configuration, or is NULL.  NULL: it did not start; the cause
 * was printed. */
struct front_rig *front_rig_start(const char *more);

/* Starts a front without peers and HEALTH, which is therefore not ready. */
struct front_rig *front_rig_start_bare(const char *more);

/* Ends the front; false: its exit status was not 0.  Accepts NULL. */
bool front_rig_end(struct front_rig *rig);
void front_rig_free(struct front_rig *rig);
DEFINE_AUTO(struct front_rig *, front_rig_free);

/* Issues a certificate with that subjectAltName; the caller frees it. */
struct client_identity *front_rig_identity(struct front_rig *rig,
                                           const char *san);

/* Opens a listening socket on loopback like the supervisor; -1: failed. */
int front_rig_listen(uint16_t *ret_port);

/* Send the first messages of the peers, and HEALTH. */
void front_rig_keyholder_up(struct front_rig *rig);
void front_rig_verifier_up(struct front_rig *rig);
void front_rig_ledger_up(struct front_rig *rig);
void front_rig_health(struct front_rig *rig, bool ready, const char *why);

/* Waits until /readyz reports that. */
bool front_rig_wait_ready(struct front_rig *rig, bool ready);

/* Answers n CHALLENGE_MAKE with challenges of three bytes (serial, 0xfb, 0xff).
 * False: fewer came within a second. */
bool front_rig_make(struct front_rig *rig, unsigned n);

/* Answers CHALLENGE_MAKE with challenges of RIG_TOKEN bytes, about the length
 * of real ones: waits up to wait_ms for the first, then answers those that have
 * arrived. */
void front_rig_serve(struct front_rig *rig, int wait_ms);

#define RIG_TOKEN 600
#define RIG_SERVED 1024    /* most messages received in one call */
#define RIG_TURN 64        /* most answers to "hostile" in one call */
#define RIG_WAITING 131072 /* most requests of "hostile" that wait */

/* Sends the packet in rig->packet. */
bool front_rig_say(struct front_rig *rig, struct peer *peer);

/* A challenge request that every backend may send. */
#define RIG_BODY                                                  \
	"{\"workflow\":\"metadata\",\"device_handle\":\"dh1_x\"," \
	"\"bindings\":{\"transport\":"                            \
	"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}"

#endif
