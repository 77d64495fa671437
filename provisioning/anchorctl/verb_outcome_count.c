/*
 * verb_outcome_count.c - how many outcomes there are, by reason and by tenant.
 */
#include <string.h>

#include "crypto/token/outcome.h"
#include "provisioning/anchorctl/verb_outcome.h"

#define REASON_BITS 64

/* Tenants that are counted by name; a service has not as many clients.  A
 * database that somebody has manipulated may name more: those are one row. */
#define TENANTS_MAX 1024

struct tenant_count {
	struct store_small name;
	uint64_t n, eligible;
};

/* Shadow policies that are counted by id; others are one row, as of tenants. */
#define SHADOWS_COUNTED 64
#define DIFFERENCES (WIRE_DIFFERENCE_REASONS + 1)

struct shadow_count {
	struct store_small id;
	uint64_t n[DIFFERENCES];
	uint64_t added[REASON_BITS], removed[REASON_BITS];
};

struct counts {
	uint64_t n, eligible;
	size_t n_shadows;
	struct shadow_count shadows[SHADOWS_COUNTED + 1];
	uint64_t reasons[REASON_BITS];
	size_t n_tenants;
	struct tenant_count tenants[TENANTS_MAX], others;
};

/* Outcomes of one tenant often follow each other, so the last is tried first. */
static struct tenant_count *
tenant_of(struct counts *c, const struct store_small *name)
{
	struct bytes want = store_small_bytes(name);

	for (size_t i = c->n_tenants; i-- > 0;)
		if (bytes_equal(store_small_bytes(&c->tenants[i].name), want))
			return &c->tenants[i];
	if (c->n_tenants == TENANTS_MAX)
		return &c->others;
	c->tenants[c->n_tenants].name = *name;
	return &c->tenants[c->n_tenants++];
}

static struct shadow_count *
shadow_of(struct counts *c, const struct store_small *id)
{
	struct bytes want = store_small_bytes(id);
	size_t i = 0;

	while (i < c->n_shadows && i < SHADOWS_COUNTED &&
	       !bytes_equal(store_small_bytes(&c->shadows[i].id), want))
		i++;
	if (i == c->n_shadows) {
		c->n_shadows++;
		if (i < SHADOWS_COUNTED)
			c->shadows[i].id = *id;
	}
	return &c->shadows[i];
}

static void
count_difference(struct counts *c, const struct outcome *o)
{
	if (o->shadow_id.len == 0)
		return;
	struct shadow_count *s = shadow_of(c, &o->shadow_id);
	uint64_t added = o->shadow_reasons & ~o->reasons;
	uint64_t removed = o->reasons & ~o->shadow_reasons;

	s->n[outcome_differs(o->reasons, o->shadow_reasons)]++;
	for (unsigned i = 0; i < REASON_BITS; i++) {
		s->added[i] += added >> i & 1;
		s->removed[i] += removed >> i & 1;
	}
}

static err_t
count_outcome(void *user, const struct outcome *o)
{
	struct counts *c = user;
	struct tenant_count *t = tenant_of(c, &o->tenant);

	c->n++;
	t->n++;
	if (o->reasons == 0) {
		c->eligible++;
		t->eligible++;
	}
	for (unsigned i = 0; i < REASON_BITS; i++)
		c->reasons[i] += o->reasons >> i & 1;
	count_difference(c, o);
	return OK;
}

/* --- printing ------------------------------------------------------------- */

/* NULL: the tenants that were not counted by name. */
static const char *
tenant_text(struct buf *out, const struct counts *c, size_t i)
{
	buf_reset(out);
	if (i == c->n_tenants)
		return NULL;
	buf_append(out, store_small_bytes(&c->tenants[i].name));
	return buf_str(out);
}

static const struct tenant_count *
tenant_at(const struct counts *c, size_t i)
{
	return i < c->n_tenants ? &c->tenants[i] : &c->others;
}

static size_t
tenant_rows(const struct counts *c)
{
	return c->n_tenants + (c->others.n > 0);
}

/* NULL: the shadow policies that were not counted by id. */
static const char *
shadow_text(struct buf *out, const struct counts *c, size_t i)
{
	buf_reset(out);
	if (i == SHADOWS_COUNTED)
		return NULL;
	buf_append(out, store_small_bytes(&c->shadows[i].id));
	return buf_str(out);
}

static void
say_changes(const uint64_t counts[static REASON_BITS], const char *sign)
{
	char code[OUTCOME_REASON_SIZE];

	for (unsigned i = 0; i < REASON_BITS; i++) {
		outcome_reason(i, code);
		if (counts[i] > 0)
			cli_say("%10llu  %s %s\n",
			        (unsigned long long)counts[i], sign, code);
	}
}

