/*
 * test_config.c - the configuration's table, lists, bounds, and every way in
 * which a slip of the pen is an error with its line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc/config.h"
#include "wire/terms.h"

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"

#define TEXT_MAX (2 * 1024 * 1024)

/* Parses the usual text and more; NULL with the complaint in why. */
static struct config *
parse(const char *more, struct buf *why)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	struct config *c = NULL;

	lifeline_config(&text, &(struct lifeline_config){ .more = more });
	buf_reset(why);
	CU_ASSERT_EQUAL_FATAL(buf_status(&text), OK);
	err_t err = config_parse(buf_bytes(&text), why, &c);
	CU_ASSERT_EQUAL(err, c ? OK : E_MALFORMED);
	return c;
}

static void
refuses(const char *more, const char *complaint)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = parse(more, &why);

	CU_ASSERT_PTR_NULL(c);
	if (c || !strstr(buf_str(&why), complaint)) {
		printf("  %s: \"%s\" instead of \"%s\"\n", more, buf_str(&why),
		       complaint);
		CU_FAIL("another complaint");
	}
}

/* A whole text of its own. */
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

static void
test_defaults(void)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = parse("", &why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->issuer, "https://anchord.example");
	CU_ASSERT_STRING_EQUAL(c->listen_address, "127.0.0.1");
	CU_ASSERT_EQUAL(c->listen_port, 8443);
	CU_ASSERT_EQUAL(c->uid_base, 64300);
	CU_ASSERT_STRING_EQUAL(c->tokens[0].pin_file, "");
	CU_ASSERT_EQUAL(c->n_clients, 0);
	CU_ASSERT_PTR_NULL(c->tokens[0].environment[0]);
	CU_ASSERT_PTR_NULL(c->tokens[0].paths[0]);
}

static void
test_values(void)
{
	static const char more[] =
	        "listen: { address = \"::1\"; port = 0; };\n"
	        "process: { uid_base = 4294967000L; fronts = 0x8; };\n"
	        "challenge: { ttl = 600; };\n";
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = parse(more, &why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->listen_address, "::1");
	CU_ASSERT_EQUAL(c->listen_port, 0);
	CU_ASSERT_EQUAL(c->uid_base, 4294967000u);
	CU_ASSERT_EQUAL(c->fronts, 8);
	CU_ASSERT_EQUAL(c->ttl_s, 600);
}

static void
test_bounds(void)
{
	refuses("process: { fronts = 9; };",
	        "line 7: 9 is not between 1 and 8");
	refuses("process: { fronts = 0; };", "0 is not between");
	refuses("process: { fronts = -1; };", "-1 is not between");
	refuses("process: { fronts = 4294967297L; };", "is not between");
	refuses("process: { fronts = 1.0; };", "expected a whole number");
	refuses("process: { fronts = \"1\"; };", "expected a whole number");
	refuses("process: { fronts = true; };", "expected a whole number");
	refuses("listen: { address = 1; };", "expected a string");
	refuses("listen: { address = \"a\\nb\"; };", "a control byte");
}

/* libconfig alone reads each of these as a small number. */
static void
test_wrapping_numbers(void)
{
	static const char *const numbers[] = {
		"4294967297",  "0x100000001",           "4294967295",
		"-4294967295", "18446744073709551617L", "0x10000000000000001L",
		"2147483648",  "+4294967297",
	};
	static const char harmless[] =
	        "# 4294967297 @include\n// 4294967297\n/* 4294967297\n */\n"
	        "listen: { address = \"4294967297 \\\" 4294967297\";\n"
	        "  port = 2147483647; };";
	char more[128];

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		(void)snprintf(more, sizeof(more), "listen: { port = %s; };",
		               numbers[i]);
		refuses(more, "line 7: ");
		refuses(more, "needs an L");
	}
	refuses(harmless, "line 12: 2147483647 is not between");
	refuses("/* \n\n */ x = \"\n\"; y = 9999999999;", "line 10: a number");
}

