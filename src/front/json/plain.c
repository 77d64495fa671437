/*
 * plain.c - see plain.h.
 *
 * Building a tree for a body of 250 bytes with six values takes a third of a
 * front's time for a challenge.  This parser stores each value directly.
 */
#include "front/json/plain.h"

#include <stdlib.h>

#include "base/encode.h"

#define ORDERS_FIRST 32   /* first allocation for an array; doubled as needed */
#define TTL_DIGITS_MAX 9u /* fits 32 bits */

/* Failures are sticky: once the body is outside the subset, nothing matches. */
struct scan {
	const uint8_t *at, *end;
	const struct challenge_limits *limits;
	bool plain;
};

static void
skip_space(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' ||
	                          *s->at == '\t' || *s->at == '\r'))
		s->at++;
}

/* Takes c, after optional white space, if it is next. */
static bool
take_char_if_next(struct scan *s, char c)
{
	skip_space(s);
	if (!s->plain || s->at == s->end || *s->at != (uint8_t)c)
		return false;
	s->at++;
	return true;
}

static void
expect_plain_char(struct scan *s, char c)
{
	if (!take_char_if_next(s, c))
		s->plain = false;
}

static struct bytes
read_string(struct scan *s)
{
	expect_plain_char(s, '"');
	const uint8_t *first = s->at;
	while (s->at < s->end && *s->at >= 0x20 && *s->at < 0x7f &&
	       *s->at != '"' && *s->at != '\\')
		s->at++;
	struct bytes text = bytes_of(first, (size_t)(s->at - first));
	if (s->at == s->end || *s->at++ != '"')
		s->plain = false;
	return text;
}

static void
read_workflow(struct scan *s, struct challenge_order *o)
{
	o->workflow = workflow_find(read_string(s));
	s->plain = s->plain && o->workflow != WORKFLOW_COUNT;
}

static void
read_ttl(struct scan *s, struct challenge_order *o)
{
	uint32_t ttl = 0;
	unsigned n = 0;

	skip_space(s);
	for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' &&
	       n < TTL_DIGITS_MAX;
	     s->at++, n++) {
		if (n > 0 && ttl == 0)
			s->plain = false; /* JSON has no leading zeros */
		ttl = ttl * 10 + (uint32_t)(*s->at - '0');
	}
	/* after a tenth digit, '.' or 'e' the caller finds no comma */
	s->plain = s->plain && ttl >= 1 && ttl <= s->limits->ttl_max_s;
	o->ttl_s = ttl;
}

static void
read_plain_text(struct scan *s, struct challenge_order *o, enum binding bit,
                struct bytes *text)
{
	*text = read_string(s);
	s->plain = s->plain && text->len > 0;
	o->bindings.present |= (uint16_t)(1u << bit);
}

static void
read_device(struct scan *s, struct challenge_order *o)
{
	read_plain_text(s, o, BINDING_DEVICE, &o->bindings.device_handle);
}

static void
read_channel(struct scan *s, struct challenge_order *o)
{
	read_plain_text(s, o, BINDING_CHANNEL, &o->bindings.channel);
}

static void
read_transaction(struct scan *s, struct challenge_order *o)
{
	read_plain_text(s, o, BINDING_TRANSACTION, &o->bindings.transaction);
}

static void
read_release(struct scan *s, struct challenge_order *o)
{
	read_plain_text(s, o, BINDING_RELEASE, &o->bindings.release);
}

static void
read_plain_hash(struct scan *s, struct challenge_order *o, enum binding bit,
                uint8_t hash[static HASH_SIZE])
{
	struct bytes text = read_string(s);

	if (!s->plain || decode_base64url_exact(text, hash, HASH_SIZE) != OK)
		s->plain = false;
	o->bindings.present |= (uint16_t)(1u << bit);
}

static void
read_transport(struct scan *s, struct challenge_order *o)
{
	read_plain_hash(s, o, BINDING_TRANSPORT, o->bindings.transport);
}

