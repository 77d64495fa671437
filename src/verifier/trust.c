/*
 * trust.c - the trust anchors of certificate chains.
 *
 * Each file of trust.anchors has its purposes, and its certificates count for
 * chains of these alone.  A file may be replaced while the verifier runs.  One
 * that is missing or not valid, or for whose certificates there is no room,
 * changes nothing: its previous anchors stay, and the fault is logged.  Until
 * each file was valid once the verifier is not ready, because with a part of
 * the anchors it would refuse good evidence.
 *
 * A file is parsed once, when it comes.  To put together what is in force, only
 * references to its certificates are copied.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "verifier/anchors.h"
#include "verifier/verifier.h"

#define TRUST_FILE_MAX (1024 * 1024) /* bytes */

static struct anchor_file *
anchor_file_at(struct role *r, size_t i)
{
	struct verifier *v = role_user(r);

	return &v->trust.files[i];
}

/* --- what is in force ------------------------------------------------------ */

/* All anchors, with these as those of file i.  They come last: the others had
 * room before. */
static err_t
gather_anchors(struct role *r, size_t i, const struct x509_roots *file,
               struct buf *why, struct trust_anchors *ret_anchors)
{
	AUTO(anchors_release) struct trust_anchors all = { 0 };
	const struct config *c = role_config(r);

	for (size_t k = 0; k < c->n_anchors; k++) {
		const struct x509_roots *other = anchor_file_at(r, k)->roots;

		if (k != i && other)
			TRY(anchors_join(&all, c->anchors[k].purposes, other,
			                 why));
	}
	TRY(anchors_join(&all, c->anchors[i].purposes, file, why));
	*ret_anchors = all;
	all = (struct trust_anchors){ 0 };
	return OK;
}

/* Brings parsed certificates into force as those of file i.  After a failure the
 * caller still owns them. */
static err_t
use_anchor_file(struct role *r, size_t i, struct x509_roots **file,
                struct buf *why)
{
	struct verifier *v = role_user(r);
	struct anchor_file *f = anchor_file_at(r, i);
	struct trust_anchors all;

	TRY(gather_anchors(r, i, *file, why, &all));
	anchors_release(&v->trust.anchors);
	v->trust.anchors = all;
	x509_roots_free(f->roots);
	f->roots = TAKE(*file);
	log_event(LOG_INFO, "trust-read",
	          LOG_STR("path", role_config(r)->anchors[i].file),
	          LOG_U64("roots", x509_roots_count(f->roots)));
	return OK;
}

/* Tries the files for which there was no room.  One that still has none was
 * reported when it came. */
static void
use_waiting_files(struct role *r)
{
	AUTO(buf_release) struct buf why = buf_of(512);

	for (size_t i = 0; i < role_config(r)->n_anchors; i++) {
		struct anchor_file *f = anchor_file_at(r, i);

		if (f->waiting &&
		    use_anchor_file(r, i, &f->waiting, &why) != OK)
			buf_reset(&why);
	}
}

/* --- one file -------------------------------------------------------------- */

static err_t
parse_anchor_file(const struct role *r, size_t i, struct buf *why,
                  struct x509_roots **ret_roots)
{
	AUTO(buf_release) struct buf text = buf_of(TRUST_FILE_MAX);
	AUTO(x509_roots_free) struct x509_roots *roots = NULL;
	err_t err = role_file_read(r, config_anchor_name(i), &text);

	if (err == E_NOT_FOUND)
		buf_append_str(why, "missing or unusable");
	TRY(err);
	TRY(x509_roots_new(&roots));
	TRY(x509_roots_add(roots, buf_bytes(&text), why));
	evidence_drop_roots(roots);
	*ret_roots = TAKE(roots);
	return OK;
}

static void
refuse_anchor_file(struct role *r, size_t i, const char *why)
{
	struct anchor_file *f = anchor_file_at(r, i);
	const char *path = role_config(r)->anchors[i].file;

	log_event(LOG_ERROR, "trust-refused", LOG_STR("path", path),
	          LOG_STR("why", why));
	(void)snprintf(f->fault, sizeof(f->fault), "%.200s: %.300s", path, why);
}

static void
read_anchor_file(struct role *r, size_t i)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(x509_roots_free) struct x509_roots *parsed = NULL;
	struct anchor_file *f = anchor_file_at(r, i);
	err_t err = parse_anchor_file(r, i, &why, &parsed);

	if (err == OK)
		err = use_anchor_file(r, i, &parsed, &why);
	/* What waited is an older version of the file. */
	x509_roots_free(f->waiting);
	f->waiting = err == E_LIMIT ? TAKE(parsed) : NULL;
	role_file_again(r, config_anchor_name(i), err);
	if (err != OK)
		refuse_anchor_file(r, i,
		                   why.len ? buf_str(&why) : err_name(err));
}

void
verifier_read_trust(struct role *r)
{
	for (size_t i = 0; i < role_config(r)->n_anchors; i++)
		read_anchor_file(r, i);
}

void
verifier_trust_changed(struct role *r, const char *name)
{
	for (size_t i = 0; i < role_config(r)->n_anchors; i++) {
		if (strcmp(name, config_anchor_name(i)) != 0)
			continue;
		read_anchor_file(r, i);
		use_waiting_files(r);
	}
}

const char *
verifier_trust_fault(struct role *r)
{
	for (size_t i = 0; i < role_config(r)->n_anchors; i++)
		if (!anchor_file_at(r, i)->roots)
			return anchor_file_at(r, i)->fault;
	return "";
}

void
verifier_trust_release(struct verifier_trust *t)
{
	anchors_release(&t->anchors);
	for (size_t i = 0; i < CONFIG_ANCHORS_MAX; i++) {
		x509_roots_free(t->files[i].roots);
		x509_roots_free(t->files[i].waiting);
	}
}
