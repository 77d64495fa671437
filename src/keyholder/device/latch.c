/*
 * latch.c - see latch.h.
 *
 * The file is kept open while it is set: its link count shows, without access
 * to the directory, that it was removed.  It is written under another name and
 * renamed, so that a full disk leaves no incomplete latch; if it cannot be
 * written, no login is tried.
 */
#include "keyholder/device/latch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hsm/core/hsm.h"

#define LATCH_NEW HSM_LATCH_FILE ".new"

static void
read_latch_text(struct latch *latch)
{
	ssize_t n = pread(latch->file, latch->text, sizeof(latch->text) - 1, 0);

	latch->text[n > 0 ? n : 0] = '\0';
	latch->text[strcspn(latch->text, "\n")] = '\0';
	if (!latch->text[0]) /* a crash between creating and writing */
		snprintf(latch->text, sizeof(latch->text), "%s", LATCH_LOGIN);
}

static bool
is_file(int directory, const char *name)
{
	struct stat st;

	return fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

err_t
latch_open(struct latch *latch, const char *directory)
{
	*latch = (struct latch){ .directory = -1, .file = -1 };
	latch->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (latch->directory < 0)
		return E_IO;

	latch->file = openat(latch->directory, HSM_LATCH_FILE,
	                     O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (latch->file < 0 && errno != ENOENT)
		return E_IO;
	latch->permitted =
	        latch->file < 0 && is_file(latch->directory, HSM_PERMIT_FILE);
	if (latch->file < 0)
		return OK;
	read_latch_text(latch);
	return E_LATCHED;
}

/* Writes the line under another name, complete and durable. */
static err_t
write_latch_line(int directory, const char *line, int *ret_fd)
{
	size_t len = strlen(line);
	int fd = openat(directory, LATCH_NEW,
	                O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	                0600);

	if (fd < 0)
		return E_IO;
	if (write(fd, line, len) != (ssize_t)len || fsync(fd) != 0) {
		close(fd);
		return E_IO;
	}
	*ret_fd = fd;
	return OK;
}

/* Refuses a link or a directory in the latch's place. */
static bool
place_is_ours(int directory)
{
	struct stat st;

	if (fstatat(directory, HSM_LATCH_FILE, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT;
	return S_ISREG(st.st_mode);
}

err_t
latch_set(struct latch *latch, const char *text)
{
	char line[LATCH_TEXT_MAX];
	bool was_set = latch->file >= 0;
	int fd = -1;

	snprintf(line, sizeof(line), "%.*s\n", (int)sizeof(line) - 2, text);
	if (!place_is_ours(latch->directory) ||
	    write_latch_line(latch->directory, line, &fd) != OK ||
	    renameat(latch->directory, LATCH_NEW, latch->directory,
	             HSM_LATCH_FILE) != 0) {
		(void)unlinkat(latch->directory, LATCH_NEW, 0);
		if (fd >= 0)
			close(fd);
		return E_IO;
	}
	if (latch->file >= 0)
		close(latch->file);
	latch->file = fd;
	snprintf(latch->text, sizeof(latch->text), "%s", text);
	if (fsync(latch->directory) == 0)
		return OK;
	if (!was_set) {
		(void)unlinkat(latch->directory, HSM_LATCH_FILE, 0);
		close(latch->file);
		latch->file = -1;
	}
	return E_IO;
}

err_t
latch_use_permit(struct latch *latch)
{
	latch->permitted = false;
	if (unlinkat(latch->directory, HSM_PERMIT_FILE, 0) != 0 &&
	    errno != ENOENT)
		return E_IO;
	return fsync(latch->directory) == 0 ? OK : E_IO;
}

err_t
latch_clear(struct latch *latch)
{
	if (unlinkat(latch->directory, HSM_LATCH_FILE, 0) != 0 &&
	    errno != ENOENT)
		return E_IO;
	if (latch->file >= 0)
		close(latch->file);
	latch->file = -1;
	return fsync(latch->directory) == 0 ? OK : E_IO;
}

bool
latch_lifted(const struct latch *latch)
{
	struct stat st;

	return latch->file >= 0 && fstat(latch->file, &st) == 0 &&
	       st.st_nlink == 0;
}

void
latch_release(struct latch *latch)
{
	if (latch->file >= 0)
		close(latch->file);
	if (latch->directory >= 0)
		close(latch->directory);
	*latch = (struct latch){ .directory = -1, .file = -1 };
}
