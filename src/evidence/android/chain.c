/*
 * chain.c - the rules for a chain that attests a key.
 *
 * libcrypto validates the path from the certificate of the attested key to a
 * pinned key (crypto/x509/chain.h).  This file decides which faults of a path
 * are accepted from Android devices.  It also decides what no path validation
 * does: which certificate of the chain may attest a key.
 *
 * The device itself writes the certificates of its keys, and libcrypto refuses
 * some of them: old ones by Sony have an empty cRLDistributionPoints, those of
 * attest keys an empty keyUsage, and some keys are of unsupported types.  Then
 * the validated path begins at the batch certificate, which must be a CA's, and
 * of each certificate below it ("statement") only the signature is checked, by
 * the key of the certificate above.
 *
 * The certificate that an attest key signs is a statement as well (the rule
 * ATTEST_KEY).  KeyMint permits such a key to sign attestations only, so
 * neither cA nor pathLenConstraint in the path excludes the target below it.
 */
#include <string.h>

#include "evidence/android/trust.h"
#include "evidence/android/chain_names.h"

/* Certificates between the attested key's and the root: batch certificate and
 * intermediate; with RKP also the provisioning server's between them. */
#define ABOVE_FACTORY 2
#define ABOVE_RKP 3

/* One judgement. */
struct judge {
	const struct android_evidence *e;
	const struct android_trust *trust;
	bool allow_batch_not_ca;
	size_t from;  /* the first certificate of the validated path */
	size_t upper; /* the highest below the root; indicates the kind */
	struct android_chain *chain;
};

static void
add_chain_reason(struct judge *j, enum reason reason)
{
	j->chain->reasons |= reason_bit(reason);
}

/* --- which certificate may attest a key ----------------------------------- */

static bool
same_root_of_trust(const struct android_list *a, const struct android_list *b)
{
	return android_has(a, TAG_root_of_trust) &&
	       android_has(b, TAG_root_of_trust) &&
	       bytes_equal(a->root_of_trust.verified_boot_key,
	                   b->root_of_trust.verified_boot_key) &&
	       a->root_of_trust.device_locked ==
	               b->root_of_trust.device_locked &&
	       a->root_of_trust.verified_boot_state ==
	               b->root_of_trust.verified_boot_state;
}

/* The rule ATTEST_KEY: the hardware generated this key for the purpose of
 * signing attestations and for no other. */
static bool
is_for_attestation(const struct key_description *d)
{
	const struct android_list *list = &d->hardware_enforced;

	return android_has(list, TAG_purpose) && list->purpose.n == 1 &&
	       list->purpose.values[0] == PURPOSE_ATTEST_KEY &&
	       android_has(list, TAG_origin) &&
	       list->origin == ORIGIN_GENERATED;
}

/* True if d is in the hardware of the attest key, in the same boot state. */
static bool
attests_own_hardware(const struct key_description *by,
                     const struct key_description *d)
{
	return is_for_attestation(by) &&
	       by->attestation_security_level ==
	               d->attestation_security_level &&
	       by->keymint_security_level == d->keymint_security_level &&
	       same_root_of_trust(&by->hardware_enforced,
	                          &d->hardware_enforced);
}

static bool
by_attest_key(const struct android_evidence *e)
{
	return e->target == 0 && e->vouched == 1 && e->certs[1].description &&
	       attests_own_hardware(e->certs[1].description,
	                            e->certs[0].description);
}

/* The index of the only certificate that may have provisioning info; e->n: none
 * may have it. */
static size_t
provisioning_index(const struct judge *j)
{
	return j->chain->kind == ANDROID_KIND_FACTORY ? j->e->n
	                                              : j->e->vouched + 1;
}

/* The first certificate must have a KeyDescription, and no other one except an
 * attest key's.  Provisioning info may occur once, directly above. */
static bool
statements_in_place(const struct judge *j)
{
	const struct android_evidence *e = j->e;
	size_t info = provisioning_index(j);

	if (e->misordered || e->target != 0 ||
	    (e->vouched != 0 && !j->chain->attest_key))
		return false;
	for (size_t i = 0; i < e->n; i++) {
		const struct android_cert *c = &e->certs[i];

		if (c->n_descriptions > 1 ||
		    c->n_provisioning > (i == info ? 1u : 0u))
			return false;
	}
	return true;
}

/* A future version may give the fields another meaning, so it is refused. */
static bool
versions_known(const struct android_evidence *e)
{
	for (size_t i = 0; i < e->n; i++) {
		const struct key_description *d = e->certs[i].description;

		if (d && !android_version_known(d->attestation_version))
			return false;
	}
	return true;
}

/* --- the path ------------------------------------------------------------- */

static bool
may_be_batch_not_ca(struct judge *j, size_t at)
{
	const struct android_cert *batch = android_batch(j->e);

	return at == j->e->vouched + 1 &&
	       j->chain->kind == ANDROID_KIND_FACTORY && batch &&
	       batch->n_descriptions == 0 && j->allow_batch_not_ca;
}

