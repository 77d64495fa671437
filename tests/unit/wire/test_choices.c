/*
 * test_choices.c - what a message says by a number: each number and its word, as
 * this test has them in words of its own, and that the decoder refuses every
 * other one in every field of every message.
 */
#include <string.h>

#include "base/auto.h"
#include "wire/wire.h"

#include "tests/common/base/harness.h"
#include "tests/common/fakes/wire_samples.h"

#define BYTES 256u /* numbers that one byte can say */

struct row {
	unsigned number;
	const char *word;
};

/* Numbers are in databases and words in the API: none of them ever changes. */
static const struct row flag[] = { { 0, "no" }, { 1, "yes" }, { 0, NULL } };
static const struct row role[] = { { 1, "supervisor" }, { 2, "front" },
	                           { 4, "verifier" },   { 8, "ledger" },
	                           { 16, "keyholder" }, { 0, NULL } };
static const struct row role_state[] = {
	{ 0, "not ready" }, { 1, "ready" }, { 2, "starting" }, { 0, NULL }
};
static const struct row enrolled[] = {
	{ 0, "not enrolled" }, { 1, "existing" }, { 2, "new" }, { 0, NULL }
};
static const struct row enrolment_answer[] = {
	{ 0, "not found" }, { 1, "existing" }, { 2, "new" },
	{ 3, "deleted" },   { 4, "refused" },  { 5, "not listed" },
	{ 6, "replaced" },  { 0, NULL }
};
static const struct row device_state[] = { { 0, "unknown" },   { 1, "active" },
	                                   { 2, "suspended" }, { 3, "pending" },
	                                   { 4, "retired" },   { 0, NULL } };
static const struct row device_order[] = { { 1, "approve" },
	                                   { 2, "suspend" },
	                                   { 3, "resume" },
	                                   { 4, "retire" },
	                                   { 0, NULL } };
static const struct row eligibility[] = {
	{ 0, "any" }, { 1, "true" }, { 2, "false" }, { 0, NULL }
};
static const struct row preregistration[] = { { 1, "key" },
	                                      { 2, "certificate" },
	                                      { 0, NULL } };
static const struct row difference[] = { { 0, "none" },    { 1, "any" },
	                                 { 2, "refuses" }, { 3, "accepts" },
	                                 { 4, "reasons" }, { 0, NULL } };
static const struct row result_form[] = { { 0, "jwt" },
	                                  { 1, "cwt" },
	                                  { 0, NULL } };
static const struct row key_change[] = {
	{ 0, "none" }, { 1, "key" }, { 2, "officer" }, { 0, NULL }
};
static const struct row workflow[] = { { 0, "enroll" },   { 1, "register" },
	                               { 2, "metadata" }, { 3, "artifact" },
	                               { 4, "channel" },  { 0, NULL } };

static const char *
word_of(const struct row *rows, unsigned number)
{
	for (; rows->word; rows++)
		if (rows->number == number)
			return rows->word;
	return NULL;
}

/* --- the table ------------------------------------------------------------ */

