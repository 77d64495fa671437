/*
 * ledger_kit.h - what the ledger's tests share: a directory of their own, a
 * store in it, and verdicts.
 */
#ifndef COMMON_ROLES_LEDGER_KIT_H
#define COMMON_ROLES_LEDGER_KIT_H

#include "tests/common/base/harness.h"
#include "ledger/store/epochs.h"

#include "ledger/redeem.h"

/* Epoch 7 of node 1, as kit_verdict() has it. */
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

/* A file's path, until the next call. */
const char *kit_path(const struct kit_dir *d, const char *name);

/* With all that a ledger leaves in it. */
void kit_remove(const struct kit_dir *d);

/* All files of the directory: names, sizes and bytes; the caller's. */
struct buf kit_snapshot(const char *directory);

/* A good one for a challenge of node 1, epoch 7, with the given serial. */
struct wire_verdict kit_verdict(uint64_t serial);

/* Does the decoder refuse it, so that the ledger never sees it? */
bool kit_undecodable(const struct wire_verdict *v);

/* Opens it at KIT_NOW_MS; aborts when it cannot. */
struct store *kit_open(const struct kit_dir *d);

/* An outcome of which no column is empty. */
struct outcome kit_outcome(uint64_t sequence);

/* What is kept with it; the caller's. */
struct redemption kit_redemption(void);

/* One redemption in a transaction of its own.  Was it the first? */
bool kit_redeem(struct store *s, uint64_t sequence);

bool kit_is_spent(struct store *s, uint64_t serial);

#endif
