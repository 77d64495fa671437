/*
 * stage.c - see attack.h: one front, attackers and a well-behaved client beside
 * each other, and what is asserted of them.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#include "tests/attack/attack.h"
#include "tests/attack/honest.h"

#include "tests/common/base/harness.h"

#define FULL_MS 4000       /* an attack's time */
#define SAMPLE_MS 500      /* the same in a sample */
#define PATIENCE_MS 240000 /* after that time, for the last to end */
#define TIMES_TRIES 3      /* times are measured, until they are good once */
#define CALM_MS 60000      /* until the front has given its memory back */

static struct {
	struct front_rig *rig;
	bool full;
	char log[32];
	struct honest *honest; /* shared with the process that fills it */
} stage = { .log = "/tmp/attack-log.XXXXXX" };

/* Many connections, so that it is not their number that stops an attack. */
static const char settings[] =
        "listen: { connections=12000; connections_client=11000; };\n";

/* What the front says goes into a file: at the level that is in force where nobody
 * says otherwise, so that a flood of lines would be seen. */
static struct front_rig *
start_logged(void)
{
	int log = mkostemp(stage.log, O_APPEND), before = dup(STDERR_FILENO);

	(void)dup2(log, STDERR_FILENO);
	front_rig_log_level = "info";
	struct front_rig *rig = front_rig_start(settings);
	front_rig_log_level = NULL;
	(void)dup2(before, STDERR_FILENO);
	close(before);
	close(log);
	return rig;
}

/* From here on: each attack has a log of its own. */
static void
empty_log(void)
{
	if (truncate(stage.log, 0) != 0)
		CU_FAIL("the log cannot be emptied");
}

bool
stage_open(bool full)
{
	stage.full = full;
	stage.honest = mmap(NULL, sizeof(*stage.honest), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stage.honest == MAP_FAILED)
		return false;
	stage.rig = start_logged();
	return stage.rig != NULL;
}

bool
stage_close(void)
{
	bool good = front_rig_end(stage.rig);

	(void)unlink(stage.log);
	return good;
}

bool
stage_over(const struct stage *s)
{
	return clock_mono_ms() >= s->until;
}

/* What the front holds; the kernel shows that of every process to everybody. */
static size_t
front_rss(void)
{
	unsigned long size = 0, resident = 0;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/statm",
	               (int)lifeline_pid(stage.rig->front));
	FILE *f = fopen(path, "r");
	bool good = f && fscanf(f, "%lu %lu", &size, &resident) == 2;
	if (f)
		fclose(f);
	return good ? resident * (size_t)sysconf(_SC_PAGESIZE) : SIZE_MAX;
}

/* One process of a scene; run says whether it went as it should. */
static pid_t
start(bool (*run)(const struct stage *s), struct stage s)
{
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		bool good = run(&s);

		fflush(stdout);
		_exit(good ? 0 : 1);
	}
	return pid;
}

static bool
run_honest(const struct stage *s)
{
	honest_run(s, stage.honest);
	return true;
}

static bool
run_busy(const struct stage *s)
{
	while (!stage_over(s))
		for (volatile unsigned i = 0; i < 100000; i++)
			;
	return true;
}

/* A scene: n processes that do the same, and the well-behaved client. */
struct scene {
	unsigned n;
	pid_t all[ATTACK_PROCESSES_MAX + 1];
	unsigned failed, late;
	size_t rss; /* the most that was seen */
};

static bool
still_runs(struct scene *scene)
{
	unsigned n = 0;

	for (unsigned i = 0; i < scene->n; i++) {
		int status = 0;

		if (scene->all[i] <= 0)
			continue;
		if (waitpid(scene->all[i], &status, WNOHANG) == 0) {
			n++;
			continue;
		}
		scene->all[i] = 0;
		scene->failed += status != 0;
	}
	stage.honest->enough = n <= 1; /* the well-behaved one alone is left */
	return n > 0;
}

static void
stop_late(struct scene *scene)
{
	for (unsigned i = 0; i < scene->n; i++)
		if (scene->all[i] > 0) {
			scene->late++;
			(void)kill(scene->all[i], SIGKILL);
			(void)waitpid(scene->all[i], NULL, 0);
		}
}

static void
play(struct scene *scene, unsigned n, bool (*run)(const struct stage *s))
{
	struct stage s = {
		.rig = stage.rig,
		.full = stage.full,
		.log = stage.log,
		.until = clock_mono_ms() + (stage.full ? FULL_MS : SAMPLE_MS),
	};

	memset(stage.honest, 0, sizeof(*stage.honest));
	empty_log();
	for (s.which = 0; s.which < n; s.which++)
		scene->all[scene->n++] = start(run, s);
	scene->all[scene->n++] = start(run_honest, s);
	while (still_runs(scene) && clock_mono_ms() < s.until + PATIENCE_MS) {
		size_t rss = front_rss();

		if (rss > scene->rss)
			scene->rss = rss;
		front_rig_serve(stage.rig, 5);
	}
	stop_late(scene);
}

/* The measure for the times: beside processes that only compute. */
static uint32_t
busy_p99(unsigned n)
{
	struct scene scene = { 0 };

	play(&scene, n, run_busy);
	return honest_p99(stage.honest);
}

/* 99 of 100 answers of the last scene took no longer, in microseconds. */
struct measured {
	uint32_t all, front, keyholder;
};

static struct measured
measure(void)
{
	return (struct measured){
		.all = honest_p99(stage.honest),
		.front = honest_p99_of(stage.honest, HONEST_FRONT),
		.keyholder = honest_p99_of(stage.honest, HONEST_KEYHOLDER),
	};
}

static double
mib(size_t n)
{
	return (double)n / (1 << 20);
}

/* One attack with all that holds for it in any case. */
static struct measured
attack_once(const struct attack *a)
{
	struct scene scene = { 0 };

	play(&scene, a->processes, a->run);
	struct measured m = measure();
	printf("  front at most %.1f MiB; %zu well-behaved requests\n",
	       mib(scene.rss), stage.honest->n);
	CU_ASSERT_EQUAL(scene.failed, 0);
	CU_ASSERT_EQUAL(scene.late, 0);
	CU_ASSERT(scene.rss < ATTACK_RSS_MOST);
	CU_ASSERT(stage.honest->n > 0);
	CU_ASSERT_EQUAL(stage.honest->failed, 0);
	return m;
}

/* What else runs on the machine comes and goes, and makes times longer, never
 * shorter: an attack that works does so each time. */
void
stage_run(const struct attack *a)
{
	bool good = false;

	if (!stage.full) {
		(void)attack_once(a);
		return;
	}
	for (unsigned i = 0; i < TIMES_TRIES && !good; i++) {
		uint32_t busy = busy_p99(a->processes);
		struct measured m = attack_once(a);

		stage_calm();
		good = m.all < busy * ATTACK_SLOWER;
		printf("  p99 %.2f ms (%.2f by the front alone, %.2f with the "
		       "key holder), beside busy loops %.2f ms\n",
		       m.all / 1e3, m.front / 1e3, m.keyholder / 1e3,
		       busy / 1e3);
	}
	CU_ASSERT(good);
}

void
stage_calm(void)
{
	uint64_t before = clock_mono_ms();

	while (front_rss() >= ATTACK_RSS_AFTER &&
	       clock_mono_ms() < before + CALM_MS)
		front_rig_serve(stage.rig, 50);
	printf("  front at %.1f MiB after %llu ms\n", mib(front_rss()),
	       (unsigned long long)(clock_mono_ms() - before));
	CU_ASSERT(front_rss() < ATTACK_RSS_AFTER);
}
