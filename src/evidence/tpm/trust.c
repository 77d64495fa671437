/*
 * trust.c - see trust.h.
 *
 * An AK certificate must state the purpose of its key (ak_cert.h).  Otherwise
 * any certificate of the same CA would make an attestation key of a software
 * key or of an endorsement key, which signs any data.
 */
#include "evidence/tpm/trust.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/codec/pem.h"
#include "evidence/tpm/ak_cert.h"
#include "evidence/tpm/file.h"
#include "evidence/tpm/public.h"

#define AUTH_LEVEL 2 /* 112 bits: RSA-2048 or more, no SHA-1 */

/* A named key.  If it was named by a public area, the evidence must have the
 * same area: the same numbers with other attributes are another key. */
struct anchor {
	struct tpm_key *key;
	size_t area_len; /* 0: named without attributes */
	uint8_t area[TPM_PUBLIC_MAX];
};

struct tpm_trust {
	uint64_t at_s;
	size_t n_keys;
	struct anchor *keys[TPM_TRUST_KEYS_MAX];
	STACK_OF(X509) * named; /* all named certificates */
};

static void
stack_free(STACK_OF(X509) * stack)
{
	sk_X509_pop_free(stack, X509_free);
}

DEFINE_AUTO(X509 *, X509_free);
DEFINE_AUTO(X509_STORE *, X509_STORE_free);
DEFINE_AUTO(X509_STORE_CTX *, X509_STORE_CTX_free);
DEFINE_AUTO(STACK_OF(X509) *, stack_free);

err_t
tpm_trust_new(uint64_t at_s, struct tpm_trust **ret_trust)
{
	AUTO(tpm_trust_free) struct tpm_trust *t = calloc(1, sizeof(*t));

	if (!t)
		return E_NOMEM;
	t->at_s = at_s;
	t->named = sk_X509_new_null();
	if (!t->named)
		return E_NOMEM;
	*ret_trust = TAKE(t);
	return OK;
}

/* Frees all but the first n_keys keys and n_certs certificates. */
static void
forget_later_anchors(struct tpm_trust *t, size_t n_keys, int n_certs)
{
	while (t->n_keys > n_keys) {
		struct anchor *a = t->keys[--t->n_keys];
		tpm_key_free(a->key);
		free(a);
	}
	while (t->named && sk_X509_num(t->named) > n_certs)
		X509_free(sk_X509_pop(t->named));
}

void
tpm_trust_free(struct tpm_trust *trust)
{
	if (!trust)
		return;
	forget_later_anchors(trust, 0, 0);
	stack_free(trust->named);
	free(trust);
}

static err_t
take_key(struct tpm_trust *t, struct tpm_key *taken, struct bytes area)
{
	AUTO(tpm_key_free) struct tpm_key *key = taken;

	if (t->n_keys == TPM_TRUST_KEYS_MAX)
		return E_LIMIT;
	struct anchor *anchor = calloc(1, sizeof(*anchor));
	if (!anchor)
		return E_NOMEM;
	anchor->key = TAKE(key);
	anchor->area_len = area.len;
	if (area.len > 0)
		memcpy(anchor->area, area.data, area.len);
	t->keys[t->n_keys++] = anchor;
	return OK;
}

static err_t
add_spki(struct tpm_trust *t, struct bytes der)
{
	struct tpm_key *key = NULL;

	TRY(tpm_key_of_spki(der, &key));
	return take_key(t, key, bytes_of(NULL, 0));
}

static err_t
add_der_key(struct tpm_trust *t, struct bytes file)
{
	AUTO(buf_release) struct buf spki = buf_of(file.len + 64);

	TRY(tpm_file_key(file, &spki));
	return add_spki(t, buf_bytes(&spki));
}

static err_t
add_public(struct tpm_trust *t, struct bytes file, bool sized)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct tpm_public public;
	struct tpm_key *key = NULL;

	TRY(sized ? tpm2b_public_parse(file, &why, &public)
	          : tpmt_public_parse(file, &why, &public));
	TRY(tpm_public_check_ak(&public, &why));
	TRY(tpm_key_of_public(&public, &key));
	return take_key(t, key, public.area);
}

static err_t
add_certificate(struct tpm_trust *t, struct bytes der)
{
	const uint8_t *at = der.data;
	AUTO(X509_free) X509 *x = d2i_X509(NULL, &at, (long)der.len);

	if (!x || at != der.data + der.len)
		return E_MALFORMED;
	if (sk_X509_num(t->named) >= TPM_TRUST_KEYS_MAX)
		return E_LIMIT;
	if (sk_X509_push(t->named, x) <= 0)
		return E_NOMEM;
	x = NULL; /* now owned by the stack */
	return OK;
}

static err_t
add_pem_block(void *arg, const char *label, struct bytes der)
{
	if (strcmp(label, "PUBLIC KEY") == 0)
		return add_spki(arg, der);
	if (strcmp(label, "CERTIFICATE") == 0)
		return add_certificate(arg, der);
	return E_MALFORMED;
}

