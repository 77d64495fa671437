/*
 * test_verifier_anchors.c - the real verifier in its sandbox, with Android
 * evidence: the files of trust anchors, which change while it runs.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include "tests/process/test_verifier_ask.h"

static void
test_roots_replaced(void)
{
	static const uint8_t nonce[HASH_SIZE];
	AUTO(km_chain_free)
	struct km_chain *other = chain_of(KM_FACTORY, bytes_of(nonce, 32));
	AUTO(rig_close)
	struct rig r = rig_open("revocation: { max_age = 0; };");

	start(&r);
	CU_ASSERT_EQUAL(reasons_now(&r), 0);
	hand_root(&r, other);
	CU_ASSERT(soon(&r, BIT(CHAIN_UNTRUSTED)));
	hand(&r, "trust", bytes_of_str("no certificate"));
	CU_ASSERT(steady(&r, BIT(CHAIN_UNTRUSTED)));
	hand_root(&r, r.chain);
	CU_ASSERT(soon(&r, 0));
	hand(&r, "trust", bytes_of_str("no certificate"));
	CU_ASSERT(steady(&r, 0));
	hand(&r, "trust", bytes_of_str("")); /* its anchors stay, too */
	CU_ASSERT(steady(&r, 0));
}

/* A root counts for chains of its file's purposes alone, and each file is read
 * again by itself. */
static void
test_purposes(void)
{
	static const uint8_t nonce[HASH_SIZE];
	AUTO(km_chain_free)
	struct km_chain *other = chain_of(KM_FACTORY, bytes_of(nonce, 32));
	AUTO(rig_close)
	struct rig r = rig_open("revocation: { max_age = 0; };");

	start(&r);
	CU_ASSERT_EQUAL(reasons_now(&r), 0);
	hand_root_as(&r, "trust-2", other);
	CU_ASSERT(steady(&r, 0));
	hand_root_as(&r, "trust-2", r.chain);
	hand_root(&r, other);
	CU_ASSERT(soon(&r, BIT(CHAIN_UNTRUSTED)));
	CU_ASSERT(steady(&r, BIT(CHAIN_UNTRUSTED)));
	hand(&r, "trust-2", bytes_of_str("no certificate"));
	hand_root(&r, r.chain);
	CU_ASSERT(soon(&r, 0));
	CU_ASSERT(steady(&r, 0));
}

/* One file that never was valid keeps it from being ready, whichever it is. */
static void
test_second_invalid(void)
{
	AUTO(rig_close)
	struct rig r = rig_bare("revocation: { max_age = 0; };", ANCHORS);

	hand_root(&r, r.chain);
	hand(&r, "trust-2", bytes_of_str("no certificate"));
	CU_ASSERT(lifeline_start(r.life, 0));
	CU_ASSERT(lifeline_wait_status(
	        r.life, false, "/t: trust: not certificates", HARNESS_WAIT_MS));
	hand_root_as(&r, "trust-2", r.chain);
	CU_ASSERT(lifeline_wait_status(r.life, false, "no pinned keys",
	                               HARNESS_WAIT_MS));
}

