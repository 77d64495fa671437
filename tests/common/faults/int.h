/*
 * int.h - what the fault_*.c files share.
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
	/* Of the device, by its kind. */
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
	unsigned in_life; /* questions to this life */
	bool faulty;      /* the rules are in force */
	bool failed;      /* the fault was noticed */
	bool latched;
};

/* One question to the life that runs; every third is for a handle, which only
 * the ledger asks.  Its answer, or the end of the life. */
enum heard fault_ask(struct drive *d);

/* An invariant is broken; the first one counts. */
void fault_wrong(struct drive *d, const char *text);

/* Has an honest token given a handle to compare others with?  Forgets it. */
bool fault_honest_handle(void);
void fault_forget_handle(void);

/* drive.c: the rules on or off; does a key holder make a good challenge
 * with d's keys?  A file of the case. */
void fault_rules(struct drive *d, bool on);
bool fault_works(struct drive *d);
bool fault_write(const char *path, const char *text);

/* admin.c: cases of calls that only anchorctl makes; a command of its, up
 * to 16 words after the program's name.  Its status, once it is judged. */
void fault_admin(struct drive *d);
void fault_auditor(struct drive *d);
int fault_anchorctl(struct drive *d, const char *const *words,
                    const char *const *environment, const char *out);
/* Takes the key that keygen says it made into d; false: it named none. */
bool fault_take_key(struct drive *d, const char *path);

#endif
