/*
 * test_bundle_rules.c - the rules that a version satisfies by itself: each is
 * broken once, alone.
 */
#include "tests/unit/trust/test_bundle_kit.h"

#define DAY 86400u

/* --- each rule ------------------------------------------------------------ */

static void
issued_late(struct bundle *b)
{
	b->issued_s = b->apply_before_s;
}

static void
applied_late(struct bundle *b)
{
	b->apply_before_s = b->issued_s + 14 * DAY + 1;
}

static void
expired_early(struct bundle *b)
{
	b->expires_s = b->apply_before_s - 1;
}

static void
without_previous(struct bundle *b)
{
	memset(b->previous, 0, HASH_SIZE);
}

static void
first_with_previous(struct bundle *b)
{
	b->version = b->pins.version = 1;
}

static void
first_removes(struct bundle *b)
{
	first_with_previous(b);
	without_previous(b);
	b->change = BUNDLE_REMOVAL;
}

static void
first_recovers(struct bundle *b)
{
	first_removes(b);
	b->change = BUNDLE_RECOVERY;
}

static void
alone(struct bundle *b)
{
	b->officers.threshold = 1;
}

static void
nobody(struct bundle *b)
{
	b->officers.threshold = 0;
}

static void
all_of_them(struct bundle *b)
{
	b->officers.threshold = (uint32_t)b->officers.n;
}

static void
without_officers(struct bundle *b)
{
	b->officers.n = 0;
}

static void
removed_by_nobody(struct bundle *b)
{
	b->removal_threshold = 0;
}

static void
removed_by_more(struct bundle *b)
{
	b->removal_threshold = b->officers.threshold + 1;
}

static void
recovered_alone(struct bundle *b)
{
	b->recovery.threshold = 1;
}

static void
recovered_by_all(struct bundle *b)
{
	b->recovery.threshold = (uint32_t)b->recovery.n;
}

static void
at_once(struct bundle *b)
{
	b->recovery_wait_days = 0;
}

static void
too_patient(struct bundle *b)
{
	b->recovery_wait_days = 91;
}

static void
name_twice(struct bundle *b)
{
	memcpy(b->officers.rows[2].name, b->officers.rows[0].name,
	       TRUST_NAME_SIZE);
}

static void
name_in_recovery(struct bundle *b)
{
	memcpy(b->recovery.rows[2].name, b->officers.rows[0].name,
	       TRUST_NAME_SIZE);
}

static void
key_twice(struct bundle *b)
{
	memcpy(b->officers.rows[2].key, b->officers.rows[0].key,
	       TRUST_KEY_SIZE);
}

static void
key_in_recovery(struct bundle *b)
{
	memcpy(b->recovery.rows[2].key, b->officers.rows[0].key,
	       TRUST_KEY_SIZE);
}

/* One private half, three SSH keys: as it is, as a FIDO key, and as that of
 * another application. */
static void
key_as_fido(struct bundle *b)
{
	memcpy(b->officers.rows[0].name, "other", 6);
	bundle_kit_fido(&b->officers.rows[1], "alpha", "ssh:");
	bundle_kit_officer(&b->officers.rows[2], "alpha");
}

static void
key_of_applications(struct bundle *b)
{
	memcpy(b->officers.rows[3].name, "other", 6);
	bundle_kit_fido(&b->officers.rows[1], "delta", "ssh:work");
}

static void
key_of_service(struct bundle *b)
{
	bundle_kit_officer(&b->officers.rows[0], "service-3");
}

static void
no_key(struct bundle *b)
{
	b->officers.rows[0].key[30] ^= 1;
}

static void
key_with_comment(struct bundle *b)
{
	memcpy(b->officers.rows[0].key + strlen(b->officers.rows[0].key), " me",
	       4);
}

static void
no_fido_key(struct bundle *b)
{
	b->officers.rows[0].kind = OFFICER_FIDO;
}

static void
fido_key_in_token(struct bundle *b)
{
	b->officers.rows[3].kind = OFFICER_TOKEN;
}

static void
fido_key_in_file(struct bundle *b)
{
	b->officers.rows[3].kind = OFFICER_FILE;
}

