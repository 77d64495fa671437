/*
 * statement.c - what the key holder is asked to sign of an outcome.
 */
#include <string.h>

#include "ledger/redeem.h"

struct wire_result_sign
redeem_statement(const struct outcome *o, const struct redemption *spent)
{
	struct wire_result_sign m = {
		.issued_s = o->issued_s,
		.expires_s = o->expires_s,
		.sequence = o->sequence,
		.redeemed = o->redeemed != 0,
		.reasons = o->reasons,
		.enrolled = (enum wire_enrolled)o->enrolled,
		.rollout_id = store_small_bytes(&o->rollout_id),
		.rollout_version = (uint32_t)o->rollout_version,
		.rollout_group = store_small_bytes(&o->rollout_group),
		.rollout_stage = store_small_bytes(&o->rollout_stage),
		.retry_after_s = o->retry_after_s,
		.finding = buf_bytes(&spent->finding),
	};

	/* One column: the handle that the challenge names, or the new one. */
	if (o->enrolled)
		m.handle = store_small_bytes(&o->device_handle);
	memcpy(m.jti, o->jti, sizeof(m.jti));
	memcpy(m.rollout_digest, o->rollout_digest, sizeof(m.rollout_digest));
	memcpy(m.vector, o->vector, sizeof(m.vector));
	memcpy(m.tag, spent->tag, sizeof(m.tag));
	return m;
}
