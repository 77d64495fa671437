/*
 * test_ssh_key.c - officers' public keys: those of ssh-keygen are read, and
 * each has one encoding.
 */
#include "tests/common/base/harness.h"
#include "tests/common/fakes/ssh_kit.h"
#include "base/encode.h"
#include "crypto/keys/keyring.h"
#include "crypto/keys/signature.h"
#include "trust/ssh_wire.h"

static err_t
parse_text(const char *text)
{
	struct ssh_key key;

	return ssh_key_parse(bytes_of_str(text), &key);
}

static err_t
parse_blob(const struct buf *blob)
{
	struct ssh_key key;

	return ssh_key_parse_blob(buf_bytes(blob), &key);
}

static void
test_stock(void)
{
	for (size_t i = 0; i < SSH_KIT_STOCK; i++) {
		AUTO(buf_release)
		struct buf text = ssh_kit_read(ssh_kit_stock[i], ".pub");
		AUTO(buf_release)
		struct buf print =
		        ssh_kit_read(ssh_kit_stock[i], ".fingerprint");
		AUTO(buf_release) struct buf again = buf_of(SSH_KIT_MAX);
		AUTO(buf_release) struct buf shown = buf_of(SSH_KIT_MAX);
		struct ssh_key key = ssh_kit_stock_key(ssh_kit_stock[i]);
		struct ssh_key of_spki;

		ssh_key_put(&again, &key);
		CU_ASSERT(bytes_equal(buf_bytes(&again), buf_bytes(&text)));
		ssh_key_fingerprint(&shown, &key);
		CU_ASSERT(bytes_equal(buf_bytes(&shown), buf_bytes(&print)));
		CU_ASSERT_FALSE(ssh_key_is_fido(&key));
		CU_ASSERT_EQUAL(
		        signature_check_key(bytes_of(key.spki, key.spki_len)),
		        OK);
		CU_ASSERT_EQUAL_FATAL(
		        ssh_key_of_spki(bytes_of(key.spki, key.spki_len),
		                        &of_spki),
		        OK);
		CU_ASSERT_EQUAL(of_spki.type, key.type);
		CU_ASSERT(memcmp(of_spki.id, key.id, HASH_SIZE) == 0);
	}
}

/* The SubjectPublicKeyInfo that ssh-keygen makes of the same key. */
static void
test_stock_spki(void)
{
	static const char *const names[] = { "ecdsa-256", "ecdsa-384",
		                             "rsa-2048", "rsa-3072" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(buf_release)
		struct buf spki = ssh_kit_read(names[i], ".spki");
		struct ssh_key key = ssh_kit_stock_key(names[i]);

		CU_ASSERT(bytes_equal(bytes_of(key.spki, key.spki_len),
		                      buf_bytes(&spki)));
	}
}

static void
test_stock_refused(void)
{
	static const char *const names[] = { "p521", "dsa", "rsa-1024" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(buf_release)
		struct buf text = ssh_kit_read(names[i], ".pub");
		struct ssh_key key;

		CU_ASSERT_EQUAL(ssh_key_parse(buf_bytes(&text), &key),
		                E_MALFORMED);
	}
}

/* What else a file or an agent writes around a key. */
static void
test_text(void)
{
	static const struct {
		const char *before, *between, *after;
	} rows[] = {
		{ "", " ", " comment" },  { "", " ", "\n" },
		{ " ", " ", "" },         { "", "  ", "" },
		{ "", "\t", "" },         { "", "", "" },
		{ "", " ", "=" },         { "", " ", "AAAA" },
		{ "restrict ", " ", "" }, { "", " ", " " },
	};
	AUTO(buf_release) struct buf text = ssh_kit_read("ed25519", ".pub");
	const char *base64 = strchr(buf_str(&text), ' ') + 1;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf odd = buf_of(SSH_KIT_MAX);

		buf_printf(&odd, "%sssh-ed25519%s%s%s", rows[i].before,
		           rows[i].between, base64, rows[i].after);
		CU_ASSERT_EQUAL(parse_text(buf_str(&odd)), E_MALFORMED);
	}
	CU_ASSERT_EQUAL(parse_text(""), E_MALFORMED);
	CU_ASSERT_EQUAL(parse_text(" "), E_MALFORMED);
	CU_ASSERT_EQUAL(parse_text("ssh-ed25519 "), E_MALFORMED);
	CU_ASSERT_EQUAL(parse_text(buf_str(&text)), OK);
}

