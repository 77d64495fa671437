/*
 * utf8.h - validates text for CBOR, JSON and EAR.
 */
#ifndef CRYPTO_CODEC_UTF8_H
#define CRYPTO_CODEC_UTF8_H

#include <stdbool.h>

#include "base/bytes.h"

/* Well-formed UTF-8 (RFC 3629: shortest form, no surrogates, nothing above
 * U+10FFFF) without control bytes (below 0x20, 0x7f). */
bool utf8_text_valid(struct bytes text);

#endif
