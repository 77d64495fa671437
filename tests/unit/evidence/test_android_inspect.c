/*
 * test_android_inspect.c - key attestations of real devices: every field as
 * others measured it and as its source states it.
 */
#include <ctype.h>
#include <string.h>

#include "tests/common/base/corpus.h"
#include "tests/common/base/harness.h"
#include "base/encode.h"
#include "evidence/evidence.h"

DEFINE_AUTO(json_t *, json_decref);

#define TOPIC "android-key-attestation"
#define FILE_MAX (1024 * 1024)
#define EXPECTED ".expected.json"

static size_t compared; /* chains with an expected parse */

static void
differs(const char *name, const char *what)
{
	printf("  %s: %s\n", name, what);
	CU_FAIL("differs");
}

/* --- both sides in one form ----------------------------------------------- */

/* "verifiedBootKey" -> "verified_boot_key"; what others call differently. */
static void
our_name(const char *theirs, struct buf *out)
{
	static const char *const renamed[][2] = {
		{ "keymasterVersion", "keymint_version" },
		{ "keymasterSecurityLevel", "keymint_security_level" },
		{ "keyMintVersion", "keymint_version" },
		{ "keyMintSecurityLevel", "keymint_security_level" },
		{ "package", "name" },
		{ "purposes", "purpose" },
		{ "algorithms", "algorithm" },
		{ "digests", "digest" },
		{ "paddings", "padding" },
		{ "signatures", "signature_digests" },
	};

	for (size_t i = 0; i < ARRAY_LEN(renamed); i++)
		if (strcmp(theirs, renamed[i][0]) == 0) {
			buf_append_str(out, renamed[i][1]);
			return;
		}
	for (; *theirs; theirs++) {
		if (isupper((unsigned char)*theirs))
			buf_append_str(out, "_");
		buf_u8(out, (uint8_t)tolower((unsigned char)*theirs));
	}
}

static bool
same_base64(const char *theirs, const char *hex)
{
	AUTO(buf_release) struct buf raw = buf_of(FILE_MAX);
	AUTO(buf_release) struct buf text = buf_of(FILE_MAX);

	if (decode_base64(&raw, bytes_of_str(theirs)) != OK)
		return false;
	encode_hex(&text, buf_bytes(&raw));
	return strcmp(buf_str(&text), hex) == 0;
}

static bool
same_text(const char *theirs, const char *ours)
{
	static const char *const levels[][2] = {
		{ "SOFTWARE", "software" },
		{ "TRUSTED_ENVIRONMENT", "tee" },
		{ "STRONG_BOX", "strongbox" },
	};

	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (strcmp(theirs, levels[i][0]) == 0)
			return strcmp(ours, levels[i][1]) == 0;
	return strcasecmp(theirs, ours) == 0 || same_base64(theirs, ours);
}

/* A value that is neither object nor list; numbers may be text over there. */
static bool
same_scalar(const json_t *theirs, const json_t *ours)
{
	AUTO(buf_release) struct buf digits = buf_of(32);

	if (!json_is_string(theirs))
		return json_equal(theirs, ours);
	if (json_is_string(ours))
		return same_text(json_string_value(theirs),
		                 json_string_value(ours));
	buf_printf(&digits, "%lld", (long long)json_integer_value(ours));
	return json_is_integer(ours) &&
	       strcmp(json_string_value(theirs), buf_str(&digits)) == 0;
}

/* What is about the encoding, and not a field. */
static bool
is_remark(const char *key)
{
	return key[0] == '_' || strcmp(key, "deviceLockedEncoding") == 0 ||
	       strcmp(key, "areTagsOrdered") == 0;
}

static void compare(const char *name, const json_t *theirs, const json_t *ours);

