/*
 * uri.c - parses the URI of the service's keys in a TPM.
 *
 *	tpm2:<tcti>?parent-name=<hex>[&key=][&mac=][&parent=][&epoch=]
 *	            [&trust-counter=][&trust-head=]
 *
 *	tcti         device:<path>, swtpm:path=<path> or
 *	             swtpm:host=<IPv4>,port=<number>: see tcti.c
 *	key, mac     0x and a persistent handle, or the absolute path of a file
 *	             (both halves of the key, TPM2B_PUBLIC and TPM2B_PRIVATE)
 *	parent       the persistent handle of their parent
 *	parent-name  the parent's name: 000b and the SHA-256 of its public area
 *	epoch        the NV index of the counter
 *	trust-counter, trust-head
 *	             the NV indexes of the trust objects (hsm/tpm2/trust.h)
 *
 * A part that is missing has the default of `anchorctl token keygen`.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "hsm/tpm2/int.h"

#define SCHEME "tpm2:"

/* Handle ranges (TPM 2.0 Part 2, 7.5 TPM_HC).  The macros of tpm2-tss are not
 * used, because they shift into the sign bit. */
#define PERSISTENT_FIRST 0x81000000u
#define PERSISTENT_LAST 0x81ffffffu
#define NV_FIRST 0x01000000u
#define NV_LAST 0x01ffffffu

static err_t
refuse_tpm_uri(struct buf *why, const char *text)
{
	buf_printf(why, "token URI: %s", text);
	return E_CONFIG;
}

static bool
starts_with(struct bytes text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text.len >= n && memcmp(text.data, prefix, n) == 0;
}

/* Reads up to the separator and consumes it. */
static struct bytes
take_until(struct bytes *text, char separator)
{
	const uint8_t *end =
	        text->len ? memchr(text->data, separator, text->len) : NULL;
	size_t n = end ? (size_t)(end - text->data) : text->len;
	struct bytes part = bytes_of(text->data, n);

	text->data += end ? n + 1 : n;
	text->len -= end ? n + 1 : n;
	return part;
}

static err_t
take_text(struct bytes in, char *out, size_t room)
{
	if (in.len == 0 || in.len >= room || memchr(in.data, '\0', in.len))
		return E_MALFORMED;
	memcpy(out, in.data, in.len);
	out[in.len] = '\0';
	return OK;
}

/* Reads 0x and eight digits, within one range of handles. */
static err_t
take_handle(struct bytes in, uint32_t first, uint32_t last, uint32_t *ret)
{
	uint8_t raw[4];

	if (in.len != 10 || !starts_with(in, "0x"))
		return E_MALFORMED;
	TRY(decode_hex_exact(bytes_of(in.data + 2, 8), raw, sizeof(raw)));
	struct reader r = reader_of(bytes_of(raw, sizeof(raw)));
	uint32_t handle = reader_u32(&r);
	if (handle < first || handle > last)
		return E_MALFORMED;
	*ret = handle;
	return OK;
}

static err_t
take_place(struct bytes in, struct t2_place *out)
{
	if (starts_with(in, "/"))
		return take_text(in, out->path, sizeof(out->path));
	return take_handle(in, PERSISTENT_FIRST, PERSISTENT_LAST, &out->handle);
}

static err_t
take_name(struct bytes in, struct t2_uri *out)
{
	TRY(decode_hex_exact(in, out->parent_name, sizeof(out->parent_name)));
	out->named = out->parent_name[0] == TPM2_ALG_SHA256 >> 8 &&
	             out->parent_name[1] == (TPM2_ALG_SHA256 & 0xff);
	return out->named ? OK : E_MALFORMED;
}

