/*
 * device.c - opens the token once in the life of this process.
 *
 * A module that has failed is not trusted again, so nothing is opened twice: a
 * lost device ends the process after one tick (in which requests are answered
 * UNAVAILABLE and the supervisor gets STATUS), and the supervisor starts the
 * next one after its back-off.  A latched device is not touched until an
 * officer has removed the latch.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "keyholder/keyholder.h"
#include "base/log.h"
#include "base/secret.h"

#define LOST_TICKS 1 /* ticks from a loss to the end of the process */

static void
lose_device(struct keyholder *k, const char *why)
{
	struct device *d = &k->device;

	d->state = DEVICE_LOST;
	snprintf(d->why, sizeof(d->why), "%s", why);
	log_event(LOG_ERROR, "token-lost", LOG_STR("why", d->why));
	role_status(k->role, false, d->why);
}

/* Stores the cause for later processes.  If even that fails, this process at
 * least stays and does not touch the token. */
static void
latch_device(struct keyholder *k, const char *why)
{
	struct device *d = &k->device;

	d->state = DEVICE_LATCHED;
	snprintf(d->why, sizeof(d->why), "%s", why);
	if (d->latch.file < 0 || strcmp(d->latch.text, d->why) != 0) {
		if (latch_set(&d->latch, d->why) != OK)
			log_event(LOG_ERROR, "latch-not-written");
	}
	log_event(LOG_ERROR, "token-latched", LOG_STR("why", d->why));
	role_status(k->role, false, d->why);
}

static void
device_give_up(struct keyholder *k, err_t err, const char *why)
{
	if (err == E_LATCHED)
		latch_device(k, why);
	else
		lose_device(k, why);
	/* Sent before the requests are answered UNAVAILABLE, so that the peers
	 * can use another token at once. */
	withdraw_key(k, k->device.why);
	record_clear(k);
}

/* The module is loaded and connected.  Login, random numbers and the first
 * signature follow inside the sandbox, so that "ready" is never reported for a
 * token whose calls the sandbox would kill. */
static err_t
on_reached(void *arg)
{
	struct keyholder *k = arg;

	return role_lock(k->role);
}

static err_t
on_login_begins(void *arg)
{
	struct keyholder *k = arg;
	struct latch *latch = &k->device.latch;
	bool before = latch->file >= 0; /* an earlier life's, which stays */

	TRY(latch_set(latch, LATCH_LOGIN));
	/* From here on the latch is set, so no permit is used twice. */
	err_t err = latch_use_permit(latch);
	if (err != OK && !before && latch_clear(latch) != OK)
		log_event(LOG_ERROR, "latch-not-lifted");
	return err;
}

/* While the token is opened, each call has a deadline of its own; afterwards
 * one deadline covers all calls of a signature. */
static void
on_call_begins(void *arg, bool slow)
{
	struct keyholder *k = arg;

	if (k->device.state != DEVICE_OPEN)
		deadline_start(slow ? k->token->start_ms
		                    : k->device.deadline_ms);
}

/* A refused PIN keeps the latch; a device that was absent or failed did not
 * check the PIN. */
static void
on_login_ended(void *arg, err_t outcome)
{
	struct keyholder *k = arg;

	if (outcome != E_LATCHED && latch_clear(&k->device.latch) != OK)
		log_event(LOG_ERROR, "latch-not-lifted");
}

/* Reads the PIN once and closes the file before the module is loaded, so that
 * neither the module nor an attacker in this process can read it later.  The
 * next process gets a new descriptor. */
static err_t
read_pin(struct keyholder *k, const char *file, struct secret **ret_pin)
{
	int fd = role_file(k->role, file);
	err_t err = fd < 0 ? OK : secret_read(fd, ret_pin);

	role_file_close(k->role, file);
	return err;
}

static err_t
fail_pin(struct buf *why, const char *file, err_t err)
{
	buf_printf(why, "%s: %s", file, err_name(err));
	return err;
}

/* Both files are closed, whatever was in the first.  A TPM whose PIN did not arrive is
 * not tried with the token's. */
static err_t
read_both_pins(struct keyholder *k, struct buf *why, struct secret **ret_pin,
               struct secret **ret_companion)
{
	err_t err = read_pin(k, "pin", ret_pin);
	err_t companion_err = read_pin(k, "companion-pin", ret_companion);

	if (err != OK)
		return fail_pin(why, "PIN file", err);
	if (companion_err == OK && k->token->companion_pin_file[0] &&
	    !*ret_companion)
		companion_err = E_NOT_FOUND;
	return companion_err == OK
	               ? OK
	               : fail_pin(why, "companion's PIN file", companion_err);
}

