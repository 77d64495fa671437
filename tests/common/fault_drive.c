/*
 * fault_drive.c - see fault.h.  The test is supervisor, front and ledger.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "fault_int.h"
#include "hsm.h"
#include "role.h"

#define LIVES_MOST 40    /* of one case: more is a loop without an end */
#define ROUNDS_UNFIRED 5 /* questions to a life in which nothing happened */
#define LIVES_UNFIRED 3  /* such lives, then the call is out of reach */
#define ROUNDS_FIRED 3   /* good answers after the fault: it was not noticed */
#define END_MS 1500      /* a life that says it is lost ends within */
#define PAUSE_US 20000   /* between two lives; the supervisor waits longer */
#define SIGNAL_CRASH 139 /* 128 + SIGSEGV, by the shim itself */
#define SIGNAL_SYSCALL 159 /* 128 + SIGSYS */

static const char *shim_module;

static bool
fired(const struct drive *d)
{
	bool any = false;

	for (size_t i = 0; i < d->fault->n; i++)
		any |= atomic_load(&d->page->rules[i].fired) > 0;
	return any;
}

void
fault_rules(struct drive *d, bool on)
{
	for (size_t i = 0; i < d->fault->n; i++) {
		struct shim_rule *r = &d->page->rules[i];

		r->call = d->fault->rules[i].call;
		r->outcome = d->fault->rules[i].outcome;
		r->nth = d->fault->rules[i].nth;
		atomic_store(&r->on, on);
	}
	if (!on)
		atomic_store(&d->page->forgotten, 0);
}

static bool
is_latched(const struct drive *d)
{
	return access(d->latch_path, F_OK) == 0;
}

/* --- lives ---------------------------------------------------------------- */

static void
life_config(const struct drive *d, struct buf *text)
{
	char more[256];

	snprintf(more, sizeof(more),
	         "paths=[\"%s/tokens\"]; deadline_ms=250; start_ms=500;",
	         d->token.directory);
	const struct lifeline_config c = {
		.token_module = shim_module,
		.token_uri = d->token.uri,
		.token_public = d->token.public_hex,
		.token_state = d->state,
		.token_more = more,
	};
	lifeline_config(text, &c);
}

static bool
life_begin(struct drive *d)
{
	char conf[256];
	char real[256];
	char page[256];
	const char *environment[] = { conf, real, page, NULL };
	AUTO(buf_release) struct buf text = buf_of(65536);

	snprintf(conf, sizeof(conf), "SOFTHSM2_CONF=%s", d->token.config);
	snprintf(real, sizeof(real), "ANCHORD_SHIM_MODULE=%s", d->token.module);
	snprintf(page, sizeof(page), "ANCHORD_SHIM_PAGE=%s", d->page_path);
	life_config(d, &text);
	d->life = lifeline_spawn("anchord-keyholder", environment);
	if (!d->life || !lifeline_text(d->life, "config", buf_str(&text)) ||
	    !lifeline_path(d->life, "pin", d->pin_path))
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
	bool crash = false;

	for (size_t i = 0; i < d->fault->n; i++)
		crash |= d->fault->rules[i].outcome == SHIM_DEED_crash;
	keyring_free(TAKE(d->ring));
	if (status == ROLE_EXIT_OK || status == ROLE_EXIT_PART ||
	    (crashed(status) && crash))
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
		good += fired(d);
		if (good >= ROUNDS_FIRED)
			return;
		if (d->in_life < ROUNDS_UNFIRED)
			continue;
		life_over(d); /* C_Finalize, too, may be what fails */
		usleep(PAUSE_US);
		if (!fired(d) && ++quiet_lives == LIVES_UNFIRED)
			return;
	}
}

