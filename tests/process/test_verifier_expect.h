/*
 * test_verifier_expect.h - what tests of a verifier with a TPM expect besides
 * verdicts.
 */
#ifndef PROCESS_TEST_VERIFIER_EXPECT_H
#define PROCESS_TEST_VERIFIER_EXPECT_H

#include "tests/process/test_verifier_tpm.h"

static inline void
expect_unavailable(struct rig *r, uint64_t request, const char *why)
{
	struct wire_unavailable m;
	struct bytes packet;

	CU_ASSERT_FATAL(peer_receive_id(r->front, WIRE_ID_UNAVAILABLE,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_unavailable(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	CU_ASSERT_PTR_NOT_NULL(memmem(m.why.data, m.why.len, why, strlen(why)));
}

static inline struct ak_identity
identity_of(const struct rig *r)
{
	AUTO(buf_release) struct buf public = buf_of(4096);
	AUTO(buf_release) struct buf why = buf_of(256);
	struct ak_identity id = { 0 };

	soft_tpm_public(r->tpm, &public);
	CU_ASSERT_EQUAL(ak_identify(buf_bytes(&public), &why, &id), OK);
	return id;
}

#endif
