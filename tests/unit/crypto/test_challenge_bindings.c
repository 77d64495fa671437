/*
 * test_challenge_bindings.c - release and account in a challenge, to the byte;
 * and that a challenge of before them is what it was.
 */
#include "base/encode.h"
#include "crypto/codec/cbor.h"
#include "tests/unit/crypto/test_challenge_kit.h"

/* What docs/formats.md had as its example before them: a challenge with the
 * five bindings that there were, and the key that signed it.  This text never
 * changes. */
static const char old_challenge[] =
        "82590138ad017668747470733a2f2f616e63686f722e6578616d706c65036962"
        "61636b656e642d61041a6b042b38061a6b042ac0075000000001000000070000"
        "0000000000010a58205da1af2bed4c70944d5fe6a055f1256d30545f0eea1f4c"
        "59cfa8ab1c7150e94b190109781975726e3a782d616e63686f72643a6368616c"
        "6c656e67653a313a00010000686d657461646174613a00010001782f6468315f"
        "6d34594a5a306b586e326e4a78316356743070364f3163347732654b71385937"
        "62356433663168304139733a0001000258206b55c845071fd75c43195b20138d"
        "7a89f7f1603b4eb26e3025ad8b23205f5b783a0001000358201cfc592773b34e"
        "5686b3036175ceddcd2271897229037a718ac9eca4eb35331a3a000100046462"
        "6574613a00010005736f726465722d323032362d31312d32332f3137d284588e"
        "a5012604582b35486175324730614c786f3935753369526333436b3946413266"
        "65534738576842575362726455706532300fa5017668747470733a2f2f616e63"
        "686f722e6578616d706c65041a6b042b38061a6b042ac03a00010006073a0001"
        "0007021078246170706c69636174696f6e2f782d616e63686f72642d6368616c"
        "6c656e67652b636f736519018b01a119018ca120815826830200815820d6a057"
        "26aeddce6394d8aecb3acbc65a0f59dcb811cf8d94b764bf656164dcf4f65840"
        "e12c4ad3fea6210a784fa3c961a15c017f922a94f264c3176dee8558d515723b"
        "46227dda5be1008c103d88507e02fd462df4b1f0e14166ba335fb64dc3c689b8";

static const char old_keys[] =
        "{\"keys\":[{\"alg\":\"ES256\",\"crv\":\"P-256\",\"kid\":"
        "\"5Hau2G0aLxo95u3"
        "iRc3Ck9FA2feSG8WhBWSbrdUpe20\",\"kty\":\"EC\",\"use\":\"sig\",\"x\":"
        "\"ee"
        "kIvMHfqBpRvXQBVUfC3OzXbO4Vjvjxkca83tgdWVg\",\"y\":\"f25muAedxOL9"
        "A5TxBv3qTjUaOj4jXs2ipj3bHv2ZdKk\"}]}";

static void
test_old(void)
{
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	AUTO(keyring_free) struct keyring *ring = NULL;
	struct challenge c;

	CU_ASSERT_EQUAL_FATAL(decode_hex(&token, bytes_of_str(old_challenge)),
	                      OK);
	CU_ASSERT_EQUAL_FATAL(keyring_of_jwks(bytes_of_str(old_keys), &ring),
	                      OK);
	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&token), &c), OK);
	CU_ASSERT_EQUAL(challenge_verify(&c, ring), OK);
	CU_ASSERT_EQUAL(c.claims.bindings.present, 0x1f);
	CU_ASSERT(bytes_equal_str(c.claims.bindings.transaction,
	                          "order-2026-11-23/17"));

	AUTO(buf_release) struct buf claims = buf_of(CHALLENGE_MAX);
	challenge_put_claims(&claims, &c.claims);
	CU_ASSERT(bytes_equal(buf_bytes(&claims), c.claims_bytes));
}

/* The claims of a challenge with these bindings, and n more entries of the map,
 * whose bytes follow. */
static bool
opens_with(const struct bindings *bindings, size_t n, const struct buf *more)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ED25519);
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	AUTO(buf_release) struct buf claims = buf_of(CHALLENGE_MAX);
	struct challenge_claims in = soft_batch_claims(0);
	struct challenge c, again;

	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&f.token), &c), OK);
	in.bindings = *bindings;
	challenge_put_claims(&claims, &in);
	claims.data[0] = (uint8_t)(claims.data[0] + n); /* entries of a map */
	buf_append(&claims, buf_bytes(more));
	receipt_put_token(&token, buf_bytes(&claims), c.head_bytes, &c.proof,
	                  c.signature);
	CU_ASSERT_EQUAL_FATAL(buf_status(&token), OK);
	return challenge_open(buf_bytes(&token), &again) == OK;
}

#define HASH_A "0123456789abcdef0123456789abcdef"

static void
put_release(struct buf *out, const char *text)
{
	cbor_put_int(out, -65545);
	cbor_put_text(out, bytes_of_str(text));
}

static void
put_account(struct buf *out, const char *bytes)
{
	cbor_put_int(out, -65546);
	cbor_put_bytes(out, bytes_of_str(bytes));
}

