/*
 * shim.c - see shim.h.  Uses no system call that the key holder's sandbox does
 * not grant a module anyway, unless it is to trespass.
 */
#include "tests/shim/shim.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST ours;
static struct shim_page private_page;
static struct shim_page *page = &private_page;
static unsigned logins_here;
static uint32_t trespasser = UINT32_MAX; /* a call, see shim.h */

static const struct {
	CK_RV rv;
	const char *name;
} outcomes[] = {
#define CODE(name) { CKR_##name, #name },
#define DEED(name) { CKR_OK, #name },
#include "tests/shim/outcomes.def"
#undef CODE
#undef DEED
};

static const char *const call_names[] = {
#define CALL(name, user, nth, params, args, out, bytes, len) #name,
#include "tests/shim/functions.def"
#undef CALL
	"C_GetFunctionList",
};

/* What a call writes. */
struct region {
	void *out;
	size_t bytes;
	CK_ULONG *len;
};

static void
pause_for(uint32_t ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		                    .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static void
hang(void)
{
	for (;;)
		pause_for(1000);
}

static void
crash(void)
{
	volatile int *volatile nowhere = NULL;

	*nowhere = 1;
}

/* The rule for this call, or NULL; counts it. */
static struct shim_rule *
order(enum shim_call call)
{
	unsigned n = atomic_fetch_add(&page->calls[call], 1) + 1;

	for (size_t i = 0; i < SHIM_RULES; i++) {
		struct shim_rule *r = &page->rules[i];

		if (!atomic_load(&r->on) || r->call != call ||
		    (r->nth != 0 && r->nth != n))
			continue;
		atomic_fetch_add(&r->fired, 1);
		return r;
	}
	return NULL;
}

/* What happens before the token is asked; true: it is not asked. */
static bool
before(const struct shim_rule *r, const struct region *to, CK_RV *ret_rv)
{
	if (!r)
		return false;
	switch (r->outcome) {
	case SHIM_DEED_hang:
		hang();
		return true;
	case SHIM_DEED_crash:
		crash();
		return true;
	case SHIM_DEED_delay:
		pause_for(r->ms ? r->ms : SHIM_DELAY_MS);
		return false;
	case SHIM_DEED_silent:
		*ret_rv = CKR_OK;
		return true;
	case SHIM_DEED_short:
		*ret_rv = CKR_OK;
		return !to->out;
	default:
		*ret_rv = outcomes[r->outcome].rv;
		return *ret_rv != CKR_OK;
	}
}

static void
halve(const struct region *to, int fill)
{
	memset((uint8_t *)to->out + to->bytes / 2, fill,
	       to->bytes - to->bytes / 2);
}

static void
spoil(uint32_t outcome, const struct region *to)
{
	uint8_t *out = to->out;

	if (outcome == SHIM_DEED_short && to->len)
		*to->len -= *to->len > 0;
	else if (outcome == SHIM_DEED_short)
		halve(to, 0);
	else if (outcome == SHIM_DEED_long && to->len)
		*to->len += 1;
	else if (outcome == SHIM_DEED_long)
		halve(to, 0xff);
	else if (outcome == SHIM_DEED_zero)
		memset(out, 0, to->bytes);
	else if (outcome == SHIM_DEED_wrong && to->bytes > 0)
		out[to->bytes / 2] ^= 0x10;
}

/* What happens to the token's answer. */
static CK_RV
after(const struct shim_rule *r, const struct region *to, CK_RV rv)
{
	if (!r)
		return rv;
	if (r->outcome == SHIM_DEED_forget)
		atomic_store(&page->forgotten, 1);
	else if (to->out && rv == CKR_OK)
		spoil(r->outcome, to);
	else if (r->outcome == SHIM_DEED_zero)
		return CKR_GENERAL_ERROR;
	else if (r->outcome == SHIM_DEED_wrong)
		return CKR_VENDOR_DEFINED;
	return rv;
}

/* A token that has forgotten its objects finds none and knows no handle. */
static CK_RV
forgetful(enum shim_call call, const struct region *to, CK_RV rv)
{
	if (!atomic_load(&page->forgotten))
		return rv;
	if (call == SHIM_C_FindObjects)
		*to->len = 0;
	if (call == SHIM_C_GetAttributeValue || call == SHIM_C_SignInit ||
	    call == SHIM_C_DestroyObject)
		return CKR_OBJECT_HANDLE_INVALID;
	return rv;
}

static void
trespass(enum shim_call call)
{
	if (call == trespasser)
		(void)syscall(SYS_getpgid, 0);
}

static void
login_begins(enum shim_call call)
{
	if (call != SHIM_C_Login)
		return;
	atomic_fetch_add(&page->logins, 1);
	if (++logins_here > atomic_load(&page->life_most))
		atomic_store(&page->life_most, logins_here);
}

static void
login_ended(enum shim_call call, CK_RV rv)
{
	if (call == SHIM_C_Login &&
	    (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN))
		atomic_fetch_add(&page->logged_in, 1);
}

/* For a call that writes nothing, LONG asks twice. */
#define CALL(name, user, nth, params, args, to, size, length)          \
	static CK_RV shim_##name params                                \
	{                                                              \
		CK_RV rv = CKR_OK;                                     \
		struct region region = { to, 0, length };              \
		trespass(SHIM_##name);                                 \
		login_begins(SHIM_##name);                             \
		const struct shim_rule *rule = order(SHIM_##name);     \
		if (!before(rule, &region, &rv)) {                     \
			rv = real->name args;                          \
			if (rule && rule->outcome == SHIM_DEED_long && \
			    !region.out)                               \
				rv = real->name args;                  \
			if (rv == CKR_OK)                              \
				region.bytes = (size);                 \
			rv = forgetful(SHIM_##name, &region, rv);      \
			rv = after(rule, &region, rv);                 \
		}                                                      \
		login_ended(SHIM_##name, rv);                          \
		return rv;                                             \
	}
#include "tests/shim/functions.def"
#undef CALL

static uint32_t
find(const char *const *names, size_t n, const char *name)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return UINT32_MAX;
}

/* ANCHORD_SHIM_SCRIPT; a rule that is not understood is a bug of the test. */
static void
read_script(const char *text)
{
	char call[32] = "", when[16] = "", what[32] = "";
	const char *names[SHIM_OUTCOMES];
	struct shim_rule *r = &page->rules[0];

	for (size_t i = 0; i < SHIM_OUTCOMES; i++)
		names[i] = outcomes[i].name;
	if (sscanf(text, "%31s %15s %31s %u", call, when, what, &r->ms) < 3)
		abort();
	r->call = find(call_names, SHIM_CALLS, call);
	if (strcmp(what, "trespass") == 0) {
		trespasser = r->call;
		return;
	}
	r->outcome = find(names, SHIM_OUTCOMES, what);
	r->nth = (uint32_t)strtoul(when, NULL, 10); /* "every" is 0 */
	if (r->call == UINT32_MAX || r->outcome == UINT32_MAX)
		abort();
	atomic_store(&r->on, 1);
}

static void
map_page(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *at = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED,
	                fd, 0);

	if (fd < 0 || at == MAP_FAILED)
		abort();
	close(fd);
	page = at;
}

/* --- other names ---------------------------------------------------------- */

static const char *maker, *model;

static void
put(unsigned char *field, size_t len, const char *text)
{
	size_t n = strlen(text);

	memset(field, ' ', len);
	memcpy(field, text, n < len ? n : len);
}

static CK_RV
named_token(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = shim_C_GetTokenInfo(slot, info);

	put(info->manufacturerID, sizeof(info->manufacturerID), maker);
	put(info->model, sizeof(info->model), model);
	return rv;
}

static CK_RV
named_slot(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	CK_RV rv = real->C_GetSlotInfo(slot, info);

	put(info->manufacturerID, sizeof(info->manufacturerID), maker);
	put(info->slotDescription, sizeof(info->slotDescription), model);
	return rv;
}

static CK_RV
named_library(CK_INFO *info)
{
	CK_RV rv = shim_C_GetInfo(info);

	put(info->manufacturerID, sizeof(info->manufacturerID), maker);
	put(info->libraryDescription, sizeof(info->libraryDescription), model);
	return rv;
}

static void
take_names(void)
{
	maker = getenv("ANCHORD_SHIM_MAKER");
	model = getenv("ANCHORD_SHIM_MODEL");
	if (!maker || !model)
		return;
	ours.C_GetTokenInfo = named_token;
	ours.C_GetSlotInfo = named_slot;
	ours.C_GetInfo = named_library;
}

static void
load(void)
{
	const char *module = getenv("ANCHORD_SHIM_MODULE");
	const char *path = getenv("ANCHORD_SHIM_PAGE");
	const char *script = getenv("ANCHORD_SHIM_SCRIPT");
	void *library = dlopen(module ? module : "", RTLD_NOW | RTLD_LOCAL);
	union {
		void *symbol;
		CK_C_GetFunctionList call;
	} get = { .symbol = library ? dlsym(library, "C_GetFunctionList")
		                    : NULL };

	if (!get.symbol || get.call(&real) != CKR_OK)
		abort();
	if (path)
		map_page(path);
	else if (script)
		read_script(script);
	ours = *real;
#define CALL(name, user, nth, params, args, out, bytes, len) \
	ours.name = shim_##name;
#include "tests/shim/functions.def"
#undef CALL
	take_names();
}

__attribute__((visibility("default"))) CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **ret_list)
{
	struct region region = { ret_list, sizeof(*ret_list), NULL };
	CK_RV rv = CKR_OK;

	if (!real)
		load();
	const struct shim_rule *rule = order(SHIM_C_GetFunctionList);
	if (before(rule, &region, &rv))
		return rv;
	*ret_list = &ours;
	/* A pointer that is merely wrong is a crash, not an answer. */
	if (rule && (rule->outcome == SHIM_DEED_zero ||
	             rule->outcome == SHIM_DEED_wrong ||
	             rule->outcome == SHIM_DEED_short))
		*ret_list = NULL;
	return CKR_OK;
}
