/*
 * service.h - runs the real service in its own directory, for tests.
 *
 * It creates certificates, a SoftHSM token (with anchorctl), a configuration
 * and a policy for the PCRs of soft_tpm.h, starts anchord from the test's build
 * directory, and can kill its processes by role.  It works as root, where roles
 * have their own uids, and as an ordinary user.
 *
 * The token is SoftHSM 2.6, which truncates its token file at every C_Login and
 * can lose it if it is killed at that moment.  service_heal() then restores the
 * file from a copy and counts that.
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
	char dir[SERVICE_PATH_MAX]; /* all files of this run */
	char bin[SERVICE_PATH_MAX]; /* directory of the programs */
	char log[SERVICE_PATH_MAX]; /* log of all processes */
	uint16_t port;
	pid_t supervisor;
	struct client_identity *backend;   /* tenant backend-a */
	struct client_identity *backend_b; /* tenant backend-b */
	struct client_identity *monitor, *auditor;
	unsigned tokens_lost;    /* by SoftHSM, see above */
	unsigned latches_lifted; /* latches set by a kill during a login */
};

/* Prepares and starts the service and waits until it is ready.  On failure the
 * end of the log is printed.  E_NOT_FOUND: SoftHSM is not installed. */
MUST_CHECK err_t service_start(struct service **ret_service);

/* Prepares files, token and a port without starting the service. */
MUST_CHECK err_t service_prepare(struct service **ret_service);

/* Stops the service and removes its directory; accepts NULL. */
void service_free(struct service *s);
DEFINE_AUTO(struct service *, service_free);

/* Stops the service by SIGTERM; starts it with the same files. */
void service_halt(struct service *s);
MUST_CHECK err_t service_launch(struct service *s);

/* The next three are called between service_prepare() or service_halt() and
 * service_launch().  service_edit() replaces `from` by `to` in the
 * configuration.  E_NOT_FOUND: `from` does not occur. */
MUST_CHECK err_t service_edit(const struct service *s, const char *from,
                              const char *to);

/* Puts the shim (tests/shim/shim.h) in front of the token, with a rule like
 * "C_Sign every delay 200".  E_NOT_FOUND: the shim is not built. */
MUST_CHECK err_t service_shim(const struct service *s, const char *script);

/* Configures the policy for the Android devices of phone.h instead of the TPMs
 * of soft_tpm.h; backend-a has all rights.  The accepted boot keys are that of
 * km_root_of(0), and the same with its first bit changed. */
MUST_CHECK err_t service_android(const struct service *s);

/* True if /readyz answers 200 now, or within ms milliseconds. */
bool service_ready(struct service *s);
bool service_wait_ready(struct service *s, unsigned ms);

/* The pid of that role ("front", "verifier", "ledger", "keyholder"); 0: it does
 * not run now.  service_kill() sends SIGKILL; true: it was sent. */
pid_t service_pid(const struct service *s, const char *role);
bool service_kill(const struct service *s, const char *role);

/* For a service that is not ready after a kill: restores a token that SoftHSM
 * lost, removes a latch, and counts both.  True: there was such a cause. */
bool service_heal(struct service *s);

/* Prints the last lines of the log. */
void service_print_log(const struct service *s, unsigned lines);

uint64_t service_now_ms(void); /* monotonic */
void service_sleep_ms(unsigned ms);

#endif