static void
test_unknown(void)
{
	refuses("nonsense = 1;", "line 7: unknown setting nonsense");
	refuses("\n\nlisten: { prt = 1; };",
	        "line 9: unknown setting listen.prt");
	refuses("listen = 1;", "unknown setting listen");
	refuses("lis: { port = 1; };", "unknown setting lis");
	refuses("listen: { port: { a = 1; }; };", "expected a whole number");
	refuses("listen: { port = 1; port = 2; };", "line 7: ");
	refuses("listen: { port = 1; }; listen: { port = 2; };", "line 7: ");
	refuses("listen: { aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
	        "ffffffffff = 1; };",
	        "unknown setting");
}

static void
test_syntax(void)
{
	refuses("listen: {", "line 7: syntax error");
	refuses("@include \"/etc/passwd\"\n", "@include");
	refuses("x = 1;\n\t @include \"/etc/passwd\"\n", "@include");
	refuses_text(bytes_of("a\0b", 3), "NUL");
	refuses_text(bytes_of_str(""), "instance.issuer must be given");

	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	while (text.len <= CONFIG_TEXT_MAX)
		buf_append_str(&text, "# long enough to be refused\n");
	refuses_text(buf_bytes(&text), "longer than");
}

/* One setting replaced in a text that is otherwise good. */
static void
test_whole(void)
{
	static const struct {
		const char *from;
		const char *to;
		const char *complaint;
	} slips[] = {
		{ "https://", "http://", "must be an https URI" },
		{ "\"warn\"", "\"loud\"",
		  "instance.log_level: \"loud\" is not one of error, warn, "
		  "info, "
		  "debug" },
		{ "\"warn\"", "\"\"", "is not one of" },
		{ "/nonexistent", "nonexistent", "not an absolute path" },
		{ "uri=", "public_sha256=\"00\"; uri=",
		  "token.public_sha256 no longer exists" },
		{ "uri=", "rotation=\"/r\"; uri=",
		  "token.rotation no longer exists" },
		{ "pins=\"/i\"", "pins=\"i\"", "absolute path" },
		{ "pins=\"/i\";", "", "trust.pins must be given" },
		{ "state_directory=\"/s\"", "state_directory=\"s\"",
		  "absolute path" },
		{ "state_directory=\"/s\";", "",
		  "service.state_directory must be given" },
		{ "module=\"/m\";", "", "token.module must be given" },
		{ "module=\"/m\"", "module=\"m\"", "not an absolute path" },
		{ "uri=", "pin_file=\"p\"; uri=", "not an absolute path" },
		{ "state=\"/non", "state=\"non", "not an absolute path" },
	};
	AUTO(buf_release) struct buf good = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf bad = buf_of(TEXT_MAX);

	lifeline_config(&good, &(struct lifeline_config){ 0 });
	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		const char *text = buf_str(&good);
		const char *at = strstr(text, slips[i].from);
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		buf_reset(&bad);
		buf_append(&bad, bytes_of(text, (size_t)(at - text)));
		buf_append_str(&bad, slips[i].to);
		buf_append_str(&bad, at + strlen(slips[i].from));
		refuses_text(buf_bytes(&bad), slips[i].complaint);
	}
	refuses("challenge: { ttl = 700; };", "exceeds challenge.ttl_max");
}

/* The usual text with one path that is not absolute: an optional one is put in,
 * another loses its slash. */
static void
put_relative(struct buf *out, const char *path, bool optional)
{
	AUTO(buf_release) struct buf good = buf_of(TEXT_MAX);
	const char *name = strchr(path, '.') + 1;
	char mark[64];

	lifeline_config(&good, &(struct lifeline_config){ 0 });
	if (optional)
		(void)snprintf(mark, sizeof(mark), "%.*s: { ",
		               (int)(name - path) - 1, path);
	else
		(void)snprintf(mark, sizeof(mark), " %s=\"", name);

	const char *text = buf_str(&good);
	const char *at = strstr(text, mark);
	buf_reset(out);
	if (!at) { /* its group is not there yet */
		buf_printf(out, "%s%s%s = \"x/y\"; };", text, mark, name);
		return;
	}
	at += strlen(mark);
	buf_append(out, bytes_of(text, (size_t)(at - text)));
	if (optional)
		buf_printf(out, "%s = \"x/y\"; ", name);
	buf_append_str(out, optional ? at : at + 1);
}

