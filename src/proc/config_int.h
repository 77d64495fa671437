/*
 * config_int.h - what the parts of the configuration's parser share.
 *
 * config.c walks the scalars of config.def, config_list.c the three lists,
 * config_scan.c the bare text before libconfig sees it.
 * Texts point into the libconfig tree, which lives as long as the result.
 */
#ifndef CONFIG_INT_H
#define CONFIG_INT_H

#include <libconfig.h>

#include "buf.h"
#include "config.h"
#include "err.h"

#define CONFIG_ROWS_MAX 32      /* of token.environment and token.paths */
#define CONFIG_RATE_MAX 1000000 /* requests a second */

/* A parsed file; the public half is its first member. */
struct config_tree {
	struct config config;
	config_t tree;
	struct config_client clients[CONFIG_CLIENTS_MAX];
	const char *environment[CONFIG_ROWS_MAX + 1];
	const char *paths[CONFIG_ROWS_MAX + 1];
};

/* Writes "line N: ..." to why; the answer is always E_MALFORMED. */
err_t config_refuse(struct buf *why, const config_setting_t *at,
                    const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Refuses what libconfig would take wrongly: numbers that it wraps, and
 * @include, which opens files. */
MUST_CHECK err_t config_scan(const char *text, struct buf *why);

/* A text without control bytes; NULL: why says what is wrong. */
const char *config_text(const config_setting_t *s, struct buf *why);

/* A whole number within bounds. */
MUST_CHECK err_t config_number(const config_setting_t *s, uint32_t least,
                               uint32_t most, struct buf *why,
                               uint32_t *ret_number);

/* The lists, each by its path; E_NOT_FOUND: no list has that name. */
MUST_CHECK err_t config_list(struct config_tree *t, const char *path,
                             const config_setting_t *s, struct buf *why);

/* What the lists allocated. */
void config_list_release(struct config_tree *t);

#endif
