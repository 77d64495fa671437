/*
 * governed_offer.c - see governed_offer.h.
 */
#include "supervisor/governed_offer.h"

#include "crypto/digest.h"
#include "proc/opening.h"

#include "supervisor/last_good.h"
#include "supervisor/supervisor.h"

void
offer_release(struct offer *o)
{
	trust_chain_free(o->chain);
	buf_release(&o->text);
	close_fd(o->file);
}

err_t
offer_read(const char *path, struct offer *o, struct buf *why)
{
	TRY(files_take(OPENING_CHAIN, path, &o->text, why, &o->file));
	return trust_pack_parse(buf_bytes(&o->text), why, &o->chain);
}

err_t
offer_read_stored(const struct supervisor *s, const char *name, struct offer *o,
                  struct buf *why)
{
	AUTO(buf_release) struct buf path = buf_of(4096);

	last_good_path(s, name, &path);
	return offer_read(buf_str(&path), o, why);
}

void
chain_version(const struct trust_chain *chain, uint32_t version,
              struct governed_version *ret_version)
{
	ret_version->version = version;
	digest_sha256(chain->versions[version - 1].text, ret_version->digest);
}

bool
chain_has(const struct trust_chain *chain, const struct governed_version *v)
{
	return trust_chain_has(chain, v->version, v->digest);
}

err_t
chain_change(const struct trust_chain *chain, size_t version,
             enum bundle_change *ret_change)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(bundle_free) struct bundle *b = NULL;

	TRY(bundle_parse(chain->versions[version - 1].text, &why, &b));
	*ret_change = b->change;
	return OK;
}
