/*
 * channel.c - see channel.h.
 *
 * A bundle is one datagram of one or more packets, each after its u32 length.
 * Packets share bundles, up to CHANNEL_BUNDLE bytes, because a short datagram
 * costs the kernel as much time as a long one.
 *
 * Sending: packets are copied into one queue buffer in this form, so a bundle
 * is a part of the buffer; sendmmsg(2) sends several.  Descriptors are passed
 * only on the lifeline, where packets are few: such a packet is sent alone, at
 * once, after the queue.
 *
 * Receiving: recvmmsg(2) fills CHANNEL_BATCH buffers that all channels of the
 * process share.  Each has the size of the longest bundle, but only pages that
 * were written are resident.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buf.h"
#include "wire/channel.h"

/* Requested size of a socket's send buffer in bytes.  The kernel may grant
 * less; one packet fits in any case (WIRE_PACKET_MAX). */
#define CHANNEL_SOCKET_BUFFER (4 * 1024 * 1024)

#define LENGTH_SIZE 4 /* bytes before each packet of a bundle */
#define BUNDLE_MAX (LENGTH_SIZE + WIRE_PACKET_MAX) /* of one long packet */

struct channel {
	int fd;
	bool closed;      /* the peer is gone */
	bool behind;      /* the last receive was a full batch */
	struct buf queue; /* packets, each after its u32 length */
	size_t sent;      /* bytes of queue that were written */
};

/* --- opening and closing -------------------------------------------------- */

err_t
channel_open(int fd, struct channel **ret_channel)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	if (!ch)
		return E_NOMEM;

	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		free(ch);
		return E_IO;
	}

	int size = CHANNEL_SOCKET_BUFFER;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));

	ch->fd = fd;
	ch->queue = buf_of(CHANNEL_QUEUE_MAX);
	*ret_channel = ch;
	return OK;
}

void
channel_close(struct channel *ch)
{
	if (!ch)
		return;
	close(ch->fd);
	buf_release(&ch->queue);
	free(ch);
}

int
channel_fd(const struct channel *ch)
{
	return ch->fd;
}

/* --- sending -------------------------------------------------------------- */

err_t
channel_send(struct channel *ch, struct bytes packet)
{
	if (ch->closed)
		return E_CLOSED;
	if (packet.len == 0 || packet.len > WIRE_PACKET_MAX)
		return E_LIMIT;
	/* Checked first, so that no part of a refused packet is queued. */
	if (ch->queue.len + LENGTH_SIZE + packet.len > CHANNEL_QUEUE_MAX)
		return E_LIMIT;

	size_t before = ch->queue.len;
	buf_u32(&ch->queue, (uint32_t)packet.len);
	buf_append(&ch->queue, packet);
	if (buf_status(&ch->queue) != OK) {
		ch->queue.len = before;
		ch->queue.failed = OK;
		return E_NOMEM;
	}
	return OK;
}

bool
channel_waiting(const struct channel *ch)
{
	return ch->sent < ch->queue.len;
}

size_t
channel_backlog(const struct channel *ch)
{
	return ch->queue.len - ch->sent;
}

/* The length of the next bundle: as many packets as fit into CHANNEL_BUNDLE
 * bytes, and at least one. */
static size_t
bundle_len(struct bytes queued)
{
	struct reader r = reader_of(queued);
	size_t len = 0;

	do {
		reader_take(&r, reader_u32(&r));
		size_t end = queued.len - r.left;
		if (len > 0 && end > CHANNEL_BUNDLE)
			break;
		len = end;
	} while (r.left > 0);
	return len;
}

/* Fills in messages for up to CHANNEL_BATCH bundles; returns their number. */
static unsigned
gather_bundles(struct channel *ch, struct mmsghdr *messages,
               struct iovec *parts)
{
	size_t at = ch->sent;
	unsigned n = 0;

	while (at < ch->queue.len && n < CHANNEL_BATCH) {
		uint8_t *first = ch->queue.data + at;

		parts[n].iov_base = first;
		parts[n].iov_len =
		        bundle_len(bytes_of(first, ch->queue.len - at));
		messages[n].msg_hdr = (struct msghdr){ .msg_iov = &parts[n],
			                               .msg_iovlen = 1 };
		at += parts[n].iov_len;
		n++;
	}
	return n;
}

static bool
would_block(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == EINTR;
}

/* Moves the rest of the queue to the front when it is shorter than the part
 * that was sent.  So each byte moves at most once, and the buffer has at most
 * twice the size of its content. */
static void
compact_queue(struct channel *ch)
{
	if (ch->sent == ch->queue.len) {
		buf_reset(&ch->queue);
		ch->sent = 0;
	} else if (ch->sent > ch->queue.len / 2) {
		buf_consume(&ch->queue, ch->sent);
		ch->sent = 0;
	}
}

err_t
channel_flush(struct channel *ch)
{
	while (!ch->closed && channel_waiting(ch)) {
		struct mmsghdr messages[CHANNEL_BATCH];
		struct iovec parts[CHANNEL_BATCH];
		unsigned n = gather_bundles(ch, messages, parts);
		int sent = sendmmsg(ch->fd, messages, n,
		                    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && would_block(errno))
			break;
		if (sent < 0) {
			ch->closed = true;
			break;
		}
		for (int i = 0; i < sent; i++)
			ch->sent += parts[i].iov_len;
	}
	compact_queue(ch);
	return ch->closed ? E_CLOSED : OK;
}

/* E_AGAIN: the queue could not be sent completely.  Only the supervisor's
 * lifelines use this, with a few small packets. */
