/*
 * test_trust_judge.c - each rule by which a device is compared with the trust
 * bundle in force.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "keyholder/device/trust_judge.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"

#define VERSION 3
#define BASE 41

/* A sound device: the tests spoil it. */
struct world {
	struct in_force in_force;
	struct trust_terms terms;
	struct hsm_trust list;
	struct certificates read;
	uint8_t genesis[HASH_SIZE];
};

/* Anchor i of the bundle names a certificate of this one byte. */
static void
name_certificate(uint8_t *digest, uint8_t i)
{
	digest_sha256(bytes_of(&i, 1), digest);
}

static void
read_one(struct world *w, uint8_t i)
{
	uint8_t digest[HASH_SIZE];

	name_certificate(digest, i);
	CU_ASSERT_EQUAL(certificates_add(&w->read, w->in_force.bundle, digest,
	                                 bytes_of(&i, 1)),
	                OK);
}

static void
world_begin(struct world *w)
{
	struct bundle *b = bundle_kit_whole(); /* two anchors, the second of
	                                        * which has intermediates */

	*w = (struct world){ .in_force.bundle = b };
	b->version = VERSION;
	name_certificate(b->anchors[0].self.certificate, 1);
	name_certificate(b->anchors[1].self.certificate, 2);
	b->anchors[1].n_intermediates = 1;
	name_certificate(b->anchors[1].intermediates[0].certificate, 3);
	w->in_force.digests = calloc(VERSION, HASH_SIZE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->in_force.digests);
	for (uint8_t i = 0; i < VERSION; i++)
		w->in_force.digests[i][0] = (uint8_t)(i + 1);
	w->genesis[0] = 1;
	w->terms = (struct trust_terms){ .in_force = &w->in_force,
		                         .token = "hsm-b",
		                         .genesis = w->genesis };
	w->list = (struct hsm_trust){ .place.counter = BUNDLE_KIT_TPM_COUNTER,
		                      .n_found = 3,
		                      .n_genesis = 1,
		                      .genesis[0].digest = { 1 },
		                      .n_heads = 1,
		                      .head = { VERSION, { VERSION } },
		                      .n_counters = 1,
		                      .counter = BASE + VERSION };
	memcpy(w->list.place.tpm, b->devices[1].tpm, HASH_SIZE);
	for (uint8_t i = 1; i <= 3; i++)
		read_one(w, i);
}

static void
world_end(struct world *w)
{
	certificates_release(&w->read);
	in_force_release(&w->in_force);
}

static void
expect_judgement(const struct world *w, enum trust_device_fault fault,
                 const char *part)
{
	const struct trust_objects objects = { &w->list, &w->read };
	const struct trust_judgement j = trust_judge(&w->terms, &objects);

	CU_ASSERT_EQUAL(j.fault, fault);
	if (*part)
		CU_ASSERT_PTR_NOT_NULL(strstr(j.text, part));
	if (!*part)
		CU_ASSERT_STRING_EQUAL(j.text, "");
	if (fault != TRUST_DEVICE_SOUND)
		CU_ASSERT_EQUAL(strncmp(j.text, trust_device_word(fault),
		                        strlen(trust_device_word(fault))),
		                0);
}

/* --- how it is spoiled ---------------------------------------------------- */

static void
leave_sound(struct world *w)
{
	(void)w;
}

static void
other_token(struct world *w)
{
	w->terms.token = "hsm-c";
}

/* An NV index beside the one that the bundle names. */
static void
other_counter(struct world *w)
{
	memcpy(w->list.place.counter, BUNDLE_KIT_COUNTER,
	       sizeof(BUNDLE_KIT_COUNTER));
}

/* The index has the same number in each TPM. */
static void
other_tpm(struct world *w)
{
	w->list.place.tpm[HASH_SIZE - 1] ^= 1;
}

static void
no_counter_at_all(struct world *w)
{
	w->list.place = (struct hsm_trust_place){ .counter = "" };
}

static void
no_genesis(struct world *w)
{
	w->list.n_genesis = 0;
}

static void
foreign_genesis(struct world *w)
{
	w->list.genesis[0].digest[31] = 1;
}

static void
second_genesis(struct world *w)
{
	w->list.n_genesis = 2;
	w->list.genesis[1] = w->list.genesis[0];
	w->list.genesis[0].digest[31] = 1;
}

/* More than are read. */
static void
crowd_of_genesis(struct world *w)
{
	w->list.n_genesis = HSM_TRUST_GENESIS_MAX + 1;
	w->list.genesis[0].digest[31] = 1;
}

static void
tpm_without_genesis(struct world *w)
{
	no_genesis(w);
	w->terms.in_tpm = w->terms.by_file = true;
}

static void
no_head(struct world *w)
{
	w->list.n_heads = 0;
}

static void
later_head(struct world *w)
{
	w->list.head.version = VERSION + 1;
}

