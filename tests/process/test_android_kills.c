/*
 * test_android_kills.c - each role killed while an Android device is enrolled:
 * nothing that was answered is lost, and nothing is enrolled twice.
 */
#include <string.h>

#include "../common/harness.h"
#include "../common/talk.h"

static struct service *service;

static void
test_set_up(void)
{
	service = talk_start();
}

/* Until it is answered; a role that died is back within seconds. */
static bool
insist(struct talk *t)
{
	uint64_t until = service_now_ms() + 30000;

	do {
		talk_say(t);
		if (t->status == 200 || t->status == 201)
			return true;
		service_sleep_ms(50);
		if (!service_wait_ready(service, 8000))
			service_heal(service);
	} while (service_now_ms() < until);
	return false;
}

/* Each answer is one of a device that was enrolled by it and is there now. */
static void
one_kill(const char *role, unsigned device)
{
	struct phone phone = phone_of(KM_NEW_ATTEST_KEY, device);
	struct talk t = { .workflow = "enroll",
		          .path = TALK_ENROLL,
		          .phone = phone };
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf first = buf_of(ASK_BODY_MAX);

	CU_ASSERT_FATAL(service_wait_ready(service, SERVICE_READY_MS));
	CU_ASSERT_FATAL(talk_prepare(&t));
	CU_ASSERT_EQUAL_FATAL(client_open(service->backend, service->port, &c),
	                      OK);
	client_begin(c, "POST", TALK_ENROLL, buf_bytes(&t.body));
	client_finish(c);
	service_sleep_ms(device % 5);
	CU_ASSERT(service_kill(service, role));
	int status = client_receive(c, &first);
	CU_ASSERT(status == CLIENT_LOST || status == 503 || status == 201);
	CU_ASSERT(insist(&t));
	CU_ASSERT_EQUAL(t.status, 201);
	if (status == 201)
		CU_ASSERT(bytes_equal(buf_bytes(&first), buf_bytes(&t.answer)));

	AUTO(talk_end)
	struct talk later = { .workflow = "enroll",
		              .path = TALK_ENROLL,
		              .phone = phone };
	CU_ASSERT_FATAL(talk_prepare(&later));
	CU_ASSERT(insist(&later));
	CU_ASSERT_EQUAL(later.status, 200);
	CU_ASSERT_STRING_EQUAL(later.device_handle, t.device_handle);
	talk_end(&t);
}

static void
test_kills(void)
{
	static const char *const roles[] = { "front", "verifier", "ledger",
		                             "keyholder" };

	for (unsigned i = 0; i < 3 * ARRAY_LEN(roles); i++)
		one_kill(roles[i % ARRAY_LEN(roles)], 20 + i);
}

static void
test_end(void)
{
	talk_stop();
}

static const struct harness_test tests[] = {
	{ "the service starts", test_set_up },
	{ "each role killed amid enrolments", test_kills },
	{ "the service stops", test_end },
	{ NULL, NULL },
};
HARNESS_MAIN("android_kills", tests)
