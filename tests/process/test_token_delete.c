/*
 * test_token_delete.c - `anchorctl token rotate --delete-retired`: only what
 * nobody needs any more, asked for twice, and looked for afterwards.
 */
#include "tests/process/test_token_search.h"

static void
test_retired(void)
{
	RIG(r);

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0"), 0);
	follow(&r);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1); /* not yet */
	sleep(5);
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "state"), "over");
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "next"), "--delete-retired"));

	/* Only when its successor signs, by the key holder's word. */
	AUTO(pins_free) struct pins *both = read_pins(&r);
	CU_ASSERT_TRUE(file_write_text(r.record, "nonsense\n"));
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	record(&r, both->keys[0].kid, both->version);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	record(&r, both->keys[1].kid, both->version - 1);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	CU_ASSERT_EQUAL(unlink(r.record), 0);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	follow(&r);
	/* A rehearsal destroys nothing. */
	uint8_t sha256[HASH_SIZE];
	digest_sha256(pin_spki(&both->keys[0]), sha256);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired --dry-run"), 0);
	CU_ASSERT_TRUE(spki_of(&r, sha256) > 0);
	/* Who sits at a terminal is asked again. */
	CU_ASSERT_EQUAL(rotate_asked(&r, "--delete-retired", "y\n"), 1);
	CU_ASSERT_TRUE(spki_of(&r, sha256) > 0);
	CU_ASSERT_EQUAL(rotate_asked(&r, "--delete-retired", "yes\n"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "done"), "neither half"));
	CU_ASSERT_EQUAL(spki_of(&r, sha256), 0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	CU_ASSERT_EQUAL_FATAL(o->n, 1);
	CU_ASSERT_STRING_EQUAL(o->keys[0].kid, both->keys[1].kid);

	/* The old key is gone, the new one is what the next follows. */
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--lead 2"), 0);
}

/* The key holder says that the successor signs, and the token says that it is
 * gone: then the old key may be the last that could.  Nor without a token. */
static void
test_retired_last(void)
{
	RIG(r);
	AUTO(buf_release) struct buf why = buf_of(256);
	uint8_t sha256[HASH_SIZE];
	char from[192], to[192];

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0"), 0);
	follow(&r);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	while (clock_wall_ms() / 1000 <= o->keys[0].until_s)
		usleep(50000);
	snprintf(from, sizeof(from), "%s/tokens", r.token.directory);
	snprintf(to, sizeof(to), "%s/away", r.token.directory);
	CU_ASSERT_EQUAL(rename(from, to), 0);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 3);
	CU_ASSERT_EQUAL(rename(to, from), 0);
	digest_sha256(pin_spki(&o->keys[1]), sha256);
	const struct hsm_key_pinned next = { r.token.module, o->keys[1].uri,
		                             sha256, false, NULL };
	CU_ASSERT_EQUAL(hsm_key_destroy(&next, r.token.pin, &why), OK);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	digest_sha256(pin_spki(&o->keys[0]), sha256);
	CU_ASSERT_TRUE(spki_of(&r, sha256) > 0);
	AUTO(pins_free) struct pins *same = read_pins(&r);
	CU_ASSERT_EQUAL(same->n, 2);
}

/* The key that would be destroyed is another than the pinned one. */
static void
test_retired_other(void)
{
	RIG(r);
	AUTO(soft_key_free)
	struct soft_key *other = soft_key_new(ALG_ES256, "other");
	AUTO(pins_free) struct pins *another = pins_kit_new();

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0"), 0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	struct pin *pin = pins_kit_add(another, "token", 1,
	                               soft_key_spki(other), ALG_ES256);
	memcpy(pin->uri, o->keys[0].uri, sizeof(pin->uri));
	pin->until_s = o->keys[0].until_s;
	o->keys[0] = *pin;
	pins_kit_write(o, r.pins);
	follow(&r);
	sleep(5);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	AUTO(pins_free) struct pins *same = read_pins(&r);
	CU_ASSERT_EQUAL(same->n, 2);
}

static const struct harness_test tests[] = {
	{ "destroys what has retired, when it is safe", test_retired },
	{ "destroys nothing when the next key is gone", test_retired_last },
	{ "destroys no other key", test_retired_other },
	{ NULL, NULL },
};

HARNESS_MAIN("token_delete", tests)
