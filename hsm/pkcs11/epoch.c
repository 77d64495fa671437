/*
 * epoch.c - the epoch, a counter that is kept in the token.
 *
 * It is a private data object "anchord-epoch": the value in four bytes,
 * big-endian, followed by a mark of random bytes that identifies the process (a
 * "life") that made it.  Every process that can load the module can create a
 * public object with that label, but a private one needs the PIN; only private
 * objects count.
 *
 * How a life takes a value while others may do the same at the same token:
 *
 *	1  it lists the objects until two lists agree;
 *	2  creates one with the highest value plus one, and reads it back;
 *	3  destroys all objects of its list: each must still exist;
 *	4  lists again: its own must exist, and no other one as high.
 *
 * Why no value is used twice.  Suppose lives A and B take the same value v.
 * Then the list of A contains an object a with the value v - 1, and that of B
 * such an object b.  An object can be destroyed only once, so by step 3 the
 * lists have no object in common, and b is not in A's list.  It had not been
 * destroyed when A listed: the life that destroyed it would have created an
 * object with the value v or more before, which A's list would contain.  So b
 * was created after A's list, and likewise a after B's list.  But a is in A's
 * list and b is in B's, so each list would be older than the other, which is a
 * contradiction.  A list may be outdated (SoftHSM does not reload after a
 * change of its own); then it also contains objects that others have destroyed
 * since.
 * Step 4 is for tokens with replicas, each of which may let an object be
 * destroyed.
 *
 * A life that is interrupted leaves an object with the highest used value,
 * because step 2 comes before step 3, and a life that loses leaves its own
 * object.  It tries again only with a list that contains another life's object
 * with the same or a higher value, because such a list is newer than the one
 * with which it lost.  Otherwise a new process must start (E_DEVICE).  The same
 * applies if the token had no object at all, since there was none to destroy;
 * keygen creates the first one.
 */
#include "hsm/pkcs11/epoch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define REACH 256 /* values between the highest and the lowest */

struct epochs {
	CK_ULONG n;
	struct p11_epoch e[P11_EPOCHS_MAX + 1]; /* by value */
};

err_t
p11_epoch_read(struct p11 *p11, CK_OBJECT_HANDLE object,
               struct p11_epoch *ret_epoch)
{
	struct p11_epoch out = { .object = object };
	uint8_t value[P11_EPOCH_SIZE] = { 0 };
	struct p11_value read = { value, sizeof(value), 0 };
	err_t err = p11_read(p11, object, CKA_VALUE, &read);

	if (err == E_DEVICE && p11->rv == CKR_OBJECT_HANDLE_INVALID)
		return E_CONFLICT;
	if (err == E_NOT_FOUND || (err == OK && read.len != P11_EPOCH_SIZE &&
	                           read.len != P11_EPOCH_OLD_SIZE))
		return p11_fail(p11, E_LATCHED,
		                "'%s' is not a counter; see 'anchorctl token "
		                "strays'",
		                P11_EPOCH_LABEL);
	TRY(err);
	struct reader r = reader_of(bytes_of(value, sizeof(value)));
	out.value = reader_u32(&r);
	reader_copy(&r, out.mark, sizeof(out.mark));
	*ret_epoch = out;
	return OK;
}

static int
by_value(const void *a, const void *b)
{
	const struct p11_epoch *x = a;
	const struct p11_epoch *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return memcmp(x->mark, y->mark, sizeof(x->mark));
}

/* Lists the objects.  E_CONFLICT: they changed meanwhile. */
static err_t
list_once(struct p11 *p11, struct epochs *ret_list)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	const CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_PRIVATE, &yes, sizeof(yes)),
		p11_in(CKA_LABEL, P11_EPOCH_LABEL, strlen(P11_EPOCH_LABEL)),
	};
	CK_OBJECT_HANDLE found[ARRAY_LEN(ret_list->e)];
	struct epochs out = { .n = ARRAY_LEN(found) };

	TRY(p11_find(p11, wanted, ARRAY_LEN(wanted), found, &out.n));
	for (CK_ULONG i = 0; i < out.n; i++)
		TRY(p11_epoch_read(p11, found[i], &out.e[i]));
	if (out.n > P11_EPOCHS_MAX)
		return p11_fail(p11, E_LATCHED,
		                "more than %d objects '%s'; see 'anchorctl "
		                "token strays'",
		                P11_EPOCHS_MAX, P11_EPOCH_LABEL);
	qsort(out.e, out.n, sizeof(out.e[0]), by_value);
	*ret_list = out;
	return OK;
}

static bool
same_epoch_list(const struct epochs *a, const struct epochs *b)
{
	if (a->n != b->n)
		return false;
	for (CK_ULONG i = 0; i < a->n; i++)
		if (by_value(&a->e[i], &b->e[i]) != 0)
			return false;
	return true;
}

