/*
 * cli.h - one command line of anchorctl, taken apart by a verb's table.
 *
 * Only anchorctl.c and the tests include this; a verb sees verb.h.  Views point
 * into argv.
 */
#ifndef ANCHORCTL_CLI_H
#define ANCHORCTL_CLI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "provisioning/anchorctl/verb.h"

#define CLI_PROGRAM "anchorctl"

/* Ceilings of one command line. */
#define CLI_OPTIONS_MAX 64
#define CLI_ARGUMENTS_MAX 256
#define CLI_MESSAGE_MAX (4u << 20) /* bytes of one message */

struct cli_value {
	const char *name;
	const char *value;
};

struct cli {
	const struct verb *verb;
	bool json;
	bool help;
	size_t n_options;
	struct cli_value options[CLI_OPTIONS_MAX];
	size_t n_arguments;
	const char *arguments[CLI_ARGUMENTS_MAX];
};

/*
 * Takes argv[0..argc-1], the words after the verb's, apart.  On failure the
 * message and a hint are on standard error and the answer is VERB_USAGE;
 * otherwise VERB_GOOD.  With --help nothing else is asked for.
 */
int cli_parse(struct cli *cli, const struct verb *verb, int argc, char **argv);

/* The whole command: finds the verb in a table that ends with NULL, answers
 * --help and --version at every level, runs it.  Gives the exit status. */
int cli_main(const struct verb *const *verbs, int argc, char **argv);

/* cli_print.c.  Could a result be printed now?  Asked before a verb acts. */
bool cli_can_print(void);
/* A message as cli_say() makes it. */
void cli_format(struct buf *out, const char *format, va_list values);
/* cli_say(), to standard error. */
void cli_complain(const char *format, ...)
        __attribute__((format(printf, 1, 2)));

/* The manual of one verb, to standard output. */
void cli_help_verb(const struct verb *verb);

/* The verbs whose words start with prefix ("" for all), one a line. */
void cli_help_verbs(const struct verb *const *verbs, const char *prefix,
                    bool to_error);

#endif