static err_t
flush_all(struct channel *ch)
{
	TRY(channel_flush(ch));
	return channel_waiting(ch) ? E_AGAIN : OK;
}

err_t
channel_send_fd(struct channel *ch, struct bytes packet, int fd)
{
	if (ch->closed)
		return E_CLOSED;
	TRY(flush_all(ch));

	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	const size_t n = packet.len;
	uint8_t length[LENGTH_SIZE] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16),
		                        (uint8_t)(n >> 8), (uint8_t)n };
	struct iovec parts[] = { { .iov_base = length,
		                   .iov_len = sizeof(length) },
		                 { .iov_len = n } };
	struct msghdr message = { .msg_iov = parts,
		                  .msg_iovlen = ARRAY_LEN(parts),
		                  .msg_control = &control,
		                  .msg_controllen = sizeof(control.space) };

	/* iov_base is not const, though sendmsg only reads it. */
	memcpy(&parts[1].iov_base, &packet.data, sizeof(packet.data));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));

	if (sendmsg(ch->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return OK;
	return would_block(errno) ? E_AGAIN : E_CLOSED;
}

/* --- receiving ------------------------------------------------------------ */

/* The buffers of all channels, which are read one after the other. */
static uint8_t *arena;

/* Room for one descriptor, which alignment extends to two.  The kernel does not
 * install descriptors for which there is no room, and sets MSG_CTRUNC. */
union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static err_t
arena_ready(void)
{
	if (arena)
		return OK;

	void *p = mmap(NULL, (size_t)CHANNEL_BATCH * BUNDLE_MAX,
	               PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return E_NOMEM;
	arena = p;
	return OK;
}

/* Returns the first descriptor of a message and closes the others; -1: there is
 * none.  *ret_surplus: there was more than one. */
static int
passed_first(struct msghdr *message, bool *ret_surplus)
{
	int first = -1;

	*ret_surplus = (message->msg_flags & MSG_CTRUNC) != 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c;
	     c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (first < 0) {
				first = fd;
				continue;
			}
			close(fd);
			*ret_surplus = true;
		}
	}
	return first;
}

/* Returns the descriptor of a message in *ret_fd; -1: there is none.  False:
 * there were several, which this file never sends, and all are closed. */
static bool
passed_fd(struct msghdr *message, int *ret_fd)
{
	bool surplus;
	int fd = passed_first(message, &surplus);

	if (surplus && fd >= 0) {
		close(fd);
		fd = -1;
	}
	*ret_fd = fd;
	return !surplus;
}

struct batch {
	struct mmsghdr messages[CHANNEL_BATCH];
	struct iovec parts[CHANNEL_BATCH];
	union control controls[CHANNEL_BATCH];
};

static void
batch_prepare(struct batch *b)
{
	for (size_t i = 0; i < CHANNEL_BATCH; i++) {
		b->parts[i] = (struct iovec){
			.iov_base = arena + i * BUNDLE_MAX,
			.iov_len = BUNDLE_MAX,
		};
		b->messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &b->parts[i],
			.msg_iovlen = 1,
			.msg_control = &b->controls[i],
			.msg_controllen = sizeof(b->controls[i].space),
		};
	}
}

/* Calls fn for each packet of a bundle; fd belongs to the first one. */
static err_t
unbundle_packets(struct bytes bundle, int fd, channel_fn *fn, void *arg)
{
	struct reader r = reader_of(bundle);

	do {
		struct bytes packet = reader_take(&r, reader_u32(&r));

		if (packet.len == 0) { /* empty, or shorter than its length */
			if (fd >= 0)
				close(fd);
			return E_MALFORMED;
		}
		TRY(fn(arg, packet, fd));
		fd = -1;
	} while (r.left > 0);
	return OK;
}

/* Passes one bundle on.  An empty datagram means that the peer has closed the
 * socket; a truncated one is longer than this file ever sends. */
static err_t
deliver_bundle(struct mmsghdr *m, channel_fn *fn, void *arg)
{
	struct bytes bundle =
	        bytes_of(m->msg_hdr.msg_iov->iov_base, m->msg_len);
	int fd;

	if (!passed_fd(&m->msg_hdr, &fd))
		return E_MALFORMED;
	if (bundle.len > 0 && !(m->msg_hdr.msg_flags & MSG_TRUNC))
		return unbundle_packets(bundle, fd, fn, arg);
	if (fd >= 0)
		close(fd);
	return bundle.len == 0 ? E_CLOSED : E_MALFORMED;
}

bool
channel_behind(const struct channel *ch)
{
	return ch->behind;
}

err_t
channel_receive(struct channel *ch, channel_fn *fn, void *arg)
{
	struct batch b;

	TRY(arena_ready());
	batch_prepare(&b);
	int n = recvmmsg(ch->fd, b.messages, CHANNEL_BATCH,
	                 MSG_DONTWAIT | MSG_CMSG_CLOEXEC, NULL);
	ch->behind = n == CHANNEL_BATCH;
	if (n < 0 && would_block(errno))
		return E_AGAIN;
	if (n <= 0) {
		ch->closed = true;
		return E_CLOSED;
	}

	err_t err = OK;
	for (int i = 0; i < n; i++) {
		if (err == OK) {
			err = deliver_bundle(&b.messages[i], fn, arg);
			continue;
		}
		/* fn has failed: the other packets are dropped, and their
		 * descriptors closed. */
		int fd;
		(void)passed_fd(&b.messages[i].msg_hdr, &fd);
		if (fd >= 0)
			close(fd);
	}
	if (err == E_CLOSED)
		ch->closed = true;
	return err;
}
