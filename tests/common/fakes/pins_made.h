/*
 * pins_made.h - creates a second key in a test's token, for a pins file.
 */
#ifndef COMMON_FAKES_PINS_MADE_H
#define COMMON_FAKES_PINS_MADE_H

#include "crypto/pins/pins.h"
#include "tests/common/devices/softtoken.h"

/* Creates a key with the label "next" and the CKA_ID 02 and returns its row.
 * No process may have the token open. */
struct pin pins_kit_made(const struct softtoken *t);

#endif
