/*
 * role_files.c - what the supervisor has handed over, by name.
 */
#include <string.h>
#include <unistd.h>

#include "proc/content.h"
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

err_t
role_file_read(const struct role *r, const char *name, struct buf *out)
{
	int fd = role_file(r, name);

	return fd < 0 ? E_NOT_FOUND : content_read(fd, out);
}
