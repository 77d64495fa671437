/*
 * foreign_leaks.h - suppresses the memory leaks of PKCS#11 modules and
 * libconfig.
 *
 * The leak sanitizer shows: SoftHSM 2.6.1 leaks some bytes at each C_SignInit
 * with an Ed25519 key, libtpm2-pkcs11 1.9 about a hundred with any key, and
 * more at each C_Finalize.  A test program that uses them has one of these
 * macros.  FOREIGN_LEAKS unwinds stacks completely, so that each leak is
 * attributed to its module and no leak of ours is hidden.  Not in a program that
 * talks to a TPM itself: each command allocates hundreds of times, and unwinding
 * all of that takes minutes.
 */
#ifndef COMMON_BASE_FOREIGN_LEAKS_H
#define COMMON_BASE_FOREIGN_LEAKS_H

/* The sanitizer's library searches the program for these functions. */
#define FOREIGN_LEAKS_SEEN __attribute__((visibility("default")))

FOREIGN_LEAKS_SEEN const char *__lsan_default_suppressions(void);
FOREIGN_LEAKS_SEEN const char *__asan_default_options(void);

#define FOREIGN_LEAKS                                             \
	const char *__lsan_default_suppressions(void)             \
	{                                                         \
		return "leak:libsofthsm2\nleak:libtpm2_pkcs11\n"; \
	}                                                         \
	const char *__asan_default_options(void)                  \
	{                                                         \
		return "fast_unwind_on_malloc=0";                 \
	}

/* For a program in which unwinding complete stacks takes minutes: allocations
 * of libcrypto for the module are recognised by their innermost function.  The
 * other contract tests find our own leaks. */
#define FOREIGN_LEAKS_QUICK                                      \
	const char *__lsan_default_suppressions(void)            \
	{                                                        \
		return "leak:libtpm2_pkcs11\nleak:libsofthsm2\n" \
		       "leak:ASN1_STRING_set\n"                  \
		       "leak:CRYPTO_zalloc\n";                   \
	}                                                        \
	const char *__asan_default_options(void)                 \
	{                                                        \
		return "";                                       \
	}

/* libconfig 1.5 leaks the buffer of a string in which a syntax error occurs. */
#define FOREIGN_LEAKS_LIBCONFIG                       \
	const char *__lsan_default_suppressions(void) \
	{                                             \
		return "leak:libconfig";              \
	}

/* opencryptoki 3.8 leaks memory in a library that it unloads, so these leaks
 * have no name for a suppression.  The other contract tests find our own
 * leaks. */
#define FOREIGN_LEAKS_NAMELESS                        \
	const char *__lsan_default_suppressions(void) \
	{                                             \
		return "";                            \
	}                                             \
	const char *__asan_default_options(void)      \
	{                                             \
		return "detect_leaks=0";              \
	}

#endif
