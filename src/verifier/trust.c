/*
 * trust.c - the trust anchors of certificate chains.
 *
 * The file may be replaced while the verifier runs.  One that does not parse
 * changes nothing: the previous anchors stay, and the fault is logged.  Without
 * a valid file from the start the verifier is not ready.
 */
#include "base/log.h"
#include "verifier/verifier.h"

#define TRUST_FILE_MAX (1024 * 1024) /* bytes */

static err_t
read_roots(struct role *r, struct buf *why, struct x509_roots **ret_roots)
{
	AUTO(buf_release) struct buf file = buf_of(TRUST_FILE_MAX);
	AUTO(x509_roots_free) struct x509_roots *roots = NULL;

	TRY(role_file_read(r, "trust", &file));
	TRY(x509_roots_new(&roots));
	TRY(x509_roots_add(roots, buf_bytes(&file), why));
	evidence_drop_roots(roots);
	*ret_roots = TAKE(roots);
	return OK;
}

void
verifier_read_trust(struct role *r)
{
	struct verifier *v = role_user(r);
	struct x509_roots *roots = NULL;

	buf_reset(&v->trust_why);
	if (role_file(r, "trust") < 0)
		return;
	err_t err = read_roots(r, &v->trust_why, &roots);
	if (err == OK) {
		x509_roots_free(v->roots);
		v->roots = roots;
		log_event(LOG_INFO, "trust-read",
		          LOG_U64("roots", x509_roots_count(roots)));
		return;
	}
	if (v->trust_why.len == 0)
		buf_printf(&v->trust_why, "trust: %s", err_name(err));
	log_event(LOG_ERROR, "trust-refused",
	          LOG_STR("why", buf_str(&v->trust_why)));
	if (v->roots) /* the previous ones stay */
		buf_reset(&v->trust_why);
}
