/*
 * hsm_audit.c - the table of findings, as hsm_audit.h gives it out.
 */
#include "auto.h"
#include "hsm_audit.h"

static const struct audit_row rows[] = {
#define FINDING(name, code, production, rehearsal, text, remedy) \
	{ code, { AUDIT_##production, AUDIT_##rehearsal }, text, remedy },
#include "hsm_audit.def"
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
