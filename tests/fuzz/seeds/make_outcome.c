/*
 * make_outcome.c - writes outcomes to <directory>: one with every member, one of
 * a challenge that is not ours, one with what no ledger stores.
 */
#include <stdio.h>
#include <string.h>

#include "wire/reason.h"
#include "wire/wire.h"

static int
write_seed(const char *directory, const char *name,
           const struct wire_outcome *m)
{
	AUTO(buf_release) struct buf out = buf_of(WIRE_PACKET_MAX);
	char path[4096];

	wire_put_outcome(&out, m);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *f = fopen(path, "wb");
	if (f && fwrite(out.data, 1, out.len, f) == out.len && fclose(f) == 0)
		return 0;
	perror(path);
	return 1;
}

int
main(int argc, char **argv)
{
	struct wire_outcome m = {
		.sequence = 7,
		.recorded_ms = 1795000000123,
		.issued_s = 1795000000,
		.expires_s = 1795000300,
		.tenant = bytes_of_str("backend-a"),
		.reasons = reason_bit(REASON_CHALLENGE_FORGED),
	};

	if (argc != 2 || write_seed(argv[1], "foreign", &m) != 0)
		return 2;
	m.redeemed = 1;
	m.reasons = 0;
	m.present = BINDING_ALL;
	m.workflow = WORKFLOW_METADATA;
	m.device_handle = bytes_of_str("dh1_x");
	m.channel = bytes_of_str("beta");
	m.purpose = bytes_of_str("order \"66\" \xc3\xa9");
	m.format = bytes_of_str("tpm2-quote");
	m.policy_id = bytes_of_str("demo");
	m.policy_version = 3;
	m.enrolled = WIRE_ENROLLED_NOW;
	memset(m.cti, 1, sizeof(m.cti));
	memset(m.vector, 2, sizeof(m.vector));
	if (write_seed(argv[1], "whole", &m) != 0)
		return 1;
	m.tenant = bytes_of_str("\xff\xfe");
	m.reasons = UINT64_MAX;
	m.workflow = m.enrolled = m.present = UINT64_MAX;
	m.recorded_ms = m.issued_s = m.sequence = UINT64_MAX;
	return write_seed(argv[1], "hostile", &m);
}
