/*
 * description.c - see description.h.
 */
#include "tests/keymint/description.h"

#include <string.h>

#include <openssl/sha.h>

#define DESCRIPTION_MAX (64 * 1024)

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_NULL = 0x05,
	DER_ENUM = 0x0a,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	TAG_ROOT = 704,
	TAG_APPLICATION = 709,
};

static void
put_length(struct buf *out, size_t len)
{
	if (len < 0x80) {
		buf_u8(out, (uint8_t)len);
	} else if (len < 0x100) {
		buf_u8(out, 0x81);
		buf_u8(out, (uint8_t)len);
	} else {
		buf_u8(out, 0x82);
		buf_u16(out, (uint16_t)len);
	}
}

void
km_tlv(struct buf *out, uint8_t tag, struct bytes content)
{
	buf_u8(out, tag);
	put_length(out, content.len);
	buf_append(out, content);
}

static void
put_uint(struct buf *out, uint8_t tag, uint64_t v)
{
	uint8_t raw[9] = { 0 };
	size_t at = 0;

	for (unsigned i = 0; i < 8; i++)
		raw[8 - i] = (uint8_t)(v >> 8 * i);
	while (at < 8 && raw[at] == 0 && !(raw[at + 1] & 0x80))
		at++;
	km_tlv(out, tag, bytes_of(raw + at, sizeof(raw) - at));
}

/* --- the list ----------------------------------------------------------------- */

struct km_field *
km_find(struct km_list *list, uint32_t tag)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->fields[i].tag == tag)
			return &list->fields[i];
	return NULL;
}

static void
fill(struct km_field *f, uint32_t tag, struct bytes der)
{
	f->tag = tag;
	f->len = der.len < KM_VALUE ? der.len : KM_VALUE;
	if (f->len)
		memcpy(f->value, der.data, f->len);
}

void
km_again(struct km_list *list, uint32_t tag, struct bytes der)
{
	if (list->n < KM_FIELDS)
		fill(&list->fields[list->n++], tag, der);
}

/* A new one goes where its number belongs. */
void
km_der(struct km_list *list, uint32_t tag, struct bytes der)
{
	struct km_field *f = km_find(list, tag);
	size_t at = 0;

	if (f) {
		fill(f, tag, der);
		return;
	}
	if (list->n == KM_FIELDS)
		return;
	while (at < list->n && list->fields[at].tag < tag)
		at++;
	memmove(&list->fields[at + 1], &list->fields[at],
	        (list->n - at) * sizeof(*f));
	list->n++;
	fill(&list->fields[at], tag, der);
}

void
km_drop(struct km_list *list, uint32_t tag)
{
	struct km_field *f = km_find(list, tag);

	if (!f)
		return;
	size_t at = (size_t)(f - list->fields);
	list->n--;
	memmove(f, f + 1, (list->n - at) * sizeof(*f));
}

void
km_swap(struct km_list *list, size_t a, size_t b)
{
	struct km_field keep = list->fields[a];

	list->fields[a] = list->fields[b];
	list->fields[b] = keep;
}

static void
set_buf(struct km_list *list, uint32_t tag, const struct buf *der)
{
	km_der(list, tag, buf_bytes(der));
}

void
km_int(struct km_list *list, uint32_t tag, uint64_t value)
{
	AUTO(buf_release) struct buf der = buf_of(KM_VALUE);

	put_uint(&der, DER_INTEGER, value);
	set_buf(list, tag, &der);
}

void
km_bytes(struct km_list *list, uint32_t tag, struct bytes value)
{
	AUTO(buf_release) struct buf der = buf_of(KM_VALUE);

	km_tlv(&der, DER_OCTETS, value);
	set_buf(list, tag, &der);
}

void
km_flag(struct km_list *list, uint32_t tag)
{
	static const uint8_t null[] = { DER_NULL, 0 };

	km_der(list, tag, bytes_of(null, sizeof(null)));
}

void
km_set(struct km_list *list, uint32_t tag, const uint64_t *values, size_t n)
{
	AUTO(buf_release) struct buf content = buf_of(KM_VALUE);
	AUTO(buf_release) struct buf der = buf_of(KM_VALUE);

	for (size_t i = 0; i < n; i++)
		put_uint(&content, DER_INTEGER, values[i]);
	km_tlv(&der, DER_SET, buf_bytes(&content));
	set_buf(list, tag, &der);
}