static void
token_twice(struct bundle *b)
{
	memcpy(b->devices[1].token, b->devices[0].token, TRUST_TOKEN_SIZE);
}

static void
token_unknown(struct bundle *b)
{
	memcpy(b->devices[1].token, "hsm-c", 6);
}

static void
counter_of_nothing(struct bundle *b)
{
	memcpy(b->devices[0].counter, "file:counter", sizeof("file:counter"));
}

static void
counter_of_any_token(struct bundle *b)
{
	static const char any[] = "pkcs11:serial=;object=anchord-trust-counter";

	memcpy(b->devices[0].counter, any, sizeof(any));
}

static void
tpm_of_no_name(struct bundle *b)
{
	memset(b->devices[1].tpm, 0, HASH_SIZE);
}

static void
device_without_keys(struct bundle *b)
{
	b->devices[b->n_devices] = b->devices[0];
	memcpy(b->devices[b->n_devices++].token, "spare", 6);
}

static void
counter_of_two_bases(struct bundle *b)
{
	device_without_keys(b);
	b->devices[0].base++;
}

static void
token_with_tpm(struct bundle *b)
{
	memcpy(b->devices[0].tpm, b->devices[1].tpm, HASH_SIZE);
}

static void
anchor_twice(struct bundle *b)
{
	memcpy(b->anchors[1].name, b->anchors[0].name, TRUST_NAME_SIZE);
}

static void
certificate_twice(struct bundle *b)
{
	memcpy(b->anchors[1].self.certificate, b->anchors[0].self.certificate,
	       HASH_SIZE);
}

static void
without_purpose(struct bundle *b)
{
	b->anchors[1].purposes = 0;
}

static void
intermediate_twice(struct bundle *b)
{
	b->anchors[1].intermediates[1] = b->anchors[1].intermediates[0];
}

static void
its_own_intermediate(struct bundle *b)
{
	b->anchors[1].intermediates[1] = b->anchors[1].self;
}

static void
tenant_twice(struct bundle *b)
{
	memcpy(b->anchors[1].tenants[1], b->anchors[1].tenants[0], HASH_SIZE);
}

static void
policy_twice(struct bundle *b)
{
	memcpy(b->policies[1].id, b->policies[0].id, TRUST_POLICY_ID_SIZE);
}

static void
pins_apart(struct bundle *b)
{
	b->pins.keys[0].until_s = 0;
}

static void
pin_of_another(struct bundle *b)
{
	b->pins.keys[2].kid[0] ^= 1;
}

static const struct {
	void (*spoil)(struct bundle *b);
	const char *why;
} rules[] = {
	{ issued_late, "apply_before: not after issued" },
	{ applied_late, "apply_before: more than 14 days after issued" },
	{ expired_early, "expires: before apply_before" },
	{ without_previous, "previous: missing" },
	{ first_with_previous, "previous: nothing goes before" },
	{ first_removes, "change: version 1 is an ordinary one" },
	{ first_recovers, "change: version 1 is an ordinary one" },
	{ alone, "officers threshold: less than 2" },
	{ nobody, "officers threshold: less than 2" },
	{ all_of_them, "officers threshold: not less than the number" },
	{ without_officers, "officers threshold: not less than the number" },
	{ removed_by_nobody, "removal_threshold: not from 1" },
	{ removed_by_more, "removal_threshold: not from 1" },
	{ recovered_alone, "recovery threshold: less than 2" },
	{ recovered_by_all, "recovery threshold: not less than the number" },
	{ at_once, "wait_days: not from 1 to 90" },
	{ too_patient, "wait_days: not from 1 to 90" },
	{ name_twice, "officer alpha: the name is there twice" },
	{ name_in_recovery, "officer alpha: the name is there twice" },
	{ key_twice, "officer charlie: another one has its key" },
	{ key_in_recovery, "officer sealed-3: another one has its key" },
	{ key_as_fido, "officer alpha: another one has its key" },
	{ key_of_applications, "officer other: another one has its key" },
	{ key_of_service, "officer service-3: the key is one of the service" },
	{ no_key, "officer alpha: not an accepted public key" },
	{ key_with_comment, "officer alpha: not an accepted public key" },
	{ no_fido_key, "officer alpha: the key is not of its kind" },
	{ fido_key_in_token, "officer delta: the key is not of its kind" },
	{ fido_key_in_file, "officer delta: the key is not of its kind" },
	{ token_twice, "device token: is there twice" },
	{ token_unknown, "token hsm-b: has keys, and no row in devices" },
	{ counter_of_nothing, "device token: counter begins with neither" },
	{ counter_of_any_token, "device token: counter names no serial" },
	{ tpm_of_no_name, "device hsm-b: the counter is a TPM's, and tpm" },
	{ token_with_tpm, "device token: the counter is a token's" },
	{ counter_of_two_bases, "device token: another device has its" },
	{ anchor_twice, "anchor google-ec: is there twice" },
	{ certificate_twice, "anchor maker-tpm: another anchor has its" },
	{ without_purpose, "anchor maker-tpm: it has no purpose" },
	{ intermediate_twice, "an intermediate is there twice" },
	{ its_own_intermediate, "it is its own intermediate" },
	{ tenant_twice, "a tenant is there twice" },
	{ policy_twice, "policy fleet: is there twice" },
	{ pins_apart, "its predecessor has no until" },
	{ pin_of_another, "kid or alg does not match public" },
};

