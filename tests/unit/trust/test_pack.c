/*
 * test_pack.c - packs: what is read is written again byte for byte, and nothing
 * else is a pack.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/chain_kit.h"
#include "trust/pack.h"
#include "trust/ssh_sig.h"
#include "trust/walk.h"

#define ROOM (2 * TRUST_PACK_MAX)

static err_t
put_pack(struct trust_version *versions, size_t n, struct buf *out)
{
	const struct trust_chain chain = { n, versions };
	AUTO(buf_release) struct buf why = buf_of(1024);
	err_t err = trust_pack_put(&chain, &why, out);

	CU_ASSERT_EQUAL(err == E_MALFORMED || err == E_LIMIT, why.len > 0);
	return err;
}

/* What is read is written as it was. */
static err_t
parse_pack(struct bytes text)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf again = buf_of(ROOM);
	AUTO(trust_chain_free) struct trust_chain *pack = NULL;
	err_t err = trust_pack_parse(text, &why, &pack);

	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	if (err != OK)
		return err;
	CU_ASSERT_EQUAL(put_pack(pack->versions, pack->n, &again), OK);
	CU_ASSERT(bytes_equal(buf_bytes(&again), text));
	return OK;
}

/* A chain of three versions, with names for its signatures. */
static void
begin_chain(struct chain_kit *k)
{
	static const char *const names[] = { "alpha", "bravo", "charlie.2" };

	chain_kit_begin(k);
	chain_kit_add(k, BUNDLE_ORDINARY, "alpha bravo charlie");
	chain_kit_drop_anchor(chain_kit_add(k, BUNDLE_REMOVAL, "charlie"),
	                      "maker-tpm");
	chain_kit_seal(k);
	for (size_t i = 0; i < k->n; i++)
		for (size_t j = 0; j < k->versions[i].n_signatures; j++)
			k->versions[i].signatures[j].name =
			        bytes_of_str(names[j]);
}

static void
test_chain(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	AUTO(buf_release) struct buf text = buf_of(ROOM);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(trust_chain_free) struct trust_chain *pack = NULL;
	AUTO(bundle_free) struct bundle *last = NULL;

	begin_chain(&k);
	CU_ASSERT_EQUAL(put_pack(k.versions, k.n, &text), OK);
	CU_ASSERT_EQUAL(parse_pack(buf_bytes(&text)), OK);
	CU_ASSERT_EQUAL_FATAL(trust_pack_parse(buf_bytes(&text), &why, &pack),
	                      OK);
	const struct trust_time time = {
		.now_s = k.bundles[2]->issued_s + CHAIN_KIT_HOUR,
		.in_force = 3,
	};
	CU_ASSERT_EQUAL(trust_walk(pack, k.genesis, &time, &why, &last),
	                TRUST_SOUND);
	CU_ASSERT_EQUAL(last->version, 3);
}

/* A pack that was cut off, lengthened or changed is none, or another one whose
 * bytes are its own (parse_pack). */
static void
test_bytes(void)
{
	AUTO(buf_release) struct buf text = buf_of(ROOM);

	buf_append_str(&text, "anchord-trust-pack 1\n"
	                      "version 1 7\nbundle\n"
	                      "signature alpha 4\nsig\n"
	                      "signature bravo 1\nx"
	                      "version 2 1\n\n"
	                      "signature alpha 2\n\n\n"
	                      "end\n");
	CU_ASSERT_EQUAL(parse_pack(buf_bytes(&text)), OK);
	for (size_t i = 0; i < text.len; i++) {
		CU_ASSERT_EQUAL(parse_pack(bytes_of(text.data, i)),
		                E_MALFORMED);
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			text.data[i] ^= (uint8_t)bit;
			(void)parse_pack(buf_bytes(&text));
			text.data[i] ^= (uint8_t)bit;
		}
	}
	buf_u8(&text, '\n');
	CU_ASSERT_EQUAL(parse_pack(buf_bytes(&text)), E_MALFORMED);
}

#define HEAD "anchord-trust-pack 1\n"
#define ONE HEAD "version 1 1\nx"

