/*
 * rollout_file.c - see rollout_file.h.
 */
#include "ledger/rollout_file.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "proc/config.h"
#include "proc/role_spawn.h"

static bool
is_named(const struct rollout *r, const struct in_force *in_force)
{
	return in_force_policy(in_force, rollout_id(r), rollout_digest(r));
}

static void
say_why(struct rollout_file *f, const char *why)
{
	(void)snprintf(f->why, sizeof(f->why), "rollout: %s", why);
	log_event(LOG_ERROR, "rollout-refused", LOG_STR("why", f->why));
}

/* Takes up the next file, if there is one that may come into force. */
static void
take_next(struct rollout_file *f, const struct in_force *in_force)
{
	if (!f->next)
		return;
	if (!is_named(f->next, in_force)) {
		say_why(f, "the trust bundle does not name the rollout file");
		return;
	}
	rollout_free(f->in_force);
	f->in_force = TAKE(f->next);
	f->away_ms = 0;
	f->why[0] = '\0';
	f->n_overdue = 0; /* said once of each file */
	log_event(LOG_INFO, "rollout-read",
	          LOG_STR("id", rollout_id(f->in_force)),
	          LOG_U64("version", rollout_version(f->in_force)));
}

void
rollout_file_read(struct rollout_file *f, struct role *r,
                  const struct in_force *in_force)
{
	AUTO(buf_release) struct buf text = buf_of(ROLLOUT_TEXT_MAX + 1);
	AUTO(buf_release) struct buf why = buf_of(400);
	AUTO(rollout_free) struct rollout *next = NULL;
	err_t err = role_file_read(r, ROLLOUT_FILE, &text);

	if (err == OK)
		err = rollout_parse(buf_bytes(&text), &why, &next);
	role_file_again(r, ROLLOUT_FILE, err);
	if (err != OK) {
		say_why(f, why.len > 0 ? buf_str(&why) : err_name(err));
		return;
	}
	rollout_free(f->next);
	f->next = TAKE(next);
	take_next(f, in_force);
}

void
rollout_file_init(struct rollout_file *f, struct role *r,
                  const struct in_force *in_force)
{
	const char *path = role_config(r)->rollout_file;

	f->wanted = path && *path;
	if (f->wanted)
		rollout_file_read(f, r, in_force);
}

void
rollout_file_follow(struct rollout_file *f, const struct in_force *in_force)
{
	take_next(f, in_force);
	if (!f->in_force || is_named(f->in_force, in_force))
		return;
	/* It waits until a bundle names it again. */
	if (!f->next)
		f->next = TAKE(f->in_force);
	rollout_free(TAKE(f->in_force));
	say_why(f, "the trust bundle does not name the rollout file any more");
}

/* --- holds that nobody takes out ------------------------------------------ */

/* Every client may read /readyz, so owner and reason are in the log alone. */
static void
note_overdue(struct rollout_file *f, const struct rollout_overdue *first)
{
	char since[CLOCK_TEXT_SIZE];

	clock_format(first->since_s * 1000, since);
	(void)snprintf(f->alarm, sizeof(f->alarm),
	               "rollout: the hold of the %s %s, since %s, is older "
	               "than its alarm",
	               first->what, first->name, since);
}

static void
log_overdue(const struct rollout_overdue *o)
{
	char since[CLOCK_TEXT_SIZE];

	clock_format(o->since_s * 1000, since);
	log_event(LOG_WARN, "rollout-hold-overdue", LOG_STR("of", o->what),
	          LOG_STR("name", o->name), LOG_STR("owner", o->owner),
	          LOG_STR("since", since), LOG_STR("why", o->reason));
}

void
rollout_file_look(struct rollout_file *f, uint64_t now_s)
{
	struct rollout_overdue o;
	size_t n = 0;

	f->alarm[0] = '\0';
	while (rollout_overdue_at(f->in_force, now_s, n, &o))
		if (n++ == 0)
			note_overdue(f, &o);
	if (n > f->n_overdue)
		for (size_t i = 0;
		     rollout_overdue_at(f->in_force, now_s, i, &o); i++)
			log_overdue(&o);
	f->n_overdue = n;
}

bool
rollout_file_ready(const struct rollout_file *f)
{
	return !f->wanted || f->in_force;
}

int
rollout_file_check(void)
{
	AUTO(buf_release) struct buf text = buf_of(ROLLOUT_TEXT_MAX + 1);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(rollout_free) struct rollout *rollout = NULL;
	err_t err = spawn_input(&text);

	if (err == OK)
		err = rollout_parse(buf_bytes(&text), &why, &rollout);
	if (err == OK)
		return ROLE_EXIT_OK;
	fprintf(stderr, "anchord: rollout: %s\n",
	        why.len ? buf_str(&why) : err_name(err));
	return ROLE_EXIT_START;
}

void
rollout_file_release(struct rollout_file *f)
{
	rollout_free(TAKE(f->in_force));
	rollout_free(TAKE(f->next));
}
