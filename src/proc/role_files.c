/*
 * role_files.c - what the supervisor has handed over, by name.
 */
#include <string.h>
#include <unistd.h>

#include "proc/role_int.h"

int
role_file(const struct role *r, const char *name)
{
	for (size_t i = 0; i < r->n_files; i++)
		if (strcmp(r->files[i].name, name) == 0)
			return r->files[i].fd;
	return -1;
}

void
role_file_close(struct role *r, const char *name)
{
	for (size_t i = 0; i < r->n_files; i++) {
		struct role_file *f = &r->files[i];
		if (strcmp(f->name, name) != 0 || f->fd < 0)
			continue;
		close(f->fd);
		f->fd = -1;
	}
}

static bool
is_kept(const struct role *r, const char *name)
{
	const char *const *kept = r->ops->keeps;

	while (kept && *kept && strcmp(*kept, name) != 0)
		kept++;
	return kept && *kept;
}

void
role_files_read(struct role *r)
{
	for (size_t i = 0; i < r->n_files; i++)
		if (!is_kept(r, r->files[i].name))
			role_file_close(r, r->files[i].name);
}

/* Uses pread(2), because the offset of a file that was handed over is
 * shared. */
err_t
role_file_read(const struct role *r, const char *name, struct buf *out)
{
	int fd = role_file(r, name);
	uint8_t part[4096];
	ssize_t n;

	if (fd < 0)
		return E_NOT_FOUND;
	for (off_t at = 0; (n = pread(fd, part, sizeof(part), at)) > 0; at += n)
		buf_append(out, bytes_of(part, (size_t)n));
	return n < 0 ? E_IO : buf_status(out);
}
