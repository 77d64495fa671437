/*
 * governed_expiry.c - see governed_expiry.h.
 */
#include "supervisor/governed_expiry.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

/* What ends. */
struct ending {
	const char *kind, *name; /* "bundle" and "", or an officer's */
	uint64_t end_s;          /* 0: never */
};

enum expiry_class
expiry_class(uint64_t end_s, uint64_t now_s)
{
	uint64_t left_s = end_s > now_s ? end_s - now_s : 0;

	if (left_s == 0)
		return EXPIRY_OVER;
	if (left_s <= 7 * DAY_S)
		return EXPIRY_7_DAYS;
	if (left_s <= 30 * DAY_S)
		return EXPIRY_30_DAYS;
	return left_s <= 90 * DAY_S ? EXPIRY_90_DAYS : EXPIRY_FAR;
}

static void
put_ending(struct buf *note, const struct ending *of, uint64_t days,
           enum expiry_class class)
{
	buf_printf(note, "%s%s%s%s ", note->len ? ", " : "", of->kind,
	           *of->name ? " " : "", of->name);
	if (class == EXPIRY_OVER)
		buf_append_str(note, "is over");
	else
		buf_printf(note, "ends in %" PRIu64 " days", days);
}

/* A version may be in force for years, so each class is said when it begins. */
static void
look_at(const struct ending *of, uint64_t now_s, uint8_t *said,
        struct buf *note)
{
	enum expiry_class class = expiry_class(of->end_s, now_s);

	if (of->end_s == 0)
		return;
	uint64_t left_s = of->end_s > now_s ? of->end_s - now_s : 0;
	uint64_t days = (left_s + DAY_S - 1) / DAY_S;
	if (class > *said)
		log_event(LOG_WARN,
		          class == EXPIRY_OVER ? "trust-over" : "trust-ends",
		          LOG_STR("kind", of->kind), LOG_STR("name", of->name),
		          LOG_U64("days", days));
	*said = (uint8_t) class;
	if (class >= EXPIRY_30_DAYS)
		put_ending(note, of, days, class);
}

static void
look_at_officers(const struct officer_set *set, const char *kind,
                 uint64_t now_s, uint8_t *said, struct buf *note)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct ending of = { kind, set->rows[i].name,
			                   set->rows[i].until_s };

		look_at(&of, now_s, &said[i], note);
	}
}

void
governed_expiry_look(struct governed_expiry *e, const struct bundle *b,
                     uint64_t now_s)
{
	AUTO(buf_release) struct buf note = buf_of(4096);

	if (b) {
		const struct ending of = { "the bundle", "", b->expires_s };

		look_at(&of, now_s, &e->bundle, &note);
		look_at_officers(&b->officers, "officer", now_s, e->officers,
		                 &note);
		look_at_officers(&b->recovery, "recovery key", now_s,
		                 e->recovery, &note);
	}
	(void)snprintf(e->note, sizeof(e->note), "%s", buf_str(&note));
}
