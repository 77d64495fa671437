/*
 * similar.h - how much two names differ, to suggest the one that was meant.
 */
#ifndef BASE_SIMILAR_H
#define BASE_SIMILAR_H

#include <stddef.h>

#define SIMILAR_MAX 64 /* compared characters of a name; the rest is ignored */

/* The number of insertions, deletions, replacements and swaps of neighbouring
 * characters that turn a into b (optimal string alignment distance). */
size_t similar_distance(const char *a, const char *b);

#endif
