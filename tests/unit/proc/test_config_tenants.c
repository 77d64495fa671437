/*
 * test_config_tenants.c - the list of tenants, and the defaults of those that it
 * does not name.
 */
#include <stdio.h>
#include <string.h>

#include "proc/config.h"

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"

#define TEXT_MAX 65536

/* The usual text and more. */
static err_t
parse_more(const char *more, struct buf *why, struct config **ret_config)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	lifeline_config(&text, &(struct lifeline_config){ 0 });
	buf_append_str(&text, more);
	return config_parse(buf_bytes(&text), why, ret_config);
}

static void
refuses_more(const char *more, const char *complaint)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;

	CU_ASSERT_EQUAL(parse_more(more, &why, &c), E_MALFORMED);
	if (strstr(buf_str(&why), complaint))
		return;
	printf("  \"%s\" instead of \"%s\"\n", buf_str(&why), complaint);
	CU_FAIL("another complaint");
}

#define BACKEND "tenant=\"a\"; roles=[\"backend\"]; workflows=[\"enroll\"];"

static void
test_tenants(void)
{
	static const char more[] =
	        "limits = { tenant_rate = 50; tenant_outstanding = 1000; };\n"
	        "tenants = ( { name = \"b\"; rate = 7; burst = 9; overdue_days "
	        "= 2; },\n"
	        "  { name = \"c\"; outstanding = 0; burst = 0; overdue_days = "
	        "0; } );\n"
	        "clients = (\n"
	        "  { san = \"DNS:1\"; tenant = \"a\"; roles = [\"officer\"]; "
	        "},\n"
	        "  { san = \"DNS:2\"; tenant = \"b\"; roles = [\"officer\"]; "
	        "},\n"
	        "  { san = \"DNS:3\"; tenant = \"c\"; roles = [\"officer\"]; "
	        "},\n"
	        "  { san = \"DNS:4\"; tenant = \"a\"; roles = [\"officer\"]; "
	        "},\n"
	        "  { san = \"DNS:5\"; roles = [\"officer\"]; } );\n";
	static const struct config_tenant want[] = {
		{ "a", 50, 100, 1000, 30 },
		{ "b", 7, 9, 1000, 2 },
		{ "c", 50, 100, 0, 0 },
		{ "a", 50, 100, 1000, 30 },
	};
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;

	CU_ASSERT_EQUAL_FATAL(parse_more(more, &why, &c), OK);
	CU_ASSERT_EQUAL(c->n_tenants, 3);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		CU_ASSERT_FATAL(c->clients[i].tenant_index < c->n_tenants);
		const struct config_tenant *t =
		        &c->tenants[c->clients[i].tenant_index];

		CU_ASSERT_STRING_EQUAL(t->name, want[i].name);
		CU_ASSERT_EQUAL(t->rate, want[i].rate);
		CU_ASSERT_EQUAL(t->burst, want[i].burst);
		CU_ASSERT_EQUAL(t->outstanding, want[i].outstanding);
		CU_ASSERT_EQUAL(t->overdue_days, want[i].overdue_days);
	}
	CU_ASSERT_EQUAL(c->clients[4].tenant_index, CONFIG_NO_TENANT);
	CU_ASSERT_EQUAL(config_quota_units(c),
	                5 + 1 + 3 * (1 + OUTSTANDING_UNITS));
}

static void
test_tenants_refused(void)
{
#define OWN "clients = ( { san = \"DNS:x\"; " BACKEND " } ); tenants = "
	refuses_more(OWN "1;", "tenants must be a list");
	refuses_more(OWN "( 1 );", "a tenant must be a group");
	refuses_more(OWN "( { rate = 1; } );", "a tenant needs a name");
	refuses_more(OWN "( { name = 1; } );", "line ");
	refuses_more(OWN "( { name = \"A\"; } );", "name must be");
	refuses_more(OWN "( { name = \"a\"; colour = 1; } );",
	             "unknown setting tenants.colour");
	refuses_more(OWN "( { name = \"a\"; rate = 1000001; } );",
	             "is not between");
	refuses_more(OWN "( { name = \"a\"; outstanding = -1; } );",
	             "is not between");
	refuses_more(OWN "( { name = \"a\"; }, { name = \"a\"; } );",
	             "tenant a occurs twice");
	refuses_more(OWN "( { name = \"b\"; } );",
	             "no client has the tenant b");
#undef OWN
}

static const struct harness_test tests[] = {
	{ "reads what tenants share", test_tenants },
	{ "refuses tenants that nobody has", test_tenants_refused },
	{ NULL, NULL },
};

HARNESS_MAIN("config_tenants", tests)
