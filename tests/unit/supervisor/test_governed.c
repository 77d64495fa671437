/*
 * test_governed.c - which chain of the trust bundle the supervisor lets come into
 * force, also after a restart, and how long a recovery waits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/encode.h"
#include "supervisor/last_good.h"
#include "supervisor/supervisor.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"
#include "trust/pack.h"

#define WAIT_S (7 * CHAIN_KIT_DAY) /* of bundle_kit_whole() */

struct rig {
	char directory[64], state[80], kept[112], seen[112], file[80];
	char genesis[HEX_LEN(HASH_SIZE) + 1];
	struct config config;
	struct supervisor s;
	struct chain_kit kit;
};

/* --- files ---------------------------------------------------------------- */

static void
put_file(const char *path, struct bytes text)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(text.data, 1, text.len, f), text.len);
	CU_ASSERT_EQUAL(fclose(f), 0);
	CU_ASSERT_EQUAL(chmod(path, 0600), 0);
}

/* Puts the first n versions at the place of trust.bundle. */
static void
put_chain(struct rig *r, struct chain_kit *kit, size_t n)
{
	AUTO(buf_release) struct buf out = buf_of(TRUST_PACK_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct trust_chain chain;
	static char names[CHAIN_KIT_MAX][TRUST_SIGNATURES_MAX][8];

	chain_kit_seal(kit);
	for (size_t i = 0; i < n; i++) {
		struct trust_version *v = &kit->versions[i];

		for (size_t j = 0; j < v->n_signatures; j++) {
			snprintf(names[i][j], sizeof(names[i][j]), "s%02zu", j);
			v->signatures[j].name = bytes_of_str(names[i][j]);
		}
	}
	chain = (struct trust_chain){ n, kit->versions };
	CU_ASSERT_EQUAL_FATAL(trust_pack_put(&chain, &why, &out), OK);
	put_file(r->file, buf_bytes(&out));
}

/* --- the supervisor ------------------------------------------------------- */

static bool
look(struct rig *r)
{
	return governed_look(&r->s);
}

/* The supervisor begins again and looks. */
static void
begin(struct rig *r)
{
	governed_release(&r->s.governed);
	r->s.governed = (struct governed){ .file = -1 };
	governed_start(&r->s);
	(void)look(r);
}

static uint32_t
in_force(const struct rig *r)
{
	return r->s.governed.now.version;
}

/* Refused with these words, and nothing has changed. */
static void
refuses(struct rig *r, const char *words)
{
	struct governed_version was = r->s.governed.now;

	CU_ASSERT_FALSE(look(r));
	CU_ASSERT_EQUAL(memcmp(&was, &r->s.governed.now, sizeof(was)), 0);
	if (strstr(r->s.governed.why, words))
		return;
	printf("  \"%s\" instead of \"%s\"\n", r->s.governed.why, words);
	CU_FAIL("another complaint");
}

/* The times of the kit's bundles are those of a day long ago. */
static void
date_now(struct bundle *b)
{
	uint64_t now_s = clock_wall_ms() / 1000;
	uint64_t ahead_s = now_s - CHAIN_KIT_DAY - b->issued_s;

	b->issued_s += ahead_s;
	b->apply_before_s += ahead_s;
	b->expires_s += ahead_s;
	b->officers.rows[1].until_s += ahead_s;
}

static struct rig *
rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	AUTO(buf_release) struct buf hex = buf_of(sizeof(r->genesis));

	if (!r)
		abort();
	snprintf(r->directory, sizeof(r->directory),
	         "/tmp/anchord-governed-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL(mkdtemp(r->directory));
	snprintf(r->state, sizeof(r->state), "%s/state", r->directory);
	snprintf(r->kept, sizeof(r->kept), "%s/" LAST_GOOD_CHAIN, r->state);
	snprintf(r->seen, sizeof(r->seen), "%s/" LAST_GOOD_SEEN, r->state);
	snprintf(r->file, sizeof(r->file), "%s/chain", r->directory);
	CU_ASSERT_EQUAL(mkdir(r->state, 0700), 0);
	chain_kit_begin(&r->kit);
	date_now(r->kit.bundles[0]);
	chain_kit_seal(&r->kit);
	encode_hex(&hex, bytes_of(r->kit.genesis, HASH_SIZE));
	memcpy(r->genesis, buf_str(&hex), sizeof(r->genesis));
	r->config = (struct config){ .governance = "officers",
		                     .bundle_file = r->file,
		                     .genesis_sha256 = r->genesis,
		                     .state_directory = r->state };
	r->s.config = &r->config;
	r->s.governed.file = -1;
	return r;
}

static void
rig_free(struct rig *r)
{
	governed_release(&r->s.governed);
	chain_kit_release(&r->kit);
	(void)unlink(r->kept);
	(void)unlink(r->seen);
	(void)unlink(r->file);
	(void)rmdir(r->state);
	CU_ASSERT_EQUAL(rmdir(r->directory), 0);
	free(r);
}

/* Another chain from the same version 1. */
static void
fork_kit(const struct rig *r, struct chain_kit *fork)
{
	chain_kit_begin(fork);
	*fork->bundles[0] = *r->kit.bundles[0];
}

static struct bundle *
add_recovery(struct chain_kit *k, const char *name)
{
	struct bundle *b =
	        chain_kit_add(k, BUNDLE_RECOVERY, "sealed-1 sealed-3");

	b->officers.n = 0;
	bundle_kit_add_officer(&b->officers, name);
	bundle_kit_add_officer(&b->officers, "foxtrot");
	bundle_kit_add_officer(&b->officers, "golf");
	return b;
}

/* The supervisor saw the recovery so long ago. */
static void
seen_ago(struct rig *r, const struct bundle *b, uint64_t ago_s)
{
	AUTO(buf_release) struct buf line = buf_of(256);

	buf_printf(&line, "%u ", b->version);
	encode_hex(&line, bytes_of(b->digest, HASH_SIZE));
	buf_printf(&line, " %llu\n",
	           (unsigned long long)(clock_wall_ms() / 1000 - ago_s));
	put_file(r->seen, buf_bytes(&line));
}

/* --- tests ---------------------------------------------------------------- */

static void
test_goes_on(void)
{
	struct rig *r = rig_new();

	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 0);
	CU_ASSERT_TRUE(r->s.governed.why[0]);
	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha charlie");
	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "bravo charlie");
	put_chain(r, &r->kit, 1);
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_FALSE(look(r)); /* the same */
	CU_ASSERT_STRING_EQUAL(r->s.governed.why, "");
	put_chain(r, &r->kit, 3); /* two at once */
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_EQUAL(in_force(r), 3);
	CU_ASSERT_STRING_EQUAL(r->s.governed.why, "");
	CU_ASSERT_FALSE(r->s.governed.again);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 3);
	rig_free(r);
}

