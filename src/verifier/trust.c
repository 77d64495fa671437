/*
 * trust.c - the trust anchors of certificate chains.
 *
 * Each file of trust.anchors has its purposes, and its certificates count for
 * chains of these alone.  A file may be replaced while the verifier runs.  One
 * that does not parse changes nothing: the previous anchors stay, and the fault is
 * logged.  While a file was never valid the verifier is not ready.
 */
#include <string.h>

#include "base/log.h"
#include "verifier/verifier.h"

#define TRUST_FILE_MAX (1024 * 1024) /* bytes */

static void
release_anchors(struct trust_anchors *a)
{
	for (size_t p = 0; p < ANCHOR_PURPOSE_COUNT; p++)
		x509_roots_free(a->roots[p]);
}
DEFINE_AUTO_REF(struct trust_anchors, release_anchors);

/* Adds the certificates of one file for each of its purposes. */
static err_t
add_anchor_file(struct trust_anchors *a, unsigned purposes, struct bytes file,
                struct buf *why)
{
	for (size_t p = ANCHOR_NONE + 1; p < ANCHOR_PURPOSE_COUNT; p++) {
		if (!(purposes & ANCHOR_BIT(p)))
			continue;
		if (!a->roots[p])
			TRY(x509_roots_new(&a->roots[p]));
		TRY(x509_roots_add(a->roots[p], file, why));
	}
	return OK;
}

/* All anchors as they are with that text as the file `changed`. */
static err_t
gather_anchors(struct role *r, size_t changed, struct bytes text,
               struct buf *why, struct trust_anchors *ret_anchors)
{
	AUTO(release_anchors) struct trust_anchors all = { 0 };
	const struct config *c = role_config(r);
	const struct verifier *v = role_user(r);

	for (size_t i = 0; i < c->n_anchors; i++) {
		struct bytes file =
		        i == changed ? text : buf_bytes(&v->trust.files[i]);

		if (i == changed || file.len > 0)
			TRY(add_anchor_file(&all, c->anchors[i].purposes, file,
			                    why));
	}
	for (size_t p = 0; p < ANCHOR_PURPOSE_COUNT; p++)
		if (all.roots[p])
			evidence_drop_roots(all.roots[p]);
	*ret_anchors = all;
	all = (struct trust_anchors){ 0 };
	return OK;
}

static err_t
take_anchor_file(struct role *r, size_t i, struct buf *why)
{
	AUTO(buf_release) struct buf file = buf_of(TRUST_FILE_MAX);
	struct verifier *v = role_user(r);
	struct trust_anchors all;

	TRY(role_file_read(r, config_anchor_name(i), &file));
	TRY(gather_anchors(r, i, buf_bytes(&file), why, &all));
	release_anchors(&v->trust.anchors);
	v->trust.anchors = all;
	buf_release(&v->trust.files[i]);
	v->trust.files[i] = file;
	file = buf_of(0); /* the verifier has it */
	return OK;
}

static size_t
count_anchors(const struct trust_anchors *a)
{
	size_t n = 0;

	for (size_t p = 0; p < ANCHOR_PURPOSE_COUNT; p++)
		n += a->roots[p] ? x509_roots_count(a->roots[p]) : 0;
	return n;
}

static void
read_anchor_file(struct role *r, size_t i)
{
	struct verifier *v = role_user(r);
	struct buf *why = &v->trust.whys[i];

	buf_reset(why);
	if (role_file(r, config_anchor_name(i)) < 0)
		return;
	err_t err = take_anchor_file(r, i, why);
	if (err == OK) {
		log_event(LOG_INFO, "trust-read",
		          LOG_U64("roots", count_anchors(&v->trust.anchors)));
		return;
	}
	if (why->len == 0)
		buf_printf(why, "trust: %s", err_name(err));
	log_event(LOG_ERROR, "trust-refused", LOG_STR("why", buf_str(why)));
	if (v->trust.files[i].len > 0) /* the previous ones stay */
		buf_reset(why);
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
	for (size_t i = 0; i < role_config(r)->n_anchors; i++)
		if (strcmp(name, config_anchor_name(i)) == 0)
			read_anchor_file(r, i);
}

const char *
verifier_trust_fault(struct verifier *v)
{
	for (size_t i = 0; i < CONFIG_ANCHORS_MAX; i++)
		if (v->trust.whys[i].len > 0)
			return buf_str(&v->trust.whys[i]);
	return "";
}

void
verifier_trust_init(struct verifier_trust *t)
{
	for (size_t i = 0; i < CONFIG_ANCHORS_MAX; i++) {
		t->files[i] = buf_of(TRUST_FILE_MAX);
		t->whys[i] = buf_of(512);
	}
}

void
verifier_trust_release(struct verifier_trust *t)
{
	release_anchors(&t->anchors);
	for (size_t i = 0; i < CONFIG_ANCHORS_MAX; i++) {
		buf_release(&t->files[i]);
		buf_release(&t->whys[i]);
	}
}
