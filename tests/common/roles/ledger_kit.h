/*
 * ledger_kit.h - helpers of the ledger's tests: a directory for each test, a
 * store in it, and verdicts.
 */
#ifndef COMMON_ROLES_LEDGER_KIT_H
#define COMMON_ROLES_LEDGER_KIT_H

#include "tests/common/base/harness.h"
#include "ledger/store/epochs.h"

#include "ledger/redeem.h"

/* The run of epoch 7 of node 1, which kit_verdict() uses. */
#define KIT_LIFE           \
	{                  \
		0x66, 0x77 \
	}
extern const struct store_life kit_life;

#define KIT_NOW_S 1795000000ull /* in 2026 */
#define KIT_NOW_MS (KIT_NOW_S * 1000)

#define KIT_OK(e) CU_ASSERT_EQUAL_FATAL((e), OK)

struct kit_dir {
	char path[64];
};

struct kit_dir kit_dir(void);

/* The path of a file in the directory, valid until the next call. */
const char *kit_path(const struct kit_dir *d, const char *name);

/* Removes the directory and the files that a ledger creates. */
void kit_remove(const struct kit_dir *d);

/* Names, sizes and bytes of all files of the directory; the caller releases
 * them. */
struct buf kit_snapshot(const char *directory);

/* A good verdict for a challenge of node 1, epoch 7, with that serial. */
struct wire_verdict kit_verdict(uint64_t serial);

/* True if the decoder refuses the verdict, so that the ledger never gets it. */
bool kit_undecodable(const struct wire_verdict *v);

/* Opens the store at KIT_NOW_MS; aborts on failure. */
struct store *kit_open(const struct kit_dir *d);

/* An outcome without an empty column. */
struct outcome kit_outcome(uint64_t sequence);

/* The redemption for that outcome; the caller releases it. */
struct redemption kit_redemption(void);

/* Makes a redemption in its own transaction; true: it was the first. */
bool kit_redeem(struct store *s, uint64_t sequence);

bool kit_is_spent(struct store *s, uint64_t serial);

#endif
