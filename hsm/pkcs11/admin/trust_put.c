/*
 * trust_put.c - makes and destroys certificates and the genesis object; see
 * hsm/admin/trust.h.
 *
 * What tokens permit differs: SoftHSM's security officer makes trusted objects and
 * no private ones, CloudHSM demands that certificates are neither trusted nor kept,
 * and with some tokens the security officer makes nothing.  So the strongest
 * protection is asked for first, and less after each refusal; what came of it is
 * read back.
 */
#include <string.h>

#include "crypto/digest.h"
#include "crypto/x509/cert.h"
#include "hsm/pkcs11/admin/trust.h"

static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;

/* Protections, the most important one highest. */
#define TRUSTED 4u
#define UNDESTROYABLE 2u
#define UNMODIFIABLE 1u
#define PROTECTIONS 3 /* attributes for them */

static err_t
log_in_officer(struct p11_desk *d)
{
	d->so = d->who->so_pin != NULL;
	return d->so ? p11_admin_login_so(d->p11, &d->info, d->who->so_pin)
	             : p11_admin_login_here(d->p11, &d->info, d->who->pin);
}

static err_t
open_desk(const struct hsm_token_name *name, struct buf *why,
          struct p11_desk *d)
{
	TRY(p11_admin_open(name, why, &d->info, &d->p11));
	err_t err = p11_open_session(d->p11);
	if (err == OK)
		err = log_in_officer(d);
	return p11_tell(d->p11, why, err);
}

static void
desk_release(struct p11_desk *d)
{
	p11_unload(d->p11);
}
DEFINE_AUTO_REF(struct p11_desk, desk_release);

/* The token refuses this template, or whoever is logged in. */
static bool
is_template_refused(const struct p11 *p11, err_t err)
{
	return err == E_DENIED || p11->rv == CKR_USER_NOT_LOGGED_IN ||
	       p11->rv == CKR_USER_TYPE_INVALID;
}

struct template
{
	CK_ATTRIBUTE *attributes; /* n, and room for PROTECTIONS more */
	CK_ULONG n;
	unsigned most; /* the protections to begin with */
};

/* Tries all combinations, from `most` to none. */
static err_t
create_protected(struct p11 *p11, const struct template *t, unsigned most,
                 CK_OBJECT_HANDLE *ret_object)
{
	err_t err = E_DENIED;

	for (unsigned left = most + 1; left > 0 && err != OK; left--) {
		unsigned wanted = left - 1;
		CK_ULONG n = t->n;

		if (wanted & TRUSTED)
			t->attributes[n++] = p11_in(CKA_TRUSTED, &yes, 1);
		if (wanted & UNDESTROYABLE)
			t->attributes[n++] = p11_in(CKA_DESTROYABLE, &no, 1);
		if (wanted & UNMODIFIABLE)
			t->attributes[n++] = p11_in(CKA_MODIFIABLE, &no, 1);
		err = P11_CALL(p11, C_CreateObject, p11->session, t->attributes,
		               n, ret_object);
		if (err != OK && !is_template_refused(p11, err))
			return err;
	}
	return err == OK ? OK : E_DENIED;
}

/* By the security officer; by the user, who cannot trust, if he is refused. */
static err_t
create_by_anyone(struct p11_desk *d, const struct template *t,
                 CK_OBJECT_HANDLE *ret_object)
{
	unsigned most = d->so ? t->most : t->most & ~TRUSTED;
	err_t err = create_protected(d->p11, t, most, ret_object);

	if (err != E_DENIED || !d->so || !d->who->pin)
		return err;
	TRY(P11_CALL(d->p11, C_Logout, d->p11->session));
	d->so = false;
	TRY(p11_admin_login_here(d->p11, &d->info, d->who->pin));
	return create_protected(d->p11, t, t->most & ~TRUSTED, ret_object);
}

/* --- certificates --------------------------------------------------------- */

struct equals {
	CK_ULONG n;
	CK_OBJECT_HANDLE object[P11_TRUST_DATA_MAX];
};

static err_t
find_equal_certificates(struct p11 *p11, struct bytes der,
                        struct equals *ret_equals)
{
	const CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_VALUE, der.data, der.len),
	};

	ret_equals->n = ARRAY_LEN(ret_equals->object);
	return p11_find(p11, wanted, ARRAY_LEN(wanted), ret_equals->object,
	                &ret_equals->n);
}

static bool
is_kept_well(const struct hsm_trust_said *said)
{
	return said->trusted == HSM_YES && said->destroyable == HSM_NO;
}

