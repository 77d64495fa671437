/*
 * ledger_kit.c - see ledger_kit.h.
 */
#include "tests/common/roles/ledger_kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct store_life kit_life = { 1, 7, KIT_LIFE };

struct kit_dir
kit_dir(void)
{
	struct kit_dir d = { "/tmp/anchord-ledger-XXXXXX" };

	if (!mkdtemp(d.path))
		abort();
	return d;
}

const char *
kit_path(const struct kit_dir *d, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", d->path, name);
	return path;
}

void
kit_remove(const struct kit_dir *d)
{
	static const char *const names[] = {
		"ledger.db",         "ledger.db-wal", "ledger.db-journal",
		"ledger.db.new",     "old.db",        "ledger.db.new-wal",
		"ledger.db.new-shm", "ledger.clean",  "backup",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)unlink(kit_path(d, names[i]));
	if (rmdir(d->path) < 0)
		fprintf(stderr, "%s is not empty\n", d->path);
}

static void
add_file(struct buf *out, const char *directory, const char *name)
{
	AUTO(buf_release) struct buf path = buf_of(1024);
	char part[4096];

	buf_printf(&path, "%s/%s", directory, name);
	FILE *f = fopen(buf_str(&path), "r");
	if (!f)
		abort();
	buf_printf(out, "[%s]", name);
	for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
		buf_append(out, bytes_of(part, n));
	fclose(f);
}

struct buf
kit_snapshot(const char *directory)
{
	struct buf out = buf_of(16 * 1024 * 1024);
	struct dirent **names = NULL;
	int n = scandir(directory, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			add_file(&out, directory, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return out;
}

bool
kit_undecodable(const struct wire_verdict *v)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	struct wire_verdict m;

	wire_put_verdict(&packet, v);
	return wire_get_verdict(buf_bytes(&packet), &m) == E_MALFORMED;
}

struct wire_verdict
kit_verdict(uint64_t serial)
{
	struct wire_verdict v = {
		.request = serial,
		.tenant = bytes_of_str("backend-a"),
		.redeemable = 1,
		.issued_s = KIT_NOW_S,
		.expires_s = KIT_NOW_S + 120,
		.workflow = WORKFLOW_ENROLL,
		.format = bytes_of_str("tpm2-quote"),
		.policy_id = bytes_of_str("demo"),
		.policy_version = 3,
		.challenge = bytes_of_str("a challenge"),
	};
	const struct cti cti = { .node = 1, .epoch = 7, .serial = serial };

	cti_encode(&cti, v.cti);
	memcpy(v.life, kit_life.life, sizeof(v.life));
	memset(v.nonce, 0x11, sizeof(v.nonce));
	memset(v.identity, 0x22, sizeof(v.identity));
	memset(v.evidence, 0x33, sizeof(v.evidence));
	memset(v.observed, 0x44, sizeof(v.observed));
	memset(v.policy_digest, 0x55, sizeof(v.policy_digest));
	memset(v.tag, 0x66, sizeof(v.tag));
	memset(v.vector, 2, sizeof(v.vector));
	return v;
}

struct store *
kit_open(const struct kit_dir *d)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct store *s = NULL;

	if (store_open(d->path, KIT_NOW_MS, &why, &s) != OK) {
		fprintf(stderr, "store_open: %s\n", buf_str(&why));
		abort();
	}
	return s;
}

struct outcome
kit_outcome(uint64_t sequence)
{
	struct outcome o;
	const struct cti cti = { .node = 1, .epoch = 7, .serial = sequence };

	/* Every byte differs from zero, so that a column that is left out
	 * shows. */
	memset(&o, 0x5a, sizeof(o));
	o.sequence = sequence;
	o.redeemed = 1;
	cti_encode(&cti, o.cti);
	o.recorded_ms = KIT_NOW_MS;
	o.issued_s = KIT_NOW_S;
	o.expires_s = KIT_NOW_S + 300;
	o.reasons = UINT64_C(1) << 63 | 5;
	o.workflow = 2;
	o.present = 127;
	o.policy_version = 4000000000;
	o.trust_version = 2000000000;
	o.enrolled = WIRE_ENROLLED_NOW;
	KIT_OK(store_small_set(&o.tenant, bytes_of_str("tenant")) ? OK : E_BUG);
	(void)store_small_set(&o.device_handle, bytes_of_str("dh1_x"));
	(void)store_small_set(&o.channel, bytes_of_str("beta"));
	(void)store_small_set(&o.purpose, bytes_of_str("order 66"));
	(void)store_small_set(&o.release, bytes_of_str("r-66"));
	(void)store_small_set(&o.format, bytes_of_str("tpm2-quote"));
	(void)store_small_set(&o.policy_id, bytes_of_str("demo"));
	(void)store_small_set(&o.shadow_id, bytes_of_str("next"));
	(void)store_small_set(&o.challenge_kid, bytes_of_str("a-kid"));
	o.shadow_version = 3000000000;
	o.shadow_reasons = UINT64_C(1) << 63 | 9;
	return o;
}

struct redemption
kit_redemption(void)
{
	struct redemption r = { .expires_s = KIT_NOW_S + 120,
		                .observed = { 9, 8, 7 },
		                .tag = { 6, 5, 4 },
		                .finding = buf_of(64) };

	buf_append_str(&r.finding, "found");
	return r;
}

bool
kit_redeem(struct store *s, uint64_t sequence)
{
	const struct outcome o = kit_outcome(sequence);
	AUTO(redemption_release) struct redemption r = kit_redemption();
	bool won = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_redeem(s, &o, &r, &won));
	if (won) {
		struct store_marks m;
		KIT_OK(store_outcome_add(s, &o));
		KIT_OK(store_marks_get(s, &m));
		m.sequence = sequence;
		KIT_OK(store_marks_set(s, &m));
	}
	KIT_OK(store_commit(s));
	return won;
}

bool
kit_is_spent(struct store *s, uint64_t serial)
{
	AUTO(redemption_release) struct redemption r = { 0 };
	const struct outcome o = kit_outcome(serial);
	struct outcome found;
	err_t err = store_redemption(s, o.cti, &r, &found);

	CU_ASSERT(err == OK || err == E_NOT_FOUND);
	return err == OK;
}
