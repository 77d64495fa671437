/*
 * test_config_tokens.c - one token or several, and what no two of them may
 * share.
 */
#include <stdio.h>
#include <string.h>

#include "proc/config.h"

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"

#define TEXT_MAX (64 * 1024)

/* The usual text with more in its group `token`. */
static err_t
parse_token(const char *rows, struct buf *why, struct config **ret_config)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	const struct lifeline_config c = { .token_more = rows };

	lifeline_config(&text, &c);
	return config_parse(buf_bytes(&text), why, ret_config);
}

#define TOKEN_A                                                       \
	"name=\"a\"; module=\"/m\"; uri=\"pkcs11:token=a;object=k\";" \
	"state=\"/s/a\";"
#define TOKEN_B                                                       \
	"name=\"b\"; module=\"/m\"; uri=\"pkcs11:object=k;token=b\";" \
	"state=\"/s/b\"; node=2;"

/* The usual text with a list of tokens in the place of its one. */
static err_t
parse_tokens(const char *list, struct buf *why, struct config **ret_config)
{
	AUTO(buf_release) struct buf good = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	lifeline_config(&good, &(struct lifeline_config){ 0 });
	const char *from = strstr(buf_str(&good), "token:");
	const char *to = from ? strstr(from, "};") : NULL;
	CU_ASSERT_PTR_NOT_NULL_FATAL(to);
	buf_append(&text,
	           bytes_of(buf_str(&good), (size_t)(from - buf_str(&good))));
	buf_printf(&text, "tokens = %s;%s", list, to + 2);
	buf_reset(why);
	return config_parse(buf_bytes(&text), why, ret_config);
}

static void
test_tokens(void)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *one = NULL;
	AUTO(config_free) struct config *c = NULL;

	CU_ASSERT_EQUAL_FATAL(parse_token("", &why, &one), OK);
	CU_ASSERT_EQUAL(one->n_tokens, 1);
	CU_ASSERT_FALSE(one->listed_tokens);
	CU_ASSERT_STRING_EQUAL(one->tokens[0].name, "token");
	CU_ASSERT_EQUAL(one->tokens[0].node, one->node);

	CU_ASSERT_EQUAL_FATAL(
	        parse_tokens("( { " TOKEN_A "}, {" TOKEN_B
	                     "deadline_ms=70; environment=[\"E=2\"];"
	                     "paths=[\"/p\"]; } )",
	                     &why, &c),
	        OK);
	CU_ASSERT_EQUAL_FATAL(c->n_tokens, 2);
	CU_ASSERT_TRUE(c->listed_tokens);
	CU_ASSERT_STRING_EQUAL(c->tokens[0].name, "a");
	CU_ASSERT_STRING_EQUAL(c->tokens[1].name, "b");
	CU_ASSERT_EQUAL(c->tokens[0].node, 1);
	CU_ASSERT_EQUAL(c->tokens[1].node, 2);
	CU_ASSERT_EQUAL(c->tokens[0].deadline_ms, 1500);
	CU_ASSERT_EQUAL(c->tokens[1].deadline_ms, 70);
	CU_ASSERT_PTR_NULL(c->tokens[0].environment[0]);
	CU_ASSERT_STRING_EQUAL(c->tokens[1].environment[0], "E=2");
	CU_ASSERT_STRING_EQUAL(c->tokens[1].paths[0], "/p");
}

/* The last of two members with one name: libconfig refuses it, so the row is
 * written with one member changed. */
#define OTHER(name, uri, state, node)                                   \
	"( {" TOKEN_A "}, { name=" name "; module=\"/m\"; uri=" uri ";" \
	"state=" state "; node=" node "; } )"
#define URI_B "\"pkcs11:token=b;object=k\""

