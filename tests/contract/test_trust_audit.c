/*
 * test_trust_audit.c - what an audit tells of trust objects, by the findings that
 * begin with "trust-".
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/trust_kit.h"
#include "tests/common/fakes/audit_liar.h"

FOREIGN_LEAKS

struct wanted {
	enum audit_code code;
	unsigned n;
};

/* These findings and no other about trust. */
static void
must_find(const struct softtoken *t, const struct wanted *wanted, size_t n)
{
	const struct audit_seen seen = audit_liar_run(t, "", true);

	CU_ASSERT_EQUAL(seen.err, OK);
	for (int code = 0; code < AUDIT_CODES; code++) {
		const char *name = hsm_audit_row((enum audit_code)code)->code;
		unsigned should = 0;

		for (size_t i = 0; i < n; i++)
			if ((int)wanted[i].code == code)
				should = wanted[i].n;
		if (strncmp(name, "trust-", 6) != 0 &&
		    code != AUDIT_CALL_FAILED)
			continue;
		if (seen.found[code] != should)
			printf("  %s: %u, not %u\n", name, seen.found[code],
			       should);
		CU_ASSERT_EQUAL(seen.found[code], should);
	}
}
#define MUST_FIND(t, ...)                                        \
	do {                                                     \
		const struct wanted wanted_[] = { __VA_ARGS__ }; \
		must_find((t), wanted_, ARRAY_LEN(wanted_));     \
	} while (0)

static struct secret *so_pin;

static void
officer_makes(const struct softtoken *t, bool genesis)
{
	AUTO(buf_release) struct buf der = buf_of(4096);
	const struct hsm_token_name name = { t->module, SOFTTOKEN_LABEL, "",
		                             NULL };
	const struct hsm_trust_officer who = { so_pin, t->pin };
	struct hsm_trust_put put;
	uint8_t sha256[HASH_SIZE];
	uint64_t now = 0;

	trust_kit_certificate(1, &der, sha256);
	CU_ASSERT_EQUAL(trust_kit_put(&name, &who, buf_bytes(&der), &put), OK);
	if (genesis)
		CU_ASSERT_EQUAL(trust_kit_genesis(&name, &who, 1, &put), OK);
	CU_ASSERT_EQUAL(trust_kit_move(&name, &who, 7), OK);
	CU_ASSERT_EQUAL(trust_kit_raise(&name, &who, 7, &now), OK);
}

#define TRUST_RIG(t)                                                     \
	AUTO(secret_free) struct secret *own_ = NULL;                    \
	AUDIT_RIG(t);                                                    \
	CU_ASSERT_EQUAL_FATAL(                                           \
	        secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &own_), OK); \
	so_pin = own_

static void
test_as_made(void)
{
	TRUST_RIG(t);
	MUST_FIND(&t, { AUDIT_TRUST_OBJECTS, 0 });
	officer_makes(&t, true);
	MUST_FIND(&t, { AUDIT_TRUST_OBJECTS, 1 });
}

/* What a weaker token lets an officer make. */
static void
test_weak(void)
{
	TRUST_RIG(t);
	lie.refuse[0] = CKA_TRUSTED;
	lie.refuse[1] = CKA_DESTROYABLE;
	officer_makes(&t, true);
	MUST_FIND(&t, { AUDIT_TRUST_OBJECTS, 1 }, { AUDIT_TRUST_UNTRUSTED, 1 },
	          { AUDIT_TRUST_DESTROYABLE, 2 });
}

/* An attribute that the token does not tell is the worse one. */
static void
test_unsaid(void)
{
	TRUST_RIG(t);
	officer_makes(&t, false);
	lie.no_such = CKA_DESTROYABLE;
	MUST_FIND(&t, { AUDIT_TRUST_OBJECTS, 1 },
	          { AUDIT_TRUST_DESTROYABLE, 1 });
}

static void
add_data(const struct softtoken *t, const char *label, struct bytes value)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	const bool private = strcmp(label, "anchord-trust-genesis") != 0;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, private ? &liar_yes : &liar_no, 1),
		p11_in(CKA_DESTROYABLE, &liar_no, 1),
		p11_in(CKA_APPLICATION, "anchord", 7),
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_VALUE, value.data, value.len),
	};

	liar_add_object(t, object, ARRAY_LEN(object));
}

static void
test_several(void)
{
	static const uint8_t value[40] = { 0, 0, 0, 0, 0, 0, 0, 6 };
	TRUST_RIG(t);
	officer_makes(&t, true);
	add_data(&t, "anchord-trust-genesis", bytes_of(value, HASH_SIZE));
	MUST_FIND(&t, { AUDIT_TRUST_OBJECTS, 1 },
	          { AUDIT_TRUST_GENESIS_TWIN, 1 });
	add_data(&t, "anchord-trust-head", bytes_of(value, 40));
	add_data(&t, "anchord-trust-counter", bytes_of(value, 7));
	MUST_FIND(&t, { AUDIT_TRUST_OBJECTS, 1 },
	          { AUDIT_TRUST_GENESIS_TWIN, 1 },
	          { AUDIT_TRUST_INTERRUPTED, 1 }, { AUDIT_TRUST_ODD, 1 });
}

/* The certificate's is the first value that an audit asks for alone. */
static void
test_unread(void)
{
	TRUST_RIG(t);
	officer_makes(&t, false);
	lie.value = CKR_DEVICE_ERROR;
	lie.values = 0;
	for (lie.value_nth = 1; lie.value_nth < 32; lie.value_nth++) {
		lie.values = 0;
		if (audit_liar_run(&t, "", true).found[AUDIT_TRUST_UNREAD] > 0)
			return;
	}
	CU_FAIL("no read of a certificate failed");
}

static const struct harness_test tests[] = {
	{ "tells what is there", test_as_made },
	{ "tells what protects less", test_weak },
	{ "takes what is unsaid for the worse", test_unsaid },
	{ "tells of several, and of odd ones", test_several },
	{ "tells of one that was not given", test_unread },
	{ NULL, NULL },
};

HARNESS_MAIN("trust objects, audit", tests)
