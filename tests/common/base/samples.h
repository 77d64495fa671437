/*
 * samples.h - writes challenges, results and key sets to files, for tests with
 * independent libraries.
 */
#ifndef COMMON_BASE_SAMPLES_H
#define COMMON_BASE_SAMPLES_H

#include "tests/common/fakes/soft_key.h"

#define SAMPLES_URL "https://ota.example/v1/artifacts/7"

/*
 * Writes
 * directory/name/{keys.jwks,keys.cose,challenge.cbor,lone.cbor,nonce.hex,
 * result.jwt,result.cwt,refused.jwt,refused.cwt,possession.jwt,possession.cwt,
 * proof.jwt,proof-cwt.jwt}, signed by key, but the proofs, which are by the key that
 * the two possession files confirm, for a GET of SAMPLES_URL.  A .cwt says what the
 * .jwt of its name says.  challenge.cbor and result.cwt are the third of five under
 * one signature, lone.cbor and the other .cwt the only one, beside a decoy.  A file
 * that cannot be written ends the program.
 */
void samples_write(const struct soft_key *key, const char *directory,
                   const char *name);

#endif
