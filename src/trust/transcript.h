/*
 * transcript.h - what happened at a ceremony: a text of entries, each of which
 * names the SHA-256 of the one before.
 *
 *	anchord-ceremony-transcript 1
 *	entry 0
 *	previous 0000...                   of entry 0: zeros
 *	time 2026-11-30T09:00:00Z
 *	step 0                             0: begin; one behind the last: end
 *	status 0                           the verb's exit status
 *	does begin                         begin, end, "say ...", "run ..."
 *	output 2                           how many lines follow
 *	| plan 58a1...
 *	| ceremony first-provisioning
 *	entry 1
 *	...
 *
 * A text that transcript_put_entry() would write otherwise is none: each has one
 * spelling.  What the entries must say together is judged by ceremony_judge.h.
 */
#ifndef TRUST_TRANSCRIPT_H
#define TRUST_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define TRANSCRIPT_TEXT_MAX (4 * 1024 * 1024)
#define TRANSCRIPT_ENTRIES_MAX 512
#define TRANSCRIPT_OUTPUT_MAX (64 * 1024) /* bytes of a verb's output */

/* The namespace of its signatures (ssh_sig.h). */
#define TRANSCRIPT_NAMESPACE "ceremony@anchord"

struct transcript_entry {
	uint8_t previous[HASH_SIZE];
	uint64_t time_s;
	uint32_t step, status;
	struct bytes does;   /* printable ASCII */
	struct bytes output; /* lines with their "| " and newline */
	struct bytes text;   /* the whole entry */
};

struct transcript {
	size_t n;
	struct transcript_entry entries[TRANSCRIPT_ENTRIES_MAX];
};

void transcript_free(struct transcript *t); /* accepts NULL */
DEFINE_AUTO(struct transcript *, transcript_free);

/* Reads a text; the result points into it.  At least one entry.  E_MALFORMED: why
 * has the entry and the cause, which may be a chain that is broken.  E_NOMEM. */
MUST_CHECK err_t transcript_parse(struct bytes text, struct buf *why,
                                  struct transcript **ret_transcript);

/* Appends the first line of a transcript. */
void transcript_put_head(struct buf *out);

/* Appends an entry; its member text is not looked at. */
void transcript_put_entry(struct buf *out, size_t number,
                          const struct transcript_entry *entry);

/* What is to be in the next entry's `previous`. */
void transcript_hash_entry(const struct transcript_entry *entry,
                           uint8_t ret_hash[static HASH_SIZE]);

/* Appends a line of output: printable ASCII as it is, others as \xHH. */
void transcript_put_line(struct buf *output, struct bytes line);

/* Takes the next line off an output, without what is around it; false: there is
 * none. */
bool transcript_take_line(struct bytes *output, struct bytes *ret_line);

/* Whether a line begins with this text. */
bool transcript_line_starts(struct bytes line, const char *text);

#endif
