/*
 * test_descriptors.c - descriptors that come with a packet: at most one, and a
 * receiver that does not expect one keeps none.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/channel.h"

#include "tests/common/base/harness.h"

static err_t
count(void *arg, struct bytes packet, int fd)
{
	(void)packet;
	++*(size_t *)arg;
	if (fd >= 0)
		close(fd);
	return OK;
}

/* Sends a bundle of one packet with n descriptors of standard input. */
static void
send_descriptors(struct channel *ch, size_t n)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(16 * sizeof(int))];
	} control = { 0 };
	char bundle[] = "\0\0\0\4\0\0\0\0";
	struct iovec part = { .iov_base = bundle, .iov_len = 8 };
	struct msghdr message = { .msg_iov = &part,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen =
		                          CMSG_SPACE(n * sizeof(int)) };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
	CU_ASSERT_EQUAL(sendmsg(channel_fd(ch), &message, 0), 8);
}

static size_t
open_now(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A channel never sends more than one.  If several come, none is kept, whether
 * their packet is delivered or follows one that was refused. */
static void
test_several_descriptors(void)
{
	static const size_t numbers[] = { 2, 3, 16 };
	size_t before = open_now();

	for (size_t round = 0; round < 100; round++) {
		AUTO(channel_close) struct channel *from = NULL;
		AUTO(channel_close) struct channel *to = NULL;
		size_t packets = 0;
		int ends[2];

		CU_ASSERT_EQUAL_FATAL(
		        socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
		CU_ASSERT_EQUAL_FATAL(channel_open(ends[0], &from), OK);
		CU_ASSERT_EQUAL_FATAL(channel_open(ends[1], &to), OK);
		size_t now = open_now();

		for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
			send_descriptors(from, numbers[(round + i) % 3]);
			send_descriptors(from, 1);
		}
		CU_ASSERT_EQUAL(channel_receive(to, count, &packets),
		                E_MALFORMED);
		CU_ASSERT_EQUAL(packets, 0);
		CU_ASSERT_EQUAL(open_now(), now);
	}
	CU_ASSERT_EQUAL(open_now(), before);
}

/* One descriptor is delivered and belongs to the receiver. */
static void
test_one_descriptor(void)
{
	AUTO(channel_close) struct channel *from = NULL;
	AUTO(channel_close) struct channel *to = NULL;
	size_t packets = 0;
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	CU_ASSERT_EQUAL_FATAL(channel_open(ends[0], &from), OK);
	CU_ASSERT_EQUAL_FATAL(channel_open(ends[1], &to), OK);
	for (size_t i = 0; i < 4; i++)
		send_descriptors(from, 1);
	size_t now = open_now();
	CU_ASSERT_EQUAL(channel_receive(to, count, &packets), OK);
	CU_ASSERT_EQUAL(packets, 4);
	CU_ASSERT_EQUAL(open_now(), now);
}

static const struct harness_test tests[] = {
	{ "one comes with its packet", test_one_descriptor },
	{ "several are refused, and none is kept", test_several_descriptors },
	{ NULL, NULL },
};

HARNESS_MAIN("descriptors", tests)
