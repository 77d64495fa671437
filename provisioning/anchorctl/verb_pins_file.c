/*
 * verb_pins_file.c - see verb_pins.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "provisioning/anchorctl/verb_pins.h"

void
pins_file_release(struct pins_file *f)
{
	if (f->directory >= 0)
		close(f->directory);
	pins_free(TAKE(f->pins));
}

static int
read_pins_file(const struct cli *cli, struct pins_file *f)
{
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(256);

	err_t err = cli_read_beside(cli, f->directory, f->path, &text);
	if (err == E_NOT_FOUND) {
		f->pins = calloc(1, sizeof(*f->pins));
		return f->pins ? VERB_GOOD
		               : cli_fail(cli, VERB_PART, "out of memory");
	}
	if (err != OK)
		return VERB_PART;
	err = pins_parse(buf_bytes(&text), &why, &f->pins);
	if (err == OK)
		err = pins_check(f->pins, &why);
	if (err != OK)
		return cli_fail(cli, VERB_REFUSED,
		                "%s: %s; the file was not written by "
		                "anchorctl",
		                f->path, buf_str(&why));
	f->there = true;
	return VERB_GOOD;
}

int
pins_file_open(const struct cli *cli, const char *path, struct pins_file *f)
{
	f->path = path;
	f->directory = cli_lock_directory_of(cli, path);
	return f->directory >= 0 ? read_pins_file(cli, f) : VERB_PART;
}

/* The directory's lock guarantees that no other anchorctl uses the temporary
 * name at the same time. */
int
pins_file_write(const struct cli *cli, struct pins_file *f)
{
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(256);

	if (f->pins->version == PINS_VERSION_MAX)
		return cli_fail(cli, VERB_REFUSED,
		                "%s: it has the highest version number already",
		                f->path);
	f->pins->version++;
	if (pins_judge(f->pins, &why) != OK)
		return cli_fail(cli, VERB_REFUSED, "%s: %s", f->path,
		                buf_str(&why));
	pins_put(&text, f->pins);
	if (buf_status(&text) != OK)
		return cli_fail(cli, VERB_PART, "%s: %s", f->path,
		                err_name(buf_status(&text)));
	if (!cli_replace_file(f->directory, f->path, CLI_SUFFIX,
	                      buf_bytes(&text)))
		return cli_fail(cli, VERB_PART, "%s: %s", f->path,
		                strerror(errno));
	f->there = true;
	return VERB_GOOD;
}

json_t *
pins_time_json(uint64_t at_s)
{
	char text[CLOCK_TEXT_SIZE];

	if (!at_s)
		return json_null();
	clock_format(at_s * 1000, text);
	return json_string(text);
}

struct pin *
pins_file_last(const struct pins_file *f, const char *token)
{
	for (size_t i = f->pins->n; i-- > 0;)
		if (strcmp(f->pins->keys[i].token, token) == 0)
			return &f->pins->keys[i];
	return NULL;
}

void
pins_file_drop(struct pins_file *f, const struct pin *pin)
{
	struct pins *pins = f->pins;
	size_t at = (size_t)(pin - pins->keys);

	pins->n--;
	memmove(&pins->keys[at], &pins->keys[at + 1],
	        (pins->n - at) * sizeof(pins->keys[0]));
	memset(&pins->keys[pins->n], 0, sizeof(pins->keys[0]));
}

struct pin *
pins_file_add(struct pins_file *f, const struct pins_row *row)
{
	struct pins *pins = f->pins;
	const struct pin *last = pins_file_last(f, row->token);
	size_t at = last ? (size_t)(last - pins->keys) + 1 : pins->n;
	struct pin pin = { .node = row->node, .alg = row->alg };
	enum alg alg;

	if (pins->n == PINS_MAX || row->spki.len > sizeof(pin.spki) ||
	    strlen(row->token) >= sizeof(pin.token) ||
	    strlen(row->uri) >= sizeof(pin.uri) ||
	    key_identify(row->spki, &alg, pin.kid) != OK)
		return NULL;
	(void)snprintf(pin.token, sizeof(pin.token), "%s", row->token);
	(void)snprintf(pin.uri, sizeof(pin.uri), "%s", row->uri);
	memcpy(pin.spki, row->spki.data, row->spki.len);
	pin.spki_len = row->spki.len;
	memmove(&pins->keys[at + 1], &pins->keys[at],
	        (pins->n - at) * sizeof(pins->keys[0]));
	pins->keys[at] = pin;
	pins->n++;
	return &pins->keys[at];
}

/* --- options -------------------------------------------------------------- */

static const char *
name_of(const struct cli *cli)
{
	const char *name = cli_option(cli, "name", 0);

	return name ? name : "token";
}

/* 0: the option is not a valid node number. */
static uint32_t
node_of(const struct cli *cli)
{
	const char *text = cli_option(cli, "node", 0);
	uint64_t n;

	if (!text)
		return 1;
	return cli_number(text, UINT32_MAX, &n) ? (uint32_t)n : 0;
}

int
pins_options_open(const struct cli *cli, struct pins_file *f)
{
	const char *path = cli_option(cli, "pins", 0);

	if (node_of(cli) == 0)
		return cli_fail(cli, VERB_USAGE,
		                "--node must be 1 to 4294967295");
	if (!path)
		return VERB_GOOD;
	int rc = pins_file_open(cli, path, f);
	if (rc == VERB_GOOD && pins_file_last(f, name_of(cli)))
		return cli_fail(cli, VERB_REFUSED,
		                "%s: token %s has a key already; `anchorctl "
		                "token rotate` replaces it",
		                path, name_of(cli));
	return rc;
}

int
pins_options_add(const struct cli *cli, struct pins_file *f,
                 const struct pins_row *row)
{
	struct pins_row own = *row;

	if (!f->pins)
		return VERB_GOOD;
	own.token = name_of(cli);
	own.node = node_of(cli);
	if (!pins_file_add(f, &own))
		return cli_fail(cli, VERB_PART,
		                "%s: the file is full, or the key is not valid",
		                f->path);
	return pins_file_write(cli, f);
}
