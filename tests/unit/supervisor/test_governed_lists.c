/*
 * test_governed_lists.c - which revocation lists the supervisor lets come into
 * force under a trust bundle.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "supervisor/revoked.h"
#include "tests/unit/supervisor/test_governed_kit.h"

/* Hands over an empty list that was fetched then. */
static bool
bring_list(struct rig *r, uint64_t at_s)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(revocations_free) struct revocations *list = NULL;
	AUTO(close_fd) int file = memfd_create("list", MFD_CLOEXEC);

	CU_ASSERT_FATAL(file >= 0);
	CU_ASSERT_EQUAL_FATAL(revocations_read(bytes_of_str("{\"entries\":{}}"),
	                                       at_s, &why, &list),
	                      OK);
	struct bytes text = revocations_file(list);
	CU_ASSERT_EQUAL(write(file, text.data, text.len), (ssize_t)text.len);
	return revoked_judge(&r->s, file);
}

static void
test_from(void)
{
	struct rig *r = rig_new();
	char kept[128];

	r->config.revocation_file = r->config.revocation_accepted = "";
	r->s.revoked.file = -1;
	put_chain(r, &r->kit, 1);
	begin(r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->s.governed.bundle);
	uint64_t from_s = r->s.governed.bundle->revocations_from_s;
	CU_ASSERT_FALSE(bring_list(r, from_s - 1));
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.revoked.why, "revocations_from"));
	CU_ASSERT_TRUE(bring_list(r, from_s));
	CU_ASSERT_FALSE(revoked_outdated(&r->s));

	/* A new bundle: what is in force stays, and is said to be too old. */
	struct bundle *next =
	        chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha bravo");
	next->revocations_from_s++;
	put_chain(r, &r->kit, 2);
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_TRUE(revoked_outdated(&r->s));
	CU_ASSERT_TRUE(bring_list(r, from_s + 1));
	CU_ASSERT_FALSE(revoked_outdated(&r->s));

	revoked_release(&r->s.revoked);
	snprintf(kept, sizeof(kept), "%s/" LAST_GOOD_REVOCATION, r->state);
	(void)unlink(kept);
	rig_free(r);
}

static const struct harness_test tests[] = {
	{ "none that is older than the bundle allows", test_from },
	{ NULL, NULL },
};

HARNESS_MAIN("governed_lists", tests)