static err_t
add_by_kind(struct tpm_trust *t, struct bytes file)
{
	switch (tpm_file_kind(file)) {
	case TPM_FILE_PEM:
		return pem_each(file, add_pem_block, t);
	case TPM_FILE_DER_KEY:
		return add_der_key(t, file);
	case TPM_FILE_DER_CERT:
		return add_certificate(t, tpm_file_certificate(file));
	case TPM_FILE_PUBLIC:
		return add_public(t, file, false);
	case TPM_FILE_PUBLIC_SIZED:
		return add_public(t, file, true);
	case TPM_FILE_UNKNOWN:
	case TPM_FILE_JSON:
	case TPM_FILE_PCRS:
	case TPM_FILE_ATTEST:
	case TPM_FILE_ATTEST_SIZED:
	case TPM_FILE_SIGNATURE:
	case TPM_FILE_EVENT_LOG:
	case TPM_FILE_IMA:
	default:
		return E_MALFORMED;
	}
}

static void
say_none(struct bytes file, struct buf *why)
{
	const char *hint = tpm_file_hint(file);

	buf_append_str(why, "trust: neither a key nor a certificate");
	if (hint)
		buf_printf(why, "; it seems to be %s", hint);
}

err_t
tpm_trust_add(struct tpm_trust *trust, struct bytes file, struct buf *why)
{
	size_t n_keys = trust->n_keys;
	int n_certs = sk_X509_num(trust->named);
	err_t err = add_by_kind(trust, file);

	ERR_clear_error();
	/* Adds all of a file or nothing: a part of it would be another set of
	 * trust anchors. */
	if (err != OK)
		forget_later_anchors(trust, n_keys, n_certs);
	if (err == E_DENIED)
		buf_append_str(why, "trust: the key is too weak or not an "
		                    "attestation key");
	else if (err == E_LIMIT)
		buf_append_str(why, "trust: more than 1024 keys");
	else if (err != OK)
		say_none(file, why);
	return err;
}

/* --- certificates --------------------------------------------------------- */

static err_t
key_of_certificate(X509 *x, struct tpm_key **ret_key)
{
	uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

	if (len <= 0)
		return E_MALFORMED;
	err_t err = tpm_key_of_spki(bytes_of(der, (size_t)len), ret_key);
	OPENSSL_free(der);
	return err;
}

err_t
tpm_key_of_certificate(struct bytes der, struct tpm_key **ret_key)
{
	const uint8_t *at = der.data;
	AUTO(X509_free) X509 *x = d2i_X509(NULL, &at, (long)der.len);

	if (!x || at != der.data + der.len)
		return E_MALFORMED;
	return key_of_certificate(x, ret_key);
}

err_t
tpm_trust_candidate(const struct tpm_trust *trust, size_t i,
                    struct tpm_key **ret_key)
{
	size_t n_certs = (size_t)sk_X509_num(trust->named);

	if (i < trust->n_keys)
		return tpm_key_copy(trust->keys[i]->key, ret_key);
	i -= trust->n_keys;
	if (i >= n_certs)
		return E_NOT_FOUND;
	return key_of_certificate(sk_X509_value(trust->named, (int)i), ret_key);
}

static bool
certifies_ak(X509 *x, const struct tpm_key *key)
{
	AUTO(tpm_key_free) struct tpm_key *own = NULL;

	return key_of_certificate(x, &own) == OK && tpm_key_equal(own, key);
}

static reason_set
reason_of(int verify_error)
{
	switch (verify_error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return reason_bit(REASON_CHAIN_EXPIRED);
	default:
		return reason_bit(REASON_CHAIN_UNTRUSTED);
	}
}

/* The Google profile counts only below one of Google's own keys. */
static bool
is_below_google(const STACK_OF(X509) * path)
{
	for (int i = 1; i < sk_X509_num(path); i++)
		if (tpm_ak_cert_of_google(sk_X509_value(path, i)))
			return true;
	return false;
}

/* True if all issuers below the anchor permit the IAK policy.  The anchor is
 * not asked, because it was named as trusted. */
static bool
may_give_policy(const STACK_OF(X509) * path)
{
	for (int i = 1; i < sk_X509_num(path) - 1; i++)
		if (!tpm_ak_cert_permits(sk_X509_value(path, i)))
			return false;
	return true;
}

/* If the issuers may not assert the IAK policy, judges the leaf again without
 * it. */
static reason_set
judge_issuers(const STACK_OF(X509) * path, enum tpm_ak_cert *kind)
{
	if (*kind == TPM_AK_CERT_GOOGLE)
		return is_below_google(path)
		               ? 0
		               : reason_bit(REASON_CHAIN_UNTRUSTED);
	if (*kind == TPM_AK_CERT_IAK && !may_give_policy(path))
		*kind = tpm_ak_cert_kind(sk_X509_value(path, 0), false);
	return *kind == TPM_AK_CERT_NONE ? reason_bit(REASON_CHAIN_MALFORMED)
	                                 : 0;
}

