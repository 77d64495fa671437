/*
 * parse.h - functions that parse the groups of a policy, also the formats'
 * groups.
 */
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H

#include <libconfig.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

struct policy;

/* The state of a parse. */
struct walk {
	struct policy *policy;
	void *rules; /* of the format's group that is parsed (group.h) */
	struct buf *why;
};

/* Parses one setting.  E_MALFORMED (walk_bad()), E_NOMEM. */
typedef err_t setting_fn(struct walk *w, const config_setting_t *s);

/* A setting that a group may have. */
struct known {
	const char *name; /* NULL ends the table */
	bool required;
	setting_fn *fn;
};

/* Writes the line and name of s and the cause to why; returns E_MALFORMED. */
MUST_CHECK err_t walk_bad(struct walk *w, const config_setting_t *s,
                          const char *what);

/* Parses a group: every name must be known, required ones must be present. */
MUST_CHECK err_t walk_group(struct walk *w, const config_setting_t *group,
                            const struct known *known);

/* Calls fn for each element of an array or a list. */
MUST_CHECK err_t walk_list(struct walk *w, const config_setting_t *list,
                           setting_fn *fn);

/* The bytes of a string setting; empty for a setting of another type. */
struct bytes walk_text(const config_setting_t *s);

#endif