/* Whatever the table calls a path. */
static void
test_paths(void)
{
	static const struct {
		const char *path;
		const char *fallback;
	} rows[] = {
#define CONFIG_TEXT(member, path, fallback, help)
#define CONFIG_NUMBER(member, path, fallback, least, most, help)
#define CONFIG_CHOICE(member, path, fallback, help, ...)
#define CONFIG_PATH(member, path, fallback, help) { path, fallback },
#include "proc/config.def"
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	};
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	char complaint[128];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		/* may be missing, but is in the usual text */
		bool pins = strcmp(rows[i].path, "trust.pins") == 0;

		(void)snprintf(complaint, sizeof(complaint), "%s: \"",
		               rows[i].path);
		put_relative(&text, rows[i].path, rows[i].fallback && !pins);
		refuses_text(buf_bytes(&text), complaint);
		refuses_text(buf_bytes(&text), "is not an absolute path");
	}
}

static void
test_clients(void)
{
	static const char more[] =
	        "clients = (\n"
	        "  { san = \"URI:spiffe://x/a\"; tenant = \"a\";\n"
	        "    roles = [\"backend\", \"auditor\"];\n"
	        "    workflows = [\"enroll\", \"metadata\"];\n"
	        "    channels = [\"beta\", \"stable\"]; rate = 7; },\n"
	        "  { san = \"DNS:b.example\"; tenant = \"a\";\n"
	        "    roles = (\"backend\"); workflows = [\"channel\"];\n"
	        "    burst = 9; enrollment = \"preregistered\"; },\n"
	        "  { san = \"DNS:m\"; roles = [\"monitor\", \"officer\"]; }\n"
	        ");\n";
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = parse(more, &why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL_FATAL(c->n_clients, 3);
	CU_ASSERT_STRING_EQUAL(c->clients[0].san, "URI:spiffe://x/a");
	CU_ASSERT_STRING_EQUAL(c->clients[0].tenant, "a");
	CU_ASSERT_EQUAL(c->clients[0].roles, CLIENT_BACKEND | CLIENT_AUDITOR);
	CU_ASSERT_EQUAL(c->clients[0].workflows,
	                1u << WORKFLOW_ENROLL | 1u << WORKFLOW_METADATA);
	CU_ASSERT_STRING_EQUAL(c->clients[0].channels, "beta,stable");
	CU_ASSERT_EQUAL(c->clients[0].rate, 7);
	CU_ASSERT_EQUAL(c->clients[0].burst, 14);
	CU_ASSERT_STRING_EQUAL(c->clients[1].channels, "");
	CU_ASSERT_EQUAL(c->clients[1].rate, 100);
	CU_ASSERT_EQUAL(c->clients[1].burst, 9);
	CU_ASSERT_TRUE(config_preregistered(c, bytes_of_str("a")));
	CU_ASSERT_FALSE(config_preregistered(c, bytes_of_str("b")));
	CU_ASSERT_PTR_NULL(c->clients[2].tenant);
	CU_ASSERT_EQUAL(c->clients[2].roles, CLIENT_MONITOR | CLIENT_OFFICER);
	CU_ASSERT_EQUAL(c->clients[2].workflows, 0);
}

#define BACKEND "tenant=\"a\"; roles=[\"backend\"]; workflows=[\"enroll\"];"

static void
test_clients_refused(void)
{
	static const struct {
		const char *row;
		const char *complaint;
	} slips[] = {
		{ BACKEND, "needs san" },
		{ "san=\"x\";" BACKEND, "neither URI" },
		{ "san=\"URI:\";" BACKEND, "neither URI" },
		{ "san=\"DNS:x\"; roles=[\"backend\"];", "needs tenant" },
		{ "san=\"DNS:x\"; tenant=\"a\"; roles=[\"backend\"];",
		  "needs tenant and workflows" },
		{ "san=\"DNS:x\"; roles=[];", "the list is empty" },
		{ "san=\"DNS:x\"; roles=[\"root\"];", "unknown role root" },
		{ "san=\"DNS:x\"; roles=\"backend\";", "expected a list" },
		{ "san=\"DNS:x\"; roles=[1];", "expected a string" },
		{ "san=\"DNS:x\"; tenant=\"a\"; roles=[\"monitor\"];",
		  "for backends" },
		{ "san=\"DNS:x\"; channels=[\"c\"]; roles=[\"monitor\"];",
		  "for backends" },
		{ "san=\"DNS:x\"; tenant=\"A\"; roles=[\"monitor\"];",
		  "tenant must be" },
		{ "san=\"DNS:x\"; workflows=[\"enrol\"];",
		  "unknown workflow enrol" },
		{ "san=\"DNS:x\"; channels=[\"a,b\"];" BACKEND,
		  "a channel must be" },
		{ "san=\"DNS:x\"; channels=[\"\"];" BACKEND,
		  "a channel must be" },
		{ "san=\"DNS:x\"; channels=[];" BACKEND, "the list is empty" },
		{ "san=\"DNS:x\"; enrollment=\"x\";" BACKEND,
		  "open or preregistered" },
		{ "san=\"DNS:x\"; rate=0;" BACKEND, "is not between" },
		{ "san=\"DNS:x\"; colour=1;" BACKEND,
		  "unknown setting clients.colour" },
		{ "san=\"DNS:x\";" BACKEND "}, { san=\"DNS:x\";" BACKEND,
		  "occurs twice" },
	};
	char more[1024];

	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		(void)snprintf(more, sizeof(more), "clients = ( { %s } );",
		               slips[i].row);
		refuses(more, slips[i].complaint);
	}
	refuses("clients = 1;", "clients must be a list");
	refuses("clients = ( 1 );", "a client must be a group");
}

