/*
 * transcript.c - reads and writes the text of a ceremony.
 */
#include "trust/transcript.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "crypto/digest.h"

#define HEAD "anchord-ceremony-transcript 1\n"
#define OUTPUT_LINE "| "

void
transcript_free(struct transcript *t)
{
	free(t);
}

/* --- writing -------------------------------------------------------------- */

void
transcript_put_head(struct buf *out)
{
	buf_append_str(out, HEAD);
}

static bool
is_printable(uint8_t c)
{
	return c >= ' ' && c <= '~';
}

void
transcript_put_line(struct buf *output, struct bytes line)
{
	buf_append_str(output, OUTPUT_LINE);
	for (size_t i = 0; i < line.len; i++)
		if (is_printable(line.data[i]))
			buf_u8(output, line.data[i]);
		else
			buf_printf(output, "\\x%02x", line.data[i]);
	buf_u8(output, '\n');
}

static size_t
count_lines(struct bytes output)
{
	struct bytes line;
	size_t n = 0;

	while (transcript_take_line(&output, &line))
		n++;
	return n;
}

void
transcript_put_entry(struct buf *out, size_t number,
                     const struct transcript_entry *entry)
{
	char time[CLOCK_TEXT_SIZE];

	clock_format(entry->time_s * 1000, time);
	buf_printf(out, "entry %zu\nprevious ", number);
	encode_hex(out, bytes_of(entry->previous, HASH_SIZE));
	buf_printf(out,
	           "\ntime %s\nstep %" PRIu32 "\nstatus %" PRIu32 "\ndoes ",
	           time, entry->step, entry->status);
	buf_append(out, entry->does);
	buf_printf(out, "\noutput %zu\n", count_lines(entry->output));
	buf_append(out, entry->output);
}

void
transcript_hash_entry(const struct transcript_entry *entry,
                      uint8_t ret_hash[static HASH_SIZE])
{
	digest_sha256(entry->text, ret_hash);
}

/* --- reading -------------------------------------------------------------- */

/* The next line of printable ASCII without its newline. */
static bool
take_text_line(struct bytes *in, struct bytes *ret_line)
{
	size_t len = 0;

	while (len < in->len && is_printable(in->data[len]))
		len++;
	if (len == in->len || in->data[len] != '\n')
		return false;
	*ret_line = bytes_of(in->data, len);
	*in = bytes_of(in->data + len + 1, in->len - len - 1);
	return true;
}

static bool
take_prefix(struct bytes *line, const char *prefix)
{
	size_t len = strlen(prefix);

	if (line->len < len || memcmp(line->data, prefix, len) != 0)
		return false;
	*line = bytes_of(line->data + len, line->len - len);
	return true;
}

bool
transcript_take_line(struct bytes *output, struct bytes *ret_line)
{
	return take_text_line(output, ret_line) &&
	       take_prefix(ret_line, OUTPUT_LINE);
}

/* "NAME VALUE". */
static bool
take_entry_field(struct bytes *in, const char *name, struct bytes *ret_value)
{
	return take_text_line(in, ret_value) && take_prefix(ret_value, name) &&
	       take_prefix(ret_value, " ");
}

/* What is written otherwise again is found by read_entry(). */
static bool
take_number(struct bytes *in, const char *name, uint32_t *ret_n)
{
	struct bytes text;
	uint64_t n = 0;

	if (!take_entry_field(in, name, &text))
		return false;
	for (size_t i = 0; i < text.len && n <= UINT32_MAX; i++)
		n = n * 10 + (uint8_t)(text.data[i] - '0');
	*ret_n = (uint32_t)n;
	return n <= UINT32_MAX;
}

/* Takes n lines of output, as a whole. */
static bool
take_output(struct bytes *in, uint32_t n, struct bytes *ret_output)
{
	const uint8_t *begin = in->data;
	struct bytes line;

	for (uint32_t i = 0; i < n; i++)
		if (!transcript_take_line(in, &line))
			return false;
	*ret_output = bytes_of(begin, (size_t)(in->data - begin));
	return true;
}

static bool
take_entry(struct bytes *in, struct transcript_entry *e)
{
	const uint8_t *begin = in->data;
	struct bytes hash;
	struct bytes time;
	uint64_t at_ms = 0;
	uint32_t number;
	uint32_t lines;

	if (!take_number(in, "entry", &number) ||
	    !take_entry_field(in, "previous", &hash) ||
	    decode_hex_exact(hash, e->previous, HASH_SIZE) != OK ||
	    !take_entry_field(in, "time", &time) ||
	    clock_parse(time, &at_ms) != OK ||
	    !take_number(in, "step", &e->step) ||
	    !take_number(in, "status", &e->status) ||
	    !take_entry_field(in, "does", &e->does) ||
	    !take_number(in, "output", &lines) ||
	    !take_output(in, lines, &e->output))
		return false;
	e->time_s = at_ms / 1000;
	e->text = bytes_of(begin, (size_t)(in->data - begin));
	return true;
}

/* What is wrong with an entry; NULL: nothing. */
static const char *
read_entry(struct bytes *in, struct transcript *t)
{
	struct transcript_entry *e = &t->entries[t->n];
	AUTO(buf_release) struct buf again = buf_of(TRANSCRIPT_TEXT_MAX);
	uint8_t previous[HASH_SIZE] = { 0 };

	if (!take_entry(in, e))
		return "not the lines of an entry";
	transcript_put_entry(&again, t->n, e);
	if (buf_status(&again) != OK ||
	    !bytes_equal(buf_bytes(&again), e->text))
		return "another spelling or number than the entry has";
	if (t->n > 0)
		transcript_hash_entry(e - 1, previous);
	if (memcmp(previous, e->previous, HASH_SIZE) != 0)
		return "previous is not the SHA-256 of the entry before";
	t->n++;
	return NULL;
}

err_t
transcript_parse(struct bytes text, struct buf *why,
                 struct transcript **ret_transcript)
{
	AUTO(transcript_free) struct transcript *t = calloc(1, sizeof(*t));
	const char *fault = NULL;

	if (!t)
		return E_NOMEM;
	if (text.len > TRANSCRIPT_TEXT_MAX || !take_prefix(&text, HEAD) ||
	    text.len == 0) {
		buf_append_str(why, "no transcript of a ceremony, or too long");
		return E_MALFORMED;
	}
	while (!fault && text.len > 0)
		fault = t->n < TRANSCRIPT_ENTRIES_MAX ? read_entry(&text, t)
		                                      : "one entry too many";
	if (fault) {
		buf_printf(why, "entry %zu: %s", t->n, fault);
		return E_MALFORMED;
	}
	*ret_transcript = TAKE(t);
	return OK;
}

bool
transcript_line_starts(struct bytes line, const char *text)
{
	size_t len = strlen(text);

	return line.len >= len && memcmp(line.data, text, len) == 0;
}
