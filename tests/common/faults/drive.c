/*
 * drive.c - see fault.h.  The test is supervisor, front and ledger.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyholder/device/latch.h"
#include "base/clock.h"
#include "tests/common/faults/int.h"
#include "tests/common/service/pins_kit.h"
#include "hsm/core/hsm.h"
#include "proc/role.h"
#include "tests/common/fakes/verdict_kit.h"

#define LIVES_MOST 40    /* of one case: more is a loop without an end */
#define ROUNDS_UNFIRED 5 /* questions to a life in which nothing happened */
#define LIVES_UNFIRED 3  /* such lives, then the call is out of reach */
#define ROUNDS_FIRED 3   /* good answers after the fault: it was not noticed */
#define END_MS 1500      /* a life that says it is lost ends within */
#define PAUSE_US 20000   /* between two lives; the supervisor waits longer */
#define SIGNAL_CRASH 139 /* 128 + SIGSEGV, by the shim itself */
#define SIGNAL_SYSCALL 159 /* 128 + SIGSYS */

static bool
any_rule(const struct drive *d, bool (*is)(const struct fault_rule *r))
{
	bool any = false;

	for (size_t i = 0; i < d->fault->n; i++)
		any |= is(&d->fault->rules[i]);
	return any;
}

void
fault_rules(struct drive *d, bool on)
{
	for (size_t i = 0; i < d->fault->n; i++)
		fault_kind->obey(d, i, on ? &d->fault->rules[i] : NULL);
	if (!on)
		fault_kind->honest(d);
	d->faulty = on;
}

