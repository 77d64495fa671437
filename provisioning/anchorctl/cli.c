/*
 * cli.c - finds the verb of a command line, prints help, and runs the verb.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "provisioning/anchorctl/cli.h"
#include "base/version.h"

/* Returns the number of words in argv that are this verb's; 0: another verb. */
static int
words_match(const struct verb *verb, int argc, char **argv)
{
	const char *at = verb->words;

	for (int n = 0;; n++) {
		size_t len = strcspn(at, " ");

		if (n == argc || strlen(argv[n]) != len ||
		    strncmp(argv[n], at, len) != 0)
			return 0;
		if (!at[len])
			return n + 1;
		at += len + 1;
	}
}

static bool
in_group(const struct verb *verb, const char *group)
{
	size_t len = strlen(group);

	return len == 0 || (strncmp(verb->words, group, len) == 0 &&
	                    verb->words[len] == ' ');
}

void
cli_help_verbs(const struct verb *const *verbs, const char *prefix,
               bool to_error)
{
	void (*say)(const char *format, ...)
	        __attribute__((format(printf, 1, 2))) =
	                to_error ? cli_complain : cli_say;

	say("Usage: " CLI_PROGRAM " VERB [OPTION...] [FILE...]\n"
	    "       " CLI_PROGRAM " VERB --help | --version\n\n");
	for (size_t i = 0; verbs[i]; i++)
		if (in_group(verbs[i], prefix))
			say("  %-18s %s\n", verbs[i]->words, verbs[i]->help);
}

/* Handles a command line without a verb: --version, --help for all verbs or for
 * a group ("token --help"), or an unknown verb. */
static int
no_verb(const struct verb *const *verbs, int argc, char **argv)
{
	const char *word = argc > 0 ? argv[0] : "";
	bool group = false;

	if (strcmp(word, "--version") == 0) {
		cli_say(CLI_PROGRAM " %s (commit %s)\n", anchord_version,
		        anchord_commit);
		return VERB_GOOD;
	}
	if (strcmp(word, "--help") == 0) {
		cli_help_verbs(verbs, "", false);
		return VERB_GOOD;
	}
	for (size_t i = 0; *word && verbs[i]; i++)
		group = group || in_group(verbs[i], word);
	if (group && argc > 1 && strcmp(argv[1], "--help") == 0) {
		cli_help_verbs(verbs, word, false);
		return VERB_GOOD;
	}
	if (*word)
		cli_complain(CLI_PROGRAM ": no verb '%s%s%s'\n", word,
		             group && argc > 1 ? " " : "",
		             group && argc > 1 ? argv[1] : "");
	cli_help_verbs(verbs, group ? word : "", true);
	return VERB_USAGE;
}

static int
run_verb(const struct verb *const *verbs, const struct verb *verb, int argc,
         char **argv)
{
	struct cli cli;
	int rc = cli_parse(&cli, verb, argc, argv);

	cli.verbs = verbs;
	if (rc != VERB_GOOD)
		return rc;
	if (cli.help) {
		cli_help_verb(verb);
		return VERB_GOOD;
	}
	/* Checked before the verb acts, because an action whose result is lost
	 * (a new key, for example) would be worse than none. */
	if (!cli_can_print())
		return cli_fail(&cli, VERB_PART,
		                "standard output cannot be written; nothing "
		                "was done");
	return verb->run(&cli);
}

/* If the caller closed standard input, output or error, a file that a verb
 * opens would get its number, and a message would be written into that file.
 * So closed ones are opened as /dev/null. */
static void
keep_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
cli_run(const struct verb *const *verbs, int argc, char **argv)
{
	int rc = -1;

	for (size_t i = 0; rc < 0 && verbs[i]; i++) {
		int n = words_match(verbs[i], argc - 1, argv + 1);

		if (n > 0)
			rc = run_verb(verbs, verbs[i], argc - 1 - n,
			              argv + 1 + n);
	}
	if (rc < 0)
		rc = no_verb(verbs, argc - 1, argv + 1);
	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_complain(CLI_PROGRAM ": cannot write the output\n");
		return rc == VERB_GOOD ? VERB_PART : rc;
	}
	return rc;
}

int
cli_main(const struct verb *const *verbs, int argc, char **argv)
{
	keep_standard_streams();
	return cli_run(verbs, argc, argv);
}
