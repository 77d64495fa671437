/*
 * test_token_rotate.c - `anchorctl token rotate` as an officer types it: what
 * it makes and writes, and what it refuses.
 */
#include "tests/common/fakes/liar.h"
#undef RIG /* the next has its own */
#include "tests/process/test_token_search.h"

static void
test_order(void)
{
	RIG(r);
	uint64_t now_s = clock_wall_ms() / 1000;

	CU_ASSERT_EQUAL(rotate(&r, "--status"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "state"), "done");
	CU_ASSERT_EQUAL(rotate(&r, "--dry-run --label wide --id 0a0b"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "done"), "'wide', id 0a0b"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "done"), "ES256"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "done"), SOFTTOKEN_LABEL));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(text_of(&r, "done"), "never extractable"));
	AUTO(pins_free) struct pins *before = read_pins(&r);
	CU_ASSERT_EQUAL(before->version, 1);

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 70 --margin 9"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "state"), "under-way");
	CU_ASSERT_EQUAL(strlen(text_of(&r, "kid")), 43);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	CU_ASSERT_EQUAL_FATAL(o->n, 2);
	CU_ASSERT_EQUAL(o->version, 2);
	CU_ASSERT_TRUE(bytes_equal(pin_spki(&o->keys[0]),
	                           bytes_of(r.token.spki, r.token.spki_len)));
	CU_ASSERT_STRING_EQUAL(o->keys[0].uri, r.token.uri);
	CU_ASSERT_STRING_EQUAL(o->keys[1].kid, text_of(&r, "kid"));
	CU_ASSERT_TRUE(o->keys[1].publish_s >= now_s);
	CU_ASSERT_EQUAL(o->keys[1].from_s, o->keys[1].publish_s + 70);
	/* the longest life is a result's, and the margin */
	CU_ASSERT_EQUAL(o->keys[0].until_s, o->keys[1].from_s + 2 + 9);

	/* A second one waits, whatever it is. */
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--dry-run"), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel --dry-run"), 0);
	AUTO(pins_free) struct pins *same = read_pins(&r);
	CU_ASSERT_EQUAL(memcmp(o, same, sizeof(*o)), 0);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 0);
	AUTO(pins_free) struct pins *back = read_pins(&r);
	CU_ASSERT_EQUAL(back->n, 1);
	CU_ASSERT_EQUAL(back->version, 3);
	CU_ASSERT_EQUAL(back->keys[0].until_s, 0);
	CU_ASSERT_STRING_EQUAL(back->keys[0].uri, r.token.uri);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
}

/* A successor that signs, by the key holder's word, is not taken back; one that
 * should and cannot is. */
static void
test_cancel_late(void)
{
	RIG(r);

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 60"), 0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	while (clock_wall_ms() / 1000 < o->keys[1].from_s)
		usleep(50000);
	record(&r, o->keys[1].kid, o->version);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
	record(&r, o->keys[0].kid, o->version);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 0);
}

/* The service was down from the order until the old key's end: it refuses the
 * file, and this is the way out.  A version that it has followed stays. */
static void
test_cancel_unfollowed(void)
{
	RIG(r);

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 70 --margin 9"), 0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	o->keys[0].until_s -= 1000;
	o->keys[1].publish_s -= 1000;
	o->keys[1].from_s -= 1000;
	pins_kit_write(o, r.pins);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
	record(&r, o->keys[0].kid, o->version);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
	record(&r, o->keys[1].kid, o->version - 1);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
	record(&r, o->keys[0].kid, o->version - 1);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 0);
	AUTO(pins_free) struct pins *back = read_pins(&r);
	CU_ASSERT_EQUAL(back->n, 1);
	CU_ASSERT_EQUAL(back->keys[0].until_s, 0);
}

/* Unless told, the new key has the algorithm of the old one. */
static void
test_alg(void)
{
	RIG(r);
	uint8_t sha256[HASH_SIZE];

	CU_ASSERT_EQUAL(rotate(&r, "--alg ES385"), 2);
	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0 --alg ES384 "
	                                 "--label wide --id 0a0b"),
	                      0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	CU_ASSERT_PTR_NOT_NULL(strstr(o->keys[1].uri, "object=wide"));
	CU_ASSERT_EQUAL(o->keys[1].alg, ALG_ES384);
	sleep(5); /* lead and the life of a result */
	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0"), 0);
	AUTO(pins_free) struct pins *third = read_pins(&r);
	CU_ASSERT_EQUAL_FATAL(third->n, 3); /* the first is over, and there */
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(third->keys[2].uri, "object=anchord-sign-2"));
	CU_ASSERT_EQUAL(third->keys[2].alg, ALG_ES384);
	digest_sha256(pin_spki(&third->keys[2]), sha256);
	CU_ASSERT_TRUE(spki_of(&r, sha256) > 100); /* it is in the token */
}

/* A key that is in the token already is taken when it is the one that the
 * officer means: anybody may have put another there. */
