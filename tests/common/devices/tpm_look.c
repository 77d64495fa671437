/*
 * tpm_look.c - see tpm_look.h.
 */
#include "tests/common/devices/tpm_look.h"

#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"

err_t
tpm_look(const struct swtpm *t, struct tpm2 **ret_tpm, struct t2_uri *ret_uri)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	const struct hsm_options options = { .uri = t->uri };

	TRY(t2_uri_parse(t->uri, &why, ret_uri));
	TRY(t2_connect(ret_uri->tcti, &options, &why, ret_tpm));
	return t2_open_session(*ret_tpm, ret_uri);
}

struct t2_lockout
tpm_look_lockout(const struct swtpm *t)
{
	AUTO(t2_close) struct tpm2 *tpm = NULL;
	struct t2_lockout l = { .locked = false };
	struct t2_uri uri;

	CU_ASSERT_EQUAL_FATAL(tpm_look(t, &tpm, &uri), OK);
	CU_ASSERT_EQUAL_FATAL(t2_lockout_read(tpm, &l), OK);
	return l;
}

static bool
key_noda(struct tpm2 *tpm, const struct t2_place *place)
{
	struct t2_key key = { .object = ESYS_TR_NONE };
	TPMT_PUBLIC public;

	CU_ASSERT_EQUAL_FATAL(t2_find_key(tpm, place, "", &key), OK);
	CU_ASSERT_EQUAL_FATAL(t2_read_public(tpm, key.object, &public), OK);
	return public.objectAttributes & TPMA_OBJECT_NODA;
}

static bool
counter_noda(struct tpm2 *tpm, uint32_t handle)
{
	AUTO(t2_free) void *owned = NULL;
	TPM2B_NV_PUBLIC *nv = NULL;
	ESYS_TR counter = ESYS_TR_NONE;

	CU_ASSERT_EQUAL_FATAL(t2_refer(tpm, handle, &counter), OK);
	err_t err = T2_CALL(tpm, NV_ReadPublic,
	                    (counter, tpm->session, ESYS_TR_NONE, ESYS_TR_NONE),
	                    &nv, NULL);
	CU_ASSERT_EQUAL_FATAL(err, OK);
	owned = nv;
	return nv->nvPublic.attributes & TPMA_NV_NO_DA;
}

void
tpm_look_noda(const struct swtpm *t, bool ret_noda[static 3])
{
	AUTO(t2_close) struct tpm2 *tpm = NULL;
	struct t2_uri uri;

	CU_ASSERT_EQUAL_FATAL(tpm_look(t, &tpm, &uri), OK);
	ret_noda[0] = key_noda(tpm, &uri.key);
	ret_noda[1] = key_noda(tpm, &uri.mac);
	ret_noda[2] = counter_noda(tpm, uri.epoch);
}

bool
tpm_between(struct tpm_between *b, const struct swtpm *t)
{
	const char *places = strchr(t->uri, '?');

	if (!tpm_proxy_open(&b->proxy, t->port))
		return false;
	snprintf(b->uri, sizeof(b->uri), "tpm2:swtpm:host=127.0.0.1,port=%u%s",
	         b->proxy.port, places ? places : "");
	return true;
}

void
tpm_between_close(struct tpm_between *b)
{
	tpm_proxy_close(&b->proxy);
}

void
tpm_between_order(struct tpm_between *b, enum tpm_command command,
                  enum tpm_outcome outcome)
{
	struct tpm_rule *r = &b->proxy.page->rules[0];

	atomic_store(&r->on, 0);
	r->command = command;
	r->outcome = outcome;
	r->nth = 0;
	atomic_store(&r->on, 1);
}
