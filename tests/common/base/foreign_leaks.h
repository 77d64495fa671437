/*
 * foreign_leaks.h - what PKCS#11 modules and libconfig lose is not our leak.
 *
 * Seen under the leak sanitizer: SoftHSM 2.6.1 loses some bytes at each
 * C_SignInit with an Ed25519 key, libtpm2-pkcs11 1.9 about a hundred at each
 * with any, and more at each C_Finalize.  A program that uses them says so
 * once; stacks are unwound in full there, so that a leak is known by its module
 * and none of ours is hidden.
 */
#ifndef COMMON_BASE_FOREIGN_LEAKS_H
#define COMMON_BASE_FOREIGN_LEAKS_H

/* The sanitizer's library looks for them in the program. */
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

/* For a program in which whole stacks cost minutes: what libcrypto keeps for the
 * module is known by its last function alone.  Ours are looked for by the other
 * programs of the contract. */
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

/* libconfig 1.5 loses the buffer of a string that a syntax error cuts off. */
#define FOREIGN_LEAKS_LIBCONFIG                       \
	const char *__lsan_default_suppressions(void) \
	{                                             \
		return "leak:libconfig";              \
	}

/* opencryptoki 3.8 loses memory in each life, in a library that it unloads: such a
 * leak has no name to be known by.  Ours are looked for by the other programs of
 * the contract. */
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
