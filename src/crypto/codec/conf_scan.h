/*
 * conf_scan.h - what libconfig must not see.
 */
#ifndef CRYPTO_CODEC_CONF_SCAN_H
#define CRYPTO_CODEC_CONF_SCAN_H

#include "crypto/codec/conf.h"

/*
 * Refuses
 *
 *   - @include, for which libconfig opens other files;
 *   - comments and escapes, without which every quotation mark is the beginning
 *     or the end of a string;
 *   - twice as many settings as the form can have, since libconfig compares the
 *     name of each with all others of its group: half a minute for a text of
 *     512 KiB.  (Twice, so that a list of a row too many is reported as one.)
 *
 * E_MALFORMED: why has line and cause.
 */
MUST_CHECK err_t conf_scan(const char *text, const struct conf_form *form,
                           struct buf *why);

#endif
