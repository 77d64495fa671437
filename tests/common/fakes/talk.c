/*
 * talk.c - see talk.h.
 */
#include "tests/common/fakes/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "tests/common/base/harness.h"

DEFINE_AUTO(json_t *, json_decref);

static struct service *service;

void
talk_end(struct talk *t)
{
	buf_release(&t->body);
	buf_release(&t->answer);
}
static void
take(const json_t *o, const char *name, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(o, name));

	snprintf(out, size, "%s", text ? text : "");
}

static void
read_answer(struct talk *t)
{
	struct asked_result *r = calloc(1, sizeof(*r));
	AUTO(json_decref)
	json_t *o = json_loadb((const char *)t->answer.data, t->answer.len, 0,
	                       NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT(ask_result_read(&t->answer, r));
	t->eligible = r->eligible;
	memcpy(t->reasons, r->reasons, sizeof(t->reasons));
	memcpy(t->jti, r->jti, sizeof(t->jti));
	take(o, "device_handle", t->device_handle, sizeof(t->device_handle));
	take(o, "state", t->state, sizeof(t->state));
	free(r);
}

/* Sends the body (again). */
void
talk_say(struct talk *t)
{
	AUTO(client_free) struct client *c = NULL;

	t->status = CLIENT_LOST;
	buf_reset(&t->answer);
	if (client_open(t->who ? t->who : service->backend, service->port,
	                &c) != OK)
		return;
	t->status = client_exchange(c, "POST", t->path, buf_bytes(&t->body),
	                            &t->answer);
	if (t->status == 200 || t->status == 201)
		read_answer(t);
}

/* A challenge, the phone's answer to it, and the body with both. */
bool
talk_prepare(struct talk *t)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	const struct ask ask = { .workflow = t->workflow, .handle = t->handle };
	struct asked_challenge challenge;

	t->body = buf_of(ASK_BODY_MAX);
	t->answer = buf_of(ASK_BODY_MAX);
	if (client_open(t->who ? t->who : service->backend, service->port,
	                &c) != OK ||
	    ask_challenge(c, &ask, &challenge) != 201)
		return false;
	km_time_is((int64_t)(clock_wall_ms() / 1000));
	if (phone_answer(&t->phone, bytes_of(challenge.nonce, HASH_SIZE),
	                 &evidence) != OK)
		return false;
	ask_attest_body(challenge.token, buf_bytes(&evidence), &ask, &t->body);
	return buf_status(&t->body) == OK;
}

struct talk
talked(struct talk t)
{
	CU_ASSERT_FATAL(talk_prepare(&t));
	talk_say(&t);
	return t;
}

struct talk
talk_enroll(const struct phone *phone)
{
	return talked((struct talk){
	        .workflow = "enroll", .path = TALK_ENROLL, .phone = *phone });
}

struct talk
talk_ask(const char *workflow, const char *handle, const struct phone *phone)
{
	return talked((struct talk){ .workflow = workflow,
	                             .handle = handle,
	                             .path = TALK_ATTEST,
	                             .phone = *phone });
}

/* Enrolled now; the handle. */
void
talk_enrolled(const struct phone *phone, char handle[static ASK_HANDLE_MAX])
{
	AUTO(talk_end) struct talk t = talk_enroll(phone);

	CU_ASSERT_EQUAL_FATAL(t.status, 201);
	CU_ASSERT_STRING_EQUAL(t.state, "new");
	memcpy(handle, t.device_handle, ASK_HANDLE_MAX);
}

/* What a request for metadata of that device comes to. */
void
talk_expect(const char *handle, const struct phone *phone, const char *reasons)
{
	AUTO(talk_end) struct talk t = talk_ask("metadata", handle, phone);

	CU_ASSERT_EQUAL(t.status, 200);
	CU_ASSERT_STRING_EQUAL(t.reasons, reasons);
	CU_ASSERT_EQUAL(t.eligible, reasons[0] == '\0');
	if (strcmp(t.reasons, reasons) != 0)
		printf("  said: %s, not: %s\n", t.reasons, reasons);
}

int
talk_enrolment(const char *method, const char *handle, struct buf *answer)
{
	AUTO(client_free) struct client *c = NULL;
	char path[128];

	snprintf(path, sizeof(path), "/v1/enrollments/%s", handle);
	if (client_open(service->backend, service->port, &c) != OK)
		return CLIENT_LOST;
	return client_exchange(c, method, path, bytes_of(NULL, 0), answer);
}

void
talk_expect_shown(const char *handle, const char *member, long long value)
{
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	CU_ASSERT_EQUAL(talk_enrolment("GET", handle, &answer), 200);
	AUTO(json_decref)
	json_t *o = json_loadb((const char *)answer.data, answer.len, 0, NULL);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, member)), value);
}

struct service *
talk_start(void)
{
	CU_ASSERT_EQUAL_FATAL(service_prepare(&service), OK);
	CU_ASSERT_EQUAL_FATAL(service_android(service), OK);
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_FATAL(service_wait_ready(service, SERVICE_READY_MS));
	return service;
}

void
talk_stop(void)
{
	if (CU_get_number_of_failures() > 0)
		service_print_log(service, 30);
	service_free(service);
	service = NULL;
}
