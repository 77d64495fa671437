/*
 * governed_seen.c - see governed_seen.h.
 */
#include "supervisor/governed_seen.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "proc/opening.h"

#include "supervisor/last_good.h"
#include "supervisor/supervisor.h"

#define SEEN_LINE_MAX 128 /* bytes of the line with its NUL */

static void
put_seen(struct buf *out, const struct governed_version *v, uint64_t at_s)
{
	buf_printf(out, "%" PRIu32 " ", v->version);
	encode_hex(out, bytes_of(v->digest, HASH_SIZE));
	buf_printf(out, " %" PRIu64 "\n", at_s);
}

/* Takes the next word, up to `end`, off the front of *line. */
static struct bytes
take_word(struct bytes *line, uint8_t end)
{
	struct bytes word = *line;

	for (size_t i = 0; i < line->len; i++) {
		if (line->data[i] != end)
			continue;
		word.len = i;
		*line = bytes_of(line->data + i + 1, line->len - i - 1);
		return word;
	}
	*line = bytes_of(NULL, 0);
	return word;
}

/* Wraps, and reads anything as a digit: parse_seen() compares. */
static uint64_t
number_of(struct bytes digits)
{
	uint64_t n = 0;

	for (size_t i = 0; i < digits.len; i++)
		n = n * 10 + (uint8_t)(digits.data[i] - '0');
	return n;
}

/* Only what put_seen() writes: another spelling is not written again alike. */
static err_t
parse_seen(struct buf *line, struct governed_version *ret_version,
           uint64_t *ret_at_s)
{
	AUTO(buf_release) struct buf again = buf_of(SEEN_LINE_MAX);
	struct bytes rest = buf_bytes(line);
	struct governed_version v;

	v.version = (uint32_t)number_of(take_word(&rest, ' '));
	TRY(decode_hex_exact(take_word(&rest, ' '), v.digest, HASH_SIZE));
	uint64_t at_s = number_of(take_word(&rest, '\n'));
	put_seen(&again, &v, at_s);
	if (!bytes_equal(buf_bytes(&again), buf_bytes(line)))
		return E_MALFORMED;
	*ret_version = v;
	*ret_at_s = at_s;
	return OK;
}

err_t
governed_seen_read(struct supervisor *s, struct buf *why)
{
	struct governed *g = &s->governed;
	AUTO(buf_release) struct buf path = buf_of(4096);
	AUTO(buf_release) struct buf line = buf_of(SEEN_LINE_MAX);
	AUTO(close_fd) int file = -1;

	last_good_path(s, LAST_GOOD_SEEN, &path);
	TRY(files_take(OPENING_SEEN, buf_str(&path), &line, why, &file));
	err_t err = parse_seen(&line, &g->seen, &g->seen_s);
	if (err != OK)
		buf_printf(why, "%s: damaged", buf_str(&path));
	return err;
}

bool
governed_seen_is(const struct governed *g,
                 const struct governed_version *recovery)
{
	return g->seen.version == recovery->version &&
	       memcmp(g->seen.digest, recovery->digest, HASH_SIZE) == 0;
}

err_t
governed_seen_note(struct supervisor *s,
                   const struct governed_version *recovery)
{
	struct governed *g = &s->governed;
	AUTO(buf_release) struct buf line = buf_of(SEEN_LINE_MAX);
	AUTO(buf_release) struct buf why = buf_of(GOVERNED_WHY_MAX);
	uint64_t now_s = clock_wall_ms() / 1000;

	put_seen(&line, recovery, now_s);
	TRY(buf_status(&line));
	TRY(last_good_write(s, LAST_GOOD_SEEN, buf_bytes(&line), &why));
	g->seen = *recovery;
	g->seen_s = now_s;
	log_event(LOG_WARN, "trust-recovery-seen",
	          LOG_U64("version", recovery->version));
	return OK;
}
