/*
 * trust_read.h - what the files of trust.h share.
 *
 *	trust_counts.c  which judgement counts now
 *	trust.c         judgements, and what follows from them
 *	trust_read.c    reads the trust objects, job by job
 */
#ifndef KEYHOLDER_DEVICE_TRUST_READ_H
#define KEYHOLDER_DEVICE_TRUST_READ_H

#include <stdbool.h>

#include "keyholder/device/trust_judge.h"

struct keyholder;

/* trust_counts.c */
bool trust_is_governed(const struct keyholder *k);
struct trust_judgement trust_judgement_now(const struct keyholder *k);

/* trust.c: known and read are complete; or the reading failed, and why. */
void device_trust_judge(struct keyholder *k);
void device_trust_fail(struct keyholder *k, const char *why);

#endif
