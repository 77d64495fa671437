/*
 * config_int.h - declarations that the files of the configuration's parser
 * share.
 *
 *	config_scan.c     checks the text before libconfig parses it
 *	config.c          reads the scalar settings of config.def
 *	config_setting.c  reads one scalar setting of a table
 *	config_value.c    checks one value
 *	config_list.c     reads the list of clients
 *	config_token.c    reads the tokens
 *	config_anchors.c  reads the list of files of trust anchors
 *	config_governance.c  checks the settings of trust together
 *	config_renamed.c  finds the current name of a renamed setting
 *
 * Texts point into the libconfig tree, which lives as long as the result.
 */
#ifndef PROC_CONFIG_INT_H
#define PROC_CONFIG_INT_H

#include <libconfig.h>

#include "base/buf.h"
#include "proc/config.h"
#include "base/err.h"

#define CONFIG_RATE_MAX 1000000 /* requests a second */

enum setting_kind {
	SETTING_TEXT,
	SETTING_PATH,   /* absolute; may be empty when its default is */
	SETTING_CHOICE, /* one of `choices` */
	SETTING_NUMBER, /* a whole number, `least` to `most` */
};

/* A scalar setting and its place in the struct that holds it. */
struct setting {
	const char *path;
	const char *help;
	enum setting_kind kind;
	const char *fallback; /* of all but a number; NULL: must be given */
	const char *const *choices; /* NULL at the end */
	uint32_t number;            /* default, bounds */
	uint32_t least;
	uint32_t most;
	size_t offset;
};

/* What the macros of config.def and config_token.def make of their rows. */
#define SETTING_TEXT_ROW(type, member_, path_, kind_, fallback_, help_)    \
	{                                                                  \
		.path = (path_), .help = (help_), .kind = (kind_),         \
		.fallback = (fallback_), .offset = offsetof(type, member_) \
	}
#define SETTING_CHOICE_ROW(type, member_, path_, fallback_, help_, ...)   \
	{                                                                 \
		.path = (path_), .help = (help_), .kind = SETTING_CHOICE, \
		.fallback = (fallback_),                                  \
		.choices = (const char *const[]){ __VA_ARGS__, NULL },    \
		.offset = offsetof(type, member_)                         \
	}
#define SETTING_NUMBER_ROW(type, member_, path_, number_, least_, most_,  \
                           help_)                                         \
	{                                                                 \
		.path = (path_), .help = (help_), .kind = SETTING_NUMBER, \
		.number = (number_), .least = (least_), .most = (most_),  \
		.offset = offsetof(type, member_)                         \
	}

/* The storage for the lists of one token. */
struct config_rows {
#define TOKEN_TEXT(member, name, fallback, help)
#define TOKEN_NUMBER(member, name, fallback, least, most, help)
#define TOKEN_LIST(member, name, help) const char *member[CONFIG_ROWS_MAX + 1];
#include "proc/config_token.def"
#undef TOKEN_TEXT
#undef TOKEN_NUMBER
#undef TOKEN_LIST
};

/* A parsed file.  Its first member is the struct that the caller gets. */
struct config_tree {
	struct config config;
	config_t tree;
	struct config_client clients[CONFIG_CLIENTS_MAX];
	struct config_tenant tenants[CONFIG_CLIENTS_MAX];
	struct config_anchor anchors[CONFIG_ANCHORS_MAX];
	struct config_token tokens[CONFIG_TOKENS_MAX];
	struct config_rows rows[CONFIG_TOKENS_MAX];
};

/* Writes "line N: ..." to why and returns E_MALFORMED. */
err_t config_refuse(struct buf *why, const config_setting_t *at,
                    const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Refuses what libconfig would accept wrongly: numbers that it truncates, and
 * @include, which opens other files. */
MUST_CHECK err_t config_scan(const char *text, struct buf *why);

/* A string without control bytes; NULL on failure, with the cause in why. */
const char *config_text(const config_setting_t *s, struct buf *why);

/* Reads a whole number within bounds. */
MUST_CHECK err_t config_number(const config_setting_t *s, uint32_t least,
                               uint32_t most, struct buf *why,
                               uint32_t *ret_number);

/* config_setting.c: a table of n settings over the struct at base. */
const struct setting *setting_find(const struct setting *table, size_t n,
                                   const char *path);
void settings_default(const struct setting *table, size_t n, void *base);
MUST_CHECK err_t setting_read(const struct setting *known, void *base,
                              const config_setting_t *s, struct buf *why);
/* The first required setting that was not given; NULL: all were given. */
const struct setting *settings_missing(const struct setting *table, size_t n,
                                       const void *base);
void setting_help(struct buf *out, const char *group, const struct setting *s);

/* Checks that s is a list of strings and is not empty. */
MUST_CHECK err_t config_texts(const config_setting_t *s, struct buf *why);

/* config_token.c: config_tokens() reads the group `token` or the list `tokens`;
 * E_NOT_FOUND: path names neither.  config_tokens_check() then checks what no
 * single setting shows, such as two tokens with the same node number. */
MUST_CHECK err_t config_tokens(struct config_tree *t, const char *path,
                               const config_setting_t *s, struct buf *why);
MUST_CHECK err_t config_tokens_check(struct config_tree *t, struct buf *why);
void config_tokens_help(struct buf *out);

/* config_governance.c: checks that the settings of trust fit together. */
MUST_CHECK err_t config_governance_check(const struct config *c, struct buf *);

/* config_renamed.c: returns the current name of s, and records in the result if
 * s was given by its old name.  E_MALFORMED: both names are given. */
MUST_CHECK err_t config_new_name(struct config_tree *t, const char *group,
                                 const config_setting_t *s, struct buf *why,
                                 const char **ret_name);

/* config_anchors.c: the list trust.anchors or the text trust.roots. */
MUST_CHECK err_t config_anchors(struct config_tree *t,
                                const config_setting_t *s, struct buf *why);

/* Reads that list.  E_NOT_FOUND: no list has that name. */
MUST_CHECK err_t config_list(struct config_tree *t, const char *path,
                             const config_setting_t *s, struct buf *why);

/* Frees what config_list() allocated. */
void config_list_release(struct config_tree *t);

#endif