/* Its text; "" when there is none. */
static void
read_latch(const struct drive *d, char *text, size_t room)
{
	int fd = open(d->latch_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, room - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* The mark of a login that was cut short is none where the device tells. */
static bool
is_latched(const struct drive *d)
{
	char text[FAULT_TEXT_MAX];

	if (access(d->latch_path, F_OK) != 0)
		return false;
	read_latch(d, text, sizeof(text));
	return !fault_kind->tells ||
	       strncmp(text, LATCH_LOGIN, strlen(LATCH_LOGIN)) != 0;
}

/* --- lives ---------------------------------------------------------------- */

static void
life_config(const struct drive *d, struct buf *text)
{
	struct lifeline_config c = {
		.token_uri = d->uri,
		.token_state = d->state,
	};

	fault_kind->configure(d, &c);
	lifeline_config(text, &c);
}

static void
take_ring(struct drive *d, struct bytes text)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(pins_free) struct pins *pins = NULL;

	keyring_free(TAKE(d->ring));
	if (pins_parse(text, &why, &pins) != OK ||
	    pins_ring(pins, &d->ring) != OK)
		fault_wrong(d, "the token's key cannot be pinned");
}

static bool
life_begin(struct drive *d)
{
	AUTO(buf_release) struct buf text = buf_of(65536);

	life_config(d, &text);
	AUTO(buf_release)
	struct buf pins =
	        pins_kit_one(bytes_of(d->spki, d->spki_len), d->alg, d->uri);

	take_ring(d, buf_bytes(&pins));
	d->life =
	        lifeline_spawn("anchord-keyholder", fault_kind->environment(d));
	if (!d->life || !lifeline_text(d->life, "config", buf_str(&text)) ||
	    !lifeline_text(d->life, "pins", buf_str(&pins)) ||
	    !lifeline_path(d->life, "pin", d->pin_path) ||
	    !lifeline_text(d->life, ROLE_FILE_VERDICT_KEY, VERDICT_KIT_KEY))
		return false;
	d->front = lifeline_edge(d->life, WIRE_ROLE_FRONT, 0);
	d->ledger = lifeline_edge(d->life, WIRE_ROLE_LEDGER, 0);
	d->in_life = 0;
	d->end.lives++;
	return d->front && d->ledger && lifeline_start(d->life, 0);
}

/* Is that how a crash ends?  The address sanitizer catches it, and in the
 * sandbox its report is a forbidden system call. */
static bool
crashed(int status)
{
#ifdef ANCHORD_SAN
	return status == 1 || status == SIGNAL_SYSCALL;
#else
	return status == SIGNAL_CRASH;
#endif
}

/* Takes leave of a life; its status must be one that we have a word for. */
static void
life_over(struct drive *d)
{
	int status = lifeline_end(TAKE(d->life));

	keyring_free(TAKE(d->ring));
	if (status == ROLE_EXIT_OK || status == ROLE_EXIT_PART ||
	    status == ROLE_EXIT_VAIN ||
	    (crashed(status) && any_rule(d, fault_kind->crashes)))
		return;
	char text[64];
	snprintf(text, sizeof(text), "a life ended with status %d", status);
	fault_wrong(d, text);
}

/* A life that cannot work says so, and then ends or stays latched. */
static void
after_unavailable(struct drive *d)
{
	if (lifeline_wait_exit(d->life, is_latched(d) ? 600 : END_MS) >= 0)
		return;
	if (!is_latched(d))
		fault_wrong(d, "neither lost nor latched, but unavailable");
}

/* --- the two halves of a case --------------------------------------------- */

static void
step(struct drive *d, enum heard *ret_heard)
{
	*ret_heard = HEARD_END;
	if (!d->life && !life_begin(d)) {
		fault_wrong(d, "no life could be begun");
		return;
	}
	*ret_heard = fault_ask(d);
	if (*ret_heard == HEARD_UNAVAILABLE)
		after_unavailable(d);
	if (*ret_heard == HEARD_GOOD)
		return;
	d->failed = true;
	d->latched |= is_latched(d);
	life_over(d);
	usleep(PAUSE_US);
}

/* Until the fault was felt, or was not in spite of three good answers. */
static void
suffer(struct drive *d)
{
	unsigned good = 0;
	unsigned quiet_lives = 0;
	enum heard heard;

	while (d->end.class != FAULT_WRONG && d->end.lives < LIVES_MOST) {
		step(d, &heard);
		if (d->failed)
			return;
		good += fault_kind->fired(d);
		if (good >= ROUNDS_FIRED)
			return;
		if (d->in_life < ROUNDS_UNFIRED)
			continue;
		life_over(d); /* C_Finalize, too, may be what fails */
		usleep(PAUSE_US);
		if (!fault_kind->fired(d) && ++quiet_lives == LIVES_UNFIRED)
			return;
	}
}

/* The officer looks: once, and only where the class of the fault says so. */
static void
lift(struct drive *d)
{
	if (!any_rule(d, fault_kind->may_latch)) {
		char text[FAULT_TEXT_MAX - 20];

		read_latch(d, text, sizeof(text));
		fault_wrong(d, text[0] ? text : "latched without a reason");
	}
	d->latched = true;
	(void)unlink(d->latch_path);
}

static void
recover(struct drive *d)
{
	uint64_t over_at = clock_mono_ms();
	enum heard heard = HEARD_END;

	fault_rules(d, false);
	while (d->end.class != FAULT_WRONG && heard != HEARD_GOOD) {
		if (is_latched(d))
			lift(d);
		if (clock_mono_ms() - over_at > FAULT_RECOVERY_MS) {
			fault_wrong(d, "no good challenge within the time");
			return;
		}
		step(d, &heard);
	}
	d->end.recovered_ms = (uint32_t)(clock_mono_ms() - over_at);
	for (int i = 0; i < 3 && d->end.class != FAULT_WRONG; i++) {
		step(d, &heard); /* a handle is among them */
		if (heard != HEARD_GOOD)
			fault_wrong(d, "came back and failed again");
	}
}

static void
check_logins(struct drive *d)
{
	const struct fault_logins l = fault_kind->logins(d);

	d->end.logins = l.begun;
	d->end.refused = l.begun - l.answered_yes;
	if (l.life_most > 1)
		fault_wrong(d, "two logins in one life");
	if (l.burnt > 0)
		fault_wrong(d, "the device has refused a PIN");
	if (d->end.refused > 1 && !any_rule(d, fault_kind->may_retry_login))
		fault_wrong(
		        d,
		        "a second login after one that was not answered yes");
}

static bool
open_case(struct drive *d)
{
	d->packet = buf_of(WIRE_PACKET_MAX);
	if (!fault_kind->open(d, fault_user_of(d->fault) == FAULT_ADMIN))
		return false;
	snprintf(d->state, sizeof(d->state), "%s/state", d->directory);
	snprintf(d->latch_path, sizeof(d->latch_path), "%s/%s", d->state,
	         HSM_LATCH_FILE);
	(void)mkdir(d->state, 0700);
	return true;
}

bool
fault_works(struct drive *d)
{
	uint64_t until = clock_mono_ms() + FAULT_RECOVERY_MS;
	enum heard heard = HEARD_END;

	while (d->end.class != FAULT_WRONG && heard != HEARD_GOOD &&
	       clock_mono_ms() < until) {
		if (!life_begin(d))
			return false;
		heard = fault_ask(d);
		life_over(d);
	}
	return heard == HEARD_GOOD;
}

static void
classify(struct drive *d)
{
	if (d->end.class == FAULT_WRONG)
		return;
	if (!fault_kind->fired(d))
		d->end.class = FAULT_NOT_REACHED;
	else if (d->latched)
		d->end.class = FAULT_LATCHED;
	else
		d->end.class = d->failed ? FAULT_LOST : FAULT_UNNOTICED;
}

static void
run_case(struct drive *d)
{
	switch (fault_user_of(d->fault)) {
	case FAULT_ADMIN:
		fault_admin(d);
		break;
	case FAULT_AUDITOR:
		fault_auditor(d);
		break;
	case FAULT_KEYHOLDER:
		fault_rules(d, true);
		suffer(d);
		recover(d);
		break;
	}
	if (d->life)
		life_over(d);
	check_logins(d);
	classify(d);
}

struct fault_end
fault_run(const struct fault *f)
{
	struct drive d = { .fault = f };

	if (open_case(&d))
		run_case(&d);
	else
		fault_wrong(&d, "no token for this case");
	fault_kind->close(&d);
	buf_release(&d.packet);
	return d.end;
}

bool
fault_prepare(const struct fault_kind *kind,
              char ret_why[static FAULT_TEXT_MAX])
{
	const struct fault none = { .n = 0 };
	uint64_t until = clock_mono_ms() + FAULT_PREPARE_MS;

	fault_kind = kind;
	snprintf(ret_why, FAULT_TEXT_MAX, "no device could be made");
	if (!kind->begin())
		return false;
	do {
		fault_forget_handle();
		struct fault_end end = fault_run(&none);
		if (end.class != FAULT_WRONG && fault_honest_handle())
			return true;
		snprintf(ret_why, FAULT_TEXT_MAX, "an honest device: %.*s",
		         FAULT_TEXT_MAX - 20,
		         end.class == FAULT_WRONG ? end.text
		                                  : "it gave no handle");
	} while (clock_mono_ms() < until);
	return false;
}
