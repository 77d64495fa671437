/*
 * files.h - what the supervisor opens, and hands to its children.
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

/* What is opened once and handed to every life of a child. */
struct files {
	int config; /* sealed copies: all lives read the same text */
	int policy;
	int verdict_key; /* new in each life of the service */
	int listen;
	int quotas; /* what clients have used, written by all fronts */
};

/* Reads and parses the configuration.  E_CONFIG: said on standard error. */
MUST_CHECK err_t files_config(struct supervisor *s);

/* Opens what is shared, binds the socket, and checks that the files that roles
 * cannot start without are there.  E_CONFIG likewise. */
MUST_CHECK err_t files_open(struct supervisor *s);
void files_release(struct files *f);

/* For who only looks: the i-th of the files without which nothing starts, from 0
 * on (E_CONFIG: why; E_NOT_FOUND: there is no such), and a token's PIN, a
 * descriptor or -1. */
MUST_CHECK err_t files_try(struct supervisor *s, size_t i, struct buf *why);
int files_pin(const struct supervisor *s, const struct child *c,
              struct buf *why);

/* Appends the whole of an open file.  E_IO, E_LIMIT, E_NOMEM. */
MUST_CHECK err_t files_read(int fd, struct buf *out);

/* opening_file() and files_read(): the sealed copy, which is the caller's, and
 * its bytes.  E_NOT_FOUND: it just is not there; E_CONFIG, or files_read()'s: why
 * says what is wrong. */
MUST_CHECK err_t files_take(enum opening kind, const char *path,
                            struct buf *out, struct buf *why, int *ret_file);

/* A watched file's path, "" for none; is it that child's; is it an officer's
 * word, and nothing to speak of when it is not there; does the supervisor judge
 * it?  watched_open() and watched_look() are opening_file() and opening_look() for
 * it, watched_for() is what a child is born with, or -1. */
#define WATCHED 7 /* rows of the table */
const char *watched_name(size_t i);
const char *watched_path(const struct supervisor *s, size_t i);
bool watched_word(size_t i);
bool watched_judged(size_t i);
bool watched_by(const struct child *c, size_t i);
bool watched_at_birth(size_t i); /* or is it a row of the other table then? */
int watched_open(const struct supervisor *s, size_t i, struct buf *why);
int watched_for(const struct supervisor *s, const struct child *c, size_t i);
int watched_look(const struct supervisor *s, size_t i, struct stat *ret_stat);

/* What one birth needs, open. */
#define HANDOVER_MAX 8

struct handover {
	size_t n;
	struct {
		const char *name;
		int fd;
	} rows[HANDOVER_MAX];
};

/* Opens all files of a child.  E_CONFIG: one is missing or too open; why says
 * which, and the child is not started for now. */
MUST_CHECK err_t handover_open(const struct supervisor *s,
                               const struct child *c,
                               struct handover *ret_handover, struct buf *why);
void handover_release(struct handover *h);
DEFINE_AUTO_REF(struct handover, handover_release);

#endif
