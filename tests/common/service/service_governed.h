/*
 * service_governed.h - officers govern the service under test, by the chain of a
 * governed_kit.
 */
#ifndef COMMON_SERVICE_SERVICE_GOVERNED_H
#define COMMON_SERVICE_SERVICE_GOVERNED_H

#include "tests/common/fakes/governed_kit.h"
#include "tests/common/service/service.h"

/* Between service_prepare() and service_launch(): begins the chain with the token's
 * key and the policy, and puts genesis, head and counter of version 1 into the
 * token, and the chain into its place.  The caller releases the kit, also after a
 * failure. */
MUST_CHECK err_t service_govern(const struct service *s,
                                struct governed_kit *ret_kit);

/* Puts the first n versions into the place of trust.bundle, at once. */
MUST_CHECK err_t service_chain(const struct service *s,
                               struct governed_kit *kit, size_t n);

/* The version in force by /readyz of one connection; 0: none. */
unsigned service_bundle(const struct service *s);
bool service_wait_bundle(const struct service *s, unsigned version,
                         unsigned ms);

#endif
