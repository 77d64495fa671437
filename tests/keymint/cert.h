/*
 * cert.h - one certificate from its description.
 */
#ifndef KM_CERT_H
#define KM_CERT_H

#include "tests/keymint/keymint.h"

/* above: who signs, unless cert says otherwise; itself for a root. */
MUST_CHECK err_t km_cert_make(struct km_cert *cert,
                              const struct km_cert *above);

#endif