static const struct {
	const char *name, *text;
} bad_rows[] = {
	{ "nothing", "" },
	{ "no version", HEAD "end\n" },
	{ "another format", "anchord-trust-pack 2\nversion 1 1\nxend\n" },
	{ "lines that end otherwise",
	  "anchord-trust-pack 1\r\nversion 1 1\r\nxend\r\n" },
	{ "an empty line", HEAD "\nversion 1 1\nxend\n" },
	{ "an empty line before the end", ONE "\nend\n" },
	{ "no end", ONE },
	{ "an end without its newline", ONE "end" },
	{ "something behind the end", ONE "end\n\n" },
	{ "two packs", ONE "end\n" ONE "end\n" },
	{ "a comment", ONE "# reviewed\nend\n" },
	{ "no number", HEAD "version  1\nxend\n" },
	{ "no size", HEAD "version 1 \nend\n" },
	{ "no size and no space", HEAD "version 1\nend\n" },
	{ "version 0", HEAD "version 0 1\nxend\n" },
	{ "version 2 first", HEAD "version 2 1\nxend\n" },
	{ "a version left out", ONE "version 3 1\nxend\n" },
	{ "a version twice", ONE "version 1 1\nxend\n" },
	{ "a zero before a number", HEAD "version 01 1\nxend\n" },
	{ "a zero before a size", HEAD "version 1 01\nxend\n" },
	{ "a sign", HEAD "version 1 +1\nxend\n" },
	{ "a negative size", HEAD "version 1 -1\nxend\n" },
	{ "a size in hex", HEAD "version 1 0x1\nxend\n" },
	{ "two spaces", HEAD "version 1  1\nxend\n" },
	{ "a space at the end", HEAD "version 1 1 \nxend\n" },
	{ "a size that wraps", HEAD "version 1 18446744073709551617\nxend\n" },
	{ "a size beyond the end", HEAD "version 1 100\nxend\n" },
	{ "a text of no bytes", HEAD "version 1 0\nend\n" },
	{ "a signature first", HEAD "signature a 1\nxend\n" },
	{ "a signature of no bytes", ONE "signature a 0\nend\n" },
	{ "a signature without a name", ONE "signature  1\nxend\n" },
	{ "a signature without a size", ONE "signature a\nxend\n" },
	{ "a name twice", ONE "signature a 1\nxsignature a 1\nyend\n" },
	{ "names in another order",
	  ONE "signature b 1\nxsignature a 1\nyend\n" },
	{ "a longer name first", ONE "signature ab 1\nxsignature a 1\nyend\n" },
	{ "a name in capitals", ONE "signature A 1\nxend\n" },
	{ "a path as a name", ONE "signature ../a 1\nxend\n" },
	{ "a name that is too long",
	  ONE "signature aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1\nxend\n" },
};

static void
test_bad(void)
{
	CU_ASSERT_EQUAL(parse_pack(bytes_of_str(ONE "end\n")), OK);
	for (size_t i = 0; i < ARRAY_LEN(bad_rows); i++) {
		err_t err = parse_pack(bytes_of_str(bad_rows[i].text));

		CU_ASSERT_EQUAL(err, E_MALFORMED);
		if (err != E_MALFORMED)
			printf("%s: %s\n", bad_rows[i].name, err_name(err));
	}
}

/* --- limits --------------------------------------------------------------- */

static err_t
parse_sizes(size_t text, size_t signature)
{
	AUTO(buf_release) struct buf pack = buf_of(ROOM);
	uint8_t *at;

	buf_printf(&pack, HEAD "version 1 %zu\n", text);
	at = buf_extend(&pack, text);
	memset(at, 'x', text);
	buf_printf(&pack, "signature a %zu\n", signature);
	at = buf_extend(&pack, signature);
	memset(at, 'x', signature);
	buf_append_str(&pack, "end\n");
	return parse_pack(buf_bytes(&pack));
}

static void
test_sizes(void)
{
	CU_ASSERT_EQUAL(parse_sizes(TRUST_TEXT_MAX, SSH_SIG_TEXT_MAX), OK);
	CU_ASSERT_EQUAL(parse_sizes(TRUST_TEXT_MAX + 1, 1), E_MALFORMED);
	CU_ASSERT_EQUAL(parse_sizes(1, SSH_SIG_TEXT_MAX + 1), E_MALFORMED);
}

static err_t
parse_counts(size_t versions, size_t signatures)
{
	AUTO(buf_release) struct buf pack = buf_of(ROOM);

	buf_append_str(&pack, HEAD);
	for (size_t i = 1; i <= versions; i++)
		buf_printf(&pack, "version %zu 1\nx", i);
	for (size_t i = 10; i < 10 + signatures; i++)
		buf_printf(&pack, "signature s%zu 1\nx", i);
	buf_append_str(&pack, "end\n");
	return parse_pack(buf_bytes(&pack));
}

