/*
 * outcomes.c - see outcomes.h.
 */
#include "front/json/outcomes.h"

#include "crypto/token/outcome.h"
#include "front/json/write.h"

err_t
outcomes_put_page(struct buf *out, struct bytes outcomes, uint64_t next)
{
	struct reader r = reader_of(outcomes);
	struct wire_outcome o;

	buf_append_str(out, "{\"outcomes\":[");
	while (r.left > 0) {
		/* Empty, and none, where a length is wrong. */
		struct bytes row = reader_take(&r, reader_u32(&r));

		TRY(wire_get_outcome(row, &o));
		TRY(outcome_put_json(out, &o));
		if (r.left > 0)
			buf_append_str(out, ",");
	}
	buf_append_str(out, "]");
	if (next > 0) {
		buf_append_str(out, ",\"next\":");
		json_put_number(out, next);
	}
	buf_append_str(out, "}");
	return buf_status(out);
}
