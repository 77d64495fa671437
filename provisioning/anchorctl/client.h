/*
 * client.h - the verbs that ask a running service, over its HTTP interface
 * (docs/api.md).
 *
 * TLS 1.3 with certificates on both sides: the service's must be issued by an
 * authority of --ca and name the host of --url.  No redirect is followed, no
 * proxy is taken from the environment, and an answer is bounded in bytes and in
 * time.  What the service says is untrusted text: it is printed escaped.
 *
 * Every option of CLIENT_OPTIONS but --proxy and --timeout may stand in the
 * environment instead, as ANCHORCTL_URL, _CERT, _KEY, _MODULE and so on: in an
 * emergency nobody should have to remember four paths.  An option overrides it.
 */
#ifndef ANCHORCTL_CLIENT_H
#define ANCHORCTL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "provisioning/anchorctl/verb.h"

#define CLIENT_ANSWER_MAX (4u << 20) /* bytes of a body; a page has a tenth */
#define CLIENT_HEAD_MAX (64u << 10)  /* bytes of all heads of one answer */
#define CLIENT_CONNECT_S 10          /* TCP and TLS */
#define CLIENT_TIMEOUT_S 30          /* one request, unless --timeout says */
#define CLIENT_TIMEOUT_MAX_S 300
#define CLIENT_TRIES 4           /* of a request that is answered "later" */
#define CLIENT_WAIT_MAX_S 10     /* longest Retry-After that is waited for */
#define CLIENT_PAGES_MAX 100000u /* of one listing: ten million rows */
#define CLIENT_WHY_MAX 4096      /* bytes of a message */

#define CLIENT_OPTIONS                                                      \
	{ "url", "URL", false,                                              \
	  "the service: https://HOST:PORT (or ANCHORCTL_URL)" },            \
	        { "cert", "FILE", false,                                    \
		  "your certificate and its chain, PEM (ANCHORCTL_CERT)" }, \
	        { "key", "FILE_OR_URI", false,                              \
		  "its key, PEM, or a pkcs11: URI (ANCHORCTL_KEY)" },       \
	        { "module", "PATH", false,                                  \
		  "the key's PKCS#11 module (ANCHORCTL_MODULE)" },          \
	        { "pin-file", "FILE", false,                                \
		  "its PIN; else it is asked for (ANCHORCTL_PIN_FILE)" },   \
	        { "ca", "FILE", false,                                      \
		  "who issues the service's certificate, PEM "              \
		  "(ANCHORCTL_CA)" },                                       \
	        { "proxy", "URL", false,                                    \
		  "an HTTP proxy; without it there is none" },              \
	{                                                                   \
		"timeout", "SECONDS", false,                                \
		        "wait that long for an answer, 1 to 300 (30)"       \
	}

struct client;

/* Reads the options of the command line; nothing is connected yet.  VERB_GOOD, or
 * another status after a message. */
MUST_CHECK int client_setup(const struct cli *cli, struct client **ret_client);
void client_drop(struct client *c); /* accepts NULL */
DEFINE_AUTO(struct client *, client_drop);

struct client_request {
	const char *method; /* "GET", "POST", "DELETE" */
	const char *path;   /* with the query; one spelling, no escapes */
	const json_t *body; /* NULL: none */
};

/* Sends a request, and again after Retry-After if the service answers "later".
 * VERB_GOOD: status 200, 201 or 204; *ret_status, and *ret_body, an object or NULL
 * with 204, are set, and the caller drops the reference.  Otherwise a message was
 * printed: VERB_REFUSED, if the service refuses, or VERB_PART. */
MUST_CHECK int client_ask(struct client *c, const struct client_request *r,
                          unsigned *ret_status, json_t **ret_body);

/* The same for a verb of one request: client_setup(), the request, the end. */
MUST_CHECK int client_ask_once(const struct cli *cli,
                               const struct client_request *r,
                               unsigned *ret_status, json_t **ret_body);

/* --- pages (client_page.c) ------------------------------------------------- */

struct client_listing {
	const struct cli *cli;
	const char *path;          /* "/v1/outcomes" */
	const char *member;        /* of a page: the array of its rows */
	const char *after;         /* where it begins; NULL: at the first */
	const struct buf *filters; /* "&state=active", or empty */
	uint64_t limit;            /* most rows; 0: all */
	/* True if `next` is behind; NULL: numbers and texts both rise. */
	bool (*is_behind)(const char *before, const char *next);
};

/* A row as the page has it; a status other than VERB_GOOD ends the listing. */
typedef int client_row_fn(void *user, const json_t *row);

/* Asks for pages until the last.  ret_next: where to go on if --limit ended it, or
 * empty.  A page that does not go on behind the one before is a failure, so that a
 * listing ends whatever the service answers.  A status as client_ask()'s. */
MUST_CHECK int client_list(struct client *c, const struct client_listing *l,
                           client_row_fn *fn, void *user, struct buf *ret_next);

/* A member as text to be printed: a string, a number, or "-". */
const char *client_text(const json_t *row, const char *name, struct buf *keep);

/*
 * A listing as the verbs print it: rows in text, or one JSON document that is
 * written in pieces.
 */
struct client_table {
	void (*head)(void);             /* prints the line above the rows */
	void (*put)(const json_t *row); /* prints a row as text */
	const char *member;
	uint64_t n; /* rows so far */
	bool json, begun;
};
MUST_CHECK int client_print_list(struct client *c,
                                 const struct client_listing *l,
                                 struct client_table *t);

/* All of a verb that lists: reads --limit, --after and the options that are
 * filters of the same name (their names end with NULL), asks, and prints.  l has
 * cli, path and member. */
MUST_CHECK int client_run_list(struct client_listing *l,
                               const char *const *filters,
                               struct client_table *t);

/* --- pure parts (client_answer.c) ------------------------------------------ */

struct client_answer {
	unsigned status;
	const char *type; /* the content type, or NULL */
	struct bytes body;
};

/* What an answer means.  VERB_GOOD, *ret_body as above; VERB_REFUSED or VERB_PART,
 * and why has a message without a line end. */
MUST_CHECK int client_judge(const struct client_answer *a, struct buf *why,
                            json_t **ret_body);

/* True if text is https://HOST or https://HOST:PORT, at most with one slash after
 * it; base gets it without that slash. */
bool client_url_valid(const char *text, struct buf *base);

/* True if a query can have that value (docs/api.md, "Endpoints"). */
bool client_value_valid(const char *text);

#endif