static void
test_counts(void)
{
	CU_ASSERT_EQUAL(parse_counts(TRUST_VERSIONS_MAX, 0), OK);
	CU_ASSERT_EQUAL(parse_counts(TRUST_VERSIONS_MAX + 1, 0), E_MALFORMED);
	CU_ASSERT_EQUAL(parse_counts(1, TRUST_SIGNATURES_MAX), OK);
	CU_ASSERT_EQUAL(parse_counts(1, TRUST_SIGNATURES_MAX + 1), E_MALFORMED);
}

/* n versions of this size each, and one more of `rest`. */
static err_t
put_large(size_t n, size_t rest, struct buf *out)
{
	AUTO(buf_release) struct buf text = buf_of(TRUST_TEXT_MAX);
	struct trust_version *v = calloc(n + 1, sizeof(*v));

	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	memset(buf_extend(&text, TRUST_TEXT_MAX), 'x', TRUST_TEXT_MAX);
	for (size_t i = 0; i <= n; i++)
		v[i].text = bytes_of(text.data, i < n ? text.len : rest);
	err_t err = put_pack(v, n + 1, out);
	free(v);
	return err;
}

static void
test_large(void)
{
	AUTO(buf_release) struct buf pack = buf_of(ROOM);
	AUTO(buf_release) struct buf larger = buf_of(ROOM);

	size_t n = TRUST_PACK_MAX / TRUST_TEXT_MAX - 1;

	CU_ASSERT_EQUAL(put_large(n, TRUST_TEXT_MAX / 2, &pack), OK);
	CU_ASSERT_EQUAL(parse_pack(buf_bytes(&pack)), OK);
	CU_ASSERT_EQUAL(put_large(n, TRUST_TEXT_MAX, &larger), E_LIMIT);
	CU_ASSERT_EQUAL(larger.len, 0);
}

/* As put_large() would write it: its size alone is against it. */
static void
test_too_large(void)
{
	AUTO(buf_release) struct buf pack = buf_of(ROOM);
	size_t n = TRUST_PACK_MAX / TRUST_TEXT_MAX;

	buf_append_str(&pack, HEAD);
	for (size_t i = 1; i <= n; i++) {
		buf_printf(&pack, "version %zu %d\n", i, TRUST_TEXT_MAX);
		memset(buf_extend(&pack, TRUST_TEXT_MAX), 'x', TRUST_TEXT_MAX);
	}
	buf_append_str(&pack, "end\n");
	CU_ASSERT_EQUAL(parse_pack(buf_bytes(&pack)), E_MALFORMED);
}

/* What no pack can have is not written. */
static void
test_put_refused(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	AUTO(buf_release) struct buf out = buf_of(ROOM);

	begin_chain(&k);
	CU_ASSERT_EQUAL(put_pack(k.versions, 0, &out), E_MALFORMED);
	struct bytes kept = k.versions[1].signatures[0].name;
	k.versions[1].signatures[0].name = bytes_of_str("z");
	CU_ASSERT_EQUAL(put_pack(k.versions, k.n, &out), E_MALFORMED);
	k.versions[1].signatures[0].name = bytes_of_str("");
	CU_ASSERT_EQUAL(put_pack(k.versions, k.n, &out), E_MALFORMED);
	k.versions[1].signatures[0].name = kept;
	CU_ASSERT_EQUAL(out.len, 0);
	CU_ASSERT_EQUAL(put_pack(k.versions, k.n, &out), OK);
}

/* One more than there may be, and it is good: what stands behind the struct. */
static void
test_put_too_many(void)
{
	static char names[TRUST_SIGNATURES_MAX + 1][4];
	AUTO(buf_release) struct buf out = buf_of(ROOM);
	struct {
		struct trust_version version;
		struct trust_signature behind;
	} many = { .version.text = bytes_of_str("x") };

	for (size_t i = 0; i <= TRUST_SIGNATURES_MAX; i++) {
		bool last = i == TRUST_SIGNATURES_MAX;
		struct trust_signature *s =
		        last ? &many.behind : &many.version.signatures[i];

		snprintf(names[i], sizeof(names[i]), "a%02zu", i % 100);
		s->name = bytes_of_str(names[i]);
		s->text = bytes_of_str("x");
	}
	many.version.n_signatures = TRUST_SIGNATURES_MAX;
	CU_ASSERT_EQUAL(put_pack(&many.version, 1, &out), OK);
	buf_reset(&out);
	many.version.n_signatures++;
	CU_ASSERT_EQUAL(put_pack(&many.version, 1, &out), E_MALFORMED);
}

/* --- what is kept from removals -------------------------------------------- */

