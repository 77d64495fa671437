/*
 * select.h - the device groups of a policy: which one judges a device.
 *
 * The groups are tried in the order of the file; the first whose selector takes
 * the device judges it, by its own rules.  A selector may name what the challenge
 * says of the device (its tenant, handle, account) and what the evidence shows.
 *
 * A handle is taken from the challenge's binding.  Whether the device that
 * answers is the one with this handle, the ledger decides in the transaction that
 * spends the challenge: it compares the enrolled key.  Facts are read from parsed
 * evidence, whose signature the group's rules judge afterwards: who forges them
 * chooses the group that refuses him.
 */
#ifndef POLICY_SELECT_H
#define POLICY_SELECT_H

#include "policy/group.h"

#define POLICY_DEVICES_MAX 32 /* device groups of one policy */

/* What the challenge says of the device. */
struct policy_subject {
	struct bytes tenant;
	const struct bindings *bindings; /* of the challenge; NULL: none */
};

/* What a selector can name of them. */
enum policy_who {
	POLICY_WHO_TENANT,
	POLICY_WHO_HANDLE,
	POLICY_WHO_ACCOUNT,
	POLICY_WHO_COUNT
};

/* Its setting: "tenants". */
const char *policy_who_name(enum policy_who who);

/* The number of device groups; 0: the rules of the policy judge every device. */
size_t policy_devices_count(const struct policy *p);
const char *policy_devices_name(const struct policy *p, size_t i);

/* The group of this name; the count: there is none. */
size_t policy_devices_find(const struct policy *p, const char *name);

/* The rules of a group, for policy_rules(). */
const struct policy *policy_devices_rules(const struct policy *p, size_t i);

/* True if the group takes evidence of this format; if its devices may use the
 * workflow. */
bool policy_devices_format(const struct policy *p, size_t i,
                           struct bytes format);
bool policy_devices_permitted(const struct policy *p, size_t i,
                              enum workflow w);

/* The selector of a group for a format; NULL: there is none, or the format has
 * no group of settings.  The names that it wants of `who`: how many, and the k-th
 * of them; 0: any. */
const void *policy_devices_match(const struct policy *p, size_t i,
                                 const struct policy_group *group);
size_t policy_devices_names(const struct policy *p, size_t i,
                            enum policy_who who);
const char *policy_devices_name_at(const struct policy *p, size_t i,
                                   enum policy_who who, size_t k);

/* True if the selector's names take the subject; `who` alone. */
bool policy_devices_who(const struct policy *p, size_t i,
                        const struct policy_subject *subject,
                        enum policy_who who);

/* The group that judges: its index, or the count when none takes the device.
 * own is parsed evidence of the format (struct policy_group). */
size_t policy_select(const struct policy *p,
                     const struct policy_subject *subject, struct bytes format,
                     const void *own);

#endif