static void
test_tokens_refused(void)
{
	static const struct {
		const char *list;
		const char *complaint;
	} slips[] = {
		{ "1", "tokens must be a list" },
		{ "()", "tokens must be a list" },
		{ "( 1 )", "a token must be a group" },
		{ "( {" TOKEN_A "colour=1; } )",
		  "line 4: unknown setting tokens.colour" },
		{ "( {" TOKEN_A "deadline_ms=49; } )", "49 is not between" },
		{ "( {" TOKEN_A "environment=[\"LD_X=1\"]; } )",
		  "LD_X=1 would load" },
		{ "( { name=\"a\"; } )", "tokens.uri must be given" },
		{ "( {" TOKEN_A "}, {" TOKEN_B "}, { name=\"A\"; } )",
		  "must be given" },
		{ OTHER("\"B\"", URI_B, "\"/b\"", "2"), "tokens.name must be" },
		{ OTHER("\"\"", URI_B, "\"/b\"", "2"), "tokens.name must be" },
		{ OTHER("\"a\"", URI_B, "\"/b\"", "2"),
		  "a and a have the same name" },
		{ OTHER("\"b\"", URI_B, "\"/b\"", "1"),
		  "a and b have the same node" },
		{ OTHER("\"b\"", URI_B, "\"/b\"", "0"),
		  "a and b have the same node" },
		{ OTHER("\"b\"", URI_B, "\"/s/a\"", "2"),
		  "a and b have the same state directory" },
		{ OTHER("\"b\"", "\"pkcs11:object=l;token=a\"", "\"/b\"", "2"),
		  "a and b have the same device" },
	};
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;

	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		CU_ASSERT_EQUAL(parse_tokens(slips[i].list, &why, &c),
		                E_MALFORMED);
		if (strstr(buf_str(&why), slips[i].complaint))
			continue;
		printf("  %s: \"%s\"\n", slips[i].list, buf_str(&why));
		CU_FAIL("another complaint");
	}
	CU_ASSERT_EQUAL(parse_token("}; tokens = ( {" TOKEN_A "} ); limits: {",
	                            &why, &c),
	                E_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "not both"));
}

/* One device by what is written: other files beside the same module make
 * another device of the same name. */
static void
test_tokens_of_one_module(void)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;

	CU_ASSERT_EQUAL(
	        parse_tokens("( {" TOKEN_A "environment=[\"C=1\"]; }, "
	                     "{ name=\"b\"; module=\"/m\"; state=\"/b\";"
	                     "uri=\"pkcs11:token=a;object=k\"; node=2;"
	                     "environment=[\"C=2\"]; } )",
	                     &why, &c),
	        OK);
}

static void
test_too_many_tokens(void)
{
	AUTO(buf_release) struct buf list = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;

	buf_append_str(&list, "(");
	for (int i = 0; i <= CONFIG_TOKENS_MAX; i++)
		buf_printf(&list, "%s{" TOKEN_A "}", i ? "," : "");
	buf_append_str(&list, ")");
	CU_ASSERT_EQUAL(parse_tokens(buf_str(&list), &why, &c), E_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "more than 4 tokens"));
}

static void
test_token_lists(void)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;

	CU_ASSERT_EQUAL_FATAL(parse_token("environment = [\"A=1\", \"B=\"];"
	                                  "paths = [\"/x\"];",
	                                  &why, &c),
	                      OK);
	CU_ASSERT_STRING_EQUAL(c->tokens[0].environment[0], "A=1");
	CU_ASSERT_STRING_EQUAL(c->tokens[0].environment[1], "B=");
	CU_ASSERT_PTR_NULL(c->tokens[0].environment[2]);
	CU_ASSERT_STRING_EQUAL(c->tokens[0].paths[0], "/x");
	CU_ASSERT_PTR_NULL(c->tokens[0].paths[1]);
}

static void
test_token_lists_refused(void)
{
	static const char *const slips[] = {
		"environment = [\"A\"];",
		"environment = [\"=1\"];",
		"environment = [\"LD_PRELOAD=/x.so\"];",
		"environment = \"A=1\";",
		"environment = [1];",
		"paths = [\"x\"];",
		"groups = [\"root\"];",
		"groups = [\"0\"];",
		"groups = [\"-1\"];",
		"groups = [\"a b\"];",
		"groups = [\"\"];",
		"groups = [110];",
		"syscalls = [\"execve\"];",
		"syscalls = [\"socket\"];",
		"syscalls = [\"\"];",
	};
	AUTO(buf_release) struct buf rows = buf_of(4096);

	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		AUTO(buf_release) struct buf why = buf_of(4096);
		AUTO(config_free) struct config *c = NULL;
		CU_ASSERT_EQUAL(parse_token(slips[i], &why, &c), E_MALFORMED);
		CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "line 5: "));
	}
	buf_append_str(&rows, "environment = [\"A=1\"");
	for (int i = 0; i < 32; i++)
		buf_append_str(&rows, ",\"A=1\"");
	buf_append_str(&rows, "];");
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;
	CU_ASSERT_EQUAL(parse_token(buf_str(&rows), &why, &c), E_MALFORMED);
}

