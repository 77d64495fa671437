/*
 * trust_read.h - reads the trust objects of the device, job by job; for trust.c.
 */
#ifndef KEYHOLDER_DEVICE_TRUST_READ_H
#define KEYHOLDER_DEVICE_TRUST_READ_H

struct keyholder;

/* The device is free: makes the next job of the reading in progress, or of a new
 * one.  A reading ends with one of the functions below. */
void trust_read_next(struct keyholder *k);

/* trust.c: known and read are complete; or the reading failed, and why. */
void device_trust_judge(struct keyholder *k);
void device_trust_fail(struct keyholder *k, const char *why);

#endif
