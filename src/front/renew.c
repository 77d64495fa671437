/*
 * renew.c - see renew.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "front/connection.h"
#include "front/denied.h"
#include "front/front.h"
#include "front/limits.h"
#include "base/log.h"
#include "front/renew.h"
#include "front/tls.h"

#define DENIED_FILE "tls-denied"

/* Stores what is wrong with the file; NULL: nothing. */
static void
note_renewal(struct front *f, enum renewed which, const char *why)
{
	(void)snprintf(f->renewal.notes[which], sizeof(f->renewal.notes[which]),
	               "%s", why ? why : "");
	front_tell_status(f);
}

static void
renew_tls(struct front *f)
{
	struct tls *fresh = NULL;

	f->renewal.tries++;
	f->renewal.again_at = clock_mono_ms() + LIMIT_RENEW_MS;
	if (tls_new(f->role, &fresh) != OK) {
		note_renewal(
		        f, RENEWED_TLS,
		        "the new TLS files are unusable; the previous ones "
		        "stay in use");
		return;
	}
	tls_free(f->tls);
	f->tls = fresh;
	log_event(LOG_INFO, "tls-renewed");
	note_renewal(f, RENEWED_TLS, NULL);
	connections_judge(f); /* a CA may have been removed */
}

err_t
renew_denied_first(struct front *f)
{
	AUTO(buf_release) struct buf text = buf_of(DENIED_TEXT_MAX);
	struct denied *fresh = NULL;
	size_t line = 0;

	if (!f->config->tls_denied[0])
		return OK;
	err_t err = role_file_read(f->role, DENIED_FILE, &text);
	if (err == OK)
		err = denied_parse(buf_bytes(&text), &line, &fresh);
	if (err != OK) {
		log_event(LOG_ERROR, "denied-refused", LOG_ERR(err),
		          LOG_U64("line", line));
		return err;
	}
	denied_free(f->denied);
	f->denied = fresh;
	log_event(LOG_INFO, "denied-read",
	          LOG_U64("certificates", denied_count(fresh)));
	return OK;
}

static void
renew_denied(struct front *f)
{
	bool good = renew_denied_first(f) == OK;

	note_renewal(
	        f, RENEWED_DENIED,
	        good ? NULL
	             : "the new list of denied certificates is unusable; the "
	               "previous one stays in use");
	if (good)
		connections_judge(f);
}

void
renew_file(struct role *role, const char *name)
{
	struct front *f = role_user(role);

	if (strcmp(name, DENIED_FILE) == 0)
		renew_denied(f);
	else if (strncmp(name, "tls-", 4) == 0) {
		f->renewal.tries = 0;
		renew_tls(f);
	}
}

void
renew_turn(struct front *f, uint64_t now)
{
	if (f->renewal.notes[RENEWED_TLS][0] && now >= f->renewal.again_at &&
	    f->renewal.tries < LIMIT_RENEWALS)
		renew_tls(f);
}