static void
say_shadows(const struct counts *c)
{
	AUTO(buf_release) struct buf text = buf_of(STORE_SMALL_MAX + 1);

	for (size_t i = 0; i < c->n_shadows; i++) {
		const struct shadow_count *s = &c->shadows[i];
		const char *id = shadow_text(&text, c, i);

		cli_say("shadow policy %s: %llu it refuses and the live one "
		        "does not, %llu it accepts, %llu for other reasons\n",
		        id ? id : "(others)",
		        (unsigned long long)s->n[WIRE_DIFFERENCE_REFUSES],
		        (unsigned long long)s->n[WIRE_DIFFERENCE_ACCEPTS],
		        (unsigned long long)s->n[WIRE_DIFFERENCE_REASONS]);
		say_changes(s->added, "+");
		say_changes(s->removed, "-");
	}
}

static void
say_counts(const struct counts *c)
{
	AUTO(buf_release) struct buf text = buf_of(STORE_SMALL_MAX + 1);
	char code[OUTCOME_REASON_SIZE];

	cli_say("%llu outcomes, %llu eligible\n", (unsigned long long)c->n,
	        (unsigned long long)c->eligible);
	for (unsigned i = 0; i < REASON_BITS; i++) {
		outcome_reason(i, code);
		if (c->reasons[i] > 0)
			cli_say("%10llu  %s\n",
			        (unsigned long long)c->reasons[i], code);
	}
	for (size_t i = 0; i < tenant_rows(c); i++) {
		const char *name = tenant_text(&text, c, i);

		cli_say("%10llu  of %s, %llu eligible\n",
		        (unsigned long long)tenant_at(c, i)->n,
		        name ? name : "(other tenants)",
		        (unsigned long long)tenant_at(c, i)->eligible);
	}
	say_shadows(c);
}

static json_t *
reasons_counted(const uint64_t counts[static REASON_BITS])
{
	json_t *o = json_object();
	char code[OUTCOME_REASON_SIZE];

	for (unsigned i = 0; i < REASON_BITS; i++) {
		outcome_reason(i, code);
		if (counts[i] > 0)
			json_object_set_new(
			        o, code, json_integer((json_int_t)counts[i]));
	}
	return o;
}

static json_t *
tenants_counted(const struct counts *c)
{
	AUTO(buf_release) struct buf text = buf_of(STORE_SMALL_MAX + 1);
	json_t *list = json_array();

	for (size_t i = 0; i < tenant_rows(c); i++) {
		const char *name = tenant_text(&text, c, i);

		json_array_append_new(
		        list,
		        json_pack("{s:o, s:I, s:I}", "tenant",
		                  name ? cli_text(name) : json_null(),
		                  "outcomes", (json_int_t)tenant_at(c, i)->n,
		                  "eligible",
		                  (json_int_t)tenant_at(c, i)->eligible));
	}
	return list;
}

static json_t *
shadows_counted(const struct counts *c)
{
	AUTO(buf_release) struct buf text = buf_of(STORE_SMALL_MAX + 1);
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_shadows; i++) {
		const struct shadow_count *s = &c->shadows[i];
		const char *id = shadow_text(&text, c, i);

		json_array_append_new(
		        list,
		        json_pack("{s:o, s:I, s:I, s:I, s:o, s:o}", "id",
		                  id ? cli_text(id) : json_null(), "refuses",
		                  (json_int_t)s->n[WIRE_DIFFERENCE_REFUSES],
		                  "accepts",
		                  (json_int_t)s->n[WIRE_DIFFERENCE_ACCEPTS],
		                  "reasons",
		                  (json_int_t)s->n[WIRE_DIFFERENCE_REASONS],
		                  "added", reasons_counted(s->added), "removed",
		                  reasons_counted(s->removed)));
	}
	return list;
}

err_t
outcome_print_counts(const struct cli *cli, struct store *s,
                     const struct outcome_query *q)
{
	static struct counts c; /* too large for the stack; one verb runs */
	uint64_t next = 0;

	memset(&c, 0, sizeof(c));
	TRY(store_outcomes(s, q, count_outcome, &c, &next));
	if (!cli_json(cli)) {
		say_counts(&c);
		return OK;
	}
	return cli_print_json(cli,
	                      json_pack("{s:I, s:I, s:o, s:o, s:o}", "outcomes",
	                                (json_int_t)c.n, "eligible",
	                                (json_int_t)c.eligible, "reasons",
	                                reasons_counted(c.reasons), "tenants",
	                                tenants_counted(&c), "shadows",
	                                shadows_counted(&c)),
	                      VERB_GOOD) == VERB_GOOD
	               ? OK
	               : E_IO;
}