/* Nor does it judge by the others while one is missing. */
static void
test_second_missing(void)
{
	AUTO(rig_close)
	struct rig r = rig_bare("revocation: { max_age = 0; };", ANCHORS);
	struct bytes packet;

	hand_root(&r, r.chain);
	start_with(&r, "/t: missing or unusable");
	send_evidence(&r);
	CU_ASSERT(peer_receive_id(r.front, WIRE_ID_UNAVAILABLE, HARNESS_WAIT_MS,
	                          &packet));
	hand_root_as(&r, "trust-2", r.chain);
	CU_ASSERT(lifeline_wait_status(r.life, true, NULL, HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(reasons_now(&r), 0);
}

/* The last certificate of a file goes with the file's row. */
static void
test_row_removed(void)
{
	AUTO(rig_close)
	struct rig r = rig_bare("revocation: { max_age = 0; };",
	                        "anchors = ( " TPM("/t") " );");

	hand_root(&r, r.chain);
	start(&r);
	CU_ASSERT_EQUAL(reasons_now(&r), BIT(CHAIN_UNTRUSTED));
}

/* n times the root of the chain. */
static void
hand_many(struct rig *r, const char *name, const struct km_chain *chain, int n)
{
	AUTO(buf_release) struct buf pem = buf_of(65536);
	AUTO(buf_release) struct buf many = buf_of(1 << 20);

	km_pem(buf_bytes(&chain->certs[chain->n - 1].der), &pem);
	for (int i = 0; i < n; i++)
		buf_append(&many, buf_bytes(&pem));
	CU_ASSERT_EQUAL_FATAL(buf_status(&many), OK);
	hand(r, name, buf_bytes(&many));
}

/* A purpose has 1024 certificates of all its files together, and the first file
 * has them all. */
static struct rig
rig_full(const struct km_chain *other)
{
	struct rig r =
	        rig_bare("revocation: { max_age = 0; };",
	                 "anchors = ( " ANDROID("/r") ", " ANDROID("/t") " );");

	hand_many(&r, "trust", other, 1024);
	hand_root_as(&r, "trust-2", r.chain);
	start_with(&r, "/t: trust: more than 1024 certificates for "
	               "android-key in all files together");
	return r;
}

/* The file without room is tried again when another one changes. */
static void
test_no_room(void)
{
	static const uint8_t nonce[HASH_SIZE];
	AUTO(km_chain_free)
	struct km_chain *other = chain_of(KM_FACTORY, bytes_of(nonce, 32));
	AUTO(rig_close) struct rig r = rig_full(other);

	hand_root(&r, other);
	CU_ASSERT(lifeline_wait_status(r.life, true, NULL, HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(reasons_now(&r), 0);
	hand_many(&r, "trust", other, 1024); /* the ones before stay */
	CU_ASSERT(steady(&r, 0));
}

/* But not after it was replaced itself. */
static void
test_no_room_replaced(void)
{
	static const uint8_t nonce[HASH_SIZE];
	AUTO(km_chain_free)
	struct km_chain *other = chain_of(KM_FACTORY, bytes_of(nonce, 32));
	AUTO(rig_close) struct rig r = rig_full(other);

	hand(&r, "trust-2", bytes_of_str("no certificate"));
	CU_ASSERT(lifeline_wait_status(
	        r.life, false, "/t: trust: not certificates", HARNESS_WAIT_MS));
	hand_root(&r, other);
	hand_many(&r, "trust-2", other, 1025);
	CU_ASSERT(lifeline_wait_status(r.life, false,
	                               "/t: trust: more than 1024 certificates",
	                               HARNESS_WAIT_MS));
	hand_root_as(&r, "trust-2", r.chain);
	CU_ASSERT(lifeline_wait_status(r.life, true, NULL, HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(reasons_now(&r), 0);
}

static bool
logs(int log, const char *line)
{
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;
	char text[65536];

	do {
		ssize_t n = pread(log, text, sizeof(text) - 1, 0);
		CU_ASSERT_FATAL(n >= 0);
		text[n] = '\0';
		if (strstr(text, line))
			return true;
		(void)usleep(10000);
	} while (clock_mono_ms() < until);
	return false;
}

/* The log names the file, and counts a certificate once for all purposes. */
static void
test_logged(void)
{
	AUTO(close_fd) int log = memfd_create("log", MFD_CLOEXEC);
	AUTO(close_fd) int old = dup(STDERR_FILENO);

	CU_ASSERT_FATAL(log >= 0 && old >= 0);
	CU_ASSERT(dup2(log, STDERR_FILENO) >= 0);
	AUTO(rig_close) struct rig r = rig_open("");
	CU_ASSERT(dup2(old, STDERR_FILENO) >= 0);
	start(&r);
	CU_ASSERT(logs(log, "event=trust-read path=/r roots=1\n"));
	CU_ASSERT(logs(log, "event=trust-read path=/t roots=1\n"));
	hand(&r, "trust-2", bytes_of_str("no certificate"));
	CU_ASSERT(logs(log, "event=trust-refused path=/t "
	                    "why=\"trust: not certificates"));
}

/* Pins that cannot be read are tried again, and the supervisor is told. */
static void
test_pins_unread(void)
{
	AUTO(rig_close) struct rig r = rig_open("");

	start(&r);
	CU_ASSERT(lifeline_path(r.life, "pins", "/"));
	CU_ASSERT(lifeline_wait_status(r.life, false, "file-unread: pins",
	                               HARNESS_WAIT_MS));
}

/* A version in which the key that signed the challenge has an end. */
static void
hand_end(struct rig *r, uint32_t version, uint64_t until_s)
{
	AUTO(soft_key_free)
	struct soft_key *heir = soft_key_new(ALG_ES256, "heir");
	AUTO(pins_free) struct pins *pins = pins_kit_new();

	pins->version = version;
	pins_kit_add(pins, "token", 1, soft_key_spki(r->key), ALG_ES256)
	        ->until_s = until_s;
	struct pin *next =
	        pins_kit_add(pins, "token", 1, soft_key_spki(heir), ALG_ES256);
	next->publish_s = r->now_s;
	next->from_s = r->now_s + 10;
	AUTO(buf_release) struct buf text = pins_kit_text(pins);
	CU_ASSERT(lifeline_text(r->life, "pins", buf_str(&text)));
}

/* A challenge that would outlive its key is none, although the signature is good. */
static void
test_key_ends(void)
{
	AUTO(rig_close)
	struct rig r = rig_open("revocation: { max_age = 0; };");

	start(&r);
	CU_ASSERT(soon(&r, 0));
	hand_end(&r, 2, r.claims.exp_s);
	CU_ASSERT(steady(&r, 0));
	hand_end(&r, 3, r.claims.exp_s - 1);
	CU_ASSERT(soon(&r, BIT(CHALLENGE_FORGED)));
}

static const struct harness_test tests[] = {
	{ "roots that are replaced hold at once", test_roots_replaced },
	{ "a root counts for its file's purposes alone", test_purposes },
	{ "no file of roots may be invalid", test_second_invalid },
	{ "no file of roots may be missing", test_second_missing },
	{ "a file whose row is gone is not trusted", test_row_removed },
	{ "a file without room is tried again", test_no_room },
	{ "what had no room does not come back", test_no_room_replaced },
	{ "the log names the file of roots", test_logged },
	{ "pins that are not read are tried again", test_pins_unread },
	{ "a key's end is its challenges' end", test_key_ends },
	{ NULL, NULL },
};
HARNESS_MAIN("verifier_anchors", tests)
