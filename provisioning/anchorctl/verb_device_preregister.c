/*
 * verb_device_preregister.c - `anchorctl device preregister`: puts a file of devices
 * on the list of those that are known before they enrol, batch by batch.
 *
 * The file is read twice: nothing is sent of one that cannot be read to its end.
 */
#include <string.h>

#include "crypto/codec/json_auto.h"
#include "provisioning/anchorctl/client.h"
#include "provisioning/anchorctl/known_file.h"
#include "provisioning/anchorctl/verbs.h"

#define FILE_MAX (64u << 20) /* bytes: some 300,000 entries with all members */

/* What one request may have (docs/api.md, "POST /v1/preregistrations"). */
#define BATCH_ENTRIES 1000
#define BATCH_BYTES (256u * 1024)

static const struct verb_option options[] = {
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

/* Entries for one request, and of which line each is. */
struct batch {
	json_t *entries;
	size_t size; /* bytes of the body */
	uint64_t lines[BATCH_ENTRIES];
};

static void
batch_release(struct batch *b)
{
	json_decref(b->entries);
}
DEFINE_AUTO_REF(struct batch, batch_release);

struct import {
	const struct cli *cli;
	struct client *client;
	uint64_t added, known, invalid, sent;
	json_t *faults;   /* [{"line":, "detail":}] */
	uint64_t unnamed; /* invalid ones that the service did not name */
};

static void
import_release(struct import *m)
{
	client_drop(m->client);
	json_decref(m->faults);
}
DEFINE_AUTO_REF(struct import, import_release);

/* --- an answer ------------------------------------------------------------- */

static bool
read_count(const json_t *answer, const char *name, size_t most,
           uint64_t *ret_count)
{
	const json_t *v = json_object_get(answer, name);
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || (uint64_t)n > most)
		return false;
	*ret_count = (uint64_t)n;
	return true;
}

/* The service says "[7]: why" or "[7].label: why" of its own count from 0, which
 * would be taken for the line. */
static const char *
without_index(const char *detail)
{
	const char *end = *detail == '[' ? strchr(detail, ']') : NULL;

	if (!end)
		return detail;
	return end + 1 + strspn(end + 1, ":. ");
}

/* False: it is no fault of this batch. */
static bool
take_fault(struct import *m, const struct batch *b, const json_t *fault)
{
	const char *detail = json_text(fault, "detail");
	uint64_t at = 0;

	if (!detail ||
	    !read_count(fault, "index", json_array_size(b->entries) - 1, &at))
		return false;
	detail = without_index(detail);
	if (!cli_json(m->cli))
		cli_say("line %llu: %s\n", (unsigned long long)b->lines[at],
		        detail);
	return json_array_append_new(m->faults,
	                             json_pack("{s:I, s:s}", "line",
	                                       (json_int_t)b->lines[at],
	                                       "detail", detail)) == 0;
}

/* The service names the first of a batch only. */
static void
say_unnamed(struct import *m, const struct batch *b, uint64_t unnamed)
{
	size_t n = json_array_size(b->entries);

	m->unnamed += unnamed;
	if (unnamed > 0 && !cli_json(m->cli))
		cli_say("lines %llu to %llu: %llu more are invalid; correct "
		        "these, and send the file again\n",
		        (unsigned long long)b->lines[0],
		        (unsigned long long)b->lines[n - 1],
		        (unsigned long long)unnamed);
}

static int
take_answer(struct import *m, const struct batch *b, const json_t *answer)
{
	const json_t *faults = json_object_get(answer, "faults"), *one;
	uint64_t added = 0, known = 0, invalid = 0;
	size_t n = json_array_size(b->entries), i;
	bool good = read_count(answer, "new", n, &added) &&
	            read_count(answer, "known", n, &known) &&
	            read_count(answer, "invalid", n, &invalid) &&
	            added + known + invalid == n && json_is_array(faults) &&
	            json_array_size(faults) <= invalid;

	if (good)
		json_array_foreach(faults, i, one) good =
		        good && take_fault(m, b, one);
	if (!good)
		return cli_fail(m->cli, VERB_PART,
		                "the answer does not count the entries of "
		                "lines %llu to %llu",
		                (unsigned long long)b->lines[0],
		                (unsigned long long)b->lines[n - 1]);
	m->added += added;
	m->known += known;
	m->invalid += invalid;
	m->sent += n;
	say_unnamed(m, b, invalid - json_array_size(faults));
	return VERB_GOOD;
}

/* --- batches --------------------------------------------------------------- */

