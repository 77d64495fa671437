/*
 * verb.h - one verb of anchorctl: a row, its options, its function.
 *
 * A verb is a file verb_<words>.c that exports one const struct verb, and a
 * row in anchorctl.c.  Options, --help and --json are parsed here once, from
 * the verb's table; a verb sees only values.
 */
#ifndef ANCHORCTL_VERB_H
#define ANCHORCTL_VERB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum verb_exit {
	VERB_GOOD = 0,    /* done, accepted, eligible */
	VERB_REFUSED = 1, /* the thing was looked at and is not good */
	VERB_USAGE = 2,   /* the command line is wrong */
	VERB_PART = 3,    /* a file, token or service failed */
};

struct verb_option {
	const char *name;  /* "nonce" for --nonce */
	const char *value; /* "HEX"; NULL for a flag; "FILE...": takes all
	                    * words up to the next option */
	bool required;
	const char *help;
};

struct cli; /* one parsed command line */

struct verb {
	const char *words;                 /* "token init" */
	const char *arguments;             /* "FILE..." or "" */
	const char *help;                  /* one line */
	const struct verb_option *options; /* ends with a NULL name */
	int (*run)(struct cli *cli);       /* enum verb_exit */
};

/* The i-th value of an option; NULL when there are fewer. */
const char *cli_option(const struct cli *cli, const char *name, size_t i);
bool cli_flag(const struct cli *cli, const char *name);
bool cli_json(const struct cli *cli); /* --json, known to every verb */

/* The i-th positional argument; NULL past the end. */
const char *cli_argument(const struct cli *cli, size_t i);

/* "anchorctl token init: <message>" to standard error; gives code. */
int cli_fail(const struct cli *cli, int code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Prints a message to standard output: what comes by %s is escaped, since it may
 * be somebody else's (cli_print.c).  Nothing else prints. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Printable ASCII as it is, a backslash twice, every other byte as \xHH. */
void cli_escape(struct buf *out, struct bytes text);

/* Prints text that this program made, as it is: PEM, JSON, several lines. */
void cli_put(struct bytes text);

/* Asks whoever sits at a terminal: was the answer yes?  Without a terminal the
 * command line is the answer. */
bool cli_confirm(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a JSON document, in ASCII, to standard output and drops the
 * reference. */
int cli_print_json(const struct cli *cli, json_t *document, int code);

/* Somebody else's text as JSON: itself, or escaped when it is not UTF-8; never
 * nothing, so that what it belongs to is not dropped. */
json_t *cli_text(const char *text);

/* A whole file ("-": standard input), at most ceiling bytes.  On failure the
 * message is printed. */
MUST_CHECK err_t cli_read_file(const struct cli *cli, const char *path,
                               struct buf *out);

/* A few lines that a process with fewer rights than ours has written, as a text
 * that ends with NUL; "" when there is no such file, or when what has its name
 * is a link, a pipe or anything else that is no file.  It is that process's
 * word: print it with care. */
void cli_read_note(int directory, const char *name, char *ret_text,
                   size_t size);

/* Writes file under path and suffix, onto the disk, and gives it path's name;
 * directory is path's, open and locked by the caller.  Everybody may read it,
 * the owner alone write.  False: errno tells, and one of the two is there,
 * whole; mostly what was there before. */
MUST_CHECK bool cli_replace_file(int directory, const char *path,
                                 const char *suffix, struct bytes file);

#endif