/* What a chain may not be: each is said, and nothing changes. */
static void
test_refuses(void)
{
	struct rig *r = rig_new();
	struct chain_kit fork;

	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha charlie");
	put_chain(r, &r->kit, 2);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);

	put_chain(r, &r->kit, 1); /* yesterday's */
	refuses(r, "trust-rollback: the chain does not have version 2");
	fork_kit(r, &fork); /* signed by as many, and not what is in force */
	chain_kit_add(&fork, BUNDLE_ORDINARY, "alpha bravo")->expires_s++;
	chain_kit_add(&fork, BUNDLE_ORDINARY, "alpha bravo");
	put_chain(r, &fork, 3);
	refuses(r, "trust-rollback: the chain does not have version 2");
	chain_kit_release(&fork);

	put_file(r->file, bytes_of_str("anchord-trust-pack 1\nend\n"));
	refuses(r, "version");
	put_file(r->file, bytes_of_str("format = 1;\n"));
	refuses(r, "its content is not of that kind");
	CU_ASSERT_EQUAL(unlink(r->file), 0);
	refuses(r, "No such file");

	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha"); /* one of two */
	put_chain(r, &r->kit, 3);
	refuses(r, "trust-quorum-before");
	CU_ASSERT_EQUAL(chmod(r->file, 0666), 0);
	refuses(r, "mode 0666");
	rig_free(r);
}

