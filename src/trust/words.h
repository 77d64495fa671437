/*
 * words.h - the words of words.def, as a table's row wants them: NULL after the
 * last one.
 */
#ifndef TRUST_WORDS_H
#define TRUST_WORDS_H

#include "trust/rows.h"

const char *bundle_change_word(unsigned change); /* enum bundle_change */
const char *officer_kind_word(unsigned kind);    /* enum officer_kind */

#endif
