/*
 * trust.c - see trust.h: what is the same for every device.
 *
 * A device's answer is never passed on as E_DEVICE or E_LATCHED: a caller ends
 * itself or waits for an officer then, and a token that has enough of reads for
 * this second is neither lost nor locked.
 */
#include <string.h>
#include <time.h>

#include "crypto/digest.h"
#include "hsm/core/int.h"
#include "hsm/core/trust.h"

void
hsm_trust_release(struct hsm_trust_certificate *certificate)
{
	buf_release(&certificate->der);
}

bool
hsm_trust_is_place(const struct hsm_trust_place *place, const char *counter,
                   const uint8_t tpm[static HASH_SIZE])
{
	return strcmp(place->counter, counter) == 0 &&
	       memcmp(place->tpm, tpm, HASH_SIZE) == 0;
}

static err_t
soften_trust_err(err_t err)
{
	bool own = err == E_NOMEM || err == E_LIMIT || err == E_MALFORMED;

	return err == OK || own ? err : E_IO;
}

err_t
hsm_trust_list_of(const struct hsm_backend *backend, void *own,
                  struct hsm_trust *ret_trust)
{
	struct hsm_trust out = { .n_found = 0 };

	if (backend->trust_list)
		TRY(soften_trust_err(backend->trust_list(own, &out)));
	*ret_trust = out;
	return OK;
}

err_t
hsm_trust_certificate_of(const struct hsm_backend *backend, void *own,
                         uint64_t number,
                         struct hsm_trust_certificate *ret_certificate)
{
	AUTO(hsm_trust_release)
	struct hsm_trust_certificate out = {
		.der = buf_of(HSM_TRUST_CERTIFICATE_MAX)
	};

	if (!backend->trust_certificate)
		return E_MALFORMED;
	TRY(soften_trust_err(backend->trust_certificate(own, number, &out)));
	digest_sha256(buf_bytes(&out.der), out.sha256);
	*ret_certificate = out;
	out.der = buf_of(0); /* moved out */
	return OK;
}

/* Who counts has the head, too. */
err_t
hsm_trust_list(struct hsm *hsm, struct hsm_trust *ret_trust)
{
	const struct hsm_part *counts = &hsm->counts;
	struct hsm_trust out;
	struct hsm_trust beside;

	err_t err = hsm_trust_list_of(hsm->backend, hsm->own, &out);
	if (err != OK)
		return hsm_fail(hsm, err, hsm->backend->why(hsm->own));
	if (counts->own && counts->own != hsm->own) {
		err = hsm_trust_list_of(counts->backend, counts->own, &beside);
		if (err != OK)
			return hsm_fail(hsm, err,
			                counts->backend->why(counts->own));
		out.place = beside.place;
		out.n_heads = beside.n_heads;
		out.head = beside.head;
		out.n_counters = beside.n_counters;
		out.counter = beside.counter;
		out.n_odd += beside.n_odd;
	}
	*ret_trust = out;
	return OK;
}

err_t
hsm_trust_certificate(struct hsm *hsm, uint64_t number,
                      struct hsm_trust_certificate *ret_certificate)
{
	err_t err = hsm_trust_certificate_of(hsm->backend, hsm->own, number,
	                                     ret_certificate);

	return err == OK ? OK : hsm_fail(hsm, err, hsm->backend->why(hsm->own));
}

static void
leave_pace(unsigned ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000,
		                        .tv_nsec = ms % 1000 * 1000000L };

	if (ms)
		(void)nanosleep(&pause, NULL);
}

err_t
hsm_trust_read_of(const struct hsm_backend *backend, void *own,
                  const struct hsm_trust *trust,
                  const struct hsm_trust_ops *ops)
{
	ops->trust(ops->arg, trust);
	for (size_t i = 0; i < trust->n_certificates; i++) {
		AUTO(hsm_trust_release)
		struct hsm_trust_certificate c = { .label = "" };

		if (i > 0)
			leave_pace(ops->pace_ms);
		err_t err = hsm_trust_certificate_of(
		        backend, own, trust->certificates[i], &c);
		if (err == E_NOMEM)
			return err;
		ops->certificate(ops->arg, err == OK ? &c : NULL, err,
		                 err == OK ? "" : backend->why(own));
	}
	return OK;
}

err_t
hsm_trust_read(struct hsm *hsm, const struct hsm_trust_ops *ops)
{
	struct hsm_trust trust;

	TRY(hsm_trust_list(hsm, &trust));
	return hsm_trust_read_of(hsm->backend, hsm->own, &trust, ops);
}
