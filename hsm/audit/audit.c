/*
 * audit.c - the tables of findings and names, and how a finding is reported.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/auto.h"
#include "hsm/audit/int.h"
#include "hsm/audit/strays.h"

static const struct audit_row rows[] = {
#define FINDING(name, code, production, rehearsal, text, remedy) \
	{ code, { AUDIT_##production, AUDIT_##rehearsal }, text, remedy },
#include "hsm/audit/audit.def"
#undef FINDING
};

const struct audit_row *
hsm_audit_row(enum audit_code code)
{
	return &rows[code];
}

const char *
hsm_audit_severity_name(enum audit_severity severity)
{
	static const char *const names[] = { "error", "warning", "note" };

	return severity < AUDIT_SEVERITIES ? names[severity] : "?";
}

const char *
hsm_audit_outcome_name(enum audit_outcome outcome)
{
	static const char *const names[] = {
#define AUDIT_OUTCOME_NAME(name, text) text,
		AUDIT_OUTCOMES(AUDIT_OUTCOME_NAME)
#undef AUDIT_OUTCOME_NAME
	};

	return (size_t)outcome < ARRAY_LEN(names) ? names[outcome] : "?";
}

const char *
hsm_stray_text(enum hsm_stray_kind kind)
{
	static const char *const texts[] = {
#define HSM_STRAY_TEXT(name, text) text,
		HSM_STRAYS(HSM_STRAY_TEXT)
#undef HSM_STRAY_TEXT
	};

	return kind < HSM_STRAY_KINDS ? texts[kind] : "?";
}

void
hsm_audit_found(const struct audit_ops *ops, enum audit_code code,
                const struct audit_key *key, const char *format, ...)
{
	char detail[AUDIT_DETAIL_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	ops->finding(ops->arg, code, key, detail);
}

bool
hsm_audit_same_id(const struct audit_key *a, const struct audit_key *b)
{
	return a->object.id_len > 0 &&
	       bytes_equal(bytes_of(a->object.id, a->object.id_len),
	                   bytes_of(b->object.id, b->object.id_len));
}

/* Failed calls that are reported one by one.  More would only make the report
 * longer: one is enough for the verdict. */
#define FAILED_TOLD 32

err_t
hsm_audit_failed(struct audit_failures *f, const struct audit_ops *ops,
                 const char *doing, const struct audit_failure *what)
{
	if (what->err == OK || what->err == E_NOMEM)
		return what->err;
	if (f->n < FAILED_TOLD)
		hsm_audit_found(ops, AUDIT_CALL_FAILED, what->key, "%s: %s",
		                doing,
		                *what->why ? what->why : err_name(what->err));
	f->n++;
	return OK;
}
