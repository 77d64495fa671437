/*
 * version.c - see version.h.
 */
#include "base/version.h"

const char anchord_version[] = ANCHORD_VERSION;
const char anchord_commit[] = ANCHORD_COMMIT;
