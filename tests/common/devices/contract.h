/*
 * contract.h - what every device must do, whatever it is: one list of tests.
 *
 * A device is a program of its own, tests/contract/test_contract_<name>.c: it
 * fills in struct contract_device, lists CONTRACT_TESTS, and adds what only
 * this kind can have.
 */
#ifndef COMMON_DEVICES_CONTRACT_H
#define COMMON_DEVICES_CONTRACT_H

#include <stdbool.h>

#include "hsm/core/backend.h"
#include "tests/common/base/harness.h"
#include "hsm/core/hsm.h"
#include "base/secret.h"

#define CONTRACT_PIN "Tau-6283185307" /* of a device that says no other */

struct contract_device {
	/* A device with both keys, fresh for each test.  False: not here, the
	 * test is marked as skipped. */
	bool (*begin)(void);
	void (*end)(void);
	struct hsm_options (*options)(void);
	const struct secret *(*pin)(void);
	const char *pin_text;            /* the same; NULL: CONTRACT_PIN */
	const char *(*absent_key)(void); /* a good URI without a key there */
	const char *malformed;           /* a URI */
	void (*away)(void);              /* the device goes */
	void (*back)(void);              /* and comes, the same */
	/* What the operating system does when a process with the device open
	 * was killed; NULL: nothing is to be done. */
	void (*tidy)(void);
	const struct hsm_backend *backend; /* NULL: by the URI */
};

/* Each program defines it. */
extern const struct contract_device contract_device;

struct contract_life {
	unsigned begun, ended; /* login_begins, login_ended */
	err_t forbid, outcome;
};
extern struct contract_life contract_life;
extern char contract_why[256];

/* Opens by the device's options, or by others; counts in contract_life. */
err_t contract_open(struct hsm **ret_hsm);
err_t contract_open_with(const struct hsm_options *options,
                         const struct secret *pin, struct hsm **ret_hsm);

/* A PKCS#11 URI whose id is %01, with an id that no key has; good until the
 * next. */
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
