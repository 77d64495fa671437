/*
 * poor.c - clients that do not care for their quota: what they ask beyond it is
 * refused, waits where it costs nothing, and does not fill the log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log_limit.h"
#include "front/limits.h"

#include "tests/common/base/h2_client.h"

#include "tests/attack/attack.h"

#define TOGETHER 200 /* streams */
#define ROUNDS 9     /* of them, which is what a client of h2_client.h counts */
#define AGAIN 400    /* requests on one connection of HTTP/1.1 */

/* Of the rig's client, each second and at once. */
#define POOR_RATE 1
#define POOR_BURST 20

/* Until it is over, many streams at a time: the last status. */
static int
flood_h2(const struct stage *s)
{
	AUTO(h2_free) struct h2 *h = h2_open(s->rig->poor, s->rig->port);
	int status = 0;

	for (unsigned round = 0; h && round < ROUNDS; round++) {
		size_t last = 0;

		for (unsigned i = 0; i < TOGETHER; i++)
			last = h2_submit(
			        h, &(struct h2_request){ .path = "/v1/keys" });
		if (!h2_flush(h))
			return 0;
		status = h2_wait(h, last)->status;
		if (stage_over(s))
			break;
	}
	return status;
}

/* One after the other, of every kind that is answered. */
static int
flood_h1(const struct stage *s)
{
	static const char *const paths[] = { "/v1/keys", "/healthz",
		                             "/nothing" };
	AUTO(raw_free)
	struct raw *c = raw_open(s->rig->poor, s->rig->port, "http/1.1");
	int status = 0;

	for (unsigned i = 0; c && i < AGAIN; i++) {
		status = raw_get(c, paths[i % ARRAY_LEN(paths)]);
		if (status == 0 || stage_over(s))
			break;
	}
	return status;
}

/* It is answered, and refused; what it says beyond that waits in its own
 * buffers, so that the well-behaved client is served as always. */
bool
attack_quota(const struct stage *s)
{
	int status;

	do {
		status = s->which == 0 ? flood_h2(s) : flood_h1(s);
		if (status != 429)
			printf("  over its quota: %d\n", status);
	} while (status == 429 && !stage_over(s));
	return status == 429;
}

/* --- what of it is written ---------------------------------------------------- */

/* A head that cannot be read is one connection, and one line. */
static bool
say_nonsense(const struct stage *s, const struct client_identity *id)
{
	AUTO(raw_free) struct raw *c = raw_open(id, s->rig->port, "http/1.1");

	return c && raw_ask(c, "GET\r\n\r\n") >= 400;
}

/* 403, of one whom the configuration does not name. */
static bool
ask_as_stranger(const struct stage *s)
{
	AUTO(raw_free)
	struct raw *c = raw_open(s->rig->stranger, s->rig->port, "http/1.1");

	for (unsigned i = 0; c && i < AGAIN && !stage_over(s); i++)
		if (raw_get(c, "/v1/keys") != 403)
			return false;
	return c != NULL;
}

/* Lines that have this text. */
static unsigned
count_lines(const char *path, const char *text)
{
	FILE *f = fopen(path, "r");
	char line[4096];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, text) != NULL;
	if (f)
		(void)fclose(f);
	return n;
}

/* Of a kind there are LOG_LIMIT_BURST lines, so many each second after that, and
 * the number of those that are missing, likewise each second. */
static bool
is_short(const struct stage *s, const char *text, unsigned paid, uint64_t began)
{
	unsigned seconds = (unsigned)((clock_mono_ms() - began) / 1000) + 1;
	unsigned n = count_lines(s->log, text);
	unsigned most = paid + LOG_LIMIT_BURST + (LOG_LIMIT_RATE + 1) * seconds;

	printf("  %u lines of%s, %u at most\n", n, text, most);
	return n > 0 && n <= most;
}

static unsigned
paid_since(unsigned burst, unsigned rate, uint64_t began)
{
	uint64_t ms = clock_mono_ms() - began;

	return burst + (unsigned)(rate * ms / 1000) + 1;
}

/* Everything that somebody over his quota can have written: what he paid for has a
 * line each, all the rest is limited. */
bool
attack_log(const struct stage *s)
{
	uint64_t began = clock_mono_ms();
	bool good;

	if (s->which == 0) {
		do {
			good = flood_h2(s) == 429 && flood_h1(s) > 0 &&
			       say_nonsense(s, s->rig->poor);
		} while (good && !stage_over(s));
		return good &&
		       is_short(s, " tenant=poor",
		                paid_since(POOR_BURST, POOR_RATE, began),
		                began);
	}
	do {
		good = ask_as_stranger(s) && say_nonsense(s, s->rig->stranger);
	} while (good && !stage_over(s));
	return good &&
	       is_short(s, " tenant=\"\"",
	                paid_since(LIMIT_STRANGERS, LIMIT_STRANGERS, began),
	                began);
}
