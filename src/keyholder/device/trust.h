/*
 * trust.h - where officers govern: may this key holder sign by what its device
 * says of the trust bundle in force (trust_judge.h)?
 *
 * The trust objects are read when the device has been opened, when another bundle
 * comes into force, and again and again: the list every KEYHOLDER_TRUST_LIST_MS,
 * and the certificates with it when the list has changed and every
 * KEYHOLDER_TRUST_MS.  A reading is made of short jobs (work.h), one certificate
 * each, and each waits until no challenge and no result does, though no longer
 * than KEYHOLDER_TRUST_PATIENCE_MS.
 *
 * Nothing is signed before the first judgement.  A later one holds until the next:
 * while another bundle is judged, and while the device does not answer, which
 * never counts as a lost device.  A fault of a device that was sound counts when
 * a second reading, KEYHOLDER_TRUST_CONFIRM_MS later, finds it, too: while
 * officers apply a version, the device has it a moment before this process or
 * after it.
 *
 * With a fault, or when the bundle has expired, this key holder refuses what it is
 * asked and withdraws its key, so that peers ask another token.  It announces its
 * key again when the cause is gone.  Without officers all of this is absent.
 */
#ifndef KEYHOLDER_DEVICE_TRUST_H
#define KEYHOLDER_DEVICE_TRUST_H

#include <stdbool.h>
#include <stdint.h>

#include "keyholder/device/trust_judge.h"

#define KEYHOLDER_TRUST_MS 60000      /* between two readings of everything */
#define KEYHOLDER_TRUST_LIST_MS 5000  /* between two lists */
#define KEYHOLDER_TRUST_AGAIN_MS 1000 /* after a failure or a fault */
#define KEYHOLDER_TRUST_CONFIRM_MS 3000
#define KEYHOLDER_TRUST_PATIENCE_MS 1000

struct edge;
struct keyholder;

struct device_trust {
	bool judged;                 /* there is a judgement */
	struct trust_judgement held; /* the one that counts */
	struct trust_judgement said; /* to peers and supervisor */
	uint64_t doubted_at; /* when an unconfirmed fault was seen; 0: none */
	char unread[TRUST_JUDGEMENT_MAX]; /* why there is none yet, or "" */

	/* Monotonic, in milliseconds. */
	uint64_t due_at;   /* the next reading, or its next job */
	uint64_t whole_at; /* the next reading of the certificates */

	/* The reading that is in progress. */
	bool reading;
	bool stale;    /* another bundle came meanwhile: begin again */
	bool listed;   /* list is this reading's */
	size_t next;   /* in list: the certificate to be read */
	size_t failed; /* certificates that could not be read */
	struct hsm_trust list;
	struct hsm_trust_certificate certificate; /* of the job */
	struct certificates got;

	/* The last one that was complete. */
	bool whole;
	struct hsm_trust known;
	struct certificates read;
};

/* The device was opened, or another bundle is in force. */
void device_trust_begin(struct keyholder *k);

/* Called in round() and tick(): starts the next job when it is due.  waiting:
 * challenges or results wait for the device. */
void device_trust_turn(struct keyholder *k, bool waiting);

/* Microseconds until the next job of a reading in progress; 0: none is due. */
uint64_t device_trust_wait_us(const struct keyholder *k);

/* Called in tick(): tells everybody when signing has ended or may begin. */
void device_trust_tick(struct keyholder *k);

/* Whether this process may sign: the device is open, and sound. */
bool device_serves(const struct keyholder *k);

/* Reports the state of the device, its keys and its trust to the supervisor. */
void device_tell_status(struct keyholder *k);

/* Sends the certificates that the bundle names to a ledger. */
void device_trust_send(struct keyholder *k, struct edge *ledger);

void device_trust_release(struct device_trust *t);

#endif
