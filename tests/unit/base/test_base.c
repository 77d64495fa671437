/*
 * test_base.c - buffers, readers, encodings, clock and secrets.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/secret.h"

#include "tests/common/base/harness.h"

static void
test_reader_sticks(void)
{
	static const uint8_t in[] = { 1, 2, 3 };
	struct reader r = reader_of(bytes_of(in, sizeof(in)));

	CU_ASSERT_EQUAL(reader_u16(&r), 0x0102);
	CU_ASSERT_EQUAL(reader_u32(&r), 0);
	CU_ASSERT_EQUAL(reader_u8(&r), 0); /* though one byte is there */
	CU_ASSERT_FALSE(reader_done(&r));
}

static void
test_reader_done(void)
{
	static const uint8_t in[] = { 1, 2, 3 };
	struct reader r = reader_of(bytes_of(in, sizeof(in)));

	CU_ASSERT_EQUAL(reader_take(&r, 2).len, 2);
	CU_ASSERT_FALSE(reader_done(&r));
	CU_ASSERT_EQUAL(reader_u8(&r), 3);
	CU_ASSERT(reader_done(&r));
}

static void
test_buf_ceiling(void)
{
	AUTO(buf_release) struct buf b = buf_of(10);

	buf_append_str(&b, "0123456789");
	CU_ASSERT_EQUAL(buf_status(&b), OK);
	CU_ASSERT_STRING_EQUAL(buf_str(&b), "0123456789");
	buf_u8(&b, 'x');
	CU_ASSERT_EQUAL(buf_status(&b), E_LIMIT);
	CU_ASSERT_EQUAL(b.len, 10);
	buf_reset(&b);
	buf_printf(&b, "%d", 42);
	CU_ASSERT_STRING_EQUAL(buf_str(&b), "42");
	buf_printf(&b, "%s", "123456789");
	CU_ASSERT_EQUAL(buf_status(&b), E_LIMIT);
}

static void
test_buf_consume(void)
{
	AUTO(buf_release) struct buf b = buf_of(10);

	buf_append_str(&b, "abcdef");
	buf_consume(&b, 2);
	CU_ASSERT_STRING_EQUAL(buf_str(&b), "cdef");
	buf_consume(&b, 9);
	CU_ASSERT_EQUAL(b.len, 0);
}

/* RFC 4648 section 10. */
static const struct {
	const char *plain, *base64, *base64url, *hex;
} vectors[] = {
	{ "", "", "", "" },
	{ "f", "Zg==", "Zg", "66" },
	{ "fo", "Zm8=", "Zm8", "666f" },
	{ "foo", "Zm9v", "Zm9v", "666f6f" },
	{ "foob", "Zm9vYg==", "Zm9vYg", "666f6f62" },
	{ "fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261" },
	{ "foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172" },
	{ "\xfb\xff", "+/8=", "-_8", "fbff" },
};

typedef void encode_fn(struct buf *out, struct bytes in);
typedef err_t decode_fn(struct buf *out, struct bytes text);

static void
check_vector(const char *plain, const char *text, encode_fn *encode,
             decode_fn *decode)
{
	AUTO(buf_release) struct buf b = buf_of(100);

	encode(&b, bytes_of_str(plain));
	CU_ASSERT_STRING_EQUAL(buf_str(&b), text);
	buf_reset(&b);
	CU_ASSERT_EQUAL(decode(&b, bytes_of_str(text)), OK);
	CU_ASSERT_STRING_EQUAL(buf_str(&b), plain);
}

static void
test_encodings(void)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		check_vector(vectors[i].plain, vectors[i].hex, encode_hex,
		             decode_hex);
		check_vector(vectors[i].plain, vectors[i].base64, encode_base64,
		             decode_base64);
		check_vector(vectors[i].plain, vectors[i].base64url,
		             encode_base64url, decode_base64url);
	}
}

static void
refuse(decode_fn *decode, const char *text)
{
	AUTO(buf_release) struct buf b = buf_of(100);

	buf_append_str(&b, "kept");
	CU_ASSERT_EQUAL(decode(&b, bytes_of_str(text)), E_MALFORMED);
	CU_ASSERT_STRING_EQUAL(buf_str(&b), "kept");
}

static void
test_encodings_strict(void)
{
	static const char *const bad64[] = {
		"Zg",   "Zg=",  "Zh==", "Z===", "Zg==\n",
		"Z g=", "-_8=", "====", "Zm9v="
	};
	static const char *const bad64url[] = { "Zg==", "Zh", "Z", "+/8",
		                                "Zm9\n" };
	static const char *const bad_hex[] = { "6", "6g", "0x66", " 66" };

	for (size_t i = 0; i < ARRAY_LEN(bad64); i++)
		refuse(decode_base64, bad64[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad64url); i++)
		refuse(decode_base64url, bad64url[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad_hex); i++)
		refuse(decode_hex, bad_hex[i]);
}

static void
test_exact(void)
{
	uint8_t out[3];

	CU_ASSERT_EQUAL(decode_base64url_exact(bytes_of_str("Zm9v"), out, 3),
	                OK);
	CU_ASSERT_EQUAL(decode_base64url_exact(bytes_of_str("Zm8"), out, 3),
	                E_MALFORMED);
	CU_ASSERT_NOT_EQUAL(decode_hex_exact(bytes_of_str("666f6f62"), out, 3),
	                    OK);
}

