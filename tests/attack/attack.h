/*
 * attack.h - hostile clients against a real front, beside a well-behaved one.
 *
 * attacks.def lists the attacks; each is a function in a file of its own, which
 * runs in processes of its own.  Meanwhile a well-behaved client asks and is
 * timed, and what the front holds is looked at.  For every attack:
 *
 *   - it says true: the front did what it must do against it;
 *   - every well-behaved request is answered as always;
 *   - the front never holds more than ATTACK_RSS_MOST, and after all attacks
 *     falls below ATTACK_RSS_AFTER by itself.
 *
 * `make check` runs a short sample, without looking at times.  `make attack`
 * runs all of it (ANCHORD_ATTACK=full): the well-behaved client's p99 stays below
 * ATTACK_SLOWER times what it is beside as many busy loops as there are
 * attacking processes, and the front falls back after each attack.
 *
 * To add one: a row in attacks.def, a function of that name.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/common/roles/front_rig.h"

#ifdef ANCHORD_SAN /* a sanitizer keeps what is freed, and has memory of its own */
#define ATTACK_RSS_MOST ((size_t)2 << 30)
#define ATTACK_RSS_AFTER ((size_t)2 << 30)
#else
#define ATTACK_RSS_MOST ((size_t)256 << 20)
#define ATTACK_RSS_AFTER ((size_t)64 << 20)
#endif
#define ATTACK_SLOWER 5

#define ATTACK_PROCESSES_MAX 4

/* What an attacking process is given.  It attacks until stage_over(), or until
 * it has said all that it has; in a sample once is enough. */
struct stage {
	const struct front_rig *rig; /* identities and port; say nothing else */
	bool full;                   /* `make attack`, not its sample */
	const char *log; /* what the front says, to this attack's end */
	unsigned which;  /* of the attacking processes, from 0 */
	uint64_t until;  /* clock_mono_ms() */
};

bool stage_over(const struct stage *s);

#define ATTACK(name, processes, title) \
	bool attack_##name(const struct stage *s);
#include "tests/attack/attacks.def"
#undef ATTACK

/* The front, started once for all attacks; false: said why. */
bool stage_open(bool full);
bool stage_close(void);

struct attack {
	const char *title;
	unsigned processes;
	bool (*run)(const struct stage *s);
};

/* One attack with all that is asserted (CUnit). */
void stage_run(const struct attack *a);

/* Waits until the front holds less than ATTACK_RSS_AFTER (CUnit). */
void stage_calm(void);

#endif
