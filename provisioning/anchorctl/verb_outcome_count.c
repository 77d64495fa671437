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

struct counts {
	uint64_t n, eligible;
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
}

static json_t *
reasons_counted(const struct counts *c)
{
	json_t *o = json_object();
	char code[OUTCOME_REASON_SIZE];

	for (unsigned i = 0; i < REASON_BITS; i++) {
		outcome_reason(i, code);
		if (c->reasons[i] > 0)
			json_object_set_new(
			        o, code,
			        json_integer((json_int_t)c->reasons[i]));
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
	                      json_pack("{s:I, s:I, s:o, s:o}", "outcomes",
	                                (json_int_t)c.n, "eligible",
	                                (json_int_t)c.eligible, "reasons",
	                                reasons_counted(&c), "tenants",
	                                tenants_counted(&c)),
	                      VERB_GOOD) == VERB_GOOD
	               ? OK
	               : E_IO;
}
