/*
 * channel.h - sends and receives packets over one end of a SOCK_SEQPACKET
 * socketpair.
 *
 * channel_send() queues a packet, and channel_flush() writes the queue: several
 * packets in one datagram ("bundle"), several bundles in one system call.
 * channel_receive() also reads several bundles at once.  Nothing here blocks.
 * The queue is bounded: if the peer does not read, channel_send() returns
 * E_LIMIT, and the caller answers "unavailable".
 */
#ifndef WIRE_CHANNEL_H
#define WIRE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/wire.h"

struct channel;

/* Bytes that may be queued for a peer. */
#define CHANNEL_QUEUE_MAX (32u * 1024 * 1024)

#define CHANNEL_BUNDLE (32u * 1024) /* bytes; a longer packet is sent alone */
#define CHANNEL_BATCH 8             /* bundles in one system call */

/* On success the channel owns fd.  E_NOMEM, E_IO: the caller still owns it. */
MUST_CHECK err_t channel_open(int fd, struct channel **ret_channel);

int channel_fd(const struct channel *ch);

/* Queues a copy of one packet.  E_LIMIT: the queue is full, or the packet is
 * empty or longer than WIRE_PACKET_MAX.  E_CLOSED: the peer has closed.
 * E_NOMEM. */
MUST_CHECK err_t channel_send(struct channel *ch, struct bytes packet);

/* Sends one packet with a duplicate of fd (SCM_RIGHTS) at once, after the
 * queue; the caller still owns fd.  For the lifeline.  E_AGAIN: the socket's
 * buffer is full, and the packet was not sent.  E_CLOSED. */
MUST_CHECK err_t channel_send_fd(struct channel *ch, struct bytes packet,
                                 int fd);

/* Writes as much of the queue as the socket takes.  OK: if some of it is left,
 * channel_waiting() is true and the owner waits for EPOLLOUT.  E_CLOSED. */
MUST_CHECK err_t channel_flush(struct channel *ch);
bool channel_waiting(const struct channel *ch);

/* Bytes in the queue that have not been written. */
size_t channel_backlog(const struct channel *ch);

/*
 * Reads up to CHANNEL_BATCH bundles and calls fn for each packet in order.  fd
 * is -1, or a descriptor that came with the packet, which fn must close.  fn
 * must not close ch.  If fn fails, no more packets are passed on and its error
 * is returned.  OK: something was read.  E_AGAIN: there was nothing to read.
 * E_CLOSED: the peer has closed.  E_MALFORMED: a datagram is not a bundle, or
 * more than one descriptor came with it; all of them are closed.
 */
typedef err_t channel_fn(void *arg, struct bytes packet, int fd);
MUST_CHECK err_t channel_receive(struct channel *ch, channel_fn *fn, void *arg);

/* True if the last channel_receive() read CHANNEL_BATCH bundles, so that more
 * may be there. */
bool channel_behind(const struct channel *ch);

/* Closes the descriptor and drops the queue.  Accepts NULL. */
void channel_close(struct channel *ch);
DEFINE_AUTO(struct channel *, channel_close);

#endif
