/*
 * failover.c - see failover.h.
 */
#include "proc/failover.h"

void
failover_init(struct failover *f, const struct config *c, uint64_t now)
{
	*f = (struct failover){
		.n = c->n_tokens,
		.in_use = FAILOVER_NONE,
		.return_ms = (uint64_t)c->failover_return_s * 1000,
		.patience_ms = c->patience_ms,
		.settled_at = now + FAILOVER_SETTLE_MS,
	};
}

void
failover_ready(struct failover *f, size_t i, uint64_t now)
{
	struct failover_keyholder *h = &f->keyholders[i];

	if (h->ready)
		return; /* it announced a second key */
	h->ready = true;
	h->silent = false;
	h->ready_at = now;
	h->asked_at = 0;
}

void
failover_lost(struct failover *f, size_t i)
{
	struct failover_keyholder *h = &f->keyholders[i];

	h->lost |= h->ready;
	h->ready = h->silent = false;
	h->asked_at = 0;
}

/* With a single token there is nothing to select, so the time is not
 * recorded. */
void
failover_asked(struct failover *f, size_t i, uint64_t now)
{
	struct failover_keyholder *h = &f->keyholders[i];

	if (f->n > 1 && h->asked_at == 0)
		h->asked_at = now;
}

void
failover_heard(struct failover *f, size_t i, uint64_t now)
{
	struct failover_keyholder *h = &f->keyholders[i];

	h->asked_at = 0;
	if (h->silent)
		h->ready_at = now;
	h->silent = false;
}

static bool
is_keyholder_usable(const struct failover *f, size_t i)
{
	return i < f->n && f->keyholders[i].ready && !f->keyholders[i].silent;
}

static bool
other_usable(const struct failover *f, size_t i)
{
	for (size_t j = 0; j < f->n; j++)
		if (j != i && is_keyholder_usable(f, j))
			return true;
	return false;
}

void
failover_silent(struct failover *f, size_t i)
{
	if (!is_keyholder_usable(f, i) || !other_usable(f, i))
		return;
	f->keyholders[i].silent = true;
	f->keyholders[i].lost = true;
}

static bool
says_nothing(const struct failover *f, size_t i, uint64_t now)
{
	const struct failover_keyholder *h = &f->keyholders[i];

	return h->asked_at != 0 && now - h->asked_at >= f->patience_ms;
}

/* A token that hangs shows only by its silence, because the deadline of its key
 * holder is longer than failover.patience_ms.  With no other usable key holder,
 * that deadline decides. */
static void
judge_silence(struct failover *f, uint64_t now)
{
	if (is_keyholder_usable(f, f->in_use) &&
	    says_nothing(f, f->in_use, now))
		failover_silent(f, f->in_use);
}

bool
failover_at_end(const struct failover *f, uint64_t now)
{
	size_t i = f->in_use;

	return f->n > 1 && i < f->n && f->keyholders[i].ready &&
	       says_nothing(f, i, now) && !other_usable(f, i);
}

/* True when i is to be preferred to a key holder that works. */
static bool
has_returned(const struct failover *f, size_t i, uint64_t now)
{
	const struct failover_keyholder *h = &f->keyholders[i];

	if (!h->lost && now < f->settled_at)
		return true;
	return f->return_ms != 0 && now - h->ready_at >= f->return_ms;
}

static size_t
find_best_keyholder(const struct failover *f, uint64_t now)
{
	bool works = is_keyholder_usable(f, f->in_use);

	for (size_t i = 0; i < f->n; i++) {
		if (!is_keyholder_usable(f, i))
			continue;
		if (!works || i == f->in_use || has_returned(f, i, now))
			return i;
	}
	/* A silent key holder may still answer; one that is gone cannot. */
	for (size_t i = 0; i < f->n; i++)
		if (f->keyholders[i].ready)
			return i;
	return FAILOVER_NONE;
}

bool
failover_turn(struct failover *f, uint64_t now)
{
	size_t before = f->in_use;

	judge_silence(f, now);
	f->in_use = find_best_keyholder(f, now);
	return f->in_use != before;
}
