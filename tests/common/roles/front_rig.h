/*
 * front_rig.h - a real anchord-front whose peers are the test: certificates,
 * a listening socket, keys, rules, and answers that the test chooses.
 *
 * Clients: "backend-a" (backend; metadata, artifact, channel, enroll; channel
 * beta), "backend-b" (backend; metadata; rate 1, burst 3), "poor" (the same with
 * burst 20), "hostile" (backend; metadata; a rate that nobody reaches),
 * "monitor", and "stranger", whose certificate is good and whom the
 * configuration lacks.
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

struct front_rig {
	char dir[64];
	uint16_t port;
	struct certs *certs;
	struct lifeline *front;
	struct peer *keyholder, *verifier, *ledger;
	struct client_identity *backend, *backend_b, *poor, *hostile, *monitor,
	        *stranger;
	char kid[44]; /* of the one key that is pinned */
	struct buf packet;
};

/* Of fronts that start from now on; NULL: warn. */
extern const char *front_rig_log_level;

/* Likewise: the list of denied certificates; NULL: none is configured. */
extern const char *front_rig_denied;

/* more: further groups of the configuration, or NULL.  Ready when it comes
 * back, all peers up.  NULL: it did not start; said why. */
struct front_rig *front_rig_start(const char *more);

/* The same, but without peers and HEALTH: not ready. */
struct front_rig *front_rig_start_bare(const char *more);

/* Ends it; false: its exit status was not 0.  Accepts NULL. */
bool front_rig_end(struct front_rig *rig);
void front_rig_free(struct front_rig *rig);
DEFINE_AUTO(struct front_rig *, front_rig_free);

/* An identity with that subjectAltName, made now; caller frees. */
struct client_identity *front_rig_identity(struct front_rig *rig,
                                           const char *san);

/* A listening socket on loopback, as the supervisor hands it over; -1. */
int front_rig_listen(uint16_t *ret_port);

/* What peers say first. */
void front_rig_keyholder_up(struct front_rig *rig);
void front_rig_verifier_up(struct front_rig *rig);
void front_rig_ledger_up(struct front_rig *rig);
void front_rig_health(struct front_rig *rig, bool ready, const char *why);

/* Waits until /readyz answers that. */
bool front_rig_wait_ready(struct front_rig *rig, bool ready);

/* Answers n CHALLENGE_MAKE with challenges of three bytes (serial, 0xfb, 0xff).
 * False: fewer came within a second. */
bool front_rig_make(struct front_rig *rig, unsigned n);

/* Answers what asks for challenges, with challenges of RIG_TOKEN bytes, about as
 * long as real ones: waits so long for the first, then takes what is there. */
void front_rig_serve(struct front_rig *rig, int wait_ms);

#define RIG_TOKEN 600
#define RIG_SERVED 1024    /* taken at most, in one go */
#define RIG_TURN 64        /* of "hostile" answered at most, in one go */
#define RIG_WAITING 131072 /* of "hostile" that wait for their turn */

/* Sends what is in rig->packet. */
bool front_rig_say(struct front_rig *rig, struct peer *peer);

/* A challenge request that everybody may make. */
#define RIG_BODY                                                  \
	"{\"workflow\":\"metadata\",\"device_handle\":\"dh1_x\"," \
	"\"bindings\":{\"transport\":"                            \
	"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}"

#endif
