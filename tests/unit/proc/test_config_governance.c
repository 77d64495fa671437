/*
 * test_config_governance.c - trust is governed in one way, and a configuration
 * that could be read in two is refused.
 */
#include <stdio.h>
#include <string.h>

#include "proc/config.h"

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"

#define TEXT_MAX 65536

static void
refuses_text(struct bytes text, const char *complaint)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;

	CU_ASSERT_EQUAL(config_parse(text, &why, &c), E_MALFORMED);
	CU_ASSERT_PTR_NULL(c);
	if (strstr(buf_str(&why), complaint))
		return;
	printf("  \"%s\" instead of \"%s\"\n", buf_str(&why), complaint);
	CU_FAIL("another complaint");
}

/* The usual text with another group of trust. */
static void
put_trust(struct buf *out, const char *group)
{
	AUTO(buf_release) struct buf good = buf_of(TEXT_MAX);
	static const char usual[] = "pins=\"/i\";";

	lifeline_config(&good, &(struct lifeline_config){ 0 });
	const char *text = buf_str(&good);
	const char *at = strstr(text, usual);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	buf_reset(out);
	buf_append(out, bytes_of(text, (size_t)(at - text)));
	buf_append_str(out, group);
	buf_append_str(out, at + strlen(usual));
}

#define GENESIS \
	"00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define OFFICERS                                                            \
	"governance=\"officers\"; bundle=\"/b\"; genesis_sha256=\"" GENESIS \
	"\"; "

static void
test_governance(void)
{
	static const struct {
		const char *group, *complaint;
	} slips[] = {
		{ "governance=\"nobody\"; pins=\"/i\";",
		  "\"nobody\" is not one of none, officers" },
		{ "governance=\"officers\";", "trust.bundle must be given" },
		{ "governance=\"officers\"; bundle=\"/b\";",
		  "trust.genesis_sha256 must be 64 hex digits" },
		{ "governance=\"officers\"; bundle=\"/b\"; "
		  "genesis_sha256=\"0011\";",
		  "trust.genesis_sha256 must be 64 hex digits" },
		{ OFFICERS "pins=\"/i\";", "trust.pins must not be given" },
		{ OFFICERS "anchors=( { file=\"/a\"; "
		           "purposes=[\"android-key\"]; } );",
		  "trust.anchors must not be given" },
		{ OFFICERS "roots=\"/a\";", "trust.anchors must not be given" },
		{ "bundle=\"/b\"; pins=\"/i\";",
		  "trust.bundle must not be given" },
		{ "genesis_sha256=\"" GENESIS "\"; pins=\"/i\";",
		  "trust.genesis_sha256 must not be given" },
		{ "certificates=\"/c\"; pins=\"/i\";",
		  "trust.certificates must not be given" },
	};
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;
	uint8_t genesis[HASH_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		put_trust(&text, slips[i].group);
		refuses_text(buf_bytes(&text), slips[i].complaint);
	}
	put_trust(&text, OFFICERS "certificates=\"/c\";");
	CU_ASSERT_EQUAL_FATAL(config_parse(buf_bytes(&text), &why, &c), OK);
	CU_ASSERT_TRUE(config_has_officers(c));
	config_genesis(c, genesis);
	CU_ASSERT_EQUAL(genesis[0], 0x00);
	CU_ASSERT_EQUAL(genesis[HASH_SIZE - 1], 0xff);
}

static const struct harness_test tests[] = {
	{ "knows who governs it, and only one", test_governance },
	{ NULL, NULL },
};

HARNESS_MAIN("config_governance", tests)
