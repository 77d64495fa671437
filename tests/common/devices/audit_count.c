/*
 * audit_count.c - see audit_count.h.
 */
#include "tests/common/devices/audit_count.h"

#include <stdio.h>
#include <string.h>

static void
on_token(void *arg, const struct audit_token *token)
{
	(void)arg;
	(void)token;
}

static void
on_mechanism(void *arg, const struct audit_mechanism *mechanism)
{
	(void)arg;
	(void)mechanism;
}

static void
on_key(void *arg, const struct audit_key *key)
{
	struct audit_count *count = arg;

	if (strcmp(key->object.class, "private-key") == 0)
		snprintf(count->key, sizeof(count->key), "%s",
		         key->object.label);
}

static void
on_finding(void *arg, enum audit_code code, const struct audit_key *key,
           const char *detail)
{
	struct audit_count *count = arg;

	(void)key;
	(void)detail;
	count->found[code]++;
}

struct audit_ops
audit_count_ops(struct audit_count *count)
{
	return (struct audit_ops){ on_token, on_mechanism, on_key, on_finding,
		                   count };
}
