/*
 * ceremony_tokens.c - see ceremony_tokens.h.
 *
 * An inventory has the tokens in the order of the plan's rows: a line that begins
 * one, and its other lines behind it.
 */
#include "trust/ceremony_tokens.h"

#include <string.h>

static bool
begins_token(struct bytes line)
{
	return transcript_line_starts(line, CEREMONY_SAYS_TOKEN) ||
	       transcript_line_starts(line, CEREMONY_SAYS_NO_TOKEN);
}

struct bytes
ceremony_token_lines(struct bytes inventory, size_t i)
{
	struct bytes rest = inventory;
	struct bytes out = bytes_of(NULL, 0);
	struct bytes line;
	size_t begun = 0;

	while (transcript_take_line(&inventory, &line)) {
		begun += begins_token(line);
		if (begun == i + 1 && !out.data)
			out = rest;
		if (begun == i + 2) {
			out.len = (size_t)(rest.data - out.data);
			break;
		}
		rest = inventory;
	}
	return out;
}

static bool
token_says(struct bytes inventory, size_t i, const char *text)
{
	struct bytes lines = ceremony_token_lines(inventory, i);
	struct bytes line;

	while (transcript_take_line(&lines, &line))
		if (transcript_line_starts(line, text))
			return true;
	return false;
}

err_t
ceremony_tokens_judge(const struct ceremony_plan *plan,
                      const struct transcript *t, struct buf *why)
{
	const struct bytes after = t->entries[t->n - 1].output;

	for (size_t i = 0; i < plan->n_tokens; i++) {
		if (plan->tokens[i].ownership != CEREMONY_OWNERSHIP_TAKEN ||
		    token_says(
		            after, i,
		            CEREMONY_SAYS_OWNERSHIP("set", "set", "disabled")))
			continue;
		buf_printf(why,
		           "token %zu: the plan says that its ownership is "
		           "taken, and afterwards not both authorisations are "
		           "set, or TPM2_Clear is not disabled",
		           i + 1);
		return E_DENIED;
	}
	return OK;
}
