/*
 * test_android_kills.c - each role killed while an Android device is enrolled:
 * nothing that was answered is lost, and nothing is enrolled twice.
 */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/talk.h"

static struct service *service;

static void
test_set_up(void)
{
	service = talk_start();
}

/* After a role died; SoftHSM may have lost its token by it. */
static bool
ready_again(void)
{
	for (int i = 0; i < 4; i++) {
		if (service_wait_ready(service, 8000))
			return true;
		service_heal(service);
	}
	return false;
}

/* Until it is answered. */
static bool
insist(struct talk *t)
{
	uint64_t until = service_now_ms() + 30000;

	do {
		talk_say(t);
		if (t->status == 200 || t->status == 201)
			return true;
		service_sleep_ms(50);
		(void)ready_again();
	} while (service_now_ms() < until);
	return false;
}

/* The same question, and a role killed while it is under way; the status. */
static int
say_and_kill(struct talk *t, const char *role, unsigned ms, struct buf *answer)
{
	AUTO(client_free) struct client *c = NULL;

	CU_ASSERT_EQUAL_FATAL(client_open(service->backend, service->port, &c),
	                      OK);
	client_begin(c, "POST", t->path, buf_bytes(&t->body));
	client_finish(c);
	service_sleep_ms(ms);
	CU_ASSERT(service_kill(service, role));
	return client_receive(c, answer);
}

static struct talk
question(unsigned device)
{
	struct talk t = { .workflow = "enroll",
		          .path = TALK_ENROLL,
		          .phone = phone_of(KM_NEW_ATTEST_KEY, device) };

	CU_ASSERT_FATAL(ready_again());
	CU_ASSERT_FATAL(talk_prepare(&t));
	return t;
}

/* What was answered once is the answer, and the device is there. */
static void
one_kill(const char *role, unsigned device)
{
	AUTO(talk_end) struct talk t = question(device);
	AUTO(buf_release) struct buf first = buf_of(ASK_BODY_MAX);
	static struct asked_result r;

	int status = say_and_kill(&t, role, device % 5, &first);
	CU_ASSERT(status == CLIENT_LOST || status == 503 || status == 201);
	CU_ASSERT(insist(&t));
	CU_ASSERT_EQUAL(t.status, 201);
	if (status == 201) {
		CU_ASSERT(ask_result_read(&first, &r));
		CU_ASSERT_STRING_EQUAL(r.jti, t.jti);
	}

	AUTO(talk_end) struct talk later = question(device);
	CU_ASSERT(insist(&later));
	CU_ASSERT_EQUAL(later.status, 200);
	CU_ASSERT_STRING_EQUAL(later.device_handle, t.device_handle);
}

#define DEVICES 12

static void
test_kills(void)
{
	static const char *const roles[] = { "front", "verifier", "ledger",
		                             "keyholder" };

	for (unsigned i = 0; i < DEVICES; i++)
		one_kill(roles[i % ARRAY_LEN(roles)], 20 + i);
}

static int
count(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int n = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	(void)sqlite3_finalize(st);
	return n;
}

/* One enrolment and one result that made it, for each device. */
static void
test_rows(void)
{
	char path[SERVICE_PATH_MAX + 32];
	sqlite3 *db = NULL;

	service_halt(service);
	snprintf(path, sizeof(path), "%s/ledger/ledger.db", service->dir);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(count(db, "SELECT count(*) FROM enrolments"), DEVICES);
	CU_ASSERT_EQUAL(count(db, "SELECT count(*) FROM outcomes"
	                          " WHERE enrolled = 2"),
	                DEVICES);
	CU_ASSERT_EQUAL(count(db, "SELECT count(*) FROM outcomes o, enrolments"
	                          " e WHERE o.enrolled = 2 AND"
	                          " o.device_handle = e.handle"),
	                DEVICES);
	(void)sqlite3_close(db);
}

static void
test_end(void)
{
	talk_stop();
}

static const struct harness_test tests[] = {
	{ "the service starts", test_set_up },
	{ "each role killed amid enrolments", test_kills },
	{ "one enrolment and one result a device", test_rows },
	{ "the service stops", test_end },
	{ NULL, NULL },
};
HARNESS_MAIN("android_kills", tests)