static void
test_given(void)
{
	RIG(r);
	char line[2048];
	AUTO(buf_release) struct buf hex = buf_of(128);
	AUTO(buf_release) struct buf other = buf_of(128);
	uint8_t sha256[HASH_SIZE];
	const struct pin made = pins_kit_made(&r.token);

	digest_sha256(pin_spki(&made), sha256);
	encode_hex(&hex, bytes_of(sha256, sizeof(sha256)));
	snprintf(line, sizeof(line), "--uri %s", made.uri);
	CU_ASSERT_EQUAL(rotate(&r, line), 2); /* no hash */
	snprintf(line, sizeof(line), "--uri %s --public %s0", made.uri,
	         buf_str(&hex));
	CU_ASSERT_EQUAL(rotate(&r, line), 2);
	snprintf(line, sizeof(line), "--uri tpm2:device:x --public %s",
	         buf_str(&hex));
	CU_ASSERT_EQUAL(rotate(&r, line), 2);
	snprintf(line, sizeof(line), "--uri %s --public %s", r.token.uri,
	         buf_str(&hex));
	CU_ASSERT_EQUAL(rotate(&r, line), 1); /* another key is there */
	digest_sha256(bytes_of_str("what the officer means"), sha256);
	buf_reset(&other);
	encode_hex(&other, bytes_of(sha256, sizeof(sha256)));
	snprintf(line, sizeof(line), "--uri %s --public %s", made.uri,
	         buf_str(&other));
	CU_ASSERT_EQUAL(rotate(&r, line), 1); /* not what is there */
	snprintf(line, sizeof(line), "--uri %s --public %s", made.uri,
	         buf_str(&hex));
	CU_ASSERT_EQUAL_FATAL(rotate(&r, line), 0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	CU_ASSERT_STRING_EQUAL(o->keys[1].uri, made.uri);
	CU_ASSERT_STRING_EQUAL(o->keys[1].kid, made.kid);
}

/* It is proved before it is ordered: a public half alone signs nothing. */
static void
test_given_half(void)
{
	RIG(r);
	char line[2048];
	AUTO(buf_release) struct buf hex = buf_of(128);
	uint8_t sha256[HASH_SIZE];
	const struct pin made = pins_kit_made(&r.token);

	digest_sha256(pin_spki(&made), sha256);
	encode_hex(&hex, bytes_of(sha256, sizeof(sha256)));
	snprintf(line, sizeof(line), "--uri %s --public %s", made.uri,
	         buf_str(&hex));
	liar_honest_again(r.token.module);
	liar_drop_objects(&r.token, CKO_PRIVATE_KEY, "next");
	CU_ASSERT_EQUAL(rotate(&r, line), 1);
	AUTO(pins_free) struct pins *same = read_pins(&r);
	CU_ASSERT_EQUAL(same->version, 1);
}

/* The pins file names another key than the token has by that label: whatever is
 * there, it is not the one that the officer would replace. */
static void
test_other_key(void)
{
	RIG(r);
	AUTO(soft_key_free)
	struct soft_key *other = soft_key_new(ALG_ES256, "other");
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	struct pin *pin =
	        pins_kit_add(pins, "token", 1, soft_key_spki(other), ALG_ES256);

	snprintf(pin->uri, sizeof(pin->uri), "%s", r.token.uri);
	pins_kit_write(pins, r.pins);
	CU_ASSERT_EQUAL(rotate(&r, "--label next --id 0a0b"), 1);
	AUTO(pins_free) struct pins *same = read_pins(&r);
	CU_ASSERT_EQUAL(same->version, 1);
	CU_ASSERT_EQUAL(same->n, 1);

	/* Nothing was made: the label is free for the true order. */
	AUTO(pins_free) struct pins *right = pins_kit_new();
	pin = pins_kit_add(right, "token", 1,
	                   bytes_of(r.token.spki, r.token.spki_len),
	                   r.token.alg);
	snprintf(pin->uri, sizeof(pin->uri), "%s", r.token.uri);
	pins_kit_write(right, r.pins);
	CU_ASSERT_EQUAL(rotate(&r, "--label next --id 0a0b"), 0);
}

static void
test_refused(void)
{
	RIG(r);

	CU_ASSERT_EQUAL(rotate(&r, "--lead 1"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--lead 5x"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--lead -5"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--margin 99999999999"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--id 0g"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--status --cancel"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--name other"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
	CU_ASSERT_TRUE(file_write_text(r.pin, "000000"));
	CU_ASSERT_EQUAL(rotate(&r, ""), 1); /* tried once, and no version */
	CU_ASSERT_TRUE(file_write_text(r.pin, SOFTTOKEN_PIN));

	/* The label of a key that is there. */
	CU_ASSERT_EQUAL(rotate(&r, "--label anchord-sign"), 1);
	AUTO(pins_free) struct pins *same = read_pins(&r);
	CU_ASSERT_EQUAL(same->version, 1);
	/* No pins file of this program; none at all. */
	CU_ASSERT_TRUE(file_write_text(r.pins, "nonsense\n"));
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 1);
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
	CU_ASSERT_EQUAL(unlink(r.pins), 0);
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
}

static const struct harness_test tests[] = {
	{ "makes a key and orders it; one at a time", test_order },
	{ "takes back a successor that does not sign", test_cancel_late },
	{ "takes back an order that nobody followed", test_cancel_unfollowed },
	{ "makes the key that was asked for", test_alg },
	{ "takes a key that is there", test_given },
	{ "and none that does not sign", test_given_half },
	{ "follows no other key than the pinned one", test_other_key },
	{ "refuses the rest", test_refused },
	{ NULL, NULL },
};

HARNESS_MAIN("token_rotate", tests)
