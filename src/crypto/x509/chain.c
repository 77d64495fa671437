/*
 * chain.c - see chain.h.
 *
 * X509_verify_cert() validates the path.  Three checks around it make sure that
 * it validates what was presented: the issuer and subject names chain in the
 * presented order; a presented root has a pinned key and a valid signature by
 * it; and the path that libcrypto built consists of the presented certificates.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "crypto/digest.h"
#include "crypto/x509/roots.h"
#include "crypto/x509/signature.h"

#define AUTH_LEVEL 2 /* 112 bits: RSA-2048 or more, no SHA-1 */

/* The stacks do not own their certificates. */
DEFINE_AUTO(STACK_OF(X509) *, sk_X509_free);
DEFINE_AUTO(X509_STORE_CTX *, X509_STORE_CTX_free);

/* The state of one validation. */
struct walk {
	const struct x509_path *path;
	const struct x509_roots *roots;
	size_t root; /* index of the presented root; path->n: none */
	struct x509_verdict verdict;
};

static bool
pass_path_fault(struct walk *w, enum x509_fault fault, size_t at)
{
	const struct x509_finding finding = { .fault = fault, .at = at };

	if (w->path->pass && w->path->pass(w->path->arg, &finding))
		return true;
	if (w->verdict.finding.fault == X509_FAULT_NONE)
		w->verdict.finding = finding;
	return false;
}

/* --- keys ----------------------------------------------------------------- */

/* When libcrypto cannot decode an issuer's key, it looks for another issuer and
 * reports a missing one.  Checking first gives the true fault. */
static bool
issuers_decode(struct walk *w)
{
	for (size_t i = 1; i < w->verdict.n_below; i++)
		if (!X509_get0_pubkey(w->path->certs[i]->x509) &&
		    !pass_path_fault(w, X509_FAULT_KEY, i))
			return false;
	return true;
}

/* Refuses keys that libcrypto's security level accepts.  The anchor's key is
 * not checked, because it was pinned. */
static bool
keys_allowed(struct walk *w)
{
	for (size_t i = 0; i < w->verdict.n_below; i++)
		if (!x509_key_allowed(w->path->certs[i]->x509) &&
		    !pass_path_fault(w, X509_FAULT_KEY, i))
			return false;
	return true;
}

/* --- libcrypto's faults --------------------------------------------------- */

static enum x509_fault
fault_of_x509_error(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return X509_FAULT_NOT_YET;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return X509_FAULT_EXPIRED;
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		return X509_FAULT_DATE;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
		return X509_FAULT_SIGNATURE;
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
		return X509_FAULT_NOT_CA;
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
		return X509_FAULT_PATH_LENGTH;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
		return X509_FAULT_KEY;
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return X509_FAULT_DIGEST;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
		return X509_FAULT_ANCHOR;
	default:
		return X509_FAULT_RULE;
	}
}

static bool
is_date(enum x509_fault fault)
{
	return fault == X509_FAULT_NOT_YET || fault == X509_FAULT_EXPIRED ||
	       fault == X509_FAULT_DATE;
}

static int
on_verify(int good, X509_STORE_CTX *ctx)
{
	struct walk *w = X509_STORE_CTX_get_app_data(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);
	enum x509_fault fault =
	        fault_of_x509_error(X509_STORE_CTX_get_error(ctx));

	if (good)
		return 1;
	/* The anchor is the key, so the dates of its certificate are ignored. */
	if (is_date(fault) &&
	    depth >= sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1)
		return 1;
	return pass_path_fault(w, fault, depth > 0 ? (size_t)depth : 0) ? 1 : 0;
}

/* --- signatures and dates ------------------------------------------------- */

/* Finds our object of a certificate that libcrypto is about to check. */
static const struct x509_cert *
cert_of(const struct walk *w, const X509 *x)
{
	for (size_t i = 0; i < w->path->n; i++)
		if (w->path->certs[i]->x509 == x)
			return w->path->certs[i];
	for (size_t i = 0; i < w->roots->n; i++)
		if (w->roots->rows[i].cert->x509 == x)
			return w->roots->rows[i].cert;
	return NULL;
}

/* Reports a fault to on_verify() as libcrypto does. */
static bool
report_path_error(X509_STORE_CTX *ctx, int depth, int error)
{
	X509_STORE_CTX_set_error_depth(ctx, depth);
	X509_STORE_CTX_set_error(ctx, error);
	return on_verify(0, ctx) == 1;
}