/* In memory, as who makes a bundle asks, and as a text. */
static void
test_rules(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		AUTO(bundle_free) struct bundle *b = bundle_kit_whole();
		AUTO(buf_release) struct buf why = buf_of(1024);

		CU_ASSERT_EQUAL(bundle_judge(b, &why), OK);
		rules[i].spoil(b);
		CU_ASSERT_EQUAL(bundle_judge(b, &why), E_MALFORMED);
		if (!strstr(buf_str(&why), rules[i].why)) {
			printf("%s: %s\n", rules[i].why, buf_str(&why));
			CU_FAIL("another reason");
		}
		AUTO(buf_release) struct buf text = bundle_kit_text(b);
		refused(buf_bytes(&text), rules[i].why);
	}
}

/* --- what they leave alone ------------------------------------------------ */

static void
at_the_edge(struct bundle *b)
{
	b->apply_before_s = b->issued_s + 14 * DAY;
	b->expires_s = b->apply_before_s;
	b->officers.threshold = (uint32_t)b->officers.n - 1;
	b->removal_threshold = b->officers.threshold;
	b->recovery_wait_days = 90;
}

static void
at_the_other_edge(struct bundle *b)
{
	b->apply_before_s = b->issued_s + 1;
	b->recovery_wait_days = 1;
	b->officers.rows[0].until_s = 1;
}

/* A root that was renewed with its old key. */
static void
renewed_root(struct bundle *b)
{
	memcpy(b->anchors[1].self.spki, b->anchors[0].self.spki, HASH_SIZE);
}

/* Two anchors may have issued to the same one. */
static void
shared_intermediate(struct bundle *b)
{
	b->anchors[0].intermediates[b->anchors[0].n_intermediates++] =
	        b->anchors[1].intermediates[0];
}

static void
removal(struct bundle *b)
{
	b->change = BUNDLE_REMOVAL;
}

static void
recovery(struct bundle *b)
{
	b->change = BUNDLE_RECOVERY;
}

static void
test_allowed(void)
{
	static void (*const changes[])(struct bundle * b) = {
		at_the_edge,         at_the_other_edge, renewed_root,
		shared_intermediate, removal,           recovery,
		device_without_keys,
	};

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		AUTO(bundle_free) struct bundle *b = bundle_kit_whole();
		AUTO(buf_release) struct buf why = buf_of(1024);

		changes[i](b);
		AUTO(buf_release) struct buf text = bundle_kit_text(b);
		CU_ASSERT_EQUAL(parse_text(buf_bytes(&text), &why, NULL), OK);
		if (why.len)
			printf("row %zu: %s\n", i, buf_str(&why));
	}
}

static const struct harness_test tests[] = {
	{ "each rule is held", test_rules },
	{ "what no rule forbids is read", test_allowed },
	{ NULL, NULL },
};

HARNESS_MAIN("bundle_rules", tests)
