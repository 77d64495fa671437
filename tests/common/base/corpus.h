/*
 * corpus.h - reads public test data from a directory beside the checkout.
 *
 * The data is not part of this repository; a test that needs it is skipped when
 * it is absent.
 */
#ifndef COMMON_BASE_CORPUS_H
#define COMMON_BASE_CORPUS_H

#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"

#define CORPUS_DIRECTORY "../shared/corpora"

/* Appends a file's content; name is below CORPUS_DIRECTORY.  False: absent. */
bool corpus_read(const char *name, struct buf *out);

/* Parses the file as JSON; NULL: it is absent, or not JSON. */
json_t *corpus_json(const char *name);

/* Appends the DER of the only block of a PEM text.  False: not PEM. */
bool corpus_pem(struct bytes pem, struct buf *der);

/* Calls visit for each regular file below a directory whose name has that
 * ending, with a name for corpus_read().  Returns the number of files. */
size_t corpus_walk(const char *directory, const char *ending,
                   void (*visit)(const char *name));

#endif
