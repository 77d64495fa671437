/*
 * files.c - opens the files of each role.
 *
 * A role opens no configured file itself but gets descriptors.  Configuration
 * and policy are read once into sealed memory, so that all processes work by
 * the same text, also after restarts.  TLS files and the PIN are opened at each
 * start of a process, so that a renewed certificate or a corrected PIN file is
 * used.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/encode.h"
#include "governance/in_force.h"
#include "base/log.h"
#include "proc/content.h"
#include "proc/opening.h"
#include "proc/role.h"
#include "base/secret.h"

#include "supervisor/listen.h"
#include "supervisor/supervisor.h"

#define VERDICT_KEY_SIZE 32 /* bytes */

err_t
files_take(enum opening kind, const char *path, struct buf *out,
           struct buf *why, int *ret_file)
{
	AUTO(close_fd) int file = opening_file(kind, path, why);

	if (file < 0)
		return errno == ENOENT ? E_NOT_FOUND : E_CONFIG;
	err_t err = content_read(file, out);
	if (err != OK) {
		buf_append_str(why, "it cannot be read, or is too long");
		return err;
	}
	*ret_file = file;
	file = -1;
	return OK;
}

/* One line for each setting that is given by an old name. */
static void
say_old_names(const struct config *c, bool check)
{
	for (size_t i = 0; i < c->n_renamed; i++) {
		const struct config_renamed *r = &c->renamed[i];

		if (check)
			fprintf(stderr,
			        "anchord: line %u: %s.%s is an old name: give "
			        "%s.%s\n",
			        r->line, r->group, r->old_name, r->group,
			        r->new_name);
		else
			log_event(LOG_WARN, "setting-renamed",
			          LOG_U64("line", r->line),
			          LOG_STR("group", r->group),
			          LOG_STR("old", r->old_name),
			          LOG_STR("new", r->new_name));
	}
}

