/*
 * watched.c - the table of files that may change while the service runs.
 */
#include "base/auto.h"
#include "governance/in_force.h"
#include "proc/opening.h"
#include "proc/role.h"

#include "supervisor/supervisor.h"

static const char *
path_revocation(const struct config *c)
{
	return c->revocation_file;
}

static const char *
path_accepted(const struct config *c)
{
	return c->revocation_accepted;
}

static const char *
path_certificates(const struct config *c)
{
	return c->certificates_file;
}

static const char *
path_rollout(const struct config *c)
{
	return c->rollout_file;
}

static const char *
path_policy(const struct config *c)
{
	return c->policy_file;
}

static const char *
path_shadow(const struct config *c)
{
	return c->shadow_file;
}

static const char *
path_tls_cert(const struct config *c)
{
	return c->tls_certificate;
}

static const char *
path_tls_key(const struct config *c)
{
	return c->tls_key;
}

static const char *
path_tls_client_ca(const struct config *c)
{
	return c->tls_client_ca;
}

static const char *
path_tls_denied(const struct config *c)
{
	return c->tls_denied;
}

/* Files that every process of a role gets.  A verifier starts without one: it is
 * not ready before it has had every file of anchors, and without a list of
 * revoked certificates it refuses what needs one.  A front does not start
 * without the list of denied certificates.  At the start of a process the TLS
 * files come from the table in files.c.  The pins file is handled by
 * pinned.c. */
struct watched_file {
	const char *name;
	enum opening kind;
	const char *(*path)(const struct config *c);
	enum wire_role role;
	bool at_birth;
	enum {
		AS_IT_IS, /* the role gets the file as it is */
		WORD,     /* an officer's approval of the list that follows in
		           * this table; often absent */
		JUDGED,   /* the role gets the one in force (revoked.h) */
		OFFERED,  /* beside the one that it began with (offered.h) */
	} how;
};

/* The files of trust.anchors come first; their names and paths are the
 * configuration's. */
static const struct watched_file anchor_file = {
	.kind = OPENING_TRUST,
	.role = WIRE_ROLE_VERIFIER,
	.at_birth = true,
	.how = AS_IT_IS,
};

static const struct watched_file other_files[WATCHED - CONFIG_ANCHORS_MAX] = {
	{ "revocation-accepted", OPENING_ACCEPTED, path_accepted,
	  WIRE_ROLE_VERIFIER, true, WORD },
	{ "revocation", OPENING_REVOCATION, path_revocation, WIRE_ROLE_VERIFIER,
	  true, JUDGED },
	{ IN_FORCE_CERTIFICATES, OPENING_TRUST, path_certificates,
	  WIRE_ROLE_VERIFIER, true, AS_IT_IS },
	{ "rollout", OPENING_ROLLOUT, path_rollout, WIRE_ROLE_LEDGER, true,
	  AS_IT_IS },
	{ ROLE_FILE_POLICY_NEXT, OPENING_POLICY, path_policy,
	  WIRE_ROLE_VERIFIER, false, OFFERED },
	{ ROLE_FILE_SHADOW, OPENING_POLICY, path_shadow, WIRE_ROLE_VERIFIER,
	  true, AS_IT_IS },
	{ "tls-cert", OPENING_TLS_CERT, path_tls_cert, WIRE_ROLE_FRONT, false,
	  AS_IT_IS },
	{ "tls-key", OPENING_TLS_KEY, path_tls_key, WIRE_ROLE_FRONT, false,
	  AS_IT_IS },
	{ "tls-client-ca", OPENING_CLIENT_CA, path_tls_client_ca,
	  WIRE_ROLE_FRONT, false, AS_IT_IS },
	{ "tls-denied", OPENING_DENIED, path_tls_denied, WIRE_ROLE_FRONT, true,
	  AS_IT_IS },
};

static const struct watched_file *
watched_row(size_t i)
{
	return i < CONFIG_ANCHORS_MAX ? &anchor_file
	                              : &other_files[i - CONFIG_ANCHORS_MAX];
}

const char *
watched_name(size_t i)
{
	return i < CONFIG_ANCHORS_MAX ? config_anchor_name(i)
	                              : watched_row(i)->name;
}

const char *
watched_path(const struct supervisor *s, size_t i)
{
	const struct config *c = s->config;

	if (i < CONFIG_ANCHORS_MAX)
		return i < c->n_anchors ? c->anchors[i].file : "";
	return watched_row(i)->path(c);
}

bool
watched_anchors(size_t i)
{
	return i < CONFIG_ANCHORS_MAX ||
	       watched_row(i)->path == path_certificates;
}

bool
watched_word(size_t i)
{
	return watched_row(i)->how == WORD;
}

bool
watched_judged(size_t i)
{
	return watched_row(i)->how == JUDGED;
}

bool
watched_offered(size_t i)
{
	return watched_row(i)->how == OFFERED;
}

bool
watched_by(const struct child *c, size_t i)
{
	return child_is(c, watched_row(i)->role);
}

int
watched_open(const struct supervisor *s, size_t i, struct buf *why)
{
	return opening_file(watched_row(i)->kind, watched_path(s, i), why);
}

int
watched_look(const struct supervisor *s, size_t i, struct stat *ret_stat)
{
	return opening_look(watched_row(i)->kind, watched_path(s, i), ret_stat);
}

bool
watched_at_birth(size_t i)
{
	return watched_row(i)->at_birth;
}

int
watched_for(const struct supervisor *s, const struct child *c, size_t i)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);

	if (!watched_by(c, i) || !watched_path(s, i)[0])
		return -1;
	if (watched_offered(i))
		return s->offered.file < 0 ? -1
		                           : opening_again(s->offered.file);
	if (!watched_at_birth(i))
		return -1;
	if (!watched_judged(i))
		return watched_open(s, i, &why);
	return s->revoked.file < 0 ? -1 : opening_again(s->revoked.file);
}
