/*
 * pins_made.h - a second key in a test's token, as a row of a pins file.
 */
#ifndef COMMON_FAKES_PINS_MADE_H
#define COMMON_FAKES_PINS_MADE_H

#include "crypto/pins/pins.h"
#include "tests/common/devices/softtoken.h"

/* Labelled "next", CKA_ID 02; made while nobody has the token open. */
struct pin pins_kit_made(const struct softtoken *t);

#endif
