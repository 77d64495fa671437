/*
 * contract.h - the tests that every kind of device must pass.
 *
 * Each kind of device has a program, tests/contract/test_contract_<name>.c,
 * which defines contract_device, lists CONTRACT_TESTS, and adds tests that only
 * this kind needs.
 */
#ifndef COMMON_DEVICES_CONTRACT_H
#define COMMON_DEVICES_CONTRACT_H

#include <stdbool.h>

#include "hsm/core/backend.h"
#include "tests/common/base/harness.h"
#include "hsm/core/hsm.h"
#include "base/secret.h"

#define CONTRACT_PIN "Tau-6283185307" /* unless the device sets pin_text */

struct contract_device {
	/* Creates a device with both keys, for each test anew.  False: it is
	 * not available here, and the test was marked as skipped. */
	bool (*begin)(void);
	void (*end)(void);
	struct hsm_options (*options)(void);
	const struct secret *(*pin)(void);
	const char *pin_text;            /* the PIN; NULL: CONTRACT_PIN */
	const char *(*absent_key)(void); /* a valid URI without a key there */
	const char *malformed;           /* a malformed URI */
	void (*away)(void);              /* removes the device */
	void (*back)(void);              /* makes the same device available */
	/* Does what the operating system would do after a process with the
	 * device open was killed; NULL: nothing. */
	void (*tidy)(void);
	const struct hsm_backend *backend; /* NULL: chosen by the URI */
};

/* Defined by each program. */
extern const struct contract_device contract_device;

struct contract_life {
	unsigned begun, ended; /* login_begins, login_ended */
	err_t forbid, outcome;
};
extern struct contract_life contract_life;
extern char contract_why[256];

/* Open the device with its own or with other options; calls of the login guard
 * are recorded in contract_life. */
err_t contract_open(struct hsm **ret_hsm);
err_t contract_open_with(const struct hsm_options *options,
                         const struct secret *pin, struct hsm **ret_hsm);

/* The PKCS#11 URI, whose id must be %01, with an id that no key has; valid
 * until the next call. */
const char *contract_other_id(const char *uri);

void contract_signs(void);
void contract_macs(void);
void contract_draws(void);
void contract_counts(void);
void contract_wrong_pin(void);
void contract_guard(void);
void contract_pinned(void);
void contract_handle_pinned(void);
void contract_absent_key(void);
void contract_malformed(void);
void contract_absent(void);
void contract_lost(void);
void contract_lives(void);

#define CONTRACT_TESTS                                                         \
	{ "signs, and each signature verifies", contract_signs },              \
	        { "keeps the handle MAC over lives", contract_macs },          \
	        { "draws fresh random numbers", contract_draws },              \
	        { "never gives an epoch twice", contract_counts },             \
	        { "tries a wrong PIN once", contract_wrong_pin },              \
	        { "tries no PIN that the guard forbids", contract_guard },     \
	        { "refuses another key than the pinned", contract_pinned },    \
	        { "refuses another handle key than the pinned",                \
		  contract_handle_pinned },                                    \
	        { "latches when the key is missing", contract_absent_key },    \
	        { "refuses a malformed URI", contract_malformed },             \
	        { "says that it is absent, and comes back", contract_absent }, \
	        { "says that it was lost, and comes back", contract_lost },    \
	{                                                                      \
		"leaves nothing behind in twenty lives", contract_lives        \
	}

#endif
