/*
 * fuzz_tpm2_uri.c - the URI of keys in a TPM: what parses is formatted and
 * parsed again with the same result.
 */
#include <stdlib.h>
#include <string.h>

#include "hsm/tpm2/uri.h"
#include "base/bytes.h"

#define TEXT_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
same_place(const struct t2_place *a, const struct t2_place *b)
{
	return strcmp(a->path, b->path) == 0 &&
	       (a->path[0] || a->handle == b->handle);
}

static bool
same(const struct t2_uri *a, const struct t2_uri *b)
{
	return strcmp(a->tcti, b->tcti) == 0 && same_place(&a->key, &b->key) &&
	       same_place(&a->mac, &b->mac) && a->parent == b->parent &&
	       a->epoch == b->epoch && a->trust_counter == b->trust_counter &&
	       a->trust_head == b->trust_head && a->named == b->named &&
	       (!a->named || memcmp(a->parent_name, b->parent_name,
	                            sizeof(a->parent_name)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	char in[TEXT_MAX];
	struct t2_uri first;
	struct t2_uri again;

	if (size >= sizeof(in))
		return 0;
	memcpy(in, data, size);
	in[size] = '\0';
	if (t2_uri_parse(in, &why, &first) != OK) {
		if (why.len == 0)
			abort(); /* a refusal must have a cause */
		return 0;
	}
	if (t2_uri_format(&first, &text) != OK ||
	    t2_uri_parse(buf_str(&text), &why, &again) != OK ||
	    !same(&first, &again))
		abort();
	return 0;
}
