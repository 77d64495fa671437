/*
 * strays.c - see hsm/audit/strays.h.
 *
 * Whether a public key belongs to a private one is not decided by names, which
 * a stray has, too, but by a signature over fresh bytes that verifies with it.
 * A public key is a stray only if another one verifies; a token that cannot
 * sign at the moment has no such strays.
 */
#include "hsm/pkcs11/audit/strays.h"

#include <stdlib.h>
#include <string.h>

#include "hsm/audit/int.h"
#include "crypto/keys/keyring.h"
#include "hsm/pkcs11/alg.h"
#include "hsm/pkcs11/epoch.h"
#include "hsm/pkcs11/trust.h"

#define OUR_NAMES "anchord" /* prefix of the service's labels */

void
p11_strays_release(struct p11_strays *s)
{
	free(s->kept);
	*s = (struct p11_strays){ .kept = NULL };
}

static err_t
read_token_objects(struct p11 *p11, struct p11_strays *out)
{
	const CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE wanted = p11_in(CKA_TOKEN, &yes, sizeof(yes));
	CK_OBJECT_HANDLE found[P11_FIND_MAX];
	CK_ULONG n = ARRAY_LEN(found);

	TRY(p11_find(p11, &wanted, 1, found, &n));
	out->kept = calloc(n ? n : 1, sizeof(*out->kept));
	if (!out->kept)
		return E_NOMEM;
	for (out->n = 0; out->n < n; out->n++) {
		struct p11_kept *k = &out->kept[out->n];

		k->handle = found[out->n];
		TRY(p11_read_object(p11, k->handle, &k->what.object));
	}
	return OK;
}

static bool
is_class(const struct p11_kept *k, const char *class)
{
	return strcmp(k->what.object.class, class) == 0;
}

/* True if the token reports that the object is not private, so that it needed
 * no PIN. */
static bool
is_open(const struct p11_kept *k)
{
	return k->what.object.attributes[HSM_ATTRIBUTE_PRIVATE] == HSM_NO;
}

static bool
has_our_name(const struct p11_kept *k)
{
	return strncmp(k->what.object.label, OUR_NAMES, strlen(OUR_NAMES)) == 0;
}

static bool
same_name(const struct p11_kept *a, const struct p11_kept *b)
{
	const struct hsm_object *x = &a->what.object;
	const struct hsm_object *y = &b->what.object;

	return (*x->label && strcmp(x->label, y->label) == 0) ||
	       (x->id_len > 0 && bytes_equal(bytes_of(x->id, x->id_len),
	                                     bytes_of(y->id, y->id_len)));
}

static void
mark_as_stray(struct p11_kept *k, enum hsm_stray_kind kind)
{
	k->stray = true;
	k->what.kind = kind;
}

/* --- counters ------------------------------------------------------------- */

static bool
is_counter(const struct p11_kept *k)
{
	return is_class(k, "data") &&
	       strcmp(k->what.object.label, P11_EPOCH_LABEL) == 0;
}

/* E_NOT_FOUND: not one of the service's names. */
static err_t
read_counter(struct p11 *p11, const struct p11_kept *k,
             struct p11_epoch *ret_epoch)
{
	err_t err = is_counter(k) && !is_open(k)
	                    ? p11_epoch_read(p11, k->handle, ret_epoch)
	                    : E_NOT_FOUND;

	return err == E_LATCHED ? E_NOT_FOUND : err;
}

static err_t
judge_counters(struct p11 *p11, struct p11_strays *s)
{
	struct p11_epoch epoch = { .value = 0 };
	struct p11_kept *last = NULL;
	uint32_t highest = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct p11_kept *k = &s->kept[i];
		err_t err = read_counter(p11, k, &epoch);

		if (err == E_NOT_FOUND && is_counter(k))
			mark_as_stray(k, is_open(k) ? HSM_STRAY_EPOCH_OPEN
			                            : HSM_STRAY_EPOCH_ODD);
		if (err == E_NOT_FOUND)
			continue;
		TRY(err);
		mark_as_stray(k, HSM_STRAY_EPOCH_OLD);
		if (!last || epoch.value >= highest) {
			last = k;
			highest = epoch.value;
		}
	}
	if (last)
		last->stray = false;
	return OK;
}

/* --- trust objects -------------------------------------------------------- */

/* Strays are public objects with the name of the head or the counter, which are
 * private, and those with the name of the genesis that have another size.  One of
 * the right size may be ours, whatever its digest. */
static err_t
judge_trust_object(struct p11 *p11, struct p11_kept *k,
                   enum p11_trust_kind kind)
{
	const struct p11_trust_row *row = p11_trust_row(kind);
	struct p11_trust_datum datum;

	if (!is_class(k, "data") || !is_open(k) ||
	    strcmp(k->what.object.label, row->label) != 0)
		return OK;
	err_t err = row->private ? E_NOT_FOUND
	                         : p11_trust_read_datum(p11, kind, k->handle,
	                                                &datum);
	if (err == E_NOT_FOUND)
		mark_as_stray(k, HSM_STRAY_TRUST_OPEN);
	return err == E_NOT_FOUND || err == E_CONFLICT ? OK : err;
}

static err_t
judge_trust_objects(struct p11 *p11, struct p11_strays *s)
{
	for (size_t i = 0; i < s->n; i++) {
		TRY(judge_trust_object(p11, &s->kept[i], P11_GENESIS));
		TRY(judge_trust_object(p11, &s->kept[i], P11_HEAD));
		TRY(judge_trust_object(p11, &s->kept[i], P11_COUNTER));
	}
	return OK;
}

