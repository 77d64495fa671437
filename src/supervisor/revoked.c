/*
 * revoked.c - see revoked.h.
 */
#include "supervisor/revoked.h"

#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "evidence/revocation/follow.h"
#include "proc/content.h"

#include "supervisor/last_good.h"
#include "supervisor/supervisor.h"

/* --- checks of a new list ------------------------------------------------- */

/* The digest that an officer accepted; NULL: none. */
static const uint8_t *
read_accepted_file(const struct supervisor *s, uint8_t digest[static HASH_SIZE])
{
	const char *path = s->config->revocation_accepted;
	AUTO(buf_release) struct buf text = buf_of(4096);
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	AUTO(close_fd) int file = -1;

	if (!*path ||
	    files_take(OPENING_ACCEPTED, path, &text, &why, &file) != OK ||
	    revocation_accepted_read(buf_bytes(&text), digest) != OK)
		return NULL;
	return digest;
}

static uint64_t
revocations_from(const struct supervisor *s)
{
	const struct bundle *b = s->governed.bundle;

	return b ? b->revocations_from_s : 0;
}

bool
revoked_outdated(const struct supervisor *s)
{
	const struct revocations *list = s->revoked.list;

	return list && revocations_at_s(list) < revocations_from(s);
}

static err_t
judge_next_list(const struct supervisor *s, const struct revocations *next,
                struct buf *why)
{
	uint8_t digest[HASH_SIZE];
	const struct revocation_rules rules = {
		.now_s = clock_wall_ms() / 1000,
		.accepted = read_accepted_file(s, digest),
		.from_s = revocations_from(s),
	};

	return revocations_follow(s->revoked.list, next, &rules, why);
}

/* Takes ownership of text. */
static err_t
open_revocation_list(struct buf *text, struct buf *why,
                     struct revocations **ret_list)
{
	err_t err = revocations_open(text, why, ret_list);

	if (err != OK && why->len == 0)
		buf_append_str(why, err_name(err));
	return err;
}

static bool
is_in_force(const struct revoked *r, const struct revocations *next)
{
	return r->list &&
	       bytes_equal(revocations_file(next), revocations_file(r->list));
}

/* Puts the list into force. */
static err_t
enforce_list(struct revoked *r, struct revocations **list, int file)
{
	AUTO(close_fd) int own = opening_again(file);
	char at[CLOCK_TEXT_SIZE];

	if (own < 0)
		return E_IO;
	revoked_release(r);
	r->list = TAKE(*list);
	r->file = own;
	own = -1;
	clock_format(revocations_at_s(r->list) * 1000, at);
	log_event(LOG_INFO, "revocation-in-force",
	          LOG_U64("entries", revocations_count(r->list)),
	          LOG_STR("fetched", at));
	return OK;
}

/* --- start, and new lists ------------------------------------------------- */

static void
refuse_list(struct revoked *r, struct buf *why, err_t err)
{
	(void)snprintf(r->why, sizeof(r->why), "%s",
	               why->len ? buf_str(why) : err_name(err));
	log_event(LOG_ERROR, "revocation-refused", LOG_STR("why", r->why));
}

void
revoked_start(struct supervisor *s)
{
	struct revoked *r = &s->revoked;
	AUTO(buf_release) struct buf text = buf_of(REVOCATION_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	AUTO(buf_release) struct buf path = buf_of(4096);
	AUTO(revocations_free) struct revocations *list = NULL;
	AUTO(close_fd) int file = -1;

	if (!*s->config->revocation_file)
		return;
	last_good_path(s, LAST_GOOD_REVOCATION, &path);
	err_t err = files_take(OPENING_REVOCATION_KEPT, buf_str(&path), &text,
	                       &why, &file);
	if (err == OK)
		err = open_revocation_list(&text, &why, &list);
	if (err == OK)
		err = enforce_list(r, &list, file);
	r->kept = err == OK;
	if (err != OK && err != E_NOT_FOUND)
		refuse_list(r, &why, err);
}

bool
revoked_judge(struct supervisor *s, int file)
{
	struct revoked *r = &s->revoked;
	AUTO(buf_release) struct buf text = buf_of(REVOCATION_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	AUTO(revocations_free) struct revocations *list = NULL;
	err_t err = content_read(file, &text);

	if (err == OK)
		err = open_revocation_list(&text, &why, &list);
	bool same = err == OK && is_in_force(r, list);
	if (err == OK && !same)
		err = judge_next_list(s, list, &why);
	if (err == OK && !same)
		err = enforce_list(r, &list, file);
	if (err != OK) {
		refuse_list(r, &why, err);
		return false;
	}
	r->why[0] = '\0';
	revoked_keep(s);
	return !same;
}

void
revoked_keep(struct supervisor *s)
{
	struct revoked *r = &s->revoked;
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

	if (!r->list || r->kept)
		return;
	r->kept = last_good_write(s, LAST_GOOD_REVOCATION,
	                          revocations_file(r->list), &why) == OK;
	if (!r->kept && !r->complained)
		log_event(LOG_ERROR, "revocation-not-kept",
		          LOG_STR("why", buf_str(&why)));
	r->complained = !r->kept;
}

void
revoked_release(struct revoked *r)
{
	revocations_free(TAKE(r->list));
	close_fd(r->file);
	r->file = -1;
	r->kept = false;
}
