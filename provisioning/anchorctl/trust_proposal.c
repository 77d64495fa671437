/*
 * trust_proposal.c - see trust_proposal.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "provisioning/anchorctl/trust_proposal.h"
#include "trust/form.h"

#define CHAIN "chain"
#define BUNDLE "bundle"
#define SIGNATURES "signatures"
#define CERTIFICATES "certificates"
#define CERTIFICATE_NAME_MAX (2 * HASH_SIZE + sizeof(".der"))
#define LABEL_MAX (2 * PATH_MAX) /* bytes of a file's name in a message */

static void
free_signatures(struct proposal *p)
{
	for (size_t i = 0; i < p->n; i++)
		buf_release(&p->all[i].text);
	free(p->all);
}

void
proposal_release(struct proposal *p)
{
	free_signatures(p);
	close_fd(p->signatures);
	close_fd(p->directory);
	chain_file_release(&p->chain);
	buf_release(&p->text);
	bundle_free(p->next);
	*p = (struct proposal)PROPOSAL_NONE;
}

const struct bundle *
proposal_before(const struct proposal *p)
{
	return p->continues ? p->chain.last : NULL;
}

/* --- reading -------------------------------------------------------------- */

static int
open_proposal_directory(const struct cli *cli, const char *path, int how,
                        struct proposal *p)
{
	p->path = path;
	p->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->directory >= 0 &&
	    cli_lock(cli, p->directory, path, how) != VERB_GOOD)
		return VERB_PART;
	if (p->directory >= 0)
		p->signatures =
		        openat(p->directory, SIGNATURES,
		               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return p->signatures >= 0
	               ? VERB_GOOD
	               : cli_fail(cli, VERB_PART,
	                          "%s is not the directory of a proposal, "
	                          "which has " SIGNATURES ": %s",
	                          path, strerror(errno));
}

/* in: "" or the directory in p->path, with a slash. */
static err_t
read_proposal_file(const struct cli *cli, const struct proposal *p,
                   const char *in, const char *name, struct buf *out)
{
	AUTO(buf_release) struct buf label = buf_of(LABEL_MAX);

	buf_printf(&label, "%s/%s%s", p->path, in, name);
	return cli_read_part(cli, *in ? p->signatures : p->directory, name,
	                     buf_str(&label), out);
}

static int
read_proposal_chain(const struct cli *cli, struct proposal *p)
{
	err_t err = read_proposal_file(cli, p, "", CHAIN, &p->chain.file);

	if (err == E_NOT_FOUND)
		return VERB_GOOD;
	if (err != OK)
		return VERB_PART;
	p->continues = true;
	p->chain.path = "the proposal's chain";
	return chain_file_walk(cli, &p->chain);
}

/* bundle_parse() without the judgement: version 1 has no officers at first. */
static int
read_proposal_text(const struct cli *cli, struct proposal *p)
{
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	err_t err = read_proposal_file(cli, p, "", BUNDLE, &p->text);

	if (err == E_NOT_FOUND)
		return cli_fail(cli, VERB_PART, "%s has no bundle", p->path);
	if (err != OK)
		return VERB_PART;
	p->next = calloc(1, sizeof(*p->next));
	if (!p->next)
		return cli_fail(cli, VERB_PART, "no memory");
	err = conf_read(buf_bytes(&p->text), TRUST_TEXT_MAX, &bundle_form,
	                p->next, &why);
	if (err == E_MALFORMED)
		return cli_fail(cli, VERB_REFUSED,
		                "the proposed bundle is not the text of one: "
		                "%s",
		                buf_str(&why));
	if (err != OK)
		return cli_fail(cli, VERB_PART, "%s", err_name(err));
	p->next->pins.version = p->next->version;
	digest_sha256(buf_bytes(&p->text), p->next->digest);
	return VERB_GOOD;
}

/* An officer's name may be in the name of a file only if it is no place. */
static bool
is_signature_name(const char *name)
{
	size_t len = 0;

	while (conf_in_name(name[len]))
		len++;
	return name[0] != '.' && len > 0 && len < PROPOSAL_NAME_SIZE &&
	       !name[len];
}

