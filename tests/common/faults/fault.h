/*
 * fault.h - one fault of a token, from its first call to the recovery.
 *
 * A case has a token (fault_kind: SoftHSM behind the shim, or swtpm behind the
 * proxy), one or two rules, and the real key holder, which is restarted when it
 * ends.  While the rules apply, the case requests challenges and handles; then
 * the fault ends, and the key holder must recover.  This code does not use
 * CUnit, because cases run in many processes.
 */
#ifndef COMMON_FAULTS_FAULT_H
#define COMMON_FAULTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define FAULT_RECOVERY_MS 5000 /* from the end of the fault to a challenge */
#define FAULT_WHENS 3          /* first, nth, every call */
#define FAULT_RULES 2
#define FAULT_TEXT_MAX 160

enum fault_class {
	FAULT_NOT_REACHED, /* the call did not occur often enough */
	FAULT_UNNOTICED,   /* work continued, and every answer was right */
	FAULT_LOST,        /* processes ended; a new one recovered by itself */
	FAULT_LATCHED,     /* an officer had to remove the latch, rightly */
	FAULT_WRONG,       /* an invariant is broken; text names it */
	FAULT_CLASSES
};

struct fault_rule {
	uint32_t call;
	uint32_t outcome;
	uint32_t nth; /* 0: every */
};

struct fault {
	struct fault_rule rules[FAULT_RULES];
	size_t n;
};

struct fault_end {
	enum fault_class class;
	uint32_t recovered_ms;
	uint32_t lives, logins, refused; /* processes; logins; failed logins */
	char text[FAULT_TEXT_MAX];
};

/* The program that makes a call. */
enum fault_user { FAULT_KEYHOLDER, FAULT_ADMIN, FAULT_AUDITOR };

struct fault_call {
	const char *name;
	enum fault_user user;
	uint32_t nth; /* not the first, but one that a case reaches */
};

struct drive;
struct lifeline_config;

struct fault_logins {
	uint32_t begun, answered_yes;
	uint32_t life_most; /* maximum in one process */
	uint32_t burnt;     /* counted by the device as a wrong PIN */
};

/* A kind of device whose faults can be ordered. */
struct fault_kind {
	const struct fault_call *calls;
	size_t n_calls;
	const char *const *outcomes;
	size_t n_outcomes;
	/* Faults that were found before; always run, since a sample of the
	 * matrix may miss them. */
	const struct fault_rule *found;
	size_t n_found;

	/* Called in a process before its first case and after its last. */
	bool (*begin)(void);
	void (*end)(void);

	/* Called for a case: sets drive's members about the device; empty:
	 * creates no keys. */
	bool (*open)(struct drive *d, bool empty);
	void (*close)(struct drive *d);
	void (*configure)(const struct drive *d, struct lifeline_config *c);
	/* Rows of the key holder's environment, NULL at the end. */
	const char *const *(*environment)(const struct drive *d);
	/* Sets the i-th rule; NULL: removes it. */
	void (*obey)(struct drive *d, size_t i, const struct fault_rule *r);
	void (*honest)(struct drive *d); /* called without rules */
	bool (*fired)(const struct drive *d);
	struct fault_logins (*logins)(const struct drive *d);
	/* Creates keys with anchorctl; true if it reported success. */
	bool (*make)(struct drive *d, unsigned number);
	/* Audits the token with the profile "rehearsal" and returns the exit
	 * status, which is 0 for a correct token. */
	int (*audit)(struct drive *d);

	/* The device always reports a wrong PIN, so an interrupted login does
	 * not latch: the next process asks the device. */
	bool tells;

	/* Whether the table of codes and the order of opening permit a latch
	 * after this fault. */
	bool (*may_latch)(const struct fault_rule *r);
	/* The device reported that it did not check the PIN. */
	bool (*may_retry_login)(const struct fault_rule *r);
	/* The fault crashes the key holder. */
	bool (*crashes)(const struct fault_rule *r);
	bool (*hangs)(const struct fault_rule *r);
	/* The device reports that it let a private key out. */
	bool (*leaks)(const struct fault_rule *r);
};

extern const struct fault_kind fault_pkcs11;
extern const struct fault_kind fault_tpm;

/* Selects the kind and runs a case without faults, whose device handle is the
 * reference for all others.  The deadlines of a case are short, so this case
 * may miss them on a busy machine; it is repeated for FAULT_PREPARE_MS until it
 * succeeds.  False, with the reason in ret_why: it did not succeed. */
#define FAULT_PREPARE_MS 60000
bool fault_prepare(const struct fault_kind *kind,
                   char ret_why[static FAULT_TEXT_MAX]);
struct fault_end fault_run(const struct fault *f);

/* list.c, for the selected kind: the number of cases in the matrix, its i-th
 * case, a pair derived from a number, and either as text. */
extern const struct fault_kind *fault_kind;
size_t fault_cases(void);
struct fault fault_case(size_t i);
struct fault fault_pair(uint64_t seed);
struct fault fault_found_at(size_t i);
void fault_print(const struct fault *f, char *out, size_t room);
const char *fault_class_name(enum fault_class class);

/* The program whose calls the rules are about; the key holder if they
 * differ. */
enum fault_user fault_user_of(const struct fault *f);

#endif
