/*
 * pkcs11.c - the kind of device "SoftHSM behind the shim".
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hsm/pkcs11/int.h"
#include "tests/common/base/files.h"
#include "tests/shim/shim.h"
#include "tests/common/faults/int.h"
#include "tests/common/devices/softtoken.h"

#define ROWS 3

struct own {
	struct softtoken token;
	struct shim_page *page;
	char page_path[192], so_pin_path[192];
	char rows[ROWS][256];
	const char *environment[ROWS + 1];
	char more[256];
};

static const struct fault_call calls[] = {
#define CALL(name, user, nth, params, args, out, bytes, len) \
	{ #name, FAULT_##user, nth },
#include "tests/shim/functions.def"
#undef CALL
	{ "C_GetFunctionList", FAULT_KEYHOLDER, 2 },
};

static const char *const outcomes[] = {
#define CODE(name) #name,
#define DEED(name) #name,
#include "tests/shim/outcomes.def"
#undef CODE
#undef DEED
};

/* Of each outcome; CKR_OK: a deed. */
static const CK_RV codes[] = {
#define CODE(name) CKR_##name,
#define DEED(name) CKR_OK,
#include "tests/shim/outcomes.def"
#undef CODE
#undef DEED
};

static const struct fault_rule found[] = {
	{ SHIM_C_Sign, SHIM_DEED_silent, 6 }, /* HMACs: nobody can check one */
	{ SHIM_C_Sign, SHIM_DEED_silent, 7 },
	{ SHIM_C_Sign, SHIM_DEED_wrong, 6 },
	{ SHIM_C_Sign, SHIM_DEED_wrong, 7 },
	{ SHIM_C_Sign, SHIM_DEED_zero, 7 },
	{ SHIM_C_Sign, SHIM_DEED_short, 6 },
	{ SHIM_C_Sign, SHIM_DEED_wrong, 4 }, /* signatures, in service */
	{ SHIM_C_Sign, SHIM_DEED_silent, 5 },
	{ SHIM_C_GetAttributeValue, SHIM_CODE_BUFFER_TOO_SMALL, 1 },
	{ SHIM_C_GetAttributeValue, SHIM_CODE_BUFFER_TOO_SMALL, 0 },
	{ SHIM_C_WrapKey, SHIM_DEED_silent, 1 }, /* a key that came out */
	/* each attribute a round trip: opening took longer than an answer
	 * may */
	{ SHIM_C_GetAttributeValue, SHIM_DEED_delay, 0 },
};

static struct own *
own(const struct drive *d)
{
	return d->own;
}

/* --- a device ------------------------------------------------------------- */

static const char *
shim(void)
{
	static char path[PATH_MAX];
	char self[PATH_MAX] = "";
	char beside[PATH_MAX];

	if (path[0])
		return path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(beside, sizeof(beside), "%.3000s/../anchord-shim.so", self);
	return realpath(beside, path) ? path : "";
}

static bool
map_page(struct own *o)
{
	int fd = open(o->page_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(*o->page)) == 0)
		at = mmap(NULL, sizeof(*o->page), PROT_READ | PROT_WRITE,
		          MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	o->page = at == MAP_FAILED ? NULL : at;
	return o->page;
}

static void
make_environment(struct own *o)
{
	snprintf(o->rows[0], sizeof(o->rows[0]), "SOFTHSM2_CONF=%s",
	         o->token.config);
	snprintf(o->rows[1], sizeof(o->rows[1]), "ANCHORD_SHIM_MODULE=%s",
	         o->token.module);
	snprintf(o->rows[2], sizeof(o->rows[2]), "ANCHORD_SHIM_PAGE=%s",
	         o->page_path);
	for (size_t i = 0; i < ROWS; i++)
		o->environment[i] = o->rows[i];
}

static bool
open_token(struct drive *d, bool empty)
{
	struct own *o = calloc(1, sizeof(*o));

	d->own = o;
	if (!o || !(empty ? softtoken_open_empty(&o->token)
	                  : softtoken_open(&o->token)))
		return false;
	const char *dir = o->token.directory;
	snprintf(d->directory, sizeof(d->directory), "%s", dir);
	snprintf(d->uri, sizeof(d->uri), "%s", o->token.uri);
	d->alg = o->token.alg;
	d->spki_len = o->token.spki_len;
	memcpy(d->spki, o->token.spki, d->spki_len);
	memcpy(d->public_sha256, o->token.public_sha256, HASH_SIZE);
	snprintf(d->pin_path, sizeof(d->pin_path), "%s/pin", dir);
	snprintf(o->page_path, sizeof(o->page_path), "%s/page", dir);
	snprintf(o->so_pin_path, sizeof(o->so_pin_path), "%s/so-pin", dir);
	make_environment(o);
	return file_write_text(d->pin_path, SOFTTOKEN_PIN "\n") &&
	       file_write_text(o->so_pin_path, SOFTTOKEN_SO_PIN "\n") &&
	       map_page(o);
}

static void
close_token(struct drive *d)
{
	struct own *o = own(d);

	if (!o)
		return;
	if (o->page)
		munmap(o->page, sizeof(*o->page));
	softtoken_close(&o->token);
	free(o);
}

