/*
 * kept.c - the order that is followed, kept in the key holder's own directory.
 *
 * Two need it: a life that begins while the officer's file is no good, and the
 * officer, who must not destroy a key before its successor is in use.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "keyholder.h"
#include "log.h"

#define KEPT_NEW ROTATION_KEPT_FILE ".new"

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}
DEFINE_AUTO(int, close_fd);

static err_t
write_new(int directory, struct bytes text)
{
	AUTO(close_fd)
	int fd = openat(directory, KEPT_NEW,
	                O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	                0600);

	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len ||
	    fsync(fd) != 0)
		return E_IO;
	return OK;
}

static err_t
replace(int directory, struct bytes text)
{
	TRY(write_new(directory, text));
	if (renameat(directory, KEPT_NEW, directory, ROTATION_KEPT_FILE) != 0 ||
	    fsync(directory) != 0)
		return E_IO;
	return OK;
}

void
kept_write(const struct keyholder *k)
{
	AUTO(buf_release) struct buf text = buf_of(ROTATION_FILE_MAX);

	rotation_put(&text, &k->signing.order);
	if (buf_status(&text) != OK ||
	    replace(k->device.latch.directory, buf_bytes(&text)) != OK)
		log_event(LOG_ERROR, "rotation-not-kept");
}

err_t
kept_read(const struct keyholder *k, struct rotation *ret_order)
{
	AUTO(buf_release) struct buf why = buf_of(SIGNING_WHY_MAX);
	AUTO(close_fd)
	int fd = openat(k->device.latch.directory, ROTATION_KEPT_FILE,
	                O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	uint8_t text[ROTATION_FILE_MAX];

	if (fd < 0)
		return E_NOT_FOUND;
	ssize_t n = read(fd, text, sizeof(text));
	if (n < 0)
		return E_IO;
	return rotation_parse(bytes_of(text, (size_t)n), &why, ret_order);
}
