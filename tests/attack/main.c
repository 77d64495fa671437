/*
 * main.c - runs the attacks of attacks.def, or those whose titles contain an
 * argument.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/attack/attack.h"

#include "tests/common/base/harness.h"

static void
test_start(void)
{
	const char *how = getenv("ANCHORD_ATTACK");

	if (!stage_open(how && strcmp(how, "full") == 0)) {
		puts("0 passed, 1 failed, 0 skipped");
		exit(1); /* no other test makes sense */
	}
}

static void
test_end(void)
{
	stage_calm();
	CU_ASSERT(stage_close());
}

#define ATTACK(name, processes, title)                                        \
	static void run_##name(void)                                          \
	{                                                                     \
		stage_run(                                                    \
		        &(struct attack){ title, processes, attack_##name }); \
	}
#include "tests/attack/attacks.def"
#undef ATTACK

/* The first and the last row's names are in every choice. */
static const struct harness_test tests[] = {
	{ "starts, ", test_start },
#define ATTACK(name, processes, title) { title, run_##name },
#include "tests/attack/attacks.def"
#undef ATTACK
	{ "is calm and ends, ", test_end },
	{ NULL, NULL },
};

/* A choice keeps the first row and the last: they are called ", " too. */
int
main(int argc, char **argv)
{
	static char always[] = ", ";
	char *choice[16];
	int n = 0;

	for (; n < argc && n < (int)ARRAY_LEN(choice) - 1; n++)
		choice[n] = argv[n];
	if (n > 1)
		choice[n++] = always;
	return harness_run("attack", tests, n, choice);
}
