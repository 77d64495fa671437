/*
 * bench_token.c - what the token can do by itself: PKCS#11 without us.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

#include "tests/bench/bench.h"
#include "tests/bench/load_int.h"

#define SLOTS_MAX 16
#define HASH 32

static CK_FUNCTION_LIST *
load_module(void)
{
	CK_FUNCTION_LIST *f = NULL;
	void *module = dlopen(SERVICE_MODULE, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = NULL;

	if (module)
		*(void **)&get = dlsym(module, "C_GetFunctionList");
	return get && get(&f) == CKR_OK && f->C_Initialize(NULL) == CKR_OK
	               ? f
	               : NULL;
}

/* A session on the first token that has a label like ours. */
static CK_SESSION_HANDLE
open_session(const CK_FUNCTION_LIST *f)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX;
	CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
	CK_TOKEN_INFO info;
	CK_UTF8CHAR pin[] = SERVICE_PIN;

	if (f->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return CK_INVALID_HANDLE;
	for (CK_ULONG i = 0; i < n; i++) {
		if (f->C_GetTokenInfo(slots[i], &info) != CKR_OK ||
		    strncmp((const char *)info.label, SERVICE_TOKEN,
		            strlen(SERVICE_TOKEN)) != 0)
			continue;
		if (f->C_OpenSession(slots[i], CKF_SERIAL_SESSION, NULL, NULL,
		                     &session) == CKR_OK &&
		    f->C_Login(session, CKU_USER, pin, sizeof(pin) - 1) ==
		            CKR_OK)
			return session;
	}
	return CK_INVALID_HANDLE;
}

static CK_OBJECT_HANDLE
find_key(const CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	char label[] = SERVICE_KEY;
	CK_ATTRIBUTE wanted[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, label, sizeof(label) - 1 },
	};
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	CK_ULONG n = 0;

	if (f->C_FindObjectsInit(session, wanted, 2) == CKR_OK &&
	    f->C_FindObjects(session, &key, 1, &n) == CKR_OK)
		f->C_FindObjectsFinal(session);
	return n == 1 ? key : CK_INVALID_HANDLE;
}

static uint64_t
sign_for(unsigned for_ms)
{
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
	CK_BYTE digest[HASH] = { 1 }, out[2 * HASH];
	const CK_FUNCTION_LIST *f = load_module();
	CK_SESSION_HANDLE session = f ? open_session(f) : CK_INVALID_HANDLE;
	CK_OBJECT_HANDLE key =
	        session ? find_key(f, session) : CK_INVALID_HANDLE;
	uint64_t n = 0, start_at = load_now_us(), now = start_at;

	while (key && now < start_at + for_ms * 1000ull) {
		CK_ULONG len = sizeof(out);
		if (f->C_SignInit(session, &mechanism, key) != CKR_OK ||
		    f->C_Sign(session, digest, HASH, out, &len) != CKR_OK)
			return 0;
		n++;
		now = load_now_us();
	}
	return now > start_at ? n * 1000000 / (now - start_at) : 0;
}

uint64_t
bench_token(const struct service *s, unsigned for_ms)
{
	char conf[SERVICE_PATH_MAX + 32];
	uint64_t rate = 0;
	int ends[2];

	if (pipe(ends) != 0)
		return 0;
	pid_t pid = fork();
	if (pid == 0) {
		snprintf(conf, sizeof(conf), "%s/softhsm2.conf", s->dir);
		setenv("SOFTHSM2_CONF", conf, 1);
		rate = sign_for(for_ms);
		_exit(write(ends[1], &rate, sizeof(rate)) != sizeof(rate));
	}
	close(ends[1]);
	if (read(ends[0], &rate, sizeof(rate)) != sizeof(rate))
		rate = 0;
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return rate;
}
