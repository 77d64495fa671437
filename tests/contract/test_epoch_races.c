/*
 * test_epoch_races.c - key holders that take an epoch of one device at the same
 * moment: none is given twice.
 *
 * Each key holder is a process.  They log in one after the other, since SoftHSM
 * spoils its own files when two do at once, meet, and take the epoch together; in
 * every fourth race they do all of it together, and a login that SoftHSM spoiled
 * is one that takes none.  ANCHORD_TEST_ALL=1 runs 500 races of each size.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/softtoken.h"
#include "tests/common/devices/swtpm_kit.h"
#include "tests/common/devices/tpm_rm.h"
#include "base/clock.h"
#include "hsm/core/hsm.h"

FOREIGN_LEAKS

#define RUNNERS_MAX 4
#define ALL_RACES 500

/* What the processes of a race share. */
static struct board {
	atomic_uint ready; /* that are logged in, or could not */
	atomic_uint epoch[RUNNERS_MAX];
	atomic_int err[RUNNERS_MAX];
} * board;

struct race {
	struct hsm_options options;
	const char *lock; /* around a login; NULL: none */
	unsigned runners;
};

struct sums {
	unsigned races, taken, empty, lost, absent;
	uint32_t highest;
};

static unsigned
races(unsigned sample)
{
	const char *all = getenv("ANCHORD_TEST_ALL");

	return all && strcmp(all, "1") == 0 ? ALL_RACES : sample;
}

static err_t
open_device(const struct race *race, struct hsm **ret_hsm)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);
	int lock = race->lock ? open(race->lock, O_RDWR | O_CREAT | O_CLOEXEC,
	                             0600)
	                      : -1;

	TRY(secret_copy(bytes_of_str(SOFTTOKEN_PIN), &pin));
	if (lock >= 0)
		(void)flock(lock, LOCK_EX);
	err_t err = hsm_open(&race->options, pin, &why, ret_hsm);
	if (lock >= 0)
		close(lock);
	return err;
}

static void
meet(unsigned runners)
{
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;

	atomic_fetch_add(&board->ready, 1);
	while (atomic_load(&board->ready) < runners && clock_mono_ms() < until)
		sched_yield();
}

static _Noreturn void
run(const struct race *race, unsigned i)
{
	struct hsm *hsm = NULL;
	uint32_t epoch = 0;
	err_t err = open_device(race, &hsm);

	if (race->lock)
		meet(race->runners);
	atomic_store(&board->err[i], -1);
	if (err == OK) {
		err = hsm_epoch_next(hsm, &epoch);
		atomic_store(&board->err[i], (int)err);
		if (err != OK && err != E_DEVICE)
			printf("  %s: %s\n", err_name(err), hsm_why(hsm));
	}
	atomic_store(&board->epoch[i], err == OK ? epoch : 0);
	fflush(stdout);
	_exit(0); /* like a key holder that is killed: nothing is closed */
}

/* Every value that was given must be above all that were, and its own. */
static void
judge(const struct race *race, struct sums *sums)
{
	uint32_t highest = sums->highest;
	unsigned taken = 0;

	for (unsigned i = 0; i < race->runners; i++) {
		uint32_t epoch = atomic_load(&board->epoch[i]);
		int err = atomic_load(&board->err[i]);

		sums->absent += err < 0;
		sums->lost += err == (int)E_DEVICE;
		CU_ASSERT_TRUE(err <= 0 || err == (int)E_DEVICE);
		if (err != OK)
			continue;
		taken++;
		CU_ASSERT_TRUE(epoch > sums->highest);
		for (unsigned k = 0; k < i; k++)
			CU_ASSERT_TRUE(atomic_load(&board->err[k]) != OK ||
			               atomic_load(&board->epoch[k]) != epoch);
		highest = epoch > highest ? epoch : highest;
	}
	sums->races++;
	sums->taken += taken;
	sums->empty += taken == 0;
	sums->highest = highest;
}

static void
run_race(const struct race *race, struct sums *sums)
{
	pid_t pids[RUNNERS_MAX];

	memset(board, 0, sizeof(*board));
	fflush(stdout);
	for (unsigned i = 0; i < race->runners; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			run(race, i);
	}
	for (unsigned i = 0; i < race->runners; i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		CU_ASSERT_EQUAL(status, 0);
	}
	judge(race, sums);
}

static bool
make_board(void)
{
	if (!board)
		board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return board != MAP_FAILED;
}

static void
tell(const char *what, const struct race *race, const struct sums *s)
{
	printf("%s: %u races of %u: %u epochs taken, %u lives stepped back, %u "
	       "logged in in vain; %u races without a winner\n",
	       what, s->races, race->runners, s->taken, s->lost, s->absent,
	       s->empty);
}

static void
race_on_token(unsigned runners, unsigned sample)
{
	AUTO(softtoken_close) struct softtoken t;
	struct sums sums = { .races = 0 };
	char lock[160];

	if (!softtoken_open(&t))
		return;
	CU_ASSERT_TRUE_FATAL(make_board());
	snprintf(lock, sizeof(lock), "%s/lock", t.directory);
	struct race race = { .options = { .module = t.module,
		                          .uri = t.uri,
		                          .handle_label = "anchord-handle",
		                          .spki_sha256 = t.public_sha256 },
		             .runners = runners };
	for (unsigned i = 0; i < races(sample); i++) {
		race.lock = i % 4 == 3 ? NULL : lock;
		run_race(&race, &sums);
	}
	tell("SoftHSM", &race, &sums);
	/* A race that all lose is one that must be run again. */
	CU_ASSERT_TRUE(sums.empty * 4 < sums.races);
	CU_ASSERT_TRUE(sums.taken >= sums.races - sums.empty);
}

static void
test_two(void)
{
	race_on_token(2, 8);
}

static void
test_four(void)
{
	race_on_token(4, 5);
}

/* A TPM has room for the sessions of two. */
static void
test_tpm(void)
{
	AUTO(swtpm_close) struct swtpm tpm;
	AUTO(tpm_rm_close) struct tpm_rm rm = { .pid = 0 };
	struct sums sums = { .races = 0 };
	char uri[sizeof(tpm.uri)];

	if (!swtpm_open(&tpm) || !swtpm_keys(&tpm, "", ALG_ES256))
		return;
	CU_ASSERT_TRUE_FATAL(make_board());
	CU_ASSERT_TRUE_FATAL(tpm_rm_open(&rm, tpm.port));
	const char *places = strchr(tpm.uri, '?');
	CU_ASSERT_PTR_NOT_NULL_FATAL(places);
	snprintf(uri, sizeof(uri), "tpm2:swtpm:host=127.0.0.1,port=%u%s",
	         rm.port, places);
	const struct race race = {
		.options = { .uri = uri, .spki_sha256 = tpm.public_sha256 },
		.lock = "/dev/null",
		.runners = 2
	};
	for (unsigned i = 0; i < races(6); i++)
		run_race(&race, &sums);
	tell("TPM", &race, &sums);
	CU_ASSERT_EQUAL(sums.absent, 0);
	CU_ASSERT_TRUE(sums.empty * 4 < sums.races);
}

static const struct harness_test tests[] = {
	{ "two key holders on one token", test_two },
	{ "four key holders on one token", test_four },
	{ "two key holders on one TPM", test_tpm },
	{ NULL, NULL },
};

HARNESS_MAIN("epoch_races", tests)
