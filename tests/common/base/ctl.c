/*
 * ctl.c - see ctl.h.
 */
#include "tests/common/base/ctl.h"

#include <fcntl.h>
#include <grp.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"

#define OUTPUT_MAX (8u << 20)
#define WORDS_MAX 64

void
ctl_release(struct ctl *c)
{
	buf_release(&c->out);
	buf_release(&c->error);
}

static int
memory(void)
{
	int fd = memfd_create("output", MFD_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static struct buf
content(int fd)
{
	struct buf text = buf_of(OUTPUT_MAX);
	uint8_t part[4096];
	ssize_t n;

	for (off_t at = 0; (n = pread(fd, part, sizeof(part), at)) > 0; at += n)
		buf_append(&text, bytes_of(part, (size_t)n));
	close(fd);
	return text;
}

/* The program is opened before: another user may not reach it. */
static _Noreturn void
become(const char *const *words, int out, int error, unsigned user)
{
	AUTO(buf_release) struct buf program = buf_of(4096);
	char *argv[WORDS_MAX] = { NULL };

	lifeline_program("anchorctl", &program);
	memcpy(&argv[0], &(const char *){ "anchorctl" }, sizeof(char *));
	for (size_t i = 0; words[i] && i < WORDS_MAX - 2; i++)
		memcpy(&argv[i + 1], &words[i], sizeof(char *));
	int file = open(buf_str(&program), O_RDONLY | O_CLOEXEC);
	dup2(error, 2);
	if (out >= 0)
		dup2(out, 1);
	else
		close(1);
	if (user &&
	    (setgroups(0, NULL) != 0 || setresgid(user, user, user) != 0 ||
	     setresuid(user, user, user) != 0))
		_exit(126);
	fexecve(file, argv, environ);
	_exit(127);
}

static struct ctl
run(const char *const *words, const char *to, const char *answer, unsigned user)
{
	struct ctl c = { .status = -1 };
	int kept = memory();
	int error = memory();
	int out = !to ? kept : *to ? open(to, O_WRONLY | O_CLOEXEC) : -1;
	int status = 0;
	int terminal = -1;

	fflush(stdout);
	pid_t pid = answer ? forkpty(&terminal, NULL, NULL, NULL) : fork();
	if (pid == 0)
		become(words, out, error, user);
	if (answer)
		CU_ASSERT_EQUAL(write(terminal, answer, strlen(answer)),
		                (ssize_t)strlen(answer));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	if (terminal >= 0)
		close(terminal);
	if (to && *to)
		close(out);
	c.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	c.out = content(kept);
	c.error = content(error);
	return c;
}

struct ctl
ctl_run(const char *const *words, const char *to)
{
	return run(words, to, NULL, 0);
}

struct ctl
ctl_run_as(unsigned user, const char *const *words)
{
	return run(words, NULL, NULL, user);
}

struct ctl
ctl_typed(const char *const *words, const char *answer)
{
	return run(words, NULL, answer, 0);
}

bool
ctl_is_clean(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] != '\n' &&
		    (text->data[i] < 0x20 || text->data[i] > 0x7e))
			return false;
	return true;
}

/* "  token list         Show ...": two blanks, words, two blanks or, where the
 * words are long, the text that begins with a capital. */
static bool
verb_of(const char *line, char ret_verb[static 64])
{
	size_t n = 0;

	if (strncmp(line, "  ", 2) != 0 || line[2] < 'a' || line[2] > 'z')
		return false;
	for (line += 2; n < 63 && ((*line >= 'a' && *line <= 'z') ||
	                           *line == '-' || *line == ' ');
	     line++)
		ret_verb[n++] = *line;
	while (n > 0 && ret_verb[n - 1] == ' ')
		n--;
	ret_verb[n] = '\0';
	return true;
}

void
ctl_verbs(void (*fn)(const char *verb, const char *help))
{
	const char *const all[] = { "--help", NULL };
	AUTO(ctl_release) struct ctl list = ctl_run(all, NULL);
	char *save = NULL;
	char *text = strdup(buf_str(&list.out));

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char verb[64], copy[64];
		const char *words[8] = { NULL };
		char *rest = NULL;
		size_t n = 0;

		if (!verb_of(line, verb))
			continue;
		memcpy(copy, verb, sizeof(copy));
		for (char *w = strtok_r(copy, " ", &rest); w && n < 6;
		     w = strtok_r(NULL, " ", &rest))
			words[n++] = w;
		words[n] = "--help";
		AUTO(ctl_release) struct ctl help = ctl_run(words, NULL);
		CU_ASSERT_EQUAL(help.status, 0);
		fn(verb, buf_str(&help.out));
	}
	free(text);
}
