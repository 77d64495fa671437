/*
 * test_store.c - the ledger's store: rows, durability, and every file that it
 * must not open.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "test_ledger_kit.h"

#include "../../src/ledger/store_file.h"

static struct outcome
an_outcome(uint64_t sequence)
{
	struct outcome o;
	const struct cti cti = { .node = 1, .epoch = 7, .serial = sequence };

	/* Every byte differs from zero, so that a column that is left out
	 * shows. */
	memset(&o, 0x5a, sizeof(o));
	o.sequence = sequence;
	o.redeemed = 1;
	cti_encode(&cti, o.cti);
	o.recorded_ms = KIT_NOW_MS;
	o.issued_s = KIT_NOW_S;
	o.expires_s = KIT_NOW_S + 300;
	o.reasons = UINT64_C(1) << 63 | 5;
	o.workflow = 2;
	o.present = 31;
	o.policy_version = 4000000000;
	KIT_OK(store_small_set(&o.tenant, bytes_of_str("tenant")) ? OK : E_BUG);
	(void)store_small_set(&o.device_handle, bytes_of_str("dh1_x"));
	(void)store_small_set(&o.channel, bytes_of_str("beta"));
	(void)store_small_set(&o.purpose, bytes_of_str("order 66"));
	(void)store_small_set(&o.format, bytes_of_str("tpm2-quote"));
	(void)store_small_set(&o.policy_id, bytes_of_str("demo"));
	return o;
}

static const uint8_t observed[HASH_SIZE] = { 9, 8, 7 };

/* One redemption in a transaction of its own. */
static bool
redeem_one(struct store *s, uint64_t sequence)
{
	const struct outcome o = an_outcome(sequence);
	bool won = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_redeem(s, &o, KIT_NOW_S + 120, observed, &won));
	if (won)
		KIT_OK(store_outcome_add(s, &o));
	KIT_OK(store_commit(s));
	return won;
}

static bool
is_spent(struct store *s, uint64_t serial)
{
	AUTO(buf_release) struct buf jwt = buf_of(4096);
	const struct outcome o = an_outcome(serial);
	store_hash seen;
	struct outcome found;
	err_t err = store_redemption(s, o.cti, &jwt, &seen, &found);

	CU_ASSERT(err == OK || err == E_NOT_FOUND);
	return err == OK;
}

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
	CU_ASSERT_TRUE(redeem_one(s, 1));
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

	CU_ASSERT_FALSE(is_spent(s, 1));
	CU_ASSERT_TRUE(redeem_one(s, 1));
	CU_ASSERT_FALSE(redeem_one(s, 1));
	CU_ASSERT_TRUE(redeem_one(s, 2));
	store_close(s);
	s = kit_open(&d);
	CU_ASSERT_FALSE(redeem_one(s, 1));
	store_close(s);
	kit_remove(&d);
}

static void
test_outcome_whole(void)
{
	AUTO(buf_release) struct buf jwt = buf_of(4096);
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = an_outcome(1);
	struct outcome found = { 0 };
	store_hash seen = { 0 };

	CU_ASSERT_TRUE(redeem_one(s, 1));
	KIT_OK(store_redemption(s, o.cti, &jwt, &seen, &found));
	CU_ASSERT_EQUAL(jwt.len, 0);
	CU_ASSERT_EQUAL(memcmp(seen, observed, sizeof(seen)), 0);
	CU_ASSERT_EQUAL(found.reasons, o.reasons);
	CU_ASSERT_EQUAL(found.policy_version, o.policy_version);
	CU_ASSERT_EQUAL(memcmp(found.vector, o.vector, sizeof(o.vector)), 0);
	CU_ASSERT_TRUE(
	        bytes_equal_str(store_small_bytes(&found.purpose), "order 66"));
	/* The rest: a statement made from either is the same. */
	AUTO(buf_release) struct buf a = buf_of(4096);
	AUTO(buf_release) struct buf b = buf_of(4096);
	struct wire_result_sign ma = redeem_statement(&o);
	struct wire_result_sign mb = redeem_statement(&found);
	wire_put_result_sign(&a, &ma);
	wire_put_result_sign(&b, &mb);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&a), buf_bytes(&b)));

	KIT_OK(store_jwt_set(s, o.cti, bytes_of_str("a.b.c")));
	KIT_OK(store_redemption(s, o.cti, &jwt, &seen, &found));
	CU_ASSERT_TRUE(bytes_equal_str(buf_bytes(&jwt), "a.b.c"));
	store_close(s);
	kit_remove(&d);
}

