/*
 * main.c - the verifier: receives evidence, sends verdicts, keeps nothing.
 *
 * It only computes, in a process without files, network or signing keys.  An
 * attacker who takes it over can lie about evidence and nothing else.
 */
#include <string.h>

#include "verifier/check.h"
#include "crypto/keys/prepare.h"
#include "base/log.h"
#include "base/secret.h"
#include "verifier/verifier.h"

static err_t
prepare_verifier(struct role *r)
{
	struct verifier *v = role_user(r);

	crypto_prepare();
	TRY(secret_read(role_file(r, ROLE_FILE_VERDICT_KEY), &v->tag_key));
	TRY(keyring_new(&v->ring));
	verifier_read_pins(r);
	verifier_read_trust(r);
	verifier_read_revocations(r);
	verifier_read_shadow(r);
	return verifier_start_policy(r);
}

/* What is wrong although evidence is judged.  A shadow policy decides nothing, so
 * whatever else there is to say comes first. */
static const char *
note_of(struct role *r)
{
	const struct verifier *v = role_user(r);
	const char *note = bundle_anchors_note(r);

	if (note[0] == '\0')
		note = v->live.fault;
	return note[0] != '\0' ? note : v->shadow.fault;
}

static void
tell_status(struct role *r)
{
	const char *lacks = verifier_lacks(r);

	if (lacks[0] != '\0')
		role_status(r, false, lacks);
	else
		role_status(r, true, note_of(r));
}

static void
edge_up(struct role *r, struct edge *e)
{
	if (e->peer == WIRE_ROLE_FRONT) {
		verifier_tell_policy(r, e);
		verifier_tell_revocations(r, e);
		verifier_tell_shadow(r, e);
	}
	tell_status(r);
}

/* The edge that goes down is still listed here, so it is skipped. */
static void
edge_down(struct role *r, struct edge *e)
{
	struct verifier *v = role_user(r);

	if (e->peer == WIRE_ROLE_LEDGER && v->live.policy)
		role_status(r, false, VERIFIER_NO_LEDGER);
}

static void
on_verifier_round(struct role *r)
{
	if (bundle_anchors_round(r))
		tell_status(r);
}

static err_t
on_verifier_message(struct role *r, struct edge *from, struct bytes packet)
{
	/* Certificates count for what comes behind them. */
	if (wire_packet_id(packet) != WIRE_ID_TRUST_CERTIFICATE)
		on_verifier_round(r);
	switch (wire_packet_id(packet)) {
	case WIRE_ID_EVIDENCE:
		return verifier_evidence(r, from, packet);
	case WIRE_ID_ENROLL_ASK:
		return verifier_enroll(r, from, packet);
	case WIRE_ID_TRUST_CERTIFICATE:
		return bundle_anchors_certificate(r, packet);
	default:
		return E_MALFORMED;
	}
}

static void
file_changed(struct role *r, const char *name)
{
	verifier_trust_changed(r, name);
	if (in_force_file(name)) {
		verifier_read_pins(r);
		verifier_follow_policy(r);
	} else if (strcmp(name, IN_FORCE_CERTIFICATES) == 0)
		bundle_anchors_follow(r);
	else if (strcmp(name, "revocation") == 0 ||
	         strcmp(name, "revocation-accepted") == 0)
		verifier_read_revocations(r);
	else if (strcmp(name, ROLE_FILE_SHADOW) == 0)
		verifier_read_shadow(r);
	else if (strcmp(name, ROLE_FILE_POLICY_NEXT) == 0)
		verifier_read_policy(r);
	tell_status(r);
}

/* Files that are read again: a revocation list and its approval when the other
 * one comes, and the file of certificates when another bundle comes. */
static const char *const keeps[] = { "revocation", "revocation-accepted",
	                             IN_FORCE_CERTIFICATES, NULL };

/* A certificate may have been missing for longer than VERIFIER_TRUST_WAIT_MS. */
static void
on_verifier_tick(struct role *r)
{
	verifier_watch_age(r);
	bundle_anchors_tick(r);
	tell_status(r);
}

static const struct role_ops ops = {
	.name = "verifier",
	.role = WIRE_ROLE_VERIFIER,
	.keeps = keeps,
	.prepare = prepare_verifier,
	.file_changed = file_changed,
	.edge_up = edge_up,
	.edge_down = edge_down,
	.message = on_verifier_message,
	.round = on_verifier_round,
	.tick = on_verifier_tick,
};

static int
serve_verifier(void)
{
	struct verifier v = {
		.packet = buf_of(WIRE_PACKET_MAX),
	};
	int status = role_main(&ops, &v);

	keyring_free(v.ring);
	secret_free(v.tag_key);
	in_force_release(&v.in_force);
	pins_free(v.pins);
	live_release(&v.live);
	shadow_release(&v.shadow);
	revocations_free(v.revocations);
	verifier_trust_release(&v.trust);
	bundle_anchors_release(&v.bundle_anchors);
	buf_release(&v.packet);
	return status;
}

int
main(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], "--check") == 0
	               ? check_policy(argv[2])
	               : serve_verifier();
}
