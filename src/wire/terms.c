/*
 * terms.c - see terms.h.
 */
#include <string.h>

#include "base/auto.h"
#include "wire/terms.h"

#define TENANT_MAX 64 /* bytes */

static const char *const workflow_names[] = {
#define WORKFLOW_NAME(name, text) text,
	WORKFLOWS(WORKFLOW_NAME)
#undef WORKFLOW_NAME
};

/* In the order of enum anchor_purpose, without ANCHOR_NONE. */
static const char *const anchor_names[] = {
#define PURPOSE(code, word) (word),
#include "wire/purposes.def"
};

static const char *const vector_names[] = {
#define VECTOR_NAME(name, text) text,
	VECTOR_CLAIMS(VECTOR_NAME)
#undef VECTOR_NAME
};

/* The index of a name; n: unknown. */
static unsigned
find_name(struct bytes name, const char *const *names, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (bytes_equal_str(name, names[i]))
			return i;
	return n;
}

const char *
workflow_name(enum workflow w)
{
	return w < WORKFLOW_COUNT ? workflow_names[w] : "?";
}

enum workflow
workflow_find(struct bytes name)
{
	return (enum workflow)find_name(name, workflow_names, WORKFLOW_COUNT);
}

enum anchor_purpose
anchor_purpose_find(struct bytes name)
{
	unsigned n = ARRAY_LEN(anchor_names);
	unsigned at = find_name(name, anchor_names, n);

	return at < n ? (enum anchor_purpose)(at + 1) : ANCHOR_NONE;
}

const char *
anchor_bit_word(unsigned n)
{
	return n < ARRAY_LEN(anchor_names) ? anchor_names[n] : NULL;
}

const char *
vector_name(enum vector_claim c)
{
	return c < VECTOR_COUNT ? vector_names[c] : "?";
}

static bool
tenant_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
	       c == '_' || c == '-';
}

bool
tenant_name_valid(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!tenant_char(name.data[i]))
			return false;
	return name.len > 0 && name.len <= TENANT_MAX;
}

bool
release_name_valid(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		if (!tenant_char(c) && (c < 'A' || c > 'Z') && c != ':' &&
		    c != '+' && c != '~' && c != '@')
			return false;
	}
	return name.len > 0 && name.len <= RELEASE_MAX;
}

bool
device_handle_ours(struct bytes handle)
{
	static const char begin[] = "dh1_";
	const size_t at = sizeof(begin) - 1;

	if (handle.len <= at || handle.len > DEVICE_HANDLE_MAX ||
	    memcmp(handle.data, begin, at) != 0)
		return false;
	for (size_t i = at; i < handle.len; i++) {
		uint8_t c = handle.data[i];

		if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') &&
		    (c < '0' || c > '9') && c != '-' && c != '_')
			return false;
	}
	return true;
}

void
cti_encode(const struct cti *cti, uint8_t out[static CTI_SIZE])
{
	for (unsigned i = 0; i < 4; i++) {
		out[i] = (uint8_t)(cti->node >> (24 - 8 * i));
		out[4 + i] = (uint8_t)(cti->epoch >> (24 - 8 * i));
	}
	for (unsigned i = 0; i < 8; i++)
		out[8 + i] = (uint8_t)(cti->serial >> (56 - 8 * i));
}

struct cti
cti_decode(const uint8_t in[static CTI_SIZE])
{
	struct reader r = reader_of(bytes_of(in, CTI_SIZE));
	struct cti cti = { 0 };

	cti.node = reader_u32(&r);
	cti.epoch = reader_u32(&r);
	cti.serial = reader_u64(&r);
	return cti;
}
