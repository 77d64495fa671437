/*
 * load_int.h - what the load generator's loop and its two protocols share.
 *
 * A protocol moves bytes between a connection's two buffers and its own
 * requests; the loop moves them between the buffers and TLS.
 */
#ifndef LOAD_INT_H
#define LOAD_INT_H

#include <openssl/ssl.h>

#include "base/buf.h"
#include "tests/bench/load.h"

struct load {
	const struct load_plan *plan;
	int epoll;
	size_t next; /* body */
	uint64_t asked;
	uint64_t started_at, warm_at, end_at, last_at; /* us */
	uint32_t *samples;
	size_t n_samples;
	struct load_figures figures;
};

struct load_conn {
	struct load *load;
	SSL *ssl;
	int fd;
	bool blocked; /* the socket took less than out holds */
	bool armed;   /* epoll tells when it takes more */
	bool over;
	unsigned under_way;
	struct buf out; /* to be written */
	void *own;      /* the protocol's */
};

struct load_protocol {
	const char *alpn; /* length-prefixed */
	err_t (*open)(struct load_conn *c);
	/* Starts what may be started: appends to c->out. */
	err_t (*ask)(struct load_conn *c);
	/* Takes what came. */
	err_t (*take)(struct load_conn *c, struct bytes in);
	void (*close)(struct load_conn *c);
};

extern const struct load_protocol load_h1, load_h2;

uint64_t load_now_us(void);

/* The next body; false: no more, time is over or all is used up. */
bool load_next(struct load *l, struct bytes *ret_body);

/* One answer; started_at is when its request was asked. */
void load_done(struct load *l, int status, uint64_t started_at);

#endif