static void
huge_head(struct world *w)
{
	w->list.head.version = UINT64_C(0x100000000) + VERSION;
}

static void
no_version(struct world *w)
{
	w->list.head.version = 0;
}

static void
head_of_another(struct world *w)
{
	w->list.head.digest[31] = 1;
}

static void
old_head_of_another(struct world *w)
{
	w->list.head.version = 1;
}

static void
old_head(struct world *w)
{
	w->list.head = (struct hsm_trust_head){ 1, { 1 } };
}

static void
no_counter(struct world *w)
{
	w->list.n_counters = 0;
}

static void
high_counter(struct world *w)
{
	w->list.counter++;
}

static void
highest_counter(struct world *w)
{
	w->list.counter = UINT64_MAX;
}

static void
low_counter(struct world *w)
{
	w->list.counter = 0;
}

static void
highest_base(struct world *w)
{
	w->in_force.bundle->devices[1].base = INT64_MAX;
	w->list.counter = (uint64_t)INT64_MAX + VERSION;
}

static void
only_anchors(struct world *w)
{
	certificates_release(&w->read);
	read_one(w, 1);
	read_one(w, 2);
}

static void
no_certificates(struct world *w)
{
	certificates_release(&w->read);
}

static void
by_file(struct world *w)
{
	no_certificates(w);
	w->terms.by_file = true;
}

static void
tpm_without_file(struct world *w)
{
	no_certificates(w);
	w->terms.in_tpm = true;
}

static void
more_certificates(struct world *w)
{
	w->list.n_found = 5;
}

static void
odd_objects(struct world *w)
{
	w->list.n_odd = 7;
}

static const struct row {
	void (*spoil)(struct world *w);
	enum trust_device_fault fault;
	const char *part; /* "": no text */
} rows[] = {
	{ leave_sound, TRUST_DEVICE_SOUND, "" },
	{ other_token, TRUST_DEVICE_DEVICE, "hsm-c" },
	{ other_counter, TRUST_DEVICE_COUNTER_OTHER,
	  "are " BUNDLE_KIT_COUNTER "; the bundle names tpm2:trust-counter=" },
	{ other_tpm, TRUST_DEVICE_COUNTER_OTHER, "of another TPM" },
	{ no_counter_at_all, TRUST_DEVICE_COUNTER_OTHER, "are nowhere" },
	{ no_genesis, TRUST_DEVICE_GENESIS_MISSING, "bundle 1" },
	{ foreign_genesis, TRUST_DEVICE_GENESIS_MISSING, "bundle 1" },
	{ second_genesis, TRUST_DEVICE_SOUND, "1 other genesis" },
	{ crowd_of_genesis, TRUST_DEVICE_GENESIS_MISSING, "bundle 1" },
	{ tpm_without_genesis, TRUST_DEVICE_SOUND, "" },
	{ no_head, TRUST_DEVICE_HEAD_MISSING, "no trust head" },
	{ later_head, TRUST_DEVICE_HEAD, "version 4, and version 3" },
	{ huge_head, TRUST_DEVICE_HEAD, "4294967299" },
	{ no_version, TRUST_DEVICE_HEAD, "version 0" },
	{ head_of_another, TRUST_DEVICE_HEAD, "not the text" },
	{ old_head_of_another, TRUST_DEVICE_HEAD, "version 1 of the chain" },
	{ old_head, TRUST_DEVICE_SOUND, "anchorctl trust apply" },
	{ no_counter, TRUST_DEVICE_COUNTER_MISSING, "no trust counter" },
	{ high_counter, TRUST_DEVICE_ROLLBACK, "45, and version 3 has 44" },
	{ highest_counter, TRUST_DEVICE_ROLLBACK, "18446744073709551615" },
	{ low_counter, TRUST_DEVICE_SOUND, "anchorctl trust apply" },
	{ highest_base, TRUST_DEVICE_SOUND, "" },
	{ only_anchors, TRUST_DEVICE_CERTIFICATE_MISSING, "maker-tpm" },
	{ no_certificates, TRUST_DEVICE_CERTIFICATE_MISSING, "google-ec" },
	{ by_file, TRUST_DEVICE_SOUND, "" },
	{ tpm_without_file, TRUST_DEVICE_CERTIFICATE_MISSING,
	  "set trust.certificates" },
	{ more_certificates, TRUST_DEVICE_SOUND, "2 certificates" },
	{ odd_objects, TRUST_DEVICE_SOUND, "7 trust objects" },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;

		world_begin(&w);
		rows[i].spoil(&w);
		expect_judgement(&w, rows[i].fault, rows[i].part);
		world_end(&w);
	}
}

static const struct harness_test tests[] = {
	{ "each rule, and what it says", test_rows },
	{ NULL, NULL },
};

HARNESS_MAIN("the judge of a device", tests)
