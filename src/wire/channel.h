/*
 * channel.h - one end of a SOCK_SEQPACKET socketpair: packets in, packets out.
 *
 * Sends are queued and leave together at channel_flush(): many packets share a
 * bundle, many bundles a system call, and receives come as many at once.  So
 * the cost of a message is shared by all that are under way; callers see only
 * packets.  Nothing here blocks.  The queue has a ceiling: a
 * peer that does not drain makes channel_send() say E_LIMIT, and the caller
 * answers "unavailable".
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

/* Bytes waiting for a peer. */
#define CHANNEL_QUEUE_MAX (32u * 1024 * 1024)

#define CHANNEL_BUNDLE (32u * 1024) /* bytes; a longer packet goes alone */
#define CHANNEL_BATCH 8             /* bundles a system call */

/* Takes the descriptor; closes it with the channel.  E_NOMEM, E_IO. */
MUST_CHECK err_t channel_open(int fd, struct channel **ret_channel);

int channel_fd(const struct channel *ch);

/* Queues one packet (copied).  E_LIMIT: the queue's ceiling or a packet over
 * WIRE_PACKET_MAX.  E_CLOSED. */
MUST_CHECK err_t channel_send(struct channel *ch, struct bytes packet);

/* The same with a descriptor to pass (SCM_RIGHTS); fd stays the caller's and
 * is duplicated.  For the lifeline. */
MUST_CHECK err_t channel_send_fd(struct channel *ch, struct bytes packet,
                                 int fd);

/* Writes what the kernel takes.  OK also when some is left: then
 * channel_waiting() is true and the owner waits for EPOLLOUT.  E_CLOSED. */
MUST_CHECK err_t channel_flush(struct channel *ch);
bool channel_waiting(const struct channel *ch);

/* Bytes that wait for the kernel to take them. */
size_t channel_backlog(const struct channel *ch);

/*
 * Reads up to CHANNEL_BATCH bundles and hands each packet to fn in order.  fd
 * is -1 or a descriptor that came with the packet and is now fn's to close.
 * Stops early when fn fails and returns fn's error.  OK: something was read;
 * E_AGAIN: nothing there; E_CLOSED: the peer is gone; E_MALFORMED: what came
 * is no bundle, or more than one descriptor came with it: none is kept.  fn must not close ch.
 */
typedef err_t channel_fn(void *arg, struct bytes packet, int fd);
MUST_CHECK err_t channel_receive(struct channel *ch, channel_fn *fn, void *arg);

/* The last of these took as much as it could: more may be waiting. */
bool channel_behind(const struct channel *ch);

/* Accepts NULL. */
void channel_close(struct channel *ch);
DEFINE_AUTO(struct channel *, channel_close);

#endif
