/*
 * client_page.c - lists of the service, page by page.
 */
#include <string.h>

#include "crypto/codec/json_auto.h"
#include "provisioning/anchorctl/client.h"

#define PAGE_ROWS 100 /* the most that a page has */
#define ROW_MAX 65536 /* bytes of one row as JSON */

/* Appends "&name=value" to filters if the option is there.  VERB_USAGE after a
 * message: a query cannot carry that value. */
static int
read_filter(const struct cli *cli, const char *name, struct buf *filters)
{
	const char *text = cli_option(cli, name, 0);

	if (!text)
		return VERB_GOOD;
	if (!client_value_valid(text))
		return cli_fail(cli, VERB_USAGE,
		                "--%s %s: it must have one character at least, "
		                "of A-Z a-z 0-9 - . _ ~ : only",
		                name, text);
	buf_printf(filters, "&%s=%s", name, text);
	return VERB_GOOD;
}

/* --limit and --after. */
static int
read_range(const struct cli *cli, struct client_listing *l)
{
	const char *limit = cli_option(cli, "limit", 0);

	l->after = cli_option(cli, "after", 0);
	if (l->after && !client_value_valid(l->after))
		return cli_fail(cli, VERB_USAGE,
		                "--after: %s is not the next of a page before",
		                l->after);
	if (limit &&
	    (!cli_number(limit, INT64_MAX, &l->limit) || l->limit == 0))
		return cli_fail(cli, VERB_USAGE,
		                "--limit: %s is no whole number from 1 on",
		                limit);
	return VERB_GOOD;
}

const char *
client_text(const json_t *row, const char *name, struct buf *keep)
{
	const json_t *v = json_object_get(row, name);

	buf_reset(keep);
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_boolean(v))
		return json_is_true(v) ? "true" : "false";
	if (!json_is_integer(v))
		return "-";
	buf_printf(keep, "%lld", (long long)json_integer_value(v));
	return buf_str(keep);
}

/* --- one page after the other ---------------------------------------------- */

struct listing {
	struct client *client;
	const struct client_listing *of;
	client_row_fn *fn;
	void *user;
	uint64_t n; /* rows so far */
	struct buf after, path;
};

static void
listing_release(struct listing *l)
{
	buf_release(&l->after);
	buf_release(&l->path);
}
DEFINE_AUTO_REF(struct listing, listing_release);

static int
hand_rows(struct listing *l, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		int code = l->fn(l->user, row);

		if (code != VERB_GOOD)
			return code;
		l->n++;
	}
	return VERB_GOOD;
}

static uint64_t
rows_left(const struct listing *l)
{
	uint64_t left = l->of->limit > 0 ? l->of->limit - l->n : PAGE_ROWS;

	return left < PAGE_ROWS ? left : PAGE_ROWS;
}

/* Numbers and texts both rise from page to page: a longer number is greater. */
static bool
is_behind(struct listing *l, const char *next, bool number)
{
	const char *before = buf_str(&l->after);

	if (l->of->is_behind)
		return l->of->is_behind(before, next);
	if (number && strlen(next) != strlen(before))
		return strlen(next) > strlen(before);
	return strcmp(before, next) < 0;
}

/* True if the page says where to go on; *ret_wrong: that is not behind it. */
static bool
take_next(struct listing *l, const json_t *page, bool *ret_wrong)
{
	AUTO(buf_release) struct buf keep = buf_of(CLIENT_WHY_MAX);
	const json_t *next = json_object_get(page, "next");
	const char *text = client_text(page, "next", &keep);

	if (!next)
		return false;
	*ret_wrong = !client_value_valid(text) ||
	             !is_behind(l, text, json_is_integer(next));
	buf_reset(&l->after);
	buf_append_str(&l->after, text);
	return true;
}