static void
read_request(struct scan *s, struct challenge_order *o)
{
	read_plain_hash(s, o, BINDING_REQUEST, o->bindings.request);
}

static void
read_account(struct scan *s, struct challenge_order *o)
{
	read_plain_hash(s, o, BINDING_ACCOUNT, o->bindings.account);
}

struct member {
	const char *name;
	void (*read)(struct scan *s, struct challenge_order *o);
};

/* Parses an object with these members, none twice; ret_seen has a bit for
 * each. */
static void
read_object(struct scan *s, const struct member *rows,
            struct challenge_order *o, unsigned *ret_seen)
{
	unsigned seen = 0;

	expect_plain_char(s, '{');
	if (!take_char_if_next(s, '}')) {
		do {
			struct bytes name = read_string(s);
			unsigned i = 0;

			while (rows[i].name &&
			       !bytes_equal_str(name, rows[i].name))
				i++;
			expect_plain_char(s, ':');
			if (!rows[i].name || (seen & (1u << i)))
				s->plain = false;
			else if (s->plain)
				rows[i].read(s, o);
			seen |= 1u << i;
		} while (take_char_if_next(s, ','));
		expect_plain_char(s, '}');
	}
	*ret_seen = seen;
}

static void
read_bindings(struct scan *s, struct challenge_order *o)
{
	static const struct member rows[] = {
		{ "transport", read_transport },
		{ "request", read_request },
		{ "account", read_account },
		{ NULL, NULL },
	};
	unsigned seen;

	read_object(s, rows, o, &seen);
}

static void
read_order(struct scan *s, struct challenge_order *ret_order)
{
	enum { WORKFLOW_ROW };
	static const struct member rows[] = {
		[WORKFLOW_ROW] = { "workflow", read_workflow },
		{ "device_handle", read_device },
		{ "bindings", read_bindings },
		{ "transaction", read_transaction },
		{ "release", read_release },
		{ "channel", read_channel },
		{ "ttl", read_ttl },
		{ NULL, NULL },
	};
	struct challenge_order o = { .ttl_s = s->limits->ttl_s };
	unsigned seen;

	read_object(s, rows, &o, &seen);
	if (!(seen & (1u << WORKFLOW_ROW)) || !bindings_valid(&o.bindings))
		s->plain = false;
	*ret_order = o;
}

/* Room for one more order; false: none. */
static bool
grow_orders(struct challenge_orders *all, size_t *room)
{
	if (all->count < *room)
		return true;

	size_t more = *room == 0 ? ORDERS_FIRST : *room * 2;
	struct challenge_order *orders =
	        reallocarray(all->orders, more, sizeof(*orders));
	if (!orders)
		return false;
	all->orders = orders;
	*room = more;
	return true;
}

static void
read_array(struct scan *s, struct challenge_orders *all)
{
	size_t room = 0;

	all->array = true;
	do {
		if (all->count == s->limits->array_max ||
		    !grow_orders(all, &room)) {
			s->plain = false;
			return;
		}
		read_order(s, &all->orders[all->count++]);
	} while (take_char_if_next(s, ','));
	expect_plain_char(s, ']');
}

static void
read_one(struct scan *s, struct challenge_orders *all)
{
	all->orders = malloc(sizeof(*all->orders));
	if (!all->orders) {
		s->plain = false;
		return;
	}
	all->count = 1;
	read_order(s, all->orders);
}

bool
json_plain_orders(struct bytes body, const struct challenge_limits *limits,
                  struct challenge_orders *ret_orders)
{
	AUTO(challenge_orders_release) struct challenge_orders all = { 0 };
	if (body.len == 0)
		return false;

	struct scan s = { .at = body.data,
		          .end = body.data + body.len,
		          .limits = limits,
		          .plain = true };
	if (take_char_if_next(&s, '['))
		read_array(&s, &all);
	else
		read_one(&s, &all);
	skip_space(&s);
	if (!s.plain || s.at != s.end)
		return false;

	*ret_orders = all;
	all = (struct challenge_orders){ 0 };
	return true;
}
