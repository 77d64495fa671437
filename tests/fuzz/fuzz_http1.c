/*
 * fuzz_http1.c - the head of an HTTP/1.1 request: input in two parts gives the
 * same result as in one, and views are inside the head.
 */
#include <stdlib.h>

#include "front/http/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct bytes v, const uint8_t *data, const struct http1_head *h)
{
	if (v.len > 0 && (v.data < data || v.data + v.len > data + h->size))
		abort();
}

static void
check_head(const uint8_t *data, size_t size, const struct http1_head *h)
{
	if (h->size > size || h->size < 4 || h->n_fields > LIMIT_FIELDS ||
	    (!h->has_length && h->length != 0) || h->target.data[0] != '/')
		abort();
	check_inside(h->method, data, h);
	check_inside(h->target, data, h);
	for (size_t i = 0; i < h->n_fields; i++) {
		check_inside(h->fields[i].name, data, h);
		check_inside(h->fields[i].value, data, h);
	}
}

/* The first byte says where the input is split. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http1_head head, again;
	enum http1_fault fault = HTTP1_NO_FAULT, other = HTTP1_NO_FAULT;
	size_t scanned = 0, cut;

	if (size < 2)
		return 0;
	cut = data[0] % size;
	data++;
	size--;

	enum http1_outcome whole =
	        http1_parse(bytes_of(data, size), &scanned, &head, &fault);
	if (whole == HTTP1_HEAD)
		check_head(data, size, &head);

	scanned = 0;
	enum http1_outcome parts =
	        http1_parse(bytes_of(data, cut), &scanned, &again, &other);
	if (parts == HTTP1_MORE)
		parts = http1_parse(bytes_of(data, size), &scanned, &again,
		                    &other);
	if (whole != parts || fault != other)
		abort();
	return 0;
}