static const struct bindings transaction = {
	.present = BINDING_BIT(TRANSACTION),
	.transaction = { (const uint8_t *)"t", 1 },
};

static void
test_to_the_byte(void)
{
	static const uint8_t wanted[] = "\x3a\x00\x01\x00\x08\x63r-"
	                                "1\x3a\x00\x01\x00\x09\x58\x20" HASH_A;
	AUTO(buf_release) struct buf out = buf_of(CHALLENGE_MAX);
	struct challenge_claims c = soft_batch_claims(0);
	size_t len = sizeof(wanted) - 1;

	c.bindings = transaction;
	c.bindings.present |= BINDING_BIT(RELEASE) | BINDING_BIT(ACCOUNT);
	c.bindings.release = bytes_of_str("r-1");
	memcpy(c.bindings.account, HASH_A, HASH_SIZE);
	challenge_put_claims(&out, &c);
	CU_ASSERT_EQUAL(out.data[0], 0xa0 + 8 + 3);
	CU_ASSERT(bytes_equal(bytes_of(out.data + out.len - len, len),
	                      bytes_of(wanted, len)));
}

static void
test_forms(void)
{
	AUTO(buf_release) struct buf b = buf_of(CHALLENGE_MAX);
	char text[RELEASE_MAX + 2] = "";

	put_release(&b, "r-1");
	CU_ASSERT(opens_with(&transaction, 1, &b));
	put_account(&b, HASH_A);
	CU_ASSERT(opens_with(&transaction, 2, &b));
	buf_reset(&b);
	put_account(&b, HASH_A);
	CU_ASSERT(opens_with(&transaction, 1, &b));

	for (size_t n = 0; n <= RELEASE_MAX + 1; n++) {
		buf_reset(&b);
		put_release(&b, text);
		CU_ASSERT_EQUAL(opens_with(&transaction, 1, &b),
		                n >= 1 && n <= RELEASE_MAX);
		memset(text, 'x', n + 1 < sizeof(text) ? n + 1 : n);
	}
	for (size_t n = 0; n < 64; n++) {
		uint8_t account[64] = { 1 };

		buf_reset(&b);
		cbor_put_int(&b, -65546);
		cbor_put_bytes(&b, bytes_of(account, n));
		CU_ASSERT_EQUAL(opens_with(&transaction, 1, &b), n == 32);
	}
}

static void
test_malformed(void)
{
	AUTO(buf_release) struct buf b = buf_of(CHALLENGE_MAX);
	static const char *const texts[] = { "a\nb", "a\x7f", "a\xff", "\xc3",
		                             "\xed\xa0\x80" };
	static const int64_t labels[] = { -65543, -65544, -65547, -65548,
		                          -65536 };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_reset(&b);
		put_release(&b, texts[i]);
		CU_ASSERT_FALSE(opens_with(&transaction, 1, &b));
	}
	/* the other's type, and neither's */
	buf_reset(&b);
	cbor_put_int(&b, -65545);
	cbor_put_bytes(&b, bytes_of_str("r-1"));
	CU_ASSERT_FALSE(opens_with(&transaction, 1, &b));
	buf_reset(&b);
	cbor_put_int(&b, -65546);
	cbor_put_text(&b, bytes_of_str(HASH_A));
	CU_ASSERT_FALSE(opens_with(&transaction, 1, &b));
	buf_reset(&b);
	cbor_put_int(&b, -65545);
	cbor_put_uint(&b, 4);
	CU_ASSERT_FALSE(opens_with(&transaction, 1, &b));
	/* labels of the receipt, and nobody's */
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		buf_reset(&b);
		cbor_put_int(&b, labels[i]);
		cbor_put_uint(&b, 7);
		CU_ASSERT_FALSE(opens_with(&transaction, 1, &b));
	}
}

static void
test_order(void)
{
	AUTO(buf_release) struct buf b = buf_of(CHALLENGE_MAX);
	struct bindings account = { .present = BINDING_BIT(ACCOUNT) };

	put_release(&b, "r-1");
	put_release(&b, "r-1");
	CU_ASSERT_FALSE(opens_with(&transaction, 2, &b));
	buf_reset(&b);
	put_account(&b, HASH_A);
	put_account(&b, HASH_A);
	CU_ASSERT_FALSE(opens_with(&transaction, 2, &b));
	buf_reset(&b);
	put_account(&b, HASH_A);
	put_release(&b, "r-1");
	CU_ASSERT_FALSE(opens_with(&transaction, 2, &b));
	/* after both comes none of the others */
	memcpy(account.account, HASH_A, HASH_SIZE);
	buf_reset(&b);
	cbor_put_int(&b, -65542);
	cbor_put_text(&b, bytes_of_str("t"));
	CU_ASSERT_FALSE(opens_with(&account, 1, &b));
}

static const struct harness_test tests[] = {
	{ "a challenge of before them is what it was", test_old },
	{ "their labels and values, to the byte", test_to_the_byte },
	{ "each alone, both, and at their edges", test_forms },
	{ "another type, another label, no UTF-8", test_malformed },
	{ "none twice, and in one order", test_order },
	{ NULL, NULL },
};

HARNESS_MAIN("challenge_bindings", tests)
