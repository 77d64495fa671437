/*
 * tpm_frame.c - see tpm_frame.h.
 */
#include "tests/common/devices/tpm_frame.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <tss2/tss2_tpm2_types.h>
#include <unistd.h>

#include "base/bytes.h"

uint32_t
tpm_frame_u32(const struct tpm_frame *f, size_t at)
{
	struct reader r = reader_of(bytes_of(f->bytes + at, 4));

	return reader_u32(&r);
}

void
tpm_frame_put_u32(struct tpm_frame *f, size_t at, uint32_t n)
{
	for (size_t i = 0; i < 4; i++)
		f->bytes[at + i] = (uint8_t)(n >> (24 - 8 * i));
}

void
tpm_frame_resize(struct tpm_frame *f, size_t len)
{
	f->len = len;
	tpm_frame_put_u32(f, 2, (uint32_t)len);
}

void
tpm_frame_answer(struct tpm_frame *f, uint32_t code)
{
	f->bytes[0] = TPM2_ST_NO_SESSIONS >> 8;
	f->bytes[1] = TPM2_ST_NO_SESSIONS & 0xff;
	tpm_frame_resize(f, TPM_FRAME_HEADER);
	tpm_frame_put_u32(f, TPM_FRAME_CODE, code);
}

static bool
read_more(int fd, struct tpm_frame *f, size_t until)
{
	while (f->len < until) {
		ssize_t n = read(fd, f->bytes + f->len, until - f->len);
		if (n <= 0)
			return false;
		f->len += (size_t)n;
	}
	return true;
}

bool
tpm_frame_read(int fd, struct tpm_frame *f)
{
	f->len = 0;
	if (!read_more(fd, f, TPM_FRAME_HEADER))
		return false;
	uint32_t size = tpm_frame_u32(f, 2);
	return size >= TPM_FRAME_HEADER && size <= TPM_FRAME_MAX &&
	       read_more(fd, f, size);
}

bool
tpm_frame_write(int fd, const void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static struct sockaddr_in
address_of(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

int
tpm_frame_listen(uint16_t *ret_port)
{
	struct sockaddr_in address = address_of(0);
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (const struct sockaddr *)&address, len) != 0 ||
	    listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
		close(fd);
		return -1;
	}
	*ret_port = ntohs(address.sin_port);
	return fd;
}

int
tpm_frame_connect(uint16_t port)
{
	const struct sockaddr_in address = address_of(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    0)
		return fd;
	close(fd);
	return -1;
}