#define CHOICE(type, TYPE)                                                     \
	static void check_##type(void)                                         \
	{                                                                      \
		for (unsigned n = 0; n < BYTES; n++) {                         \
			const char *word = word_of(type, n);                   \
                                                                               \
			CU_ASSERT_EQUAL(wire_##type##_valid(n), word != NULL); \
			CU_ASSERT_STRING_EQUAL(                                \
			        wire_##type##_name((enum wire_##type)n),       \
			        word ? word : "?");                            \
		}                                                              \
	}
#include "wire/choices.def"
#undef CHOICE

static void
test_rows(void)
{
#define CHOICE(type, TYPE) check_##type();
#include "wire/choices.def"
#undef CHOICE
	for (unsigned n = 0; n < BYTES; n++) {
		const char *word = word_of(workflow, n);

		CU_ASSERT_STRING_EQUAL(workflow_name((enum workflow)n),
		                       word ? word : "?");
	}
}

/* --- every field ---------------------------------------------------------- */

#define TRY_NUMBERS(type, member)                                     \
	for (unsigned n = 0; n < BYTES; n++) {                        \
		m = sample;                                           \
		m.member = (wire_##type)n;                            \
		buf_reset(&packet);                                   \
		PUT(&packet, &m);                                     \
		CU_ASSERT_EQUAL(buf_status(&packet), OK);             \
		CU_ASSERT_EQUAL(GET(buf_bytes(&packet), &m),          \
		                word_of(type, n) ? OK : E_MALFORMED); \
	}                                                             \
	fields++;
#define TRY_flag(member) TRY_NUMBERS(flag, member)
#define TRY_role(member) TRY_NUMBERS(role, member)
#define TRY_role_state(member) TRY_NUMBERS(role_state, member)
#define TRY_enrolled(member) TRY_NUMBERS(enrolled, member)
#define TRY_enrolment_answer(member) TRY_NUMBERS(enrolment_answer, member)
#define TRY_device_state(member) TRY_NUMBERS(device_state, member)
#define TRY_device_order(member) TRY_NUMBERS(device_order, member)
#define TRY_eligibility(member) TRY_NUMBERS(eligibility, member)
#define TRY_preregistration(member) TRY_NUMBERS(preregistration, member)
#define TRY_difference(member) TRY_NUMBERS(difference, member)
#define TRY_result_form(member) TRY_NUMBERS(result_form, member)
#define TRY_key_change(member) TRY_NUMBERS(key_change, member)
#define TRY_workflow(member) TRY_NUMBERS(workflow, member)

/* The types whose fields are no choices. */
#define TRY_u16(member)
#define TRY_u32(member)
#define TRY_u64(member)
#define TRY_hash(member)
#define TRY_id16(member)
#define TRY_text(member)
#define TRY_blob(member)
#define TRY_bindings(member)
#define TRY_facts(member)
#define TRY_vector(member)

#define TRY_FIELD(type, member) TRY_##type(member)
#define MESSAGE(id, NAME, name, from, to)                                      \
	static size_t try_##name(struct bytes in)                              \
	{                                                                      \
		AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX); \
		void (*PUT)(struct buf *, const struct wire_##name *) =        \
		        wire_put_##name;                                       \
		err_t (*GET)(struct bytes, struct wire_##name *) =             \
		        wire_get_##name;                                       \
		struct wire_##name sample, m;                                  \
		size_t fields = 0;                                             \
                                                                               \
		CU_ASSERT_EQUAL_FATAL(GET(in, &sample), OK);                   \
		m = sample;                                                    \
		PUT(&packet, &m);                                              \
		WIRE_##NAME(TRY_FIELD) return fields;                          \
	}
#include "wire/wire.def"
#undef MESSAGE

static size_t (*const tries[])(struct bytes in) = {
#define MESSAGE(id, NAME, name, from, to) try_##name,
#include "wire/wire.def"
#undef MESSAGE
};

static void
test_fields(void)
{
	size_t fields = 0;

	for (size_t i = 0; wire_samples[i].name; i++) {
		AUTO(buf_release) struct buf in = buf_of(WIRE_PACKET_MAX);

		wire_samples[i].make(&in);
		fields += tries[i](buf_bytes(&in));
	}
	CU_ASSERT(fields >= 17); /* as many as there were with this test */
}

/* A finding travels within RESULT_SIGN, too, and is kept in the database. */
static void
test_finding(void)
{
	AUTO(buf_release) struct buf in = buf_of(WIRE_PACKET_MAX);
	AUTO(buf_release) struct buf out = buf_of(WIRE_PACKET_MAX);
	const struct wire_finding good = { .tenant = bytes_of_str("a") };
	struct wire_finding m = good;
	struct wire_finding got;

	wire_put_finding(&in, &good);
	CU_ASSERT_EQUAL(wire_get_finding(buf_bytes(&in), &got), OK);
	m.workflow = WORKFLOW_COUNT;
	wire_put_finding(&out, &m);
	CU_ASSERT_EQUAL(wire_get_finding(buf_bytes(&out), &got), E_MALFORMED);
	m = good;
	m.proved = (enum wire_flag)2;
	buf_reset(&out);
	wire_put_finding(&out, &m);
	CU_ASSERT_EQUAL(wire_get_finding(buf_bytes(&out), &got), E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "each number has its word for ever", test_rows },
	{ "no field takes a number without a word", test_fields },
	{ "nor does a finding", test_finding },
	{ NULL, NULL },
};

HARNESS_MAIN("choices", tests)
