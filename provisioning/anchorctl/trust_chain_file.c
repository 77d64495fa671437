/*
 * trust_chain_file.c - see trust_chain_file.h.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "provisioning/anchorctl/trust_chain_file.h"

void
chain_file_release(struct chain_file *c)
{
	trust_chain_free(TAKE(c->chain));
	bundle_free(TAKE(c->last));
	buf_release(&c->file);
}

size_t
chain_file_count(const struct chain_file *c)
{
	return c->chain ? c->chain->n : 0;
}

const struct trust_version *
chain_file_at(const struct chain_file *c, size_t i)
{
	return &c->chain->versions[i];
}

bool
chain_file_has(const struct chain_file *c, uint64_t version,
               const uint8_t digest[static HASH_SIZE])
{
	return c->chain && trust_chain_has(c->chain, version, digest);
}

void
chain_file_put_fault(struct buf *out, enum trust_fault fault, struct buf *cause)
{
	buf_printf(out, "%s: %s%s%s", trust_fault_word(fault),
	           trust_fault_text(fault), cause->len ? ": " : "",
	           buf_str(cause));
}

static int
refuse_version(const struct cli *cli, const struct chain_file *c, size_t i,
               struct buf *why)
{
	return cli_fail(cli, VERB_REFUSED, "%s: version %zu: %s", c->path,
	                i + 1, buf_str(why));
}

/* Parses version i into *in_out, which has the one before it.  Version 1 is taken
 * for the pinned one. */
static int
step_to_version(const struct cli *cli, const struct chain_file *c, size_t i,
                struct bundle **in_out)
{
	const struct trust_version *version = chain_file_at(c, i);
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	AUTO(buf_release) struct buf cause = buf_of(TRUST_WHY_MAX);
	AUTO(bundle_free) struct bundle *next = NULL;

	err_t err = bundle_parse(version->text, &cause, &next);
	if (err != OK) {
		buf_printf(&why, "it is not the text of a trust bundle: %s",
		           cause.len ? buf_str(&cause) : err_name(err));
		return refuse_version(cli, c, i, &why);
	}
	enum trust_fault fault =
	        trust_step(*in_out, next, version, next->digest, &cause);
	if (fault != TRUST_SOUND) {
		chain_file_put_fault(&why, fault, &cause);
		return refuse_version(cli, c, i, &why);
	}
	bundle_free(*in_out);
	*in_out = TAKE(next);
	return VERB_GOOD;
}

static int
parse_chain(const struct cli *cli, struct chain_file *c)
{
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	err_t err = trust_pack_parse(buf_bytes(&c->file), &why, &c->chain);

	if (err == OK)
		return VERB_GOOD;
	return cli_fail(cli, err == E_MALFORMED ? VERB_REFUSED : VERB_PART,
	                "%s is not a chain file: %s", c->path,
	                why.len ? buf_str(&why) : err_name(err));
}

int
chain_file_walk(const struct cli *cli, struct chain_file *c)
{
	int rc = parse_chain(cli, c);

	for (size_t i = 0; rc == VERB_GOOD && i < chain_file_count(c); i++)
		rc = step_to_version(cli, c, i, &c->last);
	if (rc != VERB_GOOD)
		return rc;
	return c->last ? VERB_GOOD
	               : cli_fail(cli, VERB_REFUSED, "%s: %s: %s", c->path,
	                          trust_fault_word(TRUST_EMPTY),
	                          trust_fault_text(TRUST_EMPTY));
}

int
chain_file_load(const struct cli *cli, const char *path, struct chain_file *c)
{
	c->path = path;
	return cli_read_file(cli, path, &c->file) == OK ? parse_chain(cli, c)
	                                                : VERB_PART;
}

int
chain_file_read(const struct cli *cli, const char *path, struct chain_file *c)
{
	c->path = path;
	return cli_read_file(cli, path, &c->file) == OK
	               ? chain_file_walk(cli, c)
	               : VERB_PART;
}

err_t
chain_file_read_kept(const struct cli *cli, const char *directory,
                     struct chain_file *c)
{
	AUTO(buf_release) struct buf path = buf_of(PATH_MAX);

	buf_printf(&path, "%s/" TRUST_KEPT_FILE, directory);
	TRY(buf_status(&path));
	TRY(cli_read_part(cli, AT_FDCWD, buf_str(&path), buf_str(&path),
	                  &c->file));
	c->path = buf_str(&path);
	(void)parse_chain(cli, c);
	c->path = TRUST_KEPT_FILE;
	return OK;
}

int
chain_file_each(const struct cli *cli, const struct chain_file *c,
                trust_link_fn *fn, void *arg)
{
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	AUTO(bundle_free) struct bundle *before = NULL;
	int rc = VERB_GOOD;

	for (size_t i = 0; rc == VERB_GOOD && i < chain_file_count(c); i++) {
		AUTO(bundle_free) struct bundle *next = NULL;
		err_t err =
		        bundle_parse(chain_file_at(c, i)->text, &why, &next);

		if (err != OK)
			return cli_fail(cli, VERB_PART, "%s", err_name(err));
		const struct trust_link link = { before, next,
			                         chain_file_at(c, i) };
		rc = fn(cli, &link, arg);
		bundle_free(before);
		before = TAKE(next);
	}
	return rc;
}

void
chain_file_genesis(const struct chain_file *c,
                   uint8_t ret_genesis[static HASH_SIZE])
{
	digest_sha256(chain_file_at(c, 0)->text, ret_genesis);
}

err_t
chain_file_put(const struct chain_file *c, const struct trust_version *more,
               enum bundle_change change, struct buf *why, struct buf *out)
{
	size_t n = chain_file_count(c);
	struct trust_chain all = { .n = n + 1 };

	all.versions = calloc(all.n, sizeof(all.versions[0]));
	if (!all.versions)
		return E_NOMEM;
	for (size_t i = 0; i < n; i++)
		all.versions[i] = *chain_file_at(c, i);
	all.versions[n] = *more;
	err_t err =
	        change == BUNDLE_REMOVAL && !trust_pack_takes_removal(&all, why)
	                ? E_LIMIT
	                : trust_pack_put(&all, why, out);
	free(all.versions);
	return err;
}
