/*
 * client_http.c - client_setup() and client_ask(), by libcurl: the only file that
 * sees it.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/codec/json_auto.h"
#include "provisioning/anchorctl/client.h"
#include "provisioning/anchorctl/client_key.h"

struct client {
	const struct cli *cli;
	CURL *curl;
	struct client_key *key; /* NULL: it is a file */
	struct curl_slist *headers;
	struct buf base;   /* the URL without a path */
	struct buf answer; /* the body */
	size_t head;       /* bytes of heads so far */
	char why[CURL_ERROR_SIZE];
};

DEFINE_AUTO(char *, free);

/* --- options --------------------------------------------------------------- */

/* The only list of what may stand in the environment instead. */
enum setting {
	SET_URL,
	SET_CERT,
	SET_KEY,
	SET_CA,
	SET_NEEDED, /* those before are always needed */
	SET_MODULE = SET_NEEDED,
	SET_PIN_FILE,
	SET_COUNT
};

static const struct variable {
	const char *option, *name;
} variables[SET_COUNT] = {
	[SET_URL] = { "url", "ANCHORCTL_URL" },
	[SET_CERT] = { "cert", "ANCHORCTL_CERT" },
	[SET_KEY] = { "key", "ANCHORCTL_KEY" },
	[SET_CA] = { "ca", "ANCHORCTL_CA" },
	[SET_MODULE] = { "module", "ANCHORCTL_MODULE" },
	[SET_PIN_FILE] = { "pin-file", "ANCHORCTL_PIN_FILE" },
};

/* NULL: neither the option nor its variable is there. */
static const char *
option_or_variable(const struct cli *cli, const struct variable *v)
{
	const char *text = cli_option(cli, v->option, 0);

	if (!text)
		text = getenv(v->name);
	return text && *text ? text : NULL;
}

struct settings {
	const char *texts[SET_COUNT];
	uint64_t timeout_s;
};

static int
read_settings(const struct cli *cli, struct settings *s)
{
	const char *timeout = cli_option(cli, "timeout", 0);

	for (size_t i = 0; i < SET_COUNT; i++) {
		s->texts[i] = option_or_variable(cli, &variables[i]);
		if (!s->texts[i] && i < SET_NEEDED)
			return cli_fail(cli, VERB_USAGE,
			                "--%s or the variable %s is missing",
			                variables[i].option, variables[i].name);
	}
	s->timeout_s = CLIENT_TIMEOUT_S;
	if (timeout &&
	    (!cli_number(timeout, CLIENT_TIMEOUT_MAX_S, &s->timeout_s) ||
	     s->timeout_s == 0))
		return cli_fail(cli, VERB_USAGE, "--timeout: 1 to %d seconds",
		                CLIENT_TIMEOUT_MAX_S);
	return VERB_GOOD;
}

/* --- what comes ------------------------------------------------------------ */

/* Another number than the bytes that came makes libcurl give up. */
static size_t
on_body(char *data, size_t one, size_t n, void *user)
{
	struct client *c = user;

	buf_append(&c->answer, bytes_of(data, one * n));
	return buf_status(&c->answer) == OK ? one * n : 0;
}

static size_t
on_head(char *line, size_t one, size_t n, void *user)
{
	struct client *c = user;

	(void)line;
	c->head += one * n;
	return c->head <= CLIENT_HEAD_MAX ? one * n : 0;
}

/* --- the connection -------------------------------------------------------- */

/* True if all options were taken: one that libcurl does not know must not be
 * missing in silence. */
static bool
set_trust(struct client *c, const struct settings *s)
{
	const long tls13 =
	        CURL_SSLVERSION_TLSv1_3 | CURL_SSLVERSION_MAX_TLSv1_3;
	CURL *u = c->curl;

	/* The system's authorities are none of ours: a directory of them is
	 * compiled into the library. */
	return curl_easy_setopt(u, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_CAINFO, s->texts[SET_CA]) ==
	               CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_SSLVERSION, tls13) == CURLE_OK;
}

static CURLcode
use_token_key(CURL *curl, void *ssl_ctx, void *user)
{
	struct client *c = user;

	(void)curl;
	return client_key_use(c->key, ssl_ctx) ? CURLE_OK
	                                       : CURLE_SSL_CERTPROBLEM;
}

