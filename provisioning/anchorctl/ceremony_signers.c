/*
 * ceremony_signers.c - see ceremony_signers.h.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/codec/conf.h"
#include "provisioning/anchorctl/ceremony_files.h"
#include "provisioning/anchorctl/ceremony_signers.h"

#define SIGNERS_TEXT_MAX (64 * 1024)
#define OPTIONS " namespaces=\"" TRANSCRIPT_NAMESPACE "\" "

void
ceremony_signers_free(struct ceremony_signers *s)
{
	for (size_t i = 0; s && i < CEREMONY_SIGNERS_MAX; i++)
		buf_release(&s->signatures[i]);
	free(s);
}

/* --- lines ---------------------------------------------------------------- */

static bool
role_is_known(const struct ceremony_signers *s, const char *role)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->roles[i], role) == 0)
			return true;
	return false;
}

/* What is wrong with a line; NULL: nothing. */
static const char *
read_signer(struct ceremony_signers *s, struct bytes line)
{
	const size_t n = sizeof(OPTIONS) - 1;
	size_t len = 0;

	while (len < line.len && conf_in_name((char)line.data[len]))
		len++;
	if (len == 0 || len >= CEREMONY_NAME_SIZE || line.len - len < n ||
	    memcmp(line.data + len, OPTIONS, n) != 0)
		return "not ROLE" OPTIONS "TYPE BASE64";
	if (s->n == CEREMONY_SIGNERS_MAX)
		return "one signer too many";
	char *role = s->roles[s->n];
	memcpy(role, line.data, len);
	if (role_is_known(s, role))
		return "the role is there twice";
	struct bytes key = bytes_of(line.data + len + n, line.len - len - n);
	if (ssh_key_parse(key, &s->all[s->n].key) != OK)
		return "no OpenSSH public key that is accepted, without a "
		       "comment";
	s->all[s->n++].role = role;
	return NULL;
}

static int
read_signers(const struct cli *cli, const char *path, struct bytes text,
             struct ceremony_signers *s)
{
	const char *fault = NULL;
	size_t lines = 0;

	for (size_t at = 0; !fault && at < text.len; lines++) {
		const uint8_t *end =
		        memchr(text.data + at, '\n', text.len - at);
		size_t len = end ? (size_t)(end - text.data) - at : 0;

		fault = end ? read_signer(s, bytes_of(text.data + at, len))
		            : "the last line has no end";
		at += len + 1;
	}
	if (fault)
		return cli_fail(cli, VERB_REFUSED, "%s: line %zu: %s", path,
		                lines, fault);
	return VERB_GOOD;
}

/* --- signatures ----------------------------------------------------------- */

static bool
is_role_of(const struct ceremony_plan *plan, const char *role)
{
	for (size_t i = 0; i < plan->n_present; i++)
		if (strcmp(plan->present[i].role, role) == 0)
			return true;
	return false;
}

/* The roles of other plans have signed nothing here. */
static int
read_signatures(const struct cli *cli, const struct ceremony_place *place,
                struct ceremony_signers *s)
{
	for (size_t i = 0; i < s->n; i++) {
		AUTO(buf_release) struct buf path = buf_of(4096);
		struct buf *to = &s->signatures[i];

		if (!is_role_of(place->plan, s->all[i].role))
			continue;
		*to = buf_of(SSH_SIG_TEXT_MAX);
		ceremony_signature_path(place->transcript, s->all[i].role,
		                        &path);
		err_t err = cli_read_beside(cli, place->directory,
		                            buf_str(&path), to);
		if (err == E_NOT_FOUND)
			continue;
		if (err != OK)
			return VERB_PART;
		s->all[i].signature = buf_bytes(to);
	}
	return VERB_GOOD;
}

int
ceremony_load_signers(const struct cli *cli, const char *path,
                      const struct ceremony_place *place,
                      struct ceremony_signers **ret_signers)
{
	AUTO(buf_release) struct buf text = buf_of(SIGNERS_TEXT_MAX);
	AUTO(ceremony_signers_free)
	struct ceremony_signers *s = calloc(1, sizeof(*s));

	if (!s)
		return cli_fail(cli, VERB_PART, "out of memory");
	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	int rc = read_signers(cli, path, buf_bytes(&text), s);
	if (rc == VERB_GOOD)
		rc = read_signatures(cli, place, s);
	if (rc == VERB_GOOD)
		*ret_signers = TAKE(s);
	return rc;
}
