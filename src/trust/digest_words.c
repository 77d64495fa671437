/*
 * digest_words.c - see digest_words.h.
 */
#include "trust/digest_words.h"

#include "base/encode.h"

static const char *const words[256][2] = {
#define WORDS(two, three) { two, three },
#include "trust/digest_words.def"
};

void
digest_put_groups(struct buf *out, struct bytes digest)
{
	for (size_t i = 0; i < digest.len; i += 2) {
		size_t n = digest.len - i < 2 ? 1 : 2;

		buf_append_str(out, i ? " " : "");
		encode_hex(out, bytes_of(digest.data + i, n));
	}
}

void
digest_put_words(struct buf *out, struct bytes digest)
{
	for (size_t i = 0; i < digest.len; i++) {
		buf_append_str(out, i ? " " : "");
		buf_append_str(out, words[digest.data[i]][i % 2]);
	}
}
