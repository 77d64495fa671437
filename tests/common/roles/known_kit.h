/*
 * known_kit.h - a ledger in which one tenant enrols listed devices alone, and what
 * its peers say about the list and about devices.
 */
#ifndef COMMON_ROLES_KNOWN_KIT_H
#define COMMON_ROLES_KNOWN_KIT_H

#include "tests/common/roles/ledger_rig.h"

#define TENANT "backend-a"
#define OTHER "backend-b"
#define HANDLE "dh1_a"

/* A ledger in which TENANT enrols listed devices alone. */
struct rig *rig_with_list(void);

/* An entry for a digest that begins with that byte and goes on with 0x22, as the
 * identities of kit_verdict() do. */
struct wire_known kit_entry(enum wire_preregistration kind, uint8_t first);

/* Sends a batch of them; lists one, which must be new or not. */
err_t kit_say_entries(struct rig *g, const char *tenant,
                      const struct wire_known *rows, size_t n);
void kit_list_one(struct rig *g, const char *tenant,
                  const struct wire_known *row, bool fresh);

/* A page of at most 8 entries into rows; m is the page before, or zero. */
size_t kit_page(struct rig *g, const char *tenant,
                struct wire_preregistration_page *m, struct wire_known *rows);

/* The only entry that the tenant has; how many it has. */
struct wire_known kit_only(struct rig *g, const char *tenant);
size_t kit_count(struct rig *g, const char *tenant);

/* True if there was one. */
bool kit_delete_entry(struct rig *g, const char *tenant,
                      const struct wire_known *row);

/* A statement of the device whose identity begins so. */
void kit_say_enroll(struct rig *g, const char *tenant, uint8_t first);

/* The request for a handle that the key holder gets, and its answer. */
uint64_t kit_handle_asked(struct rig *g);
void kit_make_handle(struct rig *g, uint64_t request, const char *handle);

/* What the front is told about an enrolment. */
enum wire_enrolment_answer kit_answered(struct rig *g);

/* Enrols by a statement; sees that TENANT refuses to, without a handle. */
enum wire_enrolment_answer kit_enrol(struct rig *g, const char *tenant,
                                     uint8_t first, const char *handle);
enum wire_enrolment_answer kit_refused(struct rig *g, uint8_t first);

#endif
