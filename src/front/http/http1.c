/*
 * http1.c - see http1.h.
 *
 * There are two passes.  find_end() scans the bytes as they arrive, for line
 * endings, maximum sizes and the empty line.  Only a complete head is then
 * parsed, so the second pass never waits for input.
 */
#include "front/http/http1.h"

#include "base/auto.h"

const char *
http1_fault_text(enum http1_fault fault)
{
	static const char *const texts[HTTP1_FAULT_COUNT] = {
		[HTTP1_NO_FAULT] = "",
#define HTTP1_FAULT_TEXT(name, text) [HTTP1_##name] = (text),
		HTTP1_FAULTS(HTTP1_FAULT_TEXT)
#undef HTTP1_FAULT_TEXT
	};

	return texts[(unsigned)fault < HTTP1_FAULT_COUNT ? fault : 0];
}

enum problem
http1_problem(enum http1_fault fault)
{
	switch (fault) {
	case HTTP1_LINE_LONG:
		return PROBLEM_URI_TOO_LONG;
	case HTTP1_HEAD_LONG:
	case HTTP1_FIELD_COUNT:
		return PROBLEM_HEADERS_TOO_LARGE;
	case HTTP1_CONNECTION:
	case HTTP1_TRANSFER:
	case HTTP1_UPGRADE:
	case HTTP1_EXPECT:
		return PROBLEM_HTTP_UNSUPPORTED;
	case HTTP1_NO_FAULT:
	case HTTP1_LINE_ENDING:
	case HTTP1_LINE:
	case HTTP1_VERSION:
	case HTTP1_FOLD:
	case HTTP1_NAME:
	case HTTP1_VALUE:
	case HTTP1_HOST:
	case HTTP1_LENGTH:
	case HTTP1_TWICE:
	case HTTP1_FAULT_COUNT:
		break;
	}
	return PROBLEM_HTTP_MALFORMED;
}

/* RFC 9110 section 5.6.2. */
static bool
is_token_char(uint8_t c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool
is_token(struct bytes v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!is_token_char(v.data[i]))
			return false;
	return v.len > 0;
}

static uint8_t
lower_ascii(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool
http1_name_is(struct bytes name, const char *text)
{
	if (name.len != strlen(text))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (lower_ascii(name.data[i]) != (uint8_t)text[i])
			return false;
	return true;
}

/* RFC 9112 section 2.2: CR and LF occur only as a pair.  Checks the byte `at`
 * and its neighbour. */
static enum http1_fault
check_line_end(struct bytes in, size_t at)
{
	bool cr = at > 0 && in.data[at - 1] == '\r';

	if (in.data[at] == '\n')
		return cr ? HTTP1_NO_FAULT : HTTP1_LINE_ENDING;
	return cr ? HTTP1_LINE_ENDING : HTTP1_NO_FAULT; /* CR, not CRLF */
}

static enum http1_fault
check_ceilings(struct bytes in, size_t seen)
{
	const uint8_t *lf = seen > 0 ? memchr(in.data, '\n', seen) : NULL;
	size_t line = lf ? (size_t)(lf - in.data) + 1 : seen;

	if (line > LIMIT_REQUEST_LINE)
		return HTTP1_LINE_LONG;
	return seen - line > LIMIT_HEADERS ? HTTP1_HEAD_LONG : HTTP1_NO_FAULT;
}

/* The length of the head if it is complete, else 0. */
static enum http1_fault
find_end(struct bytes in, size_t *scanned, size_t *ret_size)
{
	*ret_size = 0;
	while (*scanned < in.len) {
		size_t at = *scanned;
		enum http1_fault fault = check_line_end(in, at);

		if (fault != HTTP1_NO_FAULT)
			return fault;
		*scanned = at + 1;
		if (in.data[at] != '\n')
			continue;
		if (at == 1 || (at >= 3 && in.data[at - 2] == '\n')) {
			*ret_size = at + 1;
			break;
		}
	}

	return check_ceilings(in, *scanned);
}

/* Takes the part before the next space; false: there is none. */
static bool
split_space(struct bytes *rest, struct bytes *ret_part)
{
	const uint8_t *space = memchr(rest->data, ' ', rest->len);

	if (!space)
		return false;

	size_t len = (size_t)(space - rest->data);
	*ret_part = bytes_of(rest->data, len);
	*rest = bytes_of(space + 1, rest->len - len - 1);
	return true;
}

/* origin-form (RFC 9112 section 3.2.1): '/', then visible ASCII without '#'. */
bool
http1_is_target(struct bytes v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] <= ' ' || v.data[i] >= 0x7f || v.data[i] == '#')
			return false;
	return v.len > 0 && v.data[0] == '/';
}

