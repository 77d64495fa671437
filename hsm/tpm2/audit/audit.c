/*
 * audit.c - audits a TPM: its identity, its algorithms, its dictionary-attack
 * protection and its random number generator; keys.c audits the keys.
 *
 * All facts about keys are read in the salted session, whose HMAC authenticates
 * the responses.  An attacker on the bus therefore cannot report better
 * attributes than the keys have.  The identity and the list of algorithms are
 * read before the session and are not authenticated.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/core/software.h"
#include "hsm/tpm2/audit/audit.h"

static const struct row {
	TPM2_ALG_ID id;
	bool weak;
	const char *name;
} algs[] = {
	{ TPM2_ALG_RSA, false, "TPM_ALG_RSA" },
	{ TPM2_ALG_SHA1, true, "TPM_ALG_SHA1" },
	{ TPM2_ALG_HMAC, false, "TPM_ALG_HMAC" },
	{ TPM2_ALG_AES, false, "TPM_ALG_AES" },
	{ TPM2_ALG_KEYEDHASH, false, "TPM_ALG_KEYEDHASH" },
	{ TPM2_ALG_SHA256, false, "TPM_ALG_SHA256" },
	{ TPM2_ALG_SHA384, false, "TPM_ALG_SHA384" },
	{ TPM2_ALG_SHA512, false, "TPM_ALG_SHA512" },
	{ TPM2_ALG_RSASSA, false, "TPM_ALG_RSASSA" },
	{ TPM2_ALG_RSAES, false, "TPM_ALG_RSAES" },
	{ TPM2_ALG_RSAPSS, false, "TPM_ALG_RSAPSS" },
	{ TPM2_ALG_OAEP, false, "TPM_ALG_OAEP" },
	{ TPM2_ALG_ECDSA, false, "TPM_ALG_ECDSA" },
	{ TPM2_ALG_ECDH, false, "TPM_ALG_ECDH" },
	{ TPM2_ALG_ECDAA, false, "TPM_ALG_ECDAA" },
	{ TPM2_ALG_ECC, false, "TPM_ALG_ECC" },
	{ TPM2_ALG_CFB, false, "TPM_ALG_CFB" },
};

static const struct row *
find_audited_alg(uint64_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(algs); i++)
		if (algs[i].id == (type & 0xffff))
			return &algs[i];
	return NULL;
}

const char *
t2_alg_name(uint64_t type)
{
	const struct row *row =
	        type & HSM_TPM_ALG ? find_audited_alg(type) : NULL;

	return row ? row->name : "";
}

static void
report_alg(struct t2_audit *a, const TPMS_ALG_PROPERTY *alg)
{
	TPMA_ALGORITHM is = alg->algProperties;
	const struct audit_mechanism m = {
		.type = HSM_TPM_ALG | alg->alg,
		.hardware = true, /* a TPM computes everything itself */
		.sign = is & TPMA_ALGORITHM_SIGNING,
		.verify = is & TPMA_ALGORITHM_SIGNING,
	};
	const struct row *row = find_audited_alg(alg->alg);

	a->ops->mechanism(a->ops->arg, &m);
	if (row && row->weak)
		hsm_audit_found(a->ops, AUDIT_MECHANISM_WEAK, NULL, "%s",
		                row->name);
}

static err_t
audit_algs(struct t2_audit *a)
{
	AUTO(t2_free) void *owned = NULL;
	TPMS_CAPABILITY_DATA *found = NULL;
	TPMI_YES_NO more = TPM2_NO;
	bool hmac = false;

	TRY(T2_CALL(a->t, GetCapability,
	            (ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_ALGS, 0,
	             TPM2_MAX_CAP_ALGS),
	            &more, &found));
	owned = found;
	const TPML_ALG_PROPERTY *list = &found->data.algorithms;
	for (uint32_t i = 0; i < list->count; i++) {
		report_alg(a, &list->algProperties[i]);
		hmac = hmac || list->algProperties[i].alg == TPM2_ALG_HMAC;
	}
	if (!hmac)
		hsm_audit_found(a->ops, AUDIT_MECHANISM_MISSING, NULL, "%s",
		                "TPM_ALG_HMAC");
	return OK;
}

/* Fills in the name of the software TPM, if it is one, and the marks that
 * matched. */
static void
look_for_marks(struct audit_token *out)
{
	const struct hsm_marks marks = {
		.kind = MARKS_TPM,
		.text = { [MARK_TOKEN_MAKER] = out->token.manufacturer,
		          [MARK_TOKEN_MODEL] = out->token.model },
	};
	AUTO(buf_release) struct buf by = buf_of(4 * AUDIT_DETAIL_MAX);
	const char *known = hsm_software(&marks, &by);

	snprintf(out->known, sizeof(out->known), "%s", known ? known : "");
	snprintf(out->known_by, sizeof(out->known_by), "%s", buf_str(&by));
}

