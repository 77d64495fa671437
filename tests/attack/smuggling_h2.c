/*
 * smuggling_h2.c - ambiguous requests over HTTP/2 (smuggling_h2.def).
 */
#include <stdio.h>

#include "tests/attack/attack.h"
#include "tests/common/base/frames.h"
#include "tests/common/base/frames_in.h"

enum outcome { SERVED, REFUSED, RESET, ENDED, SILENT };

static const char *const outcomes[] = { "served", "refused", "reset",
	                                "connection ended", "nothing" };

#define FIELDS_MAX 10

struct row {
	enum outcome want;
	const char *what;
	struct {
		struct bytes name, value;
	} fields[FIELDS_MAX];
	struct bytes
	        data; /* NULL: the head is the end; RAW: instead of a head */
	bool raw;
};

#define TEXT(s)                                     \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}
#define F(name, value) { TEXT(name), TEXT(value) },
#define METHOD F(":method", "GET")
#define METHOD_POST F(":method", "POST")
#define SCHEME F(":scheme", "https")
#define HOST F(":authority", "x")
#define PATH F(":path", "/healthz")
#define PATH_POST F(":path", "/v1/challenges")
#define POST                                                               \
	METHOD_POST SCHEME HOST PATH_POST F("content-type", "application/" \
	                                                    "json")

/* GET / https, and an :authority of a server's table, whose value is empty. */
#define GET_BLOCK "\x82\x84\x87\x81"

#define ASK(outcome, text, head) \
	{ .want = (outcome), .what = (text), .fields = { head } },
#define SEND(outcome, text, head, body) \
	{ .want = (outcome),            \
	  .what = (text),               \
	  .fields = { head },           \
	  .data = TEXT(body) },
#define RAW(outcome, text, frames) \
	{ .want = (outcome),       \
	  .what = (text),          \
	  .data = TEXT(frames),    \
	  .raw = true },

static const struct row rows[] = {
#include "tests/attack/smuggling_h2.def"
};

#define ROWS_LEAST 100

_Static_assert(ARRAY_LEN(rows) >= ROWS_LEAST, "a list of 100");

static void
put_head(struct buf *out, const struct row *row)
{
	AUTO(buf_release) struct buf block = buf_of(4096);

	for (size_t i = 0; i < FIELDS_MAX && row->fields[i].name.data; i++)
		frames_field(&block, row->fields[i].name, row->fields[i].value);
	frames_put(out,
	           &(struct frame){ FRAME_HEADERS,
	                            row->data.data ? FRAME_END_HEADERS
	                                           : FRAME_END_HEADERS |
	                                                     FRAME_END_STREAM,
	                            1, buf_bytes(&block) });
	if (row->data.data)
		frames_put(out, &(struct frame){ FRAME_DATA, FRAME_END_STREAM,
		                                 1, row->data });
}

/* What becomes of a stream.  Also when its connection ends: a GOAWAY says that. */
static enum outcome
outcome_of(struct frames_in *in, uint32_t stream)
{
	struct frame f;
	enum outcome seen = SILENT;

	while (seen == SILENT && frames_next(in, &f)) {
		int status =
		        f.type == FRAME_HEADERS ? frames_status(in, &f) : 0;

		if (f.type == FRAME_GOAWAY)
			seen = ENDED;
		else if (f.stream != stream)
			continue;
		else if (f.type == FRAME_RST_STREAM)
			seen = RESET;
		else if (status > 0)
			seen = status / 100 == 2   ? SERVED
			       : status / 100 == 4 ? REFUSED
			                           : SILENT;
	}
	return seen == SILENT && in->ended ? ENDED : seen;
}

static enum outcome
play(const struct stage *s, const struct row *row, bool *ret_goes_on)
{
	AUTO(buf_release) struct buf words = buf_of(65536);
	AUTO(raw_free)
	struct raw *c = raw_open(s->rig->hostile, s->rig->port, "h2");
	AUTO(frames_in_release) struct frames_in in = { .c = c };

	frames_hello(&words, 65535, true);
	if (row->raw)
		buf_append(&words, row->data);
	else
		put_head(&words, row);
	if (!c || !raw_send(c, buf_bytes(&words)))
		return SILENT;
	enum outcome seen = outcome_of(&in, 1);

	if (seen == ENDED) {
		*ret_goes_on = !raw_closed(c);
		return seen;
	}
	buf_reset(&words);
	frames_get(&words, 3, "/healthz");
	*ret_goes_on =
	        raw_send(c, buf_bytes(&words)) && outcome_of(&in, 3) == SERVED;
	return seen;
}

bool
attack_smuggling_h2(const struct stage *s)
{
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool goes_on = false;
		enum outcome seen = play(s, &rows[i], &goes_on);

		if (seen == rows[i].want && goes_on == (seen != ENDED))
			continue;
		printf("  %s: %s, wanted %s%s\n", rows[i].what, outcomes[seen],
		       outcomes[rows[i].want],
		       goes_on == (seen != ENDED) ? "" : "; what then?");
		good = false;
	}
	return good;
}
