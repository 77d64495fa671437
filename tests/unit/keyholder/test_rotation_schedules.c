/*
 * test_rotation_schedules.c - 1,000 schedules of key rotations with
 * disturbances, from pseudo-random numbers, checked against a model.  Versions
 * of the pins file are written, damaged, repaired and withdrawn, also invalid
 * ones; the key holder is killed; the service is restarted; the token is
 * absent; the next key is removed, or ends the process that tests it; the clock
 * is moved in both directions; officers try to destroy the old key.
 *
 *	A key that signs is published at that time.
 *	A key whose end a key holder has seen never signs again.
 *	A key that signs is never destroyed.
 *	A key that can sign remains, and signs after the disturbances.
 *
 * Supervisor, key holder and front are real (rotation_world.h).  Files are not
 * synced, since the machine does not crash.  ANCHORD_SEED=N runs one schedule.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/keyholder/test_rotation_officer.h"

#define SCHEDULES 1000
#define STEPS 50

/* Seeds that failed with an earlier version of the program or the model. */
static const uint64_t kept[] = { 608, 828, 7697 };

/* The state of one schedule. */
static struct {
	uint64_t seed, random;
	char over[DEVICE_KEYS][KID_SIZE];
	size_t n_over;
	bool failed;
} m;

/* Counts of events over all schedules. */
static struct {
	unsigned orders, bad_orders, withdrawn, destroyed, spared, removed;
	unsigned challenges, refused, lives;
} told;

/* xorshift64* */
static uint64_t
draw(uint64_t below)
{
	m.random ^= m.random >> 12;
	m.random ^= m.random << 25;
	m.random ^= m.random >> 27;
	return (m.random * 0x2545f4914f6cdd1dull >> 16) % below;
}

static void
must_hold(bool good, const char *what)
{
	if (good || m.failed)
		return;
	printf("  seed %llu: %s\n", (unsigned long long)m.seed, what);
	m.failed = true;
	CU_FAIL("a schedule");
}

/* --- the model ------------------------------------------------------------ */

static bool
is_over(const char *kid)
{
	for (size_t i = 0; i < m.n_over; i++)
		if (strcmp(m.over[i], kid) == 0)
			return true;
	return false;
}

/* A later version in which the key has no end is the only way to let it sign
 * again. */
static void
give_back(const char *kid)
{
	for (size_t i = 0; i < m.n_over; i++)
		if (strcmp(m.over[i], kid) == 0)
			memmove(m.over[i], m.over[--m.n_over], KID_SIZE);
}

/* Records what a running key holder sees now. */
static void
observe(void)
{
	const struct pins *pins = w.supervisor.pinned.pins;

	for (size_t i = 0; pins && i < pins->n; i++) {
		const struct pin *pin = &pins->keys[i];

		if (pin->until_s == 0)
			give_back(pin->kid);
		else if (pin_over(pin, w.now_s) && !is_over(pin->kid))
			memcpy(m.over[m.n_over++], pin->kid, KID_SIZE);
	}
}

static bool
holder_works(void)
{
	return w.alive && w.holder.device.state == DEVICE_OPEN;
}

static void
sign_one(void)
{
	char kid[KID_SIZE] = "";

	if (!rworld_sign(&w, kid)) {
		told.refused++;
		return;
	}
	told.challenges++;
	must_hold(rworld_published(&w, kid), "the signer is not published");
	must_hold(!is_over(kid), "a retired key signs");
}

/* --- officers ------------------------------------------------------------- */

static void
order(void)
{
	if (!officer_order(2 + draw(40), draw(20)))
		return;
	struct device_key *next = &device.keys[device.n - 1];

	next->there = draw(8) != 0;
	next->poison = draw(8) == 0;
	told.orders++;
}

/* Writes a version that must not come into force, neither now nor after a
 * restart. */
