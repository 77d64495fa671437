/*
 * ear_fixture.c - see ear_fixture.h.
 */
#include "tests/common/fakes/ear_fixture.h"

#include "tests/common/base/harness.h"

struct ear_fixture
ear_fixture_of(enum alg alg)
{
	struct ear_fixture f = { .key = soft_key_new(alg, "result"),
		                 .jwt = buf_of(EAR_RESULT_MAX) };
	struct ear_fields fields = soft_result_fields();

	f.ring = soft_key_ring(f.key);
	CU_ASSERT_EQUAL_FATAL(soft_result(f.key, &fields, &f.jwt), OK);
	return f;
}

void
ear_fixture_release(struct ear_fixture *f)
{
	buf_release(&f->jwt);
	keyring_free(f->ring);
	soft_key_free(f->key);
}

json_t *
ear_fixture_claims(const struct ear_fields *fields)
{
	AUTO(ear_fixture_release)
	struct ear_fixture f = ear_fixture_of(ALG_ED25519);
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	buf_reset(&f.jwt);
	CU_ASSERT_EQUAL_FATAL(soft_result(f.key, fields, &f.jwt), OK);
	CU_ASSERT_EQUAL_FATAL(ear_verify(buf_bytes(&f.jwt), f.ring,
	                                 fields->issued_s, &payload),
	                      OK);
	return json_loads(buf_str(&payload), 0, NULL);
}

bool
ear_fixture_refused(const struct ear_fields *fields)
{
	AUTO(ear_fixture_release)
	struct ear_fixture f = ear_fixture_of(ALG_ED25519);

	buf_reset(&f.jwt);
	return soft_result(f.key, fields, &f.jwt) == E_MALFORMED &&
	       f.jwt.len == 0;
}
