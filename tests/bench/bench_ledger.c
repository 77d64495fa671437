/*
 * bench_ledger.c - durable redemptions a second, by the size of the group, and
 * what the disk alone can do, in the same run.
 *
 * Each redemption is all that the ledger does between a verdict and its
 * commit: the epoch, the insert that decides, the outcome, the marks.  A
 * "single commit" is one row of three integers in a transaction of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ledger/store/store.h"

#include "ledger/redeem.h"

#define RUN_FOR_MS 3000
#define NOW_MS 1795000000000ull

struct bench {
	struct store *store;
	struct store_marks marks;
	uint64_t serial;
};

static void
or_die(err_t err, const char *what)
{
	if (err == OK)
		return;
	fprintf(stderr, "bench_ledger: %s: %s\n", what, err_name(err));
	exit(1);
}

static void
redeem_next(struct bench *b)
{
	AUTO(redemption_release) struct redemption spent = { 0 };
	const struct cti cti = { .node = 1, .epoch = 1, .serial = ++b->serial };
	const struct redeem_terms t = { .store = b->store,
		                        .now_ms = NOW_MS,
		                        .horizon_ms = NOW_MS - 1000,
		                        .ttl_max_s = 3600,
		                        .sequence = b->marks.sequence + 1,
		                        .result_ttl_s = 300 };
	struct wire_verdict v = {
		.tenant = bytes_of_str("backend-a"),
		.redeemable = 1,
		.issued_s = NOW_MS / 1000,
		.expires_s = NOW_MS / 1000 + 120,
		.format = bytes_of_str("tpm2-quote"),
		.policy_id = bytes_of_str("demo"),
	};
	struct outcome o;
	bool fresh = false;

	cti_encode(&cti, v.cti);
	or_die(redeem(&t, &v, &spent, &o, &fresh), "redeem");
	if (!fresh || !o.redeemed)
		or_die(E_BUG, "not redeemed");
	b->marks.sequence++;
}

static void
commit_group(struct bench *b, unsigned n)
{
	or_die(store_begin(b->store), "begin");
	for (unsigned i = 0; i < n; i++)
		redeem_next(b);
	or_die(store_marks_set(b->store, &b->marks), "marks");
	or_die(store_commit(b->store), "commit");
	or_die(store_checkpoint(b->store), "checkpoint");
}

/* The least durable thing there is: one small row. */
static void
commit_single(struct bench *b, unsigned n)
{
	(void)n;
	b->serial++;
	or_die(store_begin(b->store), "begin");
	uint32_t node = (uint32_t)(b->serial % 100000) + 2;
	const struct store_life life = { .node = node, .epoch = 1 };
	or_die(store_epoch_live(b->store, &life, 1), "row");
	or_die(store_commit(b->store), "commit");
	or_die(store_checkpoint(b->store), "checkpoint");
}

static void
run(struct bench *b, const char *what, unsigned n,
    void (*once)(struct bench *b, unsigned n))
{
	uint64_t start = clock_mono_ms();
	uint64_t first = b->serial;
	uint64_t now = start;

	for (; now - start < RUN_FOR_MS; now = clock_mono_ms())
		once(b, n);
	printf("%-34s %8llu /s\n", what,
	       (unsigned long long)((b->serial - first) * 1000 /
	                            (now - start)));
	fflush(stdout);
}

static void
clean(const char *directory)
{
	static const char *const names[] = { STORE_FILE, STORE_FILE "-wal" };
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(directory);
}

int
main(void)
{
	/* Not /tmp: it may be memory, where a sync costs nothing. */
	char directory[] = "/var/tmp/anchord-bench-XXXXXX";
	AUTO(buf_release) struct buf why = buf_of(256);
	struct bench b = { 0 };

	if (!mkdtemp(directory))
		or_die(E_IO, "a directory");
	or_die(store_open(directory, NOW_MS, &why, &b.store), "open");
	or_die(store_begin(b.store), "begin");
	or_die(store_epoch_live(b.store, &(struct store_life){ 1, 1, { 0 } },
	                        1),
	       "epoch");
	or_die(store_marks_get(b.store, &b.marks), "marks");
	or_die(store_commit(b.store), "commit");

	puts("ledger: durable, one sync a group");
	run(&b, "single commits of one small row", 1, commit_single);
	run(&b, "redemptions in groups of 1", 1, commit_group);
	run(&b, "redemptions in groups of 8", 8, commit_group);
	run(&b, "redemptions in groups of 64", 64, commit_group);
	store_close(b.store);
	clean(directory);
	return 0;
}
