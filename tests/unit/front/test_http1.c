/*
 * test_http1.c - the parser of HTTP/1.1 heads, with input of request smuggling.
 *
 * Each row has a head and the required result.  Each is parsed as a whole and
 * byte by byte, with the same result.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buf.h"

#include "front/http/http1.h"
#include "tests/common/base/harness.h"

#define GET "GET / HTTP/1.1\r\n"
#define POST "POST /x HTTP/1.1\r\nHost: a\r\n"
#define HOST "Host: a\r\n"
#define END "\r\n"

/* Views of literals, so that NUL can be one of the bytes. */
#define ROW(text, fault)                          \
	{                                         \
		(text), sizeof(text) - 1, (fault) \
	}

static const struct {
	const char *text;
	size_t len;
	enum http1_fault fault;
} rows[] = {
	/* good */
	ROW(GET HOST END, HTTP1_NO_FAULT),
	ROW("DELETE /a/b?c=d HTTP/1.1\r\nhOsT:a\r\n" END, HTTP1_NO_FAULT),
	ROW(GET "Host: [::1]:8443\r\n" END, HTTP1_NO_FAULT),
	ROW(GET "Host:\t a \t\r\n" END, HTTP1_NO_FAULT),
	ROW(GET HOST "X: \"quoted\tand\ttabbed\"\r\n" END, HTTP1_NO_FAULT),
	ROW(GET HOST "X:\r\n" END, HTTP1_NO_FAULT),
	ROW(GET HOST "!#$%&'*+-.^_`|~9: v\r\n" END, HTTP1_NO_FAULT),
	ROW(GET HOST "X: a\r\nX: b\r\n" END, HTTP1_NO_FAULT),
	ROW(POST "Content-Length: 0\r\n" END, HTTP1_NO_FAULT),
	ROW(POST "Content-Length: 007\r\n" END, HTTP1_NO_FAULT),
	ROW(POST "Content-Length: 9999999999999999999\r\n" END, HTTP1_NO_FAULT),
	ROW(GET HOST "Connection: Keep-Alive\r\n" END, HTTP1_NO_FAULT),
	ROW(GET HOST "Connection: close\r\n" END, HTTP1_NO_FAULT),

	/* line endings */
	ROW("GET / HTTP/1.1\nHost: a\r\n" END, HTTP1_LINE_ENDING),
	ROW(GET "Host: a\n" END, HTTP1_LINE_ENDING),
	ROW(GET HOST "\n", HTTP1_LINE_ENDING),
	ROW(GET "Host: a\r\r\n" END, HTTP1_LINE_ENDING),
	ROW(GET "Host: a\rX: b\r\n" END, HTTP1_LINE_ENDING),
	ROW("\rGET / HTTP/1.1\r\n" HOST END, HTTP1_LINE_ENDING),
	ROW("\nGET / HTTP/1.1\r\n" HOST END, HTTP1_LINE_ENDING),
	ROW(POST "Content-Length: 1\r\r\n" END, HTTP1_LINE_ENDING),
	ROW(POST "X: a\rContent-Length: 5\r\n" END, HTTP1_LINE_ENDING),
	ROW(POST "X: a\nTransfer-Encoding: chunked\r\n" END, HTTP1_LINE_ENDING),

	/* the request line */
	ROW("\r\nGET / HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW(" GET / HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET  / HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET /  HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET / HTTP/1.1 \r\n" HOST END, HTTP1_LINE),
	ROW("GET / x HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET\t/ HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET /\tHTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET /\vHTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET\r\n" HOST END, HTTP1_LINE),
	ROW("GET /\r\n" HOST END, HTTP1_LINE),
	ROW("GET HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("G(T / HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("G\0T / HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET\x80 / HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET x HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET * HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET http://a/ HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("CONNECT a:443 HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET /#f HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET /\0 HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET /\x7f HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("GET /\xc3\xa9 HTTP/1.1\r\n" HOST END, HTTP1_LINE),
	ROW("PRI * HTTP/2.0\r\n\r\n", HTTP1_LINE),
	ROW("\x16\x03\x01\r\n\r\n", HTTP1_LINE),

	/* the version */
	ROW("GET / HTTP/1.0\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / HTTP/1.2\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / HTTP/1.10\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / HTTP/01.1\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / HTTP/4294967297.1\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / HTTP/2.0\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / http/1.1\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / HTTP/1.1\t\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / HTTP/1.1\0\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / HTTP\r\n" HOST END, HTTP1_VERSION),
	ROW("GET / \r\n" HOST END, HTTP1_VERSION),

	/* names and values */
	ROW(GET " Host: a\r\n" END, HTTP1_FOLD),
	ROW(GET HOST "X: a\r\n b\r\n" END, HTTP1_FOLD),
	ROW(GET HOST "X: a\r\n\tb\r\n" END, HTTP1_FOLD),
	ROW(POST "Transfer-Encoding:\r\n chunked\r\n" END, HTTP1_FOLD),
	ROW(POST "Content-Length:\r\n 5\r\n" END, HTTP1_FOLD),
	ROW(GET "Host : a\r\n" END, HTTP1_NAME),
	ROW(GET "Host\t: a\r\n" END, HTTP1_NAME),
	ROW(POST "Content-Length : 5\r\n" END, HTTP1_NAME),
	ROW(POST "Transfer-Encoding : chunked\r\n" END, HTTP1_NAME),
	ROW(POST "Content\0-Length: 5\r\n" END, HTTP1_NAME),
	ROW(GET HOST ": v\r\n" END, HTTP1_NAME),
	ROW(GET HOST "novalue\r\n" END, HTTP1_NAME),
	ROW(GET HOST "a b: c\r\n" END, HTTP1_NAME),
	ROW(GET HOST "X\x80: c\r\n" END, HTTP1_NAME),
	ROW(GET HOST "(X): c\r\n" END, HTTP1_NAME),
	ROW(GET HOST "X: a\0b\r\n" END, HTTP1_VALUE),
	ROW(GET HOST "X: a\x7f\r\n" END, HTTP1_VALUE),
	ROW(GET HOST "X: a\x0b\r\n" END, HTTP1_VALUE),
	ROW(GET HOST "X: \xff\r\n" END, HTTP1_VALUE),
	ROW(POST "Transfer-Encoding: \x0b"
	         "chunked\r\n" END,
	    HTTP1_VALUE),

	/* Host */
	ROW(GET END, HTTP1_HOST),
	ROW(GET "Host:\r\n" END, HTTP1_HOST),
	ROW(GET HOST HOST END, HTTP1_HOST),
	ROW(GET HOST "HOST: b\r\n" END, HTTP1_HOST),
	ROW(GET "Host: a, b\r\n" END, HTTP1_HOST),
	ROW(GET "Host: a b\r\n" END, HTTP1_HOST),
	ROW(GET "Host: a/b\r\n" END, HTTP1_HOST),
	ROW(GET "Host: u@a\r\n" END, HTTP1_HOST),
	ROW(GET "X-Host: a\r\n" END, HTTP1_HOST),

	/* Content-Length */
	ROW(POST "Content-Length:\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: -1\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: +1\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: 0x1\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: 1 1\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: 1_1\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: 5, 5\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: 5,\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: 5.0\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: 1e1\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: \"5\"\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: 18446744073709551617\r\n" END, HTTP1_LENGTH),
	ROW(POST "Content-Length: 5\r\nContent-Length: 5\r\n" END,
	    HTTP1_LENGTH),
	ROW(POST "Content-Length: 5\r\ncontent-length: 6\r\n" END,
	    HTTP1_LENGTH),

	/* unsupported features */
	ROW(POST "Transfer-Encoding: chunked\r\n" END, HTTP1_TRANSFER),
	ROW(POST "Transfer-Encoding: identity\r\n" END, HTTP1_TRANSFER),
	ROW(POST "Transfer-Encoding:\r\n" END, HTTP1_TRANSFER),
	ROW(POST "transfer-ENCODING: xchunked\r\n" END, HTTP1_TRANSFER),
	ROW(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END,
	    HTTP1_TRANSFER),
	ROW(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END,
	    HTTP1_TRANSFER),
	ROW(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n" END,
	    HTTP1_TRANSFER),
	ROW(POST "TE: trailers\r\n" END, HTTP1_TRANSFER),
	ROW(POST "Trailer: X\r\n" END, HTTP1_TRANSFER),
	ROW(GET HOST "Upgrade: h2c\r\n" END, HTTP1_UPGRADE),
	ROW(GET HOST "HTTP2-Settings: AAMAAABkAAQAAP__\r\n" END, HTTP1_UPGRADE),
	ROW(POST "Expect: 100-continue\r\n" END, HTTP1_EXPECT),
	ROW(GET HOST "Connection: upgrade\r\n" END, HTTP1_CONNECTION),
	ROW(GET HOST "Connection: close, Content-Length\r\n" END,
	    HTTP1_CONNECTION),
	ROW(GET HOST "Connection: TE\r\n" END, HTTP1_CONNECTION),
	ROW(GET HOST "Connection: close\r\nConnection: keep-alive\r\n" END,
	    HTTP1_CONNECTION),
	ROW(POST "Content-Type: a/b\r\nContent-Type: c/d\r\n" END, HTTP1_TWICE),
	ROW(POST "Accept: a/b\r\naccept: c/d\r\n" END, HTTP1_TWICE),
	ROW(POST "Content-Encoding: gzip\r\nContent-Encoding: br\r\n" END,
	    HTTP1_TWICE),
};

static enum http1_fault
whole(struct bytes in)
{
	struct http1_head head;
	enum http1_fault fault = HTTP1_NO_FAULT;
	size_t scanned = 0;

	switch (http1_parse(in, &scanned, &head, &fault)) {
	case HTTP1_HEAD:
		return head.size == in.len ? HTTP1_NO_FAULT : HTTP1_FAULT_COUNT;
	case HTTP1_BAD:
		return fault;
	case HTTP1_MORE:
		break;
	}
	return HTTP1_FAULT_COUNT;
}

/* Copies each prefix to a buffer of exactly its length, so that a sanitizer
 * detects a read past the end. */
static enum http1_fault
dripped(struct bytes in)
{
	struct http1_head head;
	enum http1_fault fault = HTTP1_FAULT_COUNT;
	size_t scanned = 0;

	for (size_t n = 1; n <= in.len; n++) {
		uint8_t *copy = malloc(n);
		enum http1_outcome outcome = HTTP1_MORE;

		if (copy) {
			memcpy(copy, in.data, n);
			outcome = http1_parse(bytes_of(copy, n), &scanned,
			                      &head, &fault);
		}
		free(copy);
		if (outcome == HTTP1_BAD)
			return fault;
		if (outcome == HTTP1_HEAD)
			return n == in.len ? HTTP1_NO_FAULT : HTTP1_FAULT_COUNT;
	}
	return HTTP1_FAULT_COUNT;
}

static void
test_rows(void)
{
	CU_ASSERT(ARRAY_LEN(rows) >= 80);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bytes in = bytes_of(rows[i].text, rows[i].len);
		enum http1_fault at_once = whole(in);
		enum http1_fault slowly = dripped(in);

		if (at_once != rows[i].fault || slowly != rows[i].fault)
			printf("  row %zu: %u, %u, wanted %u: %s\n", i, at_once,
			       slowly, rows[i].fault, rows[i].text);
		CU_ASSERT_EQUAL(at_once, rows[i].fault);
		CU_ASSERT_EQUAL(slowly, rows[i].fault);
	}
}

static void
test_parts(void)
{
	static const char text[] = "POST /v1/x?y HTTP/1.1\r\nHost: a\r\n"
	                           "Content-Length: 0042\r\nX-Y:  z \r\n"
	                           "Connection: CLOSE\r\n\r\nrest";
	struct http1_head head;
	enum http1_fault fault;
	size_t scanned = 0;

	CU_ASSERT_EQUAL_FATAL(
	        http1_parse(bytes_of_str(text), &scanned, &head, &fault),
	        HTTP1_HEAD);
	CU_ASSERT(bytes_equal_str(head.method, "POST"));
	CU_ASSERT(bytes_equal_str(head.target, "/v1/x?y"));
	CU_ASSERT(head.has_length);
	CU_ASSERT_EQUAL(head.length, 42);
	CU_ASSERT(head.close);
	CU_ASSERT_EQUAL(head.n_fields, 4);
	CU_ASSERT(bytes_equal_str(head.fields[2].name, "X-Y"));
	CU_ASSERT(bytes_equal_str(head.fields[2].value, "z"));
	CU_ASSERT_EQUAL(head.size, sizeof(text) - 1 - strlen("rest"));
}

/* A request line of n bytes with its CRLF. */
static enum http1_fault
line_of(size_t n)
{
	AUTO(buf_release) struct buf text = buf_of(65536);

	buf_append_str(&text, "GET /");
	while (text.len < n - strlen(" HTTP/1.1\r\n"))
		buf_append_str(&text, "a");
	buf_append_str(&text, " HTTP/1.1\r\n" HOST END);
	return whole(buf_bytes(&text));
}

/* Fields of n bytes with their CRLFs and the empty line. */
static enum http1_fault
fields_of(size_t n)
{
	AUTO(buf_release) struct buf text = buf_of(65536);

	buf_append_str(&text, GET HOST "X: ");
	size_t line = strlen(GET);
	while (text.len - line < n - strlen("\r\n\r\n"))
		buf_append_str(&text, "a");
	buf_append_str(&text, "\r\n" END);
	return whole(buf_bytes(&text));
}

static enum http1_fault
count_of(size_t n)
{
	AUTO(buf_release) struct buf text = buf_of(65536);

	buf_append_str(&text, GET HOST);
	for (size_t i = 1; i < n; i++)
		buf_append_str(&text, "X: y\r\n");
	buf_append_str(&text, END);
	return whole(buf_bytes(&text));
}

static void
test_ceilings(void)
{
	CU_ASSERT_EQUAL(line_of(LIMIT_REQUEST_LINE - 1), HTTP1_NO_FAULT);
	CU_ASSERT_EQUAL(line_of(LIMIT_REQUEST_LINE), HTTP1_NO_FAULT);
	CU_ASSERT_EQUAL(line_of(LIMIT_REQUEST_LINE + 1), HTTP1_LINE_LONG);
	CU_ASSERT_EQUAL(fields_of(LIMIT_HEADERS - 1), HTTP1_NO_FAULT);
	CU_ASSERT_EQUAL(fields_of(LIMIT_HEADERS), HTTP1_NO_FAULT);
	CU_ASSERT_EQUAL(fields_of(LIMIT_HEADERS + 1), HTTP1_HEAD_LONG);
	CU_ASSERT_EQUAL(count_of(LIMIT_FIELDS - 1), HTTP1_NO_FAULT);
	CU_ASSERT_EQUAL(count_of(LIMIT_FIELDS), HTTP1_NO_FAULT);
	CU_ASSERT_EQUAL(count_of(LIMIT_FIELDS + 1), HTTP1_FIELD_COUNT);
}

/* A head without an end is refused at the maximum size. */
static void
test_endless(void)
{
	AUTO(buf_release) struct buf text = buf_of(65536);
	struct http1_head head;
	enum http1_fault fault = HTTP1_NO_FAULT;
	size_t scanned = 0;

	while (http1_parse(buf_bytes(&text), &scanned, &head, &fault) ==
	               HTTP1_MORE &&
	       text.len < 65536)
		buf_append_str(&text, "a");
	CU_ASSERT_EQUAL(fault, HTTP1_LINE_LONG);
	CU_ASSERT_EQUAL(text.len, LIMIT_REQUEST_LINE + 1);
}

static void
test_texts(void)
{
	for (unsigned i = 1; i < HTTP1_FAULT_COUNT; i++)
		CU_ASSERT(strlen(http1_fault_text((enum http1_fault)i)) > 10);
	CU_ASSERT_STRING_EQUAL(http1_fault_text(HTTP1_FAULT_COUNT), "");
}

static const struct harness_test tests[] = {
	{ "each head has its one verdict, whole and dripped", test_rows },
	{ "the parts of a good head", test_parts },
	{ "ceilings, to the byte", test_ceilings },
	{ "a head without an end", test_endless },
	{ "each fault has its words", test_texts },
	{ NULL, NULL },
};

HARNESS_MAIN("http1", tests)
