/*
 * codec.c - encodes and decodes the messages of wire.def.
 *
 * There is a put and a get function for each field type; macros make those of
 * the messages from the table.  A decoder reads every field and then checks
 * that the packet has ended.
 */
#include <string.h>

#include "base/auto.h"
#include "wire/wire.h"

/* --- fields --------------------------------------------------------------- */

static void
put_u16(struct buf *out, const wire_u16 *v)
{
	buf_u16(out, *v);
}

static void
get_u16(struct reader *r, wire_u16 *v)
{
	*v = reader_u16(r);
}

static void
put_u32(struct buf *out, const wire_u32 *v)
{
	buf_u32(out, *v);
}

static void
get_u32(struct reader *r, wire_u32 *v)
{
	*v = reader_u32(r);
}

static void
put_u64(struct buf *out, const wire_u64 *v)
{
	buf_u64(out, *v);
}

static void
get_u64(struct reader *r, wire_u64 *v)
{
	*v = reader_u64(r);
}

static void
put_hash(struct buf *out, const wire_hash *v)
{
	buf_append(out, bytes_of(*v, sizeof(*v)));
}

static void
get_hash(struct reader *r, wire_hash *v)
{
	reader_copy(r, *v, sizeof(*v));
}

static void
put_id16(struct buf *out, const wire_id16 *v)
{
	buf_append(out, bytes_of(*v, sizeof(*v)));
}

static void
get_id16(struct reader *r, wire_id16 *v)
{
	reader_copy(r, *v, sizeof(*v));
}

static void
put_vector(struct buf *out, const wire_vector *v)
{
	buf_append(out, bytes_of(*v, sizeof(*v)));
}

static void
get_vector(struct reader *r, wire_vector *v)
{
	reader_copy(r, *v, sizeof(*v));
}

static void
put_blob(struct buf *out, const wire_blob *v)
{
	if (v->len > WIRE_PACKET_MAX) {
		out->failed = E_LIMIT;
		return;
	}
	buf_u32(out, (uint32_t)v->len);
	buf_append(out, *v);
}

static void
get_blob(struct reader *r, wire_blob *v)
{
	*v = reader_take(r, reader_u32(r));
}

static bool
has_control(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] == 0x7f)
			return true;
	return false;
}

static void
put_text(struct buf *out, const wire_text *v)
{
	if (v->len > UINT16_MAX || has_control(*v)) {
		out->failed = E_LIMIT;
		return;
	}
	buf_u16(out, (uint16_t)v->len);
	buf_append(out, *v);
}

static void
get_text(struct reader *r, wire_text *v)
{
	*v = reader_take(r, reader_u16(r));
	if (has_control(*v))
		reader_fail(r);
}

static void
put_bindings(struct buf *out, const wire_bindings *v)
{
	put_u16(out, &v->present);
#define PUT_BINDING(name, word, kind, member, most) put_##kind(out, &v->member);
	BINDINGS(PUT_BINDING)
#undef PUT_BINDING
}

static void
get_bindings(struct reader *r, wire_bindings *v)
{
	get_u16(r, &v->present);
#define GET_BINDING(name, word, kind, member, most) get_##kind(r, &v->member);
	BINDINGS(GET_BINDING)
#undef GET_BINDING
	if (!bindings_valid(v))
		reader_fail(r);
}

static void
put_facts(struct buf *out, const wire_facts *v)
{
	buf_u8(out, (uint8_t)v->n);
	for (size_t i = 0; i < v->n; i++) {
		const struct fact *f = &v->rows[i];
		const wire_text name = fact_name(f);
		const wire_blob value = fact_bytes(f);

		buf_u8(out, (uint8_t)f->rule);
		put_text(out, &name);
		if (fact_rule_counts(f->rule))
			buf_u64(out, f->number);
		else
			put_blob(out, &value);
	}
}

/* A row without a value is never written, so it is refused. */
static void
get_fact(struct reader *r, wire_facts *v)
{
	uint8_t rule = reader_u8(r);
	size_t before = v->n;
	wire_text name;
	wire_blob value;
	err_t err;

	get_text(r, &name);
	if (fact_rule_counts(rule)) {
		err = facts_add_number(v, rule, name, reader_u64(r));
	} else {
		get_blob(r, &value);
		err = facts_add_bytes(v, rule, name, value);
	}
	if (err != OK || v->n == before)
		reader_fail(r);
}

/* Rows are initialised when they are added, so unused ones cost no time. */
static void
get_facts(struct reader *r, wire_facts *v)
{
	uint8_t n = reader_u8(r);

	v->n = 0;
	for (uint8_t i = 0; i < n && !r->failed; i++)
		get_fact(r, v);
}