static void
test_beside(void)
{
	static const char *const slips[] = {
		"handle_label = \"\";",
		"companion_tpm = \"pkcs11:token=a\";",
		"companion_tpm = \"tpm2\";",
	};
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;
	AUTO(config_free) struct config *none = NULL;

	CU_ASSERT_EQUAL_FATAL(
	        parse_token("companion_tpm = \"tpm2:device:/dev/t\";"
	                    "handle_label = \"\";",
	                    &why, &c),
	        OK);
	CU_ASSERT_STRING_EQUAL(c->tokens[0].companion_tpm,
	                       "tpm2:device:/dev/t");
	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		buf_reset(&why);
		CU_ASSERT_EQUAL(parse_token(slips[i], &why, &none),
		                E_MALFORMED);
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(buf_str(&why), "token.companion_tpm"));
	}
	buf_reset(&why);
	CU_ASSERT_EQUAL(parse_token("companion_pin_file = \"/etc/tpm-pin\";",
	                            &why, &none),
	                E_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why),
	                              "token.companion_pin_file is the PIN of "
	                              "a TPM"));
	CU_ASSERT_EQUAL(
	        parse_tokens("( { uri=\"tpm2:device:/dev/t\";"
	                     "state=\"/s\";"
	                     "companion_tpm=\"tpm2:device:/dev/u\"; } )",
	                     &why, &none),
	        E_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "tokens.companion_tpm"));
}

/* A reason, about a TPM: its own, or one beside. */
static void
test_lockout_off(void)
{
	static const char *const good[] = {
		"( { uri=\"tpm2:device:/dev/t\"; state=\"/s\";"
		"lockout_off=\"power goes daily\"; } )",
		"( {" TOKEN_A "companion_tpm=\"tpm2:device:/dev/t\";"
		"lockout_off=\"power goes daily\"; } )",
	};
	static const char *const slips[] = {
		"( {" TOKEN_A "lockout_off=\"power goes daily\"; } )",
		"( { uri=\"tpm2:device:/dev/t\"; state=\"/s\";"
		"lockout_off=\"  \"; } )",
	};
	AUTO(buf_release) struct buf why = buf_of(4096);

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(config_free) struct config *c = NULL;
		CU_ASSERT_EQUAL_FATAL(parse_tokens(good[i], &why, &c), OK);
		CU_ASSERT_STRING_EQUAL(c->tokens[0].lockout_off,
		                       "power goes daily");
		CU_ASSERT_EQUAL(c->tokens[0].in_tpm, i == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		AUTO(config_free) struct config *c = NULL;
		CU_ASSERT_EQUAL(parse_tokens(slips[i], &why, &c), E_MALFORMED);
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(buf_str(&why), "tokens.lockout_off"));
	}
}

/* 32 bytes in hex, or nothing. */
static void
test_handle_check(void)
{
	static const char good[] =
	        "handle_check = \"000102030405060708090A0B0C0D0E0F"
	        "101112131415161718191a1b1c1d1e1f\";";
	static const char *const slips[] = {
		"handle_check = \"00\";",
		"handle_check = \"zz0102030405060708090a0b0c0d0e0f"
		"101112131415161718191a1b1c1d1e1f\";",
		"handle_check = \"000102030405060708090a0b0c0d0e0f"
		"101112131415161718191a1b1c1d1e1f20\";",
	};
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(config_free) struct config *c = NULL;
	AUTO(config_free) struct config *none = NULL;

	CU_ASSERT_EQUAL(parse_token(good, &why, &c), OK);
	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		buf_reset(&why);
		CU_ASSERT_EQUAL(parse_token(slips[i], &why, &none),
		                E_MALFORMED);
		CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "handle_check"));
	}
}

static const struct harness_test tests[] = {
	{ "takes a reason for noDA, about a TPM", test_lockout_off },
	{ "takes a check value of 32 bytes", test_handle_check },
	{ "reads several tokens", test_tokens },
	{ "refuses tokens that share what each needs for itself",
	  test_tokens_refused },
	{ "takes a module twice for two devices", test_tokens_of_one_module },
	{ "refuses a fifth token", test_too_many_tokens },
	{ "reads the token's lists", test_token_lists },
	{ "refuses the loader's variables", test_token_lists_refused },
	{ "takes a TPM beside a token", test_beside },
	{ NULL, NULL },
};

HARNESS_MAIN("config_tokens", tests)
