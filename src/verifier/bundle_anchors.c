/*
 * bundle_anchors.c - see bundle_anchors.h.
 */
#include "verifier/bundle_anchors.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/codec/pem.h"
#include "crypto/digest.h"
#include "verifier/anchors.h"
#include "verifier/verifier.h"

#define CERTIFICATES_FILE_MAX (1024 * 1024) /* bytes */

/* --- one anchor ----------------------------------------------------------- */

/* The text of the fault is short enough for /readyz. */
static err_t
refuse_anchor(struct bundle_anchors *b, const struct trust_anchor *row,
              const char *word, const char *what)
{
	(void)snprintf(b->fault, sizeof(b->fault), "%s: %s%s", word, row->name,
	               what);
	return E_DENIED;
}

/* E_NOT_FOUND: it is not there. */
static err_t
check_certificate(struct bundle_anchors *b, const struct trust_anchor *row,
                  const struct trust_certificate *named, struct bytes *ret_der)
{
	AUTO(x509_cert_free) struct x509_cert *cert = NULL;
	struct bytes der =
	        certificates_find(&b->certificates, named->certificate);
	uint8_t spki[HASH_SIZE];

	if (der.len == 0)
		return E_NOT_FOUND;
	err_t err = x509_cert_parse(der, &cert);
	if (err == E_MALFORMED)
		return refuse_anchor(b, row, "trust-certificate",
		                     ": it is not an X.509 certificate");
	TRY(err);
	digest_sha256(x509_cert_spki(cert), spki);
	if (memcmp(spki, named->spki, HASH_SIZE) != 0)
		return refuse_anchor(b, row, "trust-spki",
		                     ": its key is not the one that the bundle "
		                     "names");
	*ret_der = der;
	return OK;
}

static err_t
check_intermediates(struct bundle_anchors *b, const struct trust_anchor *row)
{
	struct bytes der;

	for (size_t i = 0; i < row->n_intermediates; i++)
		TRY(check_certificate(b, row, &row->intermediates[i], &der));
	return OK;
}

static err_t
load_anchor(struct bundle_anchors *b, struct trust_anchors *all,
            const struct trust_anchor *row)
{
	AUTO(x509_roots_free) struct x509_roots *root = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);
	struct bytes der;

	TRY(check_certificate(b, row, &row->self, &der));
	TRY(check_intermediates(b, row));
	TRY(x509_roots_new(&root));
	TRY(x509_roots_add(root, der, &why));
	evidence_drop_roots(root);
	if (x509_roots_count(root) == 0)
		log_event(LOG_WARN, "trust-software-root",
		          LOG_STR("anchor", row->name));
	if (row->n_tenants == 0)
		return anchors_join(all, row->purposes, root, &why);
	b->scoped[b->n_scoped++] = (struct scoped_anchor){ row, TAKE(root) };
	return OK;
}

/* --- all of them ---------------------------------------------------------- */

static void
forget_scoped(struct bundle_anchors *b)
{
	while (b->n_scoped > 0)
		x509_roots_free(b->scoped[--b->n_scoped].root);
}

/* Returns E_DENIED if an anchor is wrong, because waiting does not mend that;
 * otherwise the first failure.  The other anchors count nevertheless. */
static err_t
load_anchors(struct bundle_anchors *b, struct trust_anchors *all,
             const struct bundle *bundle)
{
	err_t worst = OK;

	b->again = false;
	b->fault[0] = '\0';
	for (size_t i = 0; i < bundle->n_anchors; i++) {
		const struct trust_anchor *row = &bundle->anchors[i];
		err_t err = load_anchor(b, all, row);

		b->again |= err == E_NOMEM;
		if (err == OK || (worst != OK && err != E_DENIED))
			continue;
		worst = err;
		if (err != E_DENIED) /* refuse_anchor() says why */
			(void)snprintf(b->fault, sizeof(b->fault), "%s: %s",
			               err == E_NOT_FOUND
			                       ? "trust-certificate-missing"
			                       : err_name(err),
			               row->name);
	}
	return worst;
}

static void
note_outcome(struct bundle_anchors *b, err_t err, const char *before)
{
	if (err == OK) {
		b->whole = true;
		b->lacks_at = 0;
	} else if (b->lacks_at == 0) {
		b->lacks_at = clock_mono_ms();
	}
	if (err == E_DENIED)
		b->whole = false; /* nothing that comes will mend it */
	if (strcmp(b->fault, before) == 0)
		return;
	log_event(err == OK ? LOG_INFO : LOG_WARN,
	          err == OK ? "trust-read" : "trust-incomplete",
	          LOG_STR("why", b->fault));
}

static void
rebuild_anchors(struct role *r)
{
	struct verifier *v = role_user(r);
	struct bundle_anchors *b = &v->bundle_anchors;
	AUTO(anchors_release) struct trust_anchors all = { { NULL } };
	char before[sizeof(b->fault)];

	if (!v->in_force.bundle)
		return;
	memcpy(before, b->fault, sizeof(before));
	b->stale = false;
	forget_scoped(b);
	err_t err = load_anchors(b, &all, v->in_force.bundle);
	anchors_release(&v->trust.anchors);
	v->trust.anchors = all;
	all = (struct trust_anchors){ { NULL } };
	note_outcome(b, err, before);
}

/* --- where certificates come from ----------------------------------------- */

static bool
is_by_file(struct role *r)
{
	return *role_config(r)->certificates_file != '\0';
}

struct pem_taker {
	struct certificates taken;
	const struct bundle *bundle;
};

