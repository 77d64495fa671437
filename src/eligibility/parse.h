/*
 * parse.h - the parser's parts.  Only the parse files of this room include it.
 *
 * w->whole is the struct rollout, w->rules the row that is read.  A list's rows
 * are allocated at once, so no row moves while another one points to it.
 */
#ifndef ELIGIBILITY_PARSE_H
#define ELIGIBILITY_PARSE_H

#include "crypto/codec/walk.h"
#include "eligibility/rollout.h"

static inline struct rollout *
parse_whole(struct walk *w)
{
	return w->whole;
}

/* parse_value.c: one value of a setting, with a message that says what it must
 * be. */
struct parse_bounds {
	uint64_t least, most;
};

MUST_CHECK err_t parse_name(struct walk *w, const config_setting_t *s,
                            char out[static ROLLOUT_NAME_SIZE]);
MUST_CHECK err_t parse_release_id(struct walk *w, const config_setting_t *s,
                                  char out[static ROLLOUT_RELEASE_SIZE]);
/* Text for people: printable ASCII. */
MUST_CHECK err_t parse_note(struct walk *w, const config_setting_t *s,
                            char out[static ROLLOUT_NOTE_SIZE]);
MUST_CHECK err_t parse_count(struct walk *w, const config_setting_t *s,
                             struct parse_bounds bounds, uint64_t *out);
MUST_CHECK err_t parse_flag(struct walk *w, const config_setting_t *s,
                            bool *out);
/* "2026-12-01T08:00:00Z", in seconds. */
MUST_CHECK err_t parse_time(struct walk *w, const config_setting_t *s,
                            uint64_t *out);
/* "90s", "15m", "12h", "3d", in seconds; from 1 second to 3660 days. */
MUST_CHECK err_t parse_duration(struct walk *w, const config_setting_t *s,
                                uint64_t *out);
/* A number from 0 to 100, in millionths of a percent. */
MUST_CHECK err_t parse_percent(struct walk *w, const config_setting_t *s,
                               uint32_t *out);
MUST_CHECK err_t parse_hex(struct walk *w, const config_setting_t *s,
                           uint8_t *out, size_t n);

/* The place of a group or channel that is named; an unknown name is an error
 * with a suggestion. */
MUST_CHECK err_t parse_group_of(struct walk *w, const config_setting_t *s,
                                size_t *out);
MUST_CHECK err_t parse_channel_of(struct walk *w, const config_setting_t *s,
                                  size_t *out);
MUST_CHECK err_t parse_groups_of(struct walk *w, const config_setting_t *list,
                                 struct group_list *out);

/* Allocates the rows of a list, zeroed: 1 to `most` of `size` bytes. */
MUST_CHECK err_t parse_rows(struct walk *w, const config_setting_t *list,
                            size_t most, size_t size, void *ret_rows);

/* The lists of a file, in the order in which they are read. */
setting_fn parse_groups, parse_channels, parse_releases, parse_pins;

/* parse_common.c: what channels and releases both have. */
MUST_CHECK err_t parse_hold(struct walk *w, const config_setting_t *s,
                            struct hold *out);
MUST_CHECK err_t parse_windows(struct walk *w, const config_setting_t *s,
                               struct windows *out);
MUST_CHECK err_t parse_limits(struct walk *w, const config_setting_t *s,
                              struct rollout_limits *out);

/* parse_stages.c */
MUST_CHECK err_t parse_stages(struct walk *w, const config_setting_t *list,
                              struct release *out);

/* parse_check.c: what rows must be together; root is the whole text. */
MUST_CHECK err_t parse_check(struct walk *w, const config_setting_t *root);

#endif
