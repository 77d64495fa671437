/*
 * provisioning.c - see provisioning.h.
 */
#include "evidence/android/provisioning.h"

#include "crypto/codec/cbor.h"

enum {
	KEY_CERTIFICATES_ISSUED = 1,
	KEY_MANUFACTURER = 3,
	KEY_ATTESTED_ENTITY = 4,
	KEY_REPORTED_LOST = 6,
};

static void
take_known(struct android_provisioning *p, int64_t key,
           struct cbor_cursor *value)
{
	switch (key) {
	case KEY_CERTIFICATES_ISSUED:
		p->has_certificates_issued = true;
		p->certificates_issued = cbor_take_uint(value);
		return;
	case KEY_MANUFACTURER:
		p->has_manufacturer = true;
		p->manufacturer = cbor_take_text(value);
		return;
	case KEY_ATTESTED_ENTITY:
		p->has_attested_entity = true;
		p->attested_entity = cbor_take_text(value);
		return;
	case KEY_REPORTED_LOST:
		p->has_reported_lost = true;
		p->reported_lost = cbor_take_bool(value);
		return;
	default:
		(void)cbor_take_any(value);
	}
}

static void
take_item(struct android_provisioning *p, struct cbor_cursor *c, int64_t key)
{
	struct bytes value = cbor_take_any(c);
	struct cbor_cursor inside = cbor_cursor_of(value);

	if (c->failed || p->n == ANDROID_PROVISIONING_MAX) {
		cbor_fail(c);
		return;
	}
	p->items[p->n++] = (struct android_provisioning_item){ key, value };
	take_known(p, key, &inside);
	if (!cbor_done(&inside))
		cbor_fail(c);
}

err_t
android_provisioning_parse(struct bytes content,
                           struct android_provisioning *ret)
{
	struct android_provisioning p = { .content = content };
	struct cbor_cursor c = cbor_cursor_of(content);
	struct cbor_map map = cbor_take_map(&c);

	for (int64_t key; cbor_map_next(&c, &map, &key);)
		take_item(&p, &c, key);
	if (!cbor_done(&c)) {
		*ret = (struct android_provisioning){ .content = content,
			                              .malformed = true };
		return E_MALFORMED;
	}
	*ret = p;
	return OK;
}
