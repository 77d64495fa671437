/*
 * bench_enrolments.c - the ledger's database with a million enrolled devices, beside
 * one with ten thousand: what an attestation's transaction costs, what the process
 * needs, how long a start takes.
 *
 *	bench_enrolments [DEVICES [keep]]
 *
 * Times are those of the processor, so that other work on the machine counts
 * little; "wall" is by the clock.  With "keep" the directory is left.
 *
 * Devices are those of a sequence, so every run has the same.  Each has five facts,
 * as a phone has, a permit of a rollout, and has attested the day before.  An
 * attestation is all that the ledger does between a verdict and its commit
 * (redeem.h): epoch, enrolment, facts, outcome, marks.  As many devices attest with
 * a million as with ten thousand, spread over all: once for the first time on a day,
 * which is stored with the device (silence.h), and once more on that day.
 *
 * Before, devices without a permit ask for the release for the first time, under limits
 * and a gate that count all permits which there are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "eligibility/eligibility.h"
#include "ledger/redeem.h"
#include "ledger/store/clean.h"
#include "ledger/store/open.h"
#include "tests/bench/many.h"

#define FEW 10000u
#define MANY 1000000u
#define FILL_GROUP 20000u /* devices in a transaction */
#define GROUP 64u         /* attestations in one: as under load */
#define ATTESTED FEW      /* devices, in each measurement */
#define DAYS 3u
#define ASKERS 2048u                  /* devices without a permit */
#define ASKER UINT64_C(1000000000000) /* the number of the first */

static const char rollout_text[] =
        "id = \"bench\"; version = 1;\n"
        "groups: ( { name = \"all\"; formats = [ \"android-key\" ]; } );\n"
        "channels: ( { name = \"" CHANNEL "\"; allow = [ \"all\" ];\n"
        "  build = \"os_version\";\n"
        "  limits = { concurrent = 10000000; rate = 10000000;\n"
        "    period = \"1h\"; permit = \"1h\"; }; } );\n"
        "releases: ( { release = \"" RELEASE "\"; channel = \"" CHANNEL "\";\n"
        "  build = 170000;\n"
        "  stages = ( { name = \"first\"; group = \"all\"; },\n"
        "    { name = \"rest\"; percent = 100; after_devices = 10000000; } ); "
        "} "
        ");\n";

/* Devices by their handles: most indexes begin with it, and a fill in another order
 * writes nearly every page of them in each transaction. */
struct place {
	char handle[16]; /* its beginning */
	uint64_t n;
};

static int
compare_places(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	return memcmp(one->handle, other->handle, sizeof(one->handle));
}

static void
fill_devices(struct many *m, uint64_t devices)
{
	uint64_t n = devices - m->devices;
	struct place *places = calloc(n + 1, sizeof(*places));

	if (!places)
		or_die(E_NOMEM, "places");
	for (uint64_t i = 0; i < n; i++) {
		struct store_small handle;

		device_handle(m->devices + i, &handle);
		memcpy(places[i].handle, handle.data, sizeof(places[i].handle));
		places[i].n = m->devices + i;
	}
	qsort(places, n, sizeof(*places), compare_places);
	for (uint64_t i = 0; i < n;) {
		or_die(store_begin(m->store), "begin");
		for (unsigned k = 0; k < FILL_GROUP && i < n; k++)
			add_device(m, places[i++].n);
		or_die(store_commit(m->store), "commit");
		or_die(store_checkpoint(m->store), "checkpoint");
	}
	free(places);
	m->devices = devices;
}

/* --- attestations ---------------------------------------------------------- */

