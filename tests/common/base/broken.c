/*
 * broken.c - see broken.h.
 */
#include "tests/common/base/broken.h"

#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"

#define FILE_MAX (64 * 1024) /* bytes */

static void
break_file(const struct broken *row, const char *good, struct buf *out)
{
	const char *at = strstr(good, row->text);

	if (!at)
		printf("not there: %s\n", row->text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	if (strstr(at + 1, row->text))
		printf("twice: %s\n", row->text);
	CU_ASSERT_PTR_NULL(strstr(at + 1, row->text));
	buf_append(out, bytes_of(good, (size_t)(at - good)));
	buf_append_str(out, row->instead);
	buf_append_str(out, at + strlen(row->text));
	CU_ASSERT_EQUAL_FATAL(buf_status(out), OK);
}

void
broken_check(const struct broken *row, const char *good, broken_parse_fn *parse)
{
	AUTO(buf_release) struct buf file = buf_of(FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(buf_release) struct buf head = buf_of(256);

	break_file(row, good, &file);
	err_t e = parse(buf_bytes(&file), &why);
	if (row->line > 0)
		buf_printf(&head, "line %u: ", row->line);
	if (row->setting[0])
		buf_printf(&head, "%s: ", row->setting);
	bool told = strncmp(buf_str(&why), buf_str(&head),
	                    strlen(buf_str(&head))) == 0 &&
	            strstr(buf_str(&why), row->says) != NULL;
	if (e != E_MALFORMED || !told)
		printf("%s\n  instead of %s\n  says: %s\n  wanted: %s ... %s\n",
		       row->instead, row->text, buf_str(&why), buf_str(&head),
		       row->says);
	CU_ASSERT_EQUAL(e, E_MALFORMED);
	CU_ASSERT(told);
}
