/*
 * problem.c - see problem.h.
 */
#include "front/json/problem.h"

#include <stddef.h>

#include "front/json/write.h"

struct problem_row {
	const char *code;
	const char *title;
	unsigned status;
};

static const struct problem_row rows[PROBLEM_COUNT] = {
	[PROBLEM_NONE] = { "none", "No problem", 200 },
#define PROBLEM(name, c, s, t) \
	[PROBLEM_##name] = { .code = (c), .title = (t), .status = (s) },
#include "anchord/problem.def"
#undef PROBLEM
};

static const struct problem_row *
problem_row_of(enum problem p)
{
	return &rows[(unsigned)p < PROBLEM_COUNT ? p : PROBLEM_INTERNAL];
}

const char *
problem_code(enum problem p)
{
	return problem_row_of(p)->code;
}

const char *
problem_title(enum problem p)
{
	return problem_row_of(p)->title;
}

unsigned
problem_status(enum problem p)
{
	return problem_row_of(p)->status;
}

unsigned
problem_retry_after(enum problem p)
{
	unsigned status = problem_status(p);

	return status == 429 || status == 503 ? 1 : 0;
}

void
problem_put(struct buf *out, enum problem p, struct bytes detail,
            const char *instance)
{
	buf_append_str(out, "{\"type\":\"urn:x-anchord:problem:");
	buf_append_str(out, problem_code(p));
	buf_append_str(out, "\",\"title\":");
	json_put_string(out, bytes_of_str(problem_title(p)));
	buf_append_str(out, ",\"status\":");
	json_put_number(out, problem_status(p));
	if (detail.len > 0) {
		buf_append_str(out, ",\"detail\":");
		json_put_string(out, detail);
	}
	buf_append_str(out, ",\"instance\":");
	json_put_string(out, bytes_of_str(instance));
	buf_append_str(out, "}");
}