static bool
offer_identity(struct client *c, const struct settings *s)
{
	CURL *u = c->curl;

	if (c->key)
		return curl_easy_setopt(u, CURLOPT_SSL_CTX_FUNCTION,
		                        use_token_key) == CURLE_OK &&
		       curl_easy_setopt(u, CURLOPT_SSL_CTX_DATA, c) == CURLE_OK;
	return curl_easy_setopt(u, CURLOPT_SSLCERT, s->texts[SET_CERT]) ==
	               CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_SSLKEY, s->texts[SET_KEY]) ==
	               CURLE_OK;
}

static bool
set_bounds(struct client *c, const struct settings *s)
{
	const char *proxy = cli_option(c->cli, "proxy", 0);
	const long http11 = CURL_HTTP_VERSION_1_1;
	CURL *u = c->curl;

	/* An empty proxy: not the one of the environment either. */
	return curl_easy_setopt(u, CURLOPT_PROTOCOLS_STR, "https") ==
	               CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_PROXY, proxy ? proxy : "") ==
	               CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_NOPROXY, "") == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_HTTP_VERSION, http11) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_CONNECTTIMEOUT,
	                        (long)CLIENT_CONNECT_S) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_TIMEOUT, (long)s->timeout_s) ==
	               CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK;
}

static bool
set_calls(struct client *c)
{
	CURL *u = c->curl;

	c->headers = curl_slist_append(NULL, "Content-Type: application/json");
	return c->headers &&
	       curl_easy_setopt(u, CURLOPT_ERRORBUFFER, c->why) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_WRITEFUNCTION, on_body) ==
	               CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_WRITEDATA, c) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_HEADERFUNCTION, on_head) ==
	               CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_HEADERDATA, c) == CURLE_OK &&
	       curl_easy_setopt(u, CURLOPT_USERAGENT, "anchorctl") == CURLE_OK;
}

static int
open_token_key(struct client *c, const struct settings *s)
{
	const struct client_key_place place = {
		.uri = s->texts[SET_KEY],
		.module = s->texts[SET_MODULE],
		.pin_file = s->texts[SET_PIN_FILE],
		.cert = s->texts[SET_CERT],
	};

	return client_key_in_token(place.uri)
	               ? client_key_open(c->cli, &place, &c->key)
	               : VERB_GOOD;
}