void
km_root(struct km_list *list, const struct km_root *root)
{
	AUTO(buf_release) struct buf content = buf_of(KM_VALUE);
	AUTO(buf_release) struct buf der = buf_of(KM_VALUE);

	km_tlv(&content, DER_OCTETS, bytes_of(root->key, root->key_len));
	km_tlv(&content, DER_BOOLEAN, bytes_of(&root->locked, 1));
	put_uint(&content, DER_ENUM, root->state);
	if (root->has_hash)
		km_tlv(&content, DER_OCTETS,
		       bytes_of(root->hash, root->hash_len));
	km_tlv(&der, DER_SEQUENCE, buf_bytes(&content));
	set_buf(list, TAG_ROOT, &der);
}

struct km_root
km_root_of(unsigned device)
{
	const uint8_t seed[] = { 'b', 'o', 'o', 't', (uint8_t)device };
	struct km_root root = {
		.key_len = HASH_SIZE,
		.hash_len = HASH_SIZE,
		.has_hash = true,
		.locked = 0xff,
		.state = 1,
	};

	SHA256(seed, 4, root.key); /* one system for all devices */
	SHA256(seed, sizeof(seed), root.hash);
	return root;
}

void
km_application(struct km_list *list, const char *package,
               const uint8_t signer[static HASH_SIZE])
{
	AUTO(buf_release) struct buf info = buf_of(KM_VALUE);
	AUTO(buf_release) struct buf sets = buf_of(KM_VALUE);
	AUTO(buf_release) struct buf one = buf_of(KM_VALUE);
	AUTO(buf_release) struct buf der = buf_of(KM_VALUE);

	km_tlv(&info, DER_OCTETS, bytes_of_str(package));
	put_uint(&info, DER_INTEGER, 1);
	km_tlv(&one, DER_SEQUENCE, buf_bytes(&info));
	km_tlv(&sets, DER_SET, buf_bytes(&one));
	buf_reset(&one);
	km_tlv(&one, DER_OCTETS, bytes_of(signer, HASH_SIZE));
	km_tlv(&sets, DER_SET, buf_bytes(&one));
	km_tlv(&der, DER_SEQUENCE, buf_bytes(&sets));
	km_bytes(list, TAG_APPLICATION, buf_bytes(&der));
}

/* --- all of it ------------------------------------------------------------------ */

/* A context tag, constructed; the long form from 31. */
static void
put_tag(struct buf *out, uint32_t tag)
{
	if (tag < 31) {
		buf_u8(out, (uint8_t)(0xa0 | tag));
		return;
	}
	buf_u8(out, 0xbf);
	if (tag >= 1u << 14)
		buf_u8(out, (uint8_t)(0x80 | (tag >> 14 & 0x7f)));
	if (tag >= 1u << 7)
		buf_u8(out, (uint8_t)(0x80 | (tag >> 7 & 0x7f)));
	buf_u8(out, (uint8_t)(tag & 0x7f));
}

static void
put_list(struct buf *out, const struct km_list *list)
{
	AUTO(buf_release) struct buf content = buf_of(DESCRIPTION_MAX);

	for (size_t i = 0; i < list->n; i++) {
		const struct km_field *f = &list->fields[i];
		put_tag(&content, f->tag);
		put_length(&content, f->len);
		buf_append(&content, bytes_of(f->value, f->len));
	}
	km_tlv(out, DER_SEQUENCE, buf_bytes(&content));
}

void
km_description_put(const struct km_description *d, struct buf *out)
{
	AUTO(buf_release) struct buf content = buf_of(DESCRIPTION_MAX);

	if (d->raw.len) {
		buf_append(out, d->raw);
		return;
	}
	put_uint(&content, DER_INTEGER, d->version);
	put_uint(&content, DER_ENUM, d->level);
	put_uint(&content, DER_INTEGER, d->keymint_version);
	put_uint(&content, DER_ENUM, d->keymint_level);
	km_tlv(&content, DER_OCTETS, bytes_of(d->challenge, d->challenge_len));
	km_tlv(&content, DER_OCTETS, bytes_of(d->unique_id, d->unique_id_len));
	put_list(&content, &d->software);
	put_list(&content, &d->hardware);
	buf_append(&content, d->trailer);
	km_tlv(out, DER_SEQUENCE, buf_bytes(&content));
}
