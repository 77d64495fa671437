/*
 * rotation.c - see rotation.h.
 */
#include "rotation.h"

#include <stdbool.h>
#include <string.h>

#include "clock.h"
#include "encode.h"

#define VERSION "1"

struct parsing {
	struct rotation r;
	struct buf *why;
	unsigned line;
	bool versioned;
	bool pinned; /* the key under way has its public_sha256 */
};

static err_t
refuse(const struct parsing *p, const char *what)
{
	buf_printf(p->why, "line %u: %s", p->line, what);
	return E_MALFORMED;
}

static struct rotation_key *
last(struct parsing *p)
{
	return &p->r.keys[p->r.n - 1];
}

/* --- one function a name -------------------------------------------------- */

static err_t
take_version(struct parsing *p, struct bytes value)
{
	if (p->versioned || !bytes_equal_str(value, VERSION))
		return refuse(p, "'rotation " VERSION "' is the first line");
	p->versioned = true;
	return OK;
}

static err_t
take_key(struct parsing *p, struct bytes value)
{
	if (p->r.n == ROTATION_KEYS_MAX)
		return refuse(p, "more than two keys");
	if (p->r.n > 0 && !p->pinned)
		return refuse(p, "the key before lacks public_sha256");
	if (value.len >= ROTATION_URI_MAX)
		return refuse(p, "the URI is too long");
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] <= ' ' || value.data[i] > '~')
			return refuse(p, "no URI");
	p->r.n++;
	p->pinned = false;
	memcpy(last(p)->uri, value.data, value.len);
	last(p)->uri[value.len] = '\0';
	return OK;
}

static err_t
take_sha256(struct parsing *p, struct bytes value)
{
	if (p->pinned ||
	    decode_hex_exact(value, last(p)->public_sha256, HASH_SIZE) != OK)
		return refuse(p, "public_sha256 is 64 hex digits, once");
	p->pinned = true;
	return OK;
}

static err_t
take_time(const struct parsing *p, struct bytes value, uint64_t *ret_at_s)
{
	uint64_t at_ms = 0;

	if (*ret_at_s != 0 || clock_parse(value, &at_ms) != OK || at_ms < 1000)
		return refuse(p, "not a time, or a second one");
	*ret_at_s = at_ms / 1000;
	return OK;
}

static err_t
take_publish_at(struct parsing *p, struct bytes value)
{
	return take_time(p, value, &last(p)->publish_at_s);
}

static err_t
take_sign_from(struct parsing *p, struct bytes value)
{
	return take_time(p, value, &last(p)->sign_from_s);
}

static err_t
take_retire_at(struct parsing *p, struct bytes value)
{
	return take_time(p, value, &last(p)->retire_at_s);
}

static const struct {
	const char *name;
	bool of_a_key;
	err_t (*take)(struct parsing *p, struct bytes value);
} names[] = {
	{ "rotation", false, take_version },
	{ "key", false, take_key },
	{ "public_sha256", true, take_sha256 },
	{ "publish_at", true, take_publish_at },
	{ "sign_from", true, take_sign_from },
	{ "retire_at", true, take_retire_at },
};

/* --- lines ---------------------------------------------------------------- */

static err_t
take_words(struct parsing *p, struct bytes name, struct bytes value)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!bytes_equal_str(name, names[i].name))
			continue;
		if (names[i].take != take_version && !p->versioned)
			return refuse(p, "'rotation " VERSION
			                 "' is the first line");
		if (names[i].of_a_key && p->r.n == 0)
			return refuse(p, "no key before it");
		return names[i].take(p, value);
	}
	return refuse(p, "an unknown name");
}

static err_t
take_line(struct parsing *p, struct bytes line)
{
	const uint8_t *blank;

	if (line.len == 0 || line.data[0] == '#')
		return OK;
	blank = memchr(line.data, ' ', line.len);
	if (!blank || blank + 1 == line.data + line.len)
		return refuse(p, "not a name, a blank and a value");
	size_t n = (size_t)(blank - line.data);
	return take_words(p, bytes_of(line.data, n),
	                  bytes_of(blank + 1, line.len - n - 1));
}

static err_t
take_lines(struct parsing *p, struct bytes text)
{
	while (text.len > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t n = end ? (size_t)(end - text.data) : text.len;

		p->line++;
		if (!end) /* a file that was cut short */
			return refuse(p, "the line has no end");
		TRY(take_line(p, bytes_of(text.data, n)));
		text = bytes_of(end + 1, text.len - n - 1);
	}
	return OK;
}

/* --- the whole ------------------------------------------------------------ */

/* What is wrong with a lone key, or with the two; NULL: nothing. */
static const char *
fault_of_one(const struct rotation_key *k)
{
	return k->publish_at_s || k->sign_from_s || k->retire_at_s
	               ? "a key alone has no times"
	               : NULL;
}

static const char *
fault_of_two(const struct rotation_key *old, const struct rotation_key *next)
{
	if (old->publish_at_s || old->sign_from_s)
		return "the first key signs already";
	if (!old->retire_at_s || next->retire_at_s)
		return "the first key has retire_at, the second has none";
	if (!next->publish_at_s || !next->sign_from_s)
		return "the second key has publish_at and sign_from";
	if (next->publish_at_s > next->sign_from_s)
		return "it signs before it is published";
	if (old->retire_at_s <= next->sign_from_s)
		return "the first key retires while it signs";
	if (strcmp(old->uri, next->uri) == 0 ||
	    memcmp(old->public_sha256, next->public_sha256, HASH_SIZE) == 0)
		return "the two are one key";
	return NULL;
}

err_t
rotation_parse(struct bytes text, struct buf *why,
               struct rotation *ret_rotation)
{
	struct parsing p = { .why = why };

	if (text.len > ROTATION_FILE_MAX)
		return refuse(&p, "the file is too long");
	TRY(take_lines(&p, text));
	if (p.r.n == 0 || !p.pinned)
		return refuse(&p,
		              p.r.n ? "the key lacks public_sha256" : "no key");
	const char *fault = p.r.n == 1
	                            ? fault_of_one(&p.r.keys[0])
	                            : fault_of_two(&p.r.keys[0], &p.r.keys[1]);
	if (fault)
		return refuse(&p, fault);
	*ret_rotation = p.r;
	return OK;
}

static void
put_time(struct buf *out, const char *name, uint64_t at_s)
{
	char text[CLOCK_TEXT_SIZE];

	if (!at_s)
		return;
	clock_format(at_s * 1000, text);
	buf_printf(out, "%s %s\n", name, text);
}

void
rotation_put(struct buf *out, const struct rotation *r)
{
	buf_append_str(out, "rotation " VERSION "\n");
	for (size_t i = 0; i < r->n; i++) {
		const struct rotation_key *k = &r->keys[i];

		buf_printf(out, "key %s\npublic_sha256 ", k->uri);
		encode_hex(out, bytes_of(k->public_sha256, HASH_SIZE));
		buf_append_str(out, "\n");
		put_time(out, "publish_at", k->publish_at_s);
		put_time(out, "sign_from", k->sign_from_s);
		put_time(out, "retire_at", k->retire_at_s);
	}
}

size_t
rotation_signer(const struct rotation *r, uint64_t now_s)
{
	size_t i = r->n - 1;

	while (i > 0 && now_s < r->keys[i].sign_from_s)
		i--;
	return i;
}
