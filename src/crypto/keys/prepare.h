/*
 * prepare.h - initialises the libraries of src/crypto before the sandbox.
 */
#ifndef CRYPTO_KEYS_PREPARE_H
#define CRYPTO_KEYS_PREPARE_H

/*
 * Performs what libcrypto and jansson would do at their first use: reads the
 * configuration, fetches algorithms, and opens the random source that seeds
 * JSON objects.  A role calls it in prepare(), while files can be opened;
 * calling it again is harmless.  Ends the process when libcrypto has no
 * SHA-256.
 */
void crypto_prepare(void);

#endif
