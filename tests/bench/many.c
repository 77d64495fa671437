/*
 * many.c - see many.h.
 */
#include "tests/bench/many.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/encode.h"
#include "crypto/digest.h"
#include "ledger/store/rollouts.h"

void
or_die(err_t err, const char *what)
{
	if (err == OK)
		return;
	fprintf(stderr, "bench_enrolments: %s: %s\n", what, err_name(err));
	exit(1);
}

uint64_t
cpu_us(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

const char *
device_tenant(uint64_t n)
{
	static const char *const tenants[] = { "backend-a", "backend-b",
		                               "backend-c" };

	return tenants[n % ARRAY_LEN(tenants)];
}

/* --- devices --------------------------------------------------------------- */

void
device_identity(uint64_t n, uint8_t out[static HASH_SIZE])
{
	digest_sha256(bytes_of(&n, sizeof(n)), out);
}

void
device_handle(uint64_t n, struct store_small *ret)
{
	AUTO(buf_release) struct buf text = buf_of(64);
	uint8_t identity[HASH_SIZE], digest[HASH_SIZE];

	device_identity(n, identity);
	digest_sha256(bytes_of(identity, HASH_SIZE), digest);
	buf_append_str(&text, "dh1_");
	encode_base64url(&text, bytes_of(digest, HASH_SIZE));
	if (!store_small_set(ret, buf_bytes(&text)))
		or_die(E_BUG, "a handle");
}

void
device_facts(struct facts *f)
{
	static const struct {
		const char *name;
		uint64_t number;
	} levels[] = { { "os_version", 160000 },
		       { "os_patch_level", 202609 },
		       { "vendor_patch_level", 20260905 },
		       { "boot_patch_level", 20260905 } };

	f->n = 0;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		or_die(facts_add_number(f, FACT_NOT_BELOW,
		                        bytes_of_str(levels[i].name),
		                        levels[i].number),
		       "a level");
	or_die(facts_add_bytes(
	               f, FACT_EQUAL, bytes_of_str("verified_boot_key"),
	               bytes_of_str("the key of the boot image, 32 B.")),
	       "a fact");
}

void
add_enrolment(struct many *m, uint64_t n)
{
	struct enrolment e = { .enrolled_s = NOW_S - 2 * DAY_S,
		               .attested_day = NOW_S / DAY_S - 1,
		               .silent_day = NOW_S / DAY_S - 1,
		               .state = WIRE_DEVICE_ACTIVE };
	bool added = false;

	device_handle(n, &e.handle);
	device_identity(n, e.identity);
	device_facts(&e.facts);
	if (!store_small_set(&e.tenant, bytes_of_str(device_tenant(n))) ||
	    !store_small_set(&e.format, bytes_of_str("android-key")))
		or_die(E_BUG, "an enrolment");
	or_die(store_enrolment_add(m->store, &e, &added), "enrolling");
	if (!added)
		or_die(E_CONFLICT, "enrolling");
}

void
add_device(struct many *m, uint64_t n)
{
	const struct permit permit = { NOW_S, NOW_S + 3600, 1, 0 };
	struct store_small handle;

	add_enrolment(m, n);
	device_handle(n, &handle);
	const struct permit_of of = { store_small_bytes(&handle),
		                      bytes_of_str(RELEASE),
		                      bytes_of_str(CHANNEL) };
	or_die(store_permit_put(m->store, &of, &permit), "a permit");
}
