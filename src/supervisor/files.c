/*
 * files.c - what is opened for whom.
 *
 * A role opens nothing of the configuration's by itself: it gets descriptors.
 * Configuration and policy are read once into sealed memory, so that all lives
 * of all roles work by the same text.  TLS files and the PIN are opened anew at
 * each birth, so that a renewed certificate or a mended PIN file is found.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auto.h"
#include "log.h"

#include "listen.h"
#include "supervisor.h"

#define POLICY_TEXT_MAX (1024 * 1024) /* bytes */

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}
DEFINE_AUTO(int, close_fd);

static err_t
read_whole(const char *path, struct buf *out)
{
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t part[4096];
	ssize_t n;

	if (fd < 0)
		return E_IO;
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_append(out, bytes_of(part, (size_t)n));
	return n < 0 ? E_IO : buf_status(out);
}

/* A copy that nobody can change any more, the supervisor included. */
static int
sealed_copy(const char *name, struct bytes text)
{
	AUTO(close_fd)
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	for (size_t at = 0; fd >= 0 && at < text.len;) {
		ssize_t n = write(fd, text.data + at, text.len - at);
		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	if (fd < 0 ||
	    fcntl(fd, F_ADD_SEALS,
	          F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	int sealed = fd;
	fd = -1;
	return sealed;
}

err_t
files_config(struct supervisor *s)
{
	AUTO(buf_release) struct buf text = buf_of(CONFIG_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

	if (read_whole(s->config_path, &text) != OK) {
		fprintf(stderr, "anchord: %s: %s\n", s->config_path,
		        errno ? strerrordesc_np(errno) : "cannot be read");
		return E_CONFIG;
	}
	err_t err = config_parse(buf_bytes(&text), &why, &s->config);
	if (err != OK) {
		fprintf(stderr, "anchord: %s: %s\n", s->config_path,
		        err == E_MALFORMED ? buf_str(&why) : err_name(err));
		return E_CONFIG;
	}
	s->files.config = sealed_copy("config", buf_bytes(&text));
	return s->files.config < 0 ? E_IO : OK;
}

/* --- one function a file: a descriptor that is the caller's, or -1 -------- */

/* A description of its own, read-only, with an offset of its own. */
static int
open_again(int fd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int
open_config(const struct supervisor *s, const struct child *c, struct buf *why)
{
	(void)c;
	(void)why;
	return open_again(s->files.config);
}

static int
open_policy(const struct supervisor *s, const struct child *c, struct buf *why)
{
	(void)c;
	(void)why;
	return open_again(s->files.policy);
}

static int
open_listen(const struct supervisor *s, const struct child *c, struct buf *why)
{
	(void)c;
	(void)why;
	return fcntl(s->files.listen, F_DUPFD_CLOEXEC, 0);
}

static int
open_quotas(const struct supervisor *s, const struct child *c, struct buf *why)
{
	(void)c;
	(void)why;
	return fcntl(s->files.quotas, F_DUPFD_CLOEXEC, 0);
}

/* A regular file without any of those mode bits, ours or root's. */
static int
open_file(const char *path, mode_t forbidden, struct buf *why)
{
	/* A FIFO must not make us wait. */
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		buf_printf(why, "%s: %s", path, strerrordesc_np(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		buf_printf(why, "%s: not a regular file", path);
		return -1;
	}
	if (forbidden && ((st.st_mode & forbidden) ||
	                  (st.st_uid != 0 && st.st_uid != geteuid()))) {
		buf_printf(why, "%s: open to others (mode %04o)", path,
		           st.st_mode & 07777);
		return -1;
	}
	int opened = fd;
	fd = -1;
	return opened;
}

static int
open_tls_cert(const struct supervisor *s, const struct child *c,
              struct buf *why)
{
	(void)c;
	return open_file(s->config->tls_certificate, 0, why);
}

/* A group may read a key: Debian has one for that, ssl-cert. */
static int
open_tls_key(const struct supervisor *s, const struct child *c, struct buf *why)
{
	(void)c;
	return open_file(s->config->tls_key, 027, why);
}

static int
open_tls_client_ca(const struct supervisor *s, const struct child *c,
                   struct buf *why)
{
	(void)c;
	return open_file(s->config->tls_client_ca, 0, why);
}

/* From the configuration, else systemd's credential: "pin", or one for each of
 * several tokens by its name. */
static int
open_pin(const struct supervisor *s, const struct child *c, struct buf *why)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	AUTO(buf_release) struct buf path = buf_of(4096);

	buf_append_str(why, "PIN: ");
	if (c->token->pin_file[0])
		return open_file(c->token->pin_file, 077, why);
	if (!directory) {
		buf_append_str(why, "neither token.pin_file nor a credential");
		return -1;
	}
	buf_printf(&path, "%s/pin", directory);
	if (s->config->listed_tokens)
		buf_printf(&path, "-%s", c->token->name);
	return open_file(buf_str(&path), 077, why);
}

/* --- what may change while the service runs ------------------------------- */

static const char *
path_trust(const struct config *c)
{
	return c->trust_roots;
}

static const char *
path_revocation(const struct config *c)
{
	return c->revocation_file;
}

static const char *
path_accepted(const struct config *c)
{
	return c->revocation_accepted;
}

static const char *
path_tls_cert(const struct config *c)
{
	return c->tls_certificate;
}

static const char *
path_tls_key(const struct config *c)
{
	return c->tls_key;
}

static const char *
path_tls_client_ca(const struct config *c)
{
	return c->tls_client_ca;
}

static const char *
path_tls_denied(const struct config *c)
{
	return c->tls_denied;
}

/* What all processes of a role have; after it come the orders to rotate, one for
 * each token's key holder.  A verifier starts without and refuses what it cannot
 * judge then, a key holder has the key that the configuration names, a front
 * refuses to start without the list of the denied.  TLS files are the table's
 * below at birth. */
static const struct {
	const char *name;
	const char *(*path)(const struct config *c);
	enum wire_role role;
	mode_t forbidden;
	bool at_birth;
	bool order; /* an officer's word: often there is none */
} watched[WATCHED_ALL] = {
	{ "trust", path_trust, WIRE_ROLE_VERIFIER, 0, true, false },
	{ "revocation", path_revocation, WIRE_ROLE_VERIFIER, 0, true, false },
	{ "revocation-accepted", path_accepted, WIRE_ROLE_VERIFIER, 022, true,
	  true },
	{ "tls-cert", path_tls_cert, WIRE_ROLE_FRONT, 0, false, false },
	{ "tls-key", path_tls_key, WIRE_ROLE_FRONT, 027, false, false },
	{ "tls-client-ca", path_tls_client_ca, WIRE_ROLE_FRONT, 0, false,
	  false },
	{ "tls-denied", path_tls_denied, WIRE_ROLE_FRONT, 022, true, false },
};

static bool
is_rotation(size_t i)
{
	return i >= WATCHED_ALL;
}

const char *
watched_name(size_t i)
{
	return is_rotation(i) ? "rotation" : watched[i].name;
}

const char *
watched_path(const struct supervisor *s, size_t i)
{
	if (!is_rotation(i))
		return watched[i].path(s->config);
	i -= WATCHED_ALL;
	return i < s->config->n_tokens ? s->config->tokens[i].rotation : "";
}

bool
watched_optional(size_t i)
{
	return is_rotation(i) || watched[i].order;
}

bool
watched_by(const struct child *c, size_t i)
{
	return is_rotation(i) ? child_is(c, WIRE_ROLE_KEYHOLDER) &&
	                                c->index == i - WATCHED_ALL
	                      : child_is(c, watched[i].role);
}

/* Who may write an order chooses the key that signs, or the list in force. */
int
watched_open(const struct supervisor *s, size_t i, struct buf *why)
{
	return open_file(watched_path(s, i),
	                 is_rotation(i) ? 022 : watched[i].forbidden, why);
}

/* The watch says what is missing, once and not at each birth. */
static void
handover_watched(const struct supervisor *s, const struct child *c,
                 struct handover *h)
{
	for (size_t i = 0; i < WATCHED && h->n < HANDOVER_MAX; i++) {
		AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
		bool its = watched_by(c, i) && watched_path(s, i)[0] &&
		           (is_rotation(i) || watched[i].at_birth);
		int fd = its ? watched_open(s, i, &why) : -1;

		if (fd < 0)
			continue;
		h->rows[h->n].name = watched_name(i);
		h->rows[h->n++].fd = fd;
	}
}

/* --- the table ------------------------------------------------------------ */

static const struct {
	const char *name;
	unsigned roles;
	int (*open)(const struct supervisor *s, const struct child *c,
	            struct buf *why); /* c: of one of these roles */
	bool at_once; /* without it the service does not even start; c is NULL
	               * when that is asked */
} files[] = {
	{ "config", WIRE_ROLE_CHILDREN, open_config, true },
	{ "policy", WIRE_ROLE_VERIFIER, open_policy, true },
	{ "listen", WIRE_ROLE_FRONT, open_listen, true },
	{ "quotas", WIRE_ROLE_FRONT, open_quotas, true },
	{ "tls-cert", WIRE_ROLE_FRONT, open_tls_cert, true },
	{ "tls-key", WIRE_ROLE_FRONT, open_tls_key, true },
	{ "tls-client-ca", WIRE_ROLE_FRONT, open_tls_client_ca, true },
	{ "pin", WIRE_ROLE_KEYHOLDER, open_pin, false },
};

err_t
handover_open(const struct supervisor *s, const struct child *c,
              struct handover *ret_handover, struct buf *why)
{
	AUTO(handover_release) struct handover h = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (!(files[i].roles & child_role(c)))
			continue;
		buf_reset(why);
		int fd = files[i].open(s, c, why);
		if (fd < 0 || h.n == HANDOVER_MAX) {
			close_fd(fd);
			return E_CONFIG;
		}
		h.rows[h.n].name = files[i].name;
		h.rows[h.n++].fd = fd;
	}
	handover_watched(s, c, &h);
	*ret_handover = h;
	h.n = 0;
	return OK;
}

void
handover_release(struct handover *h)
{
	for (size_t i = 0; i < h->n; i++)
		close(h->rows[i].fd);
	h->n = 0;
}

static err_t
copy_policy(struct supervisor *s)
{
	AUTO(buf_release) struct buf text = buf_of(POLICY_TEXT_MAX);

	if (read_whole(s->config->policy_file, &text) != OK) {
		fprintf(stderr, "anchord: policy %s: %s\n",
		        s->config->policy_file,
		        errno ? strerrordesc_np(errno) : "cannot be read");
		return E_CONFIG;
	}
	s->files.policy = sealed_copy("policy", buf_bytes(&text));
	return s->files.policy < 0 ? E_IO : OK;
}

/* Zeros: every bucket is full.  Its size is sealed, so that no front can take
 * the memory away from under the others. */
static err_t
make_quotas(struct supervisor *s)
{
	AUTO(close_fd)
	int fd = memfd_create("quotas", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	/* one more, for clients that nobody knows */
	size_t n = s->config->n_clients + 1;

	if (fd < 0 || ftruncate(fd, (off_t)(n * QUOTA_MARK_SIZE)) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) <
	            0)
		return E_IO;
	s->files.quotas = fd;
	fd = -1;
	return OK;
}

err_t
files_open(struct supervisor *s)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

	TRY(copy_policy(s));
	TRY(make_quotas(s));
	err_t err = listen_open(s->config, &s->files.listen, &why);
	for (size_t i = 0; err == OK && i < ARRAY_LEN(files); i++) {
		if (!files[i].at_once)
			continue;
		int fd = files[i].open(s, NULL, &why);
		if (fd < 0)
			err = E_CONFIG;
		close_fd(fd);
	}
	if (err != OK)
		fprintf(stderr, "anchord: %s\n", buf_str(&why));
	return err;
}

void
files_release(struct files *f)
{
	close_fd(f->config);
	close_fd(f->policy);
	close_fd(f->listen);
	close_fd(f->quotas);
}
