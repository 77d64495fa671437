/*
 * token_store.c - see token_store.h.
 */
#include <string.h>

#include "crypto/digest.h"
#include "evidence/software_roots.h"
#include "provisioning/anchorctl/token_store.h"

/* --- what a bundle names -------------------------------------------------- */

const struct trust_certificate *
trust_named_at(const struct bundle *b, size_t i,
               const struct trust_anchor **ret_anchor)
{
	for (size_t k = 0; k < b->n_anchors; k++) {
		const struct trust_anchor *a = &b->anchors[k];

		*ret_anchor = a;
		if (i == 0)
			return &a->self;
		if (--i < a->n_intermediates)
			return &a->intermediates[i];
		i -= a->n_intermediates;
	}
	return NULL;
}

bool
trust_names(const struct bundle *b, const uint8_t sha256[static HASH_SIZE])
{
	const struct trust_certificate *named;
	const struct trust_anchor *anchor;

	for (size_t i = 0; (named = trust_named_at(b, i, &anchor)); i++)
		if (memcmp(named->certificate, sha256, HASH_SIZE) == 0)
			return true;
	return false;
}

/* --- which token ---------------------------------------------------------- */

int
token_store_find(const struct cli *cli, const struct config_token *of,
                 struct token_store *s)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	const bool beside = *of->companion_tpm;

	*s = (struct token_store){ .of = of, .stores = !of->in_tpm };
	s->by_owner = of->in_tpm || beside;
	if (hsm_key_place(of->uri, &why, &s->place) != OK)
		return cli_fail(cli, VERB_PART, "token %s: %s", of->name,
		                buf_str(&why));
	if (s->stores)
		s->store = (struct hsm_token_name){ .module = of->module,
			                            .label = s->place.token,
			                            .serial = s->place.serial };
	s->numbers = s->store;
	if (s->by_owner)
		s->numbers = (struct hsm_token_name){
			.label = "",
			.serial = "",
			.uri = beside ? of->companion_tpm : of->uri,
		};
	return VERB_GOOD;
}

const struct trust_device *
token_store_row(const struct token_store *s, const struct bundle *b)
{
	for (size_t i = 0; i < b->n_devices; i++)
		if (strcmp(b->devices[i].token, s->of->name) == 0)
			return &b->devices[i];
	return NULL;
}

bool
token_store_is_named(const struct token_store *s,
                     const struct trust_device *row)
{
	return hsm_trust_is_place(&s->where, row->counter, row->tpm);
}

/* --- reading -------------------------------------------------------------- */

static void
ignore_token(void *arg, const struct hsm_token *token)
{
	(void)arg;
	(void)token;
}

static void
take_numbers_of(void *arg, const struct hsm_trust *t)
{
	struct token_store *s = arg;

	s->where = t->place;
	s->has_head = t->n_heads > 0;
	if (s->has_head)
		s->head = t->head;
	s->has_counter = t->n_counters > 0;
	s->counter = s->has_counter ? t->counter : 0;
}

static void
take_objects(void *arg, const struct hsm_trust *t)
{
	struct token_store *s = arg;

	s->n_found = t->n_found;
	for (size_t i = 0; i < t->n_genesis && i < HSM_TRUST_GENESIS_MAX; i++)
		memcpy(s->genesis[s->n_genesis++], t->genesis[i].digest,
		       HASH_SIZE);
	if (!s->by_owner)
		take_numbers_of(s, t);
}

static const char *
software_of(struct bytes der)
{
	AUTO(x509_cert_free) struct x509_cert *cert = NULL;

	return x509_cert_parse(der, &cert) == OK ? software_root_why(cert)
	                                         : NULL;
}

static void
take_stored(void *arg, const struct hsm_trust_certificate *c, err_t err,
            const char *why)
{
	struct token_store *s = arg;

	(void)why;
	s->n_unread += err == E_IO;
	if (!c || s->n == ARRAY_LEN(s->certificates))
		return;
	struct stored_certificate *out = &s->certificates[s->n++];
	*out = (struct stored_certificate){
		.well = c->said.trusted == HSM_YES &&
		        c->said.destroyable == HSM_NO,
		.software = software_of(buf_bytes(&c->der)),
	};
	memcpy(out->sha256, c->sha256, HASH_SIZE);
}

static void
no_certificate(void *arg, const struct hsm_trust_certificate *c, err_t err,
               const char *why)
{
	(void)arg;
	(void)c;
	(void)err;
	(void)why;
}

err_t
token_store_read(struct token_store *s, const struct secret *pin,
                 struct buf *why)
{
	const struct hsm_token_trust_ops objects = {
		ignore_token,
		{ take_objects, take_stored, s, HSM_TRUST_PACE_MS },
	};
	const struct hsm_token_trust_ops numbers = {
		ignore_token,
		{ take_numbers_of, no_certificate, s, 0 },
	};

	s->n = s->n_found = s->n_unread = s->n_genesis = 0;
	s->has_head = s->has_counter = false;
	s->head = (struct hsm_trust_head){ 0 };
	if (s->stores)
		TRY(hsm_token_trust(&s->store, pin, &objects, why));
	return s->by_owner ? hsm_token_trust(&s->numbers, NULL, &numbers, why)
	                   : OK;
}

struct stored_certificate *
token_store_certificate(struct token_store *s,
                        const uint8_t sha256[static HASH_SIZE])
{
	for (size_t i = 0; i < s->n; i++)
		if (memcmp(s->certificates[i].sha256, sha256, HASH_SIZE) == 0)
			return &s->certificates[i];
	return NULL;
}

bool
token_store_has_genesis(const struct token_store *s,
                        const uint8_t digest[static HASH_SIZE])
{
	for (size_t i = 0; i < s->n_genesis; i++)
		if (memcmp(s->genesis[i], digest, HASH_SIZE) == 0)
			return true;
	return false;
}

bool
token_store_head_fits(const struct token_store *s,
                      const struct trust_target *target)
{
	const struct bundle *b = target->bundle;
	const uint64_t version = s->head.version;

	if (version == b->version)
		return memcmp(s->head.digest, b->digest, HASH_SIZE) == 0;
	return version < b->version &&
	       chain_file_has(target->chain, version, s->head.digest);
}
