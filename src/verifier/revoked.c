/*
 * revoked.c - the revocation list, which can change while the verifier runs.
 *
 * An invalid new list leaves the previous one in place, which becomes stale
 * with time.  So does a list that may not follow it (revocations_follow()),
 * because it would make revoked keys valid again.
 */
#include "base/clock.h"
#include "proc/config.h"
#include "base/log.h"
#include "evidence/revocation/follow.h"
#include "verifier/verifier.h"

/* The digest that an officer accepted; NULL: none. */
static const uint8_t *
read_accepted_digest(const struct role *r, uint8_t digest[static HASH_SIZE])
{
	AUTO(buf_release) struct buf file = buf_of(256);

	if (role_file(r, "revocation-accepted") < 0 ||
	    role_file_read(r, "revocation-accepted", &file) != OK ||
	    revocation_accepted_read(buf_bytes(&file), digest) != OK)
		return NULL;
	return digest;
}

static err_t
read_followed_list(struct role *r, struct buf *why,
                   struct revocations **ret_list)
{
	const struct verifier *v = role_user(r);
	AUTO(buf_release) struct buf file = buf_of(REVOCATION_FILE_MAX);
	AUTO(revocations_free) struct revocations *list = NULL;
	uint8_t digest[HASH_SIZE];

	TRY(role_file_read(r, "revocation", &file));
	TRY(revocations_open(&file, why, &list));
	const struct revocation_rules rules = {
		.now_s = clock_wall_ms() / 1000,
		.accepted = read_accepted_digest(r, digest),
		.from_s = in_force_revocations_from(&v->in_force),
	};
	TRY(revocations_follow(v->revocations, list, &rules, why));
	*ret_list = TAKE(list);
	return OK;
}

void
verifier_tell_revocations(struct role *r, struct edge *front)
{
	struct verifier *v = role_user(r);

	if (!v->revocations)
		return;
	const struct wire_revocation_known m = {
		.fetched_s = revocations_at_s(v->revocations),
		.entries = revocations_count(v->revocations),
	};

	buf_reset(&v->packet);
	wire_put_revocation_known(&v->packet, &m);
	verifier_send_front(v, front);
}

void
verifier_read_revocations(struct role *r)
{
	struct verifier *v = role_user(r);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct revocations *list = NULL;
	char at[CLOCK_TEXT_SIZE];

	if (role_file(r, "revocation") < 0)
		return;
	err_t err = read_followed_list(r, &why, &list);
	role_file_again(r, "revocation", err);
	if (err != OK) {
		log_event(LOG_ERROR, "revocation-refused",
		          LOG_STR("why",
		                  why.len ? buf_str(&why) : err_name(err)));
		return;
	}
	revocations_free(v->revocations);
	v->revocations = list;
	clock_format(revocations_at_s(list) * 1000, at);
	log_event(LOG_INFO, "revocation-read",
	          LOG_U64("entries", revocations_count(list)),
	          LOG_STR("fetched", at));
	verifier_tell_fronts(r, verifier_tell_revocations);
}

/* The trust bundle may have changed since the list came. */
const struct revocations *
verifier_revocations(const struct verifier *v)
{
	uint64_t from_s = in_force_revocations_from(&v->in_force);

	return v->revocations && revocations_at_s(v->revocations) >= from_s
	               ? v->revocations
	               : NULL;
}

struct revocation_limits
verifier_revocation_limits(const struct role *r)
{
	const struct config *c = role_config(r);

	return (struct revocation_limits){ .max_age_s = c->revocation_age_s,
		                           .grace_s = c->revocation_grace_s };
}

/* Reported only if Android chains are accepted at all. */
void
verifier_watch_age(struct role *r)
{
	static const char *const events[] = {
		[REVOCATION_FRESH] = "revocation-fresh",
		[REVOCATION_GRACE] = "revocation-late",
		[REVOCATION_STALE] = "revocation-stale",
	};
	struct verifier *v = role_user(r);
	const struct revocation_limits limits = verifier_revocation_limits(r);

	if (!bundle_anchors_any(r, ANCHOR_ANDROID_KEY) || limits.max_age_s == 0)
		return;
	enum revocation_age age = revocation_age(
	        verifier_revocations(v), &limits, clock_wall_ms() / 1000);
	if (age == v->age)
		return;
	v->age = age;
	log_event(age == REVOCATION_FRESH ? LOG_INFO : LOG_WARN, events[age]);
}