static enum http1_fault
parse_request_line(struct bytes line, struct http1_head *head)
{
	struct bytes rest = line;

	if (!split_space(&rest, &head->method) || !is_token(head->method) ||
	    !split_space(&rest, &head->target) ||
	    !http1_is_target(head->target))
		return HTTP1_LINE;
	if (memchr(rest.data, ' ', rest.len))
		return HTTP1_LINE;
	return bytes_equal_str(rest, "HTTP/1.1") ? HTTP1_NO_FAULT
	                                         : HTTP1_VERSION;
}

struct bytes
http1_trim(struct bytes v)
{
	while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t'))
		v = bytes_of(v.data + 1, v.len - 1);
	while (v.len > 0 &&
	       (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\t'))
		v.len--;
	return v;
}

bool
http1_is_value(struct bytes v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] != '\t' && (v.data[i] < ' ' || v.data[i] >= 0x7f))
			return false;
	return true;
}

static enum http1_fault
parse_field(struct bytes line, struct http1_head *head)
{
	if (line.data[0] == ' ' || line.data[0] == '\t')
		return HTTP1_FOLD;
	if (head->n_fields == LIMIT_FIELDS)
		return HTTP1_FIELD_COUNT;

	const uint8_t *colon = memchr(line.data, ':', line.len);
	if (!colon)
		return HTTP1_NAME;

	size_t len = (size_t)(colon - line.data);
	struct http1_field f = {
		.name = bytes_of(line.data, len),
		.value = http1_trim(bytes_of(colon + 1, line.len - len - 1)),
	};
	if (!is_token(f.name)) /* also a space before the colon */
		return HTTP1_NAME;
	if (!http1_is_value(f.value))
		return HTTP1_VALUE;

	head->fields[head->n_fields++] = f;
	return HTTP1_NO_FAULT;
}

/* uri-host [":" port] by its alphabet: an RFC 3986 reg-name or IP literal.
 * Nothing is routed by it; it must only be unambiguous. */
bool
http1_is_host(struct bytes v)
{
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = lower_ascii(v.data[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || !strchr("-._~:[]%", c)))
			return false;
	}
	return v.len > 0;
}

static enum http1_fault
on_host(struct http1_head *head, struct bytes v)
{
	(void)head;
	return http1_is_host(v) ? HTTP1_NO_FAULT : HTTP1_HOST;
}

static enum http1_fault
on_length(struct http1_head *head, struct bytes v)
{
	uint64_t n = 0;

	if (v.len == 0 || v.len > 19) /* 19 digits fit into 64 bits */
		return HTTP1_LENGTH;
	for (size_t i = 0; i < v.len; i++) {
		if (v.data[i] < '0' || v.data[i] > '9')
			return HTTP1_LENGTH;
		n = n * 10 + (uint64_t)(v.data[i] - '0');
	}

	head->has_length = true;
	head->length = n;
	return HTTP1_NO_FAULT;
}

static enum http1_fault
on_connection(struct http1_head *head, struct bytes v)
{
	if (http1_name_is(v, "close"))
		head->close = true;
	else if (!http1_name_is(v, "keep-alive"))
		return HTTP1_CONNECTION;
	return HTTP1_NO_FAULT;
}

/* Fields with a meaning here.  A field without a function only may not occur
 * twice; `refused` is the fault of a field that may not occur at all. */
