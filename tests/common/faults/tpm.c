/*
 * tpm.c - the kind of device "swtpm behind the proxy".
 *
 * One TPM with keys serves all cases of a process, like a real one: a case must
 * cope with the state that the previous one left.  The signing key is a blob
 * that each key holder loads; the handle key is persistent.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hsm/tpm2/rc.h"
#include "base/encode.h"
#include "tests/common/base/files.h"
#include "tests/common/faults/int.h"
#include "tests/common/devices/swtpm_kit.h"
#include "tests/common/devices/tpm_proxy.h"

/* A TPM and the way to it. */
struct rig {
	struct swtpm tpm;
	struct tpm_proxy proxy;
};

static struct rig keyed;
static struct rig blank; /* for anchorctl; made when it is needed */

static const struct fault_call calls[] = {
#define TPM_COMMAND(name, user, nth) { #name, FAULT_##user, nth },
#define TPM_CODE(name, code)
#define TPM_DEED(name)
#include "tests/common/devices/tpm_proxy.def"
#undef TPM_COMMAND
#undef TPM_CODE
#undef TPM_DEED
};

static const char *const outcomes[] = {
#define TPM_COMMAND(name, user, nth)
#define TPM_CODE(name, code) #name,
#define TPM_DEED(name) #name,
#include "tests/common/devices/tpm_proxy.def"
#undef TPM_COMMAND
#undef TPM_CODE
#undef TPM_DEED
};

/* Of each outcome; 0: a deed. */
static const TSS2_RC codes[] = {
/* 0: a deed */
#define TPM_COMMAND(name, user, nth)
#define TPM_CODE(name, code) code,
#define TPM_DEED(name) 0,
#include "tests/common/devices/tpm_proxy.def"
#undef TPM_COMMAND
#undef TPM_CODE
#undef TPM_DEED
};

static const struct fault_rule found[] = {
	/* Before there is a session, or before it is ours. */
	{ TPM_CMD_ReadPublic, TPM_CODE_HANDLE_1, 1 },
	{ TPM_CMD_ReadPublic, TPM_DEED_shorter, 1 },
	{ TPM_CMD_ReadPublic, TPM_DEED_garbage, 1 },
	{ TPM_CMD_ReadPublic, TPM_DEED_wrong, 1 },
	{ TPM_CMD_StartAuthSession, TPM_DEED_shorter, 1 },
	{ TPM_CMD_StartAuthSession, TPM_DEED_zero, 1 },
	{ TPM_CMD_StartAuthSession, TPM_DEED_wrong, 1 },
	{ TPM_CMD_NV_ReadPublic, TPM_CODE_HANDLE_1, 1 },
	{ TPM_CMD_NV_ReadPublic, TPM_DEED_zero, 1 },
};

/* --- devices -------------------------------------------------------------- */

static bool
begin(void)
{
	char places[128];

	if (!swtpm_open(&keyed.tpm))
		return false;
	snprintf(places, sizeof(places), "?key=%s/sign.tpm",
	         keyed.tpm.directory);
	blank = (struct rig){ .tpm = { .pid = 0 } };
	return swtpm_keys(&keyed.tpm, places, ALG_ES256) &&
	       tpm_proxy_open(&keyed.proxy, keyed.tpm.port);
}

static void
end(void)
{
	tpm_proxy_close(&keyed.proxy);
	swtpm_close(&keyed.tpm);
	tpm_proxy_close(&blank.proxy);
	swtpm_close(&blank.tpm);
}

static int
remove_state(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	return ftw->level > 0 ? remove(path) : 0;
}

/* A TPM as from the factory. */
static bool
clear_blank(void)
{
	if (!blank.tpm.directory[0])
		return swtpm_open(&blank.tpm) &&
		       tpm_proxy_open(&blank.proxy, blank.tpm.port);
	swtpm_kill(&blank.tpm);
	nftw(blank.tpm.directory, remove_state, 16, FTW_DEPTH | FTW_PHYS);
	return swtpm_start(&blank.tpm);
}

static struct rig *
rig_of(const struct drive *d)
{
	return d->own;
}

/* The TPM's URI, by way of the proxy. */
static void
take_keys(struct drive *d)
{
	const struct rig *r = rig_of(d);

	snprintf(d->uri, sizeof(d->uri), "tpm2:swtpm:host=127.0.0.1,port=%u%s",
	         r->proxy.port, strchr(r->tpm.uri, '?'));
	memcpy(d->public_sha256, r->tpm.public_sha256, HASH_SIZE);
	d->alg = r->tpm.alg;
	d->spki_len = r->tpm.spki_len;
	memcpy(d->spki, r->tpm.spki, d->spki_len);
}

