/*
 * test_rights.c - the client that a certificate's names belong to, and its
 * rights.
 */
#include "base/auto.h"

#include "front/api/rights.h"
#include "tests/common/base/harness.h"

static const struct config_client clients[] = {
	{ .san = "URI:spiffe://x/a",
	  .workflows = 1u << WORKFLOW_METADATA | 1u << WORKFLOW_CHANNEL,
	  .channels = "beta,stable" },
	{ .san = "DNS:b.example", .workflows = 0, .channels = "" },
	{ .san = "URI:spiffe://x/c", .channels = "a" },
};

static const struct config config = { .n_clients = ARRAY_LEN(clients),
	                              .clients = clients };

static size_t
client_of(const char *const *texts, size_t n)
{
	struct bytes names[4];

	for (size_t i = 0; i < n; i++)
		names[i] = bytes_of_str(texts[i]);
	return rights_client(&config, (struct rights_names){ n, names });
}

static void
test_one(void)
{
	CU_ASSERT_EQUAL(client_of((const char *[]){ "URI:spiffe://x/a" }, 1),
	                0);
	CU_ASSERT_EQUAL(
	        client_of((const char *[]){ "DNS:z", "DNS:b.example" }, 2), 1);
}

static void
test_none(void)
{
	static const char *const texts[] = {
		"URI:spiffe://x/A",
		"URI:spiffe://x/a/",
		"DNS:spiffe://x/a",
		"URI:spiffe://x/",
		"DNS:*.example",
		"DNS:B.EXAMPLE",
		"URI:b.example",
		"b.example",
		"DNS:b.example.",
		"URI:spiffe://x/ab",
		"",
	};

	CU_ASSERT_EQUAL(client_of(NULL, 0), 3);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		CU_ASSERT_EQUAL(client_of(&texts[i], 1), 3);
}

static void
test_several(void)
{
	CU_ASSERT_EQUAL(client_of((const char *[]){ "URI:spiffe://x/a",
	                                            "DNS:b.example" },
	                          2),
	                3);
	CU_ASSERT_EQUAL(client_of((const char *[]){ "URI:spiffe://x/a",
	                                            "URI:spiffe://x/a" },
	                          2),
	                3);
}

static void
test_workflows(void)
{
	CU_ASSERT(rights_workflow(&clients[0], WORKFLOW_METADATA));
	CU_ASSERT(rights_workflow(&clients[0], WORKFLOW_CHANNEL));
	CU_ASSERT_FALSE(rights_workflow(&clients[0], WORKFLOW_ENROLL));
	CU_ASSERT_FALSE(rights_workflow(&clients[0], WORKFLOW_COUNT));
	for (unsigned w = 0; w < WORKFLOW_COUNT; w++)
		CU_ASSERT_FALSE(rights_workflow(&clients[1], (enum workflow)w));
}

static void
test_channels(void)
{
	static const char *const no[] = { "bet",        "beta,stable", "",
		                          "betastable", "Beta",        ",",
		                          "beta,",      "able" };

	CU_ASSERT(rights_channel(&clients[0], bytes_of_str("beta")));
	CU_ASSERT(rights_channel(&clients[0], bytes_of_str("stable")));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		CU_ASSERT_FALSE(
		        rights_channel(&clients[0], bytes_of_str(no[i])));
	CU_ASSERT(rights_channel(&clients[1], bytes_of_str("any")));
}

static const struct harness_test tests[] = {
	{ "one name, one client", test_one },
	{ "nearly a name is none", test_none },
	{ "two matches are none", test_several },
	{ "workflows", test_workflows },
	{ "channels", test_channels },
	{ NULL, NULL },
};

HARNESS_MAIN("rights", tests)