static void
test_too_many_clients(void)
{
	AUTO(buf_release) struct buf more = buf_of(TEXT_MAX);
	const char *comma = "";

	buf_append_str(&more, "clients = (");
	for (int i = 0; i <= CONFIG_CLIENTS_MAX; i++) {
		buf_printf(&more, "%s{ san=\"DNS:%d\"; roles=[\"monitor\"]; }",
		           comma, i);
		comma = ",";
	}
	buf_append_str(&more, ");");
	refuses(buf_str(&more), "more than 1024 clients");
}

/* The example that is installed is one that works. */
static void
test_example(void)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;
	char part[4096];
	size_t n;

	FILE *f = fopen("provisioning/examples/anchord.conf", "re");
	if (!f) {
		harness_skip("not started from the source tree");
		return;
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_append(&text, bytes_of(part, n));
	fclose(f);
	CU_ASSERT_EQUAL(config_parse(buf_bytes(&text), &why, &c), OK);
	CU_ASSERT_STRING_EQUAL(buf_str(&why), "");
}

/* Every setting is in the help. */
static void
test_help(void)
{
	AUTO(buf_release) struct buf out = buf_of(65536);
	static const char *const paths[] = {
#define CONFIG_TEXT(member, path, fallback, help) path "\n\t" help "\n",
#define CONFIG_NUMBER(member, path, fallback, least, most, help) \
	path "\n\t" help "\n",
#define CONFIG_LIST(member, path, help) path "\n\t" help "\n",
#include "proc/config.def"
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
#define TOKEN_TEXT(member, name, fallback, help) "token." name "\n\t" help "\n",
#define TOKEN_NUMBER(member, name, fallback, least, most, help) \
	"token." name "\n\t" help "\n",
#define TOKEN_LIST(member, name, help) "token." name "\n\t" help "\n",
#include "proc/config_token.def"
#undef TOKEN_TEXT
#undef TOKEN_NUMBER
#undef TOKEN_LIST
	};

	config_help(&out);
	CU_ASSERT_EQUAL(buf_status(&out), OK);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&out), paths[i]));
}

static const struct harness_test tests[] = {
	{ "fills in defaults", test_defaults },
	{ "takes values of each kind", test_values },
	{ "keeps types and bounds", test_bounds },
	{ "refuses numbers that libconfig wraps", test_wrapping_numbers },
	{ "refuses unknown and doubled settings", test_unknown },
	{ "refuses broken syntax and @include", test_syntax },
	{ "refuses what single settings cannot show", test_whole },
	{ "refuses every path that is not absolute", test_paths },
	{ "reads clients", test_clients },
	{ "refuses clients that are half a right", test_clients_refused },
	{ "has room for 1,024 clients and no more", test_too_many_clients },
	{ "takes the example", test_example },
	{ "helps with every setting", test_help },
	{ NULL, NULL },
};

HARNESS_MAIN("config", tests)
