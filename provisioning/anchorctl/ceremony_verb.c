/*
 * ceremony_verb.c - see ceremony_verb.h.
 *
 * No process is started: the verb's function is called, with standard output
 * replaced by a file in memory for that time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "provisioning/anchorctl/ceremony_verb.h"
#include "provisioning/anchorctl/cli.h"
#include "trust/transcript.h"

#define WORDS_MAX 128

struct word_list {
	int n;
	char *all[WORDS_MAX + 1];
};

static void
word_list_release(struct word_list *w)
{
	for (int i = 0; i < w->n; i++)
		free(w->all[i]);
}
DEFINE_AUTO_REF(struct word_list, word_list_release);

static err_t
add_word(struct word_list *w, const struct ceremony_site *site,
         const char *word)
{
	AUTO(buf_release) struct buf whole = buf_of(CEREMONY_LINE_MAX);

	if (w->n == WORDS_MAX)
		return E_LIMIT;
	ceremony_expand(site, word, &whole);
	TRY(buf_status(&whole));
	w->all[w->n] = strdup(buf_str(&whole));
	if (!w->all[w->n])
		return E_NOMEM;
	w->n++;
	return OK;
}

/* Split first, so that a value with spaces is one word. */
static err_t
split_words(const struct ceremony_site *site, const char *words,
            struct word_list *w)
{
	char copy[CEREMONY_WORDS_SIZE];
	char *save = NULL;

	if (strlen(words) >= sizeof(copy))
		return E_LIMIT;
	memcpy(copy, words, strlen(words) + 1);
	TRY(add_word(w, site, CLI_PROGRAM));
	for (char *at = strtok_r(copy, " ", &save); at;
	     at = strtok_r(NULL, " ", &save))
		TRY(add_word(w, site, at));
	return OK;
}

/* --- standard output ------------------------------------------------------ */

static err_t
read_captured(int fd, struct buf *out)
{
	uint8_t chunk[4096];
	ssize_t n = 0;
	off_t at = 0;

	while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0) {
		buf_append(out, bytes_of(chunk, (size_t)n));
		at += n;
	}
	return n < 0 ? E_IO : buf_status(out);
}

static void
put_captured(struct bytes text, struct buf *output)
{
	char cut[64];
	const size_t all = text.len;

	if (text.len > TRANSCRIPT_OUTPUT_MAX)
		text.len = TRANSCRIPT_OUTPUT_MAX;
	for (size_t at = 0; at < text.len;) {
		const uint8_t *end =
		        memchr(text.data + at, '\n', text.len - at);
		size_t len =
		        end ? (size_t)(end - text.data) - at : text.len - at;

		transcript_put_line(output, bytes_of(text.data + at, len));
		at += len + 1;
	}
	if (text.len == all)
		return;
	(void)snprintf(cut, sizeof(cut), "(cut off: %zu bytes in all)", all);
	transcript_put_line(output, bytes_of_str(cut));
}

err_t
ceremony_run_words(const struct cli *cli, const struct ceremony_site *site,
                   const char *words, struct buf *output, int *ret_status)
{
	AUTO(word_list_release) struct word_list w = { 0 };
	AUTO(close_fd) int memory = memfd_create("ceremony", MFD_CLOEXEC);
	AUTO(close_fd) int saved = dup(STDOUT_FILENO);
	AUTO(buf_release) struct buf text = buf_of(CLI_MESSAGE_MAX);

	TRY(split_words(site, words, &w));
	if (memory < 0 || saved < 0 || fflush(stdout) != 0 ||
	    dup2(memory, STDOUT_FILENO) < 0)
		return E_IO;
	*ret_status = cli_run(cli->verbs, w.n, w.all);
	(void)fflush(stdout);
	/* cli_run() has said what could not be written. */
	if (dup2(saved, STDOUT_FILENO) < 0)
		*ret_status = VERB_PART;
	if (read_captured(memory, &text) != OK)
		*ret_status = VERB_PART;
	cli_put(buf_bytes(&text));
	put_captured(buf_bytes(&text), output);
	return OK;
}
