/*
 * test_keyholder_turns.c - results and handles of a tenant do not wait for all
 * those of another one that came before.  By the order of the answers alone.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/keyholder_rig.h"
#include "base/clock.h"

#define CROWD 8
#define LATE 99
/* So slow that all have come before the second one is signed. */
#define SLOW "C_Sign every delay 100"

/* The crowd's and then the late one's, all at once. */
static void
send_all(struct rig *r, void (*put)(struct rig *, const char *, uint64_t))
{
	for (uint64_t i = 1; i <= CROWD; i++) {
		put(r, "backend-a", i);
		CU_ASSERT_TRUE(peer_queue(r->ledger, &r->packet));
	}
	put(r, "backend-b", LATE);
	CU_ASSERT_TRUE(peer_queue(r->ledger, &r->packet));
	CU_ASSERT_TRUE(peer_flush(r->ledger));
}

static uint64_t
next_answer(struct rig *r, uint16_t id)
{
	struct wire_result_signed result;
	struct wire_handle_made handle;
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(
	        peer_receive_id(r->ledger, id, HARNESS_WAIT_MS, &packet));
	if (id == WIRE_ID_RESULT_SIGNED) {
		CU_ASSERT_EQUAL(wire_get_result_signed(packet, &result), OK);
		return result.request;
	}
	CU_ASSERT_EQUAL(wire_get_handle_made(packet, &handle), OK);
	return handle.request;
}

/* The late one is answered after at most two: the one in the device, and the one
 * whose turn had come; the crowd keeps its order. */
static void
expect_turns(struct rig *r, uint16_t id)
{
	uint64_t last = 0;
	unsigned late_at = 0;

	for (unsigned i = 1; i <= CROWD + 1; i++) {
		uint64_t request = next_answer(r, id);

		if (request == LATE) {
			late_at = i;
			continue;
		}
		CU_ASSERT_EQUAL(request, last + 1);
		last = request;
	}
	CU_ASSERT(late_at >= 1 && late_at <= 3);
}

static void
put_result(struct rig *r, const char *tenant, uint64_t request)
{
	struct wire_result_sign m = rig_result(r, request);
	struct wire_finding f = verdict_kit_forged();

	f.tenant = bytes_of_str(tenant);
	buf_reset(&r->finding);
	verdict_kit_seal(&m, &f, VERDICT_KIT_KEY, &r->finding);
	wire_put_result_sign(&r->packet, &m);
}

static void
put_handle(struct rig *r, const char *tenant, uint64_t request)
{
	const struct wire_handle_derive m = { .request = request,
		                              .tenant = bytes_of_str(tenant) };

	wire_put_handle_derive(&r->packet, &m);
}

static void
expect_fair(void (*put)(struct rig *, const char *, uint64_t), uint16_t id)
{
	RIG(r);
	if (!rig_shim(&r, SLOW)) {
		harness_skip("no shim is built");
		return;
	}
	life_open(&r);
	send_all(&r, put);
	expect_turns(&r, id);
}

static void
test_results(void)
{
	expect_fair(put_result, WIRE_ID_RESULT_SIGNED);
}

static void
test_handles(void)
{
	expect_fair(put_handle, WIRE_ID_HANDLE_MADE);
}

static const struct harness_test tests[] = {
	{ "a tenant does not wait for all results of another one",
	  test_results },
	{ "a tenant does not wait for all handles of another one",
	  test_handles },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder_turns", tests)
