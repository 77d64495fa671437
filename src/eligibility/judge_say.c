/*
 * judge_say.c - what a rule tells besides its finding.
 */
#include "eligibility/judge.h"

#include <stdarg.h>
#include <stdio.h>

void
judge_say(struct judging *j, const char *format, ...)
{
	char text[JUDGE_SAY_MAX];
	va_list values;

	if (!j->say)
		return;
	va_start(values, format);
	(void)vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	buf_append_str(j->say, text);
}

void
judge_wait(struct judging *j, uint64_t seconds)
{
	if (seconds > j->answer->retry_after_s)
		j->answer->retry_after_s = seconds;
}
