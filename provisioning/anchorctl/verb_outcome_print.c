/*
 * verb_outcome_print.c - outcomes one by one, as they are read: a line each, or
 * one JSON document, which is written in pieces.
 */
#include <string.h>

#include "base/clock.h"
#include "crypto/token/outcome.h"
#include "provisioning/anchorctl/verb_outcome.h"

#define OUTCOME_JSON_MAX 16384 /* bytes; every text is a few hundred at most */
#define LINE_TEXT_MAX 4096     /* all reasons, joined */
#define REASON_BITS 64

struct printing {
	uint64_t n;
	struct buf text; /* of one outcome */
};

static void
printing_release(struct printing *p)
{
	buf_release(&p->text);
}
DEFINE_AUTO_REF(struct printing, printing_release);

static err_t
print_json_row(void *user, const struct outcome *o)
{
	const struct wire_outcome words = outcome_words(o);
	struct printing *p = user;

	buf_reset(&p->text);
	buf_append_str(&p->text, p->n++ > 0 ? ",\n    " : "\n    ");
	TRY(outcome_put_json(&p->text, &words));
	cli_put(buf_bytes(&p->text));
	return OK;
}

/* Appended to what is there, with a NUL: printed by %s, which escapes it. */
static const char *
text_of(struct buf *out, struct bytes v)
{
	buf_reset(out);
	buf_append(out, v);
	return v.len > 0 ? buf_str(out) : "-";
}

static const char *
reasons_text(struct buf *out, uint64_t set)
{
	char code[OUTCOME_REASON_SIZE];

	buf_reset(out);
	for (unsigned i = 0; i < REASON_BITS; i++) {
		if (!(set >> i & 1))
			continue;
		outcome_reason(i, code);
		buf_printf(out, "%s%s", out->len > 0 ? "," : "", code);
	}
	return set ? buf_str(out) : "eligible";
}

/* Ends the line. */
static void
say_shadow(struct printing *p, const struct outcome *o)
{
	AUTO(buf_release) struct buf id = buf_of(LINE_TEXT_MAX);

	if (o->shadow_id.len > 0)
		cli_say("; under %s: %s",
		        text_of(&id, store_small_bytes(&o->shadow_id)),
		        reasons_text(&p->text, o->shadow_reasons));
	cli_say("\n");
}

static err_t
print_line(void *user, const struct outcome *o)
{
	struct printing *p = user;
	AUTO(buf_release) struct buf tenant = buf_of(LINE_TEXT_MAX);
	AUTO(buf_release) struct buf handle = buf_of(LINE_TEXT_MAX);
	char time[CLOCK_TEXT_SIZE];
	bool ours = !bytes_all_zero(o->cti, sizeof(o->cti));

	p->n++;
	clock_format(o->recorded_ms, time);
	cli_say("%10llu  %s  %-16s  %-8s  %-47s  %s",
	        (unsigned long long)o->sequence, time,
	        text_of(&tenant, store_small_bytes(&o->tenant)),
	        !ours                          ? "-"
	        : o->workflow < WORKFLOW_COUNT ? workflow_name(o->workflow)
	                                       : "?",
	        text_of(&handle, store_small_bytes(&o->device_handle)),
	        reasons_text(&p->text, o->reasons));
	say_shadow(p, o);
	return OK;
}

void
outcome_print_head(void)
{
	cli_say("%10s  %-20s  %-16s  %-8s  %-47s  %s\n", "sequence", "recorded",
	        "tenant", "workflow", "device", "eligible, or the reasons");
}

err_t
outcome_print_all(const struct cli *cli, struct store *s,
                  const struct outcome_query *q)
{
	AUTO(printing_release)
	struct printing p = { .text = buf_of(OUTCOME_JSON_MAX) };
	uint64_t next = 0;

	if (!cli_json(cli)) {
		outcome_print_head();
		TRY(store_outcomes(s, q, print_line, &p, &next));
		cli_say("%llu outcomes\n", (unsigned long long)p.n);
		if (next > 0)
			cli_say("there may be more: --after %llu\n",
			        (unsigned long long)next);
		return OK;
	}
	cli_put(bytes_of_str("{\n  \"outcomes\": ["));
	TRY(store_outcomes(s, q, print_json_row, &p, &next));
	cli_put(bytes_of_str(p.n > 0 ? "\n  ]" : "]"));
	if (next > 0)
		cli_say(",\n  \"next\": %llu", (unsigned long long)next);
	cli_put(bytes_of_str("\n}\n"));
	return OK;
}