err_t
files_config(struct supervisor *s, bool check)
{
	AUTO(buf_release) struct buf text = buf_of(CONFIG_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

	s->files.config = opening_file(OPENING_CONFIG, s->config_path, &why);
	if (s->files.config < 0) {
		log_refusal("anchord", buf_str(&why));
		return E_CONFIG;
	}
	TRY(content_read(s->files.config, &text));
	err_t err = config_parse(buf_bytes(&text), &why, &s->config);
	if (err != OK) {
		AUTO(buf_release) struct buf line = buf_of(2 * WHY_MAX);

		buf_printf(&line, "%s: %s", s->config_path,
		           err == E_MALFORMED ? buf_str(&why) : err_name(err));
		log_refusal("anchord", buf_str(&line));
		return E_CONFIG;
	}
	say_old_names(s->config, check);
	return OK;
}

/* --- functions that open one file each; the caller owns the descriptor ---- */

static int
open_config(const struct supervisor *s, const struct child *c, struct buf *why)
{
	(void)c;
	(void)why;
	return opening_again(s->files.config);
}

static int
open_policy(const struct supervisor *s, const struct child *c, struct buf *why)
{
	(void)c;
	(void)why;
	return opening_again(s->files.policy);
}

static int
open_verdict_key(const struct supervisor *s, const struct child *c,
                 struct buf *why)
{
	(void)c;
	(void)why;
	return opening_again(s->files.verdict_key);
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

static int
open_tls_cert(const struct supervisor *s, const struct child *c,
              struct buf *why)
{
	(void)c;
	return opening_file(OPENING_TLS_CERT, s->config->tls_certificate, why);
}

static int
open_tls_key(const struct supervisor *s, const struct child *c, struct buf *why)
{
	(void)c;
	return opening_file(OPENING_TLS_KEY, s->config->tls_key, why);
}

static int
open_tls_client_ca(const struct supervisor *s, const struct child *c,
                   struct buf *why)
{
	(void)c;
	return opening_file(OPENING_CLIENT_CA, s->config->tls_client_ca, why);
}

/* Opens token.pin_file, or else systemd's credential "pin"; with several tokens
 * the credential is named after the token. */
int
files_pin(const struct supervisor *s, const struct child *c, struct buf *why)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	AUTO(buf_release) struct buf path = buf_of(4096);

	buf_append_str(why, "PIN: ");
	if (c->token->pin_file[0])
		return opening_file(OPENING_PIN, c->token->pin_file, why);
	if (!directory) {
		buf_append_str(why, "neither token.pin_file nor a credential "
		                    "is given");
		return -1;
	}
	buf_printf(&path, "%s/pin", directory);
	if (s->config->listed_tokens)
		buf_printf(&path, "-%s", c->token->name);
	return opening_file(OPENING_PIN, buf_str(&path), why);
}

int
files_companion_pin(const struct supervisor *s, const struct child *c,
                    struct buf *why)
{
	(void)s;
	buf_append_str(why, "PIN of the companion TPM: ");
	return opening_file(OPENING_PIN, c->token->companion_pin_file, why);
}

int
files_in_force(const struct supervisor *s, const char **ret_name)
{
	bool officers = config_has_officers(s->config);

	*ret_name = officers ? IN_FORCE_CHAIN : IN_FORCE_PINS;
	return officers ? s->governed.file : s->pinned.file;
}

/* Adds the PIN of a TPM beside a token, if it is not the token's. */
static err_t
handover_companion_pin(const struct supervisor *s, const struct child *c,
                       struct handover *h, struct buf *why)
{
	if (!c->token || !c->token->companion_pin_file[0])
		return OK;
	buf_reset(why);
	int fd = files_companion_pin(s, c, why);
	if (fd < 0 || h->n == HANDOVER_MAX) {
		close_fd(fd);
		return E_CONFIG;
	}
	h->rows[h->n].name = "companion-pin";
	h->rows[h->n++].fd = fd;
	return OK;
}

/* Adds what is in force.  Without it a role starts but is not ready. */
static void
handover_in_force(const struct supervisor *s, struct handover *h)
{
	const char *name;
	int file = files_in_force(s, &name);
	int fd = file < 0 ? -1 : opening_again(file);

	if (fd < 0 || h->n == HANDOVER_MAX) {
		close_fd(fd);
		return;
	}
	h->rows[h->n].name = name;
	h->rows[h->n++].fd = fd;
}

/* A missing file is reported by watch.c, once, not at each start. */
static void
handover_watched(const struct supervisor *s, const struct child *c,
                 struct handover *h)
{
	for (size_t i = 0; i < WATCHED && h->n < HANDOVER_MAX; i++) {
		int fd = watched_for(s, c, i);

		if (fd < 0)
			continue;
		h->rows[h->n].name = watched_name(i);
		h->rows[h->n++].fd = fd;
	}
}

/* --- the table of files --------------------------------------------------- */

static const struct {
	const char *name;
	unsigned roles;
	int (*open)(const struct supervisor *s, const struct child *c,
	            struct buf *why); /* c has one of these roles */
	bool at_once; /* required for the start of the service, which is
	               * checked with c == NULL */
} files[] = {
	{ "config", WIRE_ROLE_CHILDREN, open_config, true },
	{ "policy", WIRE_ROLE_VERIFIER, open_policy, true },
	{ ROLE_FILE_VERDICT_KEY, WIRE_ROLE_VERIFIER | WIRE_ROLE_KEYHOLDER,
	  open_verdict_key, false },
	{ "listen", WIRE_ROLE_FRONT, open_listen, false },
	{ "quotas", WIRE_ROLE_FRONT, open_quotas, false },
	{ "tls-cert", WIRE_ROLE_FRONT, open_tls_cert, true },
	{ "tls-key", WIRE_ROLE_FRONT, open_tls_key, true },
	{ "tls-client-ca", WIRE_ROLE_FRONT, open_tls_client_ca, true },
	{ "pin", WIRE_ROLE_KEYHOLDER, files_pin, false },
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
	TRY(handover_companion_pin(s, c, &h, why));
	handover_in_force(s, &h);
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

err_t
files_try(struct supervisor *s, size_t i, struct buf *why)
{
	if (i > ARRAY_LEN(files))
		return E_NOT_FOUND;
	if (i == 0) { /* the policy; its row in files[] only copies it */
		s->files.policy = opening_file(OPENING_POLICY,
		                               s->config->policy_file, why);
		return s->files.policy < 0 ? E_CONFIG : OK;
	}
	if (!files[i - 1].at_once || files[i - 1].open == open_policy)
		return OK;
	AUTO(close_fd) int fd = files[i - 1].open(s, NULL, why);
	return fd < 0 ? E_CONFIG : OK;
}

static err_t
open_at_once(struct supervisor *s, struct buf *why)
{
	err_t err = OK;

	for (size_t i = 0; err == OK; i++)
		err = files_try(s, i, why);
	return err == E_NOT_FOUND ? OK : err;
}

/* All zeros: every bucket is full and no challenge outstanding.  The size is sealed, so that no
 * front can truncate the memory under the others. */
static err_t
make_quotas(struct supervisor *s)
{
	AUTO(close_fd)
	int fd = memfd_create("quotas", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t n = config_quota_units(s->config);

	if (fd < 0 || ftruncate(fd, (off_t)(n * QUOTA_MARK_SIZE)) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) <
	            0)
		return E_IO;
	s->files.quotas = fd;
	fd = -1;
	return OK;
}

/* Generates the key of verdict_tag.h from getrandom(2), in hexadecimal, as a
 * file for verifiers and key holders only.  The supervisor keeps no copy. */
static err_t
make_verdict_key(struct supervisor *s)
{
	AUTO(close_fd)
	int fd = memfd_create(ROLE_FILE_VERDICT_KEY,
	                      MFD_CLOEXEC | MFD_ALLOW_SEALING);
	AUTO(buf_release) struct buf text = buf_of(2 * VERDICT_KEY_SIZE);
	uint8_t key[VERDICT_KEY_SIZE];

	if (fd < 0 || getrandom(key, sizeof(key), 0) != sizeof(key))
		return E_IO;
	encode_hex(&text, bytes_of(key, sizeof(key)));
	bool good = buf_status(&text) == OK &&
	            write(fd, text.data, text.len) == (ssize_t)text.len &&
	            fchmod(fd, 0400) == 0 &&
	            fcntl(fd, F_ADD_SEALS,
	                  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK |
	                          F_SEAL_SEAL) == 0;
	secret_wipe(key, sizeof(key));
	if (text.data)
		secret_wipe(text.data, text.len);
	if (!good)
		return E_IO;
	s->files.verdict_key = fd;
	fd = -1;
	return OK;
}

err_t
files_open(struct supervisor *s)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	err_t err = open_at_once(s, &why);

	if (err == OK)
		err = make_quotas(s);
	if (err == OK)
		err = make_verdict_key(s);
	if (err == OK)
		err = listen_open(s->config, &s->files.listen, &why);
	if (err != OK)
		log_refusal("anchord", buf_str(&why));
	return err;
}

void
files_release(struct files *f)
{
	close_fd(f->config);
	close_fd(f->policy);
	close_fd(f->verdict_key);
	close_fd(f->listen);
	close_fd(f->quotas);
}