static err_t
create_certificate(struct p11_desk *d, const struct x509_cert *cert,
                   CK_OBJECT_HANDLE *ret_object)
{
	const CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	const CK_CERTIFICATE_TYPE type = CKC_X_509;
	struct bytes der = x509_cert_der(cert);
	struct bytes subject = x509_cert_subject(cert);
	struct bytes issuer = x509_cert_issuer(cert);
	uint8_t id[HASH_SIZE];

	digest_sha256(der, id);
	CK_ATTRIBUTE attributes[9 + PROTECTIONS] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_CERTIFICATE_TYPE, &type, sizeof(type)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_PRIVATE, &no, sizeof(no)),
		p11_in(CKA_LABEL, HSM_TRUST_LABEL, strlen(HSM_TRUST_LABEL)),
		p11_in(CKA_ID, id, sizeof(id)),
		p11_in(CKA_SUBJECT, subject.data, subject.len),
		p11_in(CKA_ISSUER, issuer.data, issuer.len),
		p11_in(CKA_VALUE, der.data, der.len),
	};
	const struct template t = { attributes, 9,
		                    TRUSTED | UNDESTROYABLE | UNMODIFIABLE };

	return create_by_anyone(d, &t, ret_object);
}

/* The token must have what it was given. */
static err_t
check_certificate(struct p11 *p11, CK_OBJECT_HANDLE object, struct bytes der)
{
	AUTO(buf_release) struct buf kept = buf_of(HSM_TRUST_CERTIFICATE_MAX);

	TRY(p11_trust_der(p11, object, &kept));
	return bytes_equal(buf_bytes(&kept), der)
	               ? OK
	               : p11_fail(p11, E_DEVICE,
	                          "the token says that it has the certificate, "
	                          "and gives another");
}

static err_t
put_certificate_at(struct p11_desk *d, const struct x509_cert *cert,
                   struct hsm_trust_put *out)
{
	struct bytes der = x509_cert_der(cert);
	struct equals old;
	CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;

	TRY(find_equal_certificates(d->p11, der, &old));
	for (CK_ULONG i = 0; i < old.n; i++) {
		TRY(p11_trust_said(d->p11, old.object[i], &out->said));
		out->there = is_kept_well(&out->said);
		if (out->there)
			return OK;
	}
	TRY(create_certificate(d, cert, &made));
	out->by_so = d->so;
	TRY(check_certificate(d->p11, made, der));
	TRY(p11_trust_said(d->p11, made, &out->said));
	/* One that stays is equal, and does no harm. */
	for (CK_ULONG i = 0; i < old.n; i++)
		(void)!p11_destroy(d->p11, old.object[i]);
	return OK;
}

err_t
p11_put_certificate(const struct hsm_token_name *name,
                    const struct hsm_trust_officer *who, struct bytes der,
                    struct buf *why, struct hsm_trust_put *ret_put)
{
	AUTO(x509_cert_free) struct x509_cert *cert = NULL;
	AUTO(desk_release) struct p11_desk d = { .who = who };
	struct hsm_trust_put out = { .there = false };

	if (der.len > HSM_TRUST_CERTIFICATE_MAX) {
		buf_printf(why, "a certificate has at most %d bytes",
		           HSM_TRUST_CERTIFICATE_MAX);
		return E_LIMIT;
	}
	err_t err = x509_cert_parse(der, &cert);
	if (err != OK)
		buf_append_str(why, "not one X.509 certificate in DER");
	TRY(err);
	TRY(open_desk(name, why, &d));
	TRY(p11_tell(d.p11, why, put_certificate_at(&d, cert, &out)));
	*ret_put = out;
	return OK;
}

/* --- removal -------------------------------------------------------------- */

struct removal {
	size_t found, kept, unread;
};

static err_t
remove_if_equal(struct p11 *p11, CK_OBJECT_HANDLE object,
                const uint8_t digest[static HASH_SIZE], struct removal *r)
{
	AUTO(buf_release) struct buf der = buf_of(HSM_TRUST_CERTIFICATE_MAX);
	uint8_t is[HASH_SIZE];
	err_t err = p11_trust_der(p11, object, &der);

	if (err == E_NOMEM)
		return err;
	r->unread += err != OK && err != E_LIMIT && err != E_MALFORMED;
	digest_sha256(buf_bytes(&der), is);
	if (err != OK || memcmp(is, digest, sizeof(is)) != 0)
		return OK;
	r->found++;
	r->kept += p11_destroy(p11, object) != OK;
	return OK;
}

