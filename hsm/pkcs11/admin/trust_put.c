/*
 * trust_put.c - makes certificates and the genesis object; see
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
#define PROTECTION_ATTRIBUTES 3

static err_t
log_in_officer(struct p11_desk *d)
{
	d->so = d->who->so_pin != NULL;
	return d->so ? p11_admin_login_so(d->p11, &d->info, d->who->so_pin)
	             : p11_admin_login_here(d->p11, &d->info, d->who->pin);
}

err_t
p11_desk_open(const struct hsm_token_name *name, struct buf *why,
              struct p11_desk *d)
{
	TRY(p11_admin_open(name, why, &d->info, &d->p11));
	err_t err = p11_open_session(d->p11);
	if (err == OK)
		err = log_in_officer(d);
	return p11_tell(d->p11, why, err);
}

void
p11_desk_release(struct p11_desk *d)
{
	p11_unload(d->p11);
}

/* The token refuses this template, or whoever is logged in. */
static bool
is_template_refused(const struct p11 *p11, err_t err)
{
	return err == E_DENIED || p11->rv == CKR_USER_NOT_LOGGED_IN ||
	       p11->rv == CKR_USER_TYPE_INVALID;
}

struct template
{
	CK_ATTRIBUTE *attributes; /* n, and room for the protections */
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

/* Objects that have the same value already.  They are searched by the value, so no
 * number of other objects hides them. */
struct equals {
	CK_ULONG n;
	CK_OBJECT_HANDLE object[P11_TRUST_DATA_MAX];
};

/* Is one of them protected as well as can be?  Then nothing is to be made. */
static err_t
look_for_kept(struct p11 *p11, const struct equals *old,
              bool (*is_kept_well)(const struct hsm_trust_said *said),
              struct hsm_trust_put *out)
{
	for (CK_ULONG i = 0; i < old->n && !out->there; i++) {
		err_t err = p11_trust_said(p11, old->object[i], &out->said);

		if (err == E_CONFLICT) /* destroyed by another */
			continue;
		TRY(err);
		out->there = is_kept_well(&out->said);
	}
	return OK;
}

/* One that the token keeps is equal and does no harm. */
static void
destroy_equals(struct p11 *p11, const struct equals *old)
{
	for (CK_ULONG i = 0; i < old->n; i++)
		(void)!p11_destroy(p11, old->object[i]);
}

/* --- certificates --------------------------------------------------------- */

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
is_certificate_kept_well(const struct hsm_trust_said *said)
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
	CK_ATTRIBUTE attributes[9 + PROTECTION_ATTRIBUTES] = {
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
	TRY(look_for_kept(d->p11, &old, is_certificate_kept_well, out));
	if (out->there)
		return OK;
	TRY(create_certificate(d, cert, &made));
	out->by_so = d->so;
	TRY(check_certificate(d->p11, made, der));
	TRY(p11_trust_said(d->p11, made, &out->said));
	destroy_equals(d->p11, &old);
	return OK;
}

err_t
p11_put_certificate(const struct hsm_token_name *name,
                    const struct hsm_trust_officer *who, struct bytes der,
                    struct buf *why, struct hsm_trust_put *ret_put)
{
	AUTO(x509_cert_free) struct x509_cert *cert = NULL;
	AUTO(p11_desk_release) struct p11_desk d = { .who = who };
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
	TRY(p11_desk_open(name, why, &d));
	TRY(p11_tell(d.p11, why, put_certificate_at(&d, cert, &out)));
	*ret_put = out;
	return OK;
}

/* --- genesis -------------------------------------------------------------- */

/*
 * A token does not say who made a data object.  One of another digest may be a
 * visitor's, or the genesis of another chain: it does not prevent ours, and is not
 * destroyed.
 */

#define GENESIS_ATTRIBUTES 6

/* What a genesis object has, for making and for finding it. */
static void
genesis_attributes(const uint8_t digest[static HASH_SIZE],
                   CK_ATTRIBUTE ret[static GENESIS_ATTRIBUTES])
{
	static const CK_OBJECT_CLASS class = CKO_DATA;
	const struct p11_trust_row *row = p11_trust_row(P11_GENESIS);

	ret[0] = p11_in(CKA_CLASS, &class, sizeof(class));
	ret[1] = p11_in(CKA_TOKEN, &yes, sizeof(yes));
	ret[2] = p11_in(CKA_PRIVATE, &no, sizeof(no));
	ret[3] = p11_in(CKA_APPLICATION, P11_APPLICATION,
	                strlen(P11_APPLICATION));
	ret[4] = p11_in(CKA_LABEL, row->label, strlen(row->label));
	ret[5] = p11_in(CKA_VALUE, digest, HASH_SIZE);
}

err_t
p11_find_genesis(struct p11 *p11, const uint8_t digest[static HASH_SIZE],
                 CK_OBJECT_HANDLE *found, CK_ULONG *in_out_n)
{
	CK_ATTRIBUTE wanted[GENESIS_ATTRIBUTES];

	genesis_attributes(digest, wanted);
	return p11_find(p11, wanted, ARRAY_LEN(wanted), found, in_out_n);
}

static err_t
create_genesis(struct p11_desk *d, const uint8_t digest[static HASH_SIZE],
               CK_OBJECT_HANDLE *ret_object)
{
	CK_ATTRIBUTE attributes[GENESIS_ATTRIBUTES + PROTECTION_ATTRIBUTES];
	const struct template t = { attributes, GENESIS_ATTRIBUTES,
		                    UNDESTROYABLE | UNMODIFIABLE };

	genesis_attributes(digest, attributes);
	return create_by_anyone(d, &t, ret_object);
}

static err_t
check_genesis(struct p11 *p11, CK_OBJECT_HANDLE object,
              const uint8_t digest[static HASH_SIZE])
{
	struct p11_trust_datum kept;
	err_t err = p11_trust_read_datum(p11, P11_GENESIS, object, &kept);

	if (err == E_NOT_FOUND || err == E_CONFLICT ||
	    (err == OK && memcmp(kept.digest, digest, HASH_SIZE) != 0))
		return p11_fail(p11, E_DEVICE,
		                "the token says that it has the digest, and "
		                "gives another");
	return err;
}

static bool
is_genesis_kept_well(const struct hsm_trust_said *said)
{
	return said->destroyable == HSM_NO;
}

static err_t
count_other_genesis(struct p11 *p11, const uint8_t digest[static HASH_SIZE],
                    size_t *ret_others)
{
	struct p11_trust_data all;

	TRY(p11_trust_read_data(p11, P11_GENESIS, &all));
	*ret_others = 0;
	for (size_t i = 0; i < all.n; i++)
		*ret_others +=
		        memcmp(all.datum[i].digest, digest, HASH_SIZE) != 0;
	return OK;
}

static err_t
put_genesis_at(struct p11_desk *d, const uint8_t digest[static HASH_SIZE],
               struct hsm_trust_put *out)
{
	struct equals old = { .n = ARRAY_LEN(old.object) };
	CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;

	TRY(count_other_genesis(d->p11, digest, &out->others));
	TRY(p11_find_genesis(d->p11, digest, old.object, &old.n));
	TRY(look_for_kept(d->p11, &old, is_genesis_kept_well, out));
	if (out->there)
		return OK;
	TRY(create_genesis(d, digest, &made));
	out->by_so = d->so;
	TRY(check_genesis(d->p11, made, digest));
	TRY(p11_trust_said(d->p11, made, &out->said));
	destroy_equals(d->p11, &old);
	return OK;
}

err_t
p11_put_genesis(const struct hsm_token_name *name,
                const struct hsm_trust_officer *who,
                const uint8_t digest[static HASH_SIZE], struct buf *why,
                struct hsm_trust_put *ret_put)
{
	AUTO(p11_desk_release) struct p11_desk d = { .who = who };
	struct hsm_trust_put out = { .there = false };

	TRY(p11_desk_open(name, why, &d));
	TRY(p11_tell(d.p11, why, put_genesis_at(&d, digest, &out)));
	*ret_put = out;
	return OK;
}
