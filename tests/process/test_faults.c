/*
 * test_faults.c - the matrix of token faults: each call, each outcome, the
 * first, the nth and every time; a sample of it here, all of it and 5,000 pairs
 * by `make faults`.
 *
 * Environment: ANCHORD_FAULTS=all, matrix (no pairs), or one case by its
 * number; ANCHORD_FAULTS_JOBS, processes side by side.  Cases mostly wait, so
 * there are more of them than cores.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/fault.h"
#include "../common/harness.h"
#include "clock.h"

#define PAIRS 5000u
#define SAMPLE_STEP 8   /* 2250 / 8 = 282 cases ... */
#define SAMPLE_PAIRS 40 /* ... and these: 322 */
#define JOBS 8
#define SHOWN 40
#define ENDS_MAX (FAULT_CASES + PAIRS + 100)

struct board {
	atomic_uint next;
	struct fault_end ends[ENDS_MAX];
};

static size_t n_cases, step = SAMPLE_STEP, n_pairs = SAMPLE_PAIRS;

static size_t
total(void)
{
	return n_cases + n_pairs + fault_found();
}

/* The i-th of those that this run does: matrix first, then pairs.  A step of
 * 8 is prime to 3 and 30 shares 2 with it, so the offset moves by row. */
static struct fault
pick(size_t i)
{
	if (i >= n_cases + n_pairs)
		return fault_found_at(i - n_cases - n_pairs);
	if (i >= n_cases)
		return fault_pair(i - n_cases);
	return fault_case(step == 1 ? i
	                            : (i * step + i * step / 90) % FAULT_CASES);
}

static _Noreturn void
work(struct board *b)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t i;

	dup2(null, STDERR_FILENO);
	while ((i = atomic_fetch_add(&b->next, 1)) < total()) {
		struct fault f = pick(i);
		b->ends[i] = fault_run(&f);
	}
	_exit(0);
}

static void
run_jobs(struct board *b)
{
	const char *text = getenv("ANCHORD_FAULTS_JOBS");
	unsigned jobs = text ? (unsigned)strtoul(text, NULL, 10) : JOBS;
	int status;

	for (unsigned i = 0; i < jobs; i++)
		if (fork() == 0)
			work(b);
	while (wait(&status) > 0)
		CU_ASSERT_EQUAL(status, 0);
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
	       n_pairs, fault_found(), lives);
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
	for (size_t call = 0; call < SHIM_CALLS; call++) {
		size_t counts[FAULT_CLASSES] = { 0 };
		const size_t row = (size_t)SHIM_OUTCOMES * FAULT_WHENS;

		for (size_t i = 0; i < row; i++)
			counts[b->ends[call * row + i].class]++;
		printf("  %-20s", fault_call_name((enum shim_call)call));
		for (size_t c = 0; c < FAULT_CLASSES; c++)
			printf(" %3zu", counts[c]);
		printf("\n");
	}
}

static bool
prepare(void)
{
	static char shim[PATH_MAX];
	char self[PATH_MAX] = "";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(shim, sizeof(shim), "%.3000s/../anchord-shim.so", self);
	return realpath(shim, self) &&
	       snprintf(shim, sizeof(shim), "%s", self) && fault_prepare(shim);
}

static void
run_one(size_t i)
{
	char text[FAULT_TEXT_MAX];
	struct fault f =
	        i < FAULT_CASES ? fault_case(i) : fault_pair(i - FAULT_CASES);

	fault_print(&f, text, sizeof(text));
	printf("%s\n", text);
	struct fault_end e = fault_run(&f);
	printf("%s, %u lives, %u logins (%u refused), back in %u ms %s\n",
	       fault_class_name(e.class), e.lives, e.logins, e.refused,
	       e.recovered_ms, e.text);
	CU_ASSERT_NOT_EQUAL(e.class, FAULT_WRONG);
}

static void
test_matrix(void)
{
	const char *which = getenv("ANCHORD_FAULTS");
	uint64_t start_at = clock_mono_ms();

	if (!prepare()) {
		CU_FAIL("no honest run");
		return;
	}
	if (which && strcmp(which, "all") != 0 &&
	    strcmp(which, "matrix") != 0) {
		run_one(strtoul(which, NULL, 10));
		return;
	}
	if (which) {
		step = 1;
		n_pairs = strcmp(which, "all") == 0 ? PAIRS : 0;
	}
	n_cases = FAULT_CASES / step;
	struct board *b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
	                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL((void *)b, MAP_FAILED);
	run_jobs(b);
	print_wrong(b);
	print_sums(b);
	if (step == 1)
		print_calls(b);
	printf("  in %u s\n", (unsigned)((clock_mono_ms() - start_at) / 1000));
	munmap(b, sizeof(*b));
}

static const struct harness_test tests[] = {
	{ "survives what a token does", test_matrix },
	{ NULL, NULL },
};

HARNESS_MAIN("faults", tests)
