/*
 * talk.h - a request of a backend about an Android device, and the service's
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

/* One request about a phone, and the answer. */
struct talk {
	const struct client_identity *who; /* NULL: backend-a */
	const char *workflow;
	const char *handle; /* device binding; NULL: none */
	const char *path;
	struct phone phone;

	int status;
	struct buf body;   /* of the request */
	struct buf answer; /* body of the answer */
	bool eligible;
	char reasons[ASK_REASONS_MAX];
	char device_handle[ASK_HANDLE_MAX];
	char state[16];
	char jti[ASK_JTI_MAX]; /* of the signed result */
};

/* Starts the service for all talks; a failure ends the test. */
struct service *talk_start(void);
void talk_stop(void); /* prints the log if a test failed */

void talk_end(struct talk *t);
DEFINE_AUTO_REF(struct talk, talk_end);

/* Gets a challenge and the phone's evidence for it, and composes the body. */
bool talk_prepare(struct talk *t);

/* Sends the body, possibly again, and parses a 2xx answer. */
void talk_say(struct talk *t);

/* Do both. */
struct talk talked(struct talk t);
struct talk talk_enroll(const struct phone *phone);
struct talk talk_ask(const char *workflow, const char *handle,
                     const struct phone *phone);

/* Enrols the phone and returns its handle. */
void talk_enrolled(const struct phone *phone,
                   char handle[static ASK_HANDLE_MAX]);

/* Fails the test unless a request for metadata of that device gets these
 * reasons. */
void talk_expect(const char *handle, const struct phone *phone,
                 const char *reasons);

/* Sends GET or DELETE for an enrolment and returns the status.
 * talk_expect_shown() compares one number in the answer to GET. */
int talk_enrolment(const char *method, const char *handle, struct buf *answer);
void talk_expect_shown(const char *handle, const char *member, long long value);

#endif
