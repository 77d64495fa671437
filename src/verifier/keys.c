/*
 * keys.c - the service's public keys, from the pins file only.
 */
#include "base/log.h"
#include "crypto/pins/follow.h"
#include "verifier/verifier.h"

static err_t
adopt_pins(struct verifier *v, struct bytes text, struct buf *why)
{
	AUTO(keyring_free) struct keyring *ring = NULL;

	TRY(pins_update(text, why, &v->pins));
	TRY(pins_ring(v->pins, &ring));
	keyring_free(v->ring);
	v->ring = TAKE(ring);
	v->has_keys = true;
	return OK;
}

void
verifier_read_pins(struct role *r)
{
	struct verifier *v = role_user(r);
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);
	err_t err = in_force_read(r, &v->in_force, &text, &why);

	if (err == E_NOT_FOUND) /* the supervisor reports it */
		return;
	if (err == OK) {
		bundle_anchors_follow(r); /* it refers to the bundle */
		err = adopt_pins(v, buf_bytes(&text), &why);
	}
	in_force_retry(r, err);
	if (err != OK)
		log_event(LOG_ERROR, "pins-refused",
		          LOG_STR("why",
		                  why.len ? buf_str(&why) : err_name(err)));
}
