/*
 * ready.c - whether this front can serve, and what it reports about that.
 */
#include "front/front.h"

const char *
front_lacks(const struct front *f)
{
	if (f->n_keyholders == 0)
		return "no key holder";
	if (!f->keyholder)
		return "the key holder has announced no key";
	if (!f->ledger)
		return "no ledger";
	if (f->n_verifiers == 0)
		return "no verifier";
	if (!rules_any(&f->rules))
		return "no verifier has announced its policy";
	return NULL;
}

const char *
front_not_ready(const struct front *f)
{
	const char *unread = f->role ? role_unread(f->role) : NULL;

	if (!f->healthy)
		return f->why;
	return unread ? unread : front_lacks(f);
}

/* What /readyz reports as degraded; "": nothing. */
static const char *
degraded_by(const struct front *f)
{
	for (size_t i = 0; i < RENEWED_COUNT; i++)
		if (f->renewal.notes[i][0])
			return f->renewal.notes[i];
	return "";
}

void
front_tell_status(struct front *f)
{
	const char *why = front_lacks(f);

	role_status(f->role, why == NULL, why ? why : degraded_by(f));
	metrics_set(&f->metrics, METRIC_READY, front_not_ready(f) == NULL);
}
