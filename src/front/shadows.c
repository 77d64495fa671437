/*
 * shadows.c - see shadows.h.
 */
#include "front/shadows.h"

#include <inttypes.h>
#include <string.h>

#include "crypto/token/outcome.h"

bool
shadows_id_valid(struct bytes id)
{
	return tenant_name_valid(id); /* SHADOWS_ID_MAX bytes at most */
}

/* The row of that id, or an unused one, or that of all others. */
static struct shadow_counts *
row_of_id(struct shadows *s, struct bytes id)
{
	size_t i = 0;

	while (i < SHADOWS_MAX && s->rows[i].id[0] &&
	       !bytes_equal_str(id, s->rows[i].id))
		i++;
	struct shadow_counts *row = &s->rows[i];
	if (!row->id[0] && i < SHADOWS_MAX)
		memcpy(row->id, id.data, id.len);
	else if (i == SHADOWS_MAX)
		memcpy(row->id, SHADOWS_OTHER, sizeof(SHADOWS_OTHER));
	return row;
}

static void
count_reasons(uint64_t counts[static REASON_COUNT], reason_set set)
{
	for (enum reason i = reason_next(set, 0); i < REASON_COUNT;
	     i = reason_next(set, (unsigned)i + 1))
		counts[i]++;
}

void
shadows_count(struct shadows *s, struct bytes id, reason_set reasons,
              reason_set shadow)
{
	struct shadow_counts *row = row_of_id(s, id);

	row->results[outcome_differs(reasons, shadow)]++;
	count_reasons(row->added, shadow & ~reasons);
	count_reasons(row->removed, reasons & ~shadow);
}

static void
put_results(struct buf *out, const struct shadow_counts *row)
{
	for (unsigned d = 0; d < SHADOWS_RESULTS; d++)
		if (row->results[d] > 0)
			buf_printf(
			        out,
			        "anchord_front_shadow_results_total{"
			        "shadow=\"%s\",difference=\"%s\"} %" PRIu64
			        "\n",
			        row->id,
			        wire_difference_name((enum wire_difference)d),
			        row->results[d]);
}

static void
put_changes(struct buf *out, const char *id, const char *change,
            const uint64_t counts[static REASON_COUNT])
{
	for (unsigned i = 0; i < REASON_COUNT; i++)
		if (counts[i] > 0)
			buf_printf(out,
			           "anchord_front_shadow_reasons_total{"
			           "shadow=\"%s\",change=\"%s\",reason=\"%s\"} "
			           "%" PRIu64 "\n",
			           id, change, reason_code((enum reason)i),
			           counts[i]);
}

void
shadows_put(struct buf *out, const struct shadows *s)
{
	buf_append_str(
	        out, "# HELP anchord_front_shadow_results_total results that a "
	             "shadow policy judged beside, by how it differs\n"
	             "# TYPE anchord_front_shadow_results_total counter\n");
	for (size_t i = 0; i <= SHADOWS_MAX; i++)
		put_results(out, &s->rows[i]);
	buf_append_str(
	        out, "# HELP anchord_front_shadow_reasons_total reasons that a "
	             "shadow policy would add to results, or remove from them\n"
	             "# TYPE anchord_front_shadow_reasons_total counter\n");
	for (size_t i = 0; i <= SHADOWS_MAX; i++) {
		const struct shadow_counts *row = &s->rows[i];

		put_changes(out, row->id, "added", row->added);
		put_changes(out, row->id, "removed", row->removed);
	}
}
