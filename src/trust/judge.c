/*
 * judge.c - the rules that one version of the bundle satisfies by itself.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "trust/bundle.h"
#include "trust/ssh_key.h"

/* Writes "WHAT NAME: FAULT" to why; what and name may be "". */
static err_t
refuse_bundle(struct buf *why, const char *what, const char *name,
              const char *fault)
{
	buf_printf(why, "%s%s%s%s%s", what, *name ? " " : "", name,
	           *what ? ": " : "", fault);
	return E_MALFORMED;
}

/* --- times, versions ------------------------------------------------------ */

static err_t
judge_times(const struct bundle *b, struct buf *why)
{
	if (b->issued_s >= b->apply_before_s)
		return refuse_bundle(why, "apply_before", "",
		                     "not after issued");
	if (b->apply_before_s - b->issued_s > TRUST_APPLY_DAYS * DAY_S)
		return refuse_bundle(why, "apply_before", "",
		                     "more than 14 days after issued");
	if (b->apply_before_s > b->expires_s)
		return refuse_bundle(why, "expires", "", "before apply_before");
	return OK;
}

static err_t
judge_version(const struct bundle *b, struct buf *why)
{
	bool follows = !bytes_all_zero(b->previous, HASH_SIZE);

	if (b->version > 1)
		return follows ? OK
		               : refuse_bundle(why, "previous", "", "missing");
	if (follows)
		return refuse_bundle(why, "previous", "",
		                     "nothing goes before version 1");
	return b->change == BUNDLE_ORDINARY
	               ? OK
	               : refuse_bundle(why, "change", "",
	                               "version 1 is an ordinary one");
}

/* --- officers ------------------------------------------------------------- */

static err_t
judge_threshold(const struct officer_set *set, const char *what,
                struct buf *why)
{
	if (set->threshold < 2)
		return refuse_bundle(why, what, "threshold", "less than 2");
	if (set->threshold >= set->n)
		return refuse_bundle(why, what, "threshold",
		                     "not less than the number of keys, so a "
		                     "lost key would be the end");
	return OK;
}

static err_t
judge_thresholds(const struct bundle *b, struct buf *why)
{
	TRY(judge_threshold(&b->officers, "officers", why));
	if (b->removal_threshold < 1 ||
	    b->removal_threshold > b->officers.threshold)
		return refuse_bundle(why, "removal_threshold", "",
		                     "not from 1 to the threshold");
	if (!b->has_recovery)
		return OK;
	TRY(judge_threshold(&b->recovery, "recovery", why));
	if (b->recovery_wait_days < 1 ||
	    b->recovery_wait_days > TRUST_WAIT_DAYS_MAX)
		return refuse_bundle(why, "wait_days", "", "not from 1 to 90");
	return OK;
}

/* Somebody who may sign: an officer or the holder of a recovery key. */
struct signer {
	const struct officer *row;
	struct ssh_key key;
};

struct all_signers {
	const struct bundle *b;
	size_t n;
	struct signer all[2 * TRUST_OFFICERS_MAX];
};

static void
all_signers_free(struct all_signers *s)
{
	free(s);
}
DEFINE_AUTO(struct all_signers *, all_signers_free);

/* The key without its SSH type: one private key may have several. */
static struct bytes
bare_key(const struct signer *s)
{
	return bytes_of(s->key.spki, s->key.spki_len);
}

static bool
signs_for_service(const struct pins *pins, struct bytes spki)
{
	for (size_t i = 0; i < pins->n; i++)
		if (bytes_equal(pin_spki(&pins->keys[i]), spki))
			return true;
	return false;
}

/* Returns what is wrong with the last of the signers; NULL: nothing. */
static const char *
fault_of_signer(const struct all_signers *s)
{
	const struct signer *last = &s->all[s->n - 1];

	if (ssh_key_is_fido(&last->key) != (last->row->kind == OFFICER_FIDO))
		return "the key is not of its kind";
	for (const struct signer *other = s->all; other < last; other++) {
		if (strcmp(other->row->name, last->row->name) == 0)
			return "the name is there twice";
		if (bytes_equal(bare_key(other), bare_key(last)))
			return "another one has its key";
	}
	return signs_for_service(&s->b->pins, bare_key(last))
	               ? "the key is one of the service"
	               : NULL;
}

static err_t
judge_signers_of(struct all_signers *s, const struct officer_set *set,
                 struct buf *why)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct officer *row = &set->rows[i];
		struct signer *next = &s->all[s->n];
		err_t err = ssh_key_parse(bytes_of_str(row->key), &next->key);

		if (err == E_NOMEM)
			return err;
		if (err != OK)
			return refuse_bundle(why, "officer", row->name,
			                     "not an accepted public key");
		next->row = row;
		s->n++;
		const char *fault = fault_of_signer(s);
		if (fault)
			return refuse_bundle(why, "officer", row->name, fault);
	}
	return OK;
}

static err_t
judge_signers(const struct bundle *b, struct buf *why)
{
	AUTO(all_signers_free) struct all_signers *s = calloc(1, sizeof(*s));

	if (!s)
		return E_NOMEM;
	s->b = b;
	TRY(judge_signers_of(s, &b->officers, why));
	return b->has_recovery ? judge_signers_of(s, &b->recovery, why) : OK;
}

