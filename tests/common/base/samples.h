/*
 * samples.h - challenges, results and key sets as files, for strangers'
 * libraries.
 */
#ifndef COMMON_BASE_SAMPLES_H
#define COMMON_BASE_SAMPLES_H

#include "tests/common/fakes/soft_key.h"

/*
 * Writes directory/name/{keys.jwks,keys.cose,challenge.cbor,lone.cbor,nonce.hex,
 * result.jwt,refused.jwt}, signed by key.  challenge.cbor is the third of five
 * under one signature, lone.cbor is alone with a decoy.  What cannot be written
 * ends the program.
 */
void samples_write(const struct soft_key *key, const char *directory,
                   const char *name);

#endif
