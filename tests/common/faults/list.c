/*
 * list.c - enumerates the faults of the selected kind of device.
 */
#include <stdio.h>

#include "tests/common/faults/fault.h"

const struct fault_kind *fault_kind;

size_t
fault_cases(void)
{
	return fault_kind->n_calls * fault_kind->n_outcomes * FAULT_WHENS;
}

static uint32_t
nth_of(uint32_t call, unsigned when)
{
	return when == 0 ? 1 : when == 1 ? fault_kind->calls[call].nth : 0;
}

struct fault
fault_case(size_t i)
{
	struct fault f = { .n = 1 };
	unsigned when = (unsigned)(i % FAULT_WHENS);

	i /= FAULT_WHENS;
	f.rules[0].outcome = (uint32_t)(i % fault_kind->n_outcomes);
	f.rules[0].call =
	        (uint32_t)(i / fault_kind->n_outcomes % fault_kind->n_calls);
	f.rules[0].nth = nth_of(f.rules[0].call, when);
	return f;
}

struct fault
fault_found_at(size_t i)
{
	return (struct fault){ .rules = { fault_kind->found[i] }, .n = 1 };
}

/* SplitMix64: the same pairs on every machine. */
static uint64_t
mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

struct fault
fault_pair(uint64_t seed)
{
	struct fault f = { .n = FAULT_RULES };

	for (size_t i = 0; i < f.n; i++) {
		struct fault one = fault_case(mix(&seed) % fault_cases());
		f.rules[i] = one.rules[0];
		if (f.rules[i].nth > 1)
			f.rules[i].nth = (uint32_t)(2 + mix(&seed) % 6);
	}
	return f;
}

void
fault_print(const struct fault *f, char *out, size_t room)
{
	size_t at = 0;

	for (size_t i = 0; i < f->n && at < room; i++) {
		const struct fault_rule *r = &f->rules[i];
		char when[16] = "every";

		if (r->nth)
			snprintf(when, sizeof(when), "%u", r->nth);
		at += (size_t)snprintf(out + at, room - at, "%s%s %s %s",
		                       i ? " + " : "",
		                       fault_kind->calls[r->call].name, when,
		                       fault_kind->outcomes[r->outcome]);
	}
}

enum fault_user
fault_user_of(const struct fault *f)
{
	enum fault_user user = FAULT_KEYHOLDER;

	for (size_t i = 0; i < f->n; i++) {
		enum fault_user one = fault_kind->calls[f->rules[i].call].user;
		if (i > 0 && one != user)
			return FAULT_KEYHOLDER;
		user = one;
	}
	return user;
}

const char *fault_class_name(enum fault_class class)
{
	static const char *const names[] = { "not reached", "unnoticed",
		                             "lost and back", "latched",
		                             "WRONG" };

	return names[class];
}
