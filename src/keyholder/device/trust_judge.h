/*
 * trust_judge.h - compares the trust objects of a device with the trust bundle in
 * force.
 *
 *	genesis       the device has the digest of bundle 1, as the configuration
 *	              pins it.  A TPM has none.
 *	place         head and counter are those that the bundle names for the
 *	              device (hsm/core/trust.h)
 *	head          the bundle in force is not older than the head, and the
 *	              head's version in its chain is the head's text
 *	counter       base + version of the bundle is not less than the counter;
 *	              the bundle has the base of each device
 *	certificates  the device has all that the bundle names, unless
 *	              trust.certificates is set; a TPM has none
 *
 * A head or counter that is behind is only a note: an interrupted `anchorctl
 * trust apply` leaves that.  So are objects that the bundle does not name: they
 * are never trusted.
 *
 * Pure: neither reads a clock nor logs.
 */
#ifndef KEYHOLDER_DEVICE_TRUST_JUDGE_H
#define KEYHOLDER_DEVICE_TRUST_JUDGE_H

#include <stdbool.h>

#include "governance/certificates.h"
#include "governance/in_force.h"
#include "hsm/core/trust.h"

enum trust_device_fault {
#define FAULT(code, word) TRUST_DEVICE_##code,
#include "keyholder/device/trust_fault.def"
};
const char *trust_device_word(enum trust_device_fault fault);

#define TRUST_JUDGEMENT_MAX 256 /* bytes of the text with its NUL */

struct trust_judgement {
	enum trust_device_fault fault;
	/* The fault's word and what is wrong; of a sound device the notes, or
	 * "". */
	char text[TRUST_JUDGEMENT_MAX];
};

/* By what a device is judged. */
struct trust_terms {
	const struct in_force *in_force; /* has a bundle */
	const char *token;               /* its name in the bundle */
	const uint8_t *genesis;          /* trust.genesis_sha256 */
	bool in_tpm;                     /* the device is a TPM */
	bool by_file;                    /* trust.certificates is set */
};

/* What was read from the device.  `read` has the certificates that the bundle
 * names and that the device has. */
struct trust_objects {
	const struct hsm_trust *list;
	const struct certificates *read;
};

struct trust_judgement trust_judge(const struct trust_terms *terms,
                                   const struct trust_objects *objects);

/* A judgement with this fault and text. */
struct trust_judgement trust_judgement_of(enum trust_device_fault fault,
                                          const char *text);

#endif
