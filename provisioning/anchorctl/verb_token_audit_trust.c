/*
 * verb_token_audit_trust.c - compares a token with the trust bundle of the
 * configuration, which officers signed; and what the bundle names with what is
 * known to be made by software.
 *
 * The findings are those for which the key holder refuses to sign
 * (keyholder/device/trust_judge.h), and more.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "evidence/software_roots.h"
#include "provisioning/anchorctl/token_store.h"
#include "provisioning/anchorctl/trust_supply.h"
#include "provisioning/anchorctl/verb_token_audit.h"
#include "trust/walk.h"

#define DIGEST_TOLD 8 /* bytes of a digest that a finding names */

/* --- the bundle ----------------------------------------------------------- */

/* As a role does (governance/in_force.h). */
static void
walk_chain(struct audit_what *w)
{
	const struct trust_time time = { .now_s = clock_wall_ms() / 1000,
		                         .in_force = UINT32_MAX };
	AUTO(buf_release) struct buf cause = buf_of(TRUST_WHY_MAX);
	AUTO(buf_release) struct buf why = buf_of(2 * TRUST_WHY_MAX);
	uint8_t genesis[HASH_SIZE];

	config_genesis(w->config, genesis);
	enum trust_fault fault =
	        trust_walk(w->chain.chain, genesis, &time, &cause, &w->bundle);
	if (fault == TRUST_SOUND)
		return;
	chain_file_put_fault(&why, fault, &cause);
	snprintf(w->refusal, sizeof(w->refusal), "%s", buf_str(&why));
}

int
audit_bundle_read(struct audit_what *w)
{
	w->chain = (struct chain_file)CHAIN_FILE_NONE;
	int rc = chain_file_load(w->cli, w->config->bundle_file, &w->chain);
	if (rc != VERB_GOOD)
		return rc;
	walk_chain(w);
	w->pins = calloc(1, sizeof(*w->pins));
	if (!w->pins)
		return cli_fail(w->cli, VERB_PART, "out of memory");
	if (w->bundle)
		*w->pins = w->bundle->pins;
	return VERB_GOOD;
}

/* --- the comparison ------------------------------------------------------- */

struct comparison {
	const struct audit_what *w;
	const struct audit_ops *ops;
	struct token_store store;
	struct trust_target target;
	struct trust_supply supply; /* trust.certificates */
	bool logged_in;
};

static void
comparison_release(struct comparison *c)
{
	trust_supply_release(&c->supply);
}
DEFINE_AUTO_REF(struct comparison, comparison_release);

