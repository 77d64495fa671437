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
set_why(struct store_manager *sm, const char *what, const char *cause)
{
	(void)snprintf(sm->why, sizeof(sm->why), "%s%s", what, cause);
	for (char *c = sm->why; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = ' ';
}

void
store_manager_init(struct store_manager *sm, const char *directory)
{
	*sm = (struct store_manager){ .directory = directory };
	set_why(sm, "the database is not open yet", "");
}

void
store_manager_release(struct store_manager *sm)
{
	store_end(TAKE(sm->store));
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
is_older(const struct store_manager *sm, const struct store_marks *m)
{
	return sm->opened && (m->created_ms != sm->marks.created_ms ||
	                      m->sequence < sm->marks.sequence);
}

static err_t
open_store(struct store_manager *sm, struct buf *why)
{
	AUTO(store_close) struct store *s = NULL;
	const struct store_opening how = {
		.make_ms = clock_wall_ms(),
		.alive = sm->checking,
		.user = sm->user,
	};
	struct store_marks marks;

	TRY(store_open_as(sm->directory, &how, why, &s));
	err_t err = read_marks(s, &marks);
	if (err != OK) {
		buf_printf(why, "reading the marks: %s", store_error(s));
		return err;
	}
	if (is_older(sm, &marks)) {
		buf_append_str(why, "the database is not the previous one, or "
		                    "is an older copy of it");
		return E_DENIED;
	}
	if (marks.time_ms < sm->marks.time_ms)
		marks.time_ms = sm->marks.time_ms;
	sm->marks = marks;
	sm->store = TAKE(s);
	return OK;
}

/* Logs a cause once, as long as it stays the same. */
static void
note_store_refusal(struct store_manager *sm, err_t err, const char *cause)
{
	char before[sizeof(sm->why)];

	memcpy(before, sm->why, sizeof(before));
	set_why(sm, "", *cause ? cause : err_name(err));
	if (strcmp(before, sm->why) != 0)
		log_event(LOG_ERROR, "store-refused", LOG_ERR(err),
		          LOG_STR("why", sm->why));
}

void
store_manager_try(struct store_manager *sm)
{
	AUTO(buf_release) struct buf why = buf_of(CAUSE_MAX);
	uint64_t now = clock_mono_ms();

	if (sm->store && store_check_file(sm->store) != OK)
		store_manager_fail(sm, "checking for " STORE_FILE);
	if (sm->store || now < sm->retry_at)
		return;
	err_t err = open_store(sm, &why);
	uint64_t end = clock_mono_ms();
	sm->retry_at = end + (end - now) + STORE_MANAGER_RETRY_MS;
	if (sm->refused == E_NOT_FOUND && err == E_DENIED)
		sm->locked_out = true;
	sm->refused = err;
	if (err != OK) {
		note_store_refusal(sm, err, buf_str(&why));
		return;
	}
	sm->marked_ms = sm->opened_ms = sm->marks.time_ms;
	sm->opened_at = end;
	sm->opened = true;
	log_event(LOG_INFO, "store-opened",
	          LOG_U64("sequence", sm->marks.sequence));
}

/* A challenge has times in seconds, so one from the second in which the
 * database was created may be older than the database.  The ledger waits until
 * that second has passed. */
static bool
is_too_new(const struct store_manager *sm)
{
	return sm->marks.time_ms / 1000 <= sm->marks.horizon_ms / 1000;
}

bool
store_manager_ready(struct store_manager *sm)
{
	uint64_t now = clock_wall_ms();

	if (!sm->store)
		return false;
	bool back = now + CLOCK_TOLERANCE_MS < sm->marks.time_ms;
	if (back && !sm->clock_back)
		log_event(LOG_ERROR, "clock-went-back", LOG_U64("now_ms", now),
		          LOG_U64("seen_ms", sm->marks.time_ms));
	sm->clock_back = back;
	if (!back && now > sm->marks.time_ms)
		sm->marks.time_ms = now;
	return !back && !is_too_new(sm);
}

const char *
store_manager_why(const struct store_manager *sm)
{
	if (!sm->store)
		return sm->why;
	if (sm->clock_back)
		return "the clock went back";
	return is_too_new(sm) ? "the database was created or repaired within "
	                        "this second"
	                      : "";
}

void
store_manager_fail(struct store_manager *sm, const char *doing)
{
	log_event(LOG_ERROR, "store-failed", LOG_STR("doing", doing),
	          LOG_STR("why", store_error(sm->store)));
	set_why(sm, "the database failed at ", doing);
	store_close(TAKE(sm->store));
	sm->retry_at = 0; /* at the next tick */
}
