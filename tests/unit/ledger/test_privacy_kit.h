/*
 * test_privacy_kit.h - devices of tenants in a store, with all that is stored of a
 * device, and the search for it in the bytes of the files.
 */
#ifndef UNIT_LEDGER_TEST_PRIVACY_KIT_H
#define UNIT_LEDGER_TEST_PRIVACY_KIT_H

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "ledger/store/enrolments.h"
#include "ledger/store/rollouts.h"
#include "tests/common/fakes/facts_kit.h"
#include "tests/common/roles/ledger_kit.h"

#define PRIVACY_FACT "boot_key"
#define PRIVACY_RELEASE "fw-2"
#define PRIVACY_CHANNEL "stable"

/* 32 bytes that only this device of this tenant has. */
__attribute__((unused)) static void
device_bytes(const char *what, const char *tenant, unsigned n,
             uint8_t out[static HASH_SIZE])
{
	AUTO(buf_release) struct buf text = buf_of(128);

	buf_printf(&text, "%s %s %u", what, tenant, n);
	digest_sha256(buf_bytes(&text), out);
}

__attribute__((unused)) static struct enrolment
privacy_device(const char *tenant, unsigned n)
{
	AUTO(buf_release) struct buf handle = buf_of(64);
	struct enrolment e = { .enrolled_s = KIT_NOW_S,
		               .state = WIRE_DEVICE_ACTIVE };
	uint8_t bytes[HASH_SIZE];

	buf_append_str(&handle, "dh1_");
	device_bytes("handle", tenant, n, bytes);
	encode_base64url(&handle, bytes_of(bytes, sizeof(bytes)));
	CU_ASSERT(store_small_set(&e.handle, buf_bytes(&handle)));
	CU_ASSERT(store_small_set(&e.tenant, bytes_of_str(tenant)));
	CU_ASSERT(store_small_set(&e.format, bytes_of_str("android-key")));
	device_bytes("note", tenant, n, bytes);
	CU_ASSERT(store_small_set(&e.note, bytes_of(bytes, 32)));
	device_bytes("key", "", n, e.identity); /* the same at each tenant */
	device_bytes("fact", tenant, n, bytes);
	facts_kit_add(&e.facts, FACT_EQUAL, PRIVACY_FACT, bytes_of(bytes, 32));
	*facts_kit_level(&e.facts, "count") = 7;
	return e;
}

/* Adds devices and a permit of each, many in a transaction. */
__attribute__((unused)) static void
privacy_fill(struct store *s, const char *tenant, unsigned n)
{
	const struct permit permit = { KIT_NOW_S, KIT_NOW_S + 60, 2, 0 };

	KIT_OK(store_begin(s));
	for (unsigned i = 0; i < n; i++) {
		const struct enrolment e = privacy_device(tenant, i);
		const struct permit_of of = {
			.handle = store_small_bytes(&e.handle),
			.release = bytes_of_str(PRIVACY_RELEASE),
			.channel = bytes_of_str(PRIVACY_CHANNEL),
		};
		bool added = false;

		KIT_OK(store_enrolment_add(s, &e, &added));
		CU_ASSERT_FATAL(added);
		KIT_OK(store_permit_put(s, &of, &permit));
	}
	KIT_OK(store_commit(s));
}

/* Adds the outcome of this device's redemption, and the redemption. */
__attribute__((unused)) static void
privacy_redeem(struct store *s, const struct enrolment *e, uint64_t sequence)
{
	AUTO(redemption_release) struct redemption r = kit_redemption();
	struct outcome o = kit_outcome(sequence);
	struct store_marks m;
	bool won = false;

	o.tenant = e->tenant;
	o.device_handle = e->handle;
	buf_append(&r.finding, store_small_bytes(&e->handle));
	KIT_OK(store_begin(s));
	KIT_OK(store_redeem(s, &o, &r, &won));
	CU_ASSERT(won);
	KIT_OK(store_outcome_add(s, &o));
	KIT_OK(store_marks_get(s, &m));
	m.sequence = sequence;
	KIT_OK(store_marks_set(s, &m));
	KIT_OK(store_jwt_set(s, o.cti, store_small_bytes(&e->handle)));
	KIT_OK(store_commit(s));
}

__attribute__((unused)) static size_t
times_in(struct bytes hay, struct bytes needle)
{
	size_t n = 0;

	for (;;) {
		const uint8_t *at =
		        memmem(hay.data, hay.len, needle.data, needle.len);
		if (!at)
			return n;
		n++;
		hay.len -= (size_t)(at + 1 - hay.data);
		hay.data = at + 1;
	}
}

/* How often the files have it, as it is or in hex. */
__attribute__((unused)) static size_t
found_in(const struct buf *files, struct bytes what)
{
	AUTO(buf_release) struct buf hex = buf_of(4096);

	encode_hex(&hex, what);
	return times_in(buf_bytes(files), what) +
	       times_in(buf_bytes(files), buf_bytes(&hex));
}

/* What the files have of a device, beside its handle. */
__attribute__((unused)) static size_t
found_beside_handle(const struct buf *files, const struct enrolment *e)
{
	uint8_t stored[HASH_SIZE];

	store_identity(store_small_bytes(&e->tenant),
	               bytes_of(e->identity, HASH_SIZE), stored);
	return found_in(files, bytes_of(e->identity, HASH_SIZE)) +
	       found_in(files, bytes_of(stored, HASH_SIZE)) +
	       found_in(files, store_small_bytes(&e->note)) +
	       found_in(files, facts_kit_bytes(&e->facts, PRIVACY_FACT));
}

#endif
