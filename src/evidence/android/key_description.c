/*
 * key_description.c - see key_description.h.
 *
 * tags.def has a row for each tag: number, member and kind.  The function
 * take_KIND below parses a kind.  A tag that occurs twice, or whose value is
 * not exactly of its kind, makes the whole extension malformed.
 */
#include "evidence/android/key_description.h"

#include "evidence/android/app_id.h"

struct tag_row {
	uint32_t number;
	size_t offset; /* in struct android_list */
	void (*take)(struct der *d, void *out);
};

static void
take_SET(struct der *d, void *out)
{
	struct android_set *set = out;
	struct der in = der_enter(d, DER_SET);
	struct bytes last = { 0 };

	while (der_set_next(&in, &last)) {
		uint64_t value = der_take_uint(&in, DER_INTEGER);

		if (set->n == ANDROID_SET_MAX) {
			der_fail(&in);
			break;
		}
		set->values[set->n++] = value;
	}
	der_leave(d, &in);
}

static void
take_INT(struct der *d, void *out)
{
	uint64_t *v = out;

	*v = der_take_uint(d, DER_INTEGER);
}

static void
take_FLAG(struct der *d, void *out)
{
	bool *v = out;

	der_take_null(d);
	*v = true;
}

static void
take_BYTES(struct der *d, void *out)
{
	struct bytes *v = out;

	*v = der_take(d, DER_OCTETS);
}

static void
take_TEXT(struct der *d, void *out)
{
	take_BYTES(d, out);
}

static void
take_ROOT(struct der *d, void *out)
{
	struct root_of_trust *root = out;
	struct der in = der_enter(d, DER_SEQUENCE);

	root->verified_boot_key = der_take(&in, DER_OCTETS);
	root->device_locked = der_take_boolean(&in);
	root->verified_boot_state = der_take_uint(&in, DER_ENUMERATED);
	if (root->verified_boot_state > BOOT_FAILED)
		der_fail(&in);
	root->has_hash = !der_at_end(&in);
	if (root->has_hash)
		root->verified_boot_hash = der_take(&in, DER_OCTETS);
	der_leave(d, &in);
}

static void
take_APP(struct der *d, void *out)
{
	struct der in = der_of(der_take(d, DER_OCTETS), d->lenient);

	android_app_id_take(&in, out);
	der_leave(d, &in);
}

static const struct tag_row rows[] = {
#define TAG(number, name, kind) \
	{ number, offsetof(struct android_list, name), take_##kind },
#include "evidence/android/tags.def"
#undef TAG
};
_Static_assert(TAG_COUNT <= 64, "present has 64 bits");

static const struct tag_row *
find_tag_row(uint32_t number)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].number == number)
			return &rows[i];
	return NULL;
}

static bool
unknown_seen(const struct android_list *list, uint32_t number)
{
	for (size_t i = 0; i < list->n_unknown; i++)
		if (list->unknown[i].tag == number)
			return true;
	return false;
}

static void
keep_unknown(struct android_list *list, uint32_t number, struct der *value)
{
	if (list->n_unknown == ANDROID_UNKNOWN_MAX ||
	    unknown_seen(list, number)) {
		der_fail(value);
		return;
	}
	list->unknown[list->n_unknown++] =
	        (struct android_unknown){ number, value->in };
	value->in = bytes_of(NULL, 0);
}

static void
take_tag(struct android_list *list, uint32_t number, struct der *value)
{
	const struct tag_row *row = find_tag_row(number);

	if (!row) {
		keep_unknown(list, number, value);
		return;
	}
	uint64_t bit = (uint64_t)1 << (row - rows);
	if (list->present & bit) {
		der_fail(value);
		return;
	}
	list->present |= bit;
	row->take(value, (uint8_t *)list + row->offset);
}

static bool
refuse_tag(struct buf *why, const char *which, uint32_t number)
{
	if (number == 0)
		buf_printf(why, "%s: not a list of explicit tags", which);
	else
		buf_printf(why, "%s: tag %u is malformed or occurs twice",
		           which, number);
	return false;
}

static bool
take_list(struct der *d, const char *which, struct buf *why,
          struct android_list *list)
{
	struct der in = der_enter(d, DER_SEQUENCE);
	uint32_t last = 0;
	bool descended = false;

	while (!der_at_end(&in)) {
		uint32_t number = 0;
		struct der value = der_enter_context(&in, &number);

		take_tag(list, number, &value);
		if (in.failed || !der_done(&value))
			return refuse_tag(why, which, number);
		descended |= number < last;
		last = number;
	}
	if (in.failed)
		return refuse_tag(why, which, 0);
	if (descended)
		der_forgive(d, LENIENT_TAGS_NOT_ASCENDING);
	return true;
}

static uint64_t
take_level(struct der *d)
{
	uint64_t level = der_take_uint(d, DER_ENUMERATED);

	if (level > LEVEL_STRONGBOX)
		der_fail(d);
	return level;
}

/* Names the first field that is malformed; later ones fail with it. */
static void
name_failure(const struct der *in, struct buf *why, const char *field)
{
	if (in->failed && why->len == 0)
		buf_printf(why, "key description: %s is malformed", field);
}

static void
take_head(struct der *in, struct buf *why, struct key_description *ret)
{
	ret->attestation_version = der_take_uint(in, DER_INTEGER);
	name_failure(in, why, "attestation_version");
	ret->attestation_security_level = take_level(in);
	name_failure(in, why, "attestation_security_level");
	ret->keymint_version = der_take_uint(in, DER_INTEGER);
	name_failure(in, why, "keymint_version");
	ret->keymint_security_level = take_level(in);
	name_failure(in, why, "keymint_security_level");
	ret->attestation_challenge = der_take(in, DER_OCTETS);
	name_failure(in, why, "attestation_challenge");
	ret->unique_id = der_take(in, DER_OCTETS);
	name_failure(in, why, "unique_id");
}

err_t
key_description_parse(struct bytes extension, struct buf *why,
                      struct key_description *ret)
{
	*ret = (struct key_description){ 0 };
	struct der file = der_of(extension, &ret->lenient);
	struct der in = der_enter(&file, DER_SEQUENCE);

	take_head(&in, why, ret);
	if (in.failed)
		return E_MALFORMED;
	if (!take_list(&in, "software_enforced", why, &ret->software_enforced))
		return E_MALFORMED;
	if (!take_list(&in, "hardware_enforced", why, &ret->hardware_enforced))
		return E_MALFORMED;
	if (!der_done(&in) || !der_done(&file)) {
		buf_append_str(why, "key description: more than eight fields");
		return E_MALFORMED;
	}
	return OK;
}

bool
android_set_holds(const struct android_set *set, uint64_t value)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->values[i] == value)
			return true;
	return false;
}

bool
android_version_known(uint64_t version)
{
	static const uint16_t known[] = { 1, 2, 3, 4, 100, 200, 300, 400, 500 };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i] == version)
			return true;
	return false;
}