/* Lists until nothing has changed during the list. */
static err_t
list_stable_epochs(struct p11 *p11, struct epochs *ret_list)
{
	bool listed = false;

	for (unsigned i = 0; i <= HSM_EPOCH_TRIES; i++) {
		struct epochs now;
		err_t err = list_once(p11, &now);

		if (err != OK && err != E_CONFLICT)
			return err;
		if (err == OK && listed && same_epoch_list(ret_list, &now))
			return OK;
		listed = err == OK;
		if (listed)
			*ret_list = now;
	}
	return p11_fail(p11, E_DEVICE,
	                "the objects '%s' changed during every listing",
	                P11_EPOCH_LABEL);
}

static err_t
create_epoch_object(struct p11 *p11, struct p11_epoch *epoch)
{
	uint8_t value[P11_EPOCH_SIZE] = {
		(uint8_t)(epoch->value >> 24),
		(uint8_t)(epoch->value >> 16),
		(uint8_t)(epoch->value >> 8),
		(uint8_t)epoch->value,
	};

	if (getrandom(epoch->mark, sizeof(epoch->mark), 0) !=
	    sizeof(epoch->mark))
		return p11_fail(p11, E_DEVICE, "no random numbers");
	memcpy(value + 4, epoch->mark, sizeof(epoch->mark));
	return p11_create_private_data(p11, P11_EPOCH_LABEL,
	                               bytes_of(value, sizeof(value)),
	                               &epoch->object);
}

/* True for another life's object that is as high. */
static bool
has_rival(const struct epochs *list, const struct p11_epoch *own)
{
	for (CK_ULONG i = 0; i < list->n; i++)
		if (list->e[i].value >= own->value &&
		    memcmp(list->e[i].mark, own->mark, sizeof(own->mark)) != 0)
			return true;
	return false;
}

static bool
has_own(const struct epochs *list, const struct p11_epoch *own)
{
	for (CK_ULONG i = 0; i < list->n; i++)
		if (by_value(&list->e[i], own) == 0)
			return true;
	return false;
}

/* Creates the object of the next value and checks that the token has it. */
static err_t
make_next_epoch_object(struct p11 *p11, const struct epochs *before,
                       struct p11_epoch *ret_own)
{
	const struct p11_epoch *last = &before->e[before->n - 1];
	struct p11_epoch own = { .value = last->value + 1 };
	struct p11_epoch kept;

	if (last->value == UINT32_MAX)
		return p11_fail(p11, E_LATCHED, "'%s' has reached its maximum",
		                P11_EPOCH_LABEL);
	if (last->value - before->e[0].value > REACH)
		return p11_fail(p11, E_LATCHED,
		                "'%s' has the values %u and %u, too far apart; "
		                "see 'anchorctl token strays'",
		                P11_EPOCH_LABEL, before->e[0].value,
		                last->value);
	TRY(create_epoch_object(p11, &own));
	*ret_own = own;
	TRY(p11_epoch_read(p11, own.object, &kept));
	if (by_value(&kept, &own) != 0)
		return p11_fail(p11, E_DEVICE,
		                "'%s' was not created with its new value",
		                P11_EPOCH_LABEL);
	return OK;
}

/* One attempt.  *in_out_own is the object that lost in the last one; its object
 * is CK_INVALID_HANDLE in the first.  E_CONFLICT: it lost again. */
static err_t
try_take_epoch_object(struct p11 *p11, struct p11_epoch *in_out_own)
{
	struct epochs before;
	struct epochs after;

	TRY(list_stable_epochs(p11, &before));
	if (in_out_own->object != CK_INVALID_HANDLE &&
	    !has_rival(&before, in_out_own))
		return p11_fail(p11, E_DEVICE,
		                "'%s' could not be replaced: another key "
		                "holder was faster, or the token failed",
		                P11_EPOCH_LABEL);
	if (before.n == 0) {
		TRY(p11_epoch_prepare(p11));
		return p11_fail(
		        p11, E_DEVICE,
		        "the token had no '%s'; it was created, and the "
		        "next start uses it",
		        P11_EPOCH_LABEL);
	}
	TRY(make_next_epoch_object(p11, &before, in_out_own));
	for (CK_ULONG i = 0; i < before.n; i++)
		TRY(p11_destroy(p11, before.e[i].object));
	TRY(list_stable_epochs(p11, &after));
	return has_own(&after, in_out_own) && !has_rival(&after, in_out_own)
	               ? OK
	               : E_CONFLICT;
}

err_t
p11_epoch(void *own, uint32_t *ret_epoch)
{
	struct p11 *p11 = own;
	struct p11_epoch epoch = { .object = CK_INVALID_HANDLE };

	for (unsigned try = 1; try <= HSM_EPOCH_TRIES; try++) {
		err_t err = try_take_epoch_object(p11, &epoch);

		if (err == OK)
			*ret_epoch = epoch.value;
		if (err != E_CONFLICT)
			return err;
		hsm_epoch_pause(try);
	}
	return p11_fail(p11, E_DEVICE,
	                "other key holders take epochs of this token all the "
	                "time");
}

err_t
p11_epoch_prepare(struct p11 *p11)
{
	struct p11_epoch first = { .value = 0 };
	struct epochs there;

	TRY(list_stable_epochs(p11, &there));
	return there.n > 0 ? OK : create_epoch_object(p11, &first);
}