/* *ret_more: another page follows. */
static int
one_page(struct listing *l, bool *ret_more)
{
	AUTO(json_decref) json_t *page = NULL;
	unsigned status = 0;
	bool wrong = false;

	buf_reset(&l->path);
	buf_printf(&l->path, "%s?limit=%llu", l->of->path,
	           (unsigned long long)rows_left(l));
	if (l->after.len > 0)
		buf_printf(&l->path, "&after=%s", buf_str(&l->after));
	buf_append(&l->path, buf_bytes(l->of->filters));
	const struct client_request r = { .method = "GET",
		                          .path = buf_str(&l->path) };
	int code = client_ask(l->client, &r, &status, &page);
	if (code != VERB_GOOD)
		return code;
	const json_t *rows = json_object_get(page, l->of->member);
	if (!json_is_array(rows) || json_array_size(rows) > rows_left(l))
		return cli_fail(l->of->cli, VERB_PART,
		                "the answer has no page of %s", l->of->member);
	code = hand_rows(l, rows);
	*ret_more = take_next(l, page, &wrong);
	if (code == VERB_GOOD && wrong)
		return cli_fail(l->of->cli, VERB_PART,
		                "the service goes round in a circle: a page "
		                "follows itself");
	return code;
}

/* True if no further page is to be asked for. */
static bool
is_full(const struct listing *l, unsigned pages)
{
	return pages == CLIENT_PAGES_MAX ||
	       (l->of->limit > 0 && l->n >= l->of->limit);
}

int
client_list(struct client *c, const struct client_listing *of,
            client_row_fn *fn, void *user, struct buf *ret_next)
{
	AUTO(listing_release)
	struct listing l = { .client = c,
		             .of = of,
		             .fn = fn,
		             .user = user,
		             .after = buf_of(CLIENT_WHY_MAX),
		             .path = buf_of(CLIENT_WHY_MAX) };
	bool more = true;

	buf_append_str(&l.after, of->after ? of->after : "");
	for (unsigned pages = 0; more; pages++) {
		if (is_full(&l, pages)) {
			buf_append(ret_next, buf_bytes(&l.after));
			break;
		}
		int code = one_page(&l, &more);
		if (code != VERB_GOOD && l.after.len > 0)
			cli_fail(of->cli, 0, "to go on from here: --after %s",
			         buf_str(&l.after));
		if (code != VERB_GOOD)
			return code;
	}
	return VERB_GOOD;
}

/* --- as it is printed ------------------------------------------------------ */

/* Only when something has come, so that a failure prints no half document. */
static void
begin_table(struct client_table *t)
{
	if (t->begun)
		return;
	t->begun = true;
	if (t->json)
		cli_say("{\n  \"%s\": [", t->member);
	else
		t->head();
}

static int
print_row(void *user, const json_t *row)
{
	AUTO(buf_release) struct buf text = buf_of(ROW_MAX);
	struct client_table *t = user;

	begin_table(t);
	if (!t->json) {
		t->n++;
		t->put(row);
		return VERB_GOOD;
	}
	buf_append_str(&text, t->n++ > 0 ? ",\n    " : "\n    ");
	if (json_dump_to(row, &text) != OK)
		return VERB_PART;
	cli_put(buf_bytes(&text));
	return VERB_GOOD;
}

static void
end_table(const struct client_table *t, const char *next)
{
	if (!t->json) {
		cli_say("%llu %s\n", (unsigned long long)t->n, t->member);
		if (*next)
			cli_say("there may be more: --after %s\n", next);
		return;
	}
	cli_put(bytes_of_str(t->n > 0 ? "\n  ]" : "]"));
	if (*next)
		cli_say(",\n  \"next\": \"%s\"", next);
	cli_put(bytes_of_str("\n}\n"));
}

int
client_print_list(struct client *c, const struct client_listing *l,
                  struct client_table *t)
{
	AUTO(buf_release) struct buf next = buf_of(CLIENT_WHY_MAX);

	t->json = cli_json(l->cli);
	t->member = l->member;
	int code = client_list(c, l, print_row, t, &next);
	if (code != VERB_GOOD)
		return code;
	begin_table(t);
	end_table(t, buf_str(&next));
	return VERB_GOOD;
}

int
client_run_list(struct client_listing *l, const char *const *filters,
                struct client_table *t)
{
	AUTO(client_drop) struct client *c = NULL;
	AUTO(buf_release) struct buf query = buf_of(CLIENT_WHY_MAX);
	int code = read_range(l->cli, l);

	for (; code == VERB_GOOD && *filters; filters++)
		code = read_filter(l->cli, *filters, &query);
	if (code == VERB_GOOD)
		code = client_setup(l->cli, &c);
	if (code != VERB_GOOD)
		return code;
	l->filters = &query;
	return client_print_list(c, l, t);
}
