/*
 * record.c - see record.h.
 *
 * An officer may destroy a key only when its successor signs.  Only this
 * process knows that, so it writes it to a file which `anchorctl token rotate`
 * reads. What a later process reads back can only forbid a key; it never makes
 * a key sign.
 */
#include "keyholder/device/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keyholder/keyholder.h"
#include "base/log.h"
#include "crypto/pins/signs.h"
#include "proc/replace.h"

#define ENDED_FILE "ended"
#define TRIAL_FILE "trial"
#define TEXT_MAX (PINS_MAX * KID_SIZE + 1) /* bytes of the longest file */

/* --- files ---------------------------------------------------------------- */

static void
put_record(const struct keyholder *k, const char *name, struct buf *text)
{
	const struct replacement record = { .name = name,
		                            .suffix = ".new",
		                            .mode = 0600,
		                            .content = buf_bytes(text) };

	if (buf_status(text) != OK ||
	    file_replace(k->device.latch.directory, &record) != OK)
		log_event(LOG_ERROR, "record-not-written",
		          LOG_STR("name", name));
}

/* Not durable: a file that reappears after a power loss is removed by the next
 * process and does no harm until then. */
static void
drop_record(const struct keyholder *k, const char *name)
{
	if (unlinkat(k->device.latch.directory, name, 0) != 0 &&
	    errno != ENOENT)
		log_event(LOG_ERROR, "record-not-removed",
		          LOG_STR("name", name));
}

/* Reads the file; "" if there is none. */
static err_t
get_record(const struct keyholder *k, const char *name,
           char text[static TEXT_MAX])
{
	AUTO(close_fd)
	int fd = openat(k->device.latch.directory, name,
	                O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	text[0] = '\0';
	if (fd < 0)
		return errno == ENOENT ? OK : E_IO;
	ssize_t n = read(fd, text, TEXT_MAX - 1);
	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? E_IO : OK;
}

/* --- which key signs ------------------------------------------------------ */

void
record_signs(const struct keyholder *k)
{
	const struct signing *s = &k->signing;
	AUTO(buf_release) struct buf text = buf_of(PINS_SIGNS_MAX);
	struct pins_signs signs = { .version = s->pins->version };

	memcpy(signs.kid, s->keys[s->key].pin.kid, sizeof(signs.kid));
	pins_signs_put(&text, &signs);
	put_record(k, PINS_SIGNS_FILE, &text);
}

void
record_clear(const struct keyholder *k)
{
	if (k->device.latch.directory >= 0)
		drop_record(k, PINS_SIGNS_FILE);
}

/* --- keys that have ended ------------------------------------------------- */

bool
record_has_ended(const struct keyholder *k, const char *kid)
{
	const struct record *r = &k->signing.record;

	for (size_t i = 0; i < r->n_ended; i++)
		if (strcmp(r->ended[i], kid) == 0)
			return true;
	return false;
}

static void
write_ended(const struct keyholder *k)
{
	const struct record *r = &k->signing.record;
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	for (size_t i = 0; i < r->n_ended; i++)
		buf_printf(&text, "%s\n", r->ended[i]);
	put_record(k, ENDED_FILE, &text);
}

/* True if the ended key may be forgotten: the pins file has no row for it, so
 * it cannot sign; or a later version gives it no end. */
static bool
is_forgotten(const struct keyholder *k, const char *kid)
{
	const struct pin *pin = pins_find(k->signing.pins, bytes_of_str(kid));

	return !pin || pin->until_s == 0;
}

void
record_forget(struct keyholder *k)
{
	struct record *r = &k->signing.record;
	size_t n = 0;

	for (size_t i = 0; i < r->n_ended; i++)
		if (!is_forgotten(k, r->ended[i]))
			memmove(r->ended[n++], r->ended[i], KID_SIZE);
	if (n == r->n_ended)
		return;
	r->n_ended = n;
	write_ended(k);
}

/* There is room, because only pinned keys are stored and this one is pinned,
 * too. */
void
record_end(struct keyholder *k, const char *kid)
{
	struct record *r = &k->signing.record;

	(void)snprintf(r->ended[r->n_ended++], KID_SIZE, "%s", kid);
	write_ended(k);
}

static err_t
read_ended(struct keyholder *k)
{
	struct record *r = &k->signing.record;
	char text[TEXT_MAX];

	TRY(get_record(k, ENDED_FILE, text));
	for (const char *at = text; *at; at += KID_SIZE) {
		if (r->n_ended == PINS_MAX || strcspn(at, "\n") != KID_SIZE - 1)
			return E_IO;
		(void)snprintf(r->ended[r->n_ended++], KID_SIZE, "%.*s",
		               KID_SIZE - 1, at);
	}
	return OK;
}

/* --- keys under test ------------------------------------------------------ */

/* The trial under this version of the pins file; another version starts
 * again. */
static struct record_trial *
trial_of(struct keyholder *k, const char *kid)
{
	struct record *r = &k->signing.record;

	for (size_t i = 0; i < RECORD_KEYS; i++)
		if (strcmp(r->trials[i].kid, kid) == 0 &&
		    r->trials[i].version == k->signing.pins->version)
			return &r->trials[i];
	return NULL;
}

/* A free entry, or one of another version; there are more than keys in use. */
static struct record_trial *
new_trial(struct keyholder *k, const char *kid)
{
	struct record *r = &k->signing.record;
	struct record_trial *t = r->trials;

	while (t < r->trials + RECORD_KEYS - 1 && t->kid[0] &&
	       t->version == k->signing.pins->version)
		t++;
	*t = (struct record_trial){ .version = k->signing.pins->version };
	(void)snprintf(t->kid, sizeof(t->kid), "%s", kid);
	return t;
}

static void
write_trials(const struct keyholder *k)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	for (size_t i = 0; i < RECORD_KEYS; i++) {
		const struct record_trial *t = &k->signing.record.trials[i];

		if (t->kid[0])
			buf_printf(&text, "%s %" PRIu32 " %u\n", t->kid,
			           t->version, t->lives);
	}
	put_record(k, TRIAL_FILE, &text);
}

void
record_try(struct keyholder *k, const char *kid)
{
	struct record_trial *t = trial_of(k, kid);

	if (!t)
		t = new_trial(k, kid);
	t->lives++;
	write_trials(k);
}

void
record_tried(struct keyholder *k, const char *kid)
{
	struct record_trial *t = trial_of(k, kid);

	if (!t)
		return;
	t->kid[0] = '\0';
	write_trials(k);
}

bool
record_is_poison(struct keyholder *k, const char *kid)
{
	const struct record_trial *t = trial_of(k, kid);

	return t && t->lives >= RECORD_TRIALS;
}

/* Malformed content is ignored. */
static err_t
read_trials(struct keyholder *k)
{
	struct record *r = &k->signing.record;
	char text[TEXT_MAX];
	char *at = text;

	TRY(get_record(k, TRIAL_FILE, text));
	for (size_t i = 0;
	     i < RECORD_KEYS && strcspn(at, " \n") == KID_SIZE - 1; i++) {
		struct record_trial *t = &r->trials[i];

		(void)snprintf(t->kid, sizeof(t->kid), "%.*s", KID_SIZE - 1,
		               at);
		at += KID_SIZE - 1;
		t->version = (uint32_t)strtoul(at, &at, 10);
		t->lives = (unsigned)strtoul(at, &at, 10);
		at += *at == '\n';
	}
	return OK;
}

err_t
record_open(struct keyholder *k)
{
	k->signing.record = (struct record){ .n_ended = 0 };
	record_clear(k);
	TRY(read_ended(k));
	return read_trials(k);
}
