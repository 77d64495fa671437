/*
 * similar.h - how much two names differ, to suggest the one that was meant.
 */
#ifndef BASE_SIMILAR_H
#define BASE_SIMILAR_H

#include <stddef.h>

#define SIMILAR_MAX 64 /* characters of a name that are looked at */

/* How many characters must be inserted, removed, replaced, or swapped with their
 * neighbour to make b of a (optimal string alignment). */
size_t similar_distance(const char *a, const char *b);

#endif
