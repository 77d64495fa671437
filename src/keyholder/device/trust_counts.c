/*
 * trust_counts.c - which judgement of trust.h counts now.  It asks nobody, so that
 * every other part of the key holder may ask it.
 */
#include "keyholder/device/trust_read.h"

#include "base/clock.h"
#include "keyholder/keyholder.h"

bool
trust_is_governed(const struct keyholder *k)
{
	return k->in_force.bundle != NULL;
}

struct trust_judgement
trust_judgement_now(const struct keyholder *k)
{
	const struct device_trust *t = &k->trust;

	if (!trust_is_governed(k))
		return (struct trust_judgement){ .fault = TRUST_DEVICE_SOUND };
	if (in_force_expired(&k->in_force, clock_wall_ms() / 1000))
		return trust_judgement_of(
		        TRUST_DEVICE_EXPIRED,
		        "the trust bundle in force has expired");
	if (!t->judged)
		return trust_judgement_of(
		        TRUST_DEVICE_UNREAD,
		        *t->unread ? t->unread
		                   : "the trust objects are being read");
	return t->held;
}

bool
device_serves(const struct keyholder *k)
{
	const struct device_trust *t = &k->trust;

	if (k->device.state != DEVICE_OPEN)
		return false;
	if (!trust_is_governed(k))
		return true;
	return t->judged && t->held.fault == TRUST_DEVICE_SOUND &&
	       !in_force_expired(&k->in_force, clock_wall_ms() / 1000);
}

void
device_tell_status(struct keyholder *k)
{
	AUTO(buf_release)
	struct buf text = buf_of(TRUST_JUDGEMENT_MAX + SIGNING_WHY_MAX + 8);
	const struct trust_judgement j = trust_judgement_now(k);

	if (k->device.state != DEVICE_OPEN) {
		role_status(k->role, false, k->device.why);
		return;
	}
	if (j.fault == TRUST_DEVICE_SOUND)
		buf_append_str(&text, k->signing.note);
	buf_printf(&text, "%s%s", text.len && *j.text ? "; " : "", j.text);
	role_status(k->role, j.fault == TRUST_DEVICE_SOUND, buf_str(&text));
}
