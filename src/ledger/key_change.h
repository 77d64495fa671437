/*
 * key_change.h - an enrolled device gets another key and keeps its handle.
 *
 * The evidence is of the new key, for a challenge that names the device.  Either the
 * device's key has signed the new one, which the verifier has checked, or an officer
 * orders it.  State, levels and permits of the device stay.  The key that it had is
 * kept as a former one, so that it enrols no second device.
 */
#ifndef LEDGER_KEY_CHANGE_H
#define LEDGER_KEY_CHANGE_H

#include <stdbool.h>

#include "ledger/admit.h"
#include "ledger/redeem.h"

/* Former keys of one device; each is a row that only deleting the device removes. */
#define KEY_CHANGES_MAX 64

/* False: no verifier of ours says that of a change. */
bool key_change_valid(const struct wire_verdict *v);

/* The reasons against it, the verifier's included; e is the enrolment that the
 * challenge names, NULL: there is none.  *ret_admission: of the new key, set when
 * there are no reasons. */
MUST_CHECK err_t key_change_judge(const struct redeem_terms *t,
                                  const struct wire_verdict *v,
                                  const struct enrolment *e,
                                  struct admission *ret_admission,
                                  reason_set *ret_reasons);

/* Within the transaction: the device has the new key, in the store and in e,
 * which is then as it would be found.  A key that is listed uses its entry, as one
 * does that enrols; the entry goes with the device. */
MUST_CHECK err_t key_change_keep(const struct redeem_terms *t,
                                 const struct wire_verdict *v,
                                 struct enrolment *e,
                                 const struct admission *admission);

/* Says in the outcome what was ordered, and by whom.  False: a text is too long. */
bool key_change_note(struct outcome *o, const struct wire_verdict *v);

/* The audit line of an outcome that changed a key; none for another. */
void key_change_log(const struct outcome *o);

#endif