static const struct field_rule {
	const char *name;
	enum http1_fault (*read)(struct http1_head *head, struct bytes v);
	enum http1_fault twice;
	enum http1_fault refused;
} field_rules[] = {
	{ "host", on_host, HTTP1_HOST, HTTP1_NO_FAULT },
	{ "content-length", on_length, HTTP1_LENGTH, HTTP1_NO_FAULT },
	{ "connection", on_connection, HTTP1_CONNECTION, HTTP1_NO_FAULT },
	{ "content-type", NULL, HTTP1_TWICE, HTTP1_NO_FAULT },
	{ "content-encoding", NULL, HTTP1_TWICE, HTTP1_NO_FAULT },
	{ "accept", NULL, HTTP1_TWICE, HTTP1_NO_FAULT },
	{ "transfer-encoding", NULL, HTTP1_TRANSFER, HTTP1_TRANSFER },
	{ "te", NULL, HTTP1_TRANSFER, HTTP1_TRANSFER },
	{ "trailer", NULL, HTTP1_TRANSFER, HTTP1_TRANSFER },
	{ "upgrade", NULL, HTTP1_UPGRADE, HTTP1_UPGRADE },
	{ "http2-settings", NULL, HTTP1_UPGRADE, HTTP1_UPGRADE },
	{ "expect", NULL, HTTP1_EXPECT, HTTP1_EXPECT },
};

enum http1_fault
http1_may_occur(struct bytes name, unsigned *seen)
{
	for (unsigned i = 0; i < ARRAY_LEN(field_rules); i++) {
		const struct field_rule *rule = &field_rules[i];

		if (!http1_name_is(name, rule->name))
			continue;
		if (rule->refused != HTTP1_NO_FAULT)
			return rule->refused;
		if (*seen & 1u << i)
			return rule->twice;
		*seen |= 1u << i;
	}
	return HTTP1_NO_FAULT;
}

static enum http1_fault
apply_rule(const struct field_rule *rule, struct http1_head *head,
           unsigned *seen)
{
	for (size_t i = 0; i < head->n_fields; i++) {
		if (!http1_name_is(head->fields[i].name, rule->name))
			continue;
		if (rule->refused != HTTP1_NO_FAULT)
			return rule->refused;
		if (++*seen > 1)
			return rule->twice;
		if (!rule->read)
			continue;

		enum http1_fault f = rule->read(head, head->fields[i].value);
		if (f != HTTP1_NO_FAULT)
			return f;
	}
	return HTTP1_NO_FAULT;
}

static enum http1_fault
apply_rules(struct http1_head *head)
{
	for (size_t i = 0; i < ARRAY_LEN(field_rules); i++) {
		unsigned seen = 0;
		enum http1_fault f = apply_rule(&field_rules[i], head, &seen);

		if (f != HTTP1_NO_FAULT)
			return f;
		if (i == 0 && seen == 0) /* the first row is Host */
			return HTTP1_HOST;
	}
	return HTTP1_NO_FAULT;
}

/* The next line of a head whose line endings were checked. */
static struct bytes
next_line(struct bytes *rest)
{
	const uint8_t *lf = memchr(rest->data, '\n', rest->len);
	size_t len = lf ? (size_t)(lf - rest->data) + 1 : rest->len;
	struct bytes line = bytes_of(rest->data, len >= 2 ? len - 2 : 0);

	*rest = bytes_of(rest->data + len, rest->len - len);
	return line;
}

static enum http1_fault
parse_request_head(struct bytes all, struct http1_head *head)
{
	struct bytes rest = all;
	enum http1_fault f = parse_request_line(next_line(&rest), head);

	while (f == HTTP1_NO_FAULT) {
		struct bytes line = next_line(&rest);

		if (line.len == 0)
			return apply_rules(head);
		f = parse_field(line, head);
	}
	return f;
}

enum http1_outcome
http1_parse(struct bytes in, size_t *scanned, struct http1_head *ret_head,
            enum http1_fault *ret_fault)
{
	size_t size = 0;
	enum http1_fault fault = find_end(in, scanned, &size);

	if (fault == HTTP1_NO_FAULT && size == 0)
		return HTTP1_MORE;

	struct http1_head head = { .size = size };
	if (fault == HTTP1_NO_FAULT)
		fault = parse_request_head(bytes_of(in.data, size), &head);
	if (fault != HTTP1_NO_FAULT) {
		*ret_fault = fault;
		return HTTP1_BAD;
	}

	*ret_head = head;
	return HTTP1_HEAD;
}
