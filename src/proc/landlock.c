/*
 * landlock.c - see landlock.h.
 *
 * Uses the kernel's interface directly, because Debian 12 has no library for
 * it.  Its kernel header is also older than the rights of newer kernels, so
 * those beyond version 1 are defined here.  The ruleset handles all rights that
 * the running kernel knows; a handled right without a rule is denied.
 */
#include "proc/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/log.h"

/* Rights that came with later versions (uapi/linux/landlock.h). */
#define FS_FIRST ((1ULL << 13) - 1) /* version 1: execute to make_sym */
#define FS_REFER (1ULL << 13)       /* version 2 */
#define FS_TRUNCATE (1ULL << 14)    /* version 3 */
#define FS_IOCTL_DEV (1ULL << 15)   /* version 5 */
#define NET_TCP 3ULL                /* version 4: bind, connect */
#define SCOPE_ALL 3ULL              /* version 6: abstract sockets, signals */

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                             \
	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE |                           \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |      \
	 FS_TRUNCATE)

/* The rights that apply to a file that is not a directory. */
#define OF_FILES                                                        \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	 FS_TRUNCATE | FS_IOCTL_DEV)

struct ruleset_attr {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct rules {
	int fd;
	uint64_t handled; /* of the file system's rights */
};

/* The attributes that this version of the kernel's interface knows. */
static struct ruleset_attr
attr_for(long version, size_t *ret_size)
{
	struct ruleset_attr attr = { .fs = FS_FIRST };

	*ret_size = sizeof(attr.fs);
	if (version >= 2)
		attr.fs |= FS_REFER;
	if (version >= 3)
		attr.fs |= FS_TRUNCATE;
	if (version >= 5)
		attr.fs |= FS_IOCTL_DEV;
	if (version >= 4) {
		attr.net = NET_TCP;
		*ret_size = offsetof(struct ruleset_attr, scoped);
	}
	if (version >= 6) {
		attr.scoped = SCOPE_ALL;
		*ret_size = sizeof(attr);
	}
	return attr;
}

/* A path that does not exist needs no rule: it is unreachable either way. */
static err_t
allow_path(const struct rules *r, const char *path, uint64_t rights)
{
	AUTO(close_fd) int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		log_event(LOG_WARN, "sandbox-path-missing",
		          LOG_STR("path", path));
		return OK;
	}
	if (S_ISCHR(st.st_mode)) /* a device file needs ioctl(2) */
		rights |= rights & LANDLOCK_ACCESS_FS_WRITE_FILE ? FS_IOCTL_DEV
		                                                 : 0;
	if (!S_ISDIR(st.st_mode))
		rights &= OF_FILES;

	struct landlock_path_beneath_attr beneath = {
		.allowed_access = rights & r->handled,
		.parent_fd = fd,
	};
	return syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH,
	               &beneath, 0) < 0
	               ? E_DENIED
	               : OK;
}

static err_t
allow_module_directory(const struct rules *r, const char *module)
{
	char path[PATH_MAX];

	if (!*module) /* a TPM has no module */
		return OK;
	if (snprintf(path, sizeof(path), "%s", module) >= (int)sizeof(path))
		return E_CONFIG;
	return allow_path(r, dirname(path), READ);
}

/* A TPM's keys may be files (hsm/tpm2/uri.c), which are read when the token is
 * opened.  That happens inside the sandbox. */
static err_t
allow_blobs(const struct rules *r, const char *uri)
{
	const char *at = strchr(uri, '?');
	char path[PATH_MAX];

	for (; at; at = strchr(at + 1, '&')) {
		const char *value = at + 1 + strcspn(at + 1, "=&");

		if (value[0] != '=' || value[1] != '/')
			continue;
		snprintf(path, sizeof(path), "%.*s",
		         (int)strcspn(value + 1, "&"), value + 1);
		TRY(allow_path(r, path, LANDLOCK_ACCESS_FS_READ_FILE));
	}
	return OK;
}

static err_t
allow_keyholder(const struct rules *r, const struct config_token *t)
{
	TRY(allow_path(r, t->state, WRITE));
	TRY(allow_module_directory(r, t->module));
	if (t->in_tpm)
		TRY(allow_blobs(r, t->uri));
	TRY(allow_blobs(r, t->companion_tpm));
	for (const char *const *path = t->paths; *path; path++)
		TRY(allow_path(r, *path, WRITE));
	for (const char *const *row = t->environment; *row; row++) {
		const char *value = strchr(*row, '=');
		if (value && value[1] == '/')
			TRY(allow_path(r, value + 1, READ));
	}
	return OK;
}

static err_t
allow_for(const struct rules *r, enum wire_role role, uint16_t index,
          const struct config *c)
{
#ifdef ANCHORD_SAN
	/* The leak sanitizer reads /proc/self/maps when the process ends. */
	TRY(allow_path(r, "/proc", READ));
#endif
	if (role == WIRE_ROLE_LEDGER)
		return allow_path(r, c->ledger_directory, WRITE);
	if (role == WIRE_ROLE_KEYHOLDER && index < c->n_tokens)
		return allow_keyholder(r, &c->tokens[index]);
	return OK;
}

err_t
landlock_lock(enum wire_role role, uint16_t index, const struct config *c)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	                       LANDLOCK_CREATE_RULESET_VERSION);
	size_t size;

	if (version < 1) {
		log_event(LOG_INFO, "landlock-absent");
		return OK;
	}
	struct ruleset_attr attr = attr_for(version, &size);
	AUTO(close_fd)
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (fd < 0)
		return E_DENIED;

	struct rules r = { .fd = fd, .handled = attr.fs };
	TRY(allow_for(&r, role, index, c));
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? E_DENIED : OK;
}
