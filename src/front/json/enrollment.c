/*
 * enrollment.c - the body of POST /v1/enrollments/tpm2.
 */
#include "front/json/read.h"

#include "base/encode.h"

err_t
enrollment_order_parse(struct bytes body, struct buf *ret_public,
                       struct json_fault *ret_fault)
{
	static const struct json_member rows[] = {
		{ "ak_public", JSON_STRING, true },
		{ NULL, JSON_NULL, false },
	};
	AUTO(json_decref) json_t *root = NULL;

	TRY(json_read_open(body, &root, ret_fault));
	TRY(json_read_object(root, "", rows, ret_fault));

	size_t before = ret_public->len;
	err_t err =
	        decode_base64(ret_public, json_read_text(root, "ak_public"));
	if (err == E_NOMEM)
		return err;
	if (err != OK || ret_public->len == before) {
		json_fault_set(ret_fault, PROBLEM_BASE64_INVALID, "ak_public",
		               err == E_LIMIT ? "too long for a public key"
		                              : "not base64");
		return E_MALFORMED;
	}

	return OK;
}
