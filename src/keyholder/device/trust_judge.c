/*
 * trust_judge.c - see trust_judge.h.
 */
#include "keyholder/device/trust_judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

_Static_assert(HSM_TRUST_COUNTER_SIZE == TRUST_COUNTER_SIZE,
               "a bundle can name each counter that a device has");

const char *
trust_device_word(enum trust_device_fault fault)
{
	static const char *const words[] = {
#define FAULT(code, word) word,
#include "keyholder/device/trust_fault.def"
	};

	return words[fault];
}

struct trust_judgement
trust_judgement_of(enum trust_device_fault fault, const char *text)
{
	struct trust_judgement j = { .fault = fault };

	(void)snprintf(j.text, sizeof(j.text), "%s: %s",
	               trust_device_word(fault), text);
	return j;
}

static const struct trust_device *
find_device_row(const struct bundle *b, const char *token)
{
	for (size_t i = 0; i < b->n_devices; i++)
		if (strcmp(b->devices[i].token, token) == 0)
			return &b->devices[i];
	return NULL;
}

static bool
has_genesis(const struct hsm_trust *list, const uint8_t *genesis)
{
	for (size_t i = 0; i < list->n_genesis && i < HSM_TRUST_GENESIS_MAX;
	     i++)
		if (bytes_equal(bytes_of(list->genesis[i].digest, HASH_SIZE),
		                bytes_of(genesis, HASH_SIZE)))
			return true;
	return false;
}

/* Each of these returns the fault, and appends what is wrong. */

static enum trust_device_fault
judge_genesis(const struct trust_terms *t, const struct trust_objects *o,
              struct buf *why)
{
	if (t->in_tpm || has_genesis(o->list, t->genesis))
		return TRUST_DEVICE_SOUND;
	buf_append_str(why, "the token does not have the digest of bundle 1");
	return TRUST_DEVICE_GENESIS_MISSING;
}

static enum trust_device_fault
judge_head(const struct trust_terms *t, const struct trust_objects *o,
           struct buf *why)
{
	const struct hsm_trust_head *head = &o->list->head;
	const uint8_t *digest = in_force_digest(t->in_force, head->version);

	if (o->list->n_heads == 0) {
		buf_append_str(why, "the device has no trust head");
		return TRUST_DEVICE_HEAD_MISSING;
	}
	if (!digest) {
		buf_printf(why,
		           "the device's head is version %" PRIu64
		           ", and version %" PRIu32 " is in force",
		           head->version, t->in_force->bundle->version);
		return TRUST_DEVICE_HEAD;
	}
	if (bytes_equal(bytes_of(digest, HASH_SIZE),
	                bytes_of(head->digest, HASH_SIZE)))
		return TRUST_DEVICE_SOUND;
	buf_printf(why,
	           "version %" PRIu64 " of the chain in force is not the "
	           "text of the device's head",
	           head->version);
	return TRUST_DEVICE_HEAD;
}

/* What the counter is when the bundle was applied; it does not overflow, because
 * a base has 63 bits. */
static uint64_t
counter_wanted(const struct trust_terms *t)
{
	const struct bundle *b = t->in_force->bundle;

	return find_device_row(b, t->token)->base + b->version;
}

static enum trust_device_fault
judge_counter(const struct trust_terms *t, const struct trust_objects *o,
              struct buf *why)
{
	if (o->list->n_counters == 0) {
		buf_append_str(why, "the device has no trust counter");
		return TRUST_DEVICE_COUNTER_MISSING;
	}
	if (o->list->counter <= counter_wanted(t))
		return TRUST_DEVICE_SOUND;
	buf_printf(why,
	           "the device's counter is %" PRIu64 ", and version %" PRIu32
	           " has %" PRIu64,
	           o->list->counter, t->in_force->bundle->version,
	           counter_wanted(t));
	return TRUST_DEVICE_ROLLBACK;
}

static enum trust_device_fault
judge_certificates(const struct trust_terms *t, const struct trust_objects *o,
                   struct buf *why)
{
	const char *anchor = certificates_missing(o->read, t->in_force->bundle);

	if (t->by_file || !anchor)
		return TRUST_DEVICE_SOUND;
	buf_printf(why, "%s%s", anchor,
	           t->in_tpm ? " (a TPM has none: set trust.certificates)"
	                     : "");
	return TRUST_DEVICE_CERTIFICATE_MISSING;
}

static enum trust_device_fault
judge_device_row(const struct trust_terms *t, const struct trust_objects *o,
                 struct buf *why)
{
	(void)o;
	if (find_device_row(t->in_force->bundle, t->token))
		return TRUST_DEVICE_SOUND;
	buf_printf(why, "the bundle does not name the token %s", t->token);
	return TRUST_DEVICE_DEVICE;
}

/* Whoever writes the configuration can name another token, TPM or NV index, which
 * has a counter of its own that was never raised. */
static enum trust_device_fault
judge_place(const struct trust_terms *t, const struct trust_objects *o,
            struct buf *why)
{
	const struct trust_device *row =
	        find_device_row(t->in_force->bundle, t->token);
	const struct hsm_trust_place *place = &o->list->place;

	if (hsm_trust_is_place(place, row->counter, row->tpm))
		return TRUST_DEVICE_SOUND;
	if (strcmp(place->counter, row->counter) == 0)
		buf_printf(why, "%s is of another TPM than the bundle names",
		           place->counter);
	else
		buf_printf(why, "head and counter are %s; the bundle names %s",
		           *place->counter ? place->counter : "nowhere",
		           row->counter);
	return TRUST_DEVICE_COUNTER_OTHER;
}

/* --- notes ---------------------------------------------------------------- */

static void
add_note(struct buf *notes, const char *text)
{
	buf_printf(notes, "%s%s", notes->len ? "; " : "", text);
}

static void
count_note(struct buf *notes, size_t n, const char *what)
{
	if (n > 0)
		buf_printf(notes, "%s%zu %s", notes->len ? "; " : "", n, what);
}

static void
note_remarks(const struct trust_terms *t, const struct trust_objects *o,
             struct buf *notes)
{
	const struct hsm_trust *list = o->list;
	bool behind = list->head.version < t->in_force->bundle->version ||
	              list->counter < counter_wanted(t);

	if (behind)
		add_note(notes, "the token's head is behind: run anchorctl "
		                "trust apply again");
	if (!t->by_file && list->n_found > o->read->n)
		count_note(notes, list->n_found - o->read->n,
		           "certificates in the token that the bundle does not "
		           "name are not trusted");
	if (!t->in_tpm)
		count_note(notes, list->n_genesis - 1, "other genesis objects");
	count_note(notes, list->n_odd, "trust objects do not count");
}

struct trust_judgement
trust_judge(const struct trust_terms *terms,
            const struct trust_objects *objects)
{
	static enum trust_device_fault (*const rules[])(
	        const struct trust_terms *t, const struct trust_objects *o,
	        struct buf *why) = {
		judge_device_row, judge_place,   judge_genesis,
		judge_head,       judge_counter, judge_certificates,
	};
	AUTO(buf_release) struct buf why = buf_of(2 * TRUST_JUDGEMENT_MAX);
	struct trust_judgement sound = { .fault = TRUST_DEVICE_SOUND };

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		enum trust_device_fault fault = rules[i](terms, objects, &why);

		if (fault != TRUST_DEVICE_SOUND)
			return trust_judgement_of(fault, buf_str(&why));
	}
	note_remarks(terms, objects, &why);
	(void)snprintf(sound.text, sizeof(sound.text), "%s", buf_str(&why));
	return sound;
}
