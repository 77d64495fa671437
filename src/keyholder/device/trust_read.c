/*
 * trust_read.c - reads the trust objects of the device, job by job.
 *
 * Anybody may add certificates to a token, make them unreadable and take them away
 * while we read.  So a reading ends as soon as it has all that the bundle names,
 * and what could not be read is passed over; only if something is missing then is
 * the reading without a result, because it may be among those.
 */
#include "keyholder/device/trust_read.h"

#include <string.h>

#include "base/clock.h"
#include "keyholder/keyholder.h"

/* Are there certificates to be read? */
static bool
is_reading_over(const struct keyholder *k)
{
	const struct device_trust *t = &k->trust;

	return *k->config->certificates_file ||
	       t->next >= t->list.n_certificates ||
	       !certificates_missing(&t->got, k->in_force.bundle);
}

static bool
same_list(const struct hsm_trust *a, const struct hsm_trust *b)
{
	return a->n_found == b->n_found &&
	       a->n_certificates == b->n_certificates &&
	       bytes_equal(
	               bytes_of(a->certificates,
	                        a->n_certificates * sizeof(a->certificates[0])),
	               bytes_of(b->certificates,
	                        b->n_certificates *
	                                sizeof(b->certificates[0])));
}

static void
end_reading(struct keyholder *k)
{
	struct device_trust *t = &k->trust;

	t->reading = false;
	if (t->failed > 0 &&
	    certificates_missing(&t->got, k->in_force.bundle)) {
		certificates_release(&t->got);
		device_trust_fail(k, "certificates cannot be read");
		return;
	}
	t->known = t->list;
	certificates_release(&t->read);
	t->read = t->got;
	t->got = (struct certificates){ .n = 0 };
	t->whole = true;
	t->whole_at = clock_mono_ms() + KEYHOLDER_TRUST_MS;
	/* Again at each reading, so that a ledger which had no room for one gets
	 * it some day. */
	device_trust_send(k, role_edge(k->role, WIRE_ROLE_LEDGER, 0));
	device_trust_judge(k);
}

/* Nothing was added or taken away since the certificates were read. */
static bool
is_list_enough(const struct device_trust *t)
{
	return t->whole && clock_mono_ms() < t->whole_at &&
	       same_list(&t->list, &t->known);
}

static void
on_list_read(struct keyholder *k, const struct job *job)
{
	struct device_trust *t = &k->trust;

	if (job->err != OK) {
		t->reading = false;
		device_trust_fail(k, hsm_why(k->device.hsm));
		return;
	}
	t->listed = true;
	if (t->stale)
		return; /* another bundle came meanwhile */
	if (is_list_enough(t)) {
		t->reading = false;
		t->known = t->list;
		device_trust_judge(k);
	} else if (is_reading_over(k)) {
		end_reading(k);
	}
}

/* One that nobody can use (E_LIMIT, E_MALFORMED) is none that a bundle names. */
static void
take_certificate(struct keyholder *k, const struct job *job)
{
	struct device_trust *t = &k->trust;
	const struct hsm_trust_certificate *c = &t->certificate;
	const struct bundle *b = k->in_force.bundle;

	if (job->err == E_LIMIT || job->err == E_MALFORMED)
		return;
	if (job->err != OK) {
		t->failed++;
		return;
	}
	if (!certificates_named(b, c->sha256))
		return;
	err_t err = certificates_add(&t->got, b, c->sha256, buf_bytes(&c->der));
	t->failed += err != OK && err != E_CONFLICT;
}

static void
on_certificate_read(struct keyholder *k, const struct job *job)
{
	struct device_trust *t = &k->trust;

	take_certificate(k, job);
	hsm_trust_release(&t->certificate);
	t->next++;
	t->due_at = clock_mono_ms() + HSM_TRUST_PACE_MS;
	if (!t->stale && is_reading_over(k))
		end_reading(k);
}

static void
begin_reading(struct keyholder *k)
{
	struct device_trust *t = &k->trust;

	t->reading = true;
	t->stale = t->listed = false;
	t->next = t->failed = 0;
	certificates_release(&t->got);
}

static void
read_next(struct keyholder *k)
{
	struct device_trust *t = &k->trust;

	if (!t->reading || t->stale)
		begin_reading(k);
	struct job job = { .kind = JOB_TRUST,
		           .list = &t->list,
		           .done = on_list_read };
	if (t->listed)
		job = (struct job){
			.kind = JOB_CERTIFICATE,
			.number = t->list.certificates[t->next],
			.certificate = &t->certificate,
			.done = on_certificate_read,
		};
	work_start(k, &job);
}

void
device_trust_turn(struct keyholder *k, bool waiting)
{
	struct device_trust *t = &k->trust;
	uint64_t now = clock_mono_ms();

	if (!trust_is_governed(k) || !work_free(k) || now < t->due_at)
		return;
	if (waiting && now - t->due_at < KEYHOLDER_TRUST_PATIENCE_MS)
		return;
	read_next(k);
}
