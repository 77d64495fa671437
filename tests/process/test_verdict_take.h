/*
 * test_verdict_take.h - a verdict, as a test that is the ledger gets it.
 */
#ifndef PROCESS_TEST_VERDICT_TAKE_H
#define PROCESS_TEST_VERDICT_TAKE_H

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"
#include "wire/wire.h"

/* The verdict that comes next; it views the peer's packet. */
static inline struct wire_verdict
take_verdict(struct peer *ledger)
{
	struct wire_verdict v = { 0 };
	struct bytes packet;

	CU_ASSERT_FATAL(peer_receive_id(ledger, WIRE_ID_VERDICT,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_verdict(packet, &v), OK);
	return v;
}

#endif
