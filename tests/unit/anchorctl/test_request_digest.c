/*
 * test_request_digest.c - the text of a request and its digest, against vectors
 * that Python's library made (tests/vectors/request/make.py).
 *
 * provisioning/ has no library of its own, so its file is compiled in.
 */
#include <jansson.h>
#include <stdio.h>

#include "provisioning/anchorctl/request_digest.c"
#include "tests/common/base/harness.h"

#define VECTORS "tests/vectors/request/vectors.json"
#define DIGEST_TEXT 43 /* characters of base64url */

DEFINE_AUTO(json_t *, json_decref);

static json_t *
read_vectors(const char *name)
{
	AUTO(json_decref) json_t *all = json_load_file(VECTORS, 0, NULL);
	json_t *rows = json_object_get(all, name);

	CU_ASSERT_FATAL(json_array_size(rows) > 20);
	return json_incref(rows);
}

static struct bytes
member_of(const json_t *row, const char *name)
{
	const json_t *v = json_object_get(row, name);

	CU_ASSERT_FATAL(json_is_string(v));
	return bytes_of(json_string_value(v), json_string_length(v));
}

static void
check_request(const json_t *row)
{
	AUTO(buf_release) struct buf content = buf_of(65536);
	AUTO(buf_release) struct buf text = buf_of(REQUEST_TEXT_MAX);
	AUTO(buf_release) struct buf encoded = buf_of(128);
	uint8_t digest[HASH_SIZE];
	const char *why = "";

	CU_ASSERT_EQUAL_FATAL(
	        decode_base64(&content, member_of(row, "content")), OK);
	const struct request_seen seen = {
		.method = member_of(row, "method"),
		.target = member_of(row, "target"),
		.content = buf_bytes(&content),
	};
	CU_ASSERT_EQUAL(request_text(&seen, &text, &why), OK);
	digest_sha256(buf_bytes(&text), digest);
	encode_base64url(&encoded, bytes_of(digest, HASH_SIZE));
	CU_ASSERT_EQUAL(encoded.len, DIGEST_TEXT);
	if (bytes_equal(buf_bytes(&text), member_of(row, "text")) &&
	    bytes_equal(buf_bytes(&encoded), member_of(row, "digest")))
		return;
	fprintf(stderr, "%s: %s%s\n",
	        json_string_value(json_object_get(row, "name")), buf_str(&text),
	        why);
	CU_FAIL("another text or digest");
}

static void
test_vectors(void)
{
	AUTO(json_decref) json_t *rows = read_vectors("requests");
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) check_request(row);
}

static void
test_refused(void)
{
	AUTO(json_decref) json_t *rows = read_vectors("refused");
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		AUTO(buf_release) struct buf text = buf_of(REQUEST_TEXT_MAX);
		const struct request_seen seen = {
			.method = member_of(row, "method"),
			.target = member_of(row, "target"),
		};
		const char *why = NULL;
		err_t err = request_text(&seen, &text, &why);

		if (err != E_MALFORMED)
			fprintf(stderr, "%s: %s\n",
			        json_string_value(json_object_get(row, "name")),
			        buf_str(&text));
		CU_ASSERT_EQUAL(err, E_MALFORMED);
		CU_ASSERT_PTR_NOT_NULL(why);
	}
}

/* All forms of one target have one text, and no other target has it. */
static void
test_equivalent(void)
{
	static const char *const same[] = {
		"https://a.example",      "https://a.example/",
		"HTTPS://A.example:443/", "https://a.EXAMPLE:/",
		"https://a.example:443",
	};
	static const char *const others[] = {
		"http://a.example/",      "https://a.example/?",
		"https://a.example:444/", "https://a.example//",
		"https://a.example./",    "https://a.example:80/",
		"https://a.example/%2f",  "https://a.example/%2F",
	};
	struct buf texts[ARRAY_LEN(same) + ARRAY_LEN(others)];
	const char *why = NULL;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *target = i < ARRAY_LEN(same)
		                             ? same[i]
		                             : others[i - ARRAY_LEN(same)];
		const struct request_seen seen = {
			.method = bytes_of_str("GET"),
			.target = bytes_of_str(target),
		};

		texts[i] = buf_of(REQUEST_TEXT_MAX);
		CU_ASSERT_EQUAL(request_text(&seen, &texts[i], &why), OK);
		for (size_t j = 0; j < i; j++)
			CU_ASSERT_EQUAL(bytes_equal(buf_bytes(&texts[i]),
			                            buf_bytes(&texts[j])),
			                i < ARRAY_LEN(same));
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		buf_release(&texts[i]);
}

/* The longest target there can be fits the text. */
static void
test_longest(void)
{
	static char target[REQUEST_TARGET_MAX + 1];
	static const char begin[] = "https://a.example?";
	AUTO(buf_release) struct buf text = buf_of(REQUEST_TEXT_MAX);
	const char *why = NULL;

	memset(target, 'q', sizeof(target));
	memcpy(target, begin, sizeof(begin) - 1);
	struct request_seen seen = {
		.method = bytes_of(target + 100, REQUEST_METHOD_MAX),
		.target = bytes_of(target, REQUEST_TARGET_MAX),
		.content = bytes_of_str("x"),
	};
	CU_ASSERT_EQUAL(request_text(&seen, &text, &why), OK);
	seen.target.len++;
	CU_ASSERT_EQUAL(request_text(&seen, &text, &why), E_MALFORMED);
	CU_ASSERT_STRING_EQUAL(why, "the target is too long");
}

static const struct harness_test tests[] = {
	{ "texts and digests of the vectors", test_vectors },
	{ "what has no single form is refused", test_refused },
	{ "forms of one target, and other targets", test_equivalent },
	{ "the longest target", test_longest },
	{ NULL, NULL },
};

HARNESS_MAIN("request_digest", tests)
