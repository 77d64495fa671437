/*
 * fault.h - one fault of a token, from the first call to the last recovery.
 *
 * A case is a token (fault_kind: SoftHSM behind the shim, or swtpm behind the
 * proxy), one or two rules, and the real key holder, life after life.  While
 * the rules hold, challenges and handles are asked for; then the fault ends,
 * and the key holder must come back.  Nothing here uses CUnit: cases run in
 * many processes.
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
	FAULT_NOT_REACHED, /* nobody made the call so often */
	FAULT_UNNOTICED,   /* the work went on, every answer right */
	FAULT_LOST,        /* lives ended; a new one came back by itself */
	FAULT_LATCHED,     /* a person had to lift the latch, as it should be */
	FAULT_WRONG,       /* an invariant is broken: text says which */
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
	uint32_t lives, logins, refused; /* refused: logins not answered yes */
	char text[FAULT_TEXT_MAX];
};

/* Who makes a call. */
enum fault_user { FAULT_KEYHOLDER, FAULT_ADMIN, FAULT_AUDITOR };

struct fault_call {
	const char *name;
	enum fault_user user;
	uint32_t nth; /* neither the first nor beyond a case's reach */
};

struct drive;
struct lifeline_config;

struct fault_logins {
	uint32_t begun, answered_yes;
	uint32_t life_most; /* within one life */
	uint32_t burnt;     /* that the device counted against the PIN */
};

/* A kind of device that fails to order. */
struct fault_kind {
	const struct fault_call *calls;
	size_t n_calls;
	const char *const *outcomes;
	size_t n_outcomes;
	/* What the matrix found; done beside it, since a sample may miss it. */
	const struct fault_rule *found;
	size_t n_found;

	/* A process's own, before its first case and after its last. */
	bool (*begin)(void);
	void (*end)(void);

	/* A case's: fills in what drive has of a device; empty: without keys. */
	bool (*open)(struct drive *d, bool empty);
	void (*close)(struct drive *d);
	void (*configure)(const struct drive *d, struct lifeline_config *c);
	/* Rows of the key holder's environment, NULL at the end. */
	const char *const *(*environment)(const struct drive *d);
	/* The i-th rule from now on; NULL: none. */
	void (*obey)(struct drive *d, size_t i, const struct fault_rule *r);
	void (*honest)(struct drive *d); /* all rules were taken away */
	bool (*fired)(const struct drive *d);
	struct fault_logins (*logins)(const struct drive *d);
	/* Makes keys with anchorctl, fault or not: true when it said so. */
	bool (*make)(struct drive *d, unsigned number);
	/* Audits them, as a rehearsal: the exit status, 0 for an honest token. */
	int (*audit)(struct drive *d);

	/* It always tells of a wrong PIN, so a login that was cut short latches
	 * nothing: the next life asks. */
	bool tells;

	/* What the table of codes and the order of opening say of a rule. */
	bool (*may_latch)(const struct fault_rule *r);
	/* The device said that it did not judge the PIN. */
	bool (*may_retry_login)(const struct fault_rule *r);
	bool (*crashes)(
	        const struct fault_rule *r); /* the key holder with it */
	bool (*hangs)(const struct fault_rule *r);
	/* The device says that it let a private key out. */
	bool (*leaks)(const struct fault_rule *r);
};

extern const struct fault_kind fault_pkcs11;
extern const struct fault_kind fault_tpm;

/* Chooses the kind and runs an honest case, whose device handle is the one
 * that others are compared with.  The deadlines of a case are short, so on a
 * busy machine an honest one may miss them: it is run until it ends well, for
 * FAULT_PREPARE_MS.  False, with the reason in ret_why: it cannot work here. */
#define FAULT_PREPARE_MS 60000
bool fault_prepare(const struct fault_kind *kind,
                   char ret_why[static FAULT_TEXT_MAX]);
struct fault_end fault_run(const struct fault *f);

/* list.c, of the kind in use: how many cases the matrix has, its i-th, a
 * pair made from a number, and both as text. */
extern const struct fault_kind *fault_kind;
size_t fault_cases(void);
struct fault fault_case(size_t i);
struct fault fault_pair(uint64_t seed);
struct fault fault_found_at(size_t i);
void fault_print(const struct fault *f, char *out, size_t room);
const char *fault_class_name(enum fault_class class);

/* Whose calls are its rules about?  The key holder's, when they differ. */
enum fault_user fault_user_of(const struct fault *f);

#endif
