/*
 * int.h - declarations that the files of this directory share.
 */
#ifndef COMMON_FAULTS_INT_H
#define COMMON_FAULTS_INT_H

#include "base/buf.h"
#include "tests/common/faults/fault.h"
#include "crypto/keys/keyring.h"
#include "tests/common/roles/lifeline.h"
#include "crypto/pins/pins.h"

enum heard { HEARD_GOOD, HEARD_UNAVAILABLE, HEARD_END, HEARD_WRONG };

struct drive {
	const struct fault *fault;
	struct fault_end end;
	/* State of the device, owned by its kind. */
	void *own;
	char directory[128];
	char uri[512];
	uint8_t public_sha256[HASH_SIZE];
	enum alg alg;
	size_t spki_len;
	uint8_t spki[PINS_SPKI_MAX];

	char pin_path[192], latch_path[224], state[192];
	struct lifeline *life;
	struct peer *front, *ledger;
	struct keyring *ring;
	struct buf packet;
	uint64_t request;
	unsigned in_life; /* requests to the current process */
	bool faulty;      /* the rules apply */
	bool failed;      /* the fault was noticed */
	bool latched;
};

/* Sends one request to the running process; every third is for a handle, as
 * from the ledger.  Returns the kind of answer, or the end of the process. */
enum heard fault_ask(struct drive *d);

/* Records that an invariant is broken; the first one is kept. */
void fault_wrong(struct drive *d, const char *text);

/* Whether there is a reference handle of a correct token; forgets it. */
bool fault_honest_handle(void);
void fault_forget_handle(void);

/* drive.c: switches the rules on or off; true if a key holder makes a good
 * challenge with d's keys. */
void fault_rules(struct drive *d, bool on);
bool fault_works(struct drive *d);

/* admin.c: run cases of calls that only anchorctl makes.  fault_anchorctl()
 * runs a command with at most 16 arguments and returns its exit status, after
 * it has checked it. */
void fault_admin(struct drive *d);
void fault_auditor(struct drive *d);
int fault_anchorctl(struct drive *d, const char *const *words,
                    const char *const *environment, const char *out);
/* Copies the key that keygen reported into d; false: it reported none. */
bool fault_take_key(struct drive *d, const char *path);

#endif
