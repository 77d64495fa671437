/*
 * crypto.h - what src/crypto wants done before a sandbox closes.
 */
#ifndef CRYPTO_KEYS_PREPARE_H
#define CRYPTO_KEYS_PREPARE_H

/*
 * Does now what libcrypto and the JSON library would do at their first use:
 * read the configuration, fetch algorithms, open the random source that seeds
 * JSON objects.  A role calls it in prepare(), while files can be opened; it
 * may be called again.  Ends the process when there is no SHA-256.
 */
void crypto_prepare(void);

#endif
