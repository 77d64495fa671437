/*
 * fuzz_query.c - the query of a request target: what is taken is inside its
 * bounds and inside the text, and a refusal says why and sets nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "front/http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct query_param rows[] = {
	{ "after", QUERY_TEXT, 1, 64, "after" },
	{ "limit", QUERY_NUMBER, 1, 100, "limit" },
	{ "all", QUERY_NUMBER, 0, UINT64_MAX, "all" },
	{ NULL, QUERY_TEXT, 0, 0, NULL },
};

static void
check_value(const struct query_value *v, const struct query_param *row,
            struct bytes text)
{
	uint64_t n = row->kind == QUERY_TEXT ? v->text.len : v->number;

	if (!v->given && (v->number != 0 || v->text.len > 0))
		abort();
	if (v->given && (n < row->least || n > row->most))
		abort();
	if (v->text.len > 0 &&
	    (v->text.data < text.data ||
	     v->text.data + v->text.len > text.data + text.len))
		abort();
	if (v->text.len > 0 && memchr(v->text.data, '%', v->text.len))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = bytes_of(data, size);
	struct query q;
	const char *fault = NULL;

	memset(&q, 0x5a, sizeof(q));
	if (query_parse(text, rows, &q, &fault) != OK) {
		if (!fault || q.values[0].number != 0x5a5a5a5a5a5a5a5a)
			abort();
		return 0;
	}
	for (size_t i = 0; rows[i].name; i++)
		check_value(&q.values[i], &rows[i], text);
	return 0;
}