/* A number without a row in choices.def is malformed. */
#define CHOICE(type, TYPE)                                            \
	static void put_##type(struct buf *out, const wire_##type *v) \
	{                                                             \
		buf_u8(out, (uint8_t)*v);                             \
	}                                                             \
                                                                      \
	static void get_##type(struct reader *r, wire_##type *v)      \
	{                                                             \
		uint8_t number = reader_u8(r);                        \
                                                                      \
		if (!wire_##type##_valid(number))                     \
			reader_fail(r);                               \
		*v = (wire_##type)number;                             \
	}
#include "wire/choices.def"
#undef CHOICE

static void
put_workflow(struct buf *out, const wire_workflow *v)
{
	buf_u8(out, (uint8_t)*v);
}

static void
get_workflow(struct reader *r, wire_workflow *v)
{
	*v = (enum workflow)reader_u8(r);
	if (*v >= WORKFLOW_COUNT)
		reader_fail(r);
}

/* --- messages ------------------------------------------------------------- */

#define PUT_FIELD(type, name) put_##type(out, &m->name);
#define GET_FIELD(type, name) get_##type(&r, &m.name);

#define MESSAGE(id, NAME, name, from, to)                                     \
	void wire_put_##name(struct buf *out, const struct wire_##name *m)    \
	{                                                                     \
		buf_u16(out, WIRE_ID_##NAME);                                 \
		WIRE_##NAME(PUT_FIELD)                                        \
	}                                                                     \
                                                                              \
	err_t wire_get_##name(struct bytes packet, struct wire_##name *ret_m) \
	{                                                                     \
		struct reader r = reader_of(packet);                          \
		struct wire_##name m;                                         \
                                                                              \
		if (reader_u16(&r) != WIRE_ID_##NAME)                         \
			return E_MALFORMED;                                   \
		WIRE_##NAME(                                                  \
		        GET_FIELD) if (!reader_done(&r)) return E_MALFORMED;  \
		*ret_m = m;                                                   \
		return OK;                                                    \
	}
#include "wire/wire.def"
#undef MESSAGE

void
wire_put_finding(struct buf *out,
                 const struct wire_finding *m){ WIRE_FINDING(PUT_FIELD) }

err_t wire_get_finding(struct bytes in, struct wire_finding *ret_m)
{
	struct reader r = reader_of(in);
	struct wire_finding m;

	WIRE_FINDING(GET_FIELD)
	if (!reader_done(&r))
		return E_MALFORMED;
	*ret_m = m;
	return OK;
}

void
wire_put_outcome(struct buf *out,
                 const struct wire_outcome *m){ WIRE_OUTCOME(PUT_FIELD) }

err_t wire_get_outcome(struct bytes in, struct wire_outcome *ret_m)
{
	struct reader r = reader_of(in);
	struct wire_outcome m;

	WIRE_OUTCOME(GET_FIELD)
	if (!reader_done(&r))
		return E_MALFORMED;
	*ret_m = m;
	return OK;
}

void
wire_put_permit(struct buf *out,
                const struct wire_permit *m){ WIRE_PERMIT(PUT_FIELD) }

err_t wire_get_permit(struct bytes in, struct wire_permit *ret_m)
{
	struct reader r = reader_of(in);
	struct wire_permit m;

	WIRE_PERMIT(GET_FIELD)
	if (!reader_done(&r))
		return E_MALFORMED;
	*ret_m = m;
	return OK;
}

void
wire_put_known(struct buf *out,
               const struct wire_known *m){ WIRE_KNOWN(PUT_FIELD) }

err_t wire_get_known(struct bytes in, struct wire_known *ret_m)
{
	struct reader r = reader_of(in);
	struct wire_known m;

	WIRE_KNOWN(GET_FIELD)
	if (!reader_done(&r))
		return E_MALFORMED;
	*ret_m = m;
	return OK;
}

#define COPY_FIELD(type, name) memcpy(&m.name, &v->name, sizeof(m.name));

struct wire_finding
wire_finding_of(const struct wire_verdict *v)
{
	struct wire_finding m;

	WIRE_FINDING(COPY_FIELD)
	return m;
}

/* --- names and permissions ------------------------------------------------ */

#define SUPERVISOR WIRE_ROLE_SUPERVISOR
#define FRONT WIRE_ROLE_FRONT
#define VERIFIER WIRE_ROLE_VERIFIER
#define LEDGER WIRE_ROLE_LEDGER
#define KEYHOLDER WIRE_ROLE_KEYHOLDER
#define CHILDREN WIRE_ROLE_CHILDREN

struct message_row {
	uint16_t id;
	unsigned from, to;
	const char *name;
};

static const struct message_row rows[] = {
#define MESSAGE(id, NAME, name, from, to) { id, from, to, #NAME },
#include "wire/wire.def"
#undef MESSAGE
};

static const struct message_row *
message_row_of(uint16_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

uint16_t
wire_packet_id(struct bytes packet)
{
	struct reader r = reader_of(packet);

	return reader_u16(&r);
}

bool
wire_allowed(uint16_t id, enum wire_role from, enum wire_role to)
{
	const struct message_row *row = message_row_of(id);

	return row && (row->from & (unsigned)from) != 0 &&
	       (row->to & (unsigned)to) != 0;
}

const char *
wire_name(uint16_t id)
{
	const struct message_row *row = message_row_of(id);

	return row ? row->name : "?";
}