/*
 * An RKP chain is valid for weeks, but the attest key below it can be used
 * longer.  Whether the attest key was enrolled while the chain was valid, only
 * the ledger knows, so end_s is left for it to decide.
 */
static bool
attest_key_outlives(struct judge *j, size_t at)
{
	struct android_chain *c = j->chain;
	int64_t end = 0;

	if (!j->trust->ledger || !c->attest_key || at >= j->e->n ||
	    !x509_cert_not_after(j->e->certs[at].x509, &end) || end <= 0)
		return false;
	if (c->end_s == 0 || (uint64_t)end < c->end_s)
		c->end_s = (uint64_t)end;
	return true;
}

static bool
pass_chain_fault(void *arg, const struct x509_finding *finding)
{
	struct judge *j = arg;
	size_t at = finding->at + j->from;
	bool own = at <= j->e->vouched; /* written by the device */

	switch (finding->fault) {
	case X509_FAULT_NOT_YET:
	case X509_FAULT_DATE: /* devices write UTCTime with four-digit years */
		return own;
	case X509_FAULT_EXPIRED:
		return own || j->chain->kind == ANDROID_KIND_FACTORY ||
		       attest_key_outlives(j, at);
	case X509_FAULT_KEY:
		/* The attested key verifies nothing in the path.  If it does
		 * not decode, path_start() has left it out. */
		return own;
	case X509_FAULT_NOT_CA:
		if (!may_be_batch_not_ca(j, at))
			return false;
		j->chain->batch_not_ca = true;
		return true;
	case X509_FAULT_NONE:
	case X509_FAULT_ANCHOR:
	case X509_FAULT_NAME:
	case X509_FAULT_SIGNATURE:
	case X509_FAULT_PATH_LENGTH:
	case X509_FAULT_DIGEST:
	case X509_FAULT_RULE:
	default:
		return false;
	}
}

/* The signature of the first certificate is that of the evidence; if another
 * one fails, no path leads to a root. */
static enum reason
reason_of(const struct x509_finding *finding)
{
	switch (finding->fault) {
	case X509_FAULT_ANCHOR:
		return REASON_CHAIN_UNTRUSTED;
	case X509_FAULT_SIGNATURE:
		return finding->at == 0 ? REASON_EVIDENCE_SIGNATURE
		                        : REASON_CHAIN_UNTRUSTED;
	case X509_FAULT_NOT_YET:
	case X509_FAULT_EXPIRED:
		return REASON_CHAIN_EXPIRED;
	case X509_FAULT_NONE:
	case X509_FAULT_NAME:
	case X509_FAULT_NOT_CA:
	case X509_FAULT_PATH_LENGTH:
	case X509_FAULT_KEY:
	case X509_FAULT_DIGEST:
	case X509_FAULT_DATE:
	case X509_FAULT_RULE:
	default:
		return REASON_CHAIN_MALFORMED;
	}
}

static void
refuse_chain(struct judge *j, struct x509_finding finding)
{
	j->chain->finding = finding;
	add_chain_reason(j, reason_of(&finding));
}

/* The first certificate of the path that libcrypto validates.  A KeyDescription
 * above index 1 is refused later; then the path is the whole chain. */
static size_t
path_start(const struct android_evidence *e)
{
	const struct android_cert *c = &e->certs[e->vouched];
	bool attests = c->description && is_for_attestation(c->description);

	if (e->vouched > 1)
		return 0;
	return attests || !x509_cert_sound(c->x509) ? e->vouched + 1
	                                            : e->vouched;
}

static err_t
validate_chain(struct judge *j, struct x509_verdict *verdict)
{
	const struct x509_cert *certs[ANDROID_CHAIN_MAX];
	struct x509_path path = { .certs = certs,
		                  .at_s = j->trust->at_s,
		                  .leaf_signs = j->from > j->e->vouched,
		                  .pass = pass_chain_fault,
		                  .arg = j };

	for (size_t i = j->from; i < j->e->n; i++)
		certs[path.n++] = j->e->certs[i].x509;
	if (j->trust->roots && path.n > 0)
		return x509_path_validate(j->trust->roots, &path, verdict);
	verdict->finding.fault = X509_FAULT_ANCHOR;
	return E_DENIED;
}

/*
 * True if the chain has the number of certificates of its kind.  With an attest
 * key the chain is that of the attest key; the target is a statement below it.
 * Path validation has now found the root, so the kind is determined again.  If
 * it is RKP but seemed to be factory, an expired certificate may have been
 * accepted wrongly, and the chain is refused.
 */
static bool
shape_holds(struct judge *j, size_t n_below)
{
	size_t root = j->from + n_below;
	size_t above = root - (j->e->vouched + 1);
	enum android_kind seemed = j->chain->kind;

	j->upper = root - 1;
	j->chain->kind = android_names_kind(j->e, j->upper);
	switch (j->chain->kind) {
	case ANDROID_KIND_FACTORY:
		return above == ABOVE_FACTORY;
	case ANDROID_KIND_RKP:
		return above == ABOVE_RKP && seemed != ANDROID_KIND_FACTORY;
	case ANDROID_KIND_UNKNOWN:
	default:
		return false;
	}
}

