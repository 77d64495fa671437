/*
 * tcti.c - the connection to a TPM: its device file, or swtpm's socket.
 *
 * tpm2-tss has TCTIs of its own, but the one for swtpm connects again for each
 * command, which the key holder's sandbox forbids, and blocks until the
 * response comes.  This one connects once and never blocks: an incomplete
 * response is TRY_AGAIN, and t2_wait() enforces the deadline.
 *
 *	device:<absolute path>              /dev/tpmrm0
 *	swtpm:path=<absolute path>          a UNIX socket
 *	swtpm:host=<IPv4>,port=<number>
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hsm/tpm2/int.h"

#define WAY_MAGIC 0x616e63686f726431ULL
#define WAY_VERSION 1
#define HEADER 10       /* bytes: tag, size, code */
#define ANSWER_MAX 4096 /* bytes: a TPM's largest */
#define CONNECT_MS 2000 /* for connect(2) */

struct tcti {
	TSS2_TCTI_CONTEXT_COMMON_V1 common; /* first: it is the handle */
	int fd;
	bool socket;
	size_t len;
	uint8_t answer[ANSWER_MAX];
};

static struct tcti *
tcti_of(TSS2_TCTI_CONTEXT *context)
{
	return (struct tcti *)(void *)context;
}

static TSS2_RC
way_transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
	struct tcti *w = tcti_of(context);
	ssize_t n = w->socket ? send(w->fd, command, size, MSG_NOSIGNAL)
	                      : write(w->fd, command, size);

	w->len = 0;
	return n == (ssize_t)size ? TSS2_RC_SUCCESS : TSS2_TCTI_RC_IO_ERROR;
}

/* Response size from its header; the header's size until that is complete; 0:
 * invalid. */
static size_t
whole_of(const struct tcti *w)
{
	struct reader r = reader_of(bytes_of(w->answer, w->len));

	if (w->len < HEADER)
		return HEADER;
	(void)reader_u16(&r);
	uint32_t size = reader_u32(&r);
	return size >= HEADER && size <= ANSWER_MAX ? size : 0;
}

static TSS2_RC
read_on(struct tcti *w)
{
	ssize_t n = read(w->fd, w->answer + w->len, ANSWER_MAX - w->len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return TSS2_TCTI_RC_TRY_AGAIN;
	if (n <= 0)
		return TSS2_TCTI_RC_IO_ERROR;
	w->len += (size_t)n;
	size_t whole = whole_of(w);
	if (whole == 0 || w->len > whole)
		return TSS2_TCTI_RC_MALFORMED_RESPONSE;
	return w->len < whole || w->len < HEADER ? TSS2_TCTI_RC_TRY_AGAIN
	                                         : TSS2_RC_SUCCESS;
}

static TSS2_RC
way_receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response,
            int32_t timeout)
{
	struct tcti *w = tcti_of(context);

	(void)timeout; /* t2_wait() enforces the deadline */
	if (!response) {
		*size = ANSWER_MAX;
		return TSS2_RC_SUCCESS;
	}
	TSS2_RC rc = read_on(w);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	if (*size < w->len)
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	memcpy(response, w->answer, w->len);
	*size = w->len;
	return TSS2_RC_SUCCESS;
}

static void
way_finalize(TSS2_TCTI_CONTEXT *context)
{
	(void)context; /* t2_tcti_close() */
}

static err_t
open_unix(const char *path, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (path[0] != '/' || strlen(path) >= sizeof(address.sun_path))
		return E_CONFIG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	*ret_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return connect(*ret_fd, (const struct sockaddr *)&address,
	               sizeof(address)) == 0
	               ? OK
	               : E_DEVICE;
}

static err_t
open_tcp(const char *host, const char *port, int *ret_fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const struct timeval limit = { .tv_sec = CONNECT_MS / 1000 };
	char *end = NULL;
	unsigned long number = strtoul(port, &end, 10);

	if (*port < '0' || *port > '9' || *end || number == 0 ||
	    number > UINT16_MAX ||
	    inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return E_CONFIG;
	address.sin_port = htons((uint16_t)number);
	*ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(*ret_fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
	                 sizeof(limit));
	return connect(*ret_fd, (const struct sockaddr *)&address,
	               sizeof(address)) == 0
	               ? OK
	               : E_DEVICE;
}

static err_t
open_swtpm(const char *options, int *ret_fd)
{
	static const char path[] = "path=";
	static const char host[] = "host=";
	static const char port[] = ",port=";
	char name[INET_ADDRSTRLEN];

	if (strncmp(options, path, strlen(path)) == 0)
		return open_unix(options + strlen(path), ret_fd);
	const char *comma = strchr(options, ',');
	if (strncmp(options, host, strlen(host)) != 0 || !comma ||
	    strncmp(comma, port, strlen(port)) != 0)
		return E_CONFIG;
	options += strlen(host);
	snprintf(name, sizeof(name), "%.*s", (int)(comma - options), options);
	return open_tcp(name, comma + strlen(port), ret_fd);
}

static err_t
open_fd(const char *tcti, struct tcti *w)
{
	static const char device[] = "device:";
	static const char swtpm[] = "swtpm:";

	if (strncmp(tcti, swtpm, strlen(swtpm)) == 0) {
		w->socket = true;
		TRY(open_swtpm(tcti + strlen(swtpm), &w->fd));
		int flags = fcntl(w->fd, F_GETFL);
		return fcntl(w->fd, F_SETFL, flags | O_NONBLOCK) == 0
		               ? OK
		               : E_DEVICE;
	}
	if (strncmp(tcti, device, strlen(device)) != 0 ||
	    tcti[strlen(device)] != '/')
		return E_CONFIG;
	/* Without O_NONBLOCK a write blocks until the TPM has finished, which
	 * no deadline could end. */
	w->fd = open(tcti + strlen(device),
	             O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return w->fd >= 0 ? OK : E_DEVICE;
}

err_t
t2_tcti_open(const char *tcti, struct tcti **ret_tcti)
{
	AUTO(t2_tcti_close) struct tcti *w = calloc(1, sizeof(*w));

	if (!w)
		return E_NOMEM;
	w->fd = -1;
	w->common.magic = WAY_MAGIC;
	w->common.version = WAY_VERSION;
	w->common.transmit = way_transmit;
	w->common.receive = way_receive;
	w->common.finalize = way_finalize;
	TRY(open_fd(tcti, w));
	*ret_tcti = TAKE(w);
	return OK;
}

TSS2_TCTI_CONTEXT *
t2_tcti_context(struct tcti *w)
{
	return (TSS2_TCTI_CONTEXT *)&w->common;
}

int
t2_tcti_fd(const struct tcti *w)
{
	return w->fd;
}

void
t2_tcti_close(struct tcti *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}
