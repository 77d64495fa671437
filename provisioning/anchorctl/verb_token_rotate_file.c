/*
 * verb_token_rotate_file.c - reads the configuration, the pins file and the key
 * holder's statement, and writes the pins file; see verb_token_rotate.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "provisioning/anchorctl/verb_token_rotate.h"

#define PATH_LONGEST 4096

void
rotate_release(struct rotate *r)
{
	pins_file_release(&r->file);
	pins_free(r->force);
	config_free(r->config);
	buf_release(&r->hint);
	buf_release(&r->why);
}

static int
load_token(struct rotate *r)
{
	int rc = token_config(r->cli, &r->config, &r->token);

	return rc == VERB_GOOD ? token_environment(r->cli, r->token) : rc;
}

/* For --status with an invalid pins file: shows the version in force instead,
 * and how to restore the file. */
static int
take_force(struct rotate *r)
{
	rotate_read_force(r);
	if (!r->force)
		return VERB_REFUSED;
	(void)snprintf(r->refused, sizeof(r->refused), "it is not valid");
	buf_printf(&r->hint,
	           "replace the file by a valid one: %s/" PINS_KEPT_FILE
	           " is the version in force",
	           r->config->state_directory);
	r->file.pins = TAKE(r->force);
	return pins_file_last(&r->file, r->token->name) ? VERB_GOOD
	                                                : VERB_REFUSED;
}

/* Where officers govern, the service's keys are in the trust bundle; what is
 * ordered here comes into force when they have signed it. */
static int
find_pins_path(const struct rotate *r, const char **ret_path)
{
	const char *own = cli_option(r->cli, "pins", 0);
	const bool officers = config_has_officers(r->config);

	if (officers && !own)
		return cli_fail(r->cli, VERB_USAGE,
		                "officers govern the keys: `anchorctl trust "
		                "show --pins` makes a file for --pins, and "
		                "`trust propose --pins` takes it");
	if (!officers && own)
		return cli_fail(r->cli, VERB_USAGE,
		                "--pins: the service takes its keys from "
		                "trust.pins, which is %s",
		                r->config->pins_file);
	*ret_path = officers ? own : r->config->pins_file;
	return VERB_GOOD;
}

static int
load_pins(struct rotate *r)
{
	bool status = cli_flag(r->cli, "status");
	const char *path = NULL;
	int rc = find_pins_path(r, &path);

	if (rc != VERB_GOOD)
		return rc;
	rc = pins_file_open(r->cli, path, &r->file);
	if (rc == VERB_REFUSED && status)
		return take_force(r);
	if (rc == VERB_GOOD && !pins_file_last(&r->file, r->token->name))
		return cli_fail(r->cli, VERB_REFUSED,
		                "%s has no key of token %s; `anchorctl token "
		                "keygen --pins` creates the first one",
		                r->file.path, r->token->name);
	if (rc == VERB_GOOD && status)
		rotate_read_force(r);
	return rc;
}

/* An invalid statement counts as a missing one. */
void
rotate_read_record(struct rotate *r)
{
	AUTO(buf_release) struct buf path = buf_of(PATH_LONGEST);
	char text[PINS_SIGNS_MAX];

	buf_printf(&path, "%s/" PINS_SIGNS_FILE, r->token->state);
	if (buf_status(&path) != OK)
		return;
	cli_read_note(AT_FDCWD, buf_str(&path), text, sizeof(text));
	if (pins_signs_parse(bytes_of_str(text), &r->signs) != OK)
		r->signs = (struct pins_signs){ .version = 0 };
}

int
rotate_load(struct rotate *r)
{
	int rc = load_token(r);

	r->now_s = clock_wall_ms() / 1000;
	if (rc == VERB_GOOD)
		rc = load_pins(r);
	if (rc != VERB_GOOD)
		return rc;
	rotate_read_record(r);
	return VERB_GOOD;
}

struct pin *
rotate_last(const struct rotate *r)
{
	return pins_file_last(&r->file, r->token->name);
}

const struct pin *
rotate_before(const struct rotate *r, const struct pin *pin)
{
	return pin > r->file.pins->keys &&
	                       strcmp(pin[-1].token, pin->token) == 0
	               ? pin - 1
	               : NULL;
}

bool
rotate_signs(const struct rotate *r, const struct pin *pin)
{
	return pins_signs_by(&r->signs, r->file.pins, pin);
}

int
rotate_write(struct rotate *r)
{
	return pins_file_write(r->cli, &r->file);
}

err_t
rotate_pin(const struct rotate *r, struct secret **ret_pin)
{
	const char *path = cli_option(r->cli, "pin-file", 0);

	if (!path && *r->token->pin_file)
		path = r->token->pin_file;
	return token_pin(r->cli, path, "user PIN", false, ret_pin);
}