/* The text names another type than the blob. */
static void
test_other_type(void)
{
	AUTO(buf_release) struct buf text = ssh_kit_read("ed25519", ".pub");
	const char *base64 = strchr(buf_str(&text), ' ') + 1;
	static const char *const types[] = {
		"ssh-rsa",
		"ecdsa-sha2-nistp256",
		"ssh-ed25519-cert-v01@openssh.com",
		"sk-ssh-ed25519@openssh.com",
		"SSH-ED25519",
		"ssh-ed2551",
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		AUTO(buf_release) struct buf odd = buf_of(SSH_KIT_MAX);

		buf_printf(&odd, "%s %s", types[i], base64);
		CU_ASSERT_EQUAL(parse_text(buf_str(&odd)), E_MALFORMED);
	}
}

/* Cut off or lengthened it is no key; with one byte changed it is none, or
 * another one, which is written as it was read. */
static void
test_bytes(void)
{
	for (size_t i = 0; i < SSH_KIT_STOCK; i++) {
		AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
		struct ssh_key key = ssh_kit_stock_key(ssh_kit_stock[i]);
		struct ssh_key other;

		buf_append(&blob, bytes_of(key.blob, key.blob_len));
		for (size_t n = 0; n < blob.len; n++)
			CU_ASSERT_EQUAL(ssh_key_parse_blob(
			                        bytes_of(blob.data, n), &other),
			                E_MALFORMED);
		for (size_t n = 0; n < blob.len; n++) {
			blob.data[n] ^= 1;
			if (parse_blob(&blob) == OK) {
				CU_ASSERT_EQUAL(
				        ssh_key_parse_blob(buf_bytes(&blob),
				                           &other),
				        OK);
				CU_ASSERT(memcmp(other.id, key.id, HASH_SIZE));
				CU_ASSERT(bytes_equal(
				        bytes_of(other.blob, other.blob_len),
				        buf_bytes(&blob)));
			}
			blob.data[n] ^= 1;
		}
		buf_u8(&blob, 0);
		CU_ASSERT_EQUAL(parse_blob(&blob), E_MALFORMED);
	}
}

/* --- numbers -------------------------------------------------------------- */

/* An odd number of so many bits that is nobody's modulus; sign is what stands
 * in front of it. */
static void
put_rsa(struct buf *out, struct bytes e, struct bytes sign, size_t bits)
{
	size_t len = (bits + 7) / 8;

	ssh_put_string(out, bytes_of_str("ssh-rsa"));
	ssh_put_string(out, e);
	buf_u32(out, (uint32_t)(sign.len + len));
	buf_append(out, sign);
	uint8_t *n = buf_extend(out, len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(n);
	memset(n, 0xa5, len);
	n[0] = (uint8_t)(0xff >> (len * 8 - bits));
}

static void
test_rsa(void)
{
#define B(s)                                        \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}
	static const struct {
		size_t bits;
		struct bytes e, sign;
		err_t wanted;
	} rows[] = {
		{ 2048, B("\1\0\1"), B("\0"), OK },
		{ 4096, B("\1\0\1"), B("\0"), OK },
		{ 2048, B("\1\0\3"), B("\0"), OK },
		{ 2048, B("\1\0\1"), B(""), E_MALFORMED }, /* negative */
		{ 2048, B("\1\0\1"), B("\0\0"), E_MALFORMED },
		{ 2047, B("\1\0\1"), B(""), E_MALFORMED },
		{ 2047, B("\1\0\1"), B("\0"), E_MALFORMED },
		{ 2040, B("\1\0\1"), B("\0"), E_MALFORMED },
		{ 4104, B("\1\0\1"), B("\0"), E_MALFORMED },
		{ 2048, B("\3"), B("\0"), E_MALFORMED },
		{ 2048, B("\1"), B("\0"), E_MALFORMED },
		{ 2048, B("\1\0\2"), B("\0"), E_MALFORMED },
		{ 2048, B("\0\1\0\1"), B("\0"), E_MALFORMED },
		{ 2048, B("\201\0\1"), B("\0"), E_MALFORMED }, /* negative */
		{ 2048, B(""), B("\0"), E_MALFORMED },
		{ 2048, B("\0"), B("\0"), E_MALFORMED },
	};
#undef B

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);

		put_rsa(&blob, rows[i].e, rows[i].sign, rows[i].bits);
		CU_ASSERT_EQUAL(parse_blob(&blob), rows[i].wanted);
	}
}

