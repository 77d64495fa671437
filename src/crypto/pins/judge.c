/*
 * judge.c - checks the rows of a pins file, and the change from one file to the
 * next.
 */
#include "crypto/pins/follow.h"

#include <string.h>

/* Writes kid and cause to why and returns err. */
static err_t
refuse_pinned_key(struct buf *why, err_t err, const struct pin *pin,
                  const char *what)
{
	buf_printf(why, "key %s: %s", pin->kid, what);
	return err;
}

static bool
same_token(const struct pin *a, const struct pin *b)
{
	return strcmp(a->token, b->token) == 0;
}

/* --- one file ------------------------------------------------------------- */

/* Returns what is wrong with a token's first row; NULL: nothing. */
static const char *
fault_of_first(const struct pin *pin)
{
	if (!pin->publish_s != !pin->from_s)
		return "publish and from must both be given, or neither";
	return NULL;
}

/* Returns what is wrong with a later row of the same token; NULL: nothing. */
static const char *
fault_of_later(const struct pin *before, const struct pin *pin)
{
	if (!pin->publish_s || !pin->from_s)
		return "publish and from are missing";
	if (!before->until_s)
		return "its predecessor has no until";
	if (before->until_s <= pin->from_s)
		return "the until of its predecessor is not after its from";
	if (pin->from_s <= before->from_s)
		return "its from is not after that of its predecessor";
	if (before->node != pin->node)
		return "its predecessor has another node";
	return NULL;
}

static const char *
fault_of_pin(const struct pins *pins, size_t i)
{
	const struct pin *pin = &pins->keys[i];
	bool first = i == 0 || !same_token(pin - 1, pin);
	const char *fault =
	        first ? fault_of_first(pin) : fault_of_later(pin - 1, pin);

	if (fault)
		return fault;
	if (pin->publish_s > pin->from_s)
		return "its from is before its publish";
	if (pin->until_s && !pins_next(pins, pin))
		return "it has an until, but no successor";
	/* At most two keys of a token are in use at a time. */
	if (!first && i >= 2 && same_token(pin - 2, pin) &&
	    (pin - 2)->until_s > pin->publish_s)
		return "at its publish, two earlier keys are still valid";
	return NULL;
}

/* Returns the conflict between a row and an earlier one; NULL: none. */
static const char *
fault_of_two(const struct pin *a, const struct pin *b, bool neighbours)
{
	if (strcmp(a->kid, b->kid) == 0 ||
	    bytes_equal(pin_spki(a), pin_spki(b)))
		return "the file has it twice";
	if (same_token(a, b) && strcmp(a->uri, b->uri) == 0)
		return "another key of its token has its uri";
	if (same_token(a, b) && !neighbours)
		return "the rows of its token are not adjacent";
	if (!same_token(a, b) && a->node == b->node)
		return "another token has its node";
	return NULL;
}

err_t
pins_judge(const struct pins *pins, struct buf *why)
{
	for (size_t i = 0; i < pins->n; i++) {
		const struct pin *pin = &pins->keys[i];
		const char *fault = fault_of_pin(pins, i);
		bool neighbours = true;

		for (size_t j = i; !fault && j-- > 0;) {
			neighbours &= same_token(&pins->keys[j + 1], pin);
			fault = fault_of_two(&pins->keys[j], pin, neighbours);
		}
		if (fault)
			return refuse_pinned_key(why, E_MALFORMED, pin, fault);
	}
	return OK;
}

/* --- one file after another ----------------------------------------------- */

struct following {
	const struct pins *last;
	const struct pins *next;
	const struct pins_rules *rules;
};

static const struct pins_token *
find_configured_token(const struct pins_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->n; i++)
		if (strcmp(rules->tokens[i].name, name) == 0)
			return &rules->tokens[i];
	return NULL;
}

