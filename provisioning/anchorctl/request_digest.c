/*
 * request_digest.c - see request_digest.h.
 *
 * What cannot be put into one form is refused: two readers of such a target
 * might see two of them.
 */
#include "provisioning/anchorctl/request_digest.h"

#include <string.h>

#include "base/auto.h"
#include "base/encode.h"
#include "crypto/digest.h"

#define PORT_DIGITS_MAX 5
#define PORT_MAX 65535u

/* The parts of a target; views into it. */
struct target_parts {
	bool secure; /* https */
	struct bytes host, port, rest;
};

static err_t
bad_request(const char *why, const char **ret_why)
{
	*ret_why = why;
	return E_MALFORMED;
}

static bool
is_one_of(uint8_t c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* A token of RFC 9110 section 5.6.2. */
static bool
method_valid(struct bytes method)
{
	for (size_t i = 0; i < method.len; i++)
		if (!is_alnum(method.data[i]) &&
		    !is_one_of(method.data[i], "!#$%&'*+-.^_`|~"))
			return false;
	return method.len > 0 && method.len <= REQUEST_METHOD_MAX;
}

static uint8_t
lower_case(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Takes the scheme, in any case, with what follows it. */
static bool
take_scheme(struct bytes *target, const char *scheme)
{
	size_t n = strlen(scheme);

	if (target->len < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower_case(target->data[i]) != (uint8_t)scheme[i])
			return false;
	*target = bytes_of(target->data + n, target->len - n);
	return true;
}

/* The bytes before the first one that is in the set, or all. */
static size_t
span_until(struct bytes text, const char *set)
{
	size_t n = 0;

	while (n < text.len && !is_one_of(text.data[n], set))
		n++;
	return n;
}

/* The length of the host (RFC 3986 section 3.2.2); 0: there is none. */
static size_t
host_length(struct bytes authority)
{
	if (authority.len == 0 || authority.data[0] != '[')
		return span_until(authority, ":");

	size_t end = span_until(authority, "]");
	for (size_t i = 1; i < end; i++)
		if (!is_one_of(authority.data[i], "0123456789abcdefABCDEF:."))
			return 0;
	return end > 1 && end < authority.len ? end + 1 : 0;
}

static bool
host_valid(struct bytes host)
{
	if (host.len > 0 && host.data[0] == '[')
		return true; /* host_length() has read it */
	for (size_t i = 0; i < host.len; i++)
		if (!is_alnum(host.data[i]) &&
		    !is_one_of(host.data[i], "-._~%!$&'()*+,;="))
			return false;
	return host.len > 0;
}

/* Decimal, without a zero before it, of a TCP port; or nothing. */
static bool
port_valid(struct bytes port)
{
	unsigned number = 0;

	if (port.len == 0)
		return true;
	if (port.len > PORT_DIGITS_MAX || port.data[0] == '0')
		return false;
	for (size_t i = 0; i < port.len; i++) {
		if (port.data[i] < '0' || port.data[i] > '9')
			return false;
		number = number * 10 + (unsigned)(port.data[i] - '0');
	}
	return number <= PORT_MAX;
}

static err_t
split_authority(struct bytes authority, struct target_parts *p,
                const char **ret_why)
{
	if (memchr(authority.data, '@', authority.len))
		return bad_request("the target has user information", ret_why);

	size_t n = host_length(authority);
	p->host = bytes_of(authority.data, n);
	if (n == 0 || !host_valid(p->host))
		return bad_request("the target has no valid host", ret_why);
	p->port = bytes_of(authority.data + n, authority.len - n);
	if (p->port.len > 0 && p->port.data[0] != ':')
		return bad_request("the target has no valid host", ret_why);
	if (p->port.len > 0)
		p->port = bytes_of(p->port.data + 1, p->port.len - 1);
	if (!port_valid(p->port))
		return bad_request("the target has no valid port", ret_why);
	return OK;
}

static err_t
split_target(struct bytes target, struct target_parts *ret_parts,
             const char **ret_why)
{
	struct target_parts p = { 0 };

	if (target.len > REQUEST_TARGET_MAX)
		return bad_request("the target is too long", ret_why);
	for (size_t i = 0; i < target.len; i++) {
		if (target.data[i] <= 0x20 || target.data[i] >= 0x7f)
			return bad_request(
			        "the target has a byte that is not visible "
			        "ASCII; percent-encode it as it is sent",
			        ret_why);
		if (target.data[i] == '#')
			return bad_request("the target has a fragment, which "
			                   "is never sent",
			                   ret_why);
	}
	p.secure = take_scheme(&target, "https://");
	if (!p.secure && !take_scheme(&target, "http://"))
		return bad_request("the target is no absolute URI of http or "
		                   "https",
		                   ret_why);

	size_t n = span_until(target, "/?");
	TRY(split_authority(bytes_of(target.data, n), &p, ret_why));
	p.rest = bytes_of(target.data + n, target.len - n);
	*ret_parts = p;
	return OK;
}

static void
put_target(struct buf *out, const struct target_parts *p)
{
	buf_append_str(out, p->secure ? "https://" : "http://");
	for (size_t i = 0; i < p->host.len; i++)
		buf_u8(out, lower_case(p->host.data[i]));
	if (p->port.len > 0 &&
	    !bytes_equal_str(p->port, p->secure ? "443" : "80")) {
		buf_append_str(out, ":");
		buf_append(out, p->port);
	}
	if (p->rest.len == 0 || p->rest.data[0] != '/')
		buf_append_str(out, "/");
	buf_append(out, p->rest);
}

err_t
request_text(const struct request_seen *r, struct buf *out,
             const char **ret_why)
{
	uint8_t digest[HASH_SIZE];
	struct target_parts parts;

	if (!method_valid(r->method))
		return bad_request("the method is no token of 1 to 32 bytes",
		                   ret_why);
	TRY(split_target(r->target, &parts, ret_why));
	buf_append_str(out, "\"@method\": ");
	buf_append(out, r->method);
	buf_append_str(out, "\n\"@target-uri\": ");
	put_target(out, &parts);
	if (r->content.len > 0) {
		digest_sha256(r->content, digest);
		buf_append_str(out, "\n\"content-digest\": sha-256=:");
		encode_base64(out, bytes_of(digest, HASH_SIZE));
		buf_append_str(out, ":");
	}
	return buf_status(out);
}