/* Instants from `date -u -d TEXT +%s`. */
static const struct {
	const char *text;
	uint64_t s;
} instants[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "2000-02-29T23:59:59Z", 951868799 },
	{ "2026-11-23T12:00:00Z", 1795435200 },
	{ "2100-03-01T00:00:00Z", 4107542400 },
	{ "9999-12-31T23:59:59Z", 253402300799 },
};

static void
test_decimal(void)
{
	static const struct {
		uint64_t n;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ 201, "201" },
		{ UINT64_MAX, "18446744073709551615" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[DECIMAL_SIZE];

		CU_ASSERT_EQUAL(encode_decimal(rows[i].n, text),
		                strlen(rows[i].text));
		CU_ASSERT_STRING_EQUAL(text, rows[i].text);
	}
}

static void
test_clock(void)
{
	for (size_t i = 0; i < ARRAY_LEN(instants); i++) {
		char text[CLOCK_TEXT_SIZE];
		uint64_t at = 1;

		clock_format(instants[i].s * 1000, text);
		CU_ASSERT_STRING_EQUAL(text, instants[i].text);
		CU_ASSERT_EQUAL(clock_parse(bytes_of_str(text), &at), OK);
		CU_ASSERT_EQUAL(at, instants[i].s * 1000);
	}
}

static void
test_clock_offsets(void)
{
	uint64_t at = 0;

	CU_ASSERT_EQUAL(
	        clock_parse(bytes_of_str("2026-11-23T14:30:00.5+02:30"), &at),
	        OK);
	CU_ASSERT_EQUAL(at, 1795435200000);
	CU_ASSERT_EQUAL(
	        clock_parse(bytes_of_str("2026-11-23T11:00:00-01:00"), &at),
	        OK);
	CU_ASSERT_EQUAL(at, 1795435200000);
}

static void
test_clock_strict(void)
{
	static const char *const bad[] = {
		"",
		"2026-11-23",
		"2026-11-23T12:00:00",
		"2026-02-29T12:00:00Z",
		"2026-13-01T12:00:00Z",
		"2026-11-31T12:00:00Z",
		"2026-11-23T24:00:00Z",
		"2026-11-23T12:00:60Z",
		"2026-11-23 12:00:00Z",
		"2026-11-23T12:00:00Zx",
		"1969-12-31T23:59:59Z",
		"2026-11-23T12:00:00.Z",
		"2026-11-23T12:00:00+25:00",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint64_t at = 7;

		CU_ASSERT_EQUAL(clock_parse(bytes_of_str(bad[i]), &at),
		                E_MALFORMED);
		CU_ASSERT_EQUAL(at, 7);
	}
}

/* A temporary file with that content and mode; the test closes it. */
static int
file_of(const char *content, mode_t mode)
{
	char path[] = "/tmp/anchord-test-XXXXXX";
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	unlink(path);
	CU_ASSERT_FATAL(write(fd, content, strlen(content)) ==
	                (ssize_t)strlen(content));
	CU_ASSERT_FATAL(fchmod(fd, mode) == 0);
	CU_ASSERT_FATAL(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static err_t
read_secret(const char *content, mode_t mode, struct secret **ret_secret)
{
	int fd = file_of(content, mode);
	err_t err = secret_read(fd, ret_secret);

	close(fd);
	return err;
}

static void
test_secret(void)
{
	AUTO(secret_free) struct secret *s = NULL;

	CU_ASSERT_EQUAL_FATAL(read_secret("1234\n", 0400, &s), OK);
	CU_ASSERT(secret_equal(secret_bytes(s), bytes_of_str("1234")));
	CU_ASSERT_FALSE(secret_equal(secret_bytes(s), bytes_of_str("1235")));
	CU_ASSERT_FALSE(secret_equal(secret_bytes(s), bytes_of_str("12345")));
}

static void
test_secret_refused(void)
{
	struct secret *s = NULL;

	CU_ASSERT_EQUAL(read_secret("1234", 0440, &s), E_DENIED);
	CU_ASSERT_EQUAL(read_secret("1234", 0604, &s), E_DENIED);
	CU_ASSERT_EQUAL(read_secret("\n", 0400, &s), E_LIMIT);
	CU_ASSERT_EQUAL(read_secret("", 0400, &s), E_LIMIT);

	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(secret_read(fd, &s), E_DENIED);
	close(fd);
	CU_ASSERT_PTR_NULL(s);
}

static const struct harness_test tests[] = {
	{ "a failed reader stays failed", test_reader_sticks },
	{ "a reader is done only at the very end", test_reader_done },
	{ "a buffer stops at its ceiling", test_buf_ceiling },
	{ "a buffer gives up its front", test_buf_consume },
	{ "the encodings of RFC 4648", test_encodings },
	{ "one spelling a value", test_encodings_strict },
	{ "exact lengths", test_exact },
	{ "numbers in decimal", test_decimal },
	{ "instants to text and back", test_clock },
	{ "instants with offsets and fractions", test_clock_offsets },
	{ "no instant that the calendar lacks", test_clock_strict },
	{ "a secret from a closed file", test_secret },
	{ "no secret from an open file", test_secret_refused },
	{ NULL, NULL },
};

HARNESS_MAIN("base", tests)
