/*
 * redeem_device.h - what a verdict is worth by the enrolment of its device.
 */
#ifndef LEDGER_REDEEM_DEVICE_H
#define LEDGER_REDEEM_DEVICE_H

#include <stdbool.h>

#include "wire/reason.h"
#include "wire/wire.h"

#include "ledger/store/enrolments.h"

/* Does the challenge name a device? */
bool redeem_names_device(const struct wire_verdict *v);

/* Is the evidence of the enrolled device, and fresh?  It need not be eligible: one
 * that is refused has not stopped. */
bool redeem_attested(const struct wire_verdict *v, const struct enrolment *e);

/* The same of the tenant: its challenge was spent by fresh evidence of a device of
 * its own, or of one that it enrols. */
bool redeem_heard(const struct wire_verdict *v, const struct outcome *o);

/* Is the key of the evidence, and its format, that of the enrolment? */
bool redeem_same_key(const struct wire_verdict *v, const struct enrolment *e);

/*
 * The reasons that follow from the state of the enrolment: it is not active, or it
 * was changed since the challenge was issued.  State and key are what counts as a
 * change.  Levels that are raised do not: each is raised by evidence of the
 * device itself, and the challenges that it has got meanwhile would be lost.
 */
reason_set redeem_held(const struct wire_verdict *v, const struct enrolment *e);

/* The reasons that follow from the enrolment; e is NULL when the tenant has
 * none.  It is the enrolment that the challenge names or, when the device is to
 * be enrolled, that of its key. */
reason_set redeem_device(const struct wire_verdict *v,
                         const struct enrolment *e);

/* The state in which a result enrolled its device, or found it; unknown: it did
 * neither.  finding is the one that is stored with the result. */
enum wire_device_state redeem_enrolled_as(enum wire_enrolled enrolled,
                                          struct bytes finding);

#endif
