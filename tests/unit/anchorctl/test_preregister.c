/*
 * test_preregister.c - `anchorctl device preregister` with a service that lies about
 * what it was sent, and one that fails on the way.
 *
 * provisioning/ has no library of its own, so its files are compiled in; what an
 * honest service answers is shown by tests/e2e/15-preregistered.sh.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/anchorctl/cli.h"
#include "provisioning/anchorctl/cli_json.c"
#include "provisioning/anchorctl/cli_print.c"
#include "provisioning/anchorctl/cli_value.c"
#include "provisioning/anchorctl/known_file.c"
#include "provisioning/anchorctl/verb_device_preregister.c"
#include "tests/common/base/harness.h"

/* Answers each batch so; "" is a failure. */
static struct fake {
	const char *answers[3];
	size_t asked, entries;
	size_t longest; /* body, in bytes */
} fake;

int
client_setup(const struct cli *cli, struct client **ret_client)
{
	(void)cli;
	(void)ret_client;
	return VERB_PART;
}

void
client_drop(struct client *c)
{
	(void)c;
}

err_t
cli_read_file(const struct cli *cli, const char *path, struct buf *out)
{
	(void)cli;
	(void)path;
	(void)out;
	return E_IO;
}

int
client_ask(struct client *c, const struct client_request *r,
           unsigned *ret_status, json_t **ret_body)
{
	size_t size = json_dumpb(r->body, NULL, 0, JSON_COMPACT);

	(void)c;
	CU_ASSERT_TRUE_FATAL(fake.asked < ARRAY_LEN(fake.answers));
	CU_ASSERT_STRING_EQUAL(r->path, "/v1/preregistrations");
	CU_ASSERT_TRUE(json_array_size(r->body) > 0);
	fake.entries += json_array_size(r->body);
	fake.longest = size > fake.longest ? size : fake.longest;
	const char *answer = fake.answers[fake.asked++];
	*ret_status = 200;
	*ret_body = answer ? json_loads(answer, 0, NULL) : NULL;
	return *ret_body ? VERB_GOOD : VERB_PART;
}

/* Sends the file to a service of these answers. */
static int
send_file(const char *text, struct import *m, const char *first,
          const char *second)
{
	static const struct verb verb = { .words = "test" };
	static const struct cli cli = { .verb = &verb, .json = true };

	fake = (struct fake){ .answers = { first, second } };
	*m = (struct import){ .cli = &cli, .faults = json_array() };
	return send_entries(m, bytes_of_str(text));
}

static const struct row {
	const char *answer;
	int code;
} rows[] = {
	{ "{\"new\":1,\"known\":1,\"invalid\":1,\"faults\":"
	  "[{\"index\":2,\"detail\":\"[2]: why\"}]}",
	  VERB_GOOD },
	{ "{\"new\":3,\"known\":0,\"invalid\":0,\"faults\":[]}", VERB_GOOD },
	{ "{\"new\":0,\"known\":0,\"invalid\":3,\"faults\":[]}", VERB_GOOD },
	/* other numbers than were sent */
	{ "{\"new\":2,\"known\":0,\"invalid\":0,\"faults\":[]}", VERB_PART },
	{ "{\"new\":4,\"known\":0,\"invalid\":0,\"faults\":[]}", VERB_PART },
	{ "{\"new\":4,\"known\":-1,\"invalid\":0,\"faults\":[]}", VERB_PART },
	{ "{\"new\":3,\"known\":0,\"invalid\":0}", VERB_PART },
	{ "{\"new\":\"3\",\"known\":0,\"invalid\":0,\"faults\":[]}",
	  VERB_PART },
	{ "{\"known\":0,\"invalid\":3,\"faults\":[]}", VERB_PART },
	{ "{}", VERB_PART },
	/* faults of nobody */
	{ "{\"new\":2,\"known\":0,\"invalid\":1,\"faults\":"
	  "[{\"index\":3,\"detail\":\"x\"}]}",
	  VERB_PART },
	{ "{\"new\":2,\"known\":0,\"invalid\":1,\"faults\":"
	  "[{\"index\":-1,\"detail\":\"x\"}]}",
	  VERB_PART },
	{ "{\"new\":2,\"known\":0,\"invalid\":1,\"faults\":[{\"index\":0}]}",
	  VERB_PART },
	{ "{\"new\":2,\"known\":0,\"invalid\":1,\"faults\":[7]}", VERB_PART },
	{ "{\"new\":3,\"known\":0,\"invalid\":0,\"faults\":"
	  "[{\"index\":0,\"detail\":\"x\"}]}",
	  VERB_PART },
};

