/*
 * cli.h - parses a command line of anchorctl by a verb's table of options.
 *
 * Only anchorctl.c, the cli files, the ceremonies that run verbs, and the tests
 * include this; another verb uses verb.h.  Views point into argv.
 */
#ifndef ANCHORCTL_CLI_H
#define ANCHORCTL_CLI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "provisioning/anchorctl/verb.h"

#define CLI_PROGRAM "anchorctl"

/* Maximum numbers in one command line. */
#define CLI_OPTIONS_MAX 64
#define CLI_ARGUMENTS_MAX 256
#define CLI_MESSAGE_MAX (4u << 20) /* bytes of one message */

struct cli_value {
	const char *name;
	const char *value;
};

struct cli {
	const struct verb *verb;
	const struct verb *const *verbs; /* the table that it is in */
	bool json;
	bool help;
	size_t n_options;
	struct cli_value options[CLI_OPTIONS_MAX];
	size_t n_arguments;
	const char *arguments[CLI_ARGUMENTS_MAX];
};

/*
 * Parses argv[0..argc-1], the words after the verb's.  VERB_USAGE: a message
 * and a hint are on standard error; otherwise VERB_GOOD.  With --help nothing
 * else is required.
 */
int cli_parse(struct cli *cli, const struct verb *verb, int argc, char **argv);

/* Runs a whole command: finds the verb in a table that ends with NULL, handles
 * --help and --version at every level, and runs it.  Returns the exit
 * status. */
int cli_main(const struct verb *const *verbs, int argc, char **argv);

/* The same within a verb: it runs another one. */
int cli_run(const struct verb *const *verbs, int argc, char **argv);

/* cli_print.c.  True if a result could be printed now; checked before a verb
 * acts. */
bool cli_can_print(void);
/* Formats a message like cli_say(). */
void cli_format(struct buf *out, const char *format, va_list values);
/* cli_say() to standard error. */
void cli_complain(const char *format, ...)
        __attribute__((format(printf, 1, 2)));

/* Prints the help of one verb to standard output. */
void cli_help_verb(const struct verb *verb);

/* Prints the verbs whose words start with prefix ("" for all), one on each
 * line. */
void cli_help_verbs(const struct verb *const *verbs, const char *prefix,
                    bool to_error);

#endif