static void
compare_object(const char *name, const json_t *theirs, const json_t *ours)
{
	size_t known = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)theirs, key, value)
	{
		AUTO(buf_release) struct buf our_key = buf_of(256);

		if (is_remark(key))
			continue;
		our_name(key, &our_key);
		json_t *mine = json_object_get(ours, buf_str(&our_key));
		if (!mine)
			differs(name, key);
		else
			compare(name, value, mine);
		known++;
	}
	if (json_object_size(ours) != known)
		differs(name, "a field more than expected");
}

static void
compare(const char *name, const json_t *theirs, const json_t *ours)
{
	size_t n = json_array_size(theirs);

	if (json_is_object(theirs)) {
		compare_object(name, theirs, ours);
		return;
	}
	if (!json_is_array(theirs)) {
		if (!same_scalar(theirs, ours))
			differs(name, json_string_value(theirs)
			                      ? json_string_value(theirs)
			                      : "a number or a flag");
		return;
	}
	if (json_array_size(ours) != n)
		differs(name, "length of a list");
	for (size_t i = 0; i < n; i++)
		compare(name, json_array_get(theirs, i),
		        json_array_get(ours, i));
}

/* --- one chain ------------------------------------------------------------ */

static json_t *
inspect(const char *pem_name)
{
	AUTO(buf_release) struct buf file = buf_of(FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(evidence_release) struct evidence e = { 0 };

	if (!corpus_read(pem_name, &file))
		return NULL;
	struct bytes view = buf_bytes(&file);
	if (evidence_open_files("android-key", &view, 1, &why, &e) != OK) {
		differs(pem_name, buf_str(&why));
		return NULL;
	}
	return e.format->inspect(e.own);
}

static void
compare_certificate(const char *name, const json_t *theirs, const json_t *ours)
{
	static const char *const members[][2] = {
		{ "subject", "subject" },      { "issuer", "issuer" },
		{ "serial", "serial" },        { "sha256", "sha256" },
		{ "notBefore", "not_before" }, { "notAfter", "not_after" },
	};

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (!json_equal(json_object_get(theirs, members[i][0]),
		                json_object_get(ours, members[i][1])))
			differs(name, members[i][0]);
}

/* Every number of their map is in ours. */
static void
compare_provisioning(const char *name, const json_t *theirs, const json_t *ours)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)theirs, key, value)
	{
		if (!json_equal(value, json_object_get(ours, key)))
			differs(name, "provisioning info");
	}
}

static void
compare_certificates(const char *name, const json_t *measured,
                     const json_t *ours)
{
	const json_t *theirs = json_object_get(measured, "certificates");
	const json_t *list = json_object_get(ours, "certificates");

	if (json_array_size(theirs) != json_array_size(list))
		differs(name, "number of certificates");
	for (size_t i = 0; i < json_array_size(theirs); i++) {
		const json_t *cert = json_array_get(theirs, i);

		compare_certificate(name, cert, json_array_get(list, i));
		compare_provisioning(
		        name, json_object_get(cert, "provisioningInfo"),
		        json_object_get(ours, "provisioning_info"));
	}
}

/* What the source says of its own sample, where that is in the chain. */
static void
compare_stated(const char *name, const json_t *stated, const json_t *ours)
{
	const json_t *d = json_object_get(ours, "key_description");
	const json_t *theirs = json_object_get(stated, "challengeB64");

	if (!theirs)
		theirs = json_object_get(stated, "challenge");
	if (json_is_string(theirs) &&
	    !same_scalar(theirs, json_object_get(d, "attestation_challenge")))
		differs(name, "stated challenge");
	theirs = json_object_get(stated, "securityLevel");
	if (json_is_string(theirs) &&
	    !same_scalar(theirs,
	                 json_object_get(d, "attestation_security_level")))
		differs(name, "stated level");
}