static void
test_refuses_first(void)
{
	struct rig *r = rig_new();

	r->genesis[0] = r->genesis[0] == '0' ? '1' : '0';
	put_chain(r, &r->kit, 1);
	begin(r);
	refuses(r, "trust-genesis");
	CU_ASSERT_EQUAL(in_force(r), 0);
	rig_free(r);
}

/* Times are judged when a version comes, by the clock and not by its text. */
static void
test_times(void)
{
	struct rig *r = rig_new();
	struct chain_kit late, expired, early;
	struct bundle *b;

	put_chain(r, &r->kit, 1);
	begin(r);
	fork_kit(r, &late);
	b = chain_kit_add(&late, BUNDLE_ORDINARY, "alpha bravo");
	b->apply_before_s = b->issued_s + 1;
	put_chain(r, &late, 2);
	refuses(r, "trust-late");
	CU_ASSERT_FALSE(r->s.governed.again);

	fork_kit(r, &expired);
	b = chain_kit_add(&expired, BUNDLE_ORDINARY, "alpha bravo");
	b->apply_before_s = b->issued_s + 1;
	b->expires_s = b->apply_before_s;
	put_chain(r, &expired, 2);
	refuses(r, "trust-expired");

	fork_kit(r, &early);
	b = chain_kit_add(&early, BUNDLE_ORDINARY, "alpha bravo");
	b->issued_s += 2 * CHAIN_KIT_DAY;
	put_chain(r, &early, 2);
	refuses(r, "trust-early");
	CU_ASSERT_TRUE(r->s.governed.again); /* its time will come */

	/* A machine that was rebuilt gets a chain of long ago. */
	CU_ASSERT_EQUAL(unlink(r->kept), 0);
	put_chain(r, &late, 2);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);
	chain_kit_release(&late);
	chain_kit_release(&expired);
	chain_kit_release(&early);
	rig_free(r);
}

/* What was stored decides, whatever lies at the place of trust.bundle. */
static void
test_restart(void)
{
	struct rig *r = rig_new();

	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha charlie");
	put_chain(r, &r->kit, 2);
	begin(r);
	put_chain(r, &r->kit, 1);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.governed.why, "trust-rollback"));
	CU_ASSERT_EQUAL(unlink(r->file), 0);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);

	/* While it is unusable nothing is taken: it could be older. */
	put_chain(r, &r->kit, 1);
	CU_ASSERT_EQUAL(chmod(r->kept, 0666), 0);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 0);
	CU_ASSERT_TRUE(r->s.governed.again);
	CU_ASSERT_EQUAL(chmod(r->kept, 0600), 0);
	CU_ASSERT_TRUE(look(r)); /* mended without a restart */
	CU_ASSERT_EQUAL(in_force(r), 2);
	rig_free(r);
}

/* What cannot be stored does not come into force. */
static void
test_stored_first(void)
{
	struct rig *r = rig_new();

	put_chain(r, &r->kit, 1);
	begin(r);
	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha charlie");
	put_chain(r, &r->kit, 2);
	CU_ASSERT_EQUAL(chmod(r->state, 0777), 0);
	refuses(r, "open to others");
	CU_ASSERT_TRUE(r->s.governed.again);
	CU_ASSERT_EQUAL(chmod(r->state, 0700), 0);
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_EQUAL(in_force(r), 2);
	rig_free(r);
}

/* --- recoveries ----------------------------------------------------------- */

