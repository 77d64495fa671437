/*
 * test_trust_chain_file.c - what is appended to a chain file.
 */
#include "provisioning/anchorctl/cli.c"
#include "provisioning/anchorctl/cli_file.c"
#include "provisioning/anchorctl/cli_json.c"
#include "provisioning/anchorctl/cli_parse.c"
#include "provisioning/anchorctl/cli_print.c"
#include "provisioning/anchorctl/cli_value.c"
#include "provisioning/anchorctl/trust_chain_file.c"

#include "tests/common/base/harness.h"

const char anchord_version[] = "7.8.9";
const char anchord_commit[] = "c0ffee";

/* One more behind n versions. */
static err_t
put_behind(size_t n, enum bundle_change change)
{
	AUTO(chain_file_release) struct chain_file c = CHAIN_FILE_NONE;
	AUTO(buf_release) struct buf out = buf_of(TRUST_PACK_MAX);
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	const struct trust_version one = { .text = bytes_of_str("x") };

	c.chain = calloc(1, sizeof(*c.chain));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c.chain);
	c.chain->n = n;
	c.chain->versions = calloc(n, sizeof(one));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c.chain->versions);
	for (size_t i = 0; i < n; i++)
		c.chain->versions[i] = one;
	err_t err = chain_file_put(&c, &one, change, &why, &out);
	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	CU_ASSERT_EQUAL(err == OK, out.len > 0);
	return err;
}

/* The service would refuse the chain, and the file could not be continued. */
static void
test_removal(void)
{
	const size_t n = TRUST_REMOVAL_VERSIONS;

	CU_ASSERT_EQUAL(put_behind(n - 1, BUNDLE_REMOVAL), OK);
	CU_ASSERT_EQUAL(put_behind(n, BUNDLE_REMOVAL), E_LIMIT);
	CU_ASSERT_EQUAL(put_behind(n, BUNDLE_ORDINARY), OK);
	CU_ASSERT_EQUAL(put_behind(n, BUNDLE_RECOVERY), OK);
}

static const struct harness_test tests[] = {
	{ "a removal that the chain has no room for", test_removal },
	{ NULL, NULL },
};
HARNESS_MAIN("trust_chain_file", tests)
