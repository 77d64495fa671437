/*
 * verb_token_rotate.h - `anchorctl token rotate`: the state of a key rotation,
 * shared by its files.
 *
 *	verb_token_rotate.c       the command line and its checks
 *	verb_token_rotate_file.c  configuration and files
 *	verb_token_rotate_key.c   the new key
 *	verb_token_rotate_undo.c  withdrawing or destroying a key
 *	verb_token_rotate_force.c the pins in force
 *	verb_token_rotate_show.c  the output
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
	struct pins_signs signs; /* the key holder's statement */
	struct pins *force;      /* pins in force; NULL: unknown */
	char refused[256];       /* why the file may not follow, or "" */
	struct buf hint;         /* the next action, if a step sets it */
	struct buf why;
};

void rotate_release(struct rotate *r);
DEFINE_AUTO_REF(struct rotate, rotate_release);

/* Seconds: the longest lifetime of a challenge or a result. */
static inline uint64_t
rotate_longest(const struct config *c)
{
	return c->ttl_max_s > c->result_ttl_s ? c->ttl_max_s : c->result_ttl_s;
}

/* Reads --config, --name, the pins file, and the key holder's statement.
 * VERB_GOOD; otherwise the exit status (the message was printed). */
int rotate_load(struct rotate *r);

/* The token's last row, which a new one follows; the row before one of its
 * rows, or NULL. */
struct pin *rotate_last(const struct rotate *r);
const struct pin *rotate_before(const struct rotate *r, const struct pin *pin);

/* Reads the key holder's statement of the key that signs. */
void rotate_read_record(struct rotate *r);

/* Reads the pins in force and checks whether the file may follow: r->force,
 * r->refused. */
void rotate_read_force(struct rotate *r);

/* --cancel, --delete-retired. */
int rotate_cancel(struct rotate *r);
int rotate_delete_retired(struct rotate *r);

/* Writes the pins as the next version of the file. */
int rotate_write(struct rotate *r);

/* True if the key holder states that this key signs, under the file's
 * version. */
bool rotate_signs(const struct rotate *r, const struct pin *pin);

/* The place of the new key, and its public half. */
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

/* Creates the new key beside the old one, or uses --uri and --public. */
int rotate_find_key(const struct rotate *r, const struct pin *old,
                    struct rotate_key *ret_key);
/* True if proving and destroying this key needs the PIN. */
bool rotate_needs_pin(const char *uri);

/* --dry-run: appends what would be done for the key, as the start of a
 * sentence. */
int rotate_tell_key(const struct rotate *r, const struct pin *old,
                    struct buf *out);

/* The PIN from the options or the configuration, or else asked for. */
MUST_CHECK err_t rotate_pin(const struct rotate *r, struct secret **ret_pin);

/* Prints the rotation's state; kid (a new key) and what (the action done) may
 * be NULL.  Returns code. */
int rotate_show(struct rotate *r, const char *kid, const char *what, int code);

#endif
