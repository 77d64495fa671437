/*
 * pinned.c - see pinned.h.
 */
#include "supervisor/pinned.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "proc/opening.h"
#include "crypto/pins/follow.h"

#include "supervisor/last_good.h"
#include "supervisor/supervisor.h"

/* --- checks of a new file ------------------------------------------------- */

static err_t
read_pins(struct bytes text, struct buf *why, struct pins **ret_pins)
{
	AUTO(pins_free) struct pins *pins = NULL;

	TRY(pins_parse(text, why, &pins));
	TRY(pins_check(pins, why));
	*ret_pins = TAKE(pins);
	return OK;
}

static err_t
judge_next_pins(const struct supervisor *s, const struct pins *next,
                struct buf *why)
{
	const struct config *c = s->config;
	struct pins_token tokens[CONFIG_TOKENS_MAX];
	const struct pins_rules rules = {
		.now_s = clock_wall_ms() / 1000,
		.longest_s = c->ttl_max_s > c->result_ttl_s ? c->ttl_max_s
		                                            : c->result_ttl_s,
		.n = c->n_tokens,
		.tokens = tokens,
	};

	for (size_t i = 0; i < c->n_tokens; i++)
		tokens[i] = (struct pins_token){ c->tokens[i].name,
			                         c->tokens[i].node };
	return pins_follow(s->pinned.pins, next, &rules, why);
}

/* A file under examination: its sealed copy and its content. */
struct candidate {
	int file;
	struct buf text;
};

static void
candidate_release(struct candidate *c)
{
	close_fd(c->file);
	buf_release(&c->text);
}
DEFINE_AUTO_REF(struct candidate, candidate_release);

static err_t
read_candidate(const char *path, struct candidate *c, struct buf *why)
{
	return files_take(OPENING_PINS, path, &c->text, why, &c->file);
}

/* Puts the file into force. */
static void
enforce_pins(struct pinned *p, struct pins **pins, struct candidate *c)
{
	pinned_release(p);
	p->pins = TAKE(*pins);
	p->text = c->text;
	p->file = c->file;
	c->text = buf_of(0);
	c->file = -1;
}

static err_t
adopt_candidate(struct supervisor *s, struct candidate *c, struct buf *why)
{
	AUTO(pins_free) struct pins *pins = NULL;

	TRY(read_pins(buf_bytes(&c->text), why, &pins));
	TRY(judge_next_pins(s, pins, why));
	TRY(last_good_write(s, LAST_GOOD_PINS, buf_bytes(&c->text), why));
	enforce_pins(&s->pinned, &pins, c);
	log_event(LOG_INFO, "pins-in-force",
	          LOG_U64("version", s->pinned.pins->version),
	          LOG_U64("keys", s->pinned.pins->n));
	return OK;
}

/* --- start, and later checks ---------------------------------------------- */

static void
note_pins_why(struct supervisor *s, const char *why)
{
	struct pinned *p = &s->pinned;
	bool new = strncmp(p->why, why, sizeof(p->why) - 1) != 0;

	(void)snprintf(p->why, sizeof(p->why), "%s", why);
	if (new &&*why)
		log_event(LOG_ERROR, "pins-refused", LOG_STR("why", p->why));
}

/* Puts the file of the previous run into force.  E_NOT_FOUND: there is none. */
static err_t
take_last_good(struct supervisor *s, struct buf *why)
{
	AUTO(candidate_release)
	struct candidate c = { -1, buf_of(PINS_FILE_MAX) };
	AUTO(buf_release) struct buf path = buf_of(4096);
	AUTO(pins_free) struct pins *pins = NULL;

	last_good_path(s, LAST_GOOD_PINS, &path);
	TRY(read_candidate(buf_str(&path), &c, why));
	TRY(read_pins(buf_bytes(&c.text), why, &pins));
	enforce_pins(&s->pinned, &pins, &c);
	return OK;
}

void
pinned_start(struct supervisor *s)
{
	struct pinned *p = &s->pinned;
	AUTO(buf_release) struct buf why = buf_of(PINNED_WHY_MAX);
	err_t err = take_last_good(s, &why);

	p->unknown = err != OK && err != E_NOT_FOUND;
	p->again = p->unknown;
	if (!p->unknown)
		return;
	if (why.len == 0)
		buf_append_str(&why, err_name(err));
	note_pins_why(s, buf_str(&why));
}

bool
pinned_look(struct supervisor *s)
{
	struct pinned *p = &s->pinned;
	AUTO(candidate_release)
	struct candidate c = { -1, buf_of(PINS_FILE_MAX) };
	AUTO(buf_release) struct buf why = buf_of(PINNED_WHY_MAX);
	bool begun = !p->unknown;

	if (!begun)
		pinned_start(s);
	if (p->unknown)
		return false;
	err_t err = read_candidate(s->config->pins_file, &c, &why);
	bool same = err == OK && p->pins &&
	            bytes_equal(buf_bytes(&c.text), buf_bytes(&p->text));

	if (err == OK && !same)
		err = adopt_candidate(s, &c, &why);
	/* A full disk may have space again later; a bad file stays bad. */
	p->again = err == E_IO || err == E_NOMEM;
	if (err != OK && why.len == 0)
		buf_append_str(&why, err_name(err));
	note_pins_why(s, buf_str(&why));
	return (err == OK && !same) || (!begun && p->pins);
}

err_t
pinned_check(struct supervisor *s, struct buf *why)
{
	AUTO(candidate_release)
	struct candidate c = { -1, buf_of(PINS_FILE_MAX) };
	AUTO(pins_free) struct pins *pins = NULL;
	err_t err = take_last_good(s, why);

	if (err != E_NOT_FOUND)
		TRY(err);
	buf_reset(why);
	TRY(read_candidate(s->config->pins_file, &c, why));
	if (s->pinned.pins &&
	    bytes_equal(buf_bytes(&c.text), buf_bytes(&s->pinned.text)))
		return OK;
	TRY(read_pins(buf_bytes(&c.text), why, &pins));
	return judge_next_pins(s, pins, why);
}

void
pinned_release(struct pinned *p)
{
	pins_free(TAKE(p->pins));
	buf_release(&p->text);
	close_fd(p->file);
	p->file = -1;
}