/* A store of all named certificates except `but`; NULL: no memory. */
static X509_STORE *
store_of(const struct tpm_trust *trust, const X509 *but)
{
	AUTO(X509_STORE_free) X509_STORE *store = X509_STORE_new();

	for (int i = 0; store && i < sk_X509_num(trust->named); i++) {
		X509 *x = sk_X509_value(trust->named, i);

		if (but && X509_cmp(x, but) == 0)
			continue;
		if (X509_STORE_add_cert(store, x) != 1)
			return NULL;
	}
	return TAKE(store);
}

/* A leaf of the Google profile is left out of the store, because its path must
 * lead to one of Google's keys even if the leaf itself was named. */
static reason_set
verify_chain(const struct tpm_trust *trust, X509 *leaf, STACK_OF(X509) * others,
             enum tpm_ak_cert *kind)
{
	AUTO(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	AUTO(X509_STORE_free)
	X509_STORE *store =
	        store_of(trust, *kind == TPM_AK_CERT_GOOGLE ? leaf : NULL);

	if (!ctx || !store ||
	    X509_STORE_CTX_init(ctx, store, leaf, others) != 1)
		return reason_bit(REASON_CHAIN_UNTRUSTED);
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)trust->at_s);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	/* A named intermediate or leaf is a trust anchor as well. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);

	int good = X509_verify_cert(ctx);
	reason_set reasons =
	        good == 1 ? 0 : reason_of(X509_STORE_CTX_get_error(ctx));
	if (reasons == 0)
		reasons = judge_issuers(X509_STORE_CTX_get0_chain(ctx), kind);
	ERR_clear_error();
	return reasons;
}

static reason_set
judge_leaf(const struct tpm_trust *trust, X509 *leaf, STACK_OF(X509) * others,
           bool *ret_proved)
{
	enum tpm_ak_cert kind = tpm_ak_cert_kind(leaf, true);

	if (kind == TPM_AK_CERT_NONE)
		return reason_bit(REASON_CHAIN_MALFORMED);
	reason_set reasons = verify_chain(trust, leaf, others, &kind);
	*ret_proved = reasons == 0 && kind == TPM_AK_CERT_IAK;
	return reasons;
}

/* The certificates of the evidence; NULL: one of them does not parse. */
static STACK_OF(X509) * read_chain(const struct tpm_certs *certs)
{
	AUTO(stack_free) STACK_OF(X509) *chain = sk_X509_new_null();

	for (size_t i = 0; chain && i < certs->n; i++) {
		struct bytes der = certs->der[i];
		const uint8_t *at = der.data;
		X509 *x = d2i_X509(NULL, &at, (long)der.len);

		if (!x || at != der.data + der.len ||
		    sk_X509_push(chain, x) <= 0) {
			X509_free(x);
			return NULL;
		}
	}
	return TAKE(chain);
}

/* For evidence without certificates: the AK's own certificate may be named. */
static reason_set
judge_named(const struct tpm_trust *trust, const struct tpm_key *key,
            bool *ret_proved)
{
	for (int i = 0; i < sk_X509_num(trust->named); i++) {
		X509 *x = sk_X509_value(trust->named, i);

		if (certifies_ak(x, key))
			return judge_leaf(trust, x, NULL, ret_proved);
	}
	return reason_bit(REASON_CHAIN_UNTRUSTED);
}

/* *ret_proved: the key was named by the public area that is in the evidence. */
static bool
is_named(const struct tpm_trust *trust, const struct tpm_key *key,
         struct bytes area, bool *ret_proved)
{
	bool named = false;

	for (size_t i = 0; i < trust->n_keys; i++) {
		const struct anchor *a = trust->keys[i];

		if (!tpm_key_equal(a->key, key))
			continue;
		bool same = a->area_len > 0 &&
		            bytes_equal(area, bytes_of(a->area, a->area_len));
		if (a->area_len == 0 || area.len == 0 || same)
			named = true;
		*ret_proved = *ret_proved || same;
	}
	return named;
}

reason_set
tpm_trust_judge(const struct tpm_trust *trust, const struct tpm_key *key,
                struct bytes area, const struct tpm_certs *certs,
                bool *ret_proved)
{
	*ret_proved = false;
	if (is_named(trust, key, area, ret_proved))
		return 0;
	if (certs->n == 0 || sk_X509_num(trust->named) == 0)
		return judge_named(trust, key, ret_proved);

	AUTO(stack_free) STACK_OF(X509) *chain = read_chain(certs);
	if (!chain)
		return reason_bit(REASON_CHAIN_MALFORMED);
	X509 *leaf = sk_X509_value(chain, 0);
	if (!certifies_ak(leaf, key))
		return reason_bit(REASON_CHAIN_UNTRUSTED);
	return judge_leaf(trust, leaf, chain, ret_proved);
}
