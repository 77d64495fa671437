/*
 * fault_list.c - which faults there are, and what each may end in.
 */
#include <stdio.h>

#include "../../hsm/pkcs11_int.h"
#include "fault.h"

enum user { KEYHOLDER, ADMIN, NOBODY };

static const struct call_row {
	const char *name;
	enum user user;
	uint32_t nth;
} calls[] = {
#define CALL(name, user, nth, params, args, out, bytes, len) \
	{ #name, user, nth },
#include "../shim/functions.def"
#undef CALL
	{ "C_GetFunctionList", KEYHOLDER, 2 },
};

static const struct outcome_row {
	const char *name;
	CK_RV rv; /* CKR_OK: a deed */
} outcomes[] = {
#define CODE(name) { #name, CKR_##name },
#define DEED(name) { #name, CKR_OK },
#include "../shim/outcomes.def"
#undef CODE
#undef DEED
};

static uint32_t
nth_of(enum shim_call call, unsigned when)
{
	return when == 0 ? 1 : when == 1 ? calls[call].nth : 0;
}

struct fault
fault_case(size_t i)
{
	struct fault f = { .n = 1 };
	unsigned when = (unsigned)(i % FAULT_WHENS);

	i /= FAULT_WHENS;
	f.rules[0].outcome = (enum shim_outcome)(i % SHIM_OUTCOMES);
	f.rules[0].call =
	        (enum shim_call)(i / SHIM_OUTCOMES % (size_t)SHIM_CALLS);
	f.rules[0].nth = nth_of(f.rules[0].call, when);
	return f;
}

/* What the matrix found; kept beside it, since a sample may miss them. */
static const struct fault_rule found[] = {
	{ SHIM_C_Sign, SHIM_DEED_silent, 6 }, /* HMACs: nobody can check one */
	{ SHIM_C_Sign, SHIM_DEED_silent, 7 },
	{ SHIM_C_Sign, SHIM_DEED_wrong, 6 },
	{ SHIM_C_Sign, SHIM_DEED_wrong, 7 },
	{ SHIM_C_Sign, SHIM_DEED_zero, 7 },
	{ SHIM_C_Sign, SHIM_DEED_short, 6 },
	{ SHIM_C_Sign, SHIM_DEED_wrong, 4 }, /* signatures, in service */
	{ SHIM_C_Sign, SHIM_DEED_silent, 5 },
	{ SHIM_C_GetAttributeValue, SHIM_CODE_BUFFER_TOO_SMALL, 1 },
	{ SHIM_C_GetAttributeValue, SHIM_CODE_BUFFER_TOO_SMALL, 0 },
};

size_t
fault_found(void)
{
	return ARRAY_LEN(found);
}

struct fault
fault_found_at(size_t i)
{
	return (struct fault){ .rules = { found[i] }, .n = 1 };
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
	struct fault f = { .n = SHIM_RULES };

	for (size_t i = 0; i < f.n; i++) {
		struct fault one = fault_case(mix(&seed) % FAULT_CASES);
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
		                       i ? " + " : "", calls[r->call].name,
		                       when, outcomes[r->outcome].name);
	}
}

bool
fault_is_admin(const struct fault *f)
{
	return f->n == 1 && calls[f->rules[0].call].user == ADMIN;
}

const char *
fault_call_name(enum shim_call call)
{
	return calls[call].name;
}

const char *fault_class_name(enum fault_class class)
{
	static const char *const names[] = { "not reached", "unnoticed",
		                             "lost and back", "latched",
		                             "WRONG" };

	return names[class];
}

/* Deeds after which a key or a property of the token looks missing, doubled
 * or unfit: only a person can say whether it is. */
static bool
deed_may_latch(const struct fault_rule *r)
{
	static const enum shim_call tell[] = {
		SHIM_C_FindObjects,  SHIM_C_GetAttributeValue,
		SHIM_C_GetTokenInfo, SHIM_C_GetMechanismInfo,
		SHIM_C_Login,
	};

	for (size_t i = 0; i < ARRAY_LEN(tell); i++)
		if (r->call == tell[i])
			return true;
	return r->outcome == SHIM_DEED_forget;
}

bool
fault_may_latch(const struct fault_rule *r)
{
	CK_RV rv = outcomes[r->outcome].rv;

	if (rv == CKR_OK)
		return r->outcome != SHIM_DEED_delay && deed_may_latch(r);
	if (r->call == SHIM_C_Login && !p11_rv_known(rv))
		return true;
	return p11_rv_class(rv) == P11_LATCH || p11_rv_class(rv) == P11_REFUSE;
}

bool
fault_may_retry_login(const struct fault_rule *r)
{
	CK_RV rv = outcomes[r->outcome].rv;

	return r->call == SHIM_C_Login && rv != CKR_OK && p11_rv_known(rv) &&
	       p11_rv_class(rv) == P11_LOST;
}
