/*
 * verb_pins.h - the pins file between the steps of a verb that changes it.
 *
 *	AUTO(pins_file_release) struct pins_file f = PINS_FILE_NONE;
 *	int rc = pins_file_open(cli, path, &f);     locks the file's directory
 *	... f.pins ...
 *	rc = pins_file_write(cli, &f);              writes the next version
 *
 * The lock is held until pins_file_release(), so that two officers cannot
 * overwrite each other's changes.
 */
#ifndef ANCHORCTL_VERB_PINS_H
#define ANCHORCTL_VERB_PINS_H

#include "crypto/pins/pins.h"
#include "provisioning/anchorctl/verb.h"

struct pins_file {
	const char *path;
	int directory;     /* of the file, locked */
	bool there;        /* false: pins has version 0 and no key */
	struct pins *pins; /* the content, which the verb changes */
};

#define PINS_FILE_NONE          \
	{                       \
		.directory = -1 \
	}

/* Both return VERB_GOOD, or else the exit status after they have printed a
 * message.  A file that does not exist is opened as an empty one. */
int pins_file_open(const struct cli *cli, const char *path,
                   struct pins_file *f);
int pins_file_write(const struct cli *cli, struct pins_file *f);
void pins_file_release(struct pins_file *f);
DEFINE_AUTO_REF(struct pins_file, pins_file_release);

/* The content of a new row. */
struct pins_row {
	const char *token, *uri;
	uint32_t node;
	enum alg alg;
	struct bytes spki;
};

/* Adds a row after the last one of its token, or else at the end.  NULL: there
 * is no room, or it is not a valid key. */
struct pin *pins_file_add(struct pins_file *f, const struct pins_row *row);

/* --pins, --name, --node: the first key of a token.  Without --pins nothing is
 * opened or added; token and node of the row come from --name and --node. */
#define PINS_OPTIONS                                                         \
	{ "pins", "FILE", false, "add the key to this pins file" },          \
	        { "name", "NAME", false,                                     \
		  "token.name in the configuration (token)" },               \
	{                                                                    \
		"node", "NUMBER", false, "its node in the configuration (1)" \
	}
int pins_options_open(const struct cli *cli, struct pins_file *f);
int pins_options_add(const struct cli *cli, struct pins_file *f,
                     const struct pins_row *row);

/* pins_state_of(): the current state of a key by the file and the clock, in a
 * few words. pins_time_json(): a time in RFC 3339; null for 0. */
const char *pins_state_of(const struct pins *pins, const struct pin *pin,
                          uint64_t now_s);
json_t *pins_time_json(uint64_t at_s);

/* The last row of a token, or NULL. */
struct pin *pins_file_last(const struct pins_file *f, const char *token);
void pins_file_drop(struct pins_file *f, const struct pin *pin);

#endif
