/*
 * test_store.c - the ledger's store: its making, its lock, its rows.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/fakes/facts_kit.h"
#include "tests/common/roles/ledger_kit.h"

#include "ledger/store/file.h"

/* --- making --------------------------------------------------------------- */

static void
test_make(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct store_marks m = { 0 };
	struct stat st;

	KIT_OK(store_marks_get(s, &m));
	CU_ASSERT_EQUAL(m.sequence, 0);
	CU_ASSERT_EQUAL(m.time_ms, KIT_NOW_MS);
	CU_ASSERT_EQUAL(m.created_ms, KIT_NOW_MS);
	CU_ASSERT_EQUAL(stat(kit_path(&d, STORE_FILE), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_TRUE(kit_redeem(s, 1));
	CU_ASSERT_EQUAL(stat(kit_path(&d, STORE_FILE "-wal"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_NOT_EQUAL(access(kit_path(&d, STORE_FILE_NEW), F_OK), 0);
	store_close(s);
	kit_remove(&d);
}

/* A start that was cut short leaves a file that is nobody's database. */
static void
test_make_again(void)
{
	struct kit_dir d = kit_dir();
	FILE *f = fopen(kit_path(&d, STORE_FILE_NEW), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("half of a database", f);
	fclose(f);
	store_close(kit_open(&d));
	kit_remove(&d);
}

/* Would another process's engine be kept out of the file itself? */
static bool
file_locked(const struct kit_dir *d)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct flock lock = { .l_type = F_RDLCK };
		int fd = open(kit_path(d, STORE_FILE), O_RDONLY | O_CLOEXEC);
		_exit(fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 ||
		      lock.l_type != F_WRLCK);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return status == 0;
}

static void
test_locked(void)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct store *second = NULL;

	CU_ASSERT_EQUAL(store_open(d.path, KIT_NOW_MS, &why, &second),
	                E_CONFLICT);
	CU_ASSERT_PTR_NULL(second);
	CU_ASSERT_TRUE(file_locked(&d));
	store_close(s);
	store_close(kit_open(&d)); /* the lock went with its holder */
	kit_remove(&d);
}

/* --- rows ----------------------------------------------------------------- */

static void
test_once(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	CU_ASSERT_FALSE(kit_is_spent(s, 1));
	CU_ASSERT_TRUE(kit_redeem(s, 1));
	CU_ASSERT_FALSE(kit_redeem(s, 1));
	CU_ASSERT_TRUE(kit_redeem(s, 2));
	store_close(s);
	s = kit_open(&d);
	CU_ASSERT_FALSE(kit_redeem(s, 1));
	store_close(s);
	kit_remove(&d);
}

static void
test_outcome_whole(void)
{
	AUTO(redemption_release) struct redemption r = kit_redemption();
	AUTO(redemption_release) struct redemption seen = { 0 };
	AUTO(redemption_release) struct redemption again = { 0 };
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = kit_outcome(1);
	struct outcome found = { 0 };

	CU_ASSERT_TRUE(kit_redeem(s, 1));
	KIT_OK(store_redemption(s, o.cti, &seen, &found));
	CU_ASSERT_EQUAL(seen.jwt.len, 0);
	CU_ASSERT_EQUAL(memcmp(seen.observed, r.observed, HASH_SIZE), 0);
	CU_ASSERT_EQUAL(memcmp(seen.tag, r.tag, HASH_SIZE), 0);
	CU_ASSERT_TRUE(
	        bytes_equal(buf_bytes(&seen.finding), buf_bytes(&r.finding)));
	CU_ASSERT_EQUAL(found.reasons, o.reasons);
	CU_ASSERT_EQUAL(found.policy_version, o.policy_version);
	CU_ASSERT_EQUAL(memcmp(found.vector, o.vector, sizeof(o.vector)), 0);
	CU_ASSERT_TRUE(
	        bytes_equal_str(store_small_bytes(&found.purpose), "order 66"));
	CU_ASSERT_EQUAL(memcmp(found.request, o.request, HASH_SIZE), 0);
	CU_ASSERT_TRUE(
	        bytes_equal_str(store_small_bytes(&found.release), "r-66"));
	CU_ASSERT_EQUAL(memcmp(found.account, o.account, HASH_SIZE), 0);
	CU_ASSERT_EQUAL(memcmp(found.nonce, o.nonce, HASH_SIZE), 0);
	/* The rest: a statement made from either is the same. */
	AUTO(buf_release) struct buf a = buf_of(4096);
	AUTO(buf_release) struct buf b = buf_of(4096);
	struct wire_result_sign ma = redeem_statement(&o, &r);
	struct wire_result_sign mb = redeem_statement(&found, &seen);
	wire_put_result_sign(&a, &ma);
	wire_put_result_sign(&b, &mb);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&a), buf_bytes(&b)));

	KIT_OK(store_jwt_set(s, o.cti, bytes_of_str("a.b.c")));
	KIT_OK(store_redemption(s, o.cti, &again, &found));
	CU_ASSERT_TRUE(bytes_equal_str(buf_bytes(&again.jwt), "a.b.c"));
	/* The first one stays: what a retry gets does not change. */
	redemption_release(&again);
	again = (struct redemption){ .expires_s = 0 };
	KIT_OK(store_jwt_set(s, o.cti, bytes_of_str("\x82")));
	KIT_OK(store_redemption(s, o.cti, &again, &found));
	CU_ASSERT_TRUE(bytes_equal_str(buf_bytes(&again.jwt), "a.b.c"));
	store_close(s);
	kit_remove(&d);
}

static void
test_uncommitted(void)
{
	AUTO(redemption_release) struct redemption r = kit_redemption();
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = kit_outcome(1);
	bool won = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_redeem(s, &o, &r, &won));
	KIT_OK(store_outcome_add(s, &o));
	store_close(s);
	s = kit_open(&d);
	CU_ASSERT_FALSE(kit_is_spent(s, 1));
	store_close(s);
	kit_remove(&d);
}

