/*
 * fuzz_config.c - configurations: what parses has every value within its
 * bounds, and complete clients.
 */
#include <stdlib.h>

#include "proc/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 leaks the buffer of a string in which a syntax error occurs: 64
 * bytes, once, because a process parses its text only at its start. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

/* Compares with 1 added on both sides, because the compiler warns about an
 * unsigned number that is compared with 0. */
static bool
in_bounds(const struct config *c)
{
#define CONFIG_TEXT(member, path, fallback, help) \
	if (!c->member)                           \
		return false;
#define CONFIG_NUMBER(member, path, fallback, least, most, help) \
	if ((uint64_t)c->member + 1 < (uint64_t)(least) + 1 ||   \
	    (uint64_t)c->member > (uint64_t)(most))              \
		return false;
#include "proc/config.def"
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(config_free) struct config *c = NULL;

	if (config_parse(bytes_of(data, size), &why, &c) != OK) {
		if (why.len == 0)
			abort(); /* a refusal must have a cause */
		return 0;
	}
	if (!in_bounds(c) || c->n_tokens == 0 ||
	    c->n_tokens > CONFIG_TOKENS_MAX)
		abort();
	for (size_t i = 0; i < c->n_clients; i++)
		if (!c->clients[i].san || c->clients[i].san[0] == '\0')
			abort();
	for (size_t i = 0; i < c->n_tokens; i++)
		if (!c->tokens[i].uri)
			abort();
	if (c->n_anchors > CONFIG_ANCHORS_MAX)
		abort();
	for (size_t i = 0; i < c->n_anchors; i++)
		if (c->anchors[i].file[0] != '/' || c->anchors[i].purposes == 0)
			abort();
	return 0;
}
