/*
 * verb_evidence.h - files in memory, for the verbs about evidence.
 */
#ifndef ANCHORCTL_VERB_EVIDENCE_H
#define ANCHORCTL_VERB_EVIDENCE_H

#include "evidence/evidence.h"
#include "provisioning/anchorctl/verb.h"

#define VERB_FILES_MAX 1024             /* files of one command */
#define VERB_FILE_MAX (8 * 1024 * 1024) /* bytes of one file */

struct verb_files {
	size_t n;
	struct buf content[VERB_FILES_MAX];
	char *path[VERB_FILES_MAX];
	bool found[VERB_FILES_MAX]; /* in a directory; false: named */
	json_t *skipped;            /* [{"file":, "why":}]: ignored files of
	                             * directories */
};

MUST_CHECK err_t verb_files_new(struct verb_files **ret_files);
void verb_files_free(struct verb_files *files); /* accepts NULL */
DEFINE_AUTO(struct verb_files *, verb_files_free);

/* Reads a file, or the files of a directory in the order of their names.  A
 * failure is printed. */
MUST_CHECK err_t verb_files_add(struct verb_files *files, const struct cli *cli,
                                const char *path);

/* Reports on standard error, and in skipped, that a file was ignored. */
void verb_files_skip(struct verb_files *files, const struct cli *cli,
                     const char *path, const char *why);

/* Calls evidence_open_files() with all files. */
MUST_CHECK err_t verb_files_open(const struct verb_files *files,
                                 const char *format, struct buf *why,
                                 struct evidence *ret_evidence);

/* Prints that the format is unknown, and which formats exist. */
int verb_no_format(const struct cli *cli, const char *format);

/* Print the formats, each in a line, and then their leniencies, too. */
void verb_formats_help(void);
void verb_leniencies_help(void);

#endif
