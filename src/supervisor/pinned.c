/*
 * pinned.c - see pinned.h.
 */
#include "pinned.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auto.h"
#include "clock.h"
#include "log.h"
#include "pins_follow.h"
#include "opening.h"

#include "supervisor.h"

#define KEPT_NEW PINNED_KEPT_FILE ".new"

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}
DEFINE_AUTO(int, close_fd);

/* --- the directory of our own --------------------------------------------- */

/* Who may write there decides what rules the next life. */
static int
open_directory(const struct supervisor *s, struct buf *why)
{
	const char *path = s->config->state_directory;
	struct stat st;
	AUTO(close_fd)
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0) {
		buf_printf(why, "service.state_directory: cannot be opened");
		return -1;
	}
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		buf_printf(why, "service.state_directory: open to others");
		return -1;
	}
	int directory = fd;
	fd = -1;
	return directory;
}

static err_t
write_new(int directory, struct bytes text)
{
	(void)unlinkat(directory, KEPT_NEW, 0);
	AUTO(close_fd)
	int fd = openat(directory, KEPT_NEW,
	                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                0600);

	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len ||
	    fsync(fd) != 0)
		return E_IO;
	return OK;
}

/* On the disk when this returns OK. */
static err_t
keep(const struct supervisor *s, struct bytes text, struct buf *why)
{
	AUTO(close_fd) int directory = open_directory(s, why);

	if (directory < 0)
		return E_IO;
	if (write_new(directory, text) != OK ||
	    renameat(directory, KEPT_NEW, directory, PINNED_KEPT_FILE) != 0 ||
	    fsync(directory) != 0) {
		buf_append_str(why, "it cannot be kept in "
		                    "service.state_directory");
		return E_IO;
	}
	return OK;
}

/* --- judging -------------------------------------------------------------- */

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
judge(const struct supervisor *s, const struct pins *next, struct buf *why)
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

/* A file while it is looked at: the sealed copy, and its bytes. */
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
	c->file = opening_file(OPENING_PINS, path, why);
	if (c->file < 0)
		return errno == ENOENT ? E_NOT_FOUND : E_CONFIG;
	err_t err = files_read(c->file, &c->text);
	if (err != OK)
		buf_append_str(why, "it cannot be read, or is too long");
	return err;
}

/* From here on it rules. */
static void
enforce(struct pinned *p, struct pins **pins, struct candidate *c)
{
	pinned_release(p);
	p->pins = TAKE(*pins);
	p->text = c->text;
	p->file = c->file;
	c->text = buf_of(0);
	c->file = -1;
}

static err_t
adopt(struct supervisor *s, struct candidate *c, struct buf *why)
{
	AUTO(pins_free) struct pins *pins = NULL;

	TRY(read_pins(buf_bytes(&c->text), why, &pins));
	TRY(judge(s, pins, why));
	TRY(keep(s, buf_bytes(&c->text), why));
	enforce(&s->pinned, &pins, c);
	log_event(LOG_INFO, "pins-in-force",
	          LOG_U64("version", s->pinned.pins->version),
	          LOG_U64("keys", s->pinned.pins->n));
	return OK;
}

/* --- a start, and a look -------------------------------------------------- */

static void
say(struct supervisor *s, const char *why)
{
	struct pinned *p = &s->pinned;
	bool new = strncmp(p->why, why, sizeof(p->why) - 1) != 0;

	(void)snprintf(p->why, sizeof(p->why), "%s", why);
	if (new &&*why)
		log_event(LOG_ERROR, "pins-refused", LOG_STR("why", p->why));
}

void
pinned_start(struct supervisor *s)
{
	AUTO(candidate_release)
	struct candidate c = { -1, buf_of(PINS_FILE_MAX) };
	AUTO(buf_release) struct buf why = buf_of(PINNED_WHY_MAX);
	AUTO(buf_release) struct buf path = buf_of(4096);
	AUTO(pins_free) struct pins *pins = NULL;

	buf_printf(&path, "%s/" PINNED_KEPT_FILE, s->config->state_directory);
	err_t err = read_candidate(buf_str(&path), &c, &why);
	if (err == OK)
		err = read_pins(buf_bytes(&c.text), &why, &pins);
	if (err == OK)
		enforce(&s->pinned, &pins, &c);
	else if (err != E_NOT_FOUND)
		say(s, buf_str(&why));
}

bool
pinned_look(struct supervisor *s)
{
	struct pinned *p = &s->pinned;
	AUTO(candidate_release)
	struct candidate c = { -1, buf_of(PINS_FILE_MAX) };
	AUTO(buf_release) struct buf why = buf_of(PINNED_WHY_MAX);
	err_t err = read_candidate(s->config->pins_file, &c, &why);
	bool same = err == OK && p->pins &&
	            bytes_equal(buf_bytes(&c.text), buf_bytes(&p->text));

	if (err == OK && !same)
		err = adopt(s, &c, &why);
	/* A full disk may have room again; a bad file stays what it is. */
	p->again = err == E_IO || err == E_NOMEM;
	if (err != OK && why.len == 0)
		buf_append_str(&why, err_name(err));
	say(s, buf_str(&why));
	return err == OK && !same;
}

void
pinned_release(struct pinned *p)
{
	pins_free(TAKE(p->pins));
	buf_release(&p->text);
	close_fd(p->file);
	p->file = -1;
}
