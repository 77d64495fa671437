/*
 * flow.h - limits the memory that clients occupy: request bodies being
 * received, responses being sent, streams.
 *
 * There are three rules.  While output waits, the connection is not read, so a
 * client cannot request more than it reads.  A client that reads too little of
 * what waits for it (LIMIT_TAKE_BYTES in LIMIT_TAKE_MS) is disconnected,
 * whatever it sends meanwhile.  And the memory is counted for each connection,
 * client and process: above a client's or connection's maximum the connection
 * with most of it ends, at the process's maximum one of the client with most.
 *
 * After a burst the memory is returned to the system.
 */
#ifndef FRONT_FLOW_H
#define FRONT_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct front;

/* Counts bytes for this connection, and removes them again.  flow_keep() may
 * doom this connection or another one. */
void flow_keep(struct connection *c, size_t n);
void flow_drop(struct connection *c, size_t n);

/* The same for the current content of its buffers. */
void flow_buffers(struct connection *c);

/* True: output waits, and the connection is not read until flow_resume(). */
bool flow_pause(struct connection *c);

/* All output was sent: reads on. */
void flow_resume(struct connection *c);

/* Called every LIMIT_SWEEP_MS.  True: the client reads too little. */
bool flow_stalls(struct connection *c, uint64_t now);

/* Called every LIMIT_SWEEP_MS: returns memory after a burst. */
void flow_ebb(struct front *f, uint64_t now);

#endif
