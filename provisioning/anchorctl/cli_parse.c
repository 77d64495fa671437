/*
 * cli_parse.c - parses argv by the verb's table of options; prints its help.
 *
 * Long options only: "--name VALUE", "--name=VALUE", "--flag"; "--" ends them.
 * A value that starts with "--" must be given with "=", so that a forgotten
 * value is an error and never swallows the next option.  Of two values for an
 * option that has one, neither is taken.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "provisioning/anchorctl/cli.h"

/* Known to every verb. */
static const struct verb_option common[] = {
	{ "json", NULL, false, "print JSON" },
	{ "help", NULL, false, "print this help and exit" },
	{ NULL, NULL, false, NULL },
};

static int refuse_usage(const struct verb *verb, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

static int
refuse_usage(const struct verb *verb, const char *format, ...)
{
	AUTO(buf_release) struct buf text = buf_of(CLI_MESSAGE_MAX);
	va_list args;

	va_start(args, format);
	cli_format(&text, format, args);
	va_end(args);
	cli_complain(CLI_PROGRAM " %s: ", verb->words);
	(void)fwrite(text.data, 1, text.len, stderr);
	cli_complain("\nTry: " CLI_PROGRAM " %s --help\n", verb->words);
	return VERB_USAGE;
}

static const struct verb_option *
find_in(const struct verb_option *options, const char *name, size_t len)
{
	for (const struct verb_option *o = options; o && o->name; o++)
		if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static const struct verb_option *
find_option(const struct verb *verb, const char *name, size_t len)
{
	const struct verb_option *o = find_in(common, name, len);

	return o ? o : find_in(verb->options, name, len);
}

static bool
takes_many(const struct verb_option *o)
{
	return strstr(o->value, "...") != NULL;
}

static int
add_option(struct cli *cli, const struct verb_option *o, const char *value)
{
	if (find_in(common, o->name, strlen(o->name))) {
		cli->json = cli->json || strcmp(o->name, "json") == 0;
		cli->help = cli->help || strcmp(o->name, "help") == 0;
		return VERB_GOOD;
	}
	if (o->value && !takes_many(o) && cli_option(cli, o->name, 0))
		return refuse_usage(cli->verb, "--%s has one value, not two",
		                    o->name);
	if (cli->n_options == CLI_OPTIONS_MAX)
		return refuse_usage(cli->verb, "more than %d options",
		                    CLI_OPTIONS_MAX);
	cli->options[cli->n_options++] = (struct cli_value){ o->name, value };
	return VERB_GOOD;
}

/* argv[*at] is o's first value; "FILE..." takes the words after it, too. */
static int
add_values(struct cli *cli, const struct verb_option *o, int argc, char **argv,
           int *at)
{
	int rc = add_option(cli, o, argv[*at]);

	while (rc == VERB_GOOD && takes_many(o) && *at + 1 < argc &&
	       (argv[*at + 1][0] != '-' || argv[*at + 1][1] == '\0')) {
		*at += 1;
		rc = add_option(cli, o, argv[*at]);
	}
	return rc;
}

/* Parses the option in argv[*at], which starts with "--", and its value. */
static int
parse_option(struct cli *cli, int argc, char **argv, int *at)
{
	const char *word = argv[*at] + 2;
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	const struct verb_option *o = find_option(cli->verb, word, len);

	if (!o)
		return refuse_usage(cli->verb, "unknown option --%.*s",
		                    (int)len, word);
	if (!o->value && equals)
		return refuse_usage(cli->verb, "--%s takes no value", o->name);
	if (!o->value || equals)
		return add_option(cli, o, equals ? equals + 1 : "");
	if (*at + 1 >= argc || strncmp(argv[*at + 1], "--", 2) == 0)
		return refuse_usage(cli->verb, "--%s needs a value: %s",
		                    o->name, o->value);
	*at += 1;
	return add_values(cli, o, argc, argv, at);
}

static int
add_argument(struct cli *cli, const char *word)
{
	if (cli->n_arguments == CLI_ARGUMENTS_MAX)
		return refuse_usage(cli->verb, "more than %d arguments",
		                    CLI_ARGUMENTS_MAX);
	cli->arguments[cli->n_arguments++] = word;
	return VERB_GOOD;
}

static int
check_required(const struct cli *cli)
{
	const struct verb_option *o = cli->verb->options;

	for (; o && o->name; o++)
		if (o->required && !cli_option(cli, o->name, 0))
			return refuse_usage(cli->verb, "--%s %s is missing",
			                    o->name, o->value ? o->value : "");
	return VERB_GOOD;
}

/* arguments is "", "FILE", "FILE...", "[FILE]" or several of them. */
static int
check_arguments(const struct cli *cli)
{
	const char *spec = cli->verb->arguments ? cli->verb->arguments : "";
	size_t least = 0;
	size_t most = 0;

	for (const char *at = spec; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		most++;
		if (*at != '[')
			least++;
		at += len;
	}
	if (strstr(spec, "..."))
		most = CLI_ARGUMENTS_MAX;
	if (cli->n_arguments < least)
		return refuse_usage(cli->verb, "%s is missing", spec);
	if (cli->n_arguments > most)
		return refuse_usage(cli->verb, "one argument too many: %s",
		                    cli->arguments[most]);
	return VERB_GOOD;
}

int
cli_parse(struct cli *cli, const struct verb *verb, int argc, char **argv)
{
	bool options = true;

	*cli = (struct cli){ .verb = verb };
	for (int i = 0; i < argc; i++) {
		int rc = VERB_GOOD;

		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (options && strncmp(argv[i], "--", 2) == 0)
			rc = parse_option(cli, argc, argv, &i);
		else if (options && argv[i][0] == '-' && argv[i][1])
			rc = refuse_usage(verb, "unknown option %s", argv[i]);
		else
			rc = add_argument(cli, argv[i]);
		if (rc != VERB_GOOD)
			return rc;
	}
	if (cli->help)
		return VERB_GOOD;
	int rc = check_required(cli);
	return rc == VERB_GOOD ? check_arguments(cli) : rc;
}

static void
print_options(const struct verb_option *options)
{
	for (const struct verb_option *o = options; o && o->name; o++) {
		int n = (int)(strlen(o->name) + 4 +
		              (o->value ? strlen(o->value) + 1 : 0));

		cli_say("  --%s%s%s", o->name, o->value ? " " : "",
		        o->value ? o->value : "");
		cli_say("%*s%s%s\n", n < 30 ? 30 - n : 1, "", o->help,
		        o->required ? " (required)" : "");
	}
}

void
cli_help_verb(const struct verb *verb)
{
	const char *arguments = verb->arguments ? verb->arguments : "";

	cli_say("Usage: " CLI_PROGRAM " %s [OPTION...]%s%s\n\n%s\n\n",
	        verb->words, *arguments ? " " : "", arguments, verb->help);
	print_options(verb->options);
	print_options(common);
	if (verb->more)
		verb->more();
	cli_say("\nExit status: 0 success, 1 refused, 2 wrong command line, "
	        "3 failure.\n");
}
