/*
 * wire_samples.c - one packet of each message with every field set, generated
 * from wire.def, so that a new row has a sample without further work.
 */
#include <string.h>

#include "base/auto.h"
#include "wire/wire.h"

#include "tests/common/fakes/wire_samples.h"

static const uint8_t filler[HASH_SIZE] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void
fill_u16(wire_u16 *v)
{
	*v = 0xa1b2;
}

static void
fill_u32(wire_u32 *v)
{
	*v = 0xa1b2c3d4;
}

static void
fill_u64(wire_u64 *v)
{
	*v = 0xa1b2c3d4e5f60718;
}

static void
fill_hash(wire_hash *v)
{
	memcpy(*v, filler, sizeof(*v));
}

static void
fill_id16(wire_id16 *v)
{
	memcpy(*v, filler, sizeof(*v));
}

static void
fill_vector(wire_vector *v)
{
	memcpy(*v, filler, sizeof(*v));
}

static void
fill_text(wire_text *v)
{
	*v = bytes_of_str("text");
}

static void
fill_blob(wire_blob *v)
{
	*v = bytes_of(filler, sizeof(filler));
}

static void
fill_bindings(wire_bindings *v)
{
	*v = (struct bindings){ .present = BINDING_ALL,
		                .device_handle = bytes_of_str("dh1_x"),
		                .channel = bytes_of_str("beta"),
		                .transaction = bytes_of_str("t-1"),
		                .release = bytes_of_str("r-1") };
	memcpy(v->transport, filler, HASH_SIZE);
	memcpy(v->request, filler, HASH_SIZE);
	memcpy(v->account, filler, HASH_SIZE);
}

/* A row by each rule. */
static void
fill_facts(wire_facts *v)
{
	*v = (struct facts){
		.n = 4,
		.rows = { { .rule = FACT_SHOWN,
		            .name_len = 1,
		            .name = "a",
		            .len = 2,
		            .bytes = { 1, 2 } },
		          { .rule = FACT_EQUAL,
		            .name_len = 1,
		            .name = "b",
		            .len = HASH_SIZE,
		            .bytes = { 1, 2, 3 } },
		          { .rule = FACT_NOT_BELOW,
		            .name_len = 1,
		            .name = "c",
		            .number = 160000 },
		          { .rule = FACT_NOT_BEFORE,
		            .name_len = 1,
		            .name = "d",
		            .number = 20260905 } },
	};
}

/* The last of a type's rows. */
#define ROW_NUMBER(NAME, number, word) (number),
#define CHOICE(type, TYPE)                                               \
	static void fill_##type(wire_##type *v)                          \
	{                                                                \
		static const wire_##type rows[] = { WIRE_CHOICES_##TYPE( \
			ROW_NUMBER) };                                   \
                                                                         \
		*v = rows[ARRAY_LEN(rows) - 1];                          \
	}
#include "wire/choices.def"
#undef CHOICE

static void
fill_workflow(wire_workflow *v)
{
	*v = WORKFLOW_COUNT - 1;
}

#define FILL_FIELD(type, name) fill_##type(&m.name);
#define MESSAGE(id, NAME, name, from, to)                         \
	static void make_##name(struct buf *out)                  \
	{                                                         \
		struct wire_##name m;                             \
                                                                  \
		WIRE_##NAME(FILL_FIELD) wire_put_##name(out, &m); \
	}
#include "wire/wire.def"
#undef MESSAGE

const struct wire_sample wire_samples[] = {
#define MESSAGE(id, NAME, name, from, to) { #name, make_##name },
#include "wire/wire.def"
#undef MESSAGE
	{ NULL, NULL },
};
