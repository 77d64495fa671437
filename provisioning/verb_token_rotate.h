/*
 * verb_token_rotate.h - `anchorctl token rotate`: the order that replaces a
 * signing key, between its steps.
 *
 *	verb_token_rotate.c       the command line, and what is ordered
 *	verb_token_rotate_file.c  configuration and files
 *	verb_token_rotate_show.c  what is said
 */
#ifndef VERB_TOKEN_ROTATE_H
#define VERB_TOKEN_ROTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "hsm_next.h"
#include "rotation.h"
#include "verb_token.h"

struct rotate {
	const struct cli *cli;
	struct config *config;
	const struct config_token *token;
	int directory; /* of the order, locked: officers take turns */
	uint64_t now_s;
	bool ordered; /* there is an order */
	struct rotation order;
	bool followed; /* and the key holder follows this very one */
	struct buf why;
};

void rotate_release(struct rotate *r);
DEFINE_AUTO_REF(struct rotate, rotate_release);

/* Reads --config, --name, and the order that is there.  VERB_GOOD, or the
 * status to leave with (the message is printed). */
int rotate_load(struct rotate *r);

/* Puts an order in the place of the one that is there: on the disk, whole. */
int rotate_write(struct rotate *r, const struct rotation *order);

/* The PIN that the options or the configuration name, else asked. */
MUST_CHECK err_t rotate_pin(const struct rotate *r, struct secret **ret_pin);

/* Says what is ordered; kid and what may be NULL.  Gives code. */
int rotate_show(const struct rotate *r, const char *kid, const char *what,
                int code);

#endif
