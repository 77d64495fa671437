/*
 * read.c - reads a list in either format: our own file, or Google's JSON.
 */
#include "evidence/revocation/int.h"

/* Returns a text that is in memory as one part. */
static err_t
next_once(void *arg, struct bytes *ret_part)
{
	struct bytes *text = arg;

	*ret_part = *text;
	*text = bytes_of(NULL, 0);
	return OK;
}

err_t
revocations_read(struct bytes text, uint64_t at_s, struct buf *why,
                 struct revocations **ret_list)
{
	const struct revocation_source source = { next_once, &text };
	AUTO(buf_release) struct buf copy = buf_of(REVOCATION_FILE_MAX);

	if (!revocations_is_file(text))
		return revocations_import(&source, at_s, why, ret_list);
	buf_append(&copy, text);
	TRY(buf_status(&copy));
	return revocations_open(&copy, why, ret_list);
}
