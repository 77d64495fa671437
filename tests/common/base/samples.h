/*
 * samples.h - writes challenges, results and key sets to files, for tests with
 * independent libraries.
 */
#ifndef COMMON_BASE_SAMPLES_H
#define COMMON_BASE_SAMPLES_H

#include "tests/common/fakes/soft_key.h"

/*
 * Writes
 * directory/name/{keys.jwks,keys.cose,challenge.cbor,lone.cbor,nonce.hex,
 * result.jwt,refused.jwt}, signed by key.  challenge.cbor is the third of five
 * under one signature, lone.cbor the only one, beside a decoy.  A file that
 * cannot be written ends the program.
 */
void samples_write(const struct soft_key *key, const char *directory,
                   const char *name);

#endif
