/*
 * load_h1.c - one request at a time on a connection: HTTP/1.1.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/bench/load_int.h"

#define ANSWER_MAX (1u << 20) /* bytes of a whole answer */

struct h1 {
	struct buf in;
	uint64_t started_at;
};

static err_t
h1_open(struct load_conn *c)
{
	struct h1 *h = calloc(1, sizeof(*h));

	if (!h)
		return E_NOMEM;
	h->in = buf_of(ANSWER_MAX);
	c->own = h;
	return OK;
}

static err_t
h1_ask(struct load_conn *c)
{
	struct h1 *h = c->own;
	struct bytes body;

	if (c->under_way || !load_next(c->load, &body))
		return OK;
	buf_printf(&c->out,
	           "POST %s HTTP/1.1\r\nHost: localhost\r\n"
	           "Content-Type: application/json\r\n"
	           "Content-Length: %zu\r\n\r\n",
	           c->load->plan->path, body.len);
	buf_append(&c->out, body);
	h->started_at = load_now_us();
	c->under_way = 1;
	return buf_status(&c->out);
}

/* The length of a whole answer that starts at text, 0: not all there yet. */
static size_t
answer_len(const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);
	if (!end)
		return 0;

	/* Content-Length in any spelling; no other name ends so. */
	size_t head = (size_t)(end - text) + 4;
	const char *field = memmem(text, head, "ength:", 6);
	size_t body = field ? strtoul(field + 6, NULL, 10) : 0;
	return head + body <= len ? head + body : 0;
}

static err_t
h1_take(struct load_conn *c, struct bytes in)
{
	struct h1 *h = c->own;

	buf_append(&h->in, in);
	const char *text = buf_str(&h->in);
	size_t len = answer_len(text, h->in.len);
	if (len == 0)
		return buf_status(&h->in);
	if (!c->under_way || strncmp(text, "HTTP/1.1 ", 9) != 0)
		return E_CLOSED;
	load_done(c->load, (int)strtol(text + 9, NULL, 10), h->started_at);
	c->under_way = 0;
	buf_consume(&h->in, len);
	return OK;
}

static void
h1_close(struct load_conn *c)
{
	struct h1 *h = c->own;

	buf_release(&h->in);
	free(h);
}

const struct load_protocol load_h1 = {
	.alpn = "\x08http/1.1",
	.open = h1_open,
	.ask = h1_ask,
	.take = h1_take,
	.close = h1_close,
};
