/*
 * select.c - see select.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "policy/int.h"

const char *
policy_who_name(enum policy_who who)
{
	static const char *const names[POLICY_WHO_COUNT] = {
		[POLICY_WHO_TENANT] = "tenants",
		[POLICY_WHO_HANDLE] = "handles",
		[POLICY_WHO_ACCOUNT] = "accounts",
	};

	return names[who];
}

size_t
policy_devices_count(const struct policy *p)
{
	return p->n_devices;
}

const char *
policy_devices_name(const struct policy *p, size_t i)
{
	return p->devices[i].name;
}

size_t
policy_devices_find(const struct policy *p, const char *name)
{
	size_t i = 0;

	while (i < p->n_devices && strcmp(p->devices[i].name, name) != 0)
		i++;
	return i;
}

const struct policy *
policy_devices_rules(const struct policy *p, size_t i)
{
	return p->devices[i].rules;
}

/* The index of a format and its group of settings; false: unknown format. */
static bool
find_format(struct bytes format, size_t *ret_index,
            const struct policy_group **ret_group)
{
	const char *name;

	for (size_t i = 0; (name = policy_format_at(i, ret_group)); i++)
		if (bytes_equal_str(format, name)) {
			*ret_index = i;
			return true;
		}
	return false;
}

bool
policy_devices_format(const struct policy *p, size_t i, struct bytes format)
{
	const struct policy_group *group;
	size_t index;

	return find_format(format, &index, &group) &&
	       (p->devices[i].formats & (uint32_t)1 << index) != 0;
}

bool
policy_devices_permitted(const struct policy *p, size_t i, enum workflow w)
{
	uint32_t devices =
	        policy_has_workflow(p, w) ? p->workflows[w].devices : 0;

	return policy_has_workflow(p, w) &&
	       (devices == 0 || (devices & (uint32_t)1 << i) != 0);
}

const void *
policy_devices_match(const struct policy *p, size_t i,
                     const struct policy_group *group)
{
	return policy_parts_rules(p->devices[i].match, group);
}

size_t
policy_devices_names(const struct policy *p, size_t i, enum policy_who who)
{
	return p->devices[i].who[who].n;
}

const char *
policy_devices_name_at(const struct policy *p, size_t i, enum policy_who who,
                       size_t k)
{
	return p->devices[i].who[who].texts[k];
}

/* --- selecting ------------------------------------------------------------ */

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What the subject has, as a selector spells it; "": it has none. */
static void
name_subject(const struct policy_subject *subject, enum policy_who who,
             char out[static POLICY_NAME_SIZE])
{
	const struct bindings *b = subject->bindings;
	AUTO(buf_release) struct buf text = buf_of(POLICY_NAME_SIZE - 1);

	if (who == POLICY_WHO_TENANT)
		buf_append(&text, subject->tenant);
	else if (who == POLICY_WHO_HANDLE && b &&
	         bindings_have(b, BINDING_DEVICE))
		buf_append(&text, b->device_handle);
	else if (who == POLICY_WHO_ACCOUNT && b &&
	         bindings_have(b, BINDING_ACCOUNT))
		encode_hex(&text, bytes_of(b->account, HASH_SIZE));
	memset(out, 0, POLICY_NAME_SIZE);
	if (buf_status(&text) == OK && text.len > 0)
		memcpy(out, buf_str(&text), text.len);
}

bool
policy_devices_who(const struct policy *p, size_t i,
                   const struct policy_subject *subject, enum policy_who who)
{
	const struct policy_names *names = &p->devices[i].who[who];
	char text[POLICY_NAME_SIZE];

	if (names->n == 0)
		return true;
	name_subject(subject, who, text);
	return bsearch(text, names->texts, names->n, sizeof(*names->texts),
	               compare_texts) != NULL;
}

static bool
takes_device(const struct policy *p, size_t i,
             const struct policy_subject *subject, struct bytes format,
             const void *own)
{
	const struct policy_group *group = NULL;
	size_t index;

	if (!find_format(format, &index, &group) ||
	    !(p->devices[i].formats & (uint32_t)1 << index))
		return false;
	for (enum policy_who who = 0; who < POLICY_WHO_COUNT; who++)
		if (!policy_devices_who(p, i, subject, who))
			return false;
	return !group || !group->matches ||
	       group->matches(policy_devices_match(p, i, group), own);
}

size_t
policy_select(const struct policy *p, const struct policy_subject *subject,
              struct bytes format, const void *own)
{
	size_t i = 0;

	while (i < p->n_devices && !takes_device(p, i, subject, format, own))
		i++;
	return i;
}
