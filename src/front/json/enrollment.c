/*
 * enrollment.c - the body of POST /v1/enrollments/<path> for a format that
 * enrols by a statement, and that of a change of an enrolment.
 */
#include "front/json/read.h"

#include "base/encode.h"

err_t
enrollment_order_parse(struct bytes body, const char *member,
                       struct buf *ret_statement, struct json_fault *ret_fault)
{
	const struct json_member rows[] = {
		{ member, JSON_STRING, true },
		{ NULL, JSON_NULL, false },
	};
	AUTO(json_decref) json_t *root = NULL;

	TRY(json_read_open(body, &root, ret_fault));
	TRY(json_read_object(root, "", rows, ret_fault));

	size_t before = ret_statement->len;
	err_t err = decode_base64(ret_statement, json_read_text(root, member));
	if (err == E_NOMEM)
		return err;
	if (err != OK || ret_statement->len == before) {
		json_fault_set(ret_fault, PROBLEM_BASE64_INVALID, member,
		               err == E_LIMIT ? "too long" : "not base64");
		return E_MALFORMED;
	}

	return OK;
}

static bool
is_reason(struct bytes v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] < ' ' || v.data[i] == 0x7f)
			return false;
	return v.len > 0 && v.len <= LIMIT_REASON;
}

err_t
json_read_reason(const json_t *root, struct buf *ret_reason,
                 struct json_fault *ret_fault)
{
	if (!json_object_get(root, "reason"))
		return OK;

	struct bytes reason = json_read_text(root, "reason");
	if (!is_reason(reason)) {
		json_fault_set(ret_fault, PROBLEM_VALUE_INVALID, "reason",
		               "must have 1 to 128 bytes and no control "
		               "characters");
		return E_MALFORMED;
	}
	buf_append(ret_reason, reason);
	return buf_status(ret_reason);
}

err_t
order_reason_parse(struct bytes body, struct buf *ret_reason,
                   struct json_fault *ret_fault)
{
	static const struct json_member rows[] = {
		{ "reason", JSON_STRING, false },
		{ NULL, JSON_NULL, false },
	};
	AUTO(json_decref) json_t *root = NULL;

	TRY(json_read_open(body, &root, ret_fault));
	TRY(json_read_object(root, "", rows, ret_fault));
	return json_read_reason(root, ret_reason, ret_fault);
}
