/*
 * rotation_service.c - see rotation_load.h: the service, and its officer.
 *
 * Started as root, the key holder has a user of its own, and SoftHSM keeps a
 * key in a file of whoever made it.  The officer makes the key first then,
 * hands the file over, and orders the key that is there; on an HSM, and to an
 * ordinary user, it is one step.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "crypto/token/challenge.h"
#include "base/encode.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/rotation_load.h"
#include "tests/common/service/service_int.h"

#define WORDS_MAX 24

err_t
rotation_prepare(struct service **ret_service)
{
	AUTO(service_free) struct service *s = NULL;
	char text[SERVICE_PATH_MAX + 64];

	TRY(service_prepare(&s));
	snprintf(text, sizeof(text),
	         "challenge: { ttl = %d; ttl_max = %d; };\n"
	         "result: { ttl = %d; };",
	         ROTATION_LOAD_TTL_S, ROTATION_LOAD_TTL_S, ROTATION_LOAD_TTL_S);
	TRY(service_edit(s, "challenge: { ttl = 600; ttl_max = 3600; };",
	                 text));
	*ret_service = TAKE(s);
	return OK;
}

err_t
rotation_service(struct service **ret_service)
{
	AUTO(service_free) struct service *s = NULL;

	TRY(rotation_prepare(&s));
	TRY(rotation_launch(s));
	*ret_service = TAKE(s);
	return OK;
}

err_t
rotation_launch(struct service *s)
{
	TRY(service_launch(s));
	if (service_wait_ready(s, SERVICE_READY_MS))
		return OK;
	service_print_log(s, 30);
	return E_DEVICE;
}

int
rotation_ctl(const struct service *s, const char *const *words,
             json_t **ret_json)
{
	AUTO(buf_release)
	struct buf program = service_path(s->bin, "anchorctl");
	AUTO(buf_release) struct buf env = buf_of(SERVICE_PATH_MAX + 64);
	AUTO(buf_release) struct buf out = service_path(s->dir, "ctl.json");
	const char *argv[WORDS_MAX] = { buf_str(&program) };
	size_t n = 1;

	while (*words && n + 2 < WORDS_MAX)
		argv[n++] = *words++;
	argv[n] = "--json";
	buf_printf(&env, "SOFTHSM2_CONF=%s/softhsm2.conf", s->dir);
	(void)unlink(buf_str(&out));
	int status = service_run(argv, buf_str(&env), buf_str(&out));
	if (ret_json)
		*ret_json = json_load_file(buf_str(&out), 0, NULL);
	return status;
}

static const char *
text_of(const json_t *j, const char *name)
{
	const char *text = json_string_value(json_object_get(j, name));

	return text ? text : "";
}

static int
order_made(const struct service *s, const char *lead, const char *margin,
           struct rotation_board *board)

{
	AUTO(buf_release) struct buf pin = service_path(s->dir, "pin");
	AUTO(buf_release)
	struct buf config = service_path(s->dir, "anchord.conf");
	const char *const make[] = {
		"token",   "keygen",      "--module",   SERVICE_MODULE,
		"--token", SERVICE_TOKEN, "--pin-file", buf_str(&pin),
		"--label", "next",        "--id",       "02",
		NULL
	};
	json_t *made = NULL;
	int status = rotation_ctl(s, make, &made);

	CU_ASSERT_EQUAL(service_hand_token_over(s), OK);
	const char *const take[] = { "token",    "rotate",
		                     "--config", buf_str(&config),
		                     "--lead",   lead,
		                     "--margin", margin,
		                     "--uri",    text_of(made, "uri"),
		                     "--public", text_of(made, "public_sha256"),
		                     NULL };
	if (status == 0)
		status = rotation_ctl(s, take, NULL);
	snprintf(board->new_kid, sizeof(board->new_kid), "%s",
	         text_of(made, "kid"));
	json_decref(made);
	return status;
}

int
rotation_order(const struct service *s, const char *lead, const char *margin,
               struct rotation_board *board)
{
	return geteuid() == 0 ? order_made(s, lead, margin, board)
	                      : rotation_order_at_once(s, lead, margin, board);
}

int
rotation_order_at_once(const struct service *s, const char *lead,
                       const char *margin, struct rotation_board *board)
{
	AUTO(buf_release)
	struct buf config = service_path(s->dir, "anchord.conf");
	const char *const words[] = { "token",          "rotate", "--config",
		                      buf_str(&config), "--lead", lead,
		                      "--margin",       margin,   NULL };
	json_t *said = NULL;

	int status = rotation_ctl(s, words, &said);
	snprintf(board->new_kid, sizeof(board->new_kid), "%s",
	         text_of(said, "kid"));
	json_decref(said);
	return status;
}

int
rotation_published(const struct service *s, const char *kid)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	if (client_open(s->backend, s->port, &c) != OK ||
	    client_exchange(c, "GET", "/v1/keys", bytes_of(NULL, 0), &answer) !=
	            200)
		return -1;
	return strstr(buf_str(&answer), kid) != NULL;
}

void
rotation_kid(const struct service *s, char ret_kid[static KID_SIZE])
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	CU_ASSERT_EQUAL_FATAL(client_open(s->backend, s->port, &c), OK);
	CU_ASSERT_EQUAL_FATAL(client_exchange(c, "GET", "/v1/keys",
	                                      bytes_of(NULL, 0), &answer),
	                      200);
	json_t *j = json_loads(buf_str(&answer), 0, NULL);
	const json_t *keys = json_object_get(j, "keys");
	CU_ASSERT_EQUAL(json_array_size(keys), 1);
	const char *kid = json_string_value(
	        json_object_get(json_array_get(keys, 0), "kid"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(kid);
	snprintf(ret_kid, KID_SIZE, "%s", kid);
	json_decref(j);
}

bool
rotation_signed_by(const struct service *s, const char *kid)
{
	static struct asked_challenge asked;
	AUTO(client_free) struct client *c = NULL;
	const struct ask ask = { .workflow = "enroll", .bound = true };
	AUTO(buf_release) struct buf bytes = buf_of(ASK_TOKEN_MAX);
	struct challenge ch;

	if (client_open(s->backend, s->port, &c) != OK ||
	    ask_challenge(c, &ask, &asked) != 201 ||
	    decode_base64url(&bytes, bytes_of_str(asked.token)) != OK)
		return false;
	return challenge_open(buf_bytes(&bytes), &ch) == OK &&
	       bytes_equal_str(ch.head.kid, kid);
}
