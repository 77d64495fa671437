/*
 * verb_token_rotate_force.c - reads the pins file that is in force.
 *
 * The supervisor keeps the version in force in its state directory and refuses
 * a new file that may not follow it.  This file may differ from trust.pins, so
 * `token rotate` reads it to report such a refusal beforehand.
 */
#include <fcntl.h>
#include <stdio.h>

#include "crypto/pins/follow.h"
#include "provisioning/anchorctl/verb_token_rotate.h"

#define PATH_LONGEST 4096

/* NULL: there is no such file, or this user may not read it. */
static struct pins *
read_kept(const struct rotate *r)
{
	static char text[PINS_FILE_MAX + 1];
	AUTO(buf_release) struct buf path = buf_of(PATH_LONGEST);
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(pins_free) struct pins *pins = NULL;

	buf_printf(&path, "%s/" PINS_KEPT_FILE, r->config->state_directory);
	if (buf_status(&path) != OK)
		return NULL;
	cli_read_note(AT_FDCWD, buf_str(&path), text, sizeof(text));
	if (pins_parse(bytes_of_str(text), &why, &pins) != OK ||
	    pins_check(pins, &why) != OK)
		return NULL;
	return TAKE(pins);
}

static bool
same_pins(const struct pins *a, const struct pins *b)
{
	AUTO(buf_release) struct buf one = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf other = buf_of(PINS_FILE_MAX);

	pins_put(&one, a);
	pins_put(&other, b);
	return bytes_equal(buf_bytes(&one), buf_bytes(&other));
}

void
rotate_read_force(struct rotate *r)
{
	const struct config *c = r->config;
	struct pins_token tokens[CONFIG_TOKENS_MAX];
	AUTO(buf_release) struct buf why = buf_of(sizeof(r->refused) - 1);
	const struct pins_rules rules = { r->now_s, rotate_longest(c),
		                          c->n_tokens, tokens };

	r->force = read_kept(r);
	if (!r->force || !r->file.pins || same_pins(r->force, r->file.pins))
		return;
	for (size_t i = 0; i < c->n_tokens; i++)
		tokens[i] = (struct pins_token){ c->tokens[i].name,
			                         c->tokens[i].node };
	if (pins_follow(r->force, r->file.pins, &rules, &why) != OK)
		(void)snprintf(r->refused, sizeof(r->refused), "%s",
		               buf_str(&why));
}
