/*
 * auto.h - scope-bound cleanup: acquire and guard in one statement.
 *
 *	AUTO(thing_free) struct thing *thing = NULL;
 *	TRY(thing_new(&thing));
 *	*ret_thing = TAKE(thing);      (ownership leaves here, and only here)
 *
 * DEFINE_AUTO(type, fn) stands next to fn and makes AUTO(fn) work for a
 * variable of that type.  fn must accept the type's empty value.
 */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <unistd.h>

#define DEFINE_AUTO(type, fn)                 \
	static inline void auto_##fn(type *v) \
	{                                     \
		fn(*v);                       \
	}                                     \
	struct auto_##fn##_semicolon

/* The same for functions that take a pointer to the variable (X_release). */
#define DEFINE_AUTO_REF(type, fn)             \
	static inline void auto_##fn(type *v) \
	{                                     \
		fn(v);                        \
	}                                     \
	struct auto_##fn##_semicolon

#define AUTO(fn) __attribute__((cleanup(auto_##fn)))

/* Closes a file descriptor; -1 means that none is open. */
static inline void
close_fd(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}
DEFINE_AUTO(int, close_fd);

/* Moves a pointer out and leaves NULL behind. */
#define TAKE(p)                            \
	({                                 \
		__typeof__(p) take_ = (p); \
		(p) = NULL;                \
		take_;                     \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