/* A challenge is never spent without a recorded outcome. */
static void
test_spent_has_outcome(void)
{
	AUTO(redemption_release) struct redemption r = kit_redemption();
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = kit_outcome(1);
	bool won = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_redeem(s, &o, &r, &won));
	CU_ASSERT_EQUAL(store_commit(s), E_IO);
	store_close(s);
	kit_remove(&d);
}

static void
test_sequence_unique(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = kit_outcome(1);

	KIT_OK(store_begin(s));
	KIT_OK(store_outcome_add(s, &o));
	CU_ASSERT_EQUAL(store_outcome_add(s, &o), E_IO);
	store_close(s);
	kit_remove(&d);
}

static void
check_epoch(struct store *s, uint32_t epoch, uint64_t heard_ms,
            uint64_t ended_ms)
{
	struct store_epoch e = { 0 };

	KIT_OK(store_epoch(s, 1, epoch, &e));
	CU_ASSERT_EQUAL(e.heard_ms, heard_ms);
	CU_ASSERT_EQUAL(e.ended_ms, ended_ms);
}

static void
test_epochs(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct store_life next = { 1, 9, { 0x99 } };
	const struct store_life other = { 1, 7, { 0x98 } };
	struct store_epoch e;
	uint32_t last = 1;

	CU_ASSERT_EQUAL(store_epoch(s, 1, 7, &e), E_NOT_FOUND);
	KIT_OK(store_epoch_live(s, &kit_life, 100));
	check_epoch(s, 7, 100, STORE_EPOCH_LIVES);
	CU_ASSERT_EQUAL(store_epoch(s, 2, 7, &e), E_NOT_FOUND);
	CU_ASSERT_EQUAL(store_epoch(s, 1, 8, &e), E_NOT_FOUND);
	KIT_OK(store_epoch_end(s, 1, 7, 200));
	check_epoch(s, 7, 100, 200);
	KIT_OK(store_epoch_end(s, 1, 7, 300)); /* it ended before */
	check_epoch(s, 7, 100, 200);
	KIT_OK(store_epoch_live(s, &other, 300)); /* not its life */
	check_epoch(s, 7, 100, 200);
	KIT_OK(store_epoch_live(s, &kit_life, 300)); /* an edge came back */
	check_epoch(s, 7, 100, STORE_EPOCH_LIVES);
	KIT_OK(store_epochs_end(s, 400));
	check_epoch(s, 7, 100, 400);
	KIT_OK(store_epoch_live(s, &kit_life, 500));
	KIT_OK(store_epoch_live(s, &next, 600));
	check_epoch(s, 7, 100, 600);
	check_epoch(s, 9, 600, STORE_EPOCH_LIVES);
	KIT_OK(store_epoch_last(s, 1, &last));
	CU_ASSERT_EQUAL(last, 9);
	KIT_OK(store_epoch_last(s, 2, &last));
	CU_ASSERT_EQUAL(last, 0);
	store_close(s);
	kit_remove(&d);
}

/* Everything that is known is shut; nothing is forgotten. */
static void
test_repair(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct store_repair done;
	struct store_marks m;
	const struct store_marks ahead = { .sequence = 1,
		                           .time_ms = KIT_NOW_MS + 9000000 };

	CU_ASSERT_TRUE(kit_redeem(s, 1));
	KIT_OK(store_epoch_live(s, &kit_life, KIT_NOW_MS));
	KIT_OK(store_marks_set(s, &ahead));
	KIT_OK(store_repair(s, KIT_NOW_MS + 7000, &done));
	CU_ASSERT_EQUAL(done.time_ms, KIT_NOW_MS + 9000000);
	CU_ASSERT_EQUAL(done.epochs, 1);
	KIT_OK(store_marks_get(s, &m));
	CU_ASSERT_EQUAL(m.sequence, 1);
	CU_ASSERT_EQUAL(m.time_ms, KIT_NOW_MS + 7000);
	CU_ASSERT_EQUAL(m.horizon_ms, KIT_NOW_MS + 7000);
	CU_ASSERT_EQUAL(m.created_ms, KIT_NOW_MS);
	check_epoch(s, 7, KIT_NOW_MS, STORE_EPOCH_SHUT);
	KIT_OK(store_epoch_live(s, &kit_life, KIT_NOW_MS + 8000));
	check_epoch(s, 7, KIT_NOW_MS, STORE_EPOCH_SHUT);
	CU_ASSERT_TRUE(kit_is_spent(s, 1));
	store_close(s);
	kit_remove(&d);
}

