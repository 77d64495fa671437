/*
 * digest_words.h - a digest as people compare it: by eye in groups of hex, and
 * aloud in words.
 *
 * A byte at an even place (from 0 on) is a word of two syllables, one at an odd
 * place a word of three, so that a word that was left out is noticed.
 */
#ifndef TRUST_DIGEST_WORDS_H
#define TRUST_DIGEST_WORDS_H

#include "base/buf.h"
#include "base/bytes.h"

/* Appends "5891 b5b5 22d5 ...": two bytes a group. */
void digest_put_groups(struct buf *out, struct bytes digest);

/* Appends "eyetooth pedigree ...": a word for each byte. */
void digest_put_words(struct buf *out, struct bytes digest);

#endif