static void
configure(const struct drive *d, struct lifeline_config *c)
{
	struct own *o = own(d);

	snprintf(o->more, sizeof(o->more),
	         "paths=[\"%s/tokens\"]; deadline_ms=250; start_ms=500;",
	         o->token.directory);
	c->token_module = shim();
	c->token_more = o->more;
}

static const char *const *
environment(const struct drive *d)
{
	return own(d)->environment;
}

static void
obey(struct drive *d, size_t i, const struct fault_rule *rule)
{
	struct shim_rule *r = &own(d)->page->rules[i];

	if (rule) {
		r->call = rule->call;
		r->outcome = rule->outcome;
		r->nth = rule->nth;
	}
	atomic_store(&r->on, rule != NULL);
}

static void
honest(struct drive *d)
{
	atomic_store(&own(d)->page->forgotten, 0);
}

static bool
fired(const struct drive *d)
{
	bool any = false;

	for (size_t i = 0; i < d->fault->n; i++)
		any |= atomic_load(&own(d)->page->rules[i].fired) > 0;
	return any;
}

static struct fault_logins
logins(const struct drive *d)
{
	struct shim_page *p = own(d)->page;

	return (struct fault_logins){
		.begun = atomic_load(&p->logins),
		.answered_yes = atomic_load(&p->logged_in),
		.life_most = atomic_load(&p->life_most),
	};
}

/* --- anchorctl's part ----------------------------------------------------- */

static bool
make(struct drive *d, unsigned number)
{
	struct own *o = own(d);
	char label[16];
	char out[256];
	const char *const init[] = { "token",
		                     "init",
		                     "--module",
		                     shim(),
		                     "--label",
		                     label,
		                     "--so-pin-file",
		                     o->so_pin_path,
		                     "--pin-file",
		                     d->pin_path,
		                     NULL };
	const char *const keygen[] = { "token",        "keygen",    "--module",
		                       shim(),         "--token",   label,
		                       "--pin-file",   d->pin_path, "--label",
		                       "anchord-sign", "--json",    NULL };

	snprintf(label, sizeof(label), "token-%u", number);
	snprintf(out, sizeof(out), "%s/key.json", d->directory);
	if (fault_anchorctl(d, init, o->environment, "/dev/null") != 0 ||
	    fault_anchorctl(d, keygen, o->environment, out) != 0)
		return false;
	if (!fault_take_key(d, out))
		fault_wrong(d, "keygen said 0 and named no key");
	return true;
}

static int
audit(struct drive *d)
{
	const char *const words[] = {
		"token",     "audit",         "--module",   shim(),
		"--token",   SOFTTOKEN_LABEL, "--pin-file", d->pin_path,
		"--profile", "rehearsal",     NULL
	};

	return fault_anchorctl(d, words, own(d)->environment, "/dev/null");
}

/* --- what a fault may end in ---------------------------------------------- */

/* Deeds after which a key or a property of the token looks missing, doubled
 * or unfit: only a person can say whether it is. */
static bool
deed_may_latch(const struct fault_rule *r)
{
	static const enum shim_call tell[] = {
		SHIM_C_FindObjects,  SHIM_C_GetAttributeValue,
		SHIM_C_GetTokenInfo, SHIM_C_GetMechanismInfo,
		SHIM_C_Login,
	};

	for (size_t i = 0; i < ARRAY_LEN(tell); i++)
		if (r->call == tell[i])
			return true;
	return r->outcome == SHIM_DEED_forget;
}

static bool
may_latch(const struct fault_rule *r)
{
	CK_RV rv = codes[r->outcome];

	if (rv == CKR_OK)
		return r->outcome != SHIM_DEED_delay && deed_may_latch(r);
	if (r->call == SHIM_C_Login && !p11_rv_before_pin(rv))
		return true;
	return p11_rv_class(rv) == P11_LATCH || p11_rv_class(rv) == P11_REFUSE;
}

static bool
may_retry_login(const struct fault_rule *r)
{
	CK_RV rv = codes[r->outcome];

	return r->call == SHIM_C_Login && p11_rv_before_pin(rv);
}

static bool
crashes(const struct fault_rule *r)
{
	return r->outcome == SHIM_DEED_crash;
}

static bool
hangs(const struct fault_rule *r)
{
	return r->outcome == SHIM_DEED_hang;
}

static bool
leaks(const struct fault_rule *r)
{
	return r->call == SHIM_C_WrapKey && r->outcome == SHIM_DEED_silent;
}

static bool
begin(void)
{
	struct softtoken t;

	/* The golden token is made once, before there are other processes. */
	if (!shim()[0] || !softtoken_open(&t))
		return false;
	softtoken_close(&t);
	return true;
}

static void
end(void)
{
}

const struct fault_kind fault_pkcs11 = {
	.calls = calls,
	.n_calls = SHIM_CALLS,
	.outcomes = outcomes,
	.n_outcomes = SHIM_OUTCOMES,
	.found = found,
	.n_found = ARRAY_LEN(found),
	.begin = begin,
	.end = end,
	.open = open_token,
	.close = close_token,
	.configure = configure,
	.environment = environment,
	.obey = obey,
	.honest = honest,
	.fired = fired,
	.logins = logins,
	.make = make,
	.audit = audit,
	.may_latch = may_latch,
	.may_retry_login = may_retry_login,
	.crashes = crashes,
	.hangs = hangs,
	.leaks = leaks,
};
