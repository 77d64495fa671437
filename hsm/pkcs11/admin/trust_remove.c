/*
 * trust_remove.c - destroys certificates and genesis objects by their digest; see
 * hsm/admin/trust.h.
 *
 * Anybody may have stored thousands of other certificates.  One that was not found
 * is reported as missing only if the search covered all of them.
 */
#include <string.h>

#include "crypto/digest.h"
#include "hsm/pkcs11/admin/trust.h"

static const CK_BBOOL yes = CK_TRUE;

struct removal {
	const uint8_t *digest;
	size_t found, kept, unread;
	CK_RV why_kept;
};

static void
remove_object(struct p11 *p11, CK_OBJECT_HANDLE object, struct removal *r)
{
	r->found++;
	if (p11_destroy(p11, object) != OK) {
		r->kept++;
		r->why_kept = p11->rv;
	}
}

static err_t
remove_if_equal(struct p11 *p11, CK_OBJECT_HANDLE object, struct removal *r)
{
	AUTO(buf_release) struct buf der = buf_of(HSM_TRUST_CERTIFICATE_MAX);
	uint8_t is[HASH_SIZE];
	err_t err = p11_trust_der(p11, object, &der);

	if (err == E_NOMEM)
		return err;
	r->unread += err != OK && err != E_LIMIT && err != E_MALFORMED;
	if (err != OK)
		return OK;
	digest_sha256(buf_bytes(&der), is);
	if (memcmp(is, r->digest, sizeof(is)) == 0)
		remove_object(p11, object, r);
	return OK;
}

/* As we make them: CKA_ID is the digest. */
static err_t
find_by_id(struct p11 *p11, const uint8_t digest[static HASH_SIZE],
           CK_OBJECT_HANDLE *found, CK_ULONG *in_out_n)
{
	const CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_ID, digest, HASH_SIZE),
	};

	return p11_find(p11, wanted, ARRAY_LEN(wanted), found, in_out_n);
}

/* First those with the digest as CKA_ID, however many others there are, then all
 * that a list has: anybody may have stored it with another CKA_ID. */
static err_t
remove_everywhere(struct p11 *p11, struct removal *r, bool *ret_ended)
{
	CK_OBJECT_HANDLE named[P11_FIND_MAX];
	CK_OBJECT_HANDLE found[P11_FIND_MAX];
	CK_ULONG n_named = ARRAY_LEN(named);
	size_t all = 0;
	size_t n = 0;

	TRY(find_by_id(p11, r->digest, named, &n_named));
	for (CK_ULONG i = 0; i < n_named; i++)
		TRY(remove_if_equal(p11, named[i], r));
	TRY(p11_trust_find(p11, found, ARRAY_LEN(found), &n, &all));
	for (size_t i = 0; i < n; i++)
		if (!p11_is_listed(named, n_named, found[i]))
			TRY(remove_if_equal(p11, found[i], r));
	*ret_ended = n_named < ARRAY_LEN(named) && n < ARRAY_LEN(found);
	return OK;
}

static err_t
tell_kept(struct p11 *p11, const struct removal *r)
{
	return p11_fail(p11, E_DENIED,
	                "the token keeps %zu of %zu (%s); it stays until the "
	                "token is initialised",
	                r->kept, r->found, p11_rv_name(r->why_kept));
}

static err_t
remove_certificates_of(struct p11 *p11, const uint8_t digest[static HASH_SIZE])
{
	struct removal r = { .digest = digest };
	bool ended = false;

	TRY(remove_everywhere(p11, &r, &ended));
	if (r.kept > 0)
		return tell_kept(p11, &r);
	if (r.found > 0)
		return OK;
	if (r.unread > 0)
		return p11_fail(p11, E_DEVICE,
		                "not found, and %zu certificates could not be "
		                "read",
		                r.unread);
	return ended ? p11_fail(p11, E_NOT_FOUND,
	                        "no certificate of this digest")
	             : p11_fail(p11, E_LIMIT,
	                        "not found among the first %d certificates",
	                        P11_FIND_MAX);
}

err_t
p11_remove_certificate(const struct hsm_token_name *name,
                       const struct hsm_trust_officer *who,
                       const uint8_t digest[static HASH_SIZE], struct buf *why)
{
	AUTO(p11_desk_release) struct p11_desk d = { .who = who };

	TRY(p11_desk_open(name, why, &d));
	return p11_tell(d.p11, why, remove_certificates_of(d.p11, digest));
}

static err_t
remove_genesis_of(struct p11 *p11, const uint8_t digest[static HASH_SIZE])
{
	CK_OBJECT_HANDLE found[P11_FIND_MAX];
	CK_ULONG n = ARRAY_LEN(found);
	struct removal r = { .digest = digest };

	TRY(p11_find_genesis(p11, digest, found, &n));
	for (CK_ULONG i = 0; i < n; i++)
		remove_object(p11, found[i], &r);
	if (r.kept > 0)
		return tell_kept(p11, &r);
	return n > 0 ? OK
	             : p11_fail(p11, E_NOT_FOUND, "no genesis of this digest");
}

err_t
p11_remove_genesis(const struct hsm_token_name *name,
                   const struct hsm_trust_officer *who,
                   const uint8_t digest[static HASH_SIZE], struct buf *why)
{
	AUTO(p11_desk_release) struct p11_desk d = { .who = who };

	TRY(p11_desk_open(name, why, &d));
	return p11_tell(d.p11, why, remove_genesis_of(d.p11, digest));
}