static bool
open_tpm(struct drive *d, bool empty)
{
	snprintf(d->directory, sizeof(d->directory), "/tmp/anchord-tpm-XXXXXX");
	if (!mkdtemp(d->directory) || (empty && !clear_blank()))
		return false;
	d->own = empty ? &blank : &keyed;
	tpm_proxy_reset(&rig_of(d)->proxy);
	if (!empty)
		take_keys(d);
	snprintf(d->pin_path, sizeof(d->pin_path), "%s/pin", d->directory);
	return file_write_text(d->pin_path, SWTPM_PIN "\n");
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void
close_tpm(struct drive *d)
{
	nftw(d->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
configure(const struct drive *d, struct lifeline_config *c)
{
	(void)d;
	c->token_module = "";
	c->token_more = "deadline_ms=600; start_ms=1000;";
}

static const char *const *
environment(const struct drive *d)
{
	static const char *const none[] = { NULL };

	(void)d;
	return none;
}

static void
obey(struct drive *d, size_t i, const struct fault_rule *rule)
{
	struct tpm_rule *r = &rig_of(d)->proxy.page->rules[i];

	if (rule) {
		r->command = rule->call;
		r->outcome = rule->outcome;
		r->nth = rule->nth;
	}
	atomic_store(&r->on, rule != NULL);
}

static void
honest(struct drive *d)
{
	(void)d;
}

static bool
fired(const struct drive *d)
{
	bool any = false;

	for (size_t i = 0; i < d->fault->n; i++)
		any |= atomic_load(&rig_of(d)->proxy.page->rules[i].fired) > 0;
	return any;
}

static struct fault_logins
logins(const struct drive *d)
{
	struct tpm_page *p = rig_of(d)->proxy.page;

	if (atomic_load(&p->unlisted) > 0)
		printf("  a command that tpm_proxy.def does not list\n");
	return (struct fault_logins){
		.begun = atomic_load(&p->logins),
		.answered_yes = atomic_load(&p->logged_in),
		.burnt = atomic_load(&p->refused),
	};
}

/* Each time another place for the signing key, which may be there already when
 * the last command failed late. */
static bool
make(struct drive *d, unsigned number)
{
	char uri[128];
	char out[256];
	const char *const keygen[] = {
		"token",      "keygen",    "--uri",  uri,
		"--pin-file", d->pin_path, "--json", NULL
	};

	if (number == 1 && !clear_blank()) /* so that all is made again */
		return false;
	snprintf(uri, sizeof(uri),
	         "tpm2:swtpm:host=127.0.0.1,port=%u?key=0x810180%02x",
	         rig_of(d)->proxy.port, 0x10 + number);
	snprintf(out, sizeof(out), "%s/key.json", d->directory);
	if (fault_anchorctl(d, keygen, environment(d), out) != 0)
		return false;
	if (!fault_take_key(d, out))
		fault_wrong(d, "keygen said 0 and named no key");
	return true;
}

/* --- what a fault may end in ---------------------------------------------- */

/* The parent's public half is read before there is a session; what it says of
 * itself, twice the same, is all that tells this TPM from another one. */
static bool
deed_may_latch(const struct fault_rule *r)
{
	return r->call == TPM_CMD_ReadPublic && r->nth == 0 &&
	       (r->outcome == TPM_DEED_shorter || r->outcome == TPM_DEED_zero ||
	        r->outcome == TPM_DEED_garbage || r->outcome == TPM_DEED_wrong);
}

static bool
may_latch(const struct fault_rule *r)
{
	TSS2_RC rc = codes[r->outcome];

	if (rc == 0)
		return deed_may_latch(r);
	/* "No such handle", twice, is how a TPM says that a key is missing. */
	if (rc == codes[TPM_CODE_HANDLE_1] && r->nth == 0 &&
	    (r->call == TPM_CMD_ReadPublic || r->call == TPM_CMD_NV_ReadPublic))
		return true;
	if (r->call == TPM_CMD_HMAC && !t2_rc_known(rc))
		return true;
	return t2_rc_class(rc) == T2_LATCH || t2_rc_class(rc) == T2_REFUSE;
}

/* All but a refusal: the TPM says, by its session, that it has counted no wrong
 * proof. */
static bool
may_retry_login(const struct fault_rule *r)
{
	return r->call == TPM_CMD_HMAC && !may_latch(r);
}

static bool
crashes(const struct fault_rule *r)
{
	(void)r;
	return false;
}

static bool
hangs(const struct fault_rule *r)
{
	return r->outcome == TPM_DEED_hang || r->outcome == TPM_DEED_half;
}

const struct fault_kind fault_tpm = {
	.calls = calls,
	.n_calls = TPM_COMMANDS,
	.outcomes = outcomes,
	.n_outcomes = TPM_OUTCOMES,
	.found = found,
	.n_found = ARRAY_LEN(found),
	.begin = begin,
	.end = end,
	.open = open_tpm,
	.close = close_tpm,
	.configure = configure,
	.environment = environment,
	.obey = obey,
	.honest = honest,
	.fired = fired,
	.logins = logins,
	.make = make,
	.tells = true,
	.may_latch = may_latch,
	.may_retry_login = may_retry_login,
	.crashes = crashes,
	.hangs = hangs,
};
