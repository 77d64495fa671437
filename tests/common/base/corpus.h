/*
 * corpus.h - public test data that may lie beside the checkout.
 *
 * It is never part of this repository; a test that wants it says "skipped"
 * when it is not there.
 */
#ifndef COMMON_BASE_CORPUS_H
#define COMMON_BASE_CORPUS_H

#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"

#define CORPUS_DIRECTORY "../shared/corpora"

/* Appends a file's content; name is below CORPUS_DIRECTORY.  False: absent. */
bool corpus_read(const char *name, struct buf *out);

/* The same as JSON; NULL: absent, or not JSON. */
json_t *corpus_json(const char *name);

/* Appends the DER of a PEM file's only block.  False: not PEM. */
bool corpus_pem(struct bytes pem, struct buf *der);

/* Calls visit for each regular file below a directory whose name ends so;
 * names are given as corpus_read() takes them.  Gives their number. */
size_t corpus_walk(const char *directory, const char *ending,
                   void (*visit)(const char *name));

#endif
