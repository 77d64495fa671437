/*
 * policy.h - the appraisal policy (RFC 9334 section 8.5): the requirements that
 * evidence must meet.
 *
 * A policy is a text in libconfig's syntax (anchord-policy(5)).  It is parsed
 * once and then immutable.  Unknown settings are errors, so that a misspelt
 * rule is not ignored.  Requirements for the devices of one evidence format are
 * in the format's group (group.h).
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/terms.h"

#define POLICY_TEXT_MAX (1024 * 1024) /* bytes */
#define POLICY_ID_MAX 64              /* bytes of the id */
#define POLICY_NAME_SIZE 65 /* bytes of a group's or state's name and its NUL */

struct policy;

/* Parses a policy, which the caller frees.  E_MALFORMED: why has the line and
 * the cause.  E_NOMEM. */
MUST_CHECK err_t policy_parse(struct bytes text, struct buf *why,
                              struct policy **ret_policy);
void policy_free(struct policy *policy); /* accepts NULL */
DEFINE_AUTO(struct policy *, policy_free);

const char *policy_id(const struct policy *p);
uint32_t policy_version(const struct policy *p);
const uint8_t *policy_digest(const struct policy *p); /* of the text */

/* True if the workflow has an entry; otherwise it is refused
 * (workflow-denied). */
bool policy_has_workflow(const struct policy *p, enum workflow w);

/* The BINDING_ bits that a challenge of this workflow must carry. */
uint16_t policy_required(const struct policy *p, enum workflow w);

/* True if a device that is enrolled does not count before an officer approves
 * it. */
bool policy_approval(const struct policy *p);

/* True if evidence of this format is accepted in this workflow. */
bool policy_format_allowed(const struct policy *p, enum workflow w,
                           struct bytes format);

/* True if evidence in this workflow must prove a key by which the device can
 * confirm later that it is the one that presents the result. */
bool policy_possession(const struct policy *p, enum workflow w);

/* The longest lifetime of a result of this workflow, and how old a challenge may
 * be when it is redeemed, in seconds; 0: only the service's settings count. */
uint32_t policy_result_ttl_s(const struct policy *p, enum workflow w);
uint32_t policy_challenge_age_s(const struct policy *p, enum workflow w);

#endif