/* --- rows with names ------------------------------------------------------ */

/* The name at the beginning of each of n rows is there once. */
static err_t
judge_names(struct buf *why, const char *what, const void *rows, size_t size,
            size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++) {
			const char *name = (const char *)rows + i * size;

			if (strcmp(name, (const char *)rows + k * size) == 0)
				return refuse_bundle(why, what, name,
				                     "is there twice");
		}
	return OK;
}

static bool
has_device(const struct bundle *b, const char *token)
{
	for (size_t i = 0; i < b->n_devices; i++)
		if (strcmp(b->devices[i].token, token) == 0)
			return true;
	return false;
}

/* An NV index has the same number and name in every TPM, so the row says which
 * TPM it is; a token has a serial number for that. */
static const char *
fault_of_counter(const struct trust_device *d)
{
	bool tpm = !bytes_all_zero(d->tpm, HASH_SIZE);

	if (strncmp(d->counter, "tpm2:", strlen("tpm2:")) == 0)
		return tpm ? NULL
		           : "the counter is a TPM's, and tpm is missing";
	if (strncmp(d->counter, "pkcs11:", strlen("pkcs11:")) != 0)
		return "counter begins with neither pkcs11: nor tpm2:";
	if (strstr(d->counter, "serial=;"))
		return "counter names no serial number, so any token without "
		       "one would fit";
	return tpm ? "the counter is a token's, which has no tpm" : NULL;
}

/* The counter of another device, such as a TPM beside two tokens, with another base:
 * raised for one, it is beyond the version for the other. */
static bool
differs_in_base(const struct bundle *b, const struct trust_device *d)
{
	for (size_t i = 0; i < b->n_devices; i++)
		if (strcmp(b->devices[i].counter, d->counter) == 0 &&
		    memcmp(b->devices[i].tpm, d->tpm, HASH_SIZE) == 0 &&
		    b->devices[i].base != d->base)
			return true;
	return false;
}

static err_t
judge_devices(const struct bundle *b, struct buf *why)
{
	TRY(judge_names(why, "device", b->devices, sizeof(b->devices[0]),
	                b->n_devices));
	for (size_t i = 0; i < b->n_devices; i++) {
		const char *fault = fault_of_counter(&b->devices[i]);

		if (!fault && differs_in_base(b, &b->devices[i]))
			fault = "another device has its counter with another "
			        "base";
		if (fault)
			return refuse_bundle(why, "device", b->devices[i].token,
			                     fault);
	}
	for (size_t i = 0; i < b->pins.n; i++)
		if (!has_device(b, b->pins.keys[i].token))
			return refuse_bundle(why, "token",
			                     b->pins.keys[i].token,
			                     "has keys, and no row in devices");
	return OK;
}

/* --- anchors -------------------------------------------------------------- */

static bool
same_hash(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, HASH_SIZE) == 0;
}

/* Returns what an anchor has twice; NULL: nothing. */
static const char *
fault_of_repetition(const struct trust_anchor *a)
{
	for (size_t i = 0; i < a->n_intermediates; i++) {
		const uint8_t *hash = a->intermediates[i].certificate;

		if (same_hash(hash, a->self.certificate))
			return "it is its own intermediate";
		for (size_t k = 0; k < i; k++)
			if (same_hash(hash, a->intermediates[k].certificate))
				return "an intermediate is there twice";
	}
	for (size_t i = 0; i < a->n_tenants; i++)
		for (size_t k = 0; k < i; k++)
			if (same_hash(a->tenants[i], a->tenants[k]))
				return "a tenant is there twice";
	return NULL;
}

static const char *
fault_of_anchor(const struct bundle *b, size_t i)
{
	const struct trust_anchor *a = &b->anchors[i];

	if (a->purposes == 0)
		return "it has no purpose";
	for (size_t k = 0; k < i; k++)
		if (same_hash(a->self.certificate,
		              b->anchors[k].self.certificate))
			return "another anchor has its certificate";
	return fault_of_repetition(a);
}

static err_t
judge_anchors(const struct bundle *b, struct buf *why)
{
	TRY(judge_names(why, "anchor", b->anchors, sizeof(b->anchors[0]),
	                b->n_anchors));
	for (size_t i = 0; i < b->n_anchors; i++) {
		const char *fault = fault_of_anchor(b, i);

		if (fault)
			return refuse_bundle(why, "anchor", b->anchors[i].name,
			                     fault);
	}
	return OK;
}

/* --- the whole ------------------------------------------------------------ */

err_t
bundle_judge(const struct bundle *b, struct buf *why)
{
	TRY(judge_times(b, why));
	TRY(judge_version(b, why));
	TRY(judge_thresholds(b, why));
	TRY(judge_signers(b, why));
	TRY(judge_devices(b, why));
	TRY(judge_anchors(b, why));
	TRY(judge_names(why, "policy", b->policies, sizeof(b->policies[0]),
	                b->n_policies));
	TRY(pins_judge(&b->pins, why));
	return pins_check(&b->pins, why);
}
