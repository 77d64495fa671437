/*
 * verb_token_rotate_file.c - see verb_token_rotate.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "clock.h"
#include "verb_token_rotate.h"

#define PATH_LONGEST 4000 /* bytes; the temporary name is longer */

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}
DEFINE_AUTO(int, close_fd);

void
rotate_release(struct rotate *r)
{
	close_fd(r->directory);
	config_free(r->config);
	buf_release(&r->why);
}

static int
load_config(struct rotate *r)
{
	AUTO(buf_release) struct buf text = buf_of(CONFIG_TEXT_MAX);
	const char *path = cli_option(r->cli, "config", 0);

	if (cli_read_file(r->cli, path, &text) != OK)
		return VERB_PART;
	if (config_parse(buf_bytes(&text), &r->why, &r->config) != OK)
		return cli_fail(r->cli, VERB_PART, "%s: %s", path,
		                buf_str(&r->why));
	return VERB_GOOD;
}

/* The module of the token must meet what it meets in the key holder. */
static int
take_environment(const struct rotate *r)
{
	for (const char *const *row = r->token->environment; *row; row++) {
		const char *equals = strchr(*row, '=');
		char name[128];

		(void)snprintf(name, sizeof(name), "%.*s", (int)(equals - *row),
		               *row);
		if (setenv(name, equals + 1, 1) != 0)
			return cli_fail(r->cli, VERB_PART, "%s",
			                strerror(errno));
	}
	return VERB_GOOD;
}

static int
choose_token(struct rotate *r)
{
	const char *name = cli_option(r->cli, "name", 0);

	for (size_t i = 0; i < r->config->n_tokens; i++) {
		const struct config_token *t = &r->config->tokens[i];

		if (name ? strcmp(t->name, name) == 0
		         : r->config->n_tokens == 1)
			r->token = t;
	}
	if (!r->token)
		return cli_fail(r->cli, VERB_USAGE,
		                name ? "no token of this --name"
		                     : "there are several tokens: --name");
	if (!*r->token->rotation)
		return cli_fail(r->cli, VERB_REFUSED,
		                "token.rotation is not set: give it a path, "
		                "and restart the service once");
	return take_environment(r);
}

static int
open_directory(struct rotate *r)
{
	char path[PATH_LONGEST + 1];

	if (strlen(r->token->rotation) > PATH_LONGEST)
		return cli_fail(r->cli, VERB_PART, "token.rotation: too long");
	(void)snprintf(path, sizeof(path), "%s", r->token->rotation);
	r->directory = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->directory < 0 || flock(r->directory, LOCK_EX) < 0)
		return cli_fail(r->cli, VERB_PART, "%s: %s", path,
		                strerror(errno));
	return VERB_GOOD;
}

static int
load_order(struct rotate *r)
{
	AUTO(buf_release) struct buf text = buf_of(ROTATION_FILE_MAX);
	const char *path = r->token->rotation;

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return VERB_GOOD;
	if (cli_read_file(r->cli, path, &text) != OK)
		return VERB_PART;
	if (rotation_parse(buf_bytes(&text), &r->why, &r->order) != OK)
		return cli_fail(r->cli, VERB_REFUSED,
		                "%s: %s; it was not written by this program",
		                path, buf_str(&r->why));
	r->ordered = true;
	return VERB_GOOD;
}

/* What the key holder keeps is the order that it follows, word for word. */
static void
compare_kept(struct rotate *r)
{
	AUTO(buf_release) struct buf wanted = buf_of(ROTATION_FILE_MAX);
	AUTO(buf_release) struct buf path = buf_of(PATH_LONGEST);
	uint8_t kept[ROTATION_FILE_MAX];

	rotation_put(&wanted, &r->order);
	buf_printf(&path, "%s/" ROTATION_KEPT_FILE, r->token->state);
	if (buf_status(&path) != OK)
		return;
	AUTO(close_fd)
	int fd = open(buf_str(&path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, kept, sizeof(kept));
	r->followed = n >= 0 && bytes_equal(buf_bytes(&wanted),
	                                    bytes_of(kept, (size_t)n));
}

int
rotate_load(struct rotate *r)
{
	static int (*const steps[])(struct rotate * r) = {
		load_config, choose_token, open_directory, load_order
	};

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		int rc = steps[i](r);
		if (rc != VERB_GOOD)
			return rc;
	}
	if (r->ordered)
		compare_kept(r);
	r->now_s = clock_wall_ms() / 1000;
	return VERB_GOOD;
}

/* Nobody else may write it: whoever does chooses the key that signs.  The lock
 * on the directory makes the one temporary name ours. */
int
rotate_write(struct rotate *r, const struct rotation *order)
{
	AUTO(buf_release) struct buf text = buf_of(ROTATION_FILE_MAX);

	rotation_put(&text, order);
	if (buf_status(&text) != OK)
		return cli_fail(r->cli, VERB_PART, "%s: %s", r->token->rotation,
		                err_name(buf_status(&text)));
	if (!cli_replace_file(r->directory, r->token->rotation, ".new",
	                      buf_bytes(&text)))
		return cli_fail(r->cli, VERB_PART, "%s: %s", r->token->rotation,
		                strerror(errno));
	r->order = *order;
	r->ordered = true;
	r->followed = false;
	return VERB_GOOD;
}

err_t
rotate_pin(const struct rotate *r, struct secret **ret_pin)
{
	const char *path = cli_option(r->cli, "pin-file", 0);

	if (!path && *r->token->pin_file)
		path = r->token->pin_file;
	return token_pin(r->cli, path, "user PIN", false, ret_pin);
}
