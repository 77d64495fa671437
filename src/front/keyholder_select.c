/*
 * keyholder_select.c - the key holders, one for each token, and which is asked.
 *
 * Each front decides by its own observations: every token's key is published
 * and verified everywhere, so it does no harm if two fronts differ for a
 * moment.
 */
#include <string.h>

#include "base/clock.h"
#include "front/front.h"
#include "base/log.h"
#include "crypto/pins/follow.h"
#include "front/http/request.h"
#include "front/api/route.h"

/* Always true: the supervisor starts one key holder for each token. */
static bool
front_knows_keyholder(const struct front *f, const struct edge *e)
{
	return e->index < f->failover.n;
}

static void
show_token_metrics(struct front *f)
{
	const struct failover *o = &f->failover;
	unsigned ready = 0;

	for (size_t i = 0; i < o->n; i++)
		ready += o->keyholders[i].ready && !o->keyholders[i].silent;
	metrics_set(&f->metrics, METRIC_TOKENS_READY, ready);
	metrics_set(&f->metrics, METRIC_TOKEN_IN_USE,
	            o->in_use == FAILOVER_NONE ? 0 : o->in_use + 1);
}

/* Requests to a key holder that was replaced are sent again to the one in use;
 * a late answer of the first finds nobody waiting. */
static void
ask_again(struct front *f, const struct edge *e)
{
	size_t n = 0;
	struct request *const *all = pending_lost(f->pending, e, 0, &n);

	for (size_t i = 0; i < n; i++)
		if (all[i]->route->again && all[i]->route->again(all[i]))
			metrics_add(&f->metrics, METRIC_ASKED_AGAIN, 1);
		else
			request_problem(all[i], PROBLEM_UNAVAILABLE,
			                bytes_of_str("no key holder can sign"));
}

static void
log_token_in_use(const struct front *f)
{
	size_t i = f->failover.in_use;

	if (f->failover.n == 1)
		return;
	if (i == FAILOVER_NONE)
		log_event(LOG_WARN, "token-in-use", LOG_STR("name", "none"));
	else
		log_event(i ? LOG_WARN : LOG_INFO, "token-in-use",
		          LOG_STR("name", f->config->tokens[i].name));
}

/* Results pass the ledger, which would wait for that key holder as long
 * again. */
static void
tell_ledger(struct front *f, size_t i)
{
	const struct wire_key_silent m = { .index = (uint16_t)i };

	buf_reset(&f->packet);
	wire_put_key_silent(&f->packet, &m);
	err_t err = edge_send(f->ledger, &f->packet);
	if (err != OK && err != E_CLOSED)
		log_event(LOG_WARN, "ledger-not-told", LOG_ERR(err));
}

/* Two tokens that hang must not cost a client both deadlines. */
void
front_keyholders_give_up(struct front *f)
{
	size_t n = 0;

	if (!f->keyholder || !failover_at_end(&f->failover, clock_mono_ms()))
		return;
	struct request *const *all =
	        pending_lost(f->pending, f->keyholder, 0, &n);
	for (size_t i = 0; i < n; i++)
		if (all[i]->n_again > 0)
			request_problem(all[i], PROBLEM_UNAVAILABLE,
			                bytes_of_str("no signing key answers"));
}

void
front_keyholders_turn(struct front *f)
{
	struct edge *before = f->keyholder;
	size_t was = f->failover.in_use;

	if (!failover_turn(&f->failover, clock_mono_ms())) {
		show_token_metrics(f);
		return;
	}
	size_t i = f->failover.in_use;
	f->keyholder =
	        i == FAILOVER_NONE
	                ? NULL
	                : role_edge(f->role, WIRE_ROLE_KEYHOLDER, (uint16_t)i);
	show_token_metrics(f);
	log_token_in_use(f);
	if (was != FAILOVER_NONE)
		metrics_add(&f->metrics, METRIC_TOKEN_CHANGES, 1);
	if (was != FAILOVER_NONE && f->failover.keyholders[was].silent)
		tell_ledger(f, was);
	/* A key holder that still works answers its requests. */
	if (before && f->keyholder &&
	    (f->failover.keyholders[was].silent ||
	     !f->failover.keyholders[was].ready))
		ask_again(f, before);
}

