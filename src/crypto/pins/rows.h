/*
 * rows.h - the rows of a pins file as a form, for the texts that have them.
 */
#ifndef CRYPTO_PINS_ROWS_H
#define CRYPTO_PINS_ROWS_H

#include "crypto/codec/conf.h"

extern const struct conf_form pins_row; /* of struct pin */

#endif
