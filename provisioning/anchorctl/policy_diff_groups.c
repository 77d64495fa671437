/*
 * policy_diff_groups.c - how the device groups and the rules of two policies
 * differ.
 *
 * Groups are the same if they have the same name.  The rules of a policy without
 * groups are compared with those of each group of the other.
 */
#include <string.h>

#include "evidence/evidence.h"
#include "provisioning/anchorctl/policy_diff.h"

/* What is compared, as a sentence names it: "Group phones (workflows metadata)". */
struct compared {
	const struct policy_diff *d;
	const char *whom;
	const char *format; /* name of the group of settings */
	bool selector;
};

static void
tell_difference(void *arg, const struct policy_change *change)
{
	const struct compared *c = arg;
	const char *verb;

	if (c->selector)
		verb = change->wider ? "is taken from now on"
		                     : "is not taken any more";
	else
		verb = change->wider ? "becomes accepted"
		                     : "is refused from now on";
	policy_diff_say(c->d,
	                c->selector     ? POLICY_CHANGES
	                : change->wider ? POLICY_ACCEPTS
	                                : POLICY_REFUSES,
	                "%s: %s%s.%s: %s %s.", c->whom,
	                c->selector ? "match." : "", c->format, change->setting,
	                change->what, verb);
}

/* Compares the rules of the formats that group i of p takes; p NULL: of all. */
static void
compare_rules(const struct compared *of, const struct policy *const sides[2],
              const struct policy *p, size_t i)
{
	for (size_t k = 0; evidence_at(k); k++) {
		const struct policy_group *group = evidence_at(k)->policy;
		struct compared c = *of;

		if (!group || !group->compare ||
		    (p && !policy_devices_format(
		                  p, i, bytes_of_str(evidence_at(k)->name))))
			continue;
		c.format = group->name;
		group->compare(policy_rules(sides[0], group),
		               policy_rules(sides[1], group), tell_difference,
		               &c);
	}
}

/* --- groups of one name --------------------------------------------------- */

static void
name_group(const struct policy *p, size_t i, struct buf *out)
{
	bool any = false;

	buf_printf(out, "Group %s (workflows", policy_devices_name(p, i));
	for (enum workflow w = 0; w < WORKFLOW_COUNT; w++)
		if (policy_devices_permitted(p, i, w)) {
			buf_printf(out, "%s %s", any ? "," : "",
			           workflow_name(w));
			any = true;
		}
	buf_append_str(out, ")");
}

static void
compare_formats(const struct policy_diff *d, const char *whom, size_t a,
                size_t b)
{
	for (size_t i = 0; evidence_at(i); i++) {
		struct bytes name = bytes_of_str(evidence_at(i)->name);
		bool was = policy_devices_format(d->before, a, name);
		bool is = policy_devices_format(d->after, b, name);

		if (was != is)
			policy_diff_say(d, is ? POLICY_ACCEPTS : POLICY_REFUSES,
			                "%s: evidence of the format %s %s.",
			                whom, evidence_at(i)->name,
			                is ? "is taken from now on"
			                   : "is not taken any more");
	}
}

static bool
has_name(const struct policy *p, size_t i, enum policy_who who,
         const char *name)
{
	for (size_t k = 0; k < policy_devices_names(p, i, who); k++)
		if (strcmp(policy_devices_name_at(p, i, who, k), name) == 0)
			return true;
	return false;
}

/* Tells the names of one group's selector that the other's lacks. */
static void
tell_names(const struct policy_diff *d, const char *whom, enum policy_who who,
           const struct policy *const sides[2], const size_t at[2])
{
	for (size_t k = 0; k < policy_devices_names(sides[0], at[0], who);
	     k++) {
		const char *name =
		        policy_devices_name_at(sides[0], at[0], who, k);

		if (!has_name(sides[1], at[1], who, name))
			policy_diff_say(
			        d, POLICY_CHANGES, "%s: match.%s: %s %s.", whom,
			        policy_who_name(who), name,
			        sides[0] == d->before ? "is not taken any more"
			                              : "is taken from now on");
	}
}

static void
compare_who(const struct policy_diff *d, const char *whom, size_t a, size_t b)
{
	const struct policy *const old_first[] = { d->before, d->after };
	const struct policy *const new_first[] = { d->after, d->before };

	for (enum policy_who who = 0; who < POLICY_WHO_COUNT; who++) {
		bool was = policy_devices_names(d->before, a, who) > 0;
		bool is = policy_devices_names(d->after, b, who) > 0;

		if (was != is) {
			policy_diff_say(d, POLICY_CHANGES, "%s: match.%s: %s.",
			                whom, policy_who_name(who),
			                is ? "only those that are listed are "
			                     "taken from now on"
			                   : "any is taken from now on");
			continue;
		}
		tell_names(d, whom, who, old_first, (const size_t[]){ a, b });
		tell_names(d, whom, who, new_first, (const size_t[]){ b, a });
	}
}

