/*
 * fault_int.h - what fault_drive.c and fault_ask.c share.
 */
#ifndef FAULT_INT_H
#define FAULT_INT_H

#include "buf.h"
#include "fault.h"
#include "keyring.h"
#include "lifeline.h"
#include "softtoken.h"

enum heard { HEARD_GOOD, HEARD_UNAVAILABLE, HEARD_END, HEARD_WRONG };

struct drive {
	const struct fault *fault;
	struct fault_end end;
	struct softtoken token;
	struct shim_page *page;
	char page_path[192], pin_path[192], so_pin_path[192], latch_path[224],
	        state[192];
	struct lifeline *life;
	struct peer *front, *ledger;
	struct keyring *ring;
	struct buf packet;
	uint64_t request;
	unsigned in_life; /* questions to this life */
	bool failed;      /* the fault was noticed */
	bool latched;
	bool fault_over;
};

/* One question to the life that runs; every third is for a handle, which only
 * the ledger asks.  Its answer, or the end of the life. */
enum heard fault_ask(struct drive *d);

/* fault_drive.c, for fault_admin.c: the rules on or off, the shim's path, and
 * does a key holder make a good challenge with d's token? */
void fault_rules(struct drive *d, bool on);
const char *fault_shim(void);
bool fault_works(struct drive *d);

/* fault_admin.c: a case of a call that only anchorctl makes. */
void fault_admin(struct drive *d);

/* An invariant is broken; the first one counts. */
void fault_wrong(struct drive *d, const char *text);

/* Has an honest token given a handle to compare others with? */
bool fault_honest_handle(void);

#endif
