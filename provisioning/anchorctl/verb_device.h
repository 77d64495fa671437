/*
 * verb_device.h - what the `anchorctl device` verbs share.
 */
#ifndef ANCHORCTL_VERB_DEVICE_H
#define ANCHORCTL_VERB_DEVICE_H

#include "provisioning/anchorctl/client.h"

/* Sends a request about the device that is the first argument; order's path is what
 * follows "/v1/enrollments/" and the handle.  A status as client_ask()'s, or
 * VERB_USAGE. */
MUST_CHECK int device_send(const struct cli *cli,
                           const struct client_request *order,
                           json_t **ret_answer);

/* The same about an enrolment.  A POST has the option --reason, if it is there.
 * *ret_device: the enrolment, to be dropped by the caller, or NULL with 204.  A
 * status as client_ask()'s, or VERB_USAGE. */
MUST_CHECK int device_ask(const struct cli *cli, const char *method,
                          const char *what, json_t **ret_device);

/* Prints an enrolment: its members, one on each line, or as JSON. */
MUST_CHECK int device_print(const struct cli *cli, json_t *device);

#endif