void
front_keyholders_edge_up(struct front *f, const struct edge *e)
{
	if (front_knows_keyholder(f, e))
		f->n_keyholders++;
}

void
front_keyholders_edge_down(struct front *f, const struct edge *e)
{
	if (!front_knows_keyholder(f, e))
		return;
	f->n_keyholders--;
	f->said[e->index] = (struct front_keyholder){ .epoch = 0 };
	failover_lost(&f->failover, e->index);
	front_keyholders_turn(f);
	/* It was replaced before it ended, and its requests were sent again
	 * then. */
	if (f->keyholder)
		ask_again(f, e);
}

/* A key that is not pinned for this very token is not believed and does not
 * make the token ready. */
static void
believe_key_held(struct front *f, uint16_t index)
{
	struct front_keyholder *said = &f->said[index];
	const struct pins_token token = { f->config->tokens[index].name,
		                          said->node };
	struct bytes kid = bytes_of(said->kid, said->kid_len);

	said->against = pins_against(published_keys_pins(f->keys), kid, &token,
	                             clock_wall_ms() / 1000);
	log_event(said->against ? LOG_ERROR : LOG_INFO,
	          said->against ? "key-refused" : "key-held",
	          LOG_BYTES("kid", kid), LOG_U64("epoch", said->epoch),
	          LOG_STR("why", said->against ? said->against : ""));
	if (said->against)
		return;
	failover_ready(&f->failover, index, clock_mono_ms());
	front_keyholders_turn(f);
}

void
front_keyholders_key_held(struct front *f, const struct edge *from,
                          const struct wire_key_held *m)
{
	if (!front_knows_keyholder(f, from))
		return;
	struct front_keyholder *said = &f->said[from->index];
	*said = (struct front_keyholder){ .epoch = m->epoch, .node = m->node };
	/* a longer one is not a kid */
	said->kid_len = m->kid.len < KID_SIZE ? m->kid.len : 0;
	memcpy(said->kid, m->kid.data, said->kid_len);
	believe_key_held(f, from->index);
}

/* It runs but must not be asked. */
static void
pass_over(struct front *f, uint16_t index)
{
	failover_lost(&f->failover, index);
	front_keyholders_turn(f);
	front_tell_status(f);
}

/* No key of its token is pinned any more.  What it announced does not count then, even
 * if it sends no KEY_LOST. */
static bool
is_disowned(const struct front *f, uint16_t index)
{
	const struct config_token *token = &f->config->tokens[index];
	const struct pins_token its = { token->name, token->node };

	return !pins_any(published_keys_pins(f->keys), &its,
	                 clock_wall_ms() / 1000);
}

/* The key holder may have received this file before us. */
void
front_keyholders_pinned(struct front *f)
{
	for (uint16_t i = 0; i < f->failover.n; i++) {
		struct front_keyholder *said = &f->said[i];

		if (said->kid_len == 0 ||
		    !role_edge(f->role, WIRE_ROLE_KEYHOLDER, i))
			continue;
		if (is_disowned(f, i)) {
			said->against = "no key of its token is pinned";
			pass_over(f, i);
		} else if (said->against) {
			believe_key_held(f, i);
		}
	}
}

void
front_keyholders_vetoed(struct front *f, uint16_t index)
{
	f->said[index].vetoed = true;
	pass_over(f, index);
}

/* The next ledger sends its own vetoes. */
void
front_keyholders_unvetoed(struct front *f)
{
	for (uint16_t i = 0; i < f->failover.n; i++) {
		bool vetoed = f->said[i].vetoed;

		f->said[i].vetoed = false;
		if (vetoed && f->said[i].kid_len > 0)
			believe_key_held(f, i);
	}
}

void
front_keyholders_key_lost(struct front *f, const struct edge *from)
{
	if (!front_knows_keyholder(f, from))
		return;
	f->said[from->index] = (struct front_keyholder){ .epoch = 0 };
	pass_over(f, from->index);
}

void
front_keyholders_asked(struct front *f)
{
	if (f->failover.n > 1)
		failover_asked(&f->failover, f->failover.in_use,
		               clock_mono_ms());
}

void
front_keyholders_heard(struct front *f, const struct edge *from)
{
	if (front_knows_keyholder(f, from) && f->failover.n > 1)
		failover_heard(&f->failover, from->index, clock_mono_ms());
}
