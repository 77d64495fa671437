/*
 * test_privacy.c - what the files of the ledger have of a device, and what is left
 * when it is deleted: the bytes of all files are searched.
 */
#include <sys/stat.h>

#include "ledger/store/preregistrations.h"
#include "ledger/store/retention.h"
#include "tests/unit/ledger/test_ledger_versions.h"
#include "tests/unit/ledger/test_privacy_kit.h"

#define TENANT "backend-a"
#define DEVICES 3000u /* many pages, which were split while they grew */
#define DELETED 300u

static void
delete_device(struct store *s, const struct enrolment *e)
{
	bool deleted = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_enrolment_delete(s, store_small_bytes(&e->tenant),
	                              store_small_bytes(&e->handle), &deleted));
	KIT_OK(store_commit(s));
	CU_ASSERT(deleted);
}

static void
expect_empty_log(const struct kit_dir *d)
{
	struct stat st = { .st_size = -1 };

	CU_ASSERT_EQUAL(stat(kit_path(d, STORE_FILE "-wal"), &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 0);
}

static void
test_deletion(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	privacy_fill(s, TENANT, DEVICES);
	AUTO(buf_release) struct buf before = kit_snapshot(d.path);
	for (unsigned i = 0; i < DELETED; i++) {
		const struct enrolment e = privacy_device(TENANT, i * 10);

		CU_ASSERT(found_in(&before, store_small_bytes(&e.handle)) >= 4);
		CU_ASSERT(found_beside_handle(&before, &e) >= 3);
		delete_device(s, &e);
	}
	KIT_OK(store_scrub(s));
	expect_empty_log(&d);
	AUTO(buf_release) struct buf after = kit_snapshot(d.path);
	for (unsigned i = 0; i < DELETED; i++) {
		struct enrolment e = privacy_device(TENANT, i * 10);

		CU_ASSERT_EQUAL(found_in(&after, store_small_bytes(&e.handle)),
		                0);
		CU_ASSERT_EQUAL(found_beside_handle(&after, &e), 0);
		e = privacy_device(TENANT, i * 10 + 1); /* a neighbour */
		CU_ASSERT(found_in(&after, store_small_bytes(&e.handle)) >= 4);
	}
	store_close(s);
	kit_remove(&d);
}

static void
delete_entry(struct store *s, const struct known_name *name)
{
	bool deleted = false;

	KIT_OK(store_known_delete(s, bytes_of_str(TENANT), name, &deleted));
	CU_ASSERT(deleted);
}

static void
end_entries(struct store *s, const struct known_name *name)
{
	uint64_t n = 0;

	(void)name;
	KIT_OK(store_known_end(s, KIT_NOW_S, 100, &n));
	CU_ASSERT_EQUAL(n, 1);
}

/* What is left in the files of an entry that was removed so. */
static void
expect_unlisted(void (*remove_fn)(struct store *, const struct known_name *))
{
	const struct known_name name = { .kind = WIRE_PREREGISTRATION_KEY,
		                         .digest =
		                                 "digest of a key, 32 bytes" };
	struct known_device k = { .name = name,
		                  .devices = 1,
		                  .expires_s = KIT_NOW_S };
	const struct bytes label = bytes_of_str("serial number 4711");
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	bool added = false;

	CU_ASSERT(store_small_set(&k.label, label));
	KIT_OK(store_begin(s));
	KIT_OK(store_known_add(s, bytes_of_str(TENANT), &k, &added));
	KIT_OK(store_commit(s));
	KIT_OK(store_scrub(s));
	AUTO(buf_release) struct buf before = kit_snapshot(d.path);
	CU_ASSERT(found_in(&before, label) >= 1);
	KIT_OK(store_begin(s));
	remove_fn(s, &name);
	KIT_OK(store_commit(s));
	KIT_OK(store_scrub(s));
	expect_empty_log(&d);
	AUTO(buf_release) struct buf after = kit_snapshot(d.path);
	CU_ASSERT_EQUAL(found_in(&after, label), 0);
	store_close(s);
	kit_remove(&d);
}

/* Nor does an entry of the list of known devices, which an officer deletes. */
static void
test_unlisted(void)
{
	expect_unlisted(delete_entry);
}

/* Nor one that has ended, which the retention deletes. */
static void
test_unlisted_ended(void)
{
	expect_unlisted(end_entries);
}

/* A ledger that was killed after a deletion has left the rows in its log; the next
 * one empties it. */
static void
test_killed(void)
{
	const struct enrolment e = privacy_device(TENANT, 0);
	const struct bytes handle = store_small_bytes(&e.handle);
	struct kit_dir d = kit_dir(), next = kit_dir();
	struct store *s = kit_open(&d);

	privacy_fill(s, TENANT, 10);
	delete_device(s, &e);
	copy_file(&d, &next, STORE_FILE);
	copy_file(&d, &next, STORE_FILE "-wal");
	store_close(s);
	kit_remove(&d);
	s = kit_open(&next);
	AUTO(buf_release) struct buf before = kit_snapshot(next.path);
	CU_ASSERT(found_in(&before, handle) > 0);
	KIT_OK(store_scrub(s));
	AUTO(buf_release) struct buf after = kit_snapshot(next.path);
	CU_ASSERT_EQUAL(found_in(&after, handle), 0);
	store_close(s);
	kit_remove(&next);
}

/* The digest of its key, as the evidence has it, is nowhere at any time. */
static void
test_no_identity(void)
{
	const struct enrolment e = privacy_device(TENANT, 0);
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	privacy_fill(s, TENANT, 1);
	AUTO(buf_release) struct buf files = kit_snapshot(d.path);
	CU_ASSERT_EQUAL(found_in(&files, bytes_of(e.identity, HASH_SIZE)), 0);
	store_close(s);
	kit_remove(&d);
}

/* A database of before had it, and the name of a TPM's key: the upgrade leaves
 * neither in the file, and the device is found. */
static void
test_upgrade(void)
{
	uint8_t identity[HASH_SIZE];
	struct kit_dir d = kit_dir();
	struct enrolment e = { 0 };

	memset(identity, 0xab, sizeof(identity));
	run(&d, version_4);
	run(&d, "INSERT INTO enrolments VALUES ('dh1_a', 't', x'"
	        "abababababababababababababababab"
	        "abababababababababababababababab', 1794000001, 1, 'f');"
	        "INSERT INTO facts VALUES ('dh1_a', 'ak_name', 1,"
	        " x'000b5ae25ae25ae25ae25ae25ae2')");
	const struct bytes name =
	        bytes_of("\x5a\xe2\x5a\xe2\x5a\xe2\x5a\xe2", 8);
	AUTO(buf_release) struct buf before = kit_snapshot(d.path);
	CU_ASSERT(found_in(&before, bytes_of(identity, HASH_SIZE)) > 0);
	CU_ASSERT(found_in(&before, name) > 0);
	struct store *s = kit_open(&d);
	KIT_OK(store_enrolment_of(s, bytes_of_str("t"), identity, &e));
	CU_ASSERT(bytes_equal_str(store_small_bytes(&e.handle), "dh1_a"));
	CU_ASSERT_EQUAL(e.facts.n, 0);
	store_close(s);
	AUTO(buf_release) struct buf after = kit_snapshot(d.path);
	CU_ASSERT(found_in(&after, bytes_of_str("dh1_a")) > 0);
	CU_ASSERT_EQUAL(found_in(&after, bytes_of(identity, HASH_SIZE)), 0);
	CU_ASSERT_EQUAL(found_in(&after, name), 0);
	kit_remove(&d);
}

/* One outcome, and for a while what a retry needs, outlive the device. */
static void
test_outcome_stays(void)
{
	const struct enrolment e = privacy_device(TENANT, 0);
	const struct bytes handle = store_small_bytes(&e.handle);
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	uint64_t deleted = 0;
	size_t n = 0;

	privacy_fill(s, TENANT, 20);
	privacy_redeem(s, &e, 1);
	delete_device(s, &e);
	KIT_OK(store_scrub(s));
	AUTO(buf_release) struct buf both = kit_snapshot(d.path);
	CU_ASSERT_EQUAL(found_in(&both, handle), 3); /* outcome, finding, jwt */
	CU_ASSERT_EQUAL(found_beside_handle(&both, &e), 0);

	/* While the spent challenge is kept, so is its outcome. */
	KIT_OK(store_begin(s));
	KIT_OK(store_outcomes_delete(s, UINT64_MAX >> 1, 100, &deleted));
	CU_ASSERT_EQUAL(deleted, 0);
	KIT_OK(store_sweep(s, KIT_NOW_S + 121, 100, &n));
	KIT_OK(store_commit(s));
	CU_ASSERT_EQUAL(n, 1);
	store_close(s); /* a checkpoint */
	s = kit_open(&d);
	AUTO(buf_release) struct buf outcome = kit_snapshot(d.path);
	CU_ASSERT_EQUAL(found_in(&outcome, handle), 1);

	KIT_OK(store_begin(s));
	KIT_OK(store_outcomes_delete(s, KIT_NOW_MS, 100, &deleted));
	CU_ASSERT_EQUAL(deleted, 0); /* it is not older */
	KIT_OK(store_outcomes_delete(s, KIT_NOW_MS + 1, 100, &deleted));
	CU_ASSERT_EQUAL(deleted, 1);
	KIT_OK(store_commit(s));
	KIT_OK(store_scrub(s));
	AUTO(buf_release) struct buf none = kit_snapshot(d.path);
	CU_ASSERT_EQUAL(found_in(&none, handle), 0);
	store_close(s);
	kit_remove(&d);
}

/* --- attempts -------------------------------------------------------------- */

static struct permit_of
permit_of(const struct enrolment *e)
{
	return (struct permit_of){ .handle = store_small_bytes(&e->handle),
		                   .release = bytes_of_str(PRIVACY_RELEASE),
		                   .channel = bytes_of_str(PRIVACY_CHANNEL) };
}

static uint64_t
permits_valid(struct store *s)
{
	const struct permits_query q = { PERMITS_VALID, KIT_NOW_S, 100 };
	const struct permit_of of = { .release = bytes_of_str(PRIVACY_RELEASE),
		                      .channel =
		                              bytes_of_str(PRIVACY_CHANNEL) };
	uint64_t n = 0;

	KIT_OK(store_permits(s, &q, &of, &n));
	return n;
}

/* The permits of a deleted device are counted on, and are its own again when the
 * same key is enrolled again. */
static void
test_attempts(void)
{
	const struct enrolment e = privacy_device(TENANT, 0);
	const struct permit_of of = permit_of(&e);
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct permit p = { 0 };
	bool added = false;

	privacy_fill(s, TENANT, 3);
	CU_ASSERT_EQUAL(permits_valid(s), 3);
	delete_device(s, &e);
	CU_ASSERT_EQUAL(permits_valid(s), 3);
	CU_ASSERT_EQUAL(store_permit(s, &of, &p), E_NOT_FOUND);
	KIT_OK(store_enrolment_add(s, &e, &added));
	CU_ASSERT(added);
	KIT_OK(store_permit(s, &of, &p));
	CU_ASSERT_EQUAL(p.attempts, 2);
	CU_ASSERT_EQUAL(p.given_s, KIT_NOW_S);
	CU_ASSERT_EQUAL(permits_valid(s), 3);
	store_close(s);
	kit_remove(&d);
}

/* --- two tenants ----------------------------------------------------------- */

/* No stored value of a device that only it has is the same at two tenants. */
static void
test_two_tenants(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct enrolment a = privacy_device("backend-a", 5);
	struct enrolment b = privacy_device("backend-b", 5);

	CU_ASSERT_EQUAL(memcmp(a.identity, b.identity, HASH_SIZE), 0);
	privacy_fill(s, "backend-a", 10);
	privacy_fill(s, "backend-b", 10);
	const uint8_t *const identity = a.identity;
	uint8_t key[HASH_SIZE];
	memcpy(key, identity, sizeof(key));
	KIT_OK(store_enrolment_of(s, bytes_of_str("backend-a"), key, &a));
	KIT_OK(store_enrolment_of(s, bytes_of_str("backend-b"), key, &b));
	CU_ASSERT_NOT_EQUAL(memcmp(a.identity, b.identity, HASH_SIZE), 0);
	AUTO(buf_release) struct buf files = kit_snapshot(d.path);
	CU_ASSERT(found_in(&files, bytes_of(a.identity, HASH_SIZE)) > 0);
	CU_ASSERT(found_in(&files, bytes_of(b.identity, HASH_SIZE)) > 0);
	/* When both are deleted, what is kept does not join them either. */
	struct store_small one, other;
	KIT_OK(store_name_deleted(store_small_bytes(&a.tenant),
	                          store_small_bytes(&a.handle), &one));
	KIT_OK(store_name_deleted(store_small_bytes(&b.tenant),
	                          store_small_bytes(&a.handle), &other));
	CU_ASSERT_NOT_EQUAL(memcmp(one.data + one.len - 43,
	                           other.data + other.len - 43, 43),
	                    0);
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "a deletion leaves nothing in any file", test_deletion },
	{ "nor does that of an entry of the list", test_unlisted },
	{ "nor does the end of an entry of the list", test_unlisted_ended },
	{ "nor when the ledger was killed before", test_killed },
	{ "the digest of a key is in no file", test_no_identity },
	{ "nor after an upgrade", test_upgrade },
	{ "the outcome stays until it is deleted", test_outcome_stays },
	{ "deleting and enrolling resets no attempt", test_attempts },
	{ "nothing joins a device's rows at two tenants", test_two_tenants },
	{ NULL, NULL },
};

HARNESS_MAIN("privacy", tests)