/* X509_cmp_time() returns 0 for a date that does not decode. */
static int
error_of_dates(const X509 *x, time_t at)
{
	int from = X509_cmp_time(X509_get0_notBefore(x), &at);
	int to = X509_cmp_time(X509_get0_notAfter(x), &at);

	if (from == 0)
		return X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD;
	if (to == 0)
		return X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD;
	if (from > 0)
		return X509_V_ERR_CERT_NOT_YET_VALID;
	return to < 0 ? X509_V_ERR_CERT_HAS_EXPIRED : X509_V_OK;
}

/* Checks that issuer may sign certificates (RFC 5280 section 6.1.4 n) and did
 * sign this one, also after a fault was tolerated.  Only signatures above the
 * leaf are remembered, since each leaf is new. */
static bool
signed_by(X509_STORE_CTX *ctx, int at, X509 *x, X509 *issuer)
{
	const struct walk *w = X509_STORE_CTX_get_app_data(ctx);
	const struct x509_cert *cert = cert_of(w, x), *by = cert_of(w, issuer);
	bool again = at > 0 || w->path->leaf_signs;

	if (!(X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN) &&
	    !report_path_error(ctx, at + 1, X509_V_ERR_KEYUSAGE_NO_CERTSIGN))
		return false;
	if (!X509_get0_pubkey(issuer) &&
	    !report_path_error(ctx, at + 1,
	                       X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY))
		return false;
	return (cert && by && x509_signature_good(cert, by, again)) ||
	       report_path_error(ctx, at, X509_V_ERR_CERT_SIGNATURE_FAILURE);
}

/*
 * Replaces libcrypto's internal_verify(), as X509_STORE_CTX_set_verify()
 * permits: checks signatures and dates from the root downwards.  The only
 * difference is that a signature in the cache is not verified again.
 */
static int
verify_signatures(X509_STORE_CTX *ctx)
{
	const struct walk *w = X509_STORE_CTX_get_app_data(ctx);
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	int top = sk_X509_num(chain) - 1;

	for (int i = top; i >= 0; i--) {
		X509 *x = sk_X509_value(chain, i);
		int error = error_of_dates(x, (time_t)w->path->at_s);

		if (i < top &&
		    !signed_by(ctx, i, x, sk_X509_value(chain, i + 1)))
			return 0;
		if (error != X509_V_OK && !report_path_error(ctx, i, error))
			return 0;
	}
	return 1;
}

/* --- the root ------------------------------------------------------------- */

static const struct x509_root *
find_pinned_root(const struct x509_roots *roots, const struct x509_cert *cert)
{
	for (size_t i = 0; i < roots->n; i++)
		if (bytes_equal(x509_cert_spki(roots->rows[i].cert),
		                x509_cert_spki(cert)))
			return &roots->rows[i];
	return NULL;
}

static bool
is_pinned_copy(const struct x509_roots *roots, const struct x509_cert *cert)
{
	for (size_t i = 0; i < roots->n; i++)
		if (bytes_equal(x509_cert_der(roots->rows[i].cert),
		                x509_cert_der(cert)))
			return true;
	return false;
}

static bool
is_self_signed(const struct x509_cert *cert)
{
	return X509_self_signed(cert->x509, 0) == 1 &&
	       x509_signature_good(cert, cert, true);
}

/* Finds the first certificate above the leaf whose key is pinned.  libcrypto
 * does not verify the signature of a trusted certificate, so that is done
 * here. */
static bool
find_root(struct walk *w, const struct x509_roots *roots)
{
	const struct x509_path *p = w->path;

	w->root = p->n;
	for (size_t i = 1; i < p->n; i++) {
		const struct x509_root *root =
		        find_pinned_root(roots, p->certs[i]);

		if (!root)
			continue;
		w->root = i;
		if (is_pinned_copy(roots, p->certs[i]) ||
		    is_self_signed(p->certs[i]))
			break;
		return pass_path_fault(w, X509_FAULT_SIGNATURE, i);
	}
	w->verdict.n_below = w->root;
	return true;
}

static bool
names_chain(struct walk *w)
{
	const struct x509_path *p = w->path;
	size_t last = w->root < p->n ? w->root : p->n - 1;

	for (size_t i = 0; i < last; i++)
		if (X509_NAME_cmp(X509_get_issuer_name(p->certs[i]->x509),
		                  X509_get_subject_name(
		                          p->certs[i + 1]->x509)) != 0 &&
		    !pass_path_fault(w, X509_FAULT_NAME, i))
			return false;
	return true;
}

/* --- validation ----------------------------------------------------------- */

