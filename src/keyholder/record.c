/*
 * record.c - which key signs, written down for officers.
 *
 * Who destroys a key must know that its successor signs.  Only this process
 * does, so it says so where `anchorctl token rotate` looks.  Nothing reads it
 * back: what rules is the pins file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "keyholder.h"
#include "log.h"

#define RECORD_NEW SIGNING_RECORD_FILE ".new"

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
	int fd = openat(directory, RECORD_NEW,
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
	if (renameat(directory, RECORD_NEW, directory, SIGNING_RECORD_FILE) !=
	            0 ||
	    fsync(directory) != 0)
		return E_IO;
	return OK;
}

void
record_write(const struct keyholder *k)
{
	const struct signing *s = &k->signing;
	AUTO(buf_release) struct buf text = buf_of(256);

	buf_printf(&text, "kid %s\nversion %u\n", s->keys[s->key].pin.kid,
	           s->pins->version);
	if (buf_status(&text) != OK ||
	    replace(k->device.latch.directory, buf_bytes(&text)) != OK)
		log_event(LOG_ERROR, "record-not-written");
}