static void
audit_ownership(struct t2_audit *a, const struct hsm_ownership *is)
{
	if (!is->owner_set)
		hsm_audit_found(a->ops, AUDIT_OWNER_OPEN, NULL, "%s", "");
	if (!is->lockout_set)
		hsm_audit_found(a->ops, AUDIT_LOCKOUT_OPEN, NULL, "%s", "");
	if (!is->clear_disabled)
		hsm_audit_found(a->ops, AUDIT_CLEAR_ENABLED, NULL, "%s", "");
}

static err_t
audit_token(struct t2_audit *a)
{
	struct audit_token out = { .library = "TPM 2.0",
		                   .pin_min = 1,
		                   .pin_max = T2_PIN_MAX,
		                   .logged_in = a->logged_in };
	uint32_t firmware = 0;

	TRY(t2_facts(a->t, &out.token));
	TRY(t2_property(a->t, TPM2_PT_FIRMWARE_VERSION_1, &firmware));
	TRY(t2_read_ownership(a->t, false, &out.token.ownership));
	snprintf(out.library_maker, sizeof(out.library_maker), "%s",
	         out.token.manufacturer);
	snprintf(out.slot, sizeof(out.slot), "%.64s", a->uri->tcti);
	out.firmware[0] = firmware >> 16;
	out.firmware[1] = firmware & 0xffff;
	look_for_marks(&out);
	out.hardware_slot = !out.token.software;
	a->ops->token(a->ops->arg, &out);
	if (out.token.software)
		hsm_audit_found(a->ops, AUDIT_SOFTWARE_TOKEN, NULL,
		                "%s, by its %s", out.known, out.known_by);
	audit_ownership(a, &out.token.ownership);
	if (!a->uri->named)
		hsm_audit_found(a->ops, AUDIT_PARENT_UNPINNED, NULL, "%s", "");
	if (!a->logged_in)
		hsm_audit_found(a->ops, AUDIT_PRIVATE_UNSEEN, NULL, "%s", "");
	return OK;
}

/* With a recovery time of 0 s a TPM does not count failed authorisations (TPM
 * 2.0 Part 1, "Dictionary Attack Protection"). */
static err_t
audit_lockout(struct t2_audit *a)
{
	struct t2_lockout l;

	TRY(t2_lockout_read(a->t, &l));
	if (l.interval_s == 0 && !*a->lockout_off)
		hsm_audit_found(a->ops, AUDIT_LOCKOUT_IDLE, NULL, "%s",
		                "its recovery time is 0");
	return OK;
}

/* Without the session that is salted with the pinned parent, nothing that is
 * reported about keys is authenticated, so the keys are not audited then. */
static err_t
audit_whole_tpm(struct t2_audit *a)
{
	TRY(audit_token(a));
	TRY(t2_audit_step(a, "the algorithms", audit_algs(a)));
	err_t err = t2_open_session(a->t, a->uri);
	if (err != OK) {
		if (a->logged_in)
			hsm_audit_found(a->ops, AUDIT_PRIVATE_UNSEEN, NULL,
			                "%s", "");
		return t2_audit_step(a, "the session", err);
	}
	TRY(t2_audit_step(a, "the lockout counters", audit_lockout(a)));
	TRY(t2_audit_step(a, "the random number generator",
	                  hsm_audit_random(a->ops, &hsm_tpm2, a->t)));
	TRY(t2_audit_step(a, "the trust objects",
	                  hsm_audit_trust(a->ops, &hsm_tpm2, a->t)));
	return t2_audit_keys(a);
}

err_t
t2_token_audit(const struct hsm_audited *asked, const struct secret *pin,
               const struct audit_ops *ops, struct buf *why)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	const struct hsm_options options = { .uri = asked->name.uri };
	const char *reason = asked->lockout_off ? asked->lockout_off : "";
	struct t2_uri uri;

	TRY(t2_uri_parse(asked->name.uri, why, &uri));
	TRY(t2_connect(uri.tcti, &options, why, &t));
	struct t2_audit a = {
		.t = t,
		.ops = ops,
		.uri = &uri,
		.asked = asked,
		.logged_in = pin != NULL,
		.lockout_off = reason,
	};
	err_t err = pin ? t2_auth_of(t, pin, &a.auth) : OK;
	if (err == OK)
		err = audit_whole_tpm(&a);
	secret_wipe(&a.auth, sizeof(a.auth));
	if (err != OK)
		buf_append_str(why, t->why);
	return err;
}
