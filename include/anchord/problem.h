/*
 * problem.h - why anchord refuses a request: RFC 9457 problem documents.
 *
 * "type" of a document is ANCHORD_PROBLEM_TYPE and one of these codes.  A code
 * keeps its meaning and its HTTP status for ever; new ones may come, so a client
 * decides by the status when it does not know the code (docs/api.md).
 *
 * For C and C++, by itself; nothing to link.
 */
#ifndef ANCHORD_PROBLEM_H
#define ANCHORD_PROBLEM_H

#define ANCHORD_PROBLEM_TYPE "urn:x-anchord:problem:"

enum anchord_problem {
	ANCHORD_PROBLEM_NONE, /* no problem of this list */
#define PROBLEM(name, ...) ANCHORD_PROBLEM_##name,
#include "problem.def"
#undef PROBLEM
	ANCHORD_PROBLEM_COUNT
};

/* The code without ANCHORD_PROBLEM_TYPE, or a null pointer for a number that
 * this list does not have. */
static inline const char *
anchord_problem_code(unsigned problem)
{
	switch (problem) {
#define PROBLEM(name, code, ...)     \
	case ANCHORD_PROBLEM_##name: \
		return code;
#include "problem.def"
#undef PROBLEM
	default:
		return 0;
	}
}

#endif