static void
compare_group(const struct policy_diff *d, size_t a, size_t b)
{
	AUTO(buf_release) struct buf whom = buf_of(POLICY_DIFF_MAX);

	name_group(d->after, b, &whom);
	compare_formats(d, buf_str(&whom), a, b);
	compare_who(d, buf_str(&whom), a, b);
	for (size_t i = 0; evidence_at(i); i++) {
		const struct policy_group *group = evidence_at(i)->policy;
		struct compared c = { .d = d,
			              .whom = buf_str(&whom),
			              .selector = true };

		if (!group || !group->compare)
			continue;
		c.format = group->name;
		group->compare(policy_devices_match(d->before, a, group),
		               policy_devices_match(d->after, b, group),
		               tell_difference, &c);
	}
	const struct policy *const sides[] = {
		policy_devices_rules(d->before, a),
		policy_devices_rules(d->after, b),
	};
	compare_rules(&(struct compared){ .d = d, .whom = buf_str(&whom) },
	              sides, NULL, 0);
}

/* --- the list ------------------------------------------------------------- */

/* Groups of both that stood in the other order. */
static void
compare_order(const struct policy_diff *d)
{
	size_t n = policy_devices_count(d->after);
	size_t m = policy_devices_count(d->before);

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			const char *first = policy_devices_name(d->after, i);
			const char *then = policy_devices_name(d->after, k);
			size_t a = policy_devices_find(d->before, first);
			size_t b = policy_devices_find(d->before, then);

			if (a < m && b < m && a > b)
				policy_diff_say(
				        d, POLICY_CHANGES,
				        "Group %s comes before group %s from "
				        "now on and judges the devices that "
				        "both take.",
				        first, then);
		}
}

static void
compare_lists(const struct policy_diff *d)
{
	size_t n = policy_devices_count(d->after);
	size_t m = policy_devices_count(d->before);

	for (size_t i = 0; i < m; i++) {
		const char *name = policy_devices_name(d->before, i);

		if (policy_devices_find(d->after, name) == n)
			policy_diff_say(d, POLICY_CHANGES,
			                "Group %s is gone: its devices are "
			                "judged by a later group, or refused "
			                "with group-denied.",
			                name);
	}
	for (size_t i = 0; i < n; i++) {
		const char *name = policy_devices_name(d->after, i);
		size_t a = policy_devices_find(d->before, name);

		if (a < m)
			compare_group(d, a, i);
		else
			policy_diff_say(
			        d, POLICY_CHANGES,
			        "Group %s is new: it judges the devices "
			        "that it takes, and no group after it "
			        "does.",
			        name);
	}
	compare_order(d);
}

/* One side has groups, and the other has rules for all. */
static void
compare_mixed(const struct policy_diff *d)
{
	bool now = policy_devices_count(d->after) > 0;
	const struct policy *p = now ? d->after : d->before;

	policy_diff_say(
	        d, POLICY_CHANGES,
	        now ? "Groups judge from now on, and a device that none "
	              "takes is refused with group-denied."
	            : "One set of rules judges all devices from now "
	              "on.");
	for (size_t i = 0; i < policy_devices_count(p); i++) {
		AUTO(buf_release) struct buf whom = buf_of(POLICY_DIFF_MAX);
		const struct policy *rules = policy_devices_rules(p, i);

		name_group(p, i, &whom);
		buf_append_str(&whom, now ? ", compared with the rules for all"
		                          : ", by the rules for all");
		const struct policy *const sides[] = {
			now ? d->before : rules,
			now ? rules : d->after,
		};
		compare_rules(
		        &(struct compared){ .d = d, .whom = buf_str(&whom) },
		        sides, p, i);
	}
}

void
policy_diff_groups(const struct policy_diff *d)
{
	bool was = policy_devices_count(d->before) > 0;
	bool is = policy_devices_count(d->after) > 0;

	if (was && is)
		compare_lists(d);
	else if (was || is)
		compare_mixed(d);
	else
		compare_rules(
		        &(struct compared){ .d = d, .whom = "All devices" },
		        (const struct policy *const[]){ d->before, d->after },
		        NULL, 0);
}
