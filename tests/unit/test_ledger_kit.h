/*
 * test_ledger_kit.h - what the ledger's tests share: a directory of their own,
 * verdicts, and a disk whose syncs are counted and can fail.
 */
#ifndef TEST_LEDGER_KIT_H
#define TEST_LEDGER_KIT_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/harness.h"

#include "../../src/ledger/redeem.h"
#include "../../src/ledger/store.h"

#define KIT_NOW_S 1795000000ull /* in 2026 */
#define KIT_NOW_MS (KIT_NOW_S * 1000)

/* --- directories ---------------------------------------------------------- */

struct kit_dir {
	char path[64];
};

static inline struct kit_dir
kit_dir(void)
{
	struct kit_dir d = { "/tmp/anchord-ledger-XXXXXX" };

	if (!mkdtemp(d.path))
		abort();
	return d;
}

static inline const char *
kit_path(const struct kit_dir *d, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", d->path, name);
	return path;
}

static inline void
kit_remove(const struct kit_dir *d)
{
	static const char *const names[] = {
		"ledger.db",         "ledger.db-wal", "ledger.db-journal",
		"ledger.db.new",     "old.db",        "ledger.db.new-wal",
		"ledger.db.new-shm",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)unlink(kit_path(d, names[i]));
	if (rmdir(d->path) < 0)
		fprintf(stderr, "%s is not empty\n", d->path);
}

/* --- verdicts ------------------------------------------------------------- */

/* A good one for a challenge of node 1, epoch 7, with the given serial. */
static inline struct wire_verdict
kit_verdict(uint64_t serial)
{
	struct wire_verdict v = {
		.request = serial,
		.tenant = bytes_of_str("backend-a"),
		.redeemable = 1,
		.issued_s = KIT_NOW_S,
		.expires_s = KIT_NOW_S + 120,
		.workflow = WORKFLOW_ENROLL,
		.format = bytes_of_str("tpm2-quote"),
		.policy_id = bytes_of_str("demo"),
		.policy_version = 3,
	};
	const struct cti cti = { .node = 1, .epoch = 7, .serial = serial };

	cti_encode(&cti, v.cti);
	memset(v.nonce, 0x11, sizeof(v.nonce));
	memset(v.identity, 0x22, sizeof(v.identity));
	memset(v.evidence, 0x33, sizeof(v.evidence));
	memset(v.observed, 0x44, sizeof(v.observed));
	memset(v.policy_digest, 0x55, sizeof(v.policy_digest));
	memset(v.vector, 2, sizeof(v.vector));
	return v;
}

/* --- a disk that is watched ----------------------------------------------- */

static struct {
	unsigned syncs;
	unsigned fail_after; /* 0: never; n: the n-th from now, and all later */
	bool published;      /* a directory was synced that has the database */
} kit_disk;

__attribute__((unused)) static void
kit_disk_reset(void)
{
	kit_disk.syncs = 0;
	kit_disk.fail_after = 0;
	kit_disk.published = false;
}

static int
kit_sync(long number, int fd)
{
	kit_disk.syncs++;
	if (faccessat(fd, STORE_FILE, F_OK, 0) == 0)
		kit_disk.published = true;
	if (kit_disk.fail_after && --kit_disk.fail_after == 0) {
		kit_disk.fail_after = 1;
		errno = EIO;
		return -1;
	}
	return (int)syscall(number, fd);
}

/* In place of libc's for this whole program, SQLite included. */
__attribute__((visibility("default"))) int
fdatasync(int fd)
{
	return kit_sync(SYS_fdatasync, fd);
}

__attribute__((visibility("default"))) int
fsync(int fd)
{
	return kit_sync(SYS_fsync, fd);
}

/* --- a store -------------------------------------------------------------- */

static inline struct store *
kit_open(const struct kit_dir *d)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct store *s = NULL;

	if (store_open(d->path, KIT_NOW_MS, &why, &s) != OK) {
		fprintf(stderr, "store_open: %s\n", buf_str(&why));
		abort();
	}
	return s;
}

#define KIT_OK(e) CU_ASSERT_EQUAL_FATAL((e), OK)

#endif
