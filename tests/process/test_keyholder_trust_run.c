/*
 * test_keyholder_trust_run.c - what changes in the device while a key holder runs
 * that officers govern; and a TPM, beside the token and as the device.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/devices/swtpm_kit.h"
#include "tests/common/devices/trust_kit.h"
#include "tests/common/roles/governed_rig.h"

/* The supervisor hands the chain over again: it is compared at once, and not only
 * when it is due. */
static void
look_now(struct governed *w)
{
	CU_ASSERT_TRUE(lifeline_text(w->rig.life, "trust-chain",
	                             governed_kit_text(&w->kit)));
}

static void
expect_challenge(struct governed *w, uint64_t request)
{
	rig_ask(&w->rig, w->rig.front, request);
	rig_take(&w->rig, w->rig.front, request);
}

static void
expect_key_lost(struct peer *p)
{
	struct bytes packet;

	CU_ASSERT_TRUE(
	        peer_receive_id(p, WIRE_ID_KEY_LOST, HARNESS_WAIT_MS, &packet));
}

/* A chain that cannot be read is tried again; the one before counts meanwhile, and
 * the supervisor is told. */
static void
test_unread(void)
{
	GOVERNED(w);

	governed_kit_pack(&w.kit, 1);
	governed_put_all(&w, 1);
	governed_life(&w);
	governed_await_status(&w, true, "");
	CU_ASSERT_TRUE(lifeline_path(w.rig.life, "trust-chain", "/"));
	governed_await_status(&w, false, "file-unread: trust-chain");
	expect_challenge(&w, 3);
	look_now(&w);
	governed_await_status(&w, true, "");
	life_end(&w.rig);
}

static void
test_destroyed(void)
{
	GOVERNED(w);

	governed_kit_pack(&w.kit, 1);
	governed_put_all(&w, 1);
	governed_life(&w);
	governed_await_status(&w, true, "");
	expect_challenge(&w, 3);
	governed_drop_certificate(&w);
	look_now(&w);
	expect_challenge(&w, 4); /* it is looked at twice */
	governed_await_status(&w, false,
	                      "trust-certificate-missing: " GOVERNED_ANCHOR);
	expect_key_lost(w.rig.front);
	expect_key_lost(w.rig.ledger);
	governed_expect_refused(&w);
	/* and it ends by itself */
	governed_put_certificate(&w);
	governed_await_status(&w, true, "");
	rig_take_key(&w.rig, w.rig.front);
	expect_challenge(&w, 5);
	life_end(&w.rig);
}

/* Asks so that the device always has a signature under way and one that waits.
 * True: the key is withdrawn before a hundred of them, of 200 ms each. */
static bool
lost_while_busy(struct governed *w)
{
	struct peer *front = w->rig.front;
	struct bytes packet;

	for (uint64_t request = 0; request < 100; request++) {
		rig_ask(&w->rig, front, request);
		if (request < 2)
			continue;
		if (!peer_receive(front, HARNESS_WAIT_MS, &packet))
			return false;
		if (wire_packet_id(packet) == WIRE_ID_KEY_LOST)
			return true;
	}
	return false;
}

/* A slow token that clients keep busy is looked at all the same: they could hide
 * from officers what is done to it. */
static void
test_destroyed_while_busy(void)
{
	GOVERNED(w);

	if (!rig_shim(&w.rig, "C_Sign every delay 200")) {
		harness_skip("no shim is built");
		return;
	}
	governed_kit_pack(&w.kit, 1);
	governed_put_all(&w, 1);
	governed_life(&w);
	governed_await_status(&w, true, "");
	rig_take_key(&w.rig, w.rig.front);
	governed_drop_certificate(&w);
	look_now(&w);
	CU_ASSERT_TRUE(lost_while_busy(&w));
	governed_await_status(&w, false,
	                      "trust-certificate-missing: " GOVERNED_ANCHOR);
	life_end(&w.rig);
}

/* Officers apply version 2.  The token has its head a moment before the service
 * has the chain; no request is refused. */