static void
judge_path(struct judge *j)
{
	struct x509_verdict verdict = { 0 };

	err_t err = validate_chain(j, &verdict);
	if (err == E_NOMEM)
		verdict.finding.fault = X509_FAULT_RULE;
	if (err != OK) {
		verdict.finding.at += j->from;
		refuse_chain(j, verdict.finding);
		return;
	}
	j->chain->anchored = true;
	memcpy(j->chain->anchor, verdict.anchor, HASH_SIZE);
	if (!shape_holds(j, verdict.n_below)) {
		j->chain->misshapen = true;
		add_chain_reason(j, REASON_CHAIN_MALFORMED);
	}
	/* Certificates above the root are not part of the path; readers of the
	 * evidence could take one for the intermediate. */
	if (j->e->n - j->from > verdict.n_below + 1)
		add_chain_reason(j, REASON_CHAIN_MALFORMED);
}

/* The fault that libcrypto would find in this certificate in a path. */
static enum x509_fault
statement_fault(const struct x509_cert *cert, const struct x509_cert *issuer)
{
	return x509_cert_critical_known(cert)
	               ? x509_cert_signed_by(cert, issuer)
	               : X509_FAULT_RULE;
}

/* Judges the statements below the path, from the highest to the target. */
static void
judge_statements(struct judge *j)
{
	j->chain->signature_good = j->chain->anchored;
	for (size_t i = j->from; i-- > 0 && i + 1 < j->e->n;) {
		struct x509_finding finding = { .at = i };

		finding.fault = statement_fault(j->e->certs[i].x509,
		                                j->e->certs[i + 1].x509);
		if (finding.fault == X509_FAULT_NONE)
			continue;
		refuse_chain(j, finding);
		j->chain->signature_good = false;
		return;
	}
}

/* --- security level ------------------------------------------------------- */

static bool
is_hardware(uint64_t level)
{
	return level == LEVEL_TEE || level == LEVEL_STRONGBOX;
}

/* The subjects above show the security level of the key that signed. */
static bool
level_holds(const struct judge *j, const struct key_description *d)
{
	uint64_t level = d->attestation_security_level;

	return is_hardware(level) && d->keymint_security_level == level &&
	       android_names_level(j->e, j->upper, level);
}

/* --- revocation ----------------------------------------------------------- */

static bool
self_issued(const struct x509_cert *cert)
{
	return bytes_equal(x509_cert_issuer(cert), x509_cert_subject(cert));
}

static void
look_up(struct judge *j, size_t i)
{
	const struct x509_cert *cert = j->e->certs[i].x509;
	AUTO(buf_release) struct buf serial = buf_of(2 * X509_CERT_MAX);
	struct revocation found;

	/* The root is trusted by its pinned key and is not looked up. */
	if (i + 1 == j->e->n && i > 1 && self_issued(cert))
		return;
	x509_cert_put_serial(cert, &serial);
	/* A serial number that no list can contain could not be revoked. */
	if (i > j->e->vouched && !revocation_serial_valid(buf_bytes(&serial)))
		add_chain_reason(j, REASON_CHAIN_MALFORMED);
	if (!j->trust->revocations ||
	    !revocation_find(j->trust->revocations, buf_bytes(&serial), &found))
		return;
	add_chain_reason(j, REASON_CHAIN_REVOKED);
	j->chain->revoked = true;
	j->chain->revoked_at = i;
	j->chain->revocation = found;
}

static void
judge_revocation(struct judge *j)
{
	const struct android_trust *t = j->trust;
	enum revocation_age age =
	        t->limits.max_age_s == 0
	                ? REVOCATION_FRESH
	                : revocation_age(t->revocations, &t->limits, t->at_s);

	if (age == REVOCATION_STALE)
		add_chain_reason(j, REASON_REVOCATION_STALE);
	j->chain->revocation_late = age == REVOCATION_GRACE;
	for (size_t i = 0; i < j->e->n; i++)
		look_up(j, i);
}

/* --- the whole chain ------------------------------------------------------ */

void
android_chain_judge(const struct android_evidence *e,
                    const struct android_trust *trust, bool batch_not_ca,
                    struct android_chain *ret_chain)
{
	size_t upper = android_names_upper(e);
	struct android_chain chain = { .kind = android_names_kind(e, upper),
		                       .attest_key = by_attest_key(e) };
	struct judge j = { .e = e,
		           .trust = trust,
		           .allow_batch_not_ca = batch_not_ca,
		           .from = path_start(e),
		           .upper = upper,
		           .chain = &chain };

	if (!versions_known(e))
		add_chain_reason(&j, REASON_EVIDENCE_UNSUPPORTED);
	judge_path(&j);
	if (!statements_in_place(&j))
		add_chain_reason(&j, REASON_CHAIN_MALFORMED);
	judge_statements(&j);
	if (!level_holds(&j, e->certs[e->target].description))
		add_chain_reason(&j, REASON_SECURITY_LEVEL);
	judge_revocation(&j);
	*ret_chain = chain;
}