static int
compare_signatures(const void *a, const void *b)
{
	const struct proposal_signature *one = a;
	const struct proposal_signature *other = b;

	return strcmp(one->name, other->name);
}

static int
read_signature(const struct cli *cli, struct proposal *p, const char *name)
{
	struct proposal_signature *s = &p->all[p->n];

	if (!is_signature_name(name))
		return cli_fail(cli, VERB_REFUSED,
		                "%s/" SIGNATURES
		                "/%s: such a name is no officer's; remove it",
		                p->path, name);
	if (p->n == TRUST_SIGNATURES_MAX)
		return cli_fail(cli, VERB_REFUSED, "more than %d signatures",
		                TRUST_SIGNATURES_MAX);
	memcpy(s->name, name, strlen(name) + 1); /* it is short enough */
	s->text = buf_of(SSH_SIG_TEXT_MAX);
	p->n++;
	return read_proposal_file(cli, p, SIGNATURES "/", name, &s->text) == OK
	               ? VERB_GOOD
	               : VERB_PART;
}

static int
read_signatures(const struct cli *cli, struct proposal *p)
{
	int fd = dup(p->signatures);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry = NULL;
	int rc = VERB_GOOD;

	p->all = calloc(TRUST_SIGNATURES_MAX, sizeof(p->all[0]));
	if (!dir || !p->all) {
		if (dir)
			closedir(dir);
		else
			close_fd(fd);
		return cli_fail(cli, VERB_PART, "%s: %s", p->path,
		                strerror(errno));
	}
	while (rc == VERB_GOOD && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			rc = read_signature(cli, p, entry->d_name);
	closedir(dir);
	qsort(p->all, p->n, sizeof(p->all[0]), compare_signatures);
	return rc;
}

static int
open_proposal(const struct cli *cli, const char *path, int how,
              struct proposal *p)
{
	int rc = open_proposal_directory(cli, path, how, p);

	if (rc == VERB_GOOD)
		rc = read_proposal_chain(cli, p);
	if (rc == VERB_GOOD)
		rc = read_proposal_text(cli, p);
	return rc == VERB_GOOD ? read_signatures(cli, p) : rc;
}

int
proposal_read(const struct cli *cli, const char *path, struct proposal *p)
{
	return open_proposal(cli, path, LOCK_SH, p);
}

int
proposal_open(const struct cli *cli, const char *path, struct proposal *p)
{
	return open_proposal(cli, path, LOCK_EX, p);
}

int
proposal_edit(const struct cli *cli, const char *path, struct proposal *p)
{
	int rc = proposal_open(cli, path, p);

	if (rc == VERB_GOOD && p->n > 0)
		return cli_fail(cli, VERB_REFUSED,
		                "%s is signed already (%s): propose anew", path,
		                p->all[0].name);
	return rc;
}

/* --- writing -------------------------------------------------------------- */

err_t
proposal_put(const struct bundle *next, struct buf *out)
{
	bundle_put(out, next);
	return buf_status(out);
}

static int
write_part(const struct cli *cli, const struct proposal *p, const char *in,
           const char *name, struct bytes content)
{
	/* With this suffix it is no officer's signature. */
	if (!cli_replace_file(*in ? p->signatures : p->directory, name,
	                      CLI_SUFFIX, content))
		return cli_fail(cli, VERB_PART, "%s/%s%s: %s", p->path, in,
		                name, strerror(errno));
	return VERB_GOOD;
}

int
proposal_sign(const struct cli *cli, const struct proposal *p, const char *name,
              struct bytes signature)
{
	return write_part(cli, p, SIGNATURES "/", name, signature);
}

void
proposal_say_state(const struct bundle *next)
{
	AUTO(buf_release) struct buf text = buf_of(TRUST_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	AUTO(bundle_free) struct bundle *judged = NULL;
	err_t err = proposal_put(next, &text);

	if (err == OK)
		err = bundle_parse(buf_bytes(&text), &why, &judged);

	if (err == OK)
		cli_say("The text is whole: see it with `trust review`.\n");
	else
		cli_say("The text is not whole yet: %s.\n",
		        why.len ? buf_str(&why) : err_name(err));
}

int
proposal_save(const struct cli *cli, struct proposal *p)
{
	AUTO(buf_release) struct buf text = buf_of(TRUST_TEXT_MAX);

	if (proposal_put(p->next, &text) != OK)
		return cli_fail(cli, VERB_REFUSED,
		                "the text would be longer than %d bytes",
		                TRUST_TEXT_MAX);
	return write_part(cli, p, "", BUNDLE, buf_bytes(&text));
}

int
proposal_make(const struct cli *cli, const char *path, struct bytes chain,
              const struct bundle *next)
{
	AUTO(buf_release) struct buf text = buf_of(TRUST_TEXT_MAX);
	AUTO(proposal_release) struct proposal p = PROPOSAL_NONE;
	char signatures[PATH_MAX];
	int n = snprintf(signatures, sizeof(signatures), "%s/" SIGNATURES,
	                 path);

	if (proposal_put(next, &text) != OK || n < 0 ||
	    (size_t)n >= sizeof(signatures))
		return cli_fail(cli, VERB_PART,
		                "%s: the path or the text is too long", path);
	if (mkdir(path, 0755) != 0 || mkdir(signatures, 0755) != 0)
		return cli_fail(cli, errno == EEXIST ? VERB_REFUSED : VERB_PART,
		                "%s: %s", path, strerror(errno));
	int rc = open_proposal_directory(cli, path, LOCK_EX, &p);
	if (rc == VERB_GOOD && chain.len > 0)
		rc = write_part(cli, &p, "", CHAIN, chain);
	if (rc == VERB_GOOD)
		rc = write_part(cli, &p, "", BUNDLE, buf_bytes(&text));
	return rc;
}

/* --- certificates --------------------------------------------------------- */

static int
open_certificates(const struct proposal *p)
{
	return openat(p->directory, CERTIFICATES,
	              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void
put_certificate_name(const uint8_t sha256[static HASH_SIZE], struct buf *out)
{
	encode_hex(out, bytes_of(sha256, HASH_SIZE));
	buf_append_str(out, ".der");
}

int
proposal_keep_certificate(const struct cli *cli, const struct proposal *p,
                          struct bytes der)
{
	AUTO(buf_release) struct buf name = buf_of(CERTIFICATE_NAME_MAX);
	uint8_t sha256[HASH_SIZE];

	digest_sha256(der, sha256);
	put_certificate_name(sha256, &name);
	if (mkdirat(p->directory, CERTIFICATES, 0755) != 0 && errno != EEXIST)
		return cli_fail(cli, VERB_PART, "%s/" CERTIFICATES ": %s",
		                p->path, strerror(errno));
	AUTO(close_fd) int directory = open_certificates(p);
	if (directory < 0 ||
	    !cli_replace_file(directory, buf_str(&name), CLI_SUFFIX, der))
		return cli_fail(cli, VERB_PART, "%s/" CERTIFICATES "/%s: %s",
		                p->path, buf_str(&name), strerror(errno));
	return VERB_GOOD;
}

err_t
proposal_certificate(const struct cli *cli, const struct proposal *p,
                     const uint8_t sha256[static HASH_SIZE], struct buf *out)
{
	AUTO(buf_release) struct buf name = buf_of(CERTIFICATE_NAME_MAX);
	AUTO(close_fd) int directory = open_certificates(p);
	uint8_t is[HASH_SIZE];

	if (directory < 0)
		return E_NOT_FOUND;
	put_certificate_name(sha256, &name);
	TRY(cli_read_part(cli, directory, buf_str(&name), buf_str(&name), out));
	digest_sha256(buf_bytes(out), is);
	return memcmp(is, sha256, HASH_SIZE) == 0 ? OK : E_NOT_FOUND;
}
