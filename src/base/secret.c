/*
 * secret.c - each secret has a memory mapping of its own.
 *
 * mlock(2), MADV_DONTDUMP and MADV_WIPEONFORK work on whole pages; on the heap
 * a secret would share its pages with other data.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

struct secret {
	size_t len;
	uint8_t bytes[SECRET_MAX];
};

static err_t
secret_new(struct secret **ret_secret)
{
	void *p = mmap(NULL, sizeof(struct secret), PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return E_NOMEM;

	/* secret.h permits a failure of these three. */
	(void)mlock(p, sizeof(struct secret));
	(void)madvise(p, sizeof(struct secret), MADV_DONTDUMP);
	(void)madvise(p, sizeof(struct secret), MADV_WIPEONFORK);
	*ret_secret = p;
	return OK;
}

void
secret_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

void
secret_free(struct secret *s)
{
	if (!s)
		return;
	secret_wipe(s, sizeof(*s));
	munmap(s, sizeof(*s));
}

struct bytes
secret_bytes(const struct secret *s)
{
	return bytes_of(s->bytes, s->len);
}

err_t
secret_copy(struct bytes v, struct secret **ret_secret)
{
	if (v.len == 0 || v.len > SECRET_MAX)
		return E_LIMIT;

	AUTO(secret_free) struct secret *s = NULL;
	TRY(secret_new(&s));
	memcpy(s->bytes, v.data, v.len);
	s->len = v.len;
	*ret_secret = TAKE(s);
	return OK;
}

static err_t
check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return E_IO;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		return E_DENIED;
	return st.st_uid == 0 || st.st_uid == geteuid() ? OK : E_DENIED;
}

/* Reads fd to its end.  E_LIMIT: SECRET_MAX bytes were read without an end. */
static err_t
read_secret_bytes(int fd, struct secret *s)
{
	while (s->len < SECRET_MAX) {
		ssize_t n = read(fd, s->bytes + s->len, SECRET_MAX - s->len);

		if (n < 0)
			return E_IO;
		if (n == 0)
			return OK;
		s->len += (size_t)n;
	}
	return E_LIMIT;
}

err_t
secret_read(int fd, struct secret **ret_secret)
{
	TRY(check_file(fd));

	AUTO(secret_free) struct secret *s = NULL;
	TRY(secret_new(&s));
	TRY(read_secret_bytes(fd, s));
	if (s->len > 0 && s->bytes[s->len - 1] == '\n')
		s->len--;
	if (s->len == 0)
		return E_LIMIT;

	*ret_secret = TAKE(s);
	return OK;
}

bool
secret_equal(struct bytes a, struct bytes b)
{
	if (a.len != b.len)
		return false;

	volatile uint8_t differ = 0;
	for (size_t i = 0; i < a.len; i++)
		differ = (uint8_t)(differ | (a.data[i] ^ b.data[i]));
	return differ == 0;
}
