/*
 * software.c - see software.h.
 */
#include "hsm/core/software.h"

#include <fnmatch.h>
#include <string.h>

#include "base/auto.h"

#define EACH 2 /* marks in a row of software.def */

static const struct sign {
	enum hsm_mark_kind kind;
	const char *what;
	struct {
		enum hsm_mark mark;
		const char *pattern;
	} is[EACH];
} signs[] = {
#define SIGN(kind, what, one, pattern, other, its) \
	{ MARKS_##kind,                            \
	  what,                                    \
	  { { MARK_##one, pattern }, { MARK_##other, its } } },
#include "hsm/core/software.def"
#undef SIGN
};

static const char *const names[MARKS] = {
	[MARK_ANY] = "",
	[MARK_TOKEN_MAKER] = "manufacturer",
	[MARK_TOKEN_MODEL] = "model",
	[MARK_LIBRARY_MAKER] = "library's manufacturer",
	[MARK_LIBRARY] = "library",
	[MARK_SLOT] = "slot",
	[MARK_MODULE] = "module",
};

static const char *
mark_text(const struct hsm_marks *marks, enum hsm_mark mark)
{
	const char *text = marks->text[mark] ? marks->text[mark] : "";
	const char *slash = mark == MARK_MODULE ? strrchr(text, '/') : NULL;

	return slash ? slash + 1 : text;
}

/* True if all marks of the row match. */
static bool
is_there(const struct sign *s, const struct hsm_marks *marks)
{
	if (s->kind != marks->kind)
		return false;
	for (size_t i = 0; i < EACH; i++)
		if (s->is[i].mark != MARK_ANY &&
		    fnmatch(s->is[i].pattern, mark_text(marks, s->is[i].mark),
		            FNM_CASEFOLD) != 0)
			return false;
	return true;
}

static void
append_sign_marks(const struct sign *s, const struct hsm_marks *marks,
                  struct buf *by)
{
	for (size_t i = 0; by && i < EACH; i++)
		if (s->is[i].mark != MARK_ANY)
			buf_printf(by, "%s%s '%s'", by->len ? ", " : "",
			           names[s->is[i].mark],
			           mark_text(marks, s->is[i].mark));
}

const char *
hsm_software(const struct hsm_marks *marks, struct buf *by)
{
	const char *what = NULL;

	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		if (!is_there(&signs[i], marks))
			continue;
		if (!what)
			what = signs[i].what;
		if (what == signs[i].what || strcmp(what, signs[i].what) == 0)
			append_sign_marks(&signs[i], marks, by);
	}
	return what;
}