/* The officer looks: once, and only where the class of the fault says so. */
static void
lift(struct drive *d)
{
	bool may = false;

	for (size_t i = 0; i < d->fault->n; i++)
		may |= fault_may_latch(&d->fault->rules[i]);
	if (!may) {
		int fd = open(d->latch_path, O_RDONLY | O_CLOEXEC);
		char text[FAULT_TEXT_MAX] = "";
		ssize_t n = read(fd, text, sizeof(text) - 20);

		text[n > 0 ? n : 0] = '\0';
		close(fd);
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
	d->fault_over = true;
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
	struct shim_page *p = d->page;
	bool may_retry = false;

	d->end.logins = atomic_load(&p->logins);
	d->end.refused = d->end.logins - atomic_load(&p->logged_in);
	for (size_t i = 0; i < d->fault->n; i++)
		may_retry |= fault_may_retry_login(&d->fault->rules[i]);
	if (atomic_load(&p->life_most) > 1)
		fault_wrong(d, "two logins in one life");
	if (d->end.refused > 1 && !may_retry)
		fault_wrong(
		        d,
		        "a second login after one that was not answered yes");
}

static bool
map_page(struct drive *d)
{
	int fd = open(d->page_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(*d->page)) == 0)
		at = mmap(NULL, sizeof(*d->page), PROT_READ | PROT_WRITE,
		          MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	d->page = at == MAP_FAILED ? NULL : at;
	return d->page;
}

static bool
write_pin(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, line, strlen(line)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
open_case(struct drive *d)
{
	bool admin = fault_is_admin(d->fault);

	if (!(admin ? softtoken_open_empty(&d->token)
	            : softtoken_open(&d->token)))
		return false;
	const char *dir = d->token.directory;
	snprintf(d->page_path, sizeof(d->page_path), "%s/page", dir);
	snprintf(d->pin_path, sizeof(d->pin_path), "%s/pin", dir);
	snprintf(d->state, sizeof(d->state), "%s/state", dir);
	snprintf(d->latch_path, sizeof(d->latch_path), "%s/%s", d->state,
	         HSM_LATCH_FILE);
	snprintf(d->so_pin_path, sizeof(d->so_pin_path), "%s/so-pin", dir);
	bool ok = write_pin(d->pin_path, SOFTTOKEN_PIN "\n") &&
	          write_pin(d->so_pin_path, SOFTTOKEN_SO_PIN "\n");
	d->packet = buf_of(WIRE_PACKET_MAX);
	return ok && map_page(d);
}

const char *
fault_shim(void)
{
	return shim_module;
}

bool
fault_works(struct drive *d)
{
	enum heard heard = HEARD_END;

	if (d->end.class == FAULT_WRONG || !life_begin(d))
		return false;
	heard = fault_ask(d);
	life_over(d);
	return heard == HEARD_GOOD;
}

static void
classify(struct drive *d)
{
	if (d->end.class == FAULT_WRONG)
		return;
	if (!fired(d))
		d->end.class = FAULT_NOT_REACHED;
	else if (d->latched)
		d->end.class = FAULT_LATCHED;
	else
		d->end.class = d->failed ? FAULT_LOST : FAULT_UNNOTICED;
}

struct fault_end
fault_run(const struct fault *f)
{
	struct drive d = { .fault = f };

	if (!open_case(&d)) {
		fault_wrong(&d, "no token for this case");
		return d.end;
	}
	if (fault_is_admin(f)) {
		fault_admin(&d);
	} else {
		fault_rules(&d, true);
		suffer(&d);
		recover(&d);
	}
	if (d.life)
		life_over(&d);
	check_logins(&d);
	classify(&d);
	munmap(d.page, sizeof(*d.page));
	buf_release(&d.packet);
	softtoken_close(&d.token);
	return d.end;
}

bool
fault_prepare(const char *shim)
{
	const struct fault none = { .n = 0 };
	struct softtoken t;

	shim_module = shim;
	if (!softtoken_open(&t))
		return false;
	softtoken_close(&t);
	struct fault_end end = fault_run(&none);
	if (end.class == FAULT_WRONG)
		fprintf(stderr, "an honest token: %s\n", end.text);
	return end.class != FAULT_WRONG && fault_honest_handle();
}