static void
test_lies(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(import_release) struct import m = { 0 };
		int code =
		        send_file("{}\n{}\n\n{}\n", &m, rows[i].answer, NULL);

		if (code != rows[i].code)
			fprintf(stderr, "%s: %d\n", rows[i].answer, code);
		CU_ASSERT_EQUAL(code, rows[i].code);
		CU_ASSERT_EQUAL(fake.asked, 1);
		CU_ASSERT_EQUAL(m.added + m.known + m.invalid,
		                code == VERB_GOOD ? 3 : 0);
	}
}

static void
test_lines(void)
{
	AUTO(import_release) struct import m = { 0 };

	CU_ASSERT_EQUAL(send_file("{}\n{}\n\n{}\n", &m, rows[0].answer, NULL),
	                VERB_GOOD);
	const json_t *fault = json_array_get(m.faults, 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(fault, "line")), 4);
	CU_ASSERT_STRING_EQUAL(json_text(fault, "detail"), "why");
	CU_ASSERT_STRING_EQUAL(without_index("[7].label: x"), "label: x");
	CU_ASSERT_STRING_EQUAL(without_index("[7"), "[7");
	CU_ASSERT_STRING_EQUAL(without_index(""), "");
}

/* A second batch, which fails: what was sent before is counted. */
static void
test_second(void)
{
	static char text[3 * BATCH_ENTRIES + 4];
	AUTO(import_release) struct import m = { 0 };
	AUTO(import_release) struct import again = { 0 };
	const char *all = "{\"new\":1000,\"known\":0,\"invalid\":0,"
	                  "\"faults\":[]}";

	for (size_t i = 0; i <= BATCH_ENTRIES; i++)
		memcpy(text + 3 * i, "{}\n", 3);
	CU_ASSERT_EQUAL(send_file(text, &m, all, NULL), VERB_PART);
	CU_ASSERT_EQUAL(fake.asked, 2);
	CU_ASSERT_EQUAL(fake.entries, 1001);
	CU_ASSERT_EQUAL(m.sent, 1000);
	text[3 * BATCH_ENTRIES] = '\0';
	CU_ASSERT_EQUAL(send_file(text, &again, all, NULL), VERB_GOOD);
	CU_ASSERT_EQUAL(fake.asked, 1);
}

/* Bodies are as long as may be, and no longer: 64 entries fill one, each with its
 * comma, but for the brackets and the comma that the last has not. */
static void
test_bytes(void)
{
	static char text[66 * 4096];
	AUTO(import_release) struct import m = { 0 };
	const char *first = "{\"new\":63,\"known\":0,\"invalid\":0,"
	                    "\"faults\":[]}";
	const char *second = "{\"new\":1,\"known\":0,\"invalid\":0,"
	                     "\"faults\":[]}";

	text[0] = '\0';
	for (size_t i = 0, at = 0; i < 64; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		                       "{\"a\":\"%04087d\"}\n", 0);
	CU_ASSERT_EQUAL(send_file(text, &m, first, second), VERB_GOOD);
	CU_ASSERT_EQUAL(fake.entries, 64);
	CU_ASSERT_TRUE(fake.longest <= 256 * 1024);
	CU_ASSERT_TRUE(fake.longest > 255 * 1024 - 4096);
}

static const struct harness_test tests[] = {
	{ "counts that are wrong", test_lies },
	{ "lines of the file", test_lines },
	{ "a batch that fails", test_second },
	{ "bodies as long as may be", test_bytes },
	{ NULL, NULL },
};

HARNESS_MAIN("preregister", tests)
