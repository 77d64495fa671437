/*
 * in_force.c - see in_force.h.
 */
#include "governance/in_force.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "proc/config.h"
#include "trust/pack.h"

void
in_force_release(struct in_force *f)
{
	bundle_free(TAKE(f->bundle));
	free(TAKE(f->digests));
}

bool
in_force_file(const char *name)
{
	return strcmp(name, IN_FORCE_PINS) == 0 ||
	       strcmp(name, IN_FORCE_CHAIN) == 0;
}

/* Is the version that is in force part of the chain? */
static err_t
check_goes_on(const struct trust_chain *chain, const struct bundle *now,
              struct buf *why)
{
	if (!now || trust_chain_has(chain, now->version, now->digest))
		return OK;
	buf_printf(why, "the chain does not have version %u as it is in force",
	           now->version);
	return E_CONFLICT;
}

static err_t
judge_chain(const struct trust_chain *chain, const struct config *config,
            struct trust_walked *in_out_walked, struct buf *why,
            struct bundle **ret_last)
{
	const struct trust_time time = {
		.now_s = clock_wall_ms() / 1000,
		.in_force = UINT32_MAX, /* the supervisor judges that */
	};
	AUTO(buf_release) struct buf cause = buf_of(512);

	config_genesis(config, in_out_walked->genesis);
	enum trust_fault fault =
	        trust_walk_on(chain, &time, in_out_walked, &cause, ret_last);
	if (fault == TRUST_SOUND)
		return OK;
	buf_printf(why, "%s: %s", trust_fault_word(fault), buf_str(&cause));
	return fault == TRUST_NOMEM ? E_NOMEM : E_MALFORMED;
}

static bool
same_name(const struct in_force_name *a, const struct in_force_name *b)
{
	return a->version == b->version &&
	       memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

struct in_force_name
in_force_name(const struct in_force *f)
{
	struct in_force_name name = { 0 };

	if (!f->bundle)
		return name;
	name.version = f->bundle->version;
	memcpy(name.digest, f->bundle->digest, sizeof(name.digest));
	return name;
}

bool
in_force_is(const struct in_force *f, const struct in_force_name *name)
{
	const struct in_force_name now = in_force_name(f);

	return same_name(&now, name);
}

bool
in_force_was(const struct in_force *f, const struct in_force_name *name,
             uint64_t now_ms, uint64_t most_ms)
{
	return f->before.version > 0 && same_name(&f->before, name) &&
	       now_ms - f->changed_ms <= most_ms;
}

/* What was in force before; a chain with the same last version changes nothing. */
static void
note_before(struct in_force *f, const struct bundle *last)
{
	const struct in_force_name before = in_force_name(f);

	if (before.version == last->version)
		return; /* it goes on from that: it is the same */
	f->before = before;
	f->changed_ms = clock_mono_ms();
}

/* The last version's digest is the bundle's. */
static err_t
note_chain(struct in_force *f, const struct trust_chain *chain,
           struct bundle **last)
{
	uint8_t(*digests)[HASH_SIZE] = calloc(chain->n, HASH_SIZE);

	if (!digests)
		return E_NOMEM;
	for (size_t i = 0; i < chain->n; i++)
		digest_sha256(chain->versions[i].text, digests[i]);
	note_before(f, *last);
	in_force_release(f);
	f->digests = digests;
	f->bundle = TAKE(*last);
	return OK;
}

static err_t
read_chain(const struct role *r, struct in_force *f, struct buf *pins,
           struct buf *why)
{
	AUTO(buf_release) struct buf text = buf_of(TRUST_PACK_MAX);
	AUTO(trust_chain_free) struct trust_chain *chain = NULL;
	AUTO(bundle_free) struct bundle *last = NULL;
	struct trust_walked walked = f->walked;

	TRY(role_file_read(r, IN_FORCE_CHAIN, &text));
	TRY(trust_pack_parse(buf_bytes(&text), why, &chain));
	TRY(check_goes_on(chain, f->bundle, why));
	TRY(judge_chain(chain, role_config(r), &walked, why, &last));
	pins_put(pins, &last->pins);
	TRY(buf_status(pins));
	TRY(note_chain(f, chain, &last));
	f->walked = walked;
	return OK;
}

err_t
in_force_read(const struct role *r, struct in_force *f, struct buf *pins,
              struct buf *why)
{
	if (config_has_officers(role_config(r)))
		return read_chain(r, f, pins, why);
	return role_file_read(r, IN_FORCE_PINS, pins);
}

void
in_force_retry(struct role *r, err_t err)
{
	role_file_again(r,
	                config_has_officers(role_config(r)) ? IN_FORCE_CHAIN
	                                                    : IN_FORCE_PINS,
	                err);
}

const uint8_t *
in_force_digest(const struct in_force *f, uint64_t version)
{
	if (!f->bundle || version == 0 || version > f->bundle->version)
		return NULL;
	return f->digests[version - 1];
}

bool
in_force_policy(const struct in_force *f, const char *id,
                const uint8_t digest[static HASH_SIZE])
{
	const struct bundle *b = f->bundle;

	for (size_t i = 0; b && i < b->n_policies; i++)
		if (strcmp(b->policies[i].id, id) == 0 &&
		    memcmp(b->policies[i].digest, digest, HASH_SIZE) == 0)
			return true;
	return !b;
}

uint64_t
in_force_revocations_from(const struct in_force *f)
{
	return f->bundle ? f->bundle->revocations_from_s : 0;
}

bool
in_force_expired(const struct in_force *f, uint64_t now_s)
{
	return f->bundle && f->bundle->expires_s <= now_s;
}