static STACK_OF(X509) *
        trusted_of(const struct walk *w, const struct x509_roots *roots)
{
	AUTO(sk_X509_free) STACK_OF(X509) *stack = sk_X509_new_null();
	bool given = w->root < w->path->n;

	if (stack && given &&
	    sk_X509_push(stack, w->path->certs[w->root]->x509) <= 0)
		return NULL;
	for (size_t i = 0; stack && !given && i < roots->n; i++)
		if (sk_X509_push(stack, roots->rows[i].cert->x509) <= 0)
			return NULL;
	return TAKE(stack);
}

static STACK_OF(X509) * untrusted_of(const struct walk *w)
{
	AUTO(sk_X509_free) STACK_OF(X509) *stack = sk_X509_new_null();

	for (size_t i = 1; stack && i < w->root; i++)
		if (sk_X509_push(stack, w->path->certs[i]->x509) <= 0)
			return NULL;
	return TAKE(stack);
}

/* The path must consist of the presented certificates and one root. */
static bool
built_as_presented(struct walk *w, X509_STORE_CTX *ctx)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	size_t n = (size_t)sk_X509_num(chain);

	if (n != w->verdict.n_below + 1)
		return pass_path_fault(w, X509_FAULT_NAME, 0);
	for (size_t i = 0; i < w->verdict.n_below; i++)
		if (sk_X509_value(chain, (int)i) != w->path->certs[i]->x509)
			return pass_path_fault(w, X509_FAULT_NAME, i);
	return true;
}

static void
set_anchor(struct walk *w, X509_STORE_CTX *ctx, const struct x509_roots *roots)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	const X509 *root = sk_X509_value(chain, sk_X509_num(chain) - 1);

	if (w->root < w->path->n)
		digest_sha256(x509_cert_spki(w->path->certs[w->root]),
		              w->verdict.anchor);
	for (size_t i = 0; i < roots->n; i++)
		if (roots->rows[i].cert->x509 == root)
			memcpy(w->verdict.anchor, roots->rows[i].spki,
			       HASH_SIZE);
}

/* libcrypto does not require that the leaf is a CA. */
static bool
leaf_may_sign(struct walk *w)
{
	return !w->path->leaf_signs ||
	       X509_check_ca(w->path->certs[0]->x509) == 1 ||
	       pass_path_fault(w, X509_FAULT_NOT_CA, 0);
}

static bool
verify_presented_path(struct walk *w, X509_STORE_CTX *ctx,
                      const struct x509_roots *roots)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	X509_STORE_CTX_set_app_data(ctx, w);
	X509_STORE_CTX_set_verify_cb(ctx, on_verify);
	X509_STORE_CTX_set_verify(ctx, verify_signatures);
	X509_VERIFY_PARAM_set_time(param, (time_t)w->path->at_s);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_depth(param, X509_PATH_MAX);
	/* The path ends at the pinned certificate, self-signed or not. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);

	if (X509_verify_cert(ctx) != 1)
		return pass_path_fault(w, X509_FAULT_RULE, 0);
	if (w->verdict.finding.fault != X509_FAULT_NONE)
		return false;
	set_anchor(w, ctx, roots);
	return built_as_presented(w, ctx);
}

static err_t
validate_with_roots(struct walk *w, const struct x509_roots *roots)
{
	AUTO(sk_X509_free) STACK_OF(X509) *trusted = trusted_of(w, roots);
	AUTO(sk_X509_free) STACK_OF(X509) *untrusted = untrusted_of(w);
	AUTO(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	if (!trusted || !untrusted || !ctx ||
	    X509_STORE_CTX_init(ctx, NULL, w->path->certs[0]->x509,
	                        untrusted) != 1)
		return E_NOMEM;
	X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
	bool good = verify_presented_path(w, ctx, roots) && leaf_may_sign(w) &&
	            keys_allowed(w);
	ERR_clear_error();
	return good ? OK : E_DENIED;
}

err_t
x509_path_validate(const struct x509_roots *roots, const struct x509_path *path,
                   struct x509_verdict *ret_verdict)
{
	struct walk w = { .path = path, .roots = roots };
	err_t err = E_DENIED;

	if (path->n == 0 || path->n > X509_PATH_MAX)
		(void)pass_path_fault(&w, X509_FAULT_RULE, 0);
	else if (find_root(&w, roots) && names_chain(&w) && issuers_decode(&w))
		err = validate_with_roots(&w, roots);
	ERR_clear_error();
	if (err == OK || err == E_DENIED)
		*ret_verdict = w.verdict;
	return err;
}
