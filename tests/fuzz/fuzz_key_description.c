/*
 * fuzz_key_description.c - KeyDescription: parsed views are inside the input
 * and within their limits, and a refusal has a cause.
 */
#include <stdlib.h>

#include "evidence/android/key_description.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct bytes in, struct bytes v)
{
	if (v.len > 0 &&
	    (v.data < in.data || v.data + v.len > in.data + in.len))
		abort();
}

static void
check_application(struct bytes in, const struct android_application *app)
{
	if (app->n_packages > ANDROID_PACKAGES_MAX ||
	    app->n_digests > ANDROID_SIGNERS_MAX)
		abort();
	for (size_t i = 0; i < app->n_packages; i++)
		inside(in, app->packages[i].name);
	for (size_t i = 0; i < app->n_digests; i++)
		inside(in, app->digests[i]);
}

/* Checks for the kinds of members; only bytes are views. */
#define CHECK_SET(in, v) (void)(v)
#define CHECK_INT(in, v) (void)(v)
#define CHECK_FLAG(in, v) (void)(v)
#define CHECK_BYTES(in, v) inside(in, *(v))
#define CHECK_TEXT(in, v) inside(in, *(v))
#define CHECK_ROOT(in, v)                    \
	(inside(in, (v)->verified_boot_key), \
	 inside(in, (v)->verified_boot_hash))
#define CHECK_APP(in, v) check_application(in, v)

static void
check_list(struct bytes in, const struct android_list *list)
{
#define TAG(number, name, kind) CHECK_##kind(in, &list->name);
#include "evidence/android/tags.def"
#undef TAG
	if (list->n_unknown > ANDROID_UNKNOWN_MAX)
		abort();
	for (size_t i = 0; i < list->n_unknown; i++)
		inside(in, list->unknown[i].value);
	if (android_has(list, TAG_root_of_trust) &&
	    list->root_of_trust.verified_boot_state > BOOT_FAILED)
		abort();
}

/* `seen` and `count` must agree. */
static void
check_lenient(const struct der_lenient *lenient)
{
	for (unsigned l = 0; l < LENIENT_COUNT; l++)
		if ((lenient->count[l] > 0) != (lenient->seen >> l & 1))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct bytes in = bytes_of(data, size);
	static struct key_description d;

	if (key_description_parse(in, &why, &d) != OK) {
		if (why.len == 0)
			abort(); /* a refusal must have a cause */
		return 0;
	}
	inside(in, d.attestation_challenge);
	inside(in, d.unique_id);
	if (d.attestation_security_level > LEVEL_STRONGBOX ||
	    d.keymint_security_level > LEVEL_STRONGBOX)
		abort();
	check_list(in, &d.software_enforced);
	check_list(in, &d.hardware_enforced);
	check_lenient(&d.lenient);
	return 0;
}
