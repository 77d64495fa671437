/*
 * limits_orders.h - limits of requests that change devices, or the list of known
 * ones; a part of limits.h.
 */
#ifndef FRONT_LIMITS_ORDERS_H
#define FRONT_LIMITS_ORDERS_H

/* Bytes of the body of a change: a reason of LIMIT_REASON bytes, each as \u00XX. */
#define LIMIT_ORDER 1024
#define LIMIT_REASON 128 /* bytes of the reason for a change, as a row has */

/* Preregistration: entries of a batch, as in the ledger; bytes of the body, which
 * has some 200 of an entry; faults of entries that the answer shows; devices that
 * may enrol by one entry; bytes of its label. */
#define LIMIT_KNOWN 1000
#define LIMIT_KNOWN_BODY (256 * 1024)
#define LIMIT_KNOWN_FAULTS 20
#define LIMIT_KNOWN_DEVICES 1000000
#define LIMIT_KNOWN_LABEL 64

/* A device's key and its signature for the next one, as in the verifier. */
#define LIMIT_PREVIOUS 600

#endif