int
client_setup(const struct cli *cli, struct client **ret_client)
{
	AUTO(client_drop) struct client *c = calloc(1, sizeof(*c));
	struct settings s = { 0 };
	int code = read_settings(cli, &s);

	if (code != VERB_GOOD)
		return code;
	if (!c || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return cli_fail(cli, VERB_PART, "out of memory");
	c->cli = cli;
	c->base = buf_of(CLIENT_WHY_MAX);
	c->answer = buf_of(CLIENT_ANSWER_MAX);
	if (!client_url_valid(s.texts[SET_URL], &c->base))
		return cli_fail(cli, VERB_USAGE,
		                "--url: %s is not https://HOST:PORT",
		                s.texts[SET_URL]);
	code = open_token_key(c, &s);
	if (code != VERB_GOOD)
		return code;
	c->curl = curl_easy_init();
	if (!c->curl || !set_trust(c, &s) || !offer_identity(c, &s) ||
	    !set_bounds(c, &s) || !set_calls(c))
		return cli_fail(cli, VERB_PART,
		                "libcurl does not take the settings: is it of "
		                "another version?");
	*ret_client = TAKE(c);
	return VERB_GOOD;
}

void
client_drop(struct client *c)
{
	if (!c)
		return;
	curl_easy_cleanup(c->curl);
	client_key_close(c->key); /* after the connection that has it */
	curl_slist_free_all(c->headers);
	buf_release(&c->base);
	buf_release(&c->answer);
	free(c);
}

/* --- one request ----------------------------------------------------------- */

static bool
set_request(struct client *c, const struct client_request *r, const char *url,
            const char *body)
{
	CURL *u = c->curl;
	long len = body ? (long)strlen(body) : 0;

	if (curl_easy_setopt(u, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(u, CURLOPT_HTTPHEADER, body ? c->headers : NULL) !=
	            CURLE_OK)
		return false;
	if (body &&
	    (curl_easy_setopt(u, CURLOPT_POSTFIELDSIZE, len) != CURLE_OK ||
	     curl_easy_setopt(u, CURLOPT_COPYPOSTFIELDS, body) != CURLE_OK))
		return false;
	if (!body && curl_easy_setopt(u, CURLOPT_HTTPGET, 1L) != CURLE_OK)
		return false;
	return curl_easy_setopt(u, CURLOPT_CUSTOMREQUEST, r->method) ==
	       CURLE_OK;
}

/* A failure below HTTP, in words.  With TLS 1.3 a certificate is refused only after
 * the client has finished its handshake (RFC 8446, 4.4.2.4). */
static int
fail_transfer(const struct client *c, CURLcode rc)
{
	const char *why = *c->why ? c->why : curl_easy_strerror(rc);
	const char *what = "no answer";

	if (client_key_failed(c->key))
		return client_key_fail(c->key);
	if (buf_status(&c->answer) != OK || c->head > CLIENT_HEAD_MAX)
		return cli_fail(c->cli, VERB_PART,
		                "the answer is longer than %u bytes",
		                c->head > CLIENT_HEAD_MAX ? CLIENT_HEAD_MAX
		                                          : CLIENT_ANSWER_MAX);
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		what = "this is not the service that --ca and --url name";
	else if (rc == CURLE_SSL_CERTPROBLEM || rc == CURLE_SSL_CACERT_BADFILE)
		what = "--cert, --key or --ca cannot be used";
	else if (rc == CURLE_RECV_ERROR || rc == CURLE_SEND_ERROR ||
	         rc == CURLE_GOT_NOTHING)
		what = "the service ended the connection; it may have refused "
		       "your certificate";
	return cli_fail(c->cli, VERB_PART, "%s: %s", what, why);
}

static int
send_once(struct client *c, unsigned *ret_status, const char **ret_type,
          long *ret_later_s)
{
	curl_off_t later = 0;
	char *type = NULL;
	long status = 0;

	buf_reset(&c->answer);
	c->head = 0;
	c->why[0] = '\0';
	CURLcode rc = curl_easy_perform(c->curl);

	if (rc != CURLE_OK)
		return fail_transfer(c, rc);
	if (curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status) !=
	            CURLE_OK ||
	    curl_easy_getinfo(c->curl, CURLINFO_CONTENT_TYPE, &type) !=
	            CURLE_OK ||
	    curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER, &later) !=
	            CURLE_OK)
		return cli_fail(c->cli, VERB_PART, "libcurl lost the answer");
	*ret_status = (unsigned)status;
	*ret_type = type;
	*ret_later_s =
	        later > CLIENT_WAIT_MAX_S ? CLIENT_WAIT_MAX_S : (long)later;
	return VERB_GOOD;
}

/* Sends it, and again while the service says when to come back: every request of
 * this program may be repeated (docs/api.md, "Trying again"). */
static int
send_again(struct client *c, unsigned *ret_status, const char **ret_type)
{
	for (unsigned tries = 1;; tries++) {
		struct timespec pause = { 0 };
		int code = send_once(c, ret_status, ret_type, &pause.tv_sec);
		bool later = *ret_status == 429 || *ret_status == 503;

		if (code != VERB_GOOD || !later || pause.tv_sec == 0 ||
		    tries == CLIENT_TRIES)
			return code;
		(void)nanosleep(&pause, NULL);
	}
}

int
client_ask(struct client *c, const struct client_request *r,
           unsigned *ret_status, json_t **ret_body)
{
	AUTO(buf_release) struct buf url = buf_of(CLIENT_WHY_MAX);
	AUTO(buf_release) struct buf why = buf_of(CLIENT_WHY_MAX);
	AUTO(free) char *body = NULL;
	struct client_answer a = { 0 };

	buf_append(&url, buf_bytes(&c->base));
	buf_append_str(&url, r->path);
	if (r->body)
		body = json_dumps(r->body, JSON_COMPACT);
	if (buf_status(&url) != OK || (r->body && !body) ||
	    !set_request(c, r, buf_str(&url), body))
		return cli_fail(c->cli, VERB_PART, "out of memory");
	int code = send_again(c, &a.status, &a.type);
	if (code != VERB_GOOD)
		return code;
	a.body = buf_bytes(&c->answer);
	code = client_judge(&a, &why, ret_body);
	if (code != VERB_GOOD)
		return cli_fail(c->cli, code, "%s", buf_str(&why));
	*ret_status = a.status;
	return VERB_GOOD;
}

int
client_ask_once(const struct cli *cli, const struct client_request *r,
                unsigned *ret_status, json_t **ret_body)
{
	AUTO(client_drop) struct client *c = NULL;
	int code = client_setup(cli, &c);

	return code == VERB_GOOD ? client_ask(c, r, ret_status, ret_body)
	                         : code;
}
