/*
 * audit_keys.c - see audit_keys.h.
 */
#include <string.h>

#include "tests/common/devices/audit_keys.h"
#include "tests/common/base/harness.h"

/* P-256 with the private key 1 or 2; the public half is always that of 1. */
static const uint8_t point_of_1[67] = {
	0x04, 0x41, 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8,
	0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
	0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
	0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c,
	0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb,
	0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5
};

CK_ATTRIBUTE
audit_flag(CK_ATTRIBUTE_TYPE type, bool value)
{
	return p11_in(type, value ? &liar_yes : &liar_no, sizeof(CK_BBOOL));
}

void
audit_import_pair(const struct softtoken *t, const struct audit_import *key)
{
	static const CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY;
	static const CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
	static const CK_KEY_TYPE ec = CKK_EC;
	uint8_t value[32] = { 0 };

	value[31] = key->private;
	CK_ATTRIBUTE public[] = {
		p11_in(CKA_CLASS, &public_class, sizeof(public_class)),
		p11_in(CKA_KEY_TYPE, &ec, sizeof(ec)),
		p11_in(CKA_LABEL, "imported", 8),
		p11_in(CKA_ID, liar_id_2, 1),
		audit_flag(CKA_TOKEN, true),
		p11_in(CKA_EC_PARAMS, liar_p256, sizeof(liar_p256)),
		p11_in(CKA_EC_POINT, point_of_1, sizeof(point_of_1)),
	};
	CK_ATTRIBUTE private[] = {
		p11_in(CKA_CLASS, &private_class, sizeof(private_class)),
		p11_in(CKA_KEY_TYPE, &ec, sizeof(ec)),
		p11_in(CKA_LABEL, "imported", 8),
		p11_in(CKA_ID, liar_id_2, 1),
		audit_flag(CKA_TOKEN, true),
		audit_flag(CKA_PRIVATE, true),
		audit_flag(CKA_MODIFIABLE, false),
		audit_flag(CKA_SENSITIVE, key->sensitive),
		audit_flag(CKA_EXTRACTABLE, key->extractable),
		audit_flag(CKA_SIGN, true),
		audit_flag(CKA_DERIVE, false),
		audit_flag(CKA_UNWRAP, false),
		audit_flag(CKA_DECRYPT, false),
		p11_in(CKA_EC_PARAMS, liar_p256, sizeof(liar_p256)),
		p11_in(CKA_VALUE, value, sizeof(value)),
	};
	liar_add_object(t, public, ARRAY_LEN(public));
	liar_add_object(t, private, ARRAY_LEN(private));
}

void
audit_make_secret(const struct softtoken *t, const struct audit_made *m)
{
	struct p11 *p11 = liar_meddle(t);
	CK_MECHANISM by = { m->by, NULL, 0 };
	CK_ATTRIBUTE key[16] = {
		audit_flag(CKA_TOKEN, true),
		audit_flag(CKA_PRIVATE, true),
		audit_flag(CKA_SENSITIVE, true),
		audit_flag(CKA_EXTRACTABLE, false),
		audit_flag(CKA_MODIFIABLE, false),
		audit_flag(CKA_SIGN, false),
		audit_flag(CKA_ENCRYPT, false),
		audit_flag(CKA_DECRYPT, false),
		audit_flag(CKA_WRAP, false),
		audit_flag(CKA_UNWRAP, false),
		audit_flag(CKA_DERIVE, false),
		p11_in(CKA_LABEL, m->label, strlen(m->label)),
	};
	CK_ULONG n = 12;
	CK_OBJECT_HANDLE made;

	if (m->size)
		key[n++] = p11_in(CKA_VALUE_LEN, &m->size, sizeof(m->size));
	for (CK_ULONG i = 0; i < 12; i++)
		if (key[i].type == m->odd.type)
			key[i] = m->odd;
	if (m->odd.type == CKA_ALLOWED_MECHANISMS)
		key[n++] = m->odd;
	CU_ASSERT_EQUAL(
	        liar_honest.C_GenerateKey(p11->session, &by, key, n, &made),
	        CKR_OK);
	p11_unload(p11);
}

/* What is odd about a pair beside its type and size. */
struct oddity {
	bool asks;   /* CKA_ALWAYS_AUTHENTICATE */
	bool hidden; /* CKA_PRIVATE of the public half */
};

static void
make_pair(const struct softtoken *t, const struct audit_pair *p,
          struct oddity odd)
{
	struct p11 *p11 = liar_meddle(t);
	CK_MECHANISM by = { p->by, NULL, 0 };
	CK_ATTRIBUTE public[] = {
		p11_in(CKA_LABEL, "pair", 4),
		p11_in(CKA_ID, liar_id_2, 1),
		audit_flag(CKA_TOKEN, true),
		audit_flag(CKA_PRIVATE, odd.hidden),
		p->size,
	};
	CK_ATTRIBUTE private[] = {
		p11_in(CKA_LABEL, "pair", 4),
		p11_in(CKA_ID, liar_id_2, 1),
		audit_flag(CKA_TOKEN, true),
		audit_flag(CKA_PRIVATE, true),
		audit_flag(CKA_SENSITIVE, true),
		audit_flag(CKA_SIGN, true),
		audit_flag(CKA_DERIVE, false),
		audit_flag(CKA_UNWRAP, false),
		audit_flag(CKA_DECRYPT, false),
		audit_flag(CKA_EXTRACTABLE, false),
		audit_flag(CKA_MODIFIABLE, false),
		audit_flag(CKA_ALWAYS_AUTHENTICATE, odd.asks),
	};
	CK_OBJECT_HANDLE a;
	CK_OBJECT_HANDLE b;

	CU_ASSERT_EQUAL(liar_honest.C_GenerateKeyPair(
	                        p11->session, &by, public, ARRAY_LEN(public),
	                        private, ARRAY_LEN(private), &a, &b),
	                CKR_OK);
	p11_unload(p11);
}

void
audit_make_pair(const struct softtoken *t, const struct audit_pair *p)
{
	make_pair(t, p, (struct oddity){ .asks = false });
}

static void
make_p256_pair(const struct softtoken *t, struct oddity odd)
{
	const struct audit_pair p = {
		CKM_EC_KEY_PAIR_GEN,
		p11_in(CKA_EC_PARAMS, liar_p256, sizeof(liar_p256)),
	};

	make_pair(t, &p, odd);
}

void
audit_make_asking_pair(const struct softtoken *t)
{
	make_p256_pair(t, (struct oddity){ .asks = true });
}

void
audit_make_hidden_pair(const struct softtoken *t)
{
	make_p256_pair(t, (struct oddity){ .hidden = true });
}
