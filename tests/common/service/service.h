/*
 * service.h - the real service in a directory of its own, for tests.
 *
 * Makes certificates, a SoftHSM token (through anchorctl), configuration and
 * policy for soft_tpm.h's PCRs, starts anchord from the directory that the
 * test was built into, and can kill its children by role.  Works as root, where
 * roles get uids of their own, and as an ordinary user.
 *
 * The key holder's token is SoftHSM 2.6, which truncates its token file at
 * every C_Login and may lose it when killed at that moment.  A golden copy is
 * kept; service_heal() puts it back and counts.
 */
#ifndef COMMON_SERVICE_SERVICE_H
#define COMMON_SERVICE_SERVICE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

#include "tests/common/base/client.h"

#define SERVICE_PATH_MAX 256
#define SERVICE_READY_MS 30000 /* longest wait for a first /readyz */
#define SERVICE_UID_BASE 64300
#define SERVICE_MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define SERVICE_PIN "2468-1357-Tau"
#define SERVICE_TOKEN "anchord-test"
#define SERVICE_KEY "anchord-sign"

struct service {
	char dir[SERVICE_PATH_MAX]; /* everything of this run */
	char bin[SERVICE_PATH_MAX]; /* where the programs are */
	char log[SERVICE_PATH_MAX]; /* what they said */
	uint16_t port;
	pid_t supervisor;
	struct client_identity *backend;   /* tenant backend-a */
	struct client_identity *backend_b; /* tenant backend-b */
	struct client_identity *monitor;
	unsigned tokens_lost;    /* by SoftHSM, see above */
	unsigned latches_lifted; /* set by a kill during login */
};

/* Sets up and starts; waits until it is ready.  On failure the end of the log
 * goes to standard output.  E_NOT_FOUND: SoftHSM is not installed. */
MUST_CHECK err_t service_start(struct service **ret_service);

/* Everything but starting it: files, token, a port. */
MUST_CHECK err_t service_prepare(struct service **ret_service);

/* Stops, removes the directory; accepts NULL. */
void service_free(struct service *s);
DEFINE_AUTO(struct service *, service_free);

/* The supervisor alone: stopping by SIGTERM, starting with the same files. */
void service_halt(struct service *s);
MUST_CHECK err_t service_launch(struct service *s);

/* Between service_prepare() or service_halt() and service_launch(): puts `to`
 * in the place of `from` in the configuration.  E_NOT_FOUND. */
MUST_CHECK err_t service_edit(const struct service *s, const char *from,
                              const char *to);

/* The same time: the token behind the shim (tests/shim/shim.h), with a rule
 * like "C_Sign every delay 200".  E_NOT_FOUND: the shim is not built. */
MUST_CHECK err_t service_shim(const struct service *s, const char *script);

/* At that time too: Android devices of phone.h in place of soft_tpm.h's TPMs;
 * backend-a may do everything.  The system may be signed by the key of
 * km_root_of(0) and by that with the first bit changed. */
MUST_CHECK err_t service_android(const struct service *s);

/* Does /readyz say 200, now or within ms milliseconds? */
bool service_ready(struct service *s);
bool service_wait_ready(struct service *s, unsigned ms);

/* The process of that role ("front", "verifier", "ledger", "keyholder"), or
 * 0 when there is none at this moment; SIGKILL for it, true when it was sent. */
pid_t service_pid(const struct service *s, const char *role);
bool service_kill(const struct service *s, const char *role);

/* For a service that stays not ready after a kill: puts back a token that
 * SoftHSM lost, lifts a latch.  Counts; true: there was something to mend. */
bool service_heal(struct service *s);

/* Prints the last lines of the log. */
void service_print_log(const struct service *s, unsigned lines);

uint64_t service_now_ms(void); /* monotonic */
void service_sleep_ms(unsigned ms);

#endif