__attribute__((format(printf, 3, 4))) static void
found(const struct comparison *c, enum audit_code code, const char *format, ...)
{
	char detail[AUDIT_DETAIL_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(detail, sizeof(detail), format, values);
	va_end(values);
	c->ops->finding(c->ops->arg, code, NULL, detail);
}

static const char *
digest_text(const uint8_t sha256[static HASH_SIZE], struct buf *out)
{
	buf_reset(out);
	encode_hex(out, bytes_of(sha256, DIGEST_TOLD));
	return buf_str(out);
}

static bool
is_public_key_of_software(const uint8_t spki[static HASH_SIZE])
{
	const struct software_root *root;

	for (size_t i = 0; (root = software_root_at(i)); i++)
		if (memcmp(root->spki, spki, HASH_SIZE) == 0)
			return true;
	return false;
}

/* A simulator's CA is known by its subject alone, so by the certificate. */
static const char *
simulator_of(struct comparison *c, const uint8_t sha256[static HASH_SIZE])
{
	const struct stored_certificate *stored =
	        token_store_certificate(&c->store, sha256);
	AUTO(buf_release) struct buf der = buf_of(HSM_TRUST_CERTIFICATE_MAX);
	AUTO(x509_cert_free) struct x509_cert *cert = NULL;

	if (stored)
		return stored->software;
	return trust_supply_find(c->w->cli, &c->supply, NULL, sha256, &der) ==
	                               OK &&
	                       x509_cert_parse(buf_bytes(&der), &cert) == OK
	               ? software_root_why(cert)
	               : NULL;
}

static bool
is_at_hand(struct comparison *c, const uint8_t sha256[static HASH_SIZE])
{
	AUTO(buf_release) struct buf der = buf_of(HSM_TRUST_CERTIFICATE_MAX);

	if (*c->w->config->certificates_file)
		return trust_supply_find(c->w->cli, &c->supply, NULL, sha256,
		                         &der) == OK;
	return token_store_certificate(&c->store, sha256) != NULL;
}

static void
compare_named(struct comparison *c)
{
	AUTO(buf_release) struct buf hex = buf_of(2 * DIGEST_TOLD);
	const struct trust_certificate *named;
	const struct trust_anchor *anchor;

	for (size_t i = 0; (named = trust_named_at(c->w->bundle, i, &anchor));
	     i++) {
		const uint8_t *sha256 = named->certificate;
		const char *simulator = simulator_of(c, sha256);

		if (is_public_key_of_software(named->spki))
			found(c, AUDIT_TRUST_SOFTWARE_ROOT, "anchor %s",
			      anchor->name);
		else if (simulator)
			found(c, AUDIT_TRUST_SIMULATOR_ROOT, "anchor %s: %s",
			      anchor->name, simulator);
		if (!is_at_hand(c, sha256))
			found(c, AUDIT_TRUST_CERTIFICATE_MISSING,
			      "%s of anchor %s", digest_text(sha256, &hex),
			      anchor->name);
	}
}

static void
compare_extras(const struct comparison *c)
{
	AUTO(buf_release) struct buf hex = buf_of(2 * DIGEST_TOLD);

	for (size_t i = 0; i < c->store.n; i++) {
		const uint8_t *sha256 = c->store.certificates[i].sha256;

		if (!trust_names(c->w->bundle, sha256))
			found(c, AUDIT_TRUST_EXTRA, "certificate %s",
			      digest_text(sha256, &hex));
	}
}

static void
compare_head(const struct comparison *c)
{
	const struct token_store *s = &c->store;
	const uint32_t version = c->w->bundle->version;

	if (!s->has_head)
		found(c, AUDIT_TRUST_HEAD_MISSING, "the bundle is version %u",
		      version);
	else if (!token_store_head_fits(s, &c->target))
		found(c, AUDIT_TRUST_HEAD,
		      "the head is version %" PRIu64
		      ", and the chain's last is version %u",
		      s->head.version, version);
	else if (s->head.version < version)
		found(c, AUDIT_TRUST_BEHIND, "head %" PRIu64 " of %u",
		      s->head.version, version);
}

static void
compare_counter(const struct comparison *c, const struct trust_device *row)
{
	const struct token_store *s = &c->store;
	const uint64_t value = row->base + c->w->bundle->version;

	if (!s->has_counter)
		found(c, AUDIT_TRUST_COUNTER_MISSING, "it should be %" PRIu64,
		      value);
	else if (s->counter > value)
		found(c, AUDIT_TRUST_ROLLBACK,
		      "the counter is %" PRIu64 ", and the bundle's %" PRIu64,
		      s->counter, value);
	else if (s->counter < value)
		found(c, AUDIT_TRUST_BEHIND, "counter %" PRIu64 " of %" PRIu64,
		      s->counter, value);
}

static void
compare_objects(struct comparison *c)
{
	const struct trust_device *row =
	        token_store_row(&c->store, c->w->bundle);

	if (!row)
		found(c, AUDIT_TRUST_DEVICE, "token %s", c->w->of->name);
	else if (!token_store_is_named(&c->store, row))
		found(c, AUDIT_TRUST_COUNTER_OTHER, "they are %s, not %s",
		      c->store.where.counter, row->counter);
	if (c->store.stores &&
	    !token_store_has_genesis(&c->store, c->target.genesis))
		found(c, AUDIT_TRUST_GENESIS_MISSING, "%s", "");
	compare_named(c);
	compare_extras(c);
	if (!c->logged_in && !c->store.by_owner) /* they do not show */
		return;
	compare_head(c);
	if (row)
		compare_counter(c, row);
}

/* The token that is audited, which may be another than the configuration's. */
static int
read_store(struct comparison *c, const struct secret *pin)
{
	const struct audit_what *w = c->w;
	AUTO(buf_release) struct buf why = buf_of(1024);
	int rc = token_store_find(w->cli, w->of, &c->store);

	if (rc != VERB_GOOD)
		return rc;
	if (c->store.stores)
		c->store.store = w->name;
	if (c->store.stores && !c->store.by_owner)
		c->store.numbers = w->name;
	if (*w->config->certificates_file)
		rc = trust_supply_add(w->cli, w->config->certificates_file,
		                      &c->supply);
	if (rc != VERB_GOOD)
		return rc;
	err_t err =
	        token_store_read(&c->store, c->logged_in ? pin : NULL, &why);
	if (err != OK)
		found(c, AUDIT_CALL_FAILED,
		      "reading what is stored of trust: %s",
		      why.len ? buf_str(&why) : err_name(err));
	return err == OK ? VERB_GOOD : VERB_REFUSED;
}

int
audit_compare_trust(const struct audit_what *w, const struct secret *pin,
                    const struct audit_ops *ops, bool logged_in)
{
	AUTO(comparison_release)
	struct comparison c = { .w = w, .ops = ops, .logged_in = logged_in };

	if (!w->config)
		return VERB_GOOD;
	if (!config_has_officers(w->config)) {
		found(&c, AUDIT_GOVERNANCE_NONE, "%s",
		      "trust.governance = \"none\"");
		return VERB_GOOD;
	}
	if (!w->bundle) {
		found(&c, AUDIT_TRUST_CHAIN, "%s", w->refusal);
		return VERB_GOOD;
	}
	c.target.bundle = w->bundle;
	c.target.chain = &w->chain;
	config_genesis(w->config, c.target.genesis);
	int rc = read_store(&c, pin);
	if (rc == VERB_GOOD)
		compare_objects(&c);
	return rc == VERB_PART ? rc : VERB_GOOD;
}