static void
test_recovery_waits(void)
{
	struct rig *r = rig_new();
	struct bundle *recovery = add_recovery(&r->kit, "echo");

	put_chain(r, &r->kit, 1);
	begin(r);
	put_chain(r, &r->kit, 2);
	refuses(r, "trust-waits");
	CU_ASSERT_TRUE(r->s.governed.again);
	CU_ASSERT_EQUAL(r->s.governed.seen.version, 2);
	begin(r); /* a restart does not begin the waiting again */
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_EQUAL(r->s.governed.seen.version, 2);
	seen_ago(r, recovery, WAIT_S - 60);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 1);
	seen_ago(r, recovery, WAIT_S + 60);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);
	rig_free(r);
}

/* Nobody skips the waiting time by a record of another recovery, by one that is
 * damaged, or by one that cannot be written. */
static void
test_recovery_record(void)
{
	struct rig *r = rig_new();
	struct bundle *recovery = add_recovery(&r->kit, "echo");

	put_chain(r, &r->kit, 1);
	begin(r);
	put_chain(r, &r->kit, 2);
	recovery->digest[0] ^= 1;
	seen_ago(r, recovery, WAIT_S + 60);
	recovery->digest[0] ^= 1;
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.governed.why, "trust-waits"));

	put_file(r->seen, bytes_of_str("2 00 1\n"));
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_TRUE(r->s.governed.unknown);
	CU_ASSERT_EQUAL(unlink(r->seen), 0);
	CU_ASSERT_EQUAL(chmod(r->state, 0777), 0);
	begin(r);
	CU_ASSERT_EQUAL(r->s.governed.seen.version, 0);
	CU_ASSERT_EQUAL(chmod(r->state, 0700), 0);
	rig_free(r);
}

/* An ordinary version takes the place of a recovery that waits; a removal, which
 * needs one officer, does not. */
static void
test_recovery_superseded(void)
{
	struct rig *r = rig_new();
	struct chain_kit removal, ordinary, other;

	add_recovery(&r->kit, "echo");
	put_chain(r, &r->kit, 1);
	begin(r);
	put_chain(r, &r->kit, 2);
	refuses(r, "trust-waits");

	fork_kit(r, &removal);
	chain_kit_drop_anchor(chain_kit_add(&removal, BUNDLE_REMOVAL, "alpha"),
	                      r->kit.bundles[0]->anchors[0].name);
	put_chain(r, &removal, 2);
	refuses(r, "no removal takes its place");

	fork_kit(r, &other); /* waits from its own beginning */
	struct bundle *b = add_recovery(&other, "hotel");
	put_chain(r, &other, 2);
	refuses(r, "the waiting time of a recovery is not over");
	CU_ASSERT_EQUAL(memcmp(r->s.governed.seen.digest, b->digest, HASH_SIZE),
	                0);

	fork_kit(r, &ordinary);
	chain_kit_add(&ordinary, BUNDLE_ORDINARY, "alpha bravo");
	put_chain(r, &ordinary, 2);
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_EQUAL(in_force(r), 2);
	put_chain(r, &r->kit, 2); /* the recovery is over */
	refuses(r, "trust-rollback");
	chain_kit_release(&removal);
	chain_kit_release(&ordinary);
	chain_kit_release(&other);
	rig_free(r);
}

static const struct harness_test tests[] = {
	{ "goes on from the version in force", test_goes_on },
	{ "refuses what may not be in force", test_refuses },
	{ "refuses another version 1", test_refuses_first },
	{ "judges times when a version comes", test_times },
	{ "begins with what it stored", test_restart },
	{ "stores a chain before it is in force", test_stored_first },
	{ "lets a recovery wait", test_recovery_waits },
	{ "believes only its own record of a recovery", test_recovery_record },
	{ "lets no removal end a recovery", test_recovery_superseded },
	{ NULL, NULL },
};

HARNESS_MAIN("governed", tests)
