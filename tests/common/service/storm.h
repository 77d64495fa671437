/*
 * storm.h - the clients of test_kill.c: their requests about one challenge, and
 * the answers.
 */
#ifndef COMMON_SERVICE_STORM_H
#define COMMON_SERVICE_STORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/common/base/ask.h"
#include "tests/common/service/service.h"
#include "tests/common/devices/soft_tpm.h"

#define STORM_WORKERS 16
#define STORM_EVIDENCE_MAX 1600 /* bytes of JSON with an ECDSA quote */
#define STORM_TOKEN_MAX 2048
#define STORM_REASONS_MAX 96

/* The answer to one piece of evidence. */
struct storm_answer {
	bool answered;
	bool eligible;
	char jti[ASK_JTI_MAX];
	char reasons[STORM_REASONS_MAX];
};

/* One challenge with two pieces of good evidence for it. */
struct storm_record {
	char token[STORM_TOKEN_MAX];
	char evidence[2][STORM_EVIDENCE_MAX];
	struct storm_answer first[2]; /* during the storm */
	struct storm_answer again[2]; /* after the storm */
};

/* Shared by the test and its clients, which are processes. */
struct storm_board {
	atomic_uint next;     /* index of the next record */
	atomic_uint unusual;  /* statuses other than 2xx, 503 and loss */
	atomic_uint lost;     /* requests whose connection broke */
	atomic_uint busy;     /* answers with status 503 */
	atomic_uint finished; /* clients that have ended */
	uint64_t start_at;
	atomic_ullong
	        end_at; /* clients end then; later while there is progress */
	unsigned total; /* records */
	atomic_uint released; /* records that may begin, for bursts */
	char handle[ASK_HANDLE_MAX];
	struct storm_record records[];
};

/* Run one client process of the storm, or of the check after it, and exit. */
_Noreturn void storm_redeem(const struct service *s, const struct soft_tpm *tpm,
                            struct storm_board *board, unsigned number);
_Noreturn void storm_audit(const struct service *s, struct storm_board *board);

#endif
