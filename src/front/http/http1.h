/*
 * http1.h - parses the head of an HTTP/1.1 request, a strict subset of RFC
 * 9112.
 *
 * Reads bytes and returns views.  The accepted grammar:
 *
 *	METHOD SP path [?query] SP HTTP/1.1 CRLF
 *	*( token ":" OWS value OWS CRLF ) CRLF
 *
 * Only CRLF ends a line; values are visible ASCII, space and tab; there is
 * exactly one Host (RFC 9112 section 3.2) and at most one Content-Length,
 * digits only, and nothing else announces a body.  Folded lines (section 5.2),
 * Transfer-Encoding, TE, Trailer, Upgrade and Expect are refused, as is a head
 * that exceeds limits.h.  After a refusal the caller answers and closes the
 * connection, because it is unknown where the next request would begin.
 */
#ifndef FRONT_HTTP_HTTP1_H
#define FRONT_HTTP_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "front/limits.h"
#include "front/json/problem.h"

/* Why a head is refused, with the text for the problem's detail. */
#define HTTP1_FAULTS(F)                                                  \
	F(LINE_ENDING, "a line does not end in CRLF")                    \
	F(LINE_LONG, "the request line is too long")                     \
	F(LINE, "the request line is not METHOD SP path SP HTTP/1.1")    \
	F(VERSION, "the version is not HTTP/1.1")                        \
	F(HEAD_LONG, "the header fields are too long")                   \
	F(FIELD_COUNT, "there are too many header fields")               \
	F(FOLD, "a header line begins with white space")                 \
	F(NAME, "a header name is not a token")                          \
	F(VALUE, "a header value has a byte outside visible ASCII")      \
	F(HOST, "there must be exactly one Host, with a valid host")     \
	F(LENGTH, "Content-Length must be one decimal number")           \
	F(CONNECTION, "Connection must be keep-alive or close")          \
	F(TRANSFER, "Transfer-Encoding, TE and Trailer are unsupported") \
	F(UPGRADE, "Upgrade is unsupported")                             \
	F(EXPECT, "Expect is unsupported")                               \
	F(TWICE, "a header field that may occur once occurs twice")

enum http1_fault {
	HTTP1_NO_FAULT,
#define HTTP1_FAULT_ENUM(name, text) HTTP1_##name,
	HTTP1_FAULTS(HTTP1_FAULT_ENUM)
#undef HTTP1_FAULT_ENUM
	        HTTP1_FAULT_COUNT
};

const char *http1_fault_text(enum http1_fault fault);

/* The problem with which the fault is answered. */
enum problem http1_problem(enum http1_fault fault);

struct http1_field {
	struct bytes name, value;
};

/* Views point into the parsed bytes. */
struct http1_head {
	struct bytes method, target;
	size_t n_fields;
	struct http1_field fields[LIMIT_FIELDS];
	bool has_length;
	uint64_t length; /* of the body; 0 without Content-Length */
	bool close;      /* the client wants the connection closed */
	size_t size;     /* bytes of the head, the empty line included */
};

enum http1_outcome {
	HTTP1_MORE, /* incomplete: call again with more bytes */
	HTTP1_HEAD, /* *ret_head is filled */
	HTTP1_BAD,  /* *ret_fault is set */
};

/*
 * Parses a head at the start of in.  *scanned is 0 for a new request; the
 * caller keeps it between calls for the same request, so that each byte is
 * scanned once however few arrive at a time.
 */
enum http1_outcome http1_parse(struct bytes in, size_t *scanned,
                               struct http1_head *ret_head,
                               enum http1_fault *ret_fault);

/* Compares case-insensitively, as for field names (RFC 9110 section 5.1). */
bool http1_name_is(struct bytes name, const char *lower);

/* Without the spaces and tabs around it: OWS of RFC 9110 section 5.6.3. */
struct bytes http1_trim(struct bytes v);

/* The same checks for HTTP/2, whose head comes in parts: true for a valid path,
 * host or field value. */
bool http1_is_target(struct bytes v);
bool http1_is_host(struct bytes v);
bool http1_is_value(struct bytes v);

/* HTTP1_NO_FAULT if a field of this name may occur in a head whose fields so
 * far are recorded in *seen (zero for a new head).  Records it. */
enum http1_fault http1_may_occur(struct bytes name, unsigned *seen);

#endif