static void
test_uncommitted(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = an_outcome(1);
	bool won = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_redeem(s, &o, KIT_NOW_S, observed, &won));
	KIT_OK(store_outcome_add(s, &o));
	store_close(s);
	s = kit_open(&d);
	CU_ASSERT_FALSE(is_spent(s, 1));
	store_close(s);
	kit_remove(&d);
}

/* A challenge is never spent without a recorded outcome. */
static void
test_spent_has_outcome(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = an_outcome(1);
	bool won = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_redeem(s, &o, KIT_NOW_S, observed, &won));
	CU_ASSERT_EQUAL(store_commit(s), E_IO);
	store_close(s);
	kit_remove(&d);
}

static void
test_sequence_unique(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = an_outcome(1);

	KIT_OK(store_begin(s));
	KIT_OK(store_outcome_add(s, &o));
	CU_ASSERT_EQUAL(store_outcome_add(s, &o), E_IO);
	store_close(s);
	kit_remove(&d);
}

static void
test_epochs(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	bool known = true;

	KIT_OK(store_epoch_known(s, 1, 7, &known));
	CU_ASSERT_FALSE(known);
	KIT_OK(store_epoch_add(s, 1, 7, KIT_NOW_S));
	KIT_OK(store_epoch_add(s, 1, 7, KIT_NOW_S));
	KIT_OK(store_epoch_known(s, 1, 7, &known));
	CU_ASSERT_TRUE(known);
	KIT_OK(store_epoch_known(s, 2, 7, &known));
	CU_ASSERT_FALSE(known);
	KIT_OK(store_epoch_known(s, 1, 8, &known));
	CU_ASSERT_FALSE(known);
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
		CU_ASSERT_TRUE(redeem_one(s, i)); /* expire at NOW + 120 */
	KIT_OK(store_sweep(s, KIT_NOW_S + 120, 4, &n));
	CU_ASSERT_EQUAL(n, 0);
	KIT_OK(store_sweep(s, KIT_NOW_S + 121, 4, &n));
	CU_ASSERT_EQUAL(n, 4);
	KIT_OK(store_sweep(s, KIT_NOW_S + 121, 100, &n));
	CU_ASSERT_EQUAL(n, 6);
	CU_ASSERT_FALSE(is_spent(s, 1));
	store_close(s);
	kit_remove(&d);
}

static struct enrolment
an_enrolment(const char *tenant, const char *handle, uint8_t identity)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S,
		               .state = ENROLMENT_ACTIVE };

	(void)store_small_set(&e.tenant, bytes_of_str(tenant));
	(void)store_small_set(&e.handle, bytes_of_str(handle));
	(void)store_small_set(&e.ak_name, bytes_of("\0\x0bname", 6));
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
	bool gone = false;

	CU_ASSERT_TRUE(enrol(s, "a", "dh1_a", 1));
	CU_ASSERT_FALSE(enrol(s, "a", "dh1_z", 1));
	CU_ASSERT_FALSE(enrol(s, "b", "dh1_a", 2));
	CU_ASSERT_TRUE(enrol(s, "b", "dh1_b", 1));
	KIT_OK(store_enrolment(s, a, bytes_of_str("dh1_a"), &e));
	CU_ASSERT_EQUAL(e.identity[31], 1);
	CU_ASSERT_EQUAL(e.enrolled_s, KIT_NOW_S);
	CU_ASSERT_EQUAL(e.state, ENROLMENT_ACTIVE);
	CU_ASSERT_EQUAL(e.ak_name.len, 6);
	CU_ASSERT_EQUAL(store_enrolment(s, b, bytes_of_str("dh1_a"), &e),
	                E_NOT_FOUND);
	KIT_OK(store_enrolment_of(s, b, e.identity, &e));
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

/* --- durability ----------------------------------------------------------- */

static void
redeem_group(struct store *s, uint64_t first, uint64_t n)
{
	bool won = false;

	KIT_OK(store_begin(s));
	for (uint64_t i = first; i < first + n; i++) {
		const struct outcome o = an_outcome(i);
		KIT_OK(store_redeem(s, &o, KIT_NOW_S, observed, &won));
		KIT_OK(store_outcome_add(s, &o));
	}
	KIT_OK(store_commit(s));
}

