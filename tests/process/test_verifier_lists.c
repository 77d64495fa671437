/*
 * test_verifier_lists.c - the real verifier in its sandbox, with Android
 * evidence: revocations that change while it runs.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "evidence/revocation/revocation.h"
#include "wire/reason.h"
#include "crypto/x509/cert.h"

#include "tests/process/test_verifier_ask.h"

#define EMPTY "{\"entries\":{}}"

/* --- what is handed over --------------------------------------------------- */

static void
hand_list(struct rig *r, const char *json, uint64_t at_s)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(revocations_free) struct revocations *list = NULL;

	CU_ASSERT_EQUAL_FATAL(
	        revocations_read(bytes_of_str(json), at_s, &why, &list), OK);
	hand(r, "revocation", revocations_file(list));
}

/* An officer's word for an empty list: the digest of nothing. */
static void
accept_empty(struct rig *r)
{
	hand(r, "revocation-accepted",
	     bytes_of_str("e3b0c44298fc1c149afbf4c8996fb924"
	                  "27ae41e4649b934ca495991b7852b855\n"));
}

/* A list with the serial of the chain's certificate i. */
static void
put_list(const struct rig *r, size_t i, const char *status, struct buf *json)
{
	AUTO(x509_cert_free) struct x509_cert *cert = NULL;

	CU_ASSERT_EQUAL_FATAL(
	        x509_cert_parse(buf_bytes(&r->chain->certs[i].der), &cert), OK);
	buf_append_str(json, "{\"entries\":{\"");
	x509_cert_put_serial(cert, json);
	buf_printf(json, "\":{\"status\":\"%s\"}}}", status);
}

