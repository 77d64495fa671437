/*
 * verb.h - a verb of anchorctl: a row, its options, its function.
 *
 * A verb is a file verb_<words>.c that exports one const struct verb, and a row
 * in anchorctl.c.  Options, --help and --json are parsed by cli.c from the
 * verb's table; the verb reads only values.
 */
#ifndef ANCHORCTL_VERB_H
#define ANCHORCTL_VERB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum verb_exit {
	VERB_GOOD = 0,    /* done, or the answer is positive */
	VERB_REFUSED = 1, /* refused, or the answer is negative */
	VERB_USAGE = 2,   /* the command line is wrong */
	VERB_PART = 3,    /* a file, token or service failed */
};

struct verb_option {
	const char *name;  /* "nonce" for --nonce */
	const char *value; /* "HEX": one; NULL for a flag; "FILE...": takes
	                    * all words up to the next option, and may be
	                    * given several times */
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
	void (*more)(void); /* prints help after the options, or NULL */
};

/* The i-th value of an option; NULL: there are fewer. */
const char *cli_option(const struct cli *cli, const char *name, size_t i);
bool cli_flag(const struct cli *cli, const char *name);
bool cli_json(const struct cli *cli); /* --json, known to every verb */

/* The i-th positional argument; NULL: there are fewer. */
const char *cli_argument(const struct cli *cli, size_t i);

/* Reads decimal digits, and nothing else; most is at most INT64_MAX.  False: it is
 * no such number, or greater. */
bool cli_number(const char *text, uint64_t most, uint64_t *ret_number);

/* Prints "anchorctl token init: <message>" to standard error; returns code. */
int cli_fail(const struct cli *cli, int code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Prints a message to standard output.  Text inserted by %s is escaped, because
 * it may be untrusted (cli_print.c).  Verbs print by cli_ functions only. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Appends printable ASCII unchanged, a backslash as two, any other byte as
 * \xHH. */
void cli_escape(struct buf *out, struct bytes text);

/* Prints text that this program composed without escaping: PEM, JSON, lines. */
void cli_put(struct bytes text);

/* Asks for confirmation at the terminal; true: yes.  Without a terminal the
 * command line counts as the confirmation. */
bool cli_confirm(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a JSON document in ASCII to standard output, drops the reference, and
 * returns code. */
int cli_print_json(const struct cli *cli, json_t *document, int code);

/* Untrusted text as a JSON string; it is escaped if it is not UTF-8.  It is
 * never NULL for such text, because json_pack() would then fail. */
json_t *cli_text(const char *text);

/* Reads a whole file ("-": standard input), up to out's ceiling.  A failure is
 * printed. */
MUST_CHECK err_t cli_read_file(const struct cli *cli, const char *path,
                               struct buf *out);

/* Reads a small file that a less privileged process wrote, as a C string of at
 * most size - 1 bytes; "" if the file does not exist or is not a regular file
 * (a symbolic link, a FIFO).  The content is untrusted: print it escaped. */
void cli_read_note(int directory, const char *name, char *ret_text,
                   size_t size);

/* Reads a regular file of a directory that others may have written, up to out's
 * ceiling; a link or a pipe is refused.  A failure is printed with the label,
 * but for E_NOT_FOUND. */
MUST_CHECK err_t cli_read_part(const struct cli *cli, int directory,
                               const char *name, const char *label,
                               struct buf *out);

/* Locks a directory: how is LOCK_EX or LOCK_SH (flock(2)).  Waits 10 s at most
 * for another program, and says so.  VERB_GOOD, or VERB_PART after a message. */
MUST_CHECK int cli_lock(const struct cli *cli, int directory, const char *path,
                        int how);

/*
 * A file that is read, changed and replaced:
 *
 *	cli_lock_directory_of()  opens and locks its directory, so that whoever
 *	                         changes the file takes turns with others.  -1:
 *	                         the failure was printed.  A symbolic link in
 *	                         the file's place is refused, and whatever else
 *	                         is no regular file; nothing may be there.
 *	cli_read_beside()        cli_read_part() of path through that directory.
 *	cli_replace_file()       writes it durably to path with suffix and
 *	                         renames that to path.  Mode 0644.  False: errno
 *	                         is set, and path has its old or its new content,
 *	                         complete; usually the old.
 *
 * With CLI_SUFFIX the temporary name is none that people give to their files;
 * what has it is gone.
 */
#define CLI_SUFFIX "+tmp"
MUST_CHECK int cli_lock_directory_of(const struct cli *cli, const char *path);
MUST_CHECK err_t cli_read_beside(const struct cli *cli, int directory,
                                 const char *path, struct buf *out);
MUST_CHECK bool cli_replace_file(int directory, const char *path,
                                 const char *suffix, struct bytes file);

#endif
