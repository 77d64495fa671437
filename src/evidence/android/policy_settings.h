/*
 * policy_settings.h - the settings of the group "android" that are of four simple
 * kinds: which member each sets, and which reason a refusal by it has.
 *
 * The parser, the comparison of two policies and the explanation of a verdict
 * read these tables.  Each ends with a row whose setting is NULL.
 */
#ifndef EVIDENCE_ANDROID_POLICY_SETTINGS_H
#define EVIDENCE_ANDROID_POLICY_SETTINGS_H

#include "evidence/android/policy.h"
#include "wire/reason.h"

/* A set of names: bit `value` of the member. */
struct setting_word {
	const char *text; /* NULL ends the table */
	uint32_t value;
};
struct setting_set {
	const char *setting;
	const struct setting_word *words;
	size_t offset; /* in struct policy_android */
	enum reason reason;
};

/* A bound; 0: none. */
enum setting_bound {
	SETTING_LEAST,
	SETTING_MOST,
};
struct setting_number {
	const char *setting;
	uint32_t min, max;
	const char *what; /* the value must be */
	size_t offset;
	enum setting_bound bound;
	enum reason reason;
};

struct setting_flag {
	const char *setting;
	bool on; /* the member's value if the setting is true */
	size_t offset;
	bool lenient;     /* the member's value that accepts more */
	const char *what; /* accepted by it */
	enum reason reason;
};

struct setting_list {
	const char *setting;
	size_t hex_size; /* bytes of a value in hex; 0: texts */
	size_t offset;
	enum reason reason;
};

extern const struct setting_set android_sets[];
extern const struct setting_number android_numbers[];
extern const struct setting_flag android_flags[];
extern const struct setting_list android_lists[];

/* The member at that offset. */
static inline const void *
setting_at(const struct policy_android *a, size_t offset)
{
	return (const uint8_t *)a + offset;
}

/* The functions of struct policy_group that are not in policy_parse.c. */
bool android_policy_matches(const void *match, const void *own);
bool android_policy_covers(const void *wide, const void *narrow);
void android_policy_compare(const void *before, const void *after,
                            policy_change_fn *tell, void *arg);
void android_policy_explain(const void *rules, const void *own,
                            policy_line_fn *tell, void *arg);

#endif
