/*
 * verb_token_rotate.h - `anchorctl token rotate`: the pins file while
 * a signing key is replaced, between its steps.
 *
 *	verb_token_rotate.c       the command line, and what is ordered
 *	verb_token_rotate_file.c  configuration and files
 *	verb_token_rotate_key.c   the key that follows
 *	verb_token_rotate_undo.c  what is taken back or destroyed
 *	verb_token_rotate_force.c what the service goes by
 *	verb_token_rotate_show.c  what is said
 */
#ifndef ANCHORCTL_VERB_TOKEN_ROTATE_H
#define ANCHORCTL_VERB_TOKEN_ROTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "proc/config.h"
#include "hsm/admin/rotate.h"
#include "crypto/pins/signs.h"
#include "provisioning/anchorctl/verb_pins.h"
#include "provisioning/anchorctl/verb_token.h"

struct rotate {
	const struct cli *cli;
	struct config *config;
	const struct config_token *token;
	struct pins_file file;
	uint64_t now_s;
	struct pins_signs signs; /* the key holder's own word */
	struct pins *force;      /* what the supervisor keeps; NULL: unseen */
	char refused[256];       /* why the file does not follow that, or "" */
	struct buf hint;         /* what to do next, when a step knows better */
	struct buf why;
};

void rotate_release(struct rotate *r);
DEFINE_AUTO_REF(struct rotate, rotate_release);

/* Seconds that the longest-lived statement lives. */
static inline uint64_t
rotate_longest(const struct config *c)
{
	return c->ttl_max_s > c->result_ttl_s ? c->ttl_max_s : c->result_ttl_s;
}

/* Reads --config, --name, the pins file, and what the key holder wrote.  VERB_GOOD, or the
 * status to leave with (the message is printed). */
int rotate_load(struct rotate *r);

/* The last row of the token: what a new one follows; the row before one of its
 * rows, or NULL. */
struct pin *rotate_last(const struct rotate *r);
const struct pin *rotate_before(const struct rotate *r, const struct pin *pin);

/* What the key holder says now of who signs. */
void rotate_read_record(struct rotate *r);

/* What is in force, and why the file is not: r->force and r->refused. */
void rotate_read_force(struct rotate *r);

/* --cancel, --delete-retired. */
int rotate_cancel(struct rotate *r);
int rotate_delete_retired(struct rotate *r);

/* Writes the pins as they are now, as the next version. */
int rotate_write(struct rotate *r);

/* Is that the key that signs, by the key holder's word, under the version of the
 * file that is there? */
bool rotate_signs(const struct rotate *r, const struct pin *pin);

/* Where the key that follows is, and its public half. */
struct rotate_key {
	char uri[PINS_URI_SIZE];
	enum alg alg;
	struct buf spki;
};

static inline void
rotate_key_release(struct rotate_key *key)
{
	buf_release(&key->spki);
}
DEFINE_AUTO_REF(struct rotate_key, rotate_key_release);

/* Makes it beside the old one, or takes what --uri and --public name. */
int rotate_find_key(const struct rotate *r, const struct pin *old,
                    struct rotate_key *ret_key);
bool rotate_in_tpm(const char *uri);

/* --dry-run: which key it would be, in words that begin a sentence. */
int rotate_tell_key(const struct rotate *r, const struct pin *old,
                    struct buf *out);

/* The PIN that the options or the configuration name, else asked. */
MUST_CHECK err_t rotate_pin(const struct rotate *r, struct secret **ret_pin);

/* Says what is pinned; kid and what may be NULL.  Gives code. */
int rotate_show(struct rotate *r, const char *kid, const char *what, int code);

#endif
