/*
 * form.h - what a bundle may say, as the table that reads, writes and compares.
 */
#ifndef TRUST_FORM_H
#define TRUST_FORM_H

#include "crypto/codec/conf.h"

extern const struct conf_form bundle_form; /* of struct bundle */

#endif
