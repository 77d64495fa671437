/*
 * bundle_kit.c - see bundle_kit.h.
 */
#include "tests/common/fakes/bundle_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "tests/common/fakes/soft_key.h"
#include "tests/common/service/pins_kit.h"
#include "trust/ssh_key.h"

#define DAY_S 86400u

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bundle_kit: %s\n", what);
	exit(2);
}

static void
set_text(char *to, size_t room, const char *text)
{
	must(strlen(text) < room, text);
	memcpy(to, text, strlen(text) + 1);
}

static void
hash_of(uint8_t *to, const char *a, const char *b)
{
	const struct bytes parts[] = { bytes_of_str(a), bytes_of_str(b) };

	digest_sha256_parts(parts, 2, to);
}

/* --- officers ------------------------------------------------------------- */

void
bundle_kit_officer(struct officer *officer, const char *name)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, name);
	AUTO(buf_release) struct buf text = buf_of(TRUST_KEY_SIZE);
	struct ssh_key ssh;

	must(ssh_key_of_spki(soft_key_spki(key), &ssh) == OK, name);
	ssh_key_put(&text, &ssh);
	memset(officer, 0, sizeof(*officer));
	set_text(officer->name, sizeof(officer->name), name);
	set_text(officer->key, sizeof(officer->key), buf_str(&text));
}

static void
put_ssh_string(struct buf *out, struct bytes s)
{
	buf_u32(out, (uint32_t)s.len);
	buf_append(out, s);
}

/* OpenSSH's PROTOCOL.u2f; the point is the end of the SubjectPublicKeyInfo. */
void
bundle_kit_fido(struct officer *officer, const char *name,
                const char *application)
{
	static const char type[] = "sk-ecdsa-sha2-nistp256@openssh.com";
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, name);
	AUTO(buf_release) struct buf blob = buf_of(SSH_KEY_BLOB_MAX);
	AUTO(buf_release) struct buf text = buf_of(TRUST_KEY_SIZE);
	struct bytes spki = soft_key_spki(key);

	must(spki.len > 65, name);
	put_ssh_string(&blob, bytes_of_str(type));
	put_ssh_string(&blob, bytes_of_str("nistp256"));
	put_ssh_string(&blob, bytes_of(spki.data + spki.len - 65, 65));
	put_ssh_string(&blob, bytes_of_str(application));
	buf_printf(&text, "%s ", type);
	encode_base64(&text, buf_bytes(&blob));
	memset(officer, 0, sizeof(*officer));
	officer->kind = OFFICER_FIDO;
	set_text(officer->name, sizeof(officer->name), name);
	set_text(officer->key, sizeof(officer->key), buf_str(&text));
}

void
bundle_kit_add_officer(struct officer_set *set, const char *name)
{
	must(set->n < TRUST_OFFICERS_MAX, "too many officers");
	bundle_kit_officer(&set->rows[set->n++], name);
}

/* --- other rows ----------------------------------------------------------- */

struct pin *
bundle_kit_add_key(struct bundle *b, const char *token, uint32_t node,
                   const char *name)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, name);

	must(b->pins.n < PINS_MAX, "too many keys");
	return pins_kit_add(&b->pins, token, node, soft_key_spki(key),
	                    ALG_COUNT);
}

struct trust_anchor *
bundle_kit_add_anchor(struct bundle *b, const char *name)
{
	must(b->n_anchors < TRUST_ANCHORS_MAX, "too many anchors");
	struct trust_anchor *a = &b->anchors[b->n_anchors++];

	set_text(a->name, sizeof(a->name), name);
	a->purposes = ANCHOR_BIT(ANCHOR_ANDROID_KEY);
	hash_of(a->self.certificate, name, "certificate");
	hash_of(a->self.spki, name, "spki");
	set_text(a->note, sizeof(a->note), "fetched from its maker's page");
	return a;
}