/* Those that the bundle does not name are no fault. */
static err_t
take_block(void *arg, const char *label, struct bytes der)
{
	struct pem_taker *t = arg;
	uint8_t digest[HASH_SIZE];

	if (strcmp(label, "CERTIFICATE") != 0)
		return E_MALFORMED;
	digest_sha256(der, digest);
	if (!certificates_named(t->bundle, digest))
		return OK;
	err_t err = certificates_add(&t->taken, t->bundle, digest, der);
	return err == E_CONFLICT ? OK : err;
}

/* A file that is missing or damaged leaves those that were there. */
static void
read_certificates(struct role *r)
{
	struct verifier *v = role_user(r);
	struct pem_taker t = { .bundle = v->in_force.bundle };
	AUTO(buf_release) struct buf text = buf_of(CERTIFICATES_FILE_MAX);
	err_t err = role_file_read(r, IN_FORCE_CERTIFICATES, &text);

	if (err == OK)
		err = pem_each(buf_bytes(&text), take_block, &t);
	role_file_again(r, IN_FORCE_CERTIFICATES, err);
	if (err != OK) {
		certificates_release(&t.taken);
		log_event(LOG_ERROR, "trust-refused",
		          LOG_STR("path", role_config(r)->certificates_file),
		          LOG_ERR(err));
		return;
	}
	certificates_release(&v->bundle_anchors.certificates);
	v->bundle_anchors.certificates = t.taken;
}

void
bundle_anchors_follow(struct role *r)
{
	struct verifier *v = role_user(r);

	if (!v->in_force.bundle)
		return;
	if (is_by_file(r))
		read_certificates(r);
	(void)certificates_follow(&v->bundle_anchors.certificates,
	                          v->in_force.bundle);
	rebuild_anchors(r);
}

err_t
bundle_anchors_certificate(struct role *r, struct bytes packet)
{
	struct verifier *v = role_user(r);
	struct wire_trust_certificate m;

	TRY(wire_get_trust_certificate(packet, &m));
	if (is_by_file(r))
		return OK;
	err_t err = certificates_add(&v->bundle_anchors.certificates,
	                             v->in_force.bundle, m.digest, m.der);
	if (err == OK)
		v->bundle_anchors.stale = true;
	/* No honest ledger sends it. */
	if (err == E_MALFORMED)
		log_event(LOG_ERROR, "certificate-refused",
		          LOG_STR("why", "it does not have the digest under "
		                         "which it came"));
	return OK;
}

bool
bundle_anchors_round(struct role *r)
{
	const struct verifier *v = role_user(r);

	if (!v->bundle_anchors.stale)
		return false;
	rebuild_anchors(r);
	return true;
}

void
bundle_anchors_tick(struct role *r)
{
	struct verifier *v = role_user(r);

	if (v->bundle_anchors.again)
		rebuild_anchors(r);
}

/* --- what is asked -------------------------------------------------------- */

bool
bundle_anchors_wait(struct role *r)
{
	const struct verifier *v = role_user(r);
	const struct bundle_anchors *b = &v->bundle_anchors;

	return v->in_force.bundle && b->lacks_at > 0 && b->whole &&
	       clock_mono_ms() - b->lacks_at < VERIFIER_TRUST_WAIT_MS;
}

const char *
bundle_anchors_fault(struct role *r)
{
	const struct verifier *v = role_user(r);

	if (!v->in_force.bundle || v->bundle_anchors.lacks_at == 0 ||
	    bundle_anchors_wait(r))
		return "";
	return v->bundle_anchors.fault;
}

const char *
bundle_anchors_note(struct role *r)
{
	const struct verifier *v = role_user(r);

	return bundle_anchors_wait(r) ? v->bundle_anchors.fault : "";
}

static bool
has_tenant(const struct trust_anchor *row, const uint8_t *hash)
{
	for (size_t i = 0; i < row->n_tenants; i++)
		if (memcmp(row->tenants[i], hash, HASH_SIZE) == 0)
			return true;
	return false;
}

/* Adds those of the tenant.  Sets *ret_any if there is one. */
static err_t
join_tenant(const struct bundle_anchors *b, const uint8_t *hash,
            struct trust_anchors *own, bool *ret_any)
{
	AUTO(buf_release) struct buf why = buf_of(256);

	*ret_any = false;
	for (size_t i = 0; i < b->n_scoped; i++) {
		const struct scoped_anchor *s = &b->scoped[i];

		if (!has_tenant(s->row, hash))
			continue;
		*ret_any = true;
		TRY(anchors_join(own, s->row->purposes, s->root, &why));
	}
	return OK;
}

const struct trust_anchors *
bundle_anchors_for(struct role *r, struct bytes tenant,
                   struct trust_anchors *ret_own)
{
	struct verifier *v = role_user(r);
	const struct bundle_anchors *b = &v->bundle_anchors;
	AUTO(buf_release) struct buf why = buf_of(256);
	uint8_t hash[HASH_SIZE];
	bool any = false;

	if (b->n_scoped == 0)
		return &v->trust.anchors;
	bundle_tenant(v->in_force.bundle, tenant, hash);
	if (join_tenant(b, hash, ret_own, &any) != OK)
		return NULL;
	if (!any)
		return &v->trust.anchors;
	return anchors_join_all(ret_own, &v->trust.anchors, &why) == OK
	               ? ret_own
	               : NULL;
}

bool
bundle_anchors_any(struct role *r, enum anchor_purpose purpose)
{
	const struct verifier *v = role_user(r);
	const struct bundle_anchors *b = &v->bundle_anchors;

	for (size_t i = 0; i < b->n_scoped; i++)
		if (b->scoped[i].row->purposes & ANCHOR_BIT(purpose))
			return true;
	return v->trust.anchors.roots[purpose] != NULL;
}

void
bundle_anchors_release(struct bundle_anchors *b)
{
	forget_scoped(b);
	certificates_release(&b->certificates);
}