static void
order_badly(void)
{
	if (device.n == DEVICE_KEYS)
		return;
	AUTO(pins_free) struct pins *bad = pins_kit_new();
	struct pin row = officer_row(0);

	*bad = *officer.pins;
	bad->version += draw(3) == 0 && bad->version > 1 ? -1u : 1u;
	struct pin *old = &bad->keys[bad->n - 1];
	old->until_s = w.now_s + 1 + draw(60);
	if (draw(2)) /* signs at once, although it was never published */
		row.publish_s = row.from_s = w.now_s - draw(100);
	else /* no time for what the old one signs */
		old->until_s = row.from_s + 1;
	bad->keys[bad->n++] = row;
	device.keys[device.n++] =
	        (struct device_key){ .pin = row, .there = true };
	officer_write(bad);
	officer.spoiled = true;
	told.bad_orders++;
}

static void
spoil(void)
{
	officer.spoiled = true;
	if (draw(4) == 0) {
		(void)unlink(w.pins_path);
		return;
	}
	if (draw(4) == 0) {
		(void)chmod(w.pins_path, 0666);
		return;
	}
	int fd = open(w.pins_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0 && ftruncate(fd, (off_t)draw(900)) == 0)
		(void)!write(fd, "nonsense", draw(9));
	close(fd);
}

static void
mend(void)
{
	if (officer.spoiled)
		officer_write_next();
}

/* `token rotate --cancel` */
static void
withdraw(void)
{
	struct pins *o = officer.pins;
	const struct pins_signs signs = rworld_signs(&w);
	const struct pin *last = officer_last();

	if (officer.spoiled || o->n < 2 || pin_over(last - 1, w.now_s) ||
	    (last->from_s <= w.now_s && strcmp(signs.kid, last->kid) == 0))
		return;
	o->n--;
	officer_last()->until_s = 0;
	officer_write_next();
	told.withdrawn++;
}

/* `token rotate --delete-retired` */
static void
destroy(void)
{
	struct pins *o = officer.pins;
	const struct pins_signs signs = rworld_signs(&w);
	const char *why = NULL;
	const struct pin *old =
	        officer.spoiled
	                ? NULL
	                : pins_disposable(o, "token", &signs, w.now_s, &why);

	if (!old || !device_destroy(old->kid, signs.kid)) {
		told.spared++;
		return;
	}
	must_hold(!holder_works() || strcmp(signing_now(&w.holder)->pin.kid,
	                                    old->kid) != 0,
	          "the key that signs is destroyed");
	memmove(&o->keys[0], &o->keys[1], --o->n * sizeof(o->keys[0]));
	officer_write_next();
	told.destroyed++;
}

/* --- disturbance ---------------------------------------------------------- */

static void
look(void)
{
	if (rworld_look(&w) && holder_works())
		observe();
	const struct pins *pins = w.supervisor.pinned.pins;
	if (pins && pins->version > officer.pins->version) {
		*officer.pins = *pins; /* it became valid by the clock */
		officer.spoiled = false;
	}
	must_hold(!officer.spoiled || w.supervisor.pinned.why[0],
	          "a spoiled file is not said");
}

static void
tick(void)
{
	rworld_set_clock(&w, w.now_s + draw(2));
	if (holder_works())
		observe();
	rworld_tick(&w);
}

static void
begin(void)
{
	if (w.alive)
		return;
	rworld_begin(&w);
	if (w.holder.device.state != DEVICE_LATCHED && w.holder.signing.pins)
		observe();
	told.lives++;
}

static void
end(void)
{
	rworld_kill(&w);
}

static void
start_anew(void)
{
	rworld_service(&w);
	look();
}

static void
unlatch(void)
{
	rworld_unlatch(&w);
}

static void
take_token(void)
{
	device.away = !device.away && draw(2);
	if (device.away)
		rworld_tick(&w);
}

/* Does not remove the last key, because nothing could sign after that. */
static void
remove_next(void)
{
	struct device_key *key = device_find(officer_last()->kid);
	unsigned before = 0;

	for (size_t i = 0; i + 1 < officer.pins->n; i++) {
		const struct device_key *k =
		        device_find(officer.pins->keys[i].kid);
		before += k && k->there && !k->poison;
	}
	if (!key || before == 0)
		return;
	told.removed += key->there;
	key->there = false;
}

