/*
 * facts_kit.c - see facts_kit.h.
 */
#include "tests/common/fakes/facts_kit.h"

#include "tests/common/base/harness.h"

static struct fact *
find(struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (bytes_equal_str(fact_name(&f->rows[i]), name))
			return &f->rows[i];
	return NULL;
}

uint64_t *
facts_kit_level(struct facts *f, const char *name)
{
	if (!find(f, name))
		CU_ASSERT_EQUAL_FATAL(facts_add_number(f,
		                                       strstr(name, "patch")
		                                               ? FACT_NOT_BEFORE
		                                               : FACT_NOT_BELOW,
		                                       bytes_of_str(name), 1),
		                      OK);
	return &find(f, name)->number;
}

uint64_t
facts_kit_number(const struct facts *f, const char *name)
{
	const struct fact *row = facts_find(f, bytes_of_str(name));

	return row ? row->number : 0;
}

struct bytes
facts_kit_bytes(const struct facts *f, const char *name)
{
	const struct fact *row = facts_find(f, bytes_of_str(name));

	return row ? fact_bytes(row) : bytes_of(NULL, 0);
}

void
facts_kit_add(struct facts *f, enum fact_rule rule, const char *name,
              struct bytes value)
{
	CU_ASSERT_EQUAL_FATAL(
	        facts_add_bytes(f, rule, bytes_of_str(name), value), OK);
}

uint8_t *
facts_kit_value(struct facts *f, const char *name)
{
	struct fact *row = find(f, name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	return row->bytes;
}
