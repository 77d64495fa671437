/*
 * talk.h - a backend, an Android device and the service: one question and its
 * answer.
 */
#ifndef COMMON_FAKES_TALK_H
#define COMMON_FAKES_TALK_H

#include "tests/common/base/ask.h"
#include "base/auto.h"
#include "base/buf.h"
#include "tests/common/fakes/phone.h"
#include "tests/common/service/service.h"

#define TALK_ENROLL "/v1/enrollments/android-key"
#define TALK_ATTEST "/v1/attestations"

/* One question of a backend about a phone, and the answer. */
struct talk {
	const struct client_identity *who; /* NULL: backend-a */
	const char *workflow;
	const char *handle; /* bound to it; NULL: to none */
	const char *path;
	struct phone phone;

	int status;
	struct buf body;   /* as it was sent */
	struct buf answer; /* as it came */
	bool eligible;
	char reasons[ASK_REASONS_MAX];
	char device_handle[ASK_HANDLE_MAX];
	char state[16];
	char jti[ASK_JTI_MAX]; /* of the signed result */
};

/* The service that all talks are with: starts it, or ends the test. */
struct service *talk_start(void);
void talk_stop(void); /* with the log, when a test failed */

void talk_end(struct talk *t);
DEFINE_AUTO_REF(struct talk, talk_end);

/* A challenge, the phone's answer to it, and the body with both. */
bool talk_prepare(struct talk *t);

/* Sends the body (again), and reads the answer to a 2xx. */
void talk_say(struct talk *t);

/* Both. */
struct talk talked(struct talk t);
struct talk talk_enroll(const struct phone *phone);
struct talk talk_ask(const char *workflow, const char *handle,
                     const struct phone *phone);

/* Enrolled now: its handle. */
void talk_enrolled(const struct phone *phone,
                   char handle[static ASK_HANDLE_MAX]);

/* A request for metadata of that device comes to these reasons. */
void talk_expect(const char *handle, const struct phone *phone,
                 const char *reasons);

/* GET or DELETE of an enrolment: the status; and one number of what GET shows. */
int talk_enrolment(const char *method, const char *handle, struct buf *answer);
void talk_expect_shown(const char *handle, const char *member, long long value);

#endif
