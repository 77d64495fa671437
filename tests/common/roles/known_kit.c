/*
 * known_kit.c - see known_kit.h.
 */
#include "tests/common/roles/known_kit.h"

#include <string.h>

#include "proc/config.h"

/* Only the first tenant demands the list. */
static const struct config_client clients[] = {
	{ .san = "URI:x", .tenant = NULL, .preregistered = false },
	{ .san = "URI:a", .tenant = TENANT, .preregistered = false },
	{ .san = "URI:o", .tenant = TENANT, .preregistered = true },
	{ .san = "URI:b", .tenant = OTHER, .preregistered = false },
};

struct rig *
rig_with_list(void)
{
	struct rig *g = rig_ready();

	g->config.clients = clients;
	g->config.n_clients = ARRAY_LEN(clients);
	return g;
}

struct wire_known
kit_entry(enum wire_preregistration kind, uint8_t first)
{
	struct wire_known m = { .kind = kind,
		                .devices = 1,
		                .label = bytes_of_str("fleet-7") };

	memset(m.digest, 0x22, sizeof(m.digest));
	m.digest[0] = first;
	return m;
}

static void
put_entry(struct buf *out, const struct wire_known *m)
{
	AUTO(buf_release) struct buf row = buf_of(1024);

	wire_put_known(&row, m);
	buf_u32(out, (uint32_t)row.len);
	buf_append(out, buf_bytes(&row));
}

err_t
kit_say_entries(struct rig *g, const char *tenant,
                const struct wire_known *rows, size_t n)
{
	AUTO(buf_release) struct buf text = buf_of(WIRE_PACKET_MAX);
	struct wire_preregister m = { .request = 5,
		                      .tenant = bytes_of_str(tenant),
		                      .client = bytes_of_str("URI:o") };

	for (size_t i = 0; i < n; i++)
		put_entry(&text, &rows[i]);
	m.entries = buf_bytes(&text);
	buf_reset(&g->packet);
	wire_put_preregister(&g->packet, &m);
	return rig_say(g, RIG_FRONT);
}

/* Lists one, which must be new or not. */
void
kit_list_one(struct rig *g, const char *tenant, const struct wire_known *row,
             bool fresh)
{
	struct wire_preregistered m = { 0 };

	KIT_OK(kit_say_entries(g, tenant, row, 1));
	rig_round(g);
	CU_ASSERT_EQUAL_FATAL(
	        wire_get_preregistered(rig_hear(g, RIG_FRONT), &m), OK);
	CU_ASSERT_EQUAL(m.request, 5);
	CU_ASSERT_EQUAL(m.added, fresh ? 1 : 0);
	CU_ASSERT_EQUAL(m.known, fresh ? 0 : 1);
}

/* A page of at most 8 entries. */
size_t
kit_page(struct rig *g, const char *tenant, struct wire_preregistration_page *m,
         struct wire_known *rows)
{
	struct wire_preregistration_list ask = { .request = 6,
		                                 .tenant = bytes_of_str(tenant),
		                                 .limit = 8 };
	size_t n = 0;

	ask.after_kind = m->next_kind;
	memcpy(ask.after, m->next, HASH_SIZE);
	wire_put_preregistration_list(&g->packet, &ask);
	KIT_OK(rig_say(g, RIG_FRONT));
	g->ledger.readings.next_at = 0; /* no pause */
	rig_round(g);
	CU_ASSERT_EQUAL_FATAL(
	        wire_get_preregistration_page(rig_hear(g, RIG_FRONT), m), OK);
	CU_ASSERT_EQUAL(m->request, 6);
	struct reader in = reader_of(m->entries);
	for (; in.left > 0 && n < 8; n++)
		KIT_OK(wire_get_known(reader_take(&in, reader_u32(&in)),
		                      &rows[n]));
	CU_ASSERT_EQUAL(in.left, 0);
	return n;
}

struct wire_known
kit_only(struct rig *g, const char *tenant)
{
	struct wire_preregistration_page m = { 0 };
	struct wire_known rows[8];

	CU_ASSERT_EQUAL_FATAL(kit_page(g, tenant, &m, rows), 1);
	CU_ASSERT_EQUAL(m.next_kind, 0);
	return rows[0];
}

size_t
kit_count(struct rig *g, const char *tenant)
{
	struct wire_preregistration_page m = { 0 };
	struct wire_known rows[8];

	return kit_page(g, tenant, &m, rows);
}

bool
kit_delete_entry(struct rig *g, const char *tenant,
                 const struct wire_known *row)
{
	struct wire_preregistration_delete m = { .request = 7,
		                                 .tenant = bytes_of_str(tenant),
		                                 .client =
		                                         bytes_of_str("URI:o"),
		                                 .kind = row->kind };
	struct wire_preregistration_deleted answer = { 0 };

	memcpy(m.digest, row->digest, HASH_SIZE);
	wire_put_preregistration_delete(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_FRONT));
	rig_round(g);
	CU_ASSERT_EQUAL_FATAL(wire_get_preregistration_deleted(
	                              rig_hear(g, RIG_FRONT), &answer),
	                      OK);
	CU_ASSERT_EQUAL(answer.request, 7);
	return answer.found == WIRE_FLAG_YES;
}

/* --- enrolling --------------------------------------------------------------- */

/* A statement of the device whose identity begins so; its handle if it is new. */
void
kit_say_enroll(struct rig *g, const char *tenant, uint8_t first)
{
	struct wire_enroll m = { .request = 1,
		                 .tenant = bytes_of_str(tenant),
		                 .format = bytes_of_str("tpm2-quote") };

	memset(m.identity, 0x22, sizeof(m.identity));
	m.identity[0] = first;
	wire_put_enroll(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_VERIFIER));
	rig_round(g);
}

uint64_t
kit_handle_asked(struct rig *g)
{
	struct wire_handle_derive asked = { 0 };
	struct bytes packet = rig_hear(g, RIG_KEYHOLDER);

	CU_ASSERT_EQUAL_FATAL(wire_get_handle_derive(packet, &asked), OK);
	return asked.request;
}

void
kit_make_handle(struct rig *g, uint64_t request, const char *handle)
{
	const struct wire_handle_made made = { .request = request,
		                               .handle = bytes_of_str(handle) };

	wire_put_handle_made(&g->packet, &made);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
}

enum wire_enrolment_answer
kit_answered(struct rig *g)
{
	struct wire_enrollment m = { 0 };

	CU_ASSERT_EQUAL_FATAL(wire_get_enrollment(rig_hear(g, RIG_FRONT), &m),
	                      OK);
	return m.state;
}

enum wire_enrolment_answer
kit_enrol(struct rig *g, const char *tenant, uint8_t first, const char *handle)
{
	kit_say_enroll(g, tenant, first);
	kit_make_handle(g, kit_handle_asked(g), handle);
	rig_round(g);
	return kit_answered(g);
}

enum wire_enrolment_answer
kit_refused(struct rig *g, uint8_t first)
{
	kit_say_enroll(g, TENANT, first);
	CU_ASSERT(rig_silent(g, RIG_KEYHOLDER));
	return kit_answered(g);
}