static int
send_batch(struct import *m, struct batch *b)
{
	AUTO(json_decref) json_t *answer = NULL;
	const struct client_request r = { .method = "POST",
		                          .path = "/v1/preregistrations",
		                          .body = b->entries };
	unsigned status = 0;
	int code = VERB_GOOD;

	if (json_array_size(b->entries) > 0)
		code = client_ask(m->client, &r, &status, &answer);
	if (code == VERB_GOOD && json_array_size(b->entries) > 0)
		code = take_answer(m, b, answer);
	json_array_clear(b->entries);
	b->size = strlen("[]");
	return code;
}

/* Takes the reference of the entry. */
static int
add_to_batch(struct import *m, struct batch *b, const struct known_entry *e)
{
	AUTO(json_decref) json_t *object = e->object;
	size_t n = json_array_size(b->entries);
	size_t more = e->size + strlen(",");
	int code = VERB_GOOD;

	if (n == BATCH_ENTRIES || b->size + more > BATCH_BYTES) {
		code = send_batch(m, b);
		n = 0;
	}
	if (code != VERB_GOOD)
		return code;
	b->lines[n] = e->line;
	b->size += more;
	return json_array_append(b->entries, object) == 0
	               ? VERB_GOOD
	               : cli_fail(m->cli, VERB_PART, "out of memory");
}

static int
send_entries(struct import *m, struct bytes text)
{
	AUTO(buf_release) struct buf why = buf_of(CLIENT_WHY_MAX);
	AUTO(batch_release)
	struct batch b = { .entries = json_array(), .size = strlen("[]") };
	struct known_file f = known_file_of(text);
	struct known_entry e;
	int code = VERB_GOOD;
	err_t err = b.entries ? OK : E_NOMEM;

	while (err == OK && code == VERB_GOOD) {
		err = known_file_next(&f, &e, &why);
		if (err == OK)
			code = add_to_batch(m, &b, &e);
	}
	if (code == VERB_GOOD && err != E_NOT_FOUND)
		return cli_fail(m->cli, VERB_PART, "out of memory");
	if (code == VERB_GOOD)
		code = send_batch(m, &b);
	if (code != VERB_GOOD && m->sent > 0)
		cli_fail(m->cli, 0,
		         "%llu entries were sent before; send the whole file "
		         "again, what is known stays as it is",
		         (unsigned long long)m->sent);
	return code;
}

/* --- the file -------------------------------------------------------------- */

/* To its end, so that nothing is sent of a file that is another or cut off. */
static int
check_entries(const struct cli *cli, const char *path, struct bytes text)
{
	AUTO(buf_release) struct buf why = buf_of(CLIENT_WHY_MAX);
	struct known_file f = known_file_of(text);
	struct known_entry e;
	uint64_t n = 0;
	err_t err;

	while ((err = known_file_next(&f, &e, &why)) == OK) {
		json_decref(e.object);
		n++;
	}
	if (err == E_MALFORMED)
		return cli_fail(cli, VERB_REFUSED, "%s: %s; nothing was sent",
		                path, buf_str(&why));
	if (err != E_NOT_FOUND)
		return cli_fail(cli, VERB_PART, "out of memory");
	return n > 0 ? VERB_GOOD
	             : cli_fail(cli, VERB_REFUSED, "%s: no entries", path);
}

static int
print_import(const struct import *m)
{
	int code = m->invalid > 0 ? VERB_REFUSED : VERB_GOOD;

	if (cli_json(m->cli))
		return cli_print_json(
		        m->cli,
		        json_pack("{s:I, s:I, s:I, s:O, s:I}", "new",
		                  (json_int_t)m->added, "known",
		                  (json_int_t)m->known, "invalid",
		                  (json_int_t)m->invalid, "faults", m->faults,
		                  "unnamed", (json_int_t)m->unnamed),
		        code);
	cli_say("%llu new, %llu known, %llu invalid\n",
	        (unsigned long long)m->added, (unsigned long long)m->known,
	        (unsigned long long)m->invalid);
	return code;
}

static int
run_device_preregister(struct cli *cli)
{
	AUTO(buf_release) struct buf file = buf_of(FILE_MAX);
	AUTO(import_release)
	struct import m = { .cli = cli, .faults = json_array() };
	const char *path = cli_argument(cli, 0);
	int code = client_setup(cli, &m.client);

	if (code != VERB_GOOD)
		return code;
	if (cli_read_file(cli, path, &file) != OK)
		return VERB_PART;
	code = check_entries(cli, path, buf_bytes(&file));
	if (code == VERB_GOOD)
		code = send_entries(&m, buf_bytes(&file));
	return code == VERB_GOOD ? print_import(&m) : code;
}

const struct verb verb_device_preregister = {
	.words = "device preregister",
	.arguments = "FILE",
	.help = "List the devices of a file as known before they enrol; for "
	        "officers.",
	.options = options,
	.run = run_device_preregister,
};
