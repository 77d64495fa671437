/*
 * test_verdict_tag.c - the tag of a verdict, against another implementation's,
 * and that no field of a finding is without it.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/verdict_kit.h"
#include "base/encode.h"
#include "base/secret.h"
#include "crypto/token/verdict_tag.h"

static struct secret *
key_of(const char *text)
{
	struct secret *key = NULL;

	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str(text), &key), OK);
	return key;
}

/* Python's hmac, over b"anchord-verdict-1\0abc". */
static void
test_vector(void)
{
	AUTO(secret_free) struct secret *key = key_of(VERDICT_KIT_KEY);
	AUTO(secret_free) struct secret *other = key_of(VERDICT_KIT_OTHER_KEY);
	uint8_t wanted[HASH_SIZE], tag[HASH_SIZE];

	CU_ASSERT_EQUAL(
	        decode_hex_exact(
	                bytes_of_str("043381b52d16df4ad79f6f65fe0925e8"
	                             "9a2b2c99b8f4b61ad9527ecbd7c26100"),
	                wanted, HASH_SIZE),
	        OK);
	verdict_tag(key, bytes_of_str("abc"), tag);
	CU_ASSERT_EQUAL(memcmp(tag, wanted, HASH_SIZE), 0);
	CU_ASSERT_TRUE(verdict_tag_good(key, bytes_of_str("abc"), tag));
	CU_ASSERT_FALSE(verdict_tag_good(key, bytes_of_str("abd"), tag));
	CU_ASSERT_FALSE(verdict_tag_good(other, bytes_of_str("abc"), tag));
	for (size_t i = 0; i < HASH_SIZE; i++) {
		tag[i] ^= 1;
		CU_ASSERT_FALSE(
		        verdict_tag_good(key, bytes_of_str("abc"), tag));
		tag[i] ^= 1;
	}
	verdict_tag(key, bytes_of(NULL, 0), tag); /* after one, another */
	verdict_tag(key, bytes_of_str("abc"), tag);
	CU_ASSERT_EQUAL(memcmp(tag, wanted, HASH_SIZE), 0);
}

static void
bytes_of_verdict(const struct wire_verdict *v, struct buf *out)
{
	const struct wire_finding f = wire_finding_of(v);

	buf_reset(out);
	wire_put_finding(out, &f);
	CU_ASSERT_EQUAL(buf_status(out), OK);
}

/* From the table: one bit of any field is another text. */
static void
test_every_field(void)
{
	AUTO(buf_release) struct buf first = buf_of(4096);
	AUTO(buf_release) struct buf other = buf_of(4096);
	struct wire_verdict v = { .tenant = bytes_of_str("a") };
	size_t n = 0;

	CU_ASSERT_EQUAL(facts_add_number(&v.facts, FACT_NOT_BELOW,
	                                 bytes_of_str("a"), 2),
	                OK);
	bytes_of_verdict(&v, &first);
#define TRY_FIELD(type, name)                                               \
	{                                                                   \
		struct wire_verdict w = v;                                  \
		change_##type(&w.name);                                     \
		bytes_of_verdict(&w, &other);                               \
		CU_ASSERT_FALSE(                                            \
		        bytes_equal(buf_bytes(&first), buf_bytes(&other))); \
		n++;                                                        \
	}
#define change_flag(v) *(v) ^= 1
#define change_workflow(v) *(v) ^= 1
#define change_u32(v) *(v) ^= 1
#define change_u64(v) *(v) ^= 1
#define change_hash(v) (*(v))[31] ^= 1
#define change_id16(v) (*(v))[15] ^= 1
#define change_vector(v) (*(v))[7] ^= 1
#define change_text(v) *(v) = bytes_of_str("b")
#define change_blob(v) *(v) = bytes_of_str("b")
#define change_bindings(v) (v)->transport[31] ^= 1
#define change_facts(v) (v)->rows[0].number ^= 1
	WIRE_FINDING(TRY_FIELD)
	CU_ASSERT_EQUAL(n, 30);
}

/* No byte moves from a text to its neighbour; and what decodes is what was. */
static void
test_canonical(void)
{
	AUTO(buf_release) struct buf a = buf_of(4096);
	AUTO(buf_release) struct buf b = buf_of(4096);
	struct wire_finding f = {
		.bindings = { .present = BINDING_BIT(CHANNEL) |
		                         BINDING_BIT(TRANSACTION),
		              .channel = bytes_of_str("ab"),
		              .transaction = bytes_of_str("c") },
	};
	struct wire_finding got;

	wire_put_finding(&a, &f);
	CU_ASSERT_EQUAL(wire_get_finding(buf_bytes(&a), &got), OK);
	CU_ASSERT_TRUE(bytes_equal_str(got.bindings.channel, "ab"));
	f.bindings.channel = bytes_of_str("a");
	f.bindings.transaction = bytes_of_str("bc");
	wire_put_finding(&b, &f);
	CU_ASSERT_FALSE(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
	CU_ASSERT_EQUAL(wire_get_finding(bytes_of(a.data, a.len - 1), &got),
	                E_MALFORMED);
	buf_u8(&a, 0);
	CU_ASSERT_EQUAL(wire_get_finding(buf_bytes(&a), &got), E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "is HMAC-SHA-256 over its words and the finding", test_vector },
	{ "covers every field", test_every_field },
	{ "covers where a field ends", test_canonical },
	{ NULL, NULL },
};

HARNESS_MAIN("verdict_tag", tests)
