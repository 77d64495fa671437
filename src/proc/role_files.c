/*
 * role_files.c - what the supervisor has handed over, by name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
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
		if (!r->files[i].again && !is_kept(r, r->files[i].name))
			role_file_close(r, r->files[i].name);
}

const char *
role_unread(const struct role *r)
{
	return *r->unread ? r->unread : NULL;
}

/* The supervisor is told by the next STATUS, within a second. */
static void
name_unread(struct role *r)
{
	*r->unread = '\0';
	for (size_t i = 0; i < r->n_files; i++)
		if (r->files[i].again)
			(void)snprintf(r->unread, sizeof(r->unread),
			               "file-unread: %s", r->files[i].name);
}

void
role_file_again(struct role *r, const char *name, err_t err)
{
	if (err != E_NOMEM && err != E_IO)
		return;
	for (size_t i = 0; i < r->n_files; i++) {
		struct role_file *f = &r->files[i];

		if (strcmp(f->name, name) != 0 || f->fd < 0)
			continue;
		log_event(LOG_ERROR, "file-unread", LOG_STR("name", name),
		          LOG_U64("tries", ++f->tries), LOG_ERR(err));
		if (f->tries >= ROLE_FILE_TRIES)
			exit(ROLE_EXIT_PART);
		f->again = true;
		name_unread(r);
	}
}

/* True: the role did not ask for another try. */
static bool
hand_file(struct role *r, struct role_file *f)
{
	f->again = false;
	r->ops->file_changed(r, f->name);
	return !f->again;
}

void
role_file_taken(struct role *r, struct role_file *f)
{
	f->tries = 0;
	(void)hand_file(r, f);
	role_files_read(r);
	name_unread(r);
}

static void
try_file_again(struct role *r, struct role_file *f)
{
	if (!hand_file(r, f))
		return;
	f->tries = 0;
	log_event(LOG_INFO, "file-read", LOG_STR("name", f->name));
	name_unread(r);
}

void
role_files_again(struct role *r)
{
	if (!role_unread(r) || r->ticks % ROLE_FILE_AGAIN_TICKS != 0)
		return;
	for (size_t i = 0; i < r->n_files; i++)
		if (r->files[i].again)
			try_file_again(r, &r->files[i]);
	role_files_read(r);
}

err_t
role_file_read(const struct role *r, const char *name, struct buf *out)
{
	int fd = role_file(r, name);

	return fd < 0 ? E_NOT_FOUND : content_read(fd, out);
}
