/*
 * test_front_shadow.c - the real front, and what verifier and ledger tell it of a
 * shadow policy: it counts, and it ends when a label would be none.
 */
#include <stdio.h>
#include <string.h>

#include "proc/role.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"
#include "wire/reason.h"

#define METRIC "\nanchord_front_shadow_"

static void
say_result(const char *id, reason_set reasons, reason_set shadow)
{
	const struct wire_result m = { .request = 99999,
		                       .reasons = reasons,
		                       .shadow_id = bytes_of_str(id),
		                       .shadow_reasons = shadow };

	wire_put_result(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
}

static void
test_counted(void)
{
	begin_front(NULL);
	const struct wire_shadow_known known = { .version = 4,
		                                 .refused = WIRE_FLAG_YES };

	wire_put_shadow_known(&rig->packet, &known);
	CU_ASSERT(front_rig_say(rig, rig->verifier));
	CU_ASSERT(has_metric_soon(METRIC "policy_version 4\n"));
	CU_ASSERT(has_metric(METRIC "policy_refused 1\n"));
	/* Its client has gone: the challenge is spent all the same. */
	say_result("next", 0, reason_bit(REASON_BOOT_STATE));
	CU_ASSERT(has_metric_soon(METRIC "results_total{shadow=\"next\","
	                                 "difference=\"refuses\"} 1\n"));
	/* The ledger says so of a retry, and of what nobody judged. */
	say_result("", 0, 0);
	say_result("next", 0, 0);
	CU_ASSERT(has_metric_soon(METRIC "results_total{shadow=\"next\","
	                                 "difference=\"none\"} 1\n"));
	CU_ASSERT(has_metric(METRIC "results_total{shadow=\"next\","
	                            "difference=\"refuses\"} 1\n"));
	end_front();
}

/* A label that is none would forge lines of the metrics. */
static void
test_no_label(void)
{
	static const struct {
		const char *id;
		reason_set reasons;
	} rows[] = {
		{ "a\"} 1", 0 },
		{ "(other)", 0 },
		{ "next", UINT64_C(1) << 63 },
		{ "", 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		begin_front(NULL);
		say_result(rows[i].id, 0, rows[i].reasons);
		int status = lifeline_wait_exit(rig->front, HARNESS_WAIT_MS);
		if (status != ROLE_EXIT_WIRE)
			fprintf(stderr, "row %zu: %d\n", i, status);
		CU_ASSERT_EQUAL(status, ROLE_EXIT_WIRE);
		front_rig_free(rig);
	}
}

/* Outcomes are asked for by policy and by how they differ. */
static void
test_query(void)
{
	static const char *const bad[] = { "?shadow=", "?shadow=Next",
		                           "?shadow=(other)",
		                           "?difference=none",
		                           "?difference=maybe" };
	struct wire_outcomes_ask m = { 0 };
	struct bytes packet;

	begin_front(NULL);
	AUTO(raw_free) struct raw *c = backend();
	expect_query_invalid(c, "/v1/outcomes", bad, ARRAY_LEN(bad));
	CU_ASSERT(raw_send_get(
	        c, "/v1/outcomes?shadow=next-1&difference=accepts"));
	CU_ASSERT_FATAL(peer_receive_id(rig->ledger, WIRE_ID_OUTCOMES_ASK,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_outcomes_ask(packet, &m), OK);
	CU_ASSERT(bytes_equal_str(m.shadow, "next-1"));
	CU_ASSERT_EQUAL(m.difference, WIRE_DIFFERENCE_ACCEPTS);
	const struct wire_outcomes none = { .request = m.request };
	wire_put_outcomes(&rig->packet, &none);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
	CU_ASSERT_EQUAL(raw_receive(c), 200);
	end_front();
}

static const struct harness_test tests[] = {
	{ "what is counted", test_counted },
	{ "what is no label", test_no_label },
	{ "what is asked for", test_query },
	{ NULL, NULL },
};

HARNESS_MAIN("front_shadow", tests)
