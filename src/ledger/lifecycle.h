/*
 * lifecycle.h - the life of an enrolled device: pending, active, suspended,
 * retired.
 *
 * Who may order what is decided in the front, as all rights of clients are; what
 * is possible in which state is decided here.
 */
#ifndef LEDGER_LIFECYCLE_H
#define LEDGER_LIFECYCLE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"
#include "wire/choices.h"
#include "wire/wire.h"

struct edge;
struct enrolment;
struct ledger;
struct work;
struct work_kind;

/* The state that the order leads to from this one; WIRE_DEVICE_UNKNOWN: the order
 * is refused in it. */
enum wire_device_state lifecycle_next(enum wire_device_order order,
                                      enum wire_device_state from);

/* True if a client that is no officer may delete the enrolment.  Otherwise
 * whoever enrols could end a suspension, or a retirement, by deleting the device
 * and enrolling it again. */
bool lifecycle_deletable(enum wire_device_state state);

/* An enrolment as a message; has views into it. */
struct wire_enrollment enrolment_answer(const struct enrolment *e);

/* In handles.c: checks what a front names, and sets w->enrolment's tenant and
 * handle. */
MUST_CHECK err_t enrolment_named(struct work *w, const struct edge *from,
                                 struct bytes tenant, struct bytes handle);

#endif
