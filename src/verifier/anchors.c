/*
 * anchors.c - see anchors.h.
 */
#include "verifier/anchors.h"

void
anchors_release(struct trust_anchors *a)
{
	for (size_t p = 0; p < ANCHOR_PURPOSE_COUNT; p++)
		x509_roots_free(TAKE(a->roots[p]));
}

static err_t
join_purpose(struct trust_anchors *a, unsigned p, const struct x509_roots *more,
             struct buf *why)
{
	if (!a->roots[p])
		TRY(x509_roots_new(&a->roots[p]));
	err_t err = x509_roots_join(a->roots[p], more);
	if (err == E_LIMIT)
		buf_printf(why,
		           "trust: more than %d certificates for %s in all "
		           "files together",
		           X509_ROOTS_MAX, anchor_bit_word(p - 1));
	return err;
}

err_t
anchors_join(struct trust_anchors *a, unsigned purposes,
             const struct x509_roots *more, struct buf *why)
{
	for (unsigned p = ANCHOR_NONE + 1; p < ANCHOR_PURPOSE_COUNT; p++)
		if (purposes & ANCHOR_BIT(p))
			TRY(join_purpose(a, p, more, why));
	return OK;
}

err_t
anchors_join_all(struct trust_anchors *a, const struct trust_anchors *more,
                 struct buf *why)
{
	for (unsigned p = ANCHOR_NONE + 1; p < ANCHOR_PURPOSE_COUNT; p++)
		if (more->roots[p])
			TRY(join_purpose(a, p, more->roots[p], why));
	return OK;
}
