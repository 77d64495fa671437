/*
 * board.c - see board.h.  Cases mostly wait, so there are more
 * processes than cores.
 */
#include "tests/common/faults/board.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "tests/common/base/harness.h"

#define JOBS 8
#define JOBS_MAX 64
#define SHOWN 40
#define ENDS_MAX 16384

struct board {
	atomic_uint next;
	/* Of each job: why it could not begin; empty: it could. */
	char why[JOBS_MAX][FAULT_TEXT_MAX];
	struct fault_end ends[ENDS_MAX];
};

static size_t n_cases, step, n_pairs;

static size_t
total(void)
{
	return n_cases + n_pairs + fault_kind->n_found;
}

/* The i-th of those that this run does: matrix first, then pairs.  A step may
 * share a factor with the length of a row, so the offset moves by row. */
static struct fault
pick(size_t i)
{
	if (i >= n_cases + n_pairs)
		return fault_found_at(i - n_cases - n_pairs);
	if (i >= n_cases)
		return fault_pair(i - n_cases);
	return fault_case(
	        step == 1 ? i : (i * step + i * step / 90) % fault_cases());
}

static _Noreturn void
work(struct board *b, size_t job)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t i;

	/* Nobody outlives a test that is killed. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, STDERR_FILENO);
	if (!fault_prepare(fault_kind, b->why[job]))
		_exit(1);
	b->why[job][0] = '\0';
	while ((i = atomic_fetch_add(&b->next, 1)) < total()) {
		struct fault f = pick(i);
		b->ends[i] = fault_run(&f);
	}
	fault_kind->end();
	_exit(0);
}

static void
run_jobs(struct board *b)
{
	const char *text = getenv("ANCHORD_FAULTS_JOBS");
	size_t jobs = text ? strtoul(text, NULL, 10) : JOBS;
	pid_t pids[JOBS_MAX];
	int status = 0;

	jobs = jobs < ARRAY_LEN(pids) ? jobs : ARRAY_LEN(pids);
	fflush(stdout);
	for (size_t i = 0; i < jobs; i++)
		if ((pids[i] = fork()) == 0)
			work(b, i);
	for (size_t i = 0; i < jobs; i++) {
		waitpid(pids[i], &status, 0);
		if (status != 0)
			printf("  job %zu, status 0x%x: %s\n", i,
			       (unsigned)status, b->why[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
}

static void
print_wrong(const struct board *b)
{
	unsigned shown = 0;
	char text[FAULT_TEXT_MAX];

	for (size_t i = 0; i < total(); i++) {
		struct fault f = pick(i);
		if (b->ends[i].class != FAULT_WRONG || shown++ >= SHOWN)
			continue;
		fault_print(&f, text, sizeof(text));
		printf("  case %zu, %s: %s\n", i, text, b->ends[i].text);
	}
}

static int
by_size(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
print_sums(const struct board *b)
{
	static uint32_t times[ENDS_MAX];
	size_t counts[FAULT_CLASSES] = { 0 };
	size_t n = 0, lives = 0, refused = 0;

	for (size_t i = 0; i < total(); i++) {
		const struct fault_end *e = &b->ends[i];
		counts[e->class]++;
		lives += e->lives;
		refused = e->refused > refused ? e->refused : refused;
		if (e->class == FAULT_LOST || e->class == FAULT_LATCHED)
			times[n++] = e->recovered_ms;
	}
	printf("  %zu cases, %zu pairs, %zu once found, %zu lives:", n_cases,
	       n_pairs, fault_kind->n_found, lives);
	for (size_t c = 0; c < FAULT_CLASSES; c++)
		printf(" %zu %s%s", counts[c],
		       fault_class_name((enum fault_class)c),
		       c + 1 < FAULT_CLASSES ? "," : "\n");
	qsort(times, n, sizeof(*times), by_size);
	if (n > 0)
		printf("  back after the fault: median %u ms, p99 %u ms, "
		       "longest %u ms\n",
		       times[n / 2], times[n * 99 / 100], times[n - 1]);
	CU_ASSERT_EQUAL(counts[FAULT_WRONG], 0);
}

/* The matrix by call, for docs/faults.md. */
static void
print_calls(const struct board *b)
{
	const size_t row = fault_kind->n_outcomes * FAULT_WHENS;

	for (size_t call = 0; call < fault_kind->n_calls; call++) {
		size_t counts[FAULT_CLASSES] = { 0 };

		for (size_t i = 0; i < row; i++)
			counts[b->ends[call * row + i].class]++;
		printf("  %-20s", fault_kind->calls[call].name);
		for (size_t c = 0; c < FAULT_CLASSES; c++)
			printf(" %3zu", counts[c]);
		printf("\n");
	}
}

static void
run_one(size_t i)
{
	char text[FAULT_TEXT_MAX];
	struct fault f = i < fault_cases() ? fault_case(i)
	                                   : fault_pair(i - fault_cases());

	fault_print(&f, text, sizeof(text));
	printf("%s\n", text);
	struct fault_end e = fault_run(&f);
	printf("%s, %u lives, %u logins (%u refused), back in %u ms %s\n",
	       fault_class_name(e.class), e.lives, e.logins, e.refused,
	       e.recovered_ms, e.text);
	CU_ASSERT_NOT_EQUAL(e.class, FAULT_WRONG);
}

static void
run_plan(void)
{
	uint64_t start_at = clock_mono_ms();
	struct board *b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
	                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CU_ASSERT_PTR_NOT_EQUAL_FATAL((void *)b, MAP_FAILED);
	CU_ASSERT_FATAL(total() <= ENDS_MAX);
	run_jobs(b);
	CU_ASSERT_TRUE(atomic_load(&b->next) >= total());
	print_wrong(b);
	print_sums(b);
	if (n_cases == fault_cases())
		print_calls(b);
	printf("  in %u s\n", (unsigned)((clock_mono_ms() - start_at) / 1000));
	munmap(b, sizeof(*b));
}

void
fault_board(const struct fault_kind *kind, const struct fault_plan *plan)
{
	const char *which = getenv("ANCHORD_FAULTS");
	bool all = which && strcmp(which, "all") == 0;
	bool matrix = which && strcmp(which, "matrix") == 0;
	bool pairs = which && strcmp(which, "pairs") == 0;

	char why[FAULT_TEXT_MAX];

	if (!fault_prepare(kind, why)) {
		printf("  %s\n", why);
		CU_FAIL("no honest run");
		kind->end();
		return;
	}
	step = which ? 1 : plan->step;
	n_cases = pairs ? 0 : fault_cases() / step;
	n_pairs = all || pairs ? plan->all_pairs : matrix ? 0 : plan->pairs;
	if (which && !all && !matrix && !pairs)
		run_one(strtoul(which, NULL, 10));
	else
		run_plan();
	kind->end();
}