static void
compare_remarks(const char *name, const json_t *measured, const json_t *ours)
{
	const json_t *used = json_object_get(measured, "keyDescriptionUsed");
	const json_t *lenient = json_object_get(ours, "leniencies");
	const json_t *anomalies = json_object_get(measured, "anomalies");
	bool boolean = false;
	bool order = false;

	for (size_t i = 0; i < json_array_size(anomalies); i++) {
		const char *text =
		        json_string_value(json_array_get(anomalies, i));

		boolean |= strstr(text, "deviceLocked encoded as") != NULL;
		order |= strstr(text, "tags not ascending") != NULL;
	}
	if (boolean != (json_object_get(lenient, "boolean-not-der") != NULL))
		differs(name, "boolean-not-der");
	if (order != (json_object_get(lenient, "tags-not-ascending") != NULL))
		differs(name, "tags-not-ascending");
	if (json_object_get(ours, "key_description") &&
	    !json_equal(used,
	                json_object_get(ours, "key_description_certificate")))
		differs(name, "which certificate");
}

static void
check_chain(const char *name)
{
	AUTO(buf_release) struct buf pem = buf_of(4096);
	AUTO(json_decref) json_t *expected = corpus_json(name);
	const json_t *measured = json_object_get(expected, "measuredByUs");

	if (!json_object_get(measured, "certificates"))
		return; /* of a status list */
	buf_printf(&pem, "%.*s.pem", (int)(strlen(name) - strlen(EXPECTED)),
	           name);
	AUTO(json_decref) json_t *ours = inspect(buf_str(&pem));
	if (!ours) {
		differs(name, "no such chain");
		return;
	}
	compare_certificates(name, measured, ours);
	const json_t *theirs = json_object_get(measured, "keyDescription");
	const json_t *d = json_object_get(ours, "key_description");
	if ((theirs != NULL) != (d != NULL))
		differs(name, "key description");
	else if (theirs)
		compare(name, theirs, d);
	compare_remarks(name, measured, ours);
	compare_stated(name, json_object_get(expected, "sourceStates"), ours);
	compared++;
}

static void
test_corpus(void)
{
	compared = 0;
	if (corpus_walk(TOPIC, EXPECTED, check_chain) == 0) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	printf("  %zu chains\n", compared);
	CU_ASSERT(compared >= 100);
}

/* --- Google's own expected parse ------------------------------------------ */

/* Their JSON has comments, each on its own line. */
static json_t *
load_commented(const char *name)
{
	AUTO(buf_release) struct buf file = buf_of(FILE_MAX);
	AUTO(buf_release) struct buf json = buf_of(FILE_MAX);

	if (!corpus_read(name, &file))
		return NULL;
	for (const char *line = buf_str(&file); *line;) {
		size_t n = strcspn(line, "\n");
		const char *text = line + strspn(line, " ");

		if (strncmp(text, "//", 2) != 0)
			buf_append(&json, bytes_of(line, n));
		line += n + (line[n] == '\n');
	}
	return json_loadb((const char *)json.data, json.len, 0, NULL);
}

static bool
ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name);
	size_t m = strlen(ending);

	return n >= m && strcmp(name + n - m, ending) == 0;
}

static void
check_google(const char *name)
{
	AUTO(buf_release) struct buf pem = buf_of(4096);

	if (ends_with(name, EXPECTED))
		return;
	buf_printf(&pem, "%.*s.pem", (int)(strlen(name) - strlen(".json")),
	           name);
	AUTO(json_decref) json_t *theirs = load_commented(name);
	AUTO(json_decref) json_t *ours = inspect(buf_str(&pem));
	CU_ASSERT_FATAL(theirs && ours);
	compare(name, theirs, json_object_get(ours, "key_description"));
	compared++;
}

static void
test_google(void)
{
	compared = 0;
	if (corpus_walk(TOPIC "/android+keyattestation/testdata", ".json",
	                check_google) == 0) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	printf("  %zu chains\n", compared);
	CU_ASSERT(compared >= 9);
}

static const struct harness_test tests[] = {
	{ "every chain of the corpus, field by field", test_corpus },
	{ "Google's own expected parse", test_google },
	{ NULL, NULL },
};

HARNESS_MAIN("android_inspect", tests)