static err_t
parse_point(const char *type, const char *curve, struct bytes point)
{
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);

	ssh_put_string(&blob, bytes_of_str(type));
	ssh_put_string(&blob, bytes_of_str(curve));
	ssh_put_string(&blob, point);
	return parse_blob(&blob);
}

static void
test_points(void)
{
	static const char p256[] = "ecdsa-sha2-nistp256";
	struct ssh_key key = ssh_kit_stock_key("ecdsa-256");
	uint8_t point[1 + 64 + 1] = { 0 };
	struct bytes whole = bytes_of(point, 65);

	memcpy(point, key.blob + key.blob_len - 65, 65);
	CU_ASSERT_EQUAL(parse_point(p256, "nistp256", whole), OK);
	CU_ASSERT_EQUAL(parse_point(p256, "nistp384", whole), E_MALFORMED);
	CU_ASSERT_EQUAL(parse_point(p256, "P-256", whole), E_MALFORMED);
	CU_ASSERT_EQUAL(parse_point("ecdsa-sha2-nistp384", "nistp256", whole),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(parse_point(p256, "nistp256", bytes_of(point, 66)),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(parse_point(p256, "nistp256", bytes_of("", 1)),
	                E_MALFORMED); /* infinity */

	uint8_t odd = point[64] & 1;
	point[0] = (uint8_t)(6 | odd); /* hybrid: X9.62 section 4.3.6 */
	CU_ASSERT_EQUAL(parse_point(p256, "nistp256", whole), E_MALFORMED);
	point[0] = (uint8_t)(2 | odd); /* compressed */
	CU_ASSERT_EQUAL(parse_point(p256, "nistp256", bytes_of(point, 33)),
	                E_MALFORMED);
	point[0] = 4;
	point[64] ^= 1; /* not on the curve */
	CU_ASSERT_EQUAL(parse_point(p256, "nistp256", whole), E_MALFORMED);
}

/* By these points anybody can sign: the eight of small order, and what else is
 * read as one of them. */
static void
test_small_order(void)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000"
		"0",
		"0100000000000000000000000000000000000000000000000000000000000"
		"0",
		"ecfffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53f"
		"c",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac0"
		"3",
		"edfffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"f",
		"eefffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"f",
		"f2fffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"f",
	};
	static const uint8_t last[] = { 0x00, 0x00, 0x7f, 0x05,
		                        0x7a, 0x7f, 0x7f, 0x7f };

	for (size_t i = 0; i < 2 * ARRAY_LEN(points); i++) {
		AUTO(buf_release) struct buf point = buf_of(64);
		AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
		AUTO(buf_release) struct buf spki = buf_of(SSH_KIT_MAX);

		CU_ASSERT_EQUAL(decode_hex(&point, bytes_of_str(points[i / 2])),
		                OK);
		buf_u8(&point, (uint8_t)(last[i / 2] | (i % 2 ? 0x80 : 0)));
		CU_ASSERT_EQUAL_FATAL(point.len, 32);
		ssh_put_string(&blob, bytes_of_str("ssh-ed25519"));
		ssh_put_string(&blob, buf_bytes(&point));
		CU_ASSERT_EQUAL(parse_blob(&blob), E_MALFORMED);
		CU_ASSERT_EQUAL(key_encode(ALG_ED25519, buf_bytes(&point),
		                           bytes_of(NULL, 0), &spki),
		                E_MALFORMED);
	}
}

/* An Ed25519 point with a small y; odd: with the sign of x. */
static void
put_small_point(struct buf *blob, const char *type, uint8_t y, bool odd)
{
	uint8_t point[32] = { y };

	point[31] = odd ? 0x80 : 0;
	ssh_put_string(blob, bytes_of_str(type));
	ssh_put_string(blob, bytes_of(point, sizeof(point)));
}

/* For some of these y there is no x, so that nobody can sign by them; libcrypto
 * takes all for keys. */