static err_t
remove_certificates_of(struct p11 *p11, const uint8_t digest[static HASH_SIZE])
{
	CK_OBJECT_HANDLE found[P11_FIND_MAX];
	struct removal r = { .found = 0 };
	size_t all = 0;
	size_t n = 0;

	TRY(p11_trust_find(p11, found, ARRAY_LEN(found), &n, &all));
	for (size_t i = 0; i < n; i++)
		TRY(remove_if_equal(p11, found[i], digest, &r));
	if (r.kept > 0)
		return p11_fail(p11, E_DENIED,
		                "the token keeps %zu of %zu (%s); it stays "
		                "until the token is initialised",
		                r.kept, r.found, p11_rv_name(p11->rv));
	if (r.found > 0)
		return OK;
	return r.unread > 0 ? p11_fail(p11, E_DEVICE,
	                               "not found, and %zu certificates could "
	                               "not be read",
	                               r.unread)
	                    : p11_fail(p11, E_NOT_FOUND,
	                               "no certificate of this digest");
}

err_t
p11_remove_certificate(const struct hsm_token_name *name,
                       const struct hsm_trust_officer *who,
                       const uint8_t digest[static HASH_SIZE], struct buf *why)
{
	AUTO(desk_release) struct p11_desk d = { .who = who };

	TRY(open_desk(name, why, &d));
	return p11_tell(d.p11, why, remove_certificates_of(d.p11, digest));
}

/* --- genesis -------------------------------------------------------------- */

/* What is there already.  E_CONFLICT: the digest of another bundle. */
static err_t
read_genesis(struct p11 *p11, const uint8_t digest[static HASH_SIZE],
             struct p11_trust_data *ret_data)
{
	TRY(p11_trust_read_data(p11, P11_GENESIS, ret_data));
	for (size_t i = 0; i < ret_data->n; i++)
		if (memcmp(ret_data->datum[i].digest, digest, HASH_SIZE) != 0)
			return p11_fail(p11, E_CONFLICT,
			                "the token has the digest of another "
			                "first bundle");
	return OK;
}

static err_t
create_genesis(struct p11_desk *d, const uint8_t digest[static HASH_SIZE],
               CK_OBJECT_HANDLE *ret_object)
{
	const struct p11_trust_row *row = p11_trust_row(P11_GENESIS);
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE attributes[6 + PROTECTIONS] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_PRIVATE, &no, sizeof(no)),
		p11_in(CKA_APPLICATION, P11_APPLICATION,
		       strlen(P11_APPLICATION)),
		p11_in(CKA_LABEL, row->label, strlen(row->label)),
		p11_in(CKA_VALUE, digest, HASH_SIZE),
	};
	const struct template t = { attributes, 6,
		                    UNDESTROYABLE | UNMODIFIABLE };

	return create_by_anyone(d, &t, ret_object);
}

static err_t
put_genesis_at(struct p11_desk *d, const uint8_t digest[static HASH_SIZE],
               struct hsm_trust_put *out)
{
	struct p11_trust_data old;
	struct p11_trust_data now;
	CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;

	TRY(read_genesis(d->p11, digest, &old));
	for (size_t i = 0; i < old.n; i++) {
		TRY(p11_trust_said(d->p11, old.datum[i].object, &out->said));
		out->there = out->said.destroyable == HSM_NO;
		if (out->there)
			return OK;
	}
	TRY(create_genesis(d, digest, &made));
	out->by_so = d->so;
	TRY(read_genesis(d->p11, digest, &now));
	if (now.n <= old.n)
		return p11_fail(d->p11, E_DEVICE,
		                "the token says that it has the digest, and "
		                "does not find it");
	TRY(p11_trust_said(d->p11, made, &out->said));
	for (size_t i = 0; i < old.n; i++) /* equal ones that anybody made */
		(void)!p11_destroy(d->p11, old.datum[i].object);
	return OK;
}

err_t
p11_put_genesis(const struct hsm_token_name *name,
                const struct hsm_trust_officer *who,
                const uint8_t digest[static HASH_SIZE], struct buf *why,
                struct hsm_trust_put *ret_put)
{
	AUTO(desk_release) struct p11_desk d = { .who = who };
	struct hsm_trust_put out = { .there = false };

	TRY(open_desk(name, why, &d));
	TRY(p11_tell(d.p11, why, put_genesis_at(&d, digest, &out)));
	*ret_put = out;
	return OK;
}