static void
add_intermediate(struct trust_anchor *a, const char *name)
{
	must(a->n_intermediates < TRUST_INTERMEDIATES_MAX, name);
	struct trust_certificate *c = &a->intermediates[a->n_intermediates++];

	hash_of(c->certificate, name, "certificate");
	hash_of(c->spki, name, "spki");
}

static void
add_tenant(const struct bundle *b, struct trust_anchor *a, const char *name)
{
	must(a->n_tenants < TRUST_TENANTS_MAX, name);
	bundle_tenant(b, bytes_of_str(name), a->tenants[a->n_tenants++]);
}

static struct trust_device *
add_device(struct bundle *b, const char *token, uint64_t base,
           const char *counter)
{
	must(b->n_devices < TRUST_DEVICES_MAX, token);
	struct trust_device *d = &b->devices[b->n_devices++];

	set_text(d->token, sizeof(d->token), token);
	set_text(d->counter, sizeof(d->counter), counter);
	d->base = base;
	return d;
}

static void
add_tpm(struct bundle *b, const char *token, uint64_t base)
{
	struct trust_device *d =
	        add_device(b, token, base, BUNDLE_KIT_TPM_COUNTER);

	hash_of(d->tpm, token, "tpm");
}

static void
add_policy(struct bundle *b, const char *id)
{
	must(b->n_policies < TRUST_POLICIES_MAX, id);
	struct trust_policy *p = &b->policies[b->n_policies++];

	set_text(p->id, sizeof(p->id), id);
	hash_of(p->digest, id, "policy");
}

/* --- bundles -------------------------------------------------------------- */

struct bundle *
bundle_kit_least(void)
{
	struct bundle *b = calloc(1, sizeof(*b));

	must(b != NULL, "no memory");
	b->version = b->pins.version = 1;
	b->issued_s = BUNDLE_KIT_ISSUED;
	b->apply_before_s = b->issued_s + 7 * DAY_S;
	b->expires_s = b->issued_s + 365 * DAY_S;
	b->officers.threshold = 2;
	b->removal_threshold = 1;
	bundle_kit_add_officer(&b->officers, "alpha");
	bundle_kit_add_officer(&b->officers, "bravo");
	bundle_kit_add_officer(&b->officers, "charlie");
	(void)add_device(b, "token", 0, BUNDLE_KIT_COUNTER);
	bundle_kit_add_key(b, "token", 1, "service");
	hash_of(b->tenant_salt, "salt", "");
	bundle_kit_add_anchor(b, "google-ec");
	add_policy(b, "fleet");
	b->revocations_from_s = b->issued_s - 28 * DAY_S;
	return b;
}

static void
add_recovery(struct bundle *b)
{
	b->has_recovery = true;
	b->recovery.threshold = 2;
	b->recovery_wait_days = 7;
	bundle_kit_add_officer(&b->recovery, "sealed-1");
	bundle_kit_add_officer(&b->recovery, "sealed-2");
	bundle_kit_add_officer(&b->recovery, "sealed-3");
}

struct bundle *
bundle_kit_whole(void)
{
	struct bundle *b = bundle_kit_least();

	b->version = b->pins.version = 2;
	hash_of(b->previous, "version", "1");
	b->officers.rows[1].until_s = b->issued_s + 100 * DAY_S;
	b->officers.rows[2].kind = OFFICER_FILE;
	bundle_kit_fido(&b->officers.rows[b->officers.n++], "delta", "ssh:");
	add_recovery(b);
	add_tpm(b, "hsm-b", 41);
	struct pin *next = bundle_kit_add_key(b, "token", 1, "service-2");
	next->publish_s = b->issued_s;
	next->from_s = b->issued_s + 120;
	b->pins.keys[0].until_s = next->from_s + 600;
	bundle_kit_add_key(b, "hsm-b", 2, "service-3");
	struct trust_anchor *a = bundle_kit_add_anchor(b, "maker-tpm");
	a->purposes = ANCHOR_BIT(ANCHOR_TPM2_EK) | ANCHOR_BIT(ANCHOR_TPM2_AK);
	add_intermediate(a, "maker-1");
	add_intermediate(a, "maker-2");
	add_tenant(b, a, "backend.example");
	add_tenant(b, a, "other.example");
	add_policy(b, "fleet-2");
	return b;
}