static bool
takes_removal(size_t versions, size_t bytes)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct trust_version *v = calloc(versions, sizeof(*v));

	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	/* Only sizes are asked for. */
	v[0].text = bytes_of("", bytes / 2);
	v[versions - 1].n_signatures = 2;
	v[versions - 1].signatures[1].text = bytes_of("", bytes - bytes / 2);
	bool takes = trust_pack_takes_removal(
	        &(struct trust_chain){ versions, v }, &why);
	free(v);
	CU_ASSERT_EQUAL(takes, why.len == 0);
	return takes;
}

static void
test_removal_room(void)
{
	const size_t n = TRUST_REMOVAL_VERSIONS, bytes = TRUST_REMOVAL_BYTES;

	CU_ASSERT(takes_removal(2, 2));
	CU_ASSERT(takes_removal(n, bytes));
	CU_ASSERT(!takes_removal(n + 1, 2));
	CU_ASSERT(!takes_removal(2, bytes + 1));
	/* What is kept is worth something. */
	CU_ASSERT(n + 100 < TRUST_VERSIONS_MAX);
	CU_ASSERT(bytes + 16 * TRUST_TEXT_MAX < TRUST_PACK_MAX);
}

/* A chain of n versions that all have this one's text. */
static enum trust_fault
walk_repeated(const struct chain_kit *k, size_t i, size_t n)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(bundle_free) struct bundle *last = NULL;
	struct trust_chain chain = { n, calloc(n, sizeof(*chain.versions)) };

	CU_ASSERT_PTR_NOT_NULL_FATAL(chain.versions);
	for (size_t at = 0; at < n; at++)
		chain.versions[at] = k->versions[i];
	enum trust_fault fault =
	        trust_walk(&chain, k->genesis, &k->time, &why, &last);
	CU_ASSERT(why.len > 0);
	free(chain.versions);
	return fault;
}

/* A removal has no place behind the others, and does not bar that place for
 * what more officers sign. */
static void
test_late_removal(void)
{
	const size_t n = TRUST_REMOVAL_VERSIONS;
	AUTO(chain_kit_release) struct chain_kit k;

	chain_kit_begin(&k);
	struct bundle *b = chain_kit_add(&k, BUNDLE_REMOVAL, "alpha");
	chain_kit_drop_anchor(b, b->anchors[0].name);
	chain_kit_add(&k, BUNDLE_ORDINARY, "alpha bravo");
	chain_kit_seal(&k);
	CU_ASSERT_EQUAL(walk_repeated(&k, 1, n + 1), TRUST_LONG);
	/* Then it is the first version's turn. */
	CU_ASSERT_EQUAL(walk_repeated(&k, 1, n), TRUST_VERSION);
	CU_ASSERT_EQUAL(walk_repeated(&k, 2, n + 1), TRUST_VERSION);
}

/* A version is known by its number and its text. */
static void
test_has(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	struct trust_chain chain;

	chain_kit_begin(&k);
	chain_kit_add(&k, BUNDLE_ORDINARY, "alpha bravo");
	chain_kit_seal(&k);
	chain = (struct trust_chain){ 1, k.versions };
	const uint8_t *first = k.bundles[0]->digest;
	const uint8_t *second = k.bundles[1]->digest;
	CU_ASSERT_TRUE(trust_chain_has(&chain, 1, first));
	CU_ASSERT_FALSE(trust_chain_has(&chain, 1, second));
	CU_ASSERT_FALSE(trust_chain_has(&chain, 2, second));
	CU_ASSERT_FALSE(trust_chain_has(&chain, 0, first));
	CU_ASSERT_FALSE(
	        trust_chain_has(&chain, (UINT64_C(1) << 32) + 1, first));
	chain.n = 2;
	CU_ASSERT_TRUE(trust_chain_has(&chain, 2, second));
	CU_ASSERT_FALSE(trust_chain_has(&chain, 2, first));
}

static const struct harness_test tests[] = {
	{ "a chain travels in a pack", test_chain },
	{ "each byte counts", test_bytes },
	{ "what is no pack", test_bad },
	{ "sizes of texts and signatures", test_sizes },
	{ "numbers of versions and signatures", test_counts },
	{ "a pack that is too large is not written", test_large },
	{ "nor read", test_too_large },
	{ "what no pack can have is not written", test_put_refused },
	{ "too many signatures are not written", test_put_too_many },
	{ "removals do not fill a chain", test_removal_room },
	{ "a removal behind those that may be", test_late_removal },
	{ "a version by its number and its text", test_has },
	{ NULL, NULL },
};
HARNESS_MAIN("pack", tests)
