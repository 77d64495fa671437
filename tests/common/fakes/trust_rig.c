/*
 * trust_rig.c - see trust_rig.h.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/devices/trust_kit.h"
#include "tests/common/fakes/liar.h"
#include "tests/common/fakes/trust_rig.h"

struct hsm_token_name
trust_rig_name(const struct softtoken *t)
{
	return (struct hsm_token_name){ t->module, SOFTTOKEN_LABEL, "", NULL };
}

void
trust_rig_certificate(const struct softtoken *t, long serial,
                      uint8_t ret_sha256[static HASH_SIZE])
{
	AUTO(secret_free) struct secret *so_pin = NULL;
	AUTO(buf_release) struct buf der = buf_of(4096);
	const struct hsm_token_name name = trust_rig_name(t);
	struct hsm_trust_put put;

	trust_kit_good(secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &so_pin));
	const struct hsm_trust_officer so = { so_pin, NULL };
	trust_kit_certificate(serial, &der, ret_sha256);
	trust_kit_good(trust_kit_put(&name, &so, buf_bytes(&der), &put));
}

void
trust_rig_genesis(const struct softtoken *t, uint8_t fill,
                  struct hsm_trust_put *ret_put)
{
	AUTO(secret_free) struct secret *so_pin = NULL;
	const struct hsm_token_name name = trust_rig_name(t);

	trust_kit_good(secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &so_pin));
	const struct hsm_trust_officer so = { so_pin, NULL };
	*ret_put = (struct hsm_trust_put){ .there = false };
	trust_kit_good(trust_kit_genesis(&name, &so, fill, ret_put));
}

CK_RV
trust_rig_visitor(struct p11 *p11, struct bytes der, bool trusted)
{
	const CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	const CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_CERTIFICATE_TYPE, &type, sizeof(type)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_no, 1),
		p11_in(CKA_LABEL, HSM_TRUST_LABEL, strlen(HSM_TRUST_LABEL)),
		p11_in(CKA_SUBJECT, "x", 1),
		p11_in(CKA_VALUE, der.data, der.len),
		p11_in(CKA_TRUSTED, &liar_yes, 1),
	};
	CK_OBJECT_HANDLE made;

	return liar_honest.C_CreateObject(p11->session, object,
	                                  ARRAY_LEN(object) - !trusted, &made);
}

void
trust_rig_visitor_data(struct p11 *p11, const char *label, struct bytes value,
                       bool stays)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_no, 1),
		p11_in(CKA_APPLICATION, "anchord", 7),
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_VALUE, value.data, value.len),
		p11_in(CKA_DESTROYABLE, stays ? &liar_no : &liar_yes, 1),
	};
	CK_OBJECT_HANDLE made;

	CU_ASSERT_EQUAL(liar_honest.C_CreateObject(p11->session, object,
	                                           ARRAY_LEN(object), &made),
	                CKR_OK);
}