/* A text as long as it may be. */
static void
fill_text(char *to, size_t room, const char *head, unsigned number)
{
	int n = snprintf(to, room, "%s%u", head, number);

	must(n > 0 && (size_t)n < room, head);
	memset(to + n, 'x', room - 1 - (size_t)n);
	to[room - 1] = '\0';
}

static void
fill_officers(struct officer_set *set, const char *head)
{
	for (unsigned i = (unsigned)set->n; i < TRUST_OFFICERS_MAX; i++) {
		char name[TRUST_NAME_SIZE];

		fill_text(name, sizeof(name), head, i);
		bundle_kit_add_officer(set, name);
		set->rows[i].until_s = BUNDLE_KIT_ISSUED;
	}
}

static void
fill_anchor(struct bundle *b, struct trust_anchor *a)
{
	char name[TRUST_NAME_SIZE];

	for (unsigned i = 0; i < TRUST_INTERMEDIATES_MAX; i++) {
		fill_text(name, sizeof(name), "intermediate-", i);
		add_intermediate(a, name);
	}
	for (unsigned i = 0; i < TRUST_TENANTS_MAX; i++) {
		fill_text(name, sizeof(name), "tenant-", i);
		add_tenant(b, a, name);
	}
	a->purposes = ANCHOR_BIT(ANCHOR_PURPOSE_COUNT) - 1;
	fill_text(a->note, sizeof(a->note), "a note ", 1);
}

struct bundle *
bundle_kit_full(void)
{
	struct bundle *b = bundle_kit_least();
	char name[TRUST_POLICY_ID_SIZE];

	add_recovery(b);
	fill_officers(&b->officers, "officer-");
	fill_officers(&b->recovery, "recovery-");
	for (unsigned i = 1; i < TRUST_DEVICES_MAX; i++) {
		fill_text(name, TRUST_TOKEN_SIZE, "token-", i);
		add_tpm(b, name, INT64_MAX);
		fill_text(b->devices[i].counter, TRUST_COUNTER_SIZE,
		          "tpm2:", i);
	}
	for (unsigned i = 1; i < PINS_MAX; i++) {
		fill_text(name, TRUST_NAME_SIZE, "service-", i);
		struct pin *pin = bundle_kit_add_key(b, "token", 1, name);
		fill_text(pin->uri, sizeof(pin->uri), "pkcs11:object=", i);
		pin->publish_s = b->issued_s + i * 1000;
		pin->from_s = pin->publish_s + 120;
		(pin - 1)->until_s = pin->from_s + 600;
	}
	for (unsigned i = 1; i < TRUST_ANCHORS_MAX; i++) {
		fill_text(name, TRUST_NAME_SIZE, "anchor-", i);
		bundle_kit_add_anchor(b, name);
	}
	for (unsigned i = 0; i < TRUST_ANCHORS_MAX; i++)
		fill_anchor(b, &b->anchors[i]);
	for (unsigned i = 1; i < TRUST_POLICIES_MAX; i++) {
		fill_text(name, sizeof(name), "policy-", i);
		add_policy(b, name);
	}
	return b;
}

struct buf
bundle_kit_text(const struct bundle *b)
{
	struct buf text = buf_of(2 * TRUST_TEXT_MAX);

	bundle_put(&text, b);
	must(buf_status(&text) == OK, "a text that is too long");
	return text;
}

struct bundle *
bundle_kit_parsed(const struct bundle *b)
{
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct bundle *parsed = NULL;
	err_t err = bundle_parse(buf_bytes(&text), &why, &parsed);

	must(err == OK, buf_str(&why));
	return parsed;
}