/* --- keys ----------------------------------------------------------------- */

static bool
is_half_of(struct p11 *p11, const struct p11_kept *public,
           const struct p11_kept *private)
{
	struct bytes spki = bytes_of(public->what.object.spki,
	                             public->what.object.spki_len);
	char kid[KID_SIZE];
	enum alg alg = ALG_COUNT;

	if (spki.len == 0 || key_identify(spki, &alg, kid) != OK ||
	    p11_choose_alg(p11, private->handle, &alg) != OK)
		return false;
	p11->sign_key = private->handle;
	return hsm_audit_prove(&hsm_pkcs11, p11, alg, spki) == AUDIT_GOOD;
}

/* Marks public keys with a name of this private key that are not its half, if
 * another one is. */
static void
judge_halves(struct p11 *p11, struct p11_strays *s,
             const struct p11_kept *private, bool proved[])
{
	bool has_half = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct p11_kept *k = &s->kept[i];

		if (is_class(k, "public-key") && same_name(k, private) &&
		    is_half_of(p11, k, private))
			has_half = proved[i] = true;
	}
	for (size_t i = 0; i < s->n && has_half; i++) {
		struct p11_kept *k = &s->kept[i];

		if (is_class(k, "public-key") && is_open(k) &&
		    same_name(k, private))
			mark_as_stray(k, HSM_STRAY_HALF);
	}
}

/* Another key that needs the PIN and shares a name with this one. */
static bool
has_owner(const struct p11_strays *s, const struct p11_kept *k,
          const char *class)
{
	for (size_t i = 0; i < s->n; i++)
		if (is_class(&s->kept[i], class) && !is_open(&s->kept[i]) &&
		    same_name(&s->kept[i], k))
			return true;
	return false;
}

static void
judge_open_keys(struct p11_strays *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct p11_kept *k = &s->kept[i];

		if (!is_open(k))
			continue;
		if (is_class(k, "public-key")) {
			if (has_our_name(k) && !has_owner(s, k, "private-key"))
				mark_as_stray(k, HSM_STRAY_ALONE);
		} else if (is_class(k, "private-key") ||
		           is_class(k, "secret-key")) {
			if (has_our_name(k) ||
			    has_owner(s, k, k->what.object.class))
				mark_as_stray(k, HSM_STRAY_KEY_OPEN);
		}
	}
}

static err_t
judge_keys(struct p11 *p11, struct p11_strays *s)
{
	bool *proved = calloc(s->n ? s->n : 1, sizeof(*proved));

	if (!proved)
		return E_NOMEM;
	for (size_t i = 0; i < s->n; i++)
		if (is_class(&s->kept[i], "private-key") &&
		    !is_open(&s->kept[i]))
			judge_halves(p11, s, &s->kept[i], proved);
	for (size_t i = 0; i < s->n; i++)
		if (proved[i]) /* half of some private key */
			s->kept[i].stray = false;
	free(proved);
	judge_open_keys(s);
	return OK;
}

err_t
p11_strays_find(struct p11 *p11, struct p11_strays *ret_strays)
{
	AUTO(p11_strays_release) struct p11_strays s = { .kept = NULL };

	TRY(read_token_objects(p11, &s));
	TRY(judge_keys(p11, &s));
	TRY(judge_counters(p11, &s));
	TRY(judge_trust_objects(p11, &s));
	*ret_strays = s;
	s.kept = NULL;
	return OK;
}

/* --- the verb ------------------------------------------------------------- */

/* Checks that the object is not found any more. */
static err_t
look_again(struct p11 *p11, struct p11_kept *k, enum hsm_stray_outcome *ret)
{
	const CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE wanted = p11_in(CKA_TOKEN, &yes, sizeof(yes));
	CK_OBJECT_HANDLE found[P11_FIND_MAX];
	CK_ULONG n = ARRAY_LEN(found);

	*ret = HSM_STRAY_GONE;
	TRY(p11_find(p11, &wanted, 1, found, &n));
	for (CK_ULONG i = 0; i < n; i++)
		if (found[i] == k->handle)
			*ret = HSM_STRAY_KEPT;
	return OK;
}

static err_t
remove_one(struct p11 *p11, struct p11_kept *k, enum hsm_stray_outcome *ret)
{
	err_t err = p11_destroy(p11, k->handle);

	/* A token may refuse (CKA_DESTROYABLE), and another process may be
	 * faster. */
	return err == E_DEVICE ? err : look_again(p11, k, ret);
}

static err_t
go_through(struct p11 *p11, bool remove, const struct hsm_strays_ops *ops)
{
	AUTO(p11_strays_release) struct p11_strays s = { .kept = NULL };

	TRY(p11_strays_find(p11, &s));
	for (size_t i = 0; i < s.n; i++) {
		enum hsm_stray_outcome outcome = HSM_STRAY_THERE;

		if (!s.kept[i].stray)
			continue;
		if (remove)
			TRY(remove_one(p11, &s.kept[i], &outcome));
		ops->stray(ops->arg, &s.kept[i].what, outcome);
	}
	return OK;
}

err_t
p11_token_strays(const struct hsm_token_name *name, const struct secret *pin,
                 bool remove, const struct hsm_strays_ops *ops, struct buf *why)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct hsm_token token;
	CK_TOKEN_INFO info;

	TRY(p11_admin_open(name, why, &info, &p11));
	p11_token_facts(&info, &token);
	ops->token(ops->arg, &token);
	TRY(p11_tell(p11, why, p11_admin_login(p11, &info, pin)));
	return p11_tell(p11, why, go_through(p11, remove, ops));
}