static err_t
open_hsm(struct keyholder *k, struct buf *why)
{
	struct device *d = &k->device;
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(secret_free) struct secret *companion_pin = NULL;
	uint8_t check[HASH_SIZE];
	const char *pinned = k->token->handle_check;

	if (*pinned)
		TRY(decode_hex_exact(bytes_of_str(pinned), check,
		                     sizeof(check)));
	struct hsm_options options = {
		.module = k->token->module,
		.uri = k->token->uri,
		.handle_label = k->token->handle_label,
		.handle_check = *pinned ? check : NULL,
		.companion_tpm = k->token->companion_tpm,
		.lockout_off = *k->token->lockout_off,
		.reached = on_reached,
		.login_begins = on_login_begins,
		.login_ended = on_login_ended,
		.login_doubtful = d->latch.file >= 0,
		.login_permitted = d->latch.permitted,
		.call_begins = on_call_begins,
		.login_arg = k,
		.deadline_ms = d->deadline_ms,
	};

	TRY(read_both_pins(k, why, &pin, &companion_pin));
	options.companion_pin = companion_pin;

	deadline_start(k->token->start_ms);
	err_t err = signing_open(k, &options, pin, why);
	if (err == OK)
		err = hsm_epoch_next(d->hsm, &d->epoch);
	kernel_random(d->life, sizeof(d->life));
	if (err != OK && d->hsm && why->len == 0)
		buf_append_str(why, hsm_why(d->hsm));
	d->used_at = clock_mono_ms();
	if (err == OK)
		signing_open_others(k);
	deadline_stop();
	return err;
}

/* For a configuration without token.handle_check: logs the value to set. */
static void
tell_handle_check(const struct keyholder *k)
{
	AUTO(buf_release) struct buf check = buf_of(2 * HASH_SIZE);

	if (*k->token->handle_check)
		return;
	encode_hex(&check,
	           bytes_of(hsm_handle_check(k->device.hsm), HASH_SIZE));
	log_event(LOG_WARN, "handle-key-not-pinned",
	          LOG_STR("handle_check", buf_str(&check)));
}

static void
announce_open_device(struct keyholder *k)
{
	struct device *d = &k->device;

	tell_handle_check(k);
	d->state = DEVICE_OPEN;
	deadline_ends_with(ROLE_EXIT_VAIN);
	log_event(LOG_INFO, "token-open",
	          LOG_STR("kid", signing_now(k)->pin.kid),
	          LOG_U64("epoch", d->epoch));
	device_trust_begin(k);
	device_tell_status(k);
}

/* After an interrupted login there is no second attempt, unless this token is
 * known to report wrong PINs; a TPM reports its failure counter.  hsm_open()
 * then decides by that report.  A refused PIN leaves another text in the
 * latch. */
static err_t
read_latch(struct keyholder *k)
{
	struct latch *latch = &k->device.latch;
	err_t err = latch_open(latch, k->token->state);

	bool asks = k->token->reports_pin_count_low || k->token->in_tpm;

	if (err == E_LATCHED && asks && strcmp(latch->text, LATCH_LOGIN) == 0) {
		log_event(LOG_WARN, "login-was-cut-short");
		return OK;
	}
	return err;
}

void
device_open(struct keyholder *k)
{
	struct device *d = &k->device;
	AUTO(buf_release) struct buf why = buf_of(LATCH_TEXT_MAX - 1);

	d->deadline_ms = k->token->deadline_ms;
	err_t err = read_latch(k);
	if (err == OK)
		err = record_open(k);
	if (err == E_LATCHED)
		buf_append_str(&why, d->latch.text);
	else if (err != OK)
		buf_append_str(&why, "token.state: cannot be read");
	if (err == OK)
		err = open_hsm(k, &why);
	if (err != OK)
		device_give_up(k, err, why.len ? buf_str(&why) : err_name(err));
	else
		announce_open_device(k);
}

/* A run that cost a login and an epoch without any work must not repeat at
 * once. */
static int
exit_status(const struct device *d)
{
	return d->hsm && d->epoch && !d->worked ? ROLE_EXIT_VAIN
	                                        : ROLE_EXIT_PART;
}

static void
device_worked(struct keyholder *k)
{
	if (k->device.worked)
		return;
	k->device.worked = true;
	deadline_ends_with(ROLE_EXIT_PART);
}

static void
end_process(struct keyholder *k)
{
	int status = exit_status(&k->device);

	device_close(&k->device);
	_exit(status);
}

const struct work_events device_events = {
	.on_worked = device_worked,
	.on_lost = device_give_up,
	.on_idle = signing_idle,
};

static void
ask_canary(struct keyholder *k)
{
	const struct job job = { .kind = JOB_CANARY, .key = k->signing.key };

	if (clock_mono_ms() - k->device.used_at >= KEYHOLDER_CANARY_MS &&
	    work_free(k))
		work_start(k, &job);
}

void
device_tick(struct keyholder *k)
{
	struct device *d = &k->device;
	const char *why = NULL;

	work_tick(k);
	switch (d->state) {
	case DEVICE_OPEN:
		why = signing_tick(k);
		if (why)
			device_give_up(k, E_DEVICE, why);
		else
			ask_canary(k);
		device_trust_tick(k);
		break;
	case DEVICE_LOST:
		if (++d->ticks >= LOST_TICKS)
			end_process(k);
		break;
	case DEVICE_LATCHED:
		if (!latch_lifted(&d->latch))
			break;
		log_event(LOG_INFO, "latch-lifted");
		end_process(k);
		break;
	}
}

void
device_close(struct device *d)
{
	/* C_Finalize can hang like any other call. */
	deadline_start(d->deadline_ms);
	hsm_close(TAKE(d->hsm));
	deadline_stop();
	latch_release(&d->latch);
}