static void
test_on_curve(void)
{
	static const bool on_curve[] = {
		[3] = true, [4] = true,  [5] = true,  [6] = true,
		[9] = true, [10] = true, [11] = false
	};

	for (uint8_t y = 2; y < ARRAY_LEN(on_curve); y++)
		for (int odd = 0; odd < 2; odd++) {
			AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
			AUTO(buf_release) struct buf fido = buf_of(SSH_KIT_MAX);
			err_t err = on_curve[y] ? OK : E_MALFORMED;

			put_small_point(&blob, "ssh-ed25519", y, odd);
			CU_ASSERT_EQUAL(parse_blob(&blob), err);
			put_small_point(&fido, "sk-ssh-ed25519@openssh.com", y,
			                odd);
			ssh_put_string(&fido, bytes_of_str("ssh:"));
			CU_ASSERT_EQUAL(parse_blob(&fido), err);
		}
}

/* --- FIDO ----------------------------------------------------------------- */

static void
test_fido(void)
{
	static const struct {
		const char *application;
		err_t wanted;
	} rows[] = {
		{ "ssh:", OK },
		{ "ssh:anchord officers", OK },
		{ "ssh:"
		  "56789012345678901234567890123456789012345678901234567890123",
		  OK },
		{ "ssh:"
		  "56789012345678901234567890123456789012345678901234567890123"
		  "4",
		  E_MALFORMED },
		{ "", E_MALFORMED },
		{ "ssh", E_MALFORMED },
		{ "https://example.org", E_MALFORMED },
		{ "ssh:\n", E_MALFORMED },
		{ "ssh:\177", E_MALFORMED },
		{ "ssh:\303\251", E_MALFORMED },
	};
	static const enum alg algs[] = { ALG_ES256, ALG_ED25519 };

	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		AUTO(soft_key_free)
		struct soft_key *soft = soft_key_new(algs[i % 2], "fido");
		AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
		AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
		struct ssh_key key, again;

		ssh_kit_put_fido(soft, rows[i / 2].application, &blob);
		CU_ASSERT_EQUAL(parse_blob(&blob), rows[i / 2].wanted);
		if (rows[i / 2].wanted != OK)
			continue;
		CU_ASSERT_EQUAL(ssh_key_parse_blob(buf_bytes(&blob), &key), OK);
		CU_ASSERT(ssh_key_is_fido(&key));
		CU_ASSERT_STRING_EQUAL(key.application,
		                       rows[i / 2].application);
		CU_ASSERT(bytes_equal(bytes_of(key.spki, key.spki_len),
		                      soft_key_spki(soft)));
		ssh_key_put(&text, &key);
		CU_ASSERT_EQUAL(ssh_key_parse(buf_bytes(&text), &again), OK);
		buf_u8(&blob, 0);
		CU_ASSERT_EQUAL(parse_blob(&blob), E_MALFORMED);
	}
}

/* A NUL would end the application for whoever reads it as a C string. */
static void
test_fido_nul(void)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ED25519, "fido");
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);

	ssh_kit_put_fido(soft, "ssh:ab", &blob);
	CU_ASSERT_EQUAL(parse_blob(&blob), OK);
	blob.data[blob.len - 2] = 0;
	CU_ASSERT_EQUAL(parse_blob(&blob), E_MALFORMED);
}

static void
test_of_spki(void)
{
	struct ssh_key key;

	CU_ASSERT_EQUAL(ssh_key_of_spki(bytes_of("", 0), &key), E_MALFORMED);
	CU_ASSERT_EQUAL(ssh_key_of_spki(bytes_of_str("key"), &key),
	                E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "stock keys are read and written", test_stock },
	{ "the SubjectPublicKeyInfo is the stock one", test_stock_spki },
	{ "other stock keys are refused", test_stock_refused },
	{ "nothing stands around a key", test_text },
	{ "the text's type is the blob's", test_other_type },
	{ "each byte counts", test_bytes },
	{ "RSA numbers have one encoding", test_rsa },
	{ "points have one encoding and are on the curve", test_points },
	{ "points of small order are no keys", test_small_order },
	{ "Ed25519 points lie on the curve", test_on_curve },
	{ "FIDO applications begin with ssh:", test_fido },
	{ "a FIDO application has no NUL", test_fido_nul },
	{ "no key of nonsense", test_of_spki },
	{ NULL, NULL },
};
HARNESS_MAIN("ssh_key", tests)