static err_t
take_part(struct bytes name, struct bytes value, struct t2_uri *out)
{
	if (bytes_equal_str(name, "key"))
		return take_place(value, &out->key);
	if (bytes_equal_str(name, "mac"))
		return take_place(value, &out->mac);
	if (bytes_equal_str(name, "parent"))
		return take_handle(value, PERSISTENT_FIRST, PERSISTENT_LAST,
		                   &out->parent);
	if (bytes_equal_str(name, "epoch"))
		return take_handle(value, NV_FIRST, NV_LAST, &out->epoch);
	if (bytes_equal_str(name, "trust-counter"))
		return take_handle(value, NV_FIRST, NV_LAST,
		                   &out->trust_counter);
	if (bytes_equal_str(name, "trust-head"))
		return take_handle(value, NV_FIRST, NV_LAST, &out->trust_head);
	if (bytes_equal_str(name, "parent-name"))
		return take_name(value, out);
	return E_MALFORMED;
}

static err_t
check_distinct(const struct t2_uri *u, struct buf *why)
{
	bool same = u->key.path[0] || u->mac.path[0]
	                    ? strcmp(u->key.path, u->mac.path) == 0
	                    : u->key.handle == u->mac.handle;

	if (same || (!u->key.path[0] && u->key.handle == u->parent) ||
	    (!u->mac.path[0] && u->mac.handle == u->parent))
		return refuse_tpm_uri(why,
		                      "two keys have the same handle or file");
	return OK;
}

err_t
t2_uri_parse(const char *text, struct buf *why, struct t2_uri *ret_uri)
{
	struct bytes left = bytes_of_str(text);
	struct t2_uri out = { .key.handle = T2_KEY,
		              .mac.handle = T2_MAC,
		              .parent = T2_PARENT,
		              .epoch = T2_EPOCH,
		              .trust_counter = T2_TRUST_COUNTER,
		              .trust_head = T2_TRUST_HEAD };

	if (!starts_with(left, SCHEME))
		return refuse_tpm_uri(why, "does not begin with " SCHEME);
	left = bytes_of(left.data + strlen(SCHEME), left.len - strlen(SCHEME));
	if (take_text(take_until(&left, '?'), out.tcti, sizeof(out.tcti)) != OK)
		return refuse_tpm_uri(why, "the connection to the TPM is "
		                           "missing or too long");
	while (left.len > 0) {
		struct bytes value = take_until(&left, '&');
		struct bytes name = take_until(&value, '=');

		if (take_part(name, value, &out) == OK)
			continue;
		buf_printf(why, "token URI: '%.*s' is unknown or malformed",
		           (int)(name.len < 32 ? name.len : 32),
		           (const char *)name.data);
		return E_CONFIG;
	}
	TRY(check_distinct(&out, why));
	*ret_uri = out;
	return OK;
}

err_t
t2_uri_parse_named(const char *text, struct buf *why, struct t2_uri *ret_uri)
{
	TRY(t2_uri_parse(text, why, ret_uri));
	return ret_uri->named
	               ? OK
	               : refuse_tpm_uri(why, "'parent-name' is missing, which "
	                                     "identifies the TPM");
}

static void
put_place(struct buf *out, const char *name, const struct t2_place *place)
{
	if (place->path[0])
		buf_printf(out, "%s=%s", name, place->path);
	else
		buf_printf(out, "%s=0x%08x", name, place->handle);
}

err_t
t2_uri_format(const struct t2_uri *uri, struct buf *out)
{
	buf_printf(out, SCHEME "%s?", uri->tcti);
	if (!uri->keyless)
		put_place(out, "key", &uri->key);
	put_place(out, uri->keyless ? "mac" : "&mac", &uri->mac);
	buf_printf(out, "&parent=0x%08x&epoch=0x%08x", uri->parent, uri->epoch);
	if (uri->trust_counter != T2_TRUST_COUNTER)
		buf_printf(out, "&trust-counter=0x%08x", uri->trust_counter);
	if (uri->trust_head != T2_TRUST_HEAD)
		buf_printf(out, "&trust-head=0x%08x", uri->trust_head);
	if (uri->named) {
		buf_append_str(out, "&parent-name=");
		encode_hex(out, bytes_of(uri->parent_name,
		                         sizeof(uri->parent_name)));
	}
	return buf_status(out);
}
