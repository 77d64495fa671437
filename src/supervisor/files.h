/*
 * files.h - the files that the supervisor opens and passes to its children.
 */
#ifndef SUPERVISOR_FILES_H
#define SUPERVISOR_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/buf.h"
#include "proc/config.h"
#include "base/err.h"
#include "proc/opening.h"
#include "wire/wire.h"

struct child;
struct supervisor;

/* What is opened once and passed to every process of a role, also after
 * restarts. */
struct files {
	int config;      /* sealed copies, so that all read the same text */
	int policy;      /* what verifiers begin with (offered.h) */
	int verdict_key; /* generated at each start */
	int listen;
	int quotas; /* quota state, written by all fronts */
};

/* Reads and parses the configuration.  Settings that are given by an old name are
 * said: on standard error for --check, otherwise in the log.  E_CONFIG: the cause
 * is on standard error. */
MUST_CHECK err_t files_config(struct supervisor *s, bool check);

/* Opens the shared files, binds the socket, and checks that the files exist
 * without which the roles cannot start.  E_CONFIG as above. */
MUST_CHECK err_t files_open(struct supervisor *s);
void files_release(struct files *f);

/* For --check.  files_try() opens the i-th file (from 0) without which nothing
 * starts.  E_CONFIG: why has the cause; E_NOT_FOUND: there are no more.
 * files_pin() and files_companion_pin() open a PIN file and return its
 * descriptor, or -1. */
MUST_CHECK err_t files_try(struct supervisor *s, size_t i, struct buf *why);
int files_pin(const struct supervisor *s, const struct child *c,
              struct buf *why);
int files_companion_pin(const struct supervisor *s, const struct child *c,
                        struct buf *why);

/* Calls opening_file() and content_read(): returns the sealed copy, which the
 * caller closes, and its content.  E_NOT_FOUND: the file does not exist.
 * E_CONFIG, or content_read()'s error: why has the cause. */
MUST_CHECK err_t files_take(enum opening kind, const char *path,
                            struct buf *out, struct buf *why, int *ret_file);

/* The sealed copy of the pins file or of the trust chain in force, and the name
 * by which roles get it; -1: none yet. */
int files_in_force(const struct supervisor *s, const char **ret_name);

/* The table of files that may change while the service runs, by index.
 *
 *   watched_path      the path, "" if not configured
 *   watched_anchors   a file of trust anchors or of their certificates,
 *                     without which no verifier is ready
 *   watched_word      an officer's approval, which may be absent
 *   watched_judged    the supervisor decides whether it comes into force
 *   watched_offered   policy.file, offered beside what verifiers began with
 *   watched_by        that child's role uses it
 *   watched_at_birth  handed over at the start from this table, not from the
 *                     table in files.c
 *   watched_for       what the child gets at its start; -1: nothing
 *
 * watched_open() and watched_look() are opening_file() and opening_look() for
 * it. */
#define WATCHED (CONFIG_ANCHORS_MAX + 10)
const char *watched_name(size_t i);
const char *watched_path(const struct supervisor *s, size_t i);
bool watched_anchors(size_t i);
bool watched_word(size_t i);
bool watched_judged(size_t i);
bool watched_offered(size_t i);
bool watched_by(const struct child *c, size_t i);
bool watched_at_birth(size_t i);
int watched_open(const struct supervisor *s, size_t i, struct buf *why);
int watched_for(const struct supervisor *s, const struct child *c, size_t i);
int watched_look(const struct supervisor *s, size_t i, struct stat *ret_stat);

/* The open files for one start of a child. */
#define HANDOVER_MAX (CONFIG_ANCHORS_MAX + 9)

struct handover {
	size_t n;
	struct {
		const char *name;
		int fd;
	} rows[HANDOVER_MAX];
};

/* Opens all files of a child.  E_CONFIG: one is missing, or its permissions are
 * too wide; why names it, and the start is postponed. */
MUST_CHECK err_t handover_open(const struct supervisor *s,
                               const struct child *c,
                               struct handover *ret_handover, struct buf *why);
void handover_release(struct handover *h);
DEFINE_AUTO_REF(struct handover, handover_release);

#endif