/* The front hears which list is in use. */
static void
expect_known(struct rig *r, uint64_t fetched_s, uint64_t entries)
{
	struct wire_revocation_known m = { 0 };
	struct bytes packet;

	CU_ASSERT_FATAL(peer_receive_id(r->front, WIRE_ID_REVOCATION_KNOWN,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_revocation_known(packet, &m), OK);
	CU_ASSERT_EQUAL(m.fetched_s, fetched_s);
	CU_ASSERT_EQUAL(m.entries, entries);
}

/* --- revocations ------------------------------------------------------------ */

static void
test_replaced(void)
{
	AUTO(buf_release) struct buf json = buf_of(4096);
	AUTO(rig_close) struct rig r = rig_open("");

	start(&r);
	CU_ASSERT_EQUAL(reasons_now(&r), BIT(REVOCATION_STALE));
	hand_list(&r, EMPTY, r.now_s - 100);
	CU_ASSERT(soon(&r, 0));
	expect_known(&r, r.now_s - 100, 0);
	put_list(&r, 1, "SUSPENDED", &json);
	hand_list(&r, buf_str(&json), r.now_s - 50);
	CU_ASSERT(soon(&r, BIT(CHAIN_REVOKED)));
	expect_known(&r, r.now_s - 50, 1);

	/* Neither an older list gives the key back, nor a broken one. */
	hand_list(&r, EMPTY, r.now_s - 51);
	CU_ASSERT(steady(&r, BIT(CHAIN_REVOKED)));
	hand(&r, "revocation", bytes_of_str("ANREV001 and no more"));
	CU_ASSERT(steady(&r, BIT(CHAIN_REVOKED)));
	hand(&r, "revocation", bytes_of_str(EMPTY));
	CU_ASSERT(steady(&r, BIT(CHAIN_REVOKED)));

	/* Nor one of the future, nor one with less in it. */
	hand_list(&r, buf_str(&json), r.now_s + 100000);
	CU_ASSERT(steady(&r, BIT(CHAIN_REVOKED)));
	hand_list(&r, EMPTY, r.now_s - 50);
	CU_ASSERT(steady(&r, BIT(CHAIN_REVOKED)));
	hand(&r, "revocation-accepted", bytes_of_str("nothing\n"));
	CU_ASSERT(steady(&r, BIT(CHAIN_REVOKED)));

	/* But for an officer's word, also when it comes afterwards. */
	accept_empty(&r);
	CU_ASSERT(soon(&r, 0));
	expect_known(&r, r.now_s - 50, 0);
}

static void
test_each_certificate(void)
{
	AUTO(rig_close) struct rig r = rig_open("");
	size_t root = r.chain->n - 1;

	accept_empty(&r);
	hand_list(&r, EMPTY, r.now_s - 100);
	start(&r);
	expect_known(&r, r.now_s - 100, 0);
	CU_ASSERT_EQUAL(reasons_now(&r), 0);
	for (size_t i = 0; i <= root; i++) {
		AUTO(buf_release) struct buf json = buf_of(4096);

		put_list(&r, i, "REVOKED", &json);
		hand_list(&r, buf_str(&json), r.now_s - 100);
		CU_ASSERT(soon(&r, i < root ? BIT(CHAIN_REVOKED) : 0));
		hand_list(&r, EMPTY, r.now_s - 100);
		CU_ASSERT(soon(&r, 0));
	}
}

/* Reasons and the vector's word by the list's age. */
static void
test_age(void)
{
	const struct {
		int64_t age;
		reason_set reasons;
		int8_t claim;
	} rows[] = {
		{ 0, 0, 2 },    { 50, 0, 2 },
		{ 150, 0, 32 }, { 1250, BIT(REVOCATION_STALE), 32 },
		{ -100, 0, 2 }, { -1000, BIT(REVOCATION_STALE), 32 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(rig_close)
		struct rig r = rig_open("revocation: { max_age = 100; "
		                        "grace = 1000; };");
		uint64_t at_s = (uint64_t)((int64_t)r.now_s - rows[i].age);

		hand_list(&r, EMPTY, at_s);
		start(&r);
		CU_ASSERT_EQUAL(reasons_now(&r), rows[i].reasons);
		CU_ASSERT_EQUAL(r.identity_claim, rows[i].claim);
	}
}

/* It grows old by itself, without anything being handed over. */
static void
test_grows_old(void)
{
	AUTO(rig_close)
	struct rig r = rig_open("revocation: { max_age = 10; };");

	hand_list(&r, EMPTY, r.now_s - 9);
	start(&r);
	CU_ASSERT(soon(&r, BIT(REVOCATION_STALE)));
	hand_list(&r, EMPTY, clock_wall_ms() / 1000);
	CU_ASSERT(soon(&r, 0));
}

static void
test_none_asked_for(void)
{
	AUTO(buf_release) struct buf json = buf_of(4096);
	AUTO(rig_close)
	struct rig r = rig_open("revocation: { max_age = 0; };");

	start(&r);
	CU_ASSERT_EQUAL(reasons_now(&r), 0);
	put_list(&r, 1, "REVOKED", &json);
	hand_list(&r, buf_str(&json), r.now_s - 100000000);
	CU_ASSERT(soon(&r, BIT(CHAIN_REVOKED)));
}

/* What could not be read at that moment is read again, and said: otherwise what was
 * revoked, or removed, would count on. */
static void
test_unread(void)
{
	AUTO(rig_close) struct rig r = rig_open("");

	start(&r);
	hand_list(&r, EMPTY, r.now_s - 100);
	CU_ASSERT(soon(&r, 0));
	CU_ASSERT(lifeline_path(r.life, "revocation", "/"));
	CU_ASSERT(lifeline_wait_status(r.life, false, "file-unread: revocation",
	                               HARNESS_WAIT_MS));
	hand_list(&r, EMPTY, r.now_s - 50);
	CU_ASSERT(lifeline_wait_status(r.life, true, "", HARNESS_WAIT_MS));
	CU_ASSERT(lifeline_path(r.life, "trust", "/"));
	CU_ASSERT(lifeline_wait_status(r.life, false, "file-unread: trust",
	                               HARNESS_WAIT_MS));
}

/* --- keys -------------------------------------------------------------------- */

/* What a ledger that was taken over says of a key is nonsense: the verifier takes
 * keys from the pins file and from nobody. */
static void
test_ledger_plants(void)
{
	AUTO(rig_close) struct rig r = rig_open("");
	const struct wire_key_held m = { .kid = bytes_of_str("rogue"),
		                         .node = 1,
		                         .epoch = 1 };

	start(&r);
	buf_reset(&r.packet);
	wire_put_key_held(&r.packet, &m);
	CU_ASSERT(peer_send(r.ledger, &r.packet));
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
	(void)lifeline_end(r.life);
	r.life = NULL;
}

static const struct harness_test tests[] = {
	{ "a file that could not be read is tried again", test_unread },
	{ "a list that is replaced holds at once, an older one never",
	  test_replaced },
	{ "each certificate but the root is looked up", test_each_certificate },
	{ "fresh, late, stale, from the future", test_age },
	{ "a list grows old by itself", test_grows_old },
	{ "none is asked for; one that is there counts", test_none_asked_for },
	{ "takes no key from the ledger", test_ledger_plants },
	{ NULL, NULL },
};
HARNESS_MAIN("verifier_lists", tests)
