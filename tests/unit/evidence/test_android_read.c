/*
 * test_android_read.c - members of a request with "android-key", its limits,
 * and the map that a provisioning server writes.
 */
#include <string.h>

#include "evidence/android/android.h"
#include "tests/common/base/harness.h"
#include "base/encode.h"
#include "tests/unit/crypto/test_der_kit.h"

DEFINE_AUTO(json_t *, json_decref);

/* --- members of a request ------------------------------------------------- */

static err_t
read_text(const char *json, struct buf *why)
{
	AUTO(json_decref) json_t *o = json_loads(json, 0, NULL);
	void *own = NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	err_t err = android_read(o, why, &own);
	android_free(own);
	return err;
}

static void
test_members(void)
{
	static const char *const good_ones[] = {
		"{\"format\":\"android-key\",\"x5c\":[\"MAA=\"]}",
		"{\"format\":\"android-key\",\"x5c\":[\"MAA=\",\"MAA=\"],"
		"\"proof\":\"AA==\",\"proof_key\":\"AA==\"}",
	};
	static const char *const bad[][2] = {
		{ "{\"format\":\"android-key\"}", "x5c: missing" },
		{ "{\"format\":\"\",\"x5c\":[]}", "x5c: malformed" },
		{ "{\"format\":\"\",\"x5c\":\"MAA=\"}", "x5c: malformed" },
		{ "{\"format\":\"\",\"x5c\":[1]}", "x5c: malformed" },
		{ "{\"format\":\"\",\"x5c\":[\"\"]}", "x5c: malformed" },
		{ "{\"format\":\"\",\"x5c\":[\"MAA\"]}", "x5c: malformed" },
		{ "{\"format\":\"\",\"x5c\":[\"MAA=\"],\"proof\":\"AA==\"}",
		  "given together" },
		{ "{\"format\":\"\",\"x5c\":[\"MAA=\"],\"proof_key\":\"AA==\"}",
		  "given together" },
		{ "{\"format\":\"\",\"x5c\":[\"MAA=\"],\"proof\":1}",
		  "proof: malformed" },
		{ "{\"format\":\"\",\"x5c\":[\"MAA=\"],\"more\":1}",
		  "unknown member" },
	};

	for (size_t i = 0; i < ARRAY_LEN(good_ones); i++) {
		AUTO(buf_release) struct buf why = buf_of(1024);
		CU_ASSERT_EQUAL(read_text(good_ones[i], &why), OK);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(buf_release) struct buf why = buf_of(1024);
		CU_ASSERT_EQUAL(read_text(bad[i][0], &why), E_MALFORMED);
		CU_ASSERT(strstr(buf_str(&why), bad[i][1]) != NULL);
	}
}

/* A chain of n certificates of len bytes each, as a request. */
static err_t
read_sized(size_t n, size_t len)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf raw = buf_of(ANDROID_CERT_MAX + 1);
	AUTO(buf_release) struct buf base64 = buf_of(64 * 1024);
	AUTO(json_decref) json_t *x5c = json_array();
	void *own = NULL;

	memset(buf_extend(&raw, len), '0', len);
	encode_base64(&base64, buf_bytes(&raw));
	for (size_t i = 0; i < n; i++)
		json_array_append_new(x5c, json_string(buf_str(&base64)));
	/* With a proof and its key, because one without the other is refused
	 * whatever the chain is. */
	AUTO(json_decref)
	json_t *o = json_pack("{s:s, s:O, s:s, s:s}", "format", "android-key",
	                      "x5c", x5c, "proof", "AAAA", "proof_key", "AAAA");
	err_t err = android_read(o, &why, &own);
	android_free(own);
	return err;
}

static void
test_limits(void)
{
	CU_ASSERT_EQUAL(read_sized(ANDROID_CHAIN_MAX, 100), OK);
	CU_ASSERT_EQUAL(read_sized(ANDROID_CHAIN_MAX + 1, 100), E_MALFORMED);
	CU_ASSERT_EQUAL(read_sized(ANDROID_CHAIN_MAX + 2, 100), E_MALFORMED);
	CU_ASSERT_EQUAL(read_sized(1, ANDROID_CERT_MAX), OK);
	CU_ASSERT_EQUAL(read_sized(1, ANDROID_CERT_MAX + 1), E_MALFORMED);
}

/* --- provisioning info ---------------------------------------------------- */

static err_t
provision(const char *hex, struct android_provisioning *ret)
{
	AUTO(buf_release) struct buf cbor = kit_hex(hex);

	return android_provisioning_parse(buf_bytes(&cbor), ret);
}

static void
test_provisioning(void)
{
	struct android_provisioning p;

	CU_ASSERT_EQUAL(provision("a0", &p), OK);
	CU_ASSERT(!p.has_certificates_issued && p.n == 0);
	CU_ASSERT_EQUAL(provision("a5 011840 02f5 0366476f6f676c65 "
	                          "04635445 45 06f4",
	                          &p),
	                OK);
	CU_ASSERT_EQUAL(p.n, 5);
	CU_ASSERT_EQUAL(p.certificates_issued, 64);
	CU_ASSERT(p.has_manufacturer && p.has_attested_entity);
	CU_ASSERT(p.has_reported_lost && !p.reported_lost);
	CU_ASSERT_EQUAL(provision("a1 06f5", &p), OK);
	CU_ASSERT(p.has_reported_lost && p.reported_lost);

	/* Unknown keys of any shape: arrays, maps, tags. */
	CU_ASSERT_EQUAL(provision("a3 0108 07 8201 a1 6161 c1 00 20 f6", &p),
	                OK);
	CU_ASSERT_EQUAL(p.n, 3);
	CU_ASSERT_EQUAL(p.items[1].value.len, 7);

	static const char *const bad[] = {
		"",           "80",          "a1",          "a101",
		"a1016131",   "a10120",      "a10401",      "a106 01",
		"a1 0401 00", "a2 01010101", "a1 6161 01",  "a0 00",
		"bf0101ff",   "a1 07 82 01", "a1 07 9f ff", "a1 01 1801",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CU_ASSERT_EQUAL(provision(bad[i], &p), E_MALFORMED);
		CU_ASSERT(p.malformed && p.n == 0);
	}
}

/* Keys 7, 8, ... with the value 0 each. */
static err_t
provision_keys(uint8_t n)
{
	AUTO(buf_release) struct buf cbor = buf_of(256);
	struct android_provisioning p;

	buf_u8(&cbor, (uint8_t)(0xa0 | n));
	for (uint8_t i = 0; i < n; i++)
		buf_u16(&cbor, (uint16_t)((7 + i) << 8));
	return android_provisioning_parse(buf_bytes(&cbor), &p);
}

static void
test_provisioning_limit(void)
{
	CU_ASSERT_EQUAL(provision_keys(ANDROID_PROVISIONING_MAX), OK);
	CU_ASSERT_EQUAL(provision_keys(ANDROID_PROVISIONING_MAX + 1),
	                E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "members of a request", test_members },
	{ "limits", test_limits },
	{ "provisioning info", test_provisioning },
	{ "provisioning info: so many keys", test_provisioning_limit },
	{ NULL, NULL },
};

HARNESS_MAIN("android_read", tests)