static void
attest_device(struct many *m, uint64_t n)
{
	AUTO(redemption_release) struct redemption spent = { 0 };
	const struct cti cti = { .node = 1, .epoch = 1, .serial = ++m->serial };
	const struct redeem_terms t = { .store = m->store,
		                        .now_ms = m->now_s * 1000,
		                        .horizon_ms = (NOW_S - 100) * 1000,
		                        .ttl_max_s = 3600,
		                        .sequence = m->marks.sequence + 1,
		                        .result_ttl_s = 300,
		                        .rollout = m->rollout };
	struct wire_verdict v = {
		.tenant = bytes_of_str(device_tenant(n)),
		.redeemable = 1,
		.workflow = WORKFLOW_METADATA,
		.issued_s = m->now_s,
		.expires_s = m->now_s + 120,
		.format = bytes_of_str("android-key"),
		.policy_id = bytes_of_str("demo"),
	};
	struct store_small handle;
	struct outcome o;
	bool fresh = false;

	cti_encode(&cti, v.cti);
	device_handle(n, &handle);
	device_identity(n, v.identity);
	device_facts(&v.facts);
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.device_handle = store_small_bytes(&handle);
	if (m->rollout) {
		v.bindings.present |=
		        BINDING_BIT(CHANNEL) | BINDING_BIT(RELEASE);
		v.bindings.channel = bytes_of_str(CHANNEL);
		v.bindings.release = bytes_of_str(RELEASE);
	}
	or_die(redeem(&t, &v, &spent, &o, &fresh), "redeem");
	if (!fresh || !o.redeemed || o.reasons != 0)
		or_die(E_BUG, "not eligible");
	m->marks.sequence++;
}

/* The i-th of those that attest.  The step has no factor in common with the number
 * of devices, and neighbours by it are none in any index. */
static uint64_t
device_of(const struct many *m, uint64_t i)
{
	return i * UINT64_C(611953) % m->devices;
}

static uint64_t
asker_of(const struct many *m, uint64_t i)
{
	return ASKER + m->devices + i;
}

static void
attest_group(struct many *m, uint64_t from, unsigned n,
             uint64_t number_of(const struct many *, uint64_t))
{
	or_die(store_begin(m->store), "begin");
	for (unsigned i = 0; i < n; i++)
		attest_device(m, number_of(m, from + i));
	or_die(store_marks_set(m->store, &m->marks), "marks");
	or_die(store_commit(m->store), "commit");
	or_die(store_checkpoint(m->store), "checkpoint");
}

static void
measure_attestations(struct many *m, const char *which)
{
	uint64_t start = clock_mono_us(), cpu = cpu_us(), n = 0;

	for (; n + GROUP <= ATTESTED; n += GROUP)
		attest_group(m, n, GROUP, device_of);
	printf("  %s of a day: %.1f us (wall %.1f us)\n", which,
	       (double)(cpu_us() - cpu) / (double)n,
	       (double)(clock_mono_us() - start) / (double)n);
}

/* The caches fill on the first of them. */
static void
measure_days(struct many *m)
{
	for (unsigned day = 0; day < DAYS; day++) {
		m->now_s = NOW_S + day * DAY_S;
		measure_attestations(m, "an attestation, the first");
		measure_attestations(m, "an attestation, a further one");
	}
}

/* --- first asks for a release ---------------------------------------------- */

static void
add_askers(struct many *m)
{
	or_die(store_begin(m->store), "begin");
	for (unsigned i = 0; i < ASKERS; i++)
		add_enrolment(m, asker_of(m, i));
	or_die(store_commit(m->store), "commit");
	or_die(store_checkpoint(m->store), "checkpoint");
}

/* The very first one counts the permits, as after each start. */
static void
measure_first_asks(struct many *m)
{
	AUTO(buf_release) struct buf why = buf_of(1024);

	add_askers(m);
	or_die(rollout_parse(bytes_of_str(rollout_text), &why, &m->rollout),
	       "a rollout");
	m->now_s = NOW_S + 1;
	uint64_t cpu = cpu_us();
	attest_group(m, 0, 1, asker_of);
	printf("  the first ask under a limit after a start: %llu us\n",
	       (unsigned long long)(cpu_us() - cpu));
	attest_group(m, 1, GROUP - 1, asker_of);
	cpu = cpu_us();
	for (unsigned n = GROUP; n < ASKERS; n += GROUP)
		attest_group(m, n, GROUP, asker_of);
	printf("  a device's first ask under a limit: %.1f us\n",
	       (double)(cpu_us() - cpu) / (double)(ASKERS - GROUP));
	rollout_free(TAKE(m->rollout));
}

