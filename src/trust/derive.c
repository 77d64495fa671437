/*
 * derive.c - what a removal and a recovery may change.
 *
 * The version before is copied, what may differ is taken over, and the copy's
 * text must be the new version's.  So whatever a bundle has, or will have one
 * day, is the same unless a line here takes it over.
 */
#include "trust/chain_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* What differs in every version. */
static void
carry_head(struct bundle *copy, const struct bundle *next)
{
	copy->version = next->version;
	copy->pins.version = next->pins.version;
	copy->change = next->change;
	memcpy(copy->previous, next->previous, HASH_SIZE);
	copy->issued_s = next->issued_s;
	copy->apply_before_s = next->apply_before_s;
}

static err_t
copy_bundle(const struct bundle *before, const struct bundle *next,
            struct bundle **ret_copy)
{
	struct bundle *copy = malloc(sizeof(*copy));

	if (!copy)
		return E_NOMEM;
	*copy = *before;
	carry_head(copy, next);
	*ret_copy = copy;
	return OK;
}

static err_t
compare_copy(const struct bundle *copy, struct bytes text, struct buf *why,
             const char *what)
{
	AUTO(buf_release) struct buf derived = buf_of(TRUST_TEXT_MAX);

	bundle_put(&derived, copy);
	if (buf_status(&derived) == E_NOMEM)
		return E_NOMEM;
	if (buf_status(&derived) == OK &&
	    bytes_equal(buf_bytes(&derived), text))
		return OK;
	buf_append_str(why, what);
	return E_DENIED;
}

/* --- removal -------------------------------------------------------------- */

static bool
has_anchor(const struct bundle *b, const char *name)
{
	for (size_t i = 0; i < b->n_anchors; i++)
		if (strcmp(b->anchors[i].name, name) == 0)
			return true;
	return false;
}

/* Drops the rows that next does not have; returns how many. */
static size_t
drop_rows(struct bundle *copy, const struct bundle *next)
{
	size_t anchors = 0, keys = 0;

	for (size_t i = 0; i < copy->n_anchors; i++)
		if (has_anchor(next, copy->anchors[i].name))
			copy->anchors[anchors++] = copy->anchors[i];
	for (size_t i = 0; i < copy->pins.n; i++)
		if (pins_find(&next->pins,
		              bytes_of_str(copy->pins.keys[i].kid)))
			copy->pins.keys[keys++] = copy->pins.keys[i];

	size_t dropped = copy->n_anchors - anchors + copy->pins.n - keys;
	copy->n_anchors = anchors;
	copy->pins.n = keys;
	return dropped;
}

err_t
derive_removal(const struct bundle *before, const struct bundle *next,
               struct bytes text, struct buf *why)
{
	AUTO(bundle_free) struct bundle *copy = NULL;

	TRY(copy_bundle(before, next, &copy));
	if (drop_rows(copy, next) == 0) {
		buf_append_str(why, "no row of anchors or keys is gone");
		return E_DENIED;
	}
	return compare_copy(copy, text, why,
	                    "not only whole rows of anchors and keys are gone");
}

/* --- recovery ------------------------------------------------------------- */

err_t
derive_recovery(const struct bundle *before, const struct bundle *next,
                struct bytes text, struct buf *why)
{
	AUTO(bundle_free) struct bundle *copy = NULL;

	if (!before->has_recovery) {
		buf_append_str(why, "the version before has no recovery set");
		return E_DENIED;
	}
	TRY(copy_bundle(before, next, &copy));
	copy->officers = next->officers;
	copy->removal_threshold = next->removal_threshold;
	/* bundle_judge(): it is not before issued. */
	if (next->expires_s - next->issued_s <= TRUST_RECOVERY_DAYS * DAY_S)
		copy->expires_s = next->expires_s;
	return compare_copy(copy, text, why,
	                    "not only officers, their thresholds and an expiry "
	                    "within 366 days differ");
}
