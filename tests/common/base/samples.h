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
 * result.jwt,refused.jwt,possession.jwt,proof.jwt}, signed by key, but the proof,
 * which is by the key that possession.jwt confirms, for a GET of SAMPLES_URL.
 * challenge.cbor is the third of five under one signature, lone.cbor the only one,
 * beside a decoy.  A file that cannot be written ends the program.
 */
void samples_write(const struct soft_key *key, const char *directory,
                   const char *name);

#endif