static void
test_apply(void)
{
	GOVERNED(w);

	governed_kit_next(&w.kit);
	governed_kit_pack(&w.kit, 1);
	governed_put_all(&w, 1);
	governed_life(&w);
	governed_await_status(&w, true, "");
	governed_put_head(&w.name, w.rig.token.pin, 2, governed_digest(&w, 2));
	look_now(&w);
	for (uint64_t i = 0; i < 20; i++)
		expect_challenge(&w, i);
	governed_kit_pack(&w.kit, 2);
	look_now(&w);
	for (uint64_t i = 20; i < 40; i++)
		expect_challenge(&w, i);
	/* the counter is still that of version 1 */
	governed_await_status(&w, true, "anchorctl trust apply");
	governed_put_counter(&w.name, w.rig.token.pin, 2);
	look_now(&w);
	governed_await_status(&w, true, "");
	expect_challenge(&w, 40);
	life_end(&w.rig);
}

/* Head and counter of version 1 in other indexes of the same TPM. */
static void
name_other_index(struct governed *w, const struct swtpm *t, uint64_t base)
{
	static char uri[640], more[768];
	const struct hsm_token_name tpm = { .uri = uri };
	uint64_t at = 0;

	(void)snprintf(uri, sizeof(uri),
	               "%s&trust-counter=0x01818110&trust-head=0x01818111",
	               t->uri);
	trust_kit_good(trust_kit_raise(&tpm, &(struct hsm_trust_officer){ 0 },
	                               0, &at));
	CU_ASSERT_TRUE(at < base + 2); /* version 1 would load by it */
	governed_put_head(&tpm, NULL, 1, governed_digest(w, 1));
	(void)snprintf(more, sizeof(more),
	               "handle_label=\"\"; companion_tpm=\"%s\";", uri);
	w->rig.more = more;
}

/* Head and counter beside a token are the TPM's; those of the token count
 * nothing. */
static void
test_beside(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	char more[640];
	GOVERNED(w);

	if (!swtpm_open(&t) || !swtpm_beside(&t, ""))
		return;
	const struct hsm_token_name tpm = { .uri = t.uri };
	uint64_t base = 0;
	trust_kit_good(trust_kit_raise(&tpm, &(struct hsm_trust_officer){ 0 },
	                               0, &base));
	struct trust_seen seen;
	struct trust_device *row = &w.kit.chain.bundles[0]->devices[0];
	trust_kit_good(trust_kit_read(&tpm, NULL, &seen));
	row->base = base;
	(void)snprintf(row->counter, sizeof(row->counter), "%s",
	               seen.trust.place.counter);
	memcpy(row->tpm, seen.trust.place.tpm, HASH_SIZE);
	governed_kit_pack(&w.kit, 1);
	governed_put_all(
	        &w, 1); /* a counter of the token that would be a rollback */
	governed_put_counter(&w.name, w.rig.token.pin, base + 9);
	governed_put_head(&tpm, NULL, 1, governed_digest(&w, 1));
	snprintf(more, sizeof(more), "handle_label=\"\"; companion_tpm=\"%s\";",
	         t.uri);
	w.rig.more = more;
	governed_life(&w);
	governed_await_status(&w, true, "anchorctl trust apply");
	life_end(&w.rig);
	governed_put_counter(&tpm, NULL, base + 1);
	governed_life(&w);
	governed_await_status(&w, true, "");
	expect_challenge(&w, 3);
	life_end(&w.rig);
	/* version 2 was in force: the chain of version 1 comes back */
	governed_put_counter(&tpm, NULL, base + 2);
	governed_life(&w);
	governed_await_status(&w, false, "trust-rollback: ");
	governed_expect_refused(&w);
	life_end(&w.rig);
	/* root names another index, whose counter was never raised */
	name_other_index(&w, &t, base);
	governed_life(&w);
	governed_await_status(&w, false, "trust-counter-other: ");
	governed_expect_refused(&w);
	life_end(&w.rig);
	/* or the counter in the token in place of the TPM's */
	w.rig.more = NULL;
	governed_life(&w);
	governed_await_status(&w, false, "trust-counter-other: ");
	life_end(&w.rig);
}

static const struct harness_test tests[] = {
	{ "a chain that is not read is tried again", test_unread },
	{ "a certificate that is destroyed stops it, and comes back",
	  test_destroyed },
	{ "also in a slow token that is never idle",
	  test_destroyed_while_busy },
	{ "no request fails while a version is applied", test_apply },
	{ "beside a token the TPM has head and counter", test_beside },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder, trust that changes", tests)
