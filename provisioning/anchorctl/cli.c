/*
 * cli.c - finds the verb, runs it, and is the verbs' way in and out: values,
 * files, JSON, messages.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "provisioning/anchorctl/cli.h"
#include "base/version.h"

#define READ_CHUNK 65536 /* bytes asked of the kernel at once */

const char *
cli_option(const struct cli *cli, const char *name, size_t i)
{
	for (size_t k = 0; k < cli->n_options; k++)
		if (strcmp(cli->options[k].name, name) == 0 && i-- == 0)
			return cli->options[k].value;
	return NULL;
}

bool
cli_flag(const struct cli *cli, const char *name)
{
	return cli_option(cli, name, 0) != NULL;
}

bool
cli_json(const struct cli *cli)
{
	return cli->json;
}

const char *
cli_argument(const struct cli *cli, size_t i)
{
	return i < cli->n_arguments ? cli->arguments[i] : NULL;
}

int
cli_fail(const struct cli *cli, int code, const char *format, ...)
{
	AUTO(buf_release) struct buf text = buf_of(CLI_MESSAGE_MAX);
	va_list values;

	va_start(values, format);
	cli_format(&text, format, values);
	va_end(values);
	cli_complain(CLI_PROGRAM " %s: ", cli->verb->words);
	(void)fwrite(text.data, 1, text.len, stderr);
	cli_complain("\n");
	return code;
}

static err_t
read_all(int fd, struct buf *out)
{
	for (;;) {
		uint8_t chunk[READ_CHUNK];
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n == 0)
			return buf_status(out);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		buf_append(out, bytes_of(chunk, (size_t)n));
		TRY(buf_status(out));
	}
}

err_t
cli_read_file(const struct cli *cli, const char *path, struct buf *out)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	err_t err = fd >= 0 ? read_all(fd, out) : E_IO;

	if (err == E_LIMIT)
		cli_fail(cli, 0, "%s: longer than %zu bytes", path,
		         out->ceiling);
	else if (err != OK)
		cli_fail(cli, 0, "%s: %s", path,
		         err == E_IO ? strerror(errno) : err_name(err));
	if (fd >= 0 && !standard)
		close(fd);
	return err;
}

/* How many words of argv spell this verb; 0: they do not. */
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

/* argv names no verb: help for all or for a group, the version, or a miss. */
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
run(const struct verb *verb, int argc, char **argv)
{
	struct cli cli;
	int rc = cli_parse(&cli, verb, argc, argv);

	if (rc != VERB_GOOD)
		return rc;
	if (cli.help) {
		cli_help_verb(verb);
		return VERB_GOOD;
	}
	/* A key that was made and an answer that nobody sees are worse than
	 * nothing. */
	if (!cli_can_print())
		return cli_fail(&cli, VERB_PART,
		                "standard output cannot be written: nothing "
		                "was done");
	return verb->run(&cli);
}

/* What a verb opens must not get the number of a stream that was closed: a
 * message would go into it. */
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
cli_main(const struct verb *const *verbs, int argc, char **argv)
{
	int rc = -1;

	keep_standard_streams();
	for (size_t i = 0; rc < 0 && verbs[i]; i++) {
		int n = words_match(verbs[i], argc - 1, argv + 1);

		if (n > 0)
			rc = run(verbs[i], argc - 1 - n, argv + 1 + n);
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