static void
pass(void)
{
	rworld_set_clock(&w, w.now_s + draw(60));
}

static void
move_clock(void)
{
	static const uint64_t sizes_s[] = { 5, 60, 3600, 31536000 };
	uint64_t by_s = 1 + draw(sizes_s[draw(ARRAY_LEN(sizes_s))]);

	rworld_set_clock(&w, draw(2) || by_s > w.now_s ? w.now_s + by_s
	                                               : w.now_s - by_s);
}

static const struct {
	unsigned weight;
	void (*act)(void);
} acts[] = {
	{ 24, sign_one },  { 24, tick },       { 20, look },
	{ 12, order },     { 1, order_badly }, { 1, spoil },
	{ 12, mend },      { 1, withdraw },    { 12, destroy },
	{ 3, end },        { 20, begin },      { 1, start_anew },
	{ 2, take_token }, { 1, remove_next }, { 12, pass },
	{ 1, move_clock }, { 2, unlatch },
};

static void
act(void)
{
	unsigned all = 0;

	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		all += acts[i].weight;
	uint64_t at = draw(all);
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		if (at < acts[i].weight) {
			acts[i].act();
			return;
		}
		at -= acts[i].weight;
	}
}

/* --- a schedule ----------------------------------------------------------- */

/* All disturbances and rotations have ended: a key remains, and signs unless
 * the schedule made it unusable. */
static void
end_well(void)
{
	device.away = false;
	mend();
	rworld_set_clock(&w, 2 * (uint64_t)OFFICER_START_S);
	unlatch();
	start_anew();
	for (unsigned i = 0; i < 6; i++) {
		begin();
		tick();
		unlatch();
	}
	begin();
	must_hold(device_count() > 0, "no key is left");
	*officer.pins = *w.supervisor.pinned.pins;
	const struct device_key *last = device_find(officer_last()->kid);
	if (!last || !last->there || last->poison)
		return;
	unsigned before = told.challenges;
	sign_one();
	must_hold(told.challenges > before, "the last key does not sign");
}

static void
run(uint64_t seed)
{
	m.seed = seed;
	m.random = seed * 0x9e3779b97f4a7c15ull + 1;
	m.n_over = 0;
	m.failed = false;
	officer_begin();
	for (unsigned i = 0; i < STEPS; i++)
		act();
	end_well();
}

static void
test_schedules(void)
{
	const char *only = getenv("ANCHORD_SEED");

	officer_open();
	for (size_t i = 0; !only && i < ARRAY_LEN(kept); i++)
		run(kept[i]);
	for (uint64_t seed = 1; !only && seed <= SCHEDULES; seed++)
		run(seed);
	if (only)
		run(strtoull(only, NULL, 10));
	officer_close();
	printf("  %u challenges, %u refused, %u lives; %u orders, %u bad, %u "
	       "withdrawn; %u keys destroyed, %u spared, %u removed\n",
	       told.challenges, told.refused, told.lives, told.orders,
	       told.bad_orders, told.withdrawn, told.destroyed, told.spared,
	       told.removed);
	if (only)
		return;
	/* Every kind of event has occurred. */
	CU_ASSERT(told.challenges > 4 * SCHEDULES);
	CU_ASSERT(told.orders > SCHEDULES);
	CU_ASSERT(told.bad_orders > SCHEDULES / 10);
	CU_ASSERT(told.destroyed > SCHEDULES / 20);
	CU_ASSERT(told.withdrawn > SCHEDULES / 20);
	CU_ASSERT(told.removed > SCHEDULES / 20);
}

static const struct harness_test tests[] = {
	{ "1,000 schedules: what signs is published and not retired",
	  test_schedules },
	{ NULL, NULL },
};

HARNESS_MAIN("rotation_schedules", tests)
