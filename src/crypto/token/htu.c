/*
 * htu.c - see htu.h.
 */
#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/encode.h"
#include "crypto/token/htu.h"

static const struct url_scheme {
	const char *name, *port; /* its default */
} schemes[] = { { "http", "80" }, { "https", "443" } };

/* --- cutting -------------------------------------------------------------- */

static size_t
find_any(struct bytes in, const char *marks)
{
	size_t i = 0;

	while (i < in.len && !strchr(marks, in.data[i]))
		i++;
	return i;
}

static struct bytes
skip_bytes(struct bytes in, size_t n)
{
	return bytes_of(in.data + n, in.len - n);
}

/* RFC 3986 section 2: a URI is of these alone.  A NUL is none of them. */
static bool
is_spelled_well(struct bytes url)
{
	static const char others[] = "-._~:/?#[]@!$&'()*+,;=%";

	for (size_t i = 0; i < url.len; i++)
		if (url.data[i] == 0 || url.data[i] > '~' ||
		    (!isalnum(url.data[i]) && !strchr(others, url.data[i])))
			return false;
	return url.len <= HTU_MAX;
}

/* Takes "SCHEME://" from *in. */
static const struct url_scheme *
cut_scheme(struct bytes *in)
{
	size_t n = find_any(*in, ":");

	if (in->len < n + 3 || memcmp(in->data + n, "://", 3) != 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strlen(schemes[i].name) == n &&
		    strncasecmp((const char *)in->data, schemes[i].name, n) ==
		            0) {
			*in = skip_bytes(*in, n + 3);
			return &schemes[i];
		}
	return NULL;
}

/* --- percent-encoding ----------------------------------------------------- */

static bool
is_unreserved(uint8_t c)
{
	return c != 0 && c < 0x80 && (isalnum(c) || strchr("-._~", c));
}

/* Sections 6.2.2.1 and 6.2.2.2; lower: the host's letters, too. */
static err_t
put_percent(struct bytes in, bool lower, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		uint8_t c = in.data[i];
		bool encoded = c == '%';

		if (encoded) {
			if (in.len - i < 3 ||
			    decode_hex_exact(bytes_of(in.data + i + 1, 2), &c,
			                     1) != OK)
				return E_MALFORMED;
			i += 2;
		}
		if (encoded && !is_unreserved(c))
			buf_printf(out, "%%%02X", c);
		else
			buf_u8(out, lower ? (uint8_t)tolower(c) : c);
	}
	return buf_status(out);
}

/* --- host and port -------------------------------------------------------- */

/* Where the port begins, with its colon; an IPv6 address has colons of its own
 * between brackets. */
static size_t
find_port(struct bytes authority)
{
	size_t at = 0;

	if (authority.len > 0 && authority.data[0] == '[')
		at = find_any(authority, "]");
	return at + find_any(skip_bytes(authority, at), ":");
}

static err_t
put_authority(struct bytes authority, const struct url_scheme *scheme,
              struct buf *out)
{
	size_t n = find_port(authority);
	struct bytes port = skip_bytes(authority, n);

	if (n == 0 || find_any(authority, "@") < authority.len)
		return E_MALFORMED;
	for (size_t i = 1; i < port.len; i++)
		if (!isdigit(port.data[i]))
			return E_MALFORMED;
	TRY(put_percent(bytes_of(authority.data, n), true, out));
	if (port.len > 1 && !bytes_equal_str(skip_bytes(port, 1), scheme->port))
		buf_append(out, port);
	return buf_status(out);
}

/* --- path ----------------------------------------------------------------- */

/* Section 5.2.4.  Appends to out, whose path begins at start. */
static void
put_segments(struct bytes path, struct buf *out)
{
	size_t start = out->len;

	while (path.len > 0) {
		struct bytes rest = skip_bytes(path, 1); /* behind a slash */
		size_t n = find_any(rest, "/");
		struct bytes segment = bytes_of(rest.data, n);
		bool up = bytes_equal_str(segment, "..");
		bool stays = up || bytes_equal_str(segment, ".");

		path = skip_bytes(rest, n);
		while (up && out->len > start && out->data[--out->len] != '/')
			;
		if (!stays || path.len == 0)
			buf_append_str(out, "/");
		if (!stays)
			buf_append(out, segment);
	}
}

err_t
htu_normalize(struct bytes url, struct buf *out)
{
	AUTO(buf_release) struct buf path = buf_of(HTU_MAX + 1);
	struct bytes left = url;

	if (!is_spelled_well(url))
		return E_MALFORMED;
	left.len = find_any(left, "?#");
	const struct url_scheme *scheme = cut_scheme(&left);
	if (!scheme)
		return E_MALFORMED;
	size_t n = find_any(left, "/");
	buf_printf(out, "%s://", scheme->name);
	TRY(put_authority(bytes_of(left.data, n), scheme, out));
	TRY(put_percent(skip_bytes(left, n), false, &path));
	if (path.len == 0)
		buf_append_str(&path, "/");
	TRY(buf_status(&path));
	put_segments(buf_bytes(&path), out);
	return buf_status(out);
}
