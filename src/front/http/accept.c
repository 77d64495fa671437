/*
 * accept.c - see accept.h.
 */
#include "front/http/accept.h"

#include "anchord/claims.h"
#include "front/http/http1.h"

#define WEIGHT_MOST 1000

/* How exactly a range names a type. */
enum rank { RANK_NONE, RANK_ANY, RANK_GROUP, RANK_TYPE, RANK_PROFILE };

static const char *const media[ACCEPT_TYPES] = {
	[ACCEPT_JSON] = ACCEPT_JSON_MEDIA,
	[ACCEPT_EAT_JWT] = ACCEPT_EAT_JWT_MEDIA,
	[ACCEPT_EAT_CWT] = ANCHORD_RESULT_CWT_MEDIA,
};

const char *
accept_media(enum accept_type type)
{
	return media[type];
}

/* One element of the list: its type, its weight, and its eat_profile. */
struct range {
	struct bytes type;
	uint16_t weight;
	struct bytes profile; /* empty: none is asked for */
};

/* Takes what is before the next `end` that is not in a quoted string (section
 * 5.6.4), without spaces around it. */
static struct bytes
take_list_part(struct bytes *in, uint8_t end)
{
	bool quoted = false;
	size_t n = 0;

	while (n < in->len && (quoted || in->data[n] != end)) {
		if (in->data[n] == '"')
			quoted = !quoted;
		else if (quoted && in->data[n] == '\\' && n + 1 < in->len)
			n++;
		n++;
	}
	struct bytes part = bytes_of(in->data, n);
	size_t skip = n < in->len ? n + 1 : n;
	*in = bytes_of(in->data + skip, in->len - skip);
	return http1_trim(part);
}

/* A qvalue (section 12.4.2): 0 or 1 with up to three digits; false: it is
 * none. */
static bool
read_weight(struct bytes v, uint16_t *ret_weight)
{
	unsigned weight = 0, scale = WEIGHT_MOST;

	if (v.len == 0 || v.len > 5 || (v.len > 1 && v.data[1] != '.'))
		return false;
	for (size_t i = 0; i < v.len; i++) {
		if (i == 1)
			continue;
		if (v.data[i] < '0' || v.data[i] > '9')
			return false;
		weight += (unsigned)(v.data[i] - '0') * scale;
		scale /= 10;
	}
	if (weight > WEIGHT_MOST)
		return false;
	*ret_weight = (uint16_t)weight;
	return true;
}

/* A value without the quotes around it.  A profile has no character that a
 * quoted string would escape. */
static struct bytes
unquote_value(struct bytes v)
{
	bool quoted =
	        v.len >= 2 && v.data[0] == '"' && v.data[v.len - 1] == '"';

	return quoted ? bytes_of(v.data + 1, v.len - 2) : v;
}

/* Other parameters say nothing about what we send, and are ignored.  False: the
 * weight is none. */
static bool
read_range(struct bytes element, struct range *ret_range)
{
	struct range r = { .weight = WEIGHT_MOST };

	r.type = take_list_part(&element, ';');
	while (element.len > 0) {
		struct bytes value = take_list_part(&element, ';');
		struct bytes name = take_list_part(&value, '=');

		if (http1_name_is(name, "q") && !read_weight(value, &r.weight))
			return false;
		if (http1_name_is(name, "eat_profile"))
			r.profile = unquote_value(value);
	}
	*ret_range = r;
	return true;
}

/* eat_profile is compared without case (RFC 9782 section 6.3). */
static enum rank
rank_range(const struct range *r, enum accept_type type)
{
	bool ours = http1_name_is(r->profile, ANCHORD_RESULT_PROFILE);

	if (http1_name_is(r->type, "*/*"))
		return RANK_ANY;
	if (http1_name_is(r->type, "application/*"))
		return RANK_GROUP;
	if (!http1_name_is(r->type, media[type]))
		return RANK_NONE;
	if (type == ACCEPT_JSON || r->profile.len == 0)
		return RANK_TYPE;
	return ours ? RANK_PROFILE : RANK_NONE;
}

/* The most exact range counts for a type (section 12.5.1), and of equal ones the
 * greatest weight. */
static void
note_range(struct accept *a, const struct range *r)
{
	for (enum accept_type t = 0; t < ACCEPT_TYPES; t++) {
		struct accept_wish *wish = &a->wishes[t];
		enum rank rank = rank_range(r, t);

		if (rank == RANK_NONE || rank < wish->rank ||
		    (rank == wish->rank && r->weight <= wish->weight))
			continue;
		*wish = (struct accept_wish){ r->weight, (uint8_t)rank };
	}
}

void
accept_field(struct accept *a, struct bytes value)
{
	while (value.len > 0) {
		struct bytes element = take_list_part(&value, ',');
		struct range range;

		if (element.len == 0)
			continue; /* section 5.6.1: empty elements */
		a->given = true;
		if (read_range(element, &range))
			note_range(a, &range);
	}
}

static bool
is_better(const struct accept_wish *x, const struct accept_wish *y)
{
	return x->weight > y->weight ||
	       (x->weight == y->weight && x->rank > y->rank);
}

enum accept_type
accept_choose(const struct accept *a)
{
	enum accept_type best = ACCEPT_TYPES;

	if (!a->given)
		return ACCEPT_JSON;
	for (enum accept_type t = 0; t < ACCEPT_TYPES; t++)
		if (a->wishes[t].weight > 0 &&
		    (best == ACCEPT_TYPES ||
		     is_better(&a->wishes[t], &a->wishes[best])))
			best = t;
	return best;
}
