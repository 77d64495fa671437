/*
 * err.h - the one error type, and the one macro that hides a return.
 *
 * A code says what the caller does next; details go to the log, once, where
 * the decision is made.  Bad evidence is never an error: it is a reason
 * (reason.h).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

typedef enum err {
	OK = 0,
	E_NOMEM,     /* no memory, or a buffer's ceiling: drop this request */
	E_BUG,       /* we are wrong: abort */
	E_IO,        /* the kernel or a file failed: report, try later */
	E_CONFIG,    /* the configuration is wrong: a person mends it */
	E_DENIED,    /* not allowed, or a check said no: refuse */
	E_DEVICE,    /* the HSM or TPM failed or is absent: start anew */
	E_LATCHED,   /* an officer is needed: never try again by itself */
	E_NOT_FOUND, /* there is none */
	E_CONFLICT,  /* there are several, or it exists already */
	E_MALFORMED, /* input that does not parse: answer so */
	E_LIMIT,     /* input over a ceiling: answer so */
	E_AGAIN,     /* nothing now: come back when the descriptor is ready */
	E_CLOSED,    /* the other side is gone */
} err_t;

#define MUST_CHECK __attribute__((warn_unused_result))

/* Leaves the function with the code when expr is not OK. */
#define TRY(expr)                        \
	do {                             \
		err_t try_err_ = (expr); \
		if (try_err_ != OK)      \
			return try_err_; \
	} while (0)

/* The code's name in lower case, for logs: "denied".  Never NULL. */
const char *err_name(err_t err);

#endif
