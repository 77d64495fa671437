/*
 * stand_in.h - a key holder that answers a constant: what is left is the front.
 */
#ifndef STAND_IN_H
#define STAND_IN_H

#include <stdbool.h>

#include "tests/common/service/service.h"

/* In a program that was started as "anchord-keyholder": is that role, and true
 * with its exit status. */
bool stand_in_main(char **argv, int *ret_status);

/* Before service_launch(): the service's programs, but this one for its key
 * holder; and back. */
MUST_CHECK err_t stand_in_install(struct service *s);
void stand_in_remove(struct service *s);

#endif
