/*
 * test_front_keys.c - a key holder, and a ledger, that were taken over: what
 * they say of keys reaches nobody by way of the front.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/roles/front_rig.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"
#include "tests/common/service/pins_kit.h"
#include "proc/role.h"

static void
say(struct front_rig *rig, struct peer *by, const char *kid, uint32_t node)
{
	wire_put_key_held(&rig->packet,
	                  &(struct wire_key_held){ .kid = bytes_of_str(kid),
	                                           .node = node,
	                                           .epoch = 1 });
	CU_ASSERT_TRUE(front_rig_say(rig, by));
}

/* The pinned key, and no other. */
static void
must_publish(struct front_rig *rig, const char *rogue)
{
	AUTO(raw_free)
	struct raw *c = raw_open(rig->backend, rig->port, "http/1.1");

	CU_ASSERT_EQUAL_FATAL(raw_get(c, "/v1/keys"), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_body(c), rig->kid));
	CU_ASSERT_PTR_NULL(strstr(raw_body(c), rogue));
}

static void
test_rogue(void)
{
	AUTO(front_rig_free)
	struct front_rig *rig = front_rig_start_bare(NULL);
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "rogue");
	const char *rogue = soft_key_kid(key);

	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	rig->keyholder = lifeline_edge(rig->front, WIRE_ROLE_KEYHOLDER, 0);
	front_rig_verifier_up(rig);
	front_rig_ledger_up(rig);
	front_rig_health(rig, true, "");
	say(rig, rig->keyholder, rogue, 1);    /* a key of its own */
	say(rig, rig->keyholder, rig->kid, 2); /* ids of another node */
	say(rig, rig->keyholder, "", 1);
	must_publish(rig, rogue);
	CU_ASSERT_FALSE(front_rig_wait_ready(rig, true));

	/* What it said does not outlive it, nor stand in the way of the next. */
	say(rig, rig->keyholder, rig->kid, 1);
	CU_ASSERT_TRUE(front_rig_wait_ready(rig, true));
	say(rig, rig->keyholder, rogue, 1);
	must_publish(rig, rogue);
	peer_close(rig->keyholder);
	CU_ASSERT_TRUE(front_rig_wait_ready(rig, false));
	must_publish(rig, rogue);
}

/* Keys are not the ledger's to name at all. */
static void
test_ledger(void)
{
	AUTO(front_rig_free) struct front_rig *rig = front_rig_start(NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	say(rig, rig->ledger, rig->kid, 1);
	CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
}

/* All keys of its token are removed, and the key holder, which was taken over, does
 * not withdraw. */
static void
test_disowned(void)
{
	AUTO(front_rig_free) struct front_rig *rig = front_rig_start(NULL);
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "other");
	AUTO(pins_free) struct pins *pins = pins_kit_new();

	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	pins->version = 2;
	pins_kit_add(pins, "other", 2, soft_key_spki(key), ALG_COUNT);
	AUTO(buf_release) struct buf text = pins_kit_text(pins);
	CU_ASSERT_TRUE(lifeline_text(rig->front, "pins", buf_str(&text)));
	CU_ASSERT_TRUE(front_rig_wait_ready(rig, false));
}

static const struct harness_test tests[] = {
	{ "publishes and believes what is pinned alone", test_rogue },
	{ "takes no key from the ledger", test_ledger },
	{ "asks no token whose keys are all removed", test_disowned },
	{ NULL, NULL },
};

HARNESS_MAIN("front_keys", tests)