static void
test_syncs(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	redeem_group(s, 1, 1); /* the log's own header is synced with it */
	for (uint64_t group = 0; group < 10; group++) {
		kit_disk_reset();
		redeem_group(s, 1000 * (group + 1), group * 8 + 1);
		CU_ASSERT_EQUAL(kit_disk.syncs, 1);
	}
	store_close(s);
	kit_remove(&d);
}

static void
test_make_syncs(void)
{
	struct kit_dir d = kit_dir();

	kit_disk_reset();
	store_close(kit_open(&d));
	CU_ASSERT(kit_disk.syncs >= 3);
	CU_ASSERT_TRUE(kit_disk.published);
	kit_remove(&d);
}

static void
test_sync_fails(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = an_outcome(2);
	bool won = false;

	CU_ASSERT_TRUE(redeem_one(s, 1));
	KIT_OK(store_begin(s));
	KIT_OK(store_redeem(s, &o, KIT_NOW_S, observed, &won));
	KIT_OK(store_outcome_add(s, &o));
	kit_disk.fail_after = 1;
	CU_ASSERT_EQUAL(store_commit(s), E_IO);
	store_close(s);
	kit_disk_reset();
	s = kit_open(&d);
	CU_ASSERT_TRUE(is_spent(s, 1));
	store_close(s);
	kit_remove(&d);
}

static void
test_checkpoint(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct stat st;

	/* Far more pages than one log may have: it must have been reused. */
	for (uint64_t i = 0; i < 60; i++) {
		redeem_group(s, 1 + i * 100, 100);
		KIT_OK(store_checkpoint(s));
	}
	CU_ASSERT_EQUAL(stat(kit_path(&d, STORE_FILE "-wal"), &st), 0);
	CU_ASSERT(st.st_size < 8 * 1024 * 1024);
	CU_ASSERT_EQUAL(stat(kit_path(&d, STORE_FILE), &st), 0);
	CU_ASSERT(st.st_size > 1024 * 1024);
	store_close(s);
	s = kit_open(&d);
	CU_ASSERT_TRUE(is_spent(s, 5999));
	store_close(s);
	kit_remove(&d);
}

/* Redeems until the disk is full; tells how many commits were acknowledged. */
static void
fill_disk(const struct kit_dir *d, int fd)
{
	const struct rlimit limit = { 300000, 300000 };
	struct store *s = kit_open(d);
	uint64_t n = 0;
	bool won = false;
	err_t err = OK;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		_exit(2);
	while (err == OK && n < 100000) {
		const struct outcome o = an_outcome(n + 1);
		err = store_begin(s);
		if (err == OK)
			err = store_redeem(s, &o, KIT_NOW_S, observed, &won);
		if (err == OK)
			err = store_outcome_add(s, &o);
		if (err == OK)
			err = store_commit(s);
		if (err == OK)
			n++;
	}
	if (write(fd, &n, sizeof(n)) != sizeof(n) || err != E_IO)
		_exit(3);
	_exit(0); /* as killed: nothing is tidied up */
}

static void
test_disk_full(void)
{
	struct kit_dir d = kit_dir();
	int fds[2];
	int status = -1;
	uint64_t n = 0;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0)
		fill_disk(&d, fds[1]);
	CU_ASSERT_EQUAL(read(fds[0], &n, sizeof(n)), sizeof(n));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	close(fds[0]);
	close(fds[1]);

	struct store *s = kit_open(&d);
	CU_ASSERT(n > 10);
	for (uint64_t i = 1; i <= n; i++)
		CU_ASSERT_TRUE(is_spent(s, i));
	CU_ASSERT_FALSE(is_spent(s, n + 1));
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
	{ "sweeps what expired, in bounded steps", test_sweep },
	{ "keeps enrolments apart by tenant", test_enrolments },
	{ "syncs once a group, never less", test_syncs },
	{ "syncs a new database and its directory", test_make_syncs },
	{ "claims nothing when a sync fails", test_sync_fails },
	{ "moves the log into the database", test_checkpoint },
	{ "loses nothing when the disk is full", test_disk_full },
	{ NULL, NULL },
};
HARNESS_MAIN("store", tests)