static void
test_sweep(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	size_t n = 0;

	for (uint64_t i = 1; i <= 10; i++)
		CU_ASSERT_TRUE(kit_redeem(s, i)); /* expire at NOW + 120 */
	KIT_OK(store_sweep(s, KIT_NOW_S + 120, 4, &n));
	CU_ASSERT_EQUAL(n, 0);
	KIT_OK(store_sweep(s, KIT_NOW_S + 121, 4, &n));
	CU_ASSERT_EQUAL(n, 4);
	KIT_OK(store_sweep(s, KIT_NOW_S + 121, 100, &n));
	CU_ASSERT_EQUAL(n, 6);
	CU_ASSERT_FALSE(kit_is_spent(s, 1));
	store_close(s);
	kit_remove(&d);
}

static struct enrolment
an_enrolment(const char *tenant, const char *handle, uint8_t identity)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S,
		               .state = WIRE_DEVICE_ACTIVE };

	(void)store_small_set(&e.tenant, bytes_of_str(tenant));
	(void)store_small_set(&e.handle, bytes_of_str(handle));
	(void)store_small_set(&e.format, bytes_of_str("a-format"));
	facts_kit_add(&e.facts, FACT_SHOWN, "ak_name",
	              bytes_of("\0\x0bname", 6));
	*facts_kit_level(&e.facts, "count") = 7;
	memset(e.identity, identity, sizeof(e.identity));
	return e;
}

static bool
enrol(struct store *s, const char *tenant, const char *handle, uint8_t identity)
{
	const struct enrolment e = an_enrolment(tenant, handle, identity);
	bool added = false;

	KIT_OK(store_enrolment_add(s, &e, &added));
	return added;
}

static void
test_enrolments(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct bytes a = bytes_of_str("a");
	struct bytes b = bytes_of_str("b");
	struct enrolment e = { 0 };
	uint8_t identity[HASH_SIZE];
	bool gone = false;

	memset(identity, 1, sizeof(identity));
	CU_ASSERT_TRUE(enrol(s, "a", "dh1_a", 1));
	CU_ASSERT_FALSE(enrol(s, "a", "dh1_z", 1));
	CU_ASSERT_FALSE(enrol(s, "b", "dh1_a", 2));
	CU_ASSERT_TRUE(enrol(s, "b", "dh1_b", 1));
	KIT_OK(store_enrolment(s, a, bytes_of_str("dh1_a"), &e));
	CU_ASSERT(store_identity_is(&e, identity));
	CU_ASSERT_EQUAL(e.enrolled_s, KIT_NOW_S);
	CU_ASSERT_EQUAL(e.state, WIRE_DEVICE_ACTIVE);
	CU_ASSERT_EQUAL(e.facts.n, 2);
	CU_ASSERT(bytes_equal(facts_kit_bytes(&e.facts, "ak_name"),
	                      bytes_of("\0\x0bname", 6)));
	CU_ASSERT_EQUAL(facts_kit_number(&e.facts, "count"), 7);
	CU_ASSERT_EQUAL(store_enrolment(s, b, bytes_of_str("dh1_a"), &e),
	                E_NOT_FOUND);
	KIT_OK(store_enrolment_of(s, b, identity, &e));
	CU_ASSERT_TRUE(bytes_equal_str(store_small_bytes(&e.handle), "dh1_b"));

	KIT_OK(store_enrolment_delete(s, b, bytes_of_str("dh1_a"), &gone));
	CU_ASSERT_FALSE(gone);
	KIT_OK(store_enrolment_delete(s, a, bytes_of_str("dh1_a"), &gone));
	CU_ASSERT_TRUE(gone);
	CU_ASSERT_EQUAL(store_enrolment(s, a, bytes_of_str("dh1_a"), &e),
	                E_NOT_FOUND);
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "makes a private database, whole or not at all", test_make },
	{ "makes it again after a start that was cut short", test_make_again },
	{ "refuses a second ledger", test_locked },
	{ "lets one spend a challenge", test_once },
	{ "keeps every column of an outcome", test_outcome_whole },
	{ "forgets what was not committed", test_uncommitted },
	{ "commits no redemption without outcome", test_spent_has_outcome },
	{ "refuses a sequence twice", test_sequence_unique },
	{ "knows the epochs it was told", test_epochs },
	{ "shuts by a repair all that it knows", test_repair },
	{ "sweeps what expired, in bounded steps", test_sweep },
	{ "keeps enrolments apart by tenant", test_enrolments },
	{ NULL, NULL },
};
HARNESS_MAIN("store", tests)
