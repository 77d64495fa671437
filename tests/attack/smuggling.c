/*
 * smuggling.c - ambiguous requests over HTTP/1.1 (smuggling.def).
 */
#include <stdio.h>

#include "tests/attack/attack.h"

#define HEAD(fields, body)                            \
	"POST /v1/challenges HTTP/1.1\r\nHost: x\r\n" \
	"Content-Type: application/json\r\n" fields "\r\n\r\n" body,
#define LINE(line) line "\r\nHost: x\r\n\r\n",
#define WHOLE(all) all,

static const char *const requests[] = {
#include "tests/attack/smuggling.def"
};

#define SMUGGLING_LEAST 100

_Static_assert(ARRAY_LEN(requests) >= SMUGGLING_LEAST, "a list of 100");

/* Refused once, with nothing after that; or ended without a word. */
static bool
is_refused(const struct stage *s, const char *text)
{
	AUTO(raw_free)
	struct raw *c = raw_open(s->rig->hostile, s->rig->port, "http/1.1");
	int status = c && raw_send(c, bytes_of_str(text)) ? raw_receive(c) : -1;

	return (status == 0 || (status >= 400 && status < 500)) &&
	       raw_closed(c);
}

bool
attack_smuggling(const struct stage *s)
{
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(requests); i++)
		if (!is_refused(s, requests[i])) {
			printf("  taken: row %zu\n%s\n", i, requests[i]);
			good = false;
		}
	return good;
}
