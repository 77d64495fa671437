/*
 * mechanism.c - the mechanisms that the token reports.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/pkcs11/alg.h"
#include "hsm/pkcs11/audit/audit.h"

enum strength { FINE, WEAK };

static const struct row {
	CK_MECHANISM_TYPE type;
	enum strength strength;
	const char *name;
} rows[] = {
#define MECHANISM(name, strength) { CKM_##name, strength, "CKM_" #name },
#include "hsm/pkcs11/mechanisms.def"
#undef MECHANISM
};

static const struct row *
find_mechanism_row(uint64_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

const char *
p11_mechanism_name(uint64_t type)
{
	const struct row *row = find_mechanism_row(type);

	return row ? row->name : "";
}

static struct audit_mechanism
facts_of(CK_MECHANISM_TYPE type, const CK_MECHANISM_INFO *info)
{
	return (struct audit_mechanism){
		.type = type,
		.min = info->ulMinKeySize,
		.max = info->ulMaxKeySize,
		.hardware = info->flags & CKF_HW,
		.sign = info->flags & CKF_SIGN,
		.verify = info->flags & CKF_VERIFY,
		.wrap = info->flags & CKF_WRAP,
		.unwrap = info->flags & CKF_UNWRAP,
		.derive = info->flags & CKF_DERIVE,
		.generate =
		        info->flags & (CKF_GENERATE | CKF_GENERATE_KEY_PAIR),
	};
}

/* A mechanism that the service needs; queried even if it is not listed. */
static err_t
look_at_needed(struct audit *a, CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info = { .flags = 0 };
	err_t err =
	        P11_CALL(a->p11, C_GetMechanismInfo, a->p11->slot, type, &info);

	if (err == E_DEVICE)
		return err;
	if (err != OK || !(info.flags & CKF_SIGN))
		hsm_audit_found(a->ops, AUDIT_MECHANISM_MISSING, NULL, "%s",
		                p11_mechanism_name(type));
	else if (!(info.flags & CKF_HW))
		hsm_audit_found(a->ops, AUDIT_MECHANISM_NOT_HARDWARE, NULL,
		                "%s", p11_mechanism_name(type));
	return OK;
}

static err_t
list_mechanisms(struct audit *a, const CK_MECHANISM_TYPE *types, CK_ULONG n)
{
	unsigned weak = 0;
	const char *example = "";

	for (CK_ULONG i = 0; i < n; i++) {
		CK_MECHANISM_INFO info = { .flags = 0 };
		err_t err = P11_CALL(a->p11, C_GetMechanismInfo, a->p11->slot,
		                     types[i], &info);
		const struct row *row = find_mechanism_row(types[i]);

		if (err == E_DEVICE)
			return err;
		if (err != OK) /* listed but unknown: the list is wrong */
			continue;
		const struct audit_mechanism m = facts_of(types[i], &info);
		a->ops->mechanism(a->ops->arg, &m);
		if (row && row->strength == WEAK && weak++ == 0)
			example = row->name;
	}
	if (weak)
		hsm_audit_found(a->ops, AUDIT_MECHANISM_WEAK, NULL,
		                "%u, for example %s", weak, example);
	return OK;
}

err_t
p11_audit_mechanisms(struct audit *a)
{
	CK_MECHANISM_TYPE types[AUDIT_MECHANISMS_MAX];
	CK_ULONG n = AUDIT_MECHANISMS_MAX;

	err_t err =
	        P11_CALL(a->p11, C_GetMechanismList, a->p11->slot, types, &n);
	if (err == OK && n > AUDIT_MECHANISMS_MAX)
		err = p11_fail(a->p11, E_DEVICE,
		               "C_GetMechanismList: more than asked for");
	if (err == OK)
		err = list_mechanisms(a, types, n);
	TRY(p11_audit_step(a, "the mechanisms", err, NULL));
	return p11_audit_step(a, "a mechanism",
	                      look_at_needed(a, CKM_SHA256_HMAC), NULL);
}

/* The mechanism by which a key of this type signs: the first one in alg.def
 * that the token supports, or the last one if it supports none. */
static err_t
mechanism_of(struct audit *a, const struct audit_key *key,
             CK_MECHANISM_TYPE *ret_type)
{
	bool can = false;

	*ret_type = p11_alg(0)->sign; /* for an unknown type of key */
	for (enum alg alg = 0; alg < ALG_COUNT && !can; alg++) {
		CK_KEY_TYPE type = p11_key(alg_key(alg))->type;

		if (!p11_audit_type(key, p11_type_name(type)))
			continue;
		*ret_type = p11_alg(alg)->sign;
		TRY(p11_can_sign(a->p11, *ret_type, &can));
	}
	return OK;
}

err_t
p11_audit_needed(struct audit *a, const struct audit_key *key)
{
	CK_MECHANISM_TYPE type = 0;

	if (!p11_audit_is(key, "private-key") ||
	    key->object.attributes[HSM_ATTRIBUTE_SIGN] != HSM_YES)
		return OK;
	TRY(mechanism_of(a, key, &type));
	for (size_t i = 0; i < a->n_needed; i++)
		if (a->needed[i] == type)
			return OK;
	a->needed[a->n_needed++] = type;
	return look_at_needed(a, type);
}
