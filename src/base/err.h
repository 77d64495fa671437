/*
 * err.h - the error type, and TRY, the only macro that contains a return.
 *
 * A code says what the caller does next; details go to the log, once, where
 * the decision is made.  Bad evidence is never an error: it is a reason
 * (reason.h).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

typedef enum err {
	OK = 0,
	E_NOMEM,     /* out of memory: drop this request */
	E_BUG,       /* a defect of this program: abort */
	E_IO,        /* the kernel or a file failed: report, try later */
	E_CONFIG,    /* the configuration is wrong: a person must correct it */
	E_DENIED,    /* not permitted, or a check failed: refuse */
	E_DEVICE,    /* the HSM or TPM failed or is absent: restart */
	E_LATCHED,   /* an officer must act: do not try again without one */
	E_NOT_FOUND, /* no such object */
	E_CONFLICT,  /* several match, or it exists already */
	E_MALFORMED, /* the input does not parse: tell its sender */
	E_LIMIT,     /* the input exceeds a maximum: tell its sender */
	E_AGAIN,     /* would block: retry when the descriptor is ready */
	E_CLOSED,    /* the peer has closed the connection */
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