/* --- memory and starts ----------------------------------------------------- */

static void
print_memory(void)
{
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "RssAnon:", 8) == 0)
			printf("  memory of the process:%s", line + 8);
	if (f)
		fclose(f);
}

static const char *
path_in(const struct many *m, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", m->directory, name);
	return path;
}

static void
open_store(struct many *m)
{
	AUTO(buf_release) struct buf why = buf_of(256);

	or_die(store_open(m->directory, NOW_S * 1000, &why, &m->store), "open");
	or_die(store_begin(m->store), "begin");
	or_die(store_marks_get(m->store, &m->marks), "marks");
	or_die(store_commit(m->store), "commit");
}

static void
measure_start(struct many *m, bool clean)
{
	struct stat st = { 0 };

	store_end(TAKE(m->store));
	(void)stat(path_in(m, STORE_FILE), &st);
	if (!clean)
		(void)unlink(path_in(m, STORE_CLEAN_FILE));
	uint64_t start = clock_mono_us(), cpu = cpu_us();
	open_store(m);
	double took = (double)(cpu_us() - cpu) / 1e6;
	printf("  a start after %s end, %lld MB: %.2f s (wall %.2f s)",
	       clean ? "a clean" : "another", (long long)st.st_size / 1000000,
	       took, (double)(clock_mono_us() - start) / 1e6);
	if (clean)
		puts("");
	else
		printf(", %.2f s for each 500 MB\n",
		       took * 5e8 / (double)st.st_size);
}

/* Redemptions are those of the last minutes, whatever the number of devices. */
static void
sweep_redemptions(struct many *m)
{
	size_t n = 1;

	while (n > 0) {
		or_die(store_begin(m->store), "begin");
		or_die(store_sweep(m->store, NOW_S * 2, 4096, &n), "sweep");
		or_die(store_commit(m->store), "commit");
		or_die(store_checkpoint(m->store), "checkpoint");
	}
}

static void
measure_devices(struct many *m, uint64_t devices)
{
	uint64_t start = clock_mono_ms();

	fill_devices(m, devices);
	printf("%llu devices (filled in %llu s)\n", (unsigned long long)devices,
	       (unsigned long long)(clock_mono_ms() - start) / 1000);
	measure_first_asks(m);
	measure_days(m);
	print_memory();
	sweep_redemptions(m);
	measure_start(m, true);
	measure_start(m, false);
	print_memory();
	fflush(stdout);
}

static void
remove_all(struct many *m)
{
	static const char *const names[] = { STORE_FILE, STORE_FILE "-wal",
		                             STORE_CLEAN_FILE };

	store_end(TAKE(m->store));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)unlink(path_in(m, names[i]));
	(void)rmdir(m->directory);
}

int
main(int argc, char **argv)
{
	/* Not /tmp: it may be memory. */
	struct many m = { .now_s = NOW_S,
		          .directory = "/var/tmp/anchord-bench-XXXXXX" };
	uint64_t many = argc > 1 ? strtoull(argv[1], NULL, 10) : MANY;

	if (!mkdtemp(m.directory))
		or_die(E_IO, "a directory");
	open_store(&m);
	or_die(store_begin(m.store), "begin");
	or_die(store_epoch_live(m.store, &(struct store_life){ 1, 1, { 0 } },
	                        1),
	       "epoch");
	or_die(store_commit(m.store), "commit");
	puts("ledger: enrolled devices");
	measure_devices(&m, many < FEW ? many : FEW);
	if (many > FEW)
		measure_devices(&m, many);
	if (argc > 2)
		printf("kept: %s\n", m.directory);
	else
		remove_all(&m);
	return 0;
}
