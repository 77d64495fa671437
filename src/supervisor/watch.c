/*
 * watch.c - files that are replaced while the service runs.
 *
 * The supervisor checks them every WATCH_MS and sends a changed file to the
 * roles that use it, which decide whether it is valid.  The pins file
 * (pinned.h) or trust chain (governed.h) and the list of revoked certificates
 * (revoked.h) are checked by the supervisor itself, and roles get those in force.  A
 * changed policy is offered beside the one before (offered.h).  When a file disappears,
 * roles keep what they have: the list in force becomes stale with time, the
 * pins stay in force.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "proc/opening.h"

#include "supervisor/supervisor.h"

static struct watch
watch_of_stat(int error, const struct stat *st)
{
	struct watch w = { .error = error };

	if (w.error)
		return w;
	w.changed_at = st->st_ctim; /* ctime cannot be set */
	w.device = st->st_dev;
	w.inode = st->st_ino;
	w.size = st->st_size;
	return w;
}

static struct watch
look_at_watched(const struct supervisor *s, size_t i)
{
	struct stat st;
	int error = watched_look(s, i, &st);

	return watch_of_stat(error, &st);
}

static bool
same_watch(const struct watch *a, const struct watch *b)
{
	return a->error == b->error && a->inode == b->inode &&
	       a->device == b->device && a->size == b->size &&
	       a->changed_at.tv_sec == b->changed_at.tv_sec &&
	       a->changed_at.tv_nsec == b->changed_at.tv_nsec;
}

/* Each role gets a file description of its own, because the offset is
 * shared. */
static void
give_copy(struct supervisor *s, struct child *c, const char *name, int copy)
{
	int fd = opening_again(copy);

	if (fd < 0) { /* the next process gets it at its start */
		child_kill(c, "cannot be given a file");
		return;
	}
	child_give_file(s, c, name, fd);
	close(fd);
	if (channel_flush(c->lifeline) != OK)
		child_kill(c, "cannot be given a file");
}

/* Opens a changed file and logs it. */
static int
take_up(const struct supervisor *s, size_t i)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	int copy = watched_open(s, i, &why);

	if (copy >= 0)
		log_event(LOG_INFO, "file-found",
		          LOG_STR("name", watched_name(i)),
		          LOG_STR("path", watched_path(s, i)));
	else if (errno != ENOENT || !watched_word(i))
		log_event(LOG_ERROR, "file-unusable",
		          LOG_STR("name", watched_name(i)),
		          LOG_STR("why", buf_str(&why)));
	return copy;
}

static bool
is_for_roles(struct supervisor *s, size_t i, int copy)
{
	if (watched_offered(i))
		return offered_look(s, copy);
	return !watched_judged(i) || revoked_judge(s, copy);
}

/* Sends one copy to all roles that use it, since the file's owner decides how
 * often it changes. */
static void
hand_out_change(struct supervisor *s, size_t i)
{
	int copy = take_up(s, i);

	if (copy < 0)
		return;
	bool rules = is_for_roles(s, i, copy);
	for (size_t c = 0; rules && c < s->n_children; c++) {
		struct child *child = &s->children[c];
		if (watched_by(child, i) && child->lifeline)
			give_copy(s, child, watched_name(i), copy);
	}
	close(copy);
}

/* The pins file or the trust bundle. */
static struct watch
look_at_in_force(const struct supervisor *s)
{
	const struct config *c = s->config;
	struct stat st;
	int error = config_has_officers(c)
	                    ? opening_look(OPENING_CHAIN, c->bundle_file, &st)
	                    : opening_look(OPENING_PINS, c->pins_file, &st);

	return watch_of_stat(error, &st);
}

static bool
is_again_due(const struct supervisor *s)
{
	const struct governed *g = &s->governed;

	if (!config_has_officers(s->config))
		return s->pinned.again;
	return g->again && s->watched_at >= g->again_ms;
}

static void
turn_in_force(struct supervisor *s, bool first)
{
	const struct watch w = look_at_in_force(s);
	const char *name;

	if (!first && !is_again_due(s) && same_watch(&w, &s->in_force_watch))
		return;
	s->in_force_watch = w;
	if (!(config_has_officers(s->config) ? governed_look(s)
	                                     : pinned_look(s)))
		return;
	int file = files_in_force(s, &name);
	for (size_t c = 0; c < s->n_children; c++)
		if (s->children[c].lifeline)
			give_copy(s, &s->children[c], name, file);
}

/* A new approval by an officer makes us judge the list again.  The approval
 * comes before the list in the table. */
static void
turn_files(struct supervisor *s, bool first)
{
	bool word = false;

	for (size_t i = 0; i < WATCHED; i++) {
		if (!watched_path(s, i)[0])
			continue;
		const struct watch w = look_at_watched(s, i);
		if (!first && same_watch(&w, &s->watches[i]) &&
		    !(word && watched_judged(i)))
			continue;
		s->watches[i] = w;
		word = word || watched_word(i);
		hand_out_change(s, i);
	}
}

int
watch_turn(struct supervisor *s)
{
	uint64_t now = clock_mono_ms();
	bool first = s->watched_at == 0;

	if (!first && now < s->watched_at + WATCH_MS)
		return (int)(s->watched_at + WATCH_MS - now);
	s->watched_at = now;
	governed_clock(s);
	turn_in_force(s, first);
	turn_files(s, first);
	revoked_keep(s);
	governed_expiry_look(&s->governed.expiry, s->governed.bundle,
	                     clock_wall_ms() / 1000);
	return WATCH_MS;
}
