/*
 * flow.h - what clients make a front keep: bodies that are on their way in,
 * answers that are on their way out, streams.
 *
 * Three rules.  While output waits, nothing is read from that connection, so
 * nobody asks for more than he takes.  Whoever takes too little of what waits for
 * him (LIMIT_TAKE_BYTES in LIMIT_TAKE_MS) is cut off, whatever he says meanwhile.
 * And what is kept is counted, for a connection, a client and the process: above
 * a ceiling the connection with most of it ends, at the process's ceiling one of
 * the client with most.
 *
 * After a burst the memory goes back to the system.
 */
#ifndef FRONT_FLOW_H
#define FRONT_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct front;

/* Bytes kept for this connection, and kept no longer.  flow_keep() may doom this
 * connection or another one. */
void flow_keep(struct connection *c, size_t n);
void flow_drop(struct connection *c, size_t n);

/* The same for what stands in its buffers now. */
void flow_buffers(struct connection *c);

/* True: output waits, and nothing is read until flow_resume(). */
bool flow_pause(struct connection *c);

/* All output is out: reads on. */
void flow_resume(struct connection *c);

/* Every LIMIT_SWEEP_MS.  True: the client takes too little. */
bool flow_stalls(struct connection *c, uint64_t now);

/* Every LIMIT_SWEEP_MS: gives memory back when a burst is over. */
void flow_ebb(struct front *f, uint64_t now);

#endif
