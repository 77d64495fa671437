/*
 * module.c - loads a PKCS#11 module and makes every call to it.
 *
 * The module runs with all rights of this process, so its path must be
 * absolute, and only root and the current user may be able to write to the
 * file.  It is never unloaded, because modules start threads and register exit
 * handlers.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hsm/pkcs11/int.h"

void
p11_begin(struct p11 *p11, const char *call)
{
	bool slow = strcmp(call, "C_Initialize") == 0 ||
	            strcmp(call, "C_Login") == 0;

	if (p11->call_begins)
		p11->call_begins(p11->arg, slow);
}

err_t
p11_door(struct p11 *p11, const char *call, CK_RV rv)
{
	p11->rv = rv;
	if (rv == CKR_OK)
		return OK;

	err_t err = p11_rv_err(rv);
	if (err != OK)
		snprintf(p11->why, sizeof(p11->why), "%s: %s (0x%lx)", call,
		         p11_rv_name(rv), rv);
	return err;
}

err_t
p11_fail(struct p11 *p11, err_t err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p11->why, sizeof(p11->why), format, args);
	va_end(args);
	return err;
}

unsigned char *
p11_unconst(struct bytes v)
{
	union {
		const uint8_t *in;
		unsigned char *out;
	} cast = { .in = v.data };

	return cast.out;
}

CK_ATTRIBUTE
p11_in(CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	return (CK_ATTRIBUTE){ type, p11_unconst(bytes_of(value, len)), len };
}

static err_t
check_path(const char *module, struct buf *why)
{
	struct stat st;

	if (module[0] != '/') {
		buf_printf(why, "module %s: not an absolute path", module);
		return E_CONFIG;
	}
	if (stat(module, &st) != 0 || !S_ISREG(st.st_mode)) {
		buf_printf(why, "module %s: there is no such regular file",
		           module);
		return E_CONFIG;
	}
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH))) {
		buf_printf(why,
		           "module %s: other users may write to the file, or "
		           "own it",
		           module);
		return E_CONFIG;
	}
	return OK;
}

/* Returns the module's function list; NULL: why is set. */
static CK_FUNCTION_LIST *
find_functions(const char *module, struct buf *why)
{
	void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
	CK_FUNCTION_LIST *fn = NULL;
	union {
		void *symbol;
		CK_C_GetFunctionList call;
	} get = { .symbol = library ? dlsym(library, "C_GetFunctionList")
		                    : NULL };

	if (!get.symbol) {
		const char *error = dlerror();
		buf_printf(why, "module %s: %s", module, error ? error : "?");
		return NULL;
	}
	if (get.call(&fn) != CKR_OK || !fn || fn->version.major != 2) {
		buf_printf(why, "module %s: has no PKCS#11 v2 function list",
		           module);
		return NULL;
	}
	return fn;
}

err_t
p11_load(const struct hsm_options *options, struct buf *why,
         struct p11 **ret_p11)
{
	const char *module = options->module;

	TRY(check_path(module, why));
	/* Ignores SIGPIPE, so that a module which writes to a server that has
	 * ended gets EPIPE. */
	(void)signal(SIGPIPE, SIG_IGN);

	CK_FUNCTION_LIST *fn = find_functions(module, why);
	if (!fn)
		return E_CONFIG;

	struct p11 *p11 = calloc(1, sizeof(*p11));
	if (!p11)
		return E_NOMEM;
	p11->fn = fn;
	p11->call_begins = options->call_begins;
	p11->arg = options->login_arg;

	err_t err = P11_CALL(p11, C_Initialize, NULL);
	if (err != OK) {
		buf_append_str(why, p11->why);
		free(p11); /* not initialised */
		return err;
	}
	*ret_p11 = p11;
	return OK;
}

void
p11_unload(struct p11 *p11)
{
	if (!p11)
		return;
	/* Either call ends the login; a failure has no consequence.  C_Finalize
	 * may make system calls that no other function makes, so it is skipped
	 * in a sandbox, where the process ends anyway. */
	if (!p11->confined)
		(void)p11->fn->C_Finalize(NULL);
	else if (p11->session != CK_INVALID_HANDLE)
		(void)p11->fn->C_CloseSession(p11->session);
	free(p11);
}
