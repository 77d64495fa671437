/*
 * frames_in.c - see frames_in.h.
 */
#include "tests/common/base/frames_in.h"

#include <stdlib.h>
#include <string.h>

#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define HEAD 9 /* RFC 9113, section 4.1 */

void
frames_in_release(struct frames_in *f)
{
	if (f->inflater)
		nghttp2_hd_inflate_del(f->inflater);
	f->inflater = NULL;
}

static bool
fill(struct frames_in *f)
{
	SSL *ssl = raw_tls(f->c);

	memmove(f->in, f->in + f->at, f->len - f->at);
	f->len -= f->at;
	f->at = 0;
	int n = SSL_read(ssl, f->in + f->len, (int)(sizeof(f->in) - f->len));
	f->ended = n <= 0 && SSL_get_error(ssl, n) != SSL_ERROR_WANT_READ;
	ERR_clear_error();
	f->len += n > 0 ? (size_t)n : 0;
	return n > 0;
}

static uint32_t
number(const uint8_t *at, unsigned size)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < size; i++)
		v = v << 8 | at[i];
	return v;
}

bool
frames_next(struct frames_in *f, struct frame *ret_frame)
{
	while (f->len - f->at < HEAD ||
	       f->len - f->at < HEAD + number(f->in + f->at, 3))
		if (!fill(f))
			return false;

	const uint8_t *head = f->in + f->at;
	*ret_frame = (struct frame){
		.type = head[3],
		.flags = head[4],
		.stream = number(head + 5, 4),
		.payload = bytes_of(head + HEAD, number(head, 3)),
	};
	f->at += HEAD + ret_frame->payload.len;
	return true;
}

/* Ours have neither padding nor CONTINUATION. */
int
frames_status(struct frames_in *f, const struct frame *headers)
{
	struct bytes block = headers->payload;
	int status = 0, flags = 0;

	if (!f->inflater && nghttp2_hd_inflate_new(&f->inflater) != 0)
		return 0;
	while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
		nghttp2_nv nv;
		ssize_t n = nghttp2_hd_inflate_hd2(f->inflater, &nv, &flags,
		                                   block.data, block.len, 1);

		if (n < 0)
			return 0;
		block = bytes_of(block.data + n, block.len - (size_t)n);
		if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0 &&
		    strcmp((const char *)nv.name, ":status") == 0)
			status = (int)strtol((const char *)nv.value, NULL, 10);
	}
	nghttp2_hd_inflate_end_headers(f->inflater);
	return status;
}
