/*
 * store_manager.c - see store_manager.h.
 */
#include "ledger/store_manager.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ledger/store/open.h"

/* Maximum bytes of a cause in messages. */
#define CAUSE_MAX 4096

/* Makes one line of the cause, because it is sent in messages of one line and
 * SQLite's text may have several. */
static void
set_why(struct store_manager *k, const char *what, const char *cause)
{
	(void)snprintf(k->why, sizeof(k->why), "%s%s", what, cause);
	for (char *c = k->why; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = ' ';
}

void
store_manager_init(struct store_manager *k, const char *directory)
{
	*k = (struct store_manager){ .directory = directory };
	set_why(k, "the database is not open yet", "");
}

void
store_manager_release(struct store_manager *k)
{
	store_end(TAKE(k->store));
}

/* The marks belong to the opening: without them there is no time and no
 * sequence. */
static err_t
read_marks(struct store *s, struct store_marks *ret)
{
	TRY(store_begin(s));
	TRY(store_marks_get(s, ret));
	return store_commit(s);
}

/* Within one process the database only grows.  One that knows less was restored
 * from a copy, which does not contain the latest redemptions. */
static bool
is_older(const struct store_manager *k, const struct store_marks *m)
{
	return k->opened && (m->created_ms != k->marks.created_ms ||
	                     m->sequence < k->marks.sequence);
}

static err_t
open_store(struct store_manager *k, struct buf *why)
{
	AUTO(store_close) struct store *s = NULL;
	const struct store_opening how = {
		.make_ms = clock_wall_ms(),
		.alive = k->checking,
		.user = k->user,
	};
	struct store_marks marks;

	TRY(store_open_as(k->directory, &how, why, &s));
	err_t err = read_marks(s, &marks);
	if (err != OK) {
		buf_printf(why, "reading the marks: %s", store_error(s));
		return err;
	}
	if (is_older(k, &marks)) {
		buf_append_str(why, "the database is not the one we had, or "
		                    "an older copy of it");
		return E_DENIED;
	}
	if (marks.time_ms < k->marks.time_ms)
		marks.time_ms = k->marks.time_ms;
	k->marks = marks;
	k->store = TAKE(s);
	return OK;
}

/* Logs a cause once, as long as it stays the same. */
static void
note(struct store_manager *k, err_t err, const char *cause)
{
	char before[sizeof(k->why)];

	memcpy(before, k->why, sizeof(before));
	set_why(k, "", *cause ? cause : err_name(err));
	if (strcmp(before, k->why) != 0)
		log_event(LOG_ERROR, "store-refused", LOG_ERR(err),
		          LOG_STR("why", k->why));
}

void
store_manager_try(struct store_manager *k)
{
	AUTO(buf_release) struct buf why = buf_of(CAUSE_MAX);
	uint64_t now = clock_mono_ms();

	if (k->store && store_check_file(k->store) != OK)
		store_manager_fail(k, "looking for " STORE_FILE);
	if (k->store || now < k->retry_at)
		return;
	err_t err = open_store(k, &why);
	uint64_t end = clock_mono_ms();
	k->retry_at = end + (end - now) + STORE_MANAGER_RETRY_MS;
	if (k->refused == E_NOT_FOUND && err == E_DENIED)
		k->locked_out = true;
	k->refused = err;
	if (err != OK) {
		note(k, err, buf_str(&why));
		return;
	}
	k->marked_ms = k->marks.time_ms;
	k->opened = true;
	log_event(LOG_INFO, "store-opened",
	          LOG_U64("sequence", k->marks.sequence));
}

/* A challenge has times in seconds, so one from the second in which the
 * database was created may be older than the database.  The ledger waits until
 * that second has passed. */
static bool
is_too_new(const struct store_manager *k)
{
	return k->marks.time_ms / 1000 <= k->marks.horizon_ms / 1000;
}

bool
store_manager_ready(struct store_manager *k)
{
	uint64_t now = clock_wall_ms();

	if (!k->store)
		return false;
	bool back = now + CLOCK_TOLERANCE_MS < k->marks.time_ms;
	if (back && !k->clock_back)
		log_event(LOG_ERROR, "clock-went-back", LOG_U64("now_ms", now),
		          LOG_U64("seen_ms", k->marks.time_ms));
	k->clock_back = back;
	if (!back && now > k->marks.time_ms)
		k->marks.time_ms = now;
	return !back && !is_too_new(k);
}

const char *
store_manager_why(const struct store_manager *k)
{
	if (!k->store)
		return k->why;
	if (k->clock_back)
		return "the clock went back";
	return is_too_new(k) ? "the database was made or repaired just now"
	                     : "";
}

void
store_manager_fail(struct store_manager *k, const char *doing)
{
	log_event(LOG_ERROR, "store-failed", LOG_STR("doing", doing),
	          LOG_STR("why", store_error(k->store)));
	set_why(k, "the database failed at ", doing);
	store_close(TAKE(k->store));
	k->retry_at = 0; /* at the next tick */
}