/* Checks what may change of a key between two files. */
static const char *
fault_of_change(const struct following *f, const struct pin *was,
                const struct pin *is)
{
	uint64_t now_s = f->rules->now_s;
	const struct pin *after = pins_next(f->last, was);
	bool replaced = after && after->from_s <= now_s;

	if (was->alg != is->alg)
		return "its algorithm changed";
	if (!same_token(was, is) && find_configured_token(f->rules, was->token))
		return "its token changed";
	if (pin_over(was, now_s))
		return is->until_s == was->until_s ? NULL
		                                   : "its until has passed and "
		                                     "must not change";
	if (pin_over(is, now_s))
		return "its new until has passed already";
	if (was->from_s > now_s)
		return is->from_s > now_s ? NULL : "it would sign at once";
	if (is->from_s != was->from_s || is->publish_s != was->publish_s)
		return "it signs already, so publish and from must not change";
	if (replaced && is->until_s && is->until_s < was->until_s)
		return "its until must not become earlier after its last "
		       "signature";
	return NULL;
}

/* True if was is a successor that is withdrawn while the key before it can
 * still sign.  Whatever the withdrawn key signed becomes invalid; the officer
 * has decided so. */
static bool
taken_back(const struct following *f, const struct pin *was)
{
	const struct pin *before = was - 1;

	if (was == f->last->keys || !same_token(before, was) ||
	    pin_over(before, f->rules->now_s))
		return false;
	const struct pin *is = pins_find(f->next, bytes_of_str(before->kid));
	return is && !is->until_s;
}

/* Checks a key of the previous file. */
static const char *
fault_of_old(const struct following *f, const struct pin *was)
{
	const struct pin *is = pins_find(f->next, bytes_of_str(was->kid));

	if (is)
		return fault_of_change(f, was, is);
	if (!find_configured_token(f->rules, was->token) ||
	    pin_over(was, f->rules->now_s) || was->from_s > f->rules->now_s ||
	    taken_back(f, was))
		return NULL;
	return "the new file lacks it, but its signatures are still valid";
}

/* Checks a key that the previous file did not have. */
static const char *
fault_of_new(const struct following *f, const struct pin *is)
{
	if (pins_find(f->last, bytes_of_str(is->kid)) ||
	    !pins_signer(f->last, is->token, f->rules->now_s) ||
	    is->from_s > f->rules->now_s)
		return NULL;
	return "it is new and would sign at once";
}

/* A future change of keys must leave the old key's signatures time to
 * expire. */
static const char *
fault_of_end(const struct following *f, const struct pin *pin)
{
	const struct pins_token *token =
	        find_configured_token(f->rules, pin->token);
	const struct pin *after = pins_next(f->next, pin);

	if (token && token->node != pin->node)
		return "its token has another node in the configuration";
	if (after && after->from_s > f->rules->now_s &&
	    pin->until_s < after->from_s + f->rules->longest_s)
		return "its until is before the expiry of what it can sign";
	return NULL;
}

static err_t
judge_following(const struct following *f, struct buf *why)
{
	if (f->next->version <= f->last->version) {
		buf_printf(why, "version %u does not follow version %u",
		           f->next->version, f->last->version);
		return E_CONFLICT;
	}
	for (size_t i = 0; i < f->last->n; i++) {
		const struct pin *was = &f->last->keys[i];
		const char *fault = fault_of_old(f, was);

		if (fault)
			return refuse_pinned_key(why, E_CONFLICT, was, fault);
	}
	for (size_t i = 0; i < f->next->n; i++) {
		const struct pin *is = &f->next->keys[i];
		const char *fault = fault_of_new(f, is);

		if (fault)
			return refuse_pinned_key(why, E_CONFLICT, is, fault);
	}
	return OK;
}

err_t
pins_follow(const struct pins *last, const struct pins *next,
            const struct pins_rules *rules, struct buf *why)
{
	const struct following f = { last, next, rules };

	if (last)
		TRY(judge_following(&f, why));
	for (size_t i = 0; i < next->n; i++) {
		const char *fault = fault_of_end(&f, &next->keys[i]);

		if (fault)
			return refuse_pinned_key(why, E_CONFLICT,
			                         &next->keys[i], fault);
	}
	return OK;
}
