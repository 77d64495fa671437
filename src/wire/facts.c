/*
 * facts.c - see facts.h.
 */
#include <string.h>

#include "base/auto.h"
#include "wire/facts.h"

bool
fact_rule_valid(unsigned rule)
{
	return rule >= FACT_SHOWN && rule <= FACT_NOT_BEFORE;
}

bool
fact_rule_counts(enum fact_rule rule)
{
	return rule == FACT_NOT_BELOW || rule == FACT_NOT_BEFORE;
}

struct bytes
fact_name(const struct fact *f)
{
	return bytes_of(f->name, f->name_len);
}

struct bytes
fact_bytes(const struct fact *f)
{
	return bytes_of(f->bytes, f->len);
}

const struct fact *
facts_find(const struct facts *f, struct bytes name)
{
	for (size_t i = 0; i < f->n; i++)
		if (bytes_equal(fact_name(&f->rows[i]), name))
			return &f->rows[i];
	return NULL;
}

/* True for the members of the API's enrolment object that are not facts
 * (docs/api.md). */
static bool
is_reserved(struct bytes name)
{
	static const char *const members[] = { "device_handle", "format",
		                               "enrolled_at",   "state",
		                               "changed_at",    "reason",
		                               "key_changed_at" };

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (bytes_equal_str(name, members[i]))
			return true;
	return false;
}

static bool
is_name(struct bytes name)
{
	if (name.len == 0 || name.len > FACT_NAME_MAX || name.data[0] < 'a' ||
	    name.data[0] > 'z')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_')
			return false;
	}
	return !is_reserved(name);
}

/* Adds a row with this name and without a value. */
static err_t
add_row(struct facts *f, enum fact_rule rule, struct bytes name,
        struct fact **ret_row)
{
	if (!is_name(name))
		return E_MALFORMED;
	if (facts_find(f, name))
		return E_CONFLICT;
	if (f->n == FACTS_MAX)
		return E_LIMIT;
	struct fact *row = &f->rows[f->n++];
	*row = (struct fact){ .rule = rule, .name_len = (uint8_t)name.len };
	memcpy(row->name, name.data, name.len);
	*ret_row = row;
	return OK;
}

err_t
facts_add_bytes(struct facts *f, enum fact_rule rule, struct bytes name,
                struct bytes value)
{
	struct fact *row = NULL;

	if (!fact_rule_valid(rule) || fact_rule_counts(rule))
		return E_MALFORMED;
	if (value.len == 0)
		return OK;
	if (value.len > FACT_BYTES_MAX)
		return E_LIMIT;
	TRY(add_row(f, rule, name, &row));
	row->len = (uint8_t)value.len;
	memcpy(row->bytes, value.data, value.len);
	return OK;
}

err_t
facts_add_number(struct facts *f, enum fact_rule rule, struct bytes name,
                 uint64_t number)
{
	struct fact *row = NULL;

	if (!fact_rule_counts(rule))
		return E_MALFORMED;
	if (number == 0)
		return OK;
	if (number > FACT_NUMBER_MAX)
		return E_LIMIT;
	TRY(add_row(f, rule, name, &row));
	row->number = number;
	return OK;
}
