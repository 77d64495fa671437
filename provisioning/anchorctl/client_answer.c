/*
 * client_answer.c - what an answer of the service means, and what a request to it
 * may contain.  Pure.
 */
#include <string.h>
#include <strings.h>

#include "crypto/codec/json_auto.h"
#include "provisioning/anchorctl/client.h"

#define PROBLEM_PREFIX "urn:x-anchord:problem:"

/* Types are compared without parameters, such as a charset (RFC 9110, 8.3). */
static bool
is_type(const char *type, const char *want)
{
	size_t len = strlen(want);

	return type && strncasecmp(type, want, len) == 0 &&
	       (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

static const char *
member_or(const json_t *o, const char *name, const char *otherwise)
{
	const char *text = json_text(o, name);

	return text ? text : otherwise;
}

/* The code is what people look up in docs/api.md; a type of another maker is
 * shown whole. */
static const char *
problem_code(const json_t *problem)
{
	const char *type = member_or(problem, "type", "about:blank");
	size_t len = strlen(PROBLEM_PREFIX);

	return strncmp(type, PROBLEM_PREFIX, len) == 0 ? type + len : type;
}

/* RFC 9457: code, title, what is wrong with this request, and its number in the
 * service's log. */
static void
put_problem(struct buf *why, const json_t *problem, unsigned status)
{
	const char *detail = member_or(problem, "detail", "");
	const char *instance = member_or(problem, "instance", "");

	buf_printf(why, "%s: %s", problem_code(problem),
	           member_or(problem, "title", "(no title)"));
	if (*detail)
		buf_printf(why, ": %s", detail);
	buf_printf(why, " (HTTP %u", status);
	if (*instance)
		buf_printf(why, ", request %s", instance);
	buf_append_str(why, ")");
}

static json_t *
read_object(struct bytes body)
{
	AUTO(json_decref)
	json_t *o = json_loadb((const char *)body.data, body.len,
	                       JSON_REJECT_DUPLICATES, NULL);

	return json_is_object(o) ? TAKE(o) : NULL;
}

/* 4xx is the service's decision, but for 408 and 429, which are about time. */
static int
judge_problem(const struct client_answer *a, struct buf *why)
{
	AUTO(json_decref)
	json_t *problem = is_type(a->type, "application/problem+json")
	                          ? read_object(a->body)
	                          : NULL;
	bool decided = a->status >= 400 && a->status < 500 &&
	               a->status != 408 && a->status != 429;

	if (!problem) {
		buf_printf(why,
		           "HTTP %u without a problem document: is this an "
		           "anchord service?",
		           a->status);
		return VERB_PART;
	}
	if (decided)
		buf_append_str(why, "refused: ");
	put_problem(why, problem, a->status);
	return decided ? VERB_REFUSED : VERB_PART;
}

int
client_judge(const struct client_answer *a, struct buf *why, json_t **ret_body)
{
	AUTO(json_decref) json_t *body = NULL;
	bool empty = a->status == 204;

	if (a->status >= 300 && a->status < 400) {
		buf_printf(why,
		           "HTTP %u: a redirect, and none is followed; is "
		           "--url the service itself?",
		           a->status);
		return VERB_PART;
	}
	if (a->status != 200 && a->status != 201 && !empty)
		return judge_problem(a, why);
	if (!empty && is_type(a->type, "application/json"))
		body = read_object(a->body);
	if (!empty && !body) {
		buf_printf(why,
		           "HTTP %u, and the answer is no JSON object: is this "
		           "an anchord service?",
		           a->status);
		return VERB_PART;
	}
	*ret_body = TAKE(body);
	return VERB_GOOD;
}

/* --- requests -------------------------------------------------------------- */

/* The characters of a host and a port; brackets and colons are for IPv6. */
static bool
is_host(struct bytes text)
{
	static const char others[] = ".-:[]";

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') &&
		    !memchr(others, c, sizeof(others) - 1))
			return false;
	}
	return text.len > 0 && text.len <= 262; /* a name, a colon, a port */
}

bool
client_url_valid(const char *text, struct buf *base)
{
	static const char scheme[] = "https://";
	size_t at = sizeof(scheme) - 1, len = strlen(text);

	if (strncmp(text, scheme, at) != 0)
		return false;
	if (len > at && text[len - 1] == '/')
		len--;
	buf_append(base, bytes_of(text, len));
	return is_host(bytes_of(text + at, len - at)) && buf_status(base) == OK;
}

/* RFC 3986, 2.3, and ':'; the service takes nothing that is percent-encoded. */
bool
client_value_valid(const char *text)
{
	static const char others[] = "-._~:";

	if (!*text)
		return false;
	for (; *text; text++)
		if ((*text < 'a' || *text > 'z') &&
		    (*text < 'A' || *text > 'Z') &&
		    (*text < '0' || *text > '9') && !strchr(others, *text))
			return false;
	return true;
}
