/*
 * fuzz_rotation.c - orders to rotate keys: what is read is written and read
 * again as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "rotation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf text = buf_of(ROTATION_FILE_MAX);
	struct rotation r;
	struct rotation again;

	if (rotation_parse(bytes_of(data, size), &why, &r) != OK) {
		if (why.len == 0)
			abort(); /* whoever refuses says why */
		return 0;
	}
	rotation_put(&text, &r);
	if (rotation_parse(buf_bytes(&text), &why, &again) != OK ||
	    memcmp(&r, &again, sizeof(r)) != 0)
		abort();
	if (rotation_signer(&r, 0) != 0 ||
	    rotation_signer(&r, UINT64_MAX) != r.n - 1)
		abort();
	return 0;
}
