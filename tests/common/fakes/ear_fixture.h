/*
 * ear_fixture.h - a signed result and the key that signed it, for the tests of
 * results.
 */
#ifndef COMMON_FAKES_EAR_FIXTURE_H
#define COMMON_FAKES_EAR_FIXTURE_H

#include <stdbool.h>

#include <jansson.h>

#include "base/auto.h"
#include "tests/common/fakes/soft_result.h"

struct ear_fixture {
	struct soft_key *key;
	struct keyring *ring;
	struct buf jwt;
};

struct ear_fixture ear_fixture_of(enum alg alg);
void ear_fixture_release(struct ear_fixture *f);
DEFINE_AUTO_REF(struct ear_fixture, ear_fixture_release);

/* The claims that are composed from these fields; the caller frees them. */
json_t *ear_fixture_claims(const struct ear_fields *fields);

/* True if the fields are refused and nothing was written. */
bool ear_fixture_refused(const struct ear_fields *fields);

#endif
