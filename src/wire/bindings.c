/*
 * bindings.c - see bindings.h.
 */
#include "wire/bindings.h"

#include "base/auto.h"

static const struct {
	const char *word, *member;
	size_t most;
	bool text;
} binding_rows[] = {
#define KIND_IS_text true
#define KIND_IS_hash false
#define BINDING_ROW(name, word, kind, member, most) \
	{ word, #member, most, KIND_IS_##kind },
	BINDINGS(BINDING_ROW)
#undef BINDING_ROW
};

const char *
binding_name(enum binding b)
{
	return b < BINDING_COUNT ? binding_rows[b].word : "?";
}

enum binding
binding_find(struct bytes name)
{
	unsigned i = 0;

	while (i < BINDING_COUNT &&
	       !bytes_equal_str(name, binding_rows[i].word))
		i++;
	return (enum binding)i;
}

const char *
binding_member(enum binding b)
{
	return b < BINDING_COUNT ? binding_rows[b].member : "?";
}

bool
bindings_have(const struct bindings *b, enum binding which)
{
	return (b->present >> which & 1) != 0;
}

bool
binding_is_text(enum binding which)
{
	return which < BINDING_COUNT && binding_rows[which].text;
}

binding_text *
binding_text_of(struct bindings *b, enum binding which)
{
#define TEXT_text(member) return &b->member;
#define TEXT_hash(member) return NULL;
#define TEXT_CASE(name, word, kind, member, most) \
	case BINDING_##name:                      \
		TEXT_##kind(member)
	switch (which) {
		BINDINGS(TEXT_CASE)
	case BINDING_COUNT:
		break;
	}
#undef TEXT_CASE
	return NULL;
}

uint8_t *
binding_hash_of(struct bindings *b, enum binding which)
{
#define HASH_text(member) return NULL;
#define HASH_hash(member) return b->member;
#define HASH_CASE(name, word, kind, member, most) \
	case BINDING_##name:                      \
		HASH_##kind(member)
	switch (which) {
		BINDINGS(HASH_CASE)
	case BINDING_COUNT:
		break;
	}
#undef HASH_CASE
	return NULL;
}

struct bytes
binding_value(const struct bindings *b, enum binding which)
{
#define VALUE_text(member) return b->member;
#define VALUE_hash(member) return bytes_of(b->member, HASH_SIZE);
#define VALUE_CASE(name, word, kind, member, most) \
	case BINDING_##name:                       \
		VALUE_##kind(member)
	switch (which) {
		BINDINGS(VALUE_CASE)
	case BINDING_COUNT:
		break;
	}
#undef VALUE_CASE
	return bytes_of(NULL, 0);
}

/* True if the text is present, within the ceiling and without control bytes, or
 * absent and empty. */
static bool
text_valid(struct bytes text, size_t ceiling, bool present)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] == 0x7f)
			return false;
	return present ? text.len > 0 && text.len <= ceiling : text.len == 0;
}

static bool
digest_valid(struct bytes digest, bool present)
{
	return present || bytes_all_zero(digest.data, digest.len);
}

bool
bindings_valid(const struct bindings *b)
{
	for (unsigned i = 0; i < BINDING_COUNT; i++) {
		enum binding which = (enum binding)i;
		bool present = bindings_have(b, which);
		struct bytes value = binding_value(b, which);

		if (binding_rows[i].text
		            ? !text_valid(value, binding_rows[i].most, present)
		            : !digest_valid(value, present))
			return false;
	}
	return (b->present & ~BINDING_ALL) == 0;
}

uint16_t
bindings_mismatch(const struct bindings *claimed, const struct bindings *shown)
{
	uint16_t mismatch = 0;

	for (unsigned i = 0; i < BINDING_COUNT; i++) {
		enum binding b = (enum binding)i;

		if (!bindings_have(claimed, b))
			continue;
		if (!bindings_have(shown, b) ||
		    !bytes_equal(binding_value(claimed, b),
		                 binding_value(shown, b)))
			mismatch = (uint16_t)(mismatch | 1u << i);
	}
	return mismatch;
}
