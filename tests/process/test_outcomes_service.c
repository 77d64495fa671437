/*
 * test_outcomes_service.c - the whole service over TLS: who reads whose
 * outcomes, and pages while new ones are made.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/service/service.h"

#define PATH "/v1/outcomes"
#define OF_A 170u
#define OF_B 80u
#define SEQUENCES_MAX 1024u

static struct service *service;

/* A challenge that is none: refused, signed, recorded, without a device. */
static void
make_outcome(struct client *c)
{
	static const char body[] =
	        "{\"challenge\":\"AQID\",\"evidence\":{\"format\":"
	        "\"tpm2-quote\",\"quote\":\"AA==\",\"signature\":\"AA==\","
	        "\"ak_public\":\"AA==\",\"pcrs\":{\"sha256\":{}}},"
	        "\"observed\":{}}";
	AUTO(buf_release) struct buf answer = buf_of(CLIENT_ANSWER_MAX);

	CU_ASSERT_EQUAL_FATAL(client_exchange(c, "POST", "/v1/attestations",
	                                      bytes_of_str(body), &answer),
	                      200);
}

static struct client *
open_client(const struct client_identity *id)
{
	struct client *c = NULL;

	CU_ASSERT_EQUAL_FATAL(client_open(id, service->port, &c), OK);
	return c;
}

static int
status_of(const struct client_identity *id, const char *path)
{
	AUTO(client_free) struct client *c = open_client(id);
	AUTO(buf_release) struct buf answer = buf_of(CLIENT_ANSWER_MAX);

	return client_exchange(c, "GET", path, bytes_of(NULL, 0), &answer);
}

/* All pages of a client. */
struct walk {
	struct client *reader;
	struct client *maker; /* makes one more after each page; NULL: none */
	unsigned more;        /* how many it makes */
	const char *query;
	const char *tenant; /* that each must have; NULL: any */
	size_t n, foreign, twice;
	json_int_t after;
	bool seen[SEQUENCES_MAX];
};

static void
look_at(struct walk *w, const json_t *row)
{
	const char *tenant = json_string_value(json_object_get(row, "tenant"));
	json_int_t at = json_integer_value(json_object_get(row, "sequence"));

	CU_ASSERT_FATAL(tenant != NULL && at > w->after && at < SEQUENCES_MAX);
	w->n++;
	w->foreign += w->tenant && strcmp(tenant, w->tenant) != 0;
	w->twice += w->seen[at];
	w->seen[at] = true;
	w->after = at;
}

/* One page; false: it was the last. */
static bool
next_page(struct walk *w)
{
	AUTO(buf_release) struct buf answer = buf_of(CLIENT_ANSWER_MAX);
	char path[256];

	snprintf(path, sizeof(path), PATH "?after=%lld&%s", (long long)w->after,
	         w->query);
	CU_ASSERT_EQUAL_FATAL(client_exchange(w->reader, "GET", path,
	                                      bytes_of(NULL, 0), &answer),
	                      200);
	json_t *page = json_loads(buf_str(&answer), 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(page);
	const json_t *rows = json_object_get(page, "outcomes");
	for (size_t i = 0; i < json_array_size(rows); i++)
		look_at(w, json_array_get(rows, i));
	const json_t *next = json_object_get(page, "next");
	if (next)
		w->after = json_integer_value(next);
	json_decref(page);
	return next != NULL;
}

static void
walk_pages(struct walk *w)
{
	while (next_page(w))
		if (w->maker && w->more > 0) {
			w->more--;
			make_outcome(w->maker);
		}
	CU_ASSERT(w->twice == 0 && w->foreign == 0);
}

static void
test_pages(void)
{
	AUTO(client_free) struct client *a = open_client(service->backend);
	AUTO(client_free) struct client *b = open_client(service->backend_b);
	AUTO(client_free)
	struct client *auditor = open_client(service->auditor);

	for (unsigned i = 0; i < OF_A; i++)
		make_outcome(a);
	for (unsigned i = 0; i < OF_B; i++)
		make_outcome(b);
	struct walk all = {
		.reader = auditor, .maker = a, .more = 20, .query = "limit=10"
	};
	walk_pages(&all);
	CU_ASSERT_EQUAL(all.n, OF_A + OF_B + 20);
	struct walk of_a = { .reader = a,
		             .query = "limit=7",
		             .tenant = "backend-a" };
	walk_pages(&of_a);
	CU_ASSERT_EQUAL(of_a.n, OF_A + 20);
	struct walk of_b = { .reader = b,
		             .query = "limit=100&reason=challenge-malformed",
		             .tenant = "backend-b" };
	walk_pages(&of_b);
	CU_ASSERT_EQUAL(of_b.n, OF_B);
	struct walk asked = { .reader = auditor,
		              .query = "tenant=backend-b",
		              .tenant = "backend-b" };
	walk_pages(&asked);
	CU_ASSERT_EQUAL(asked.n, OF_B);
	struct walk none = { .reader = auditor, .query = "eligible=true" };
	walk_pages(&none);
	CU_ASSERT_EQUAL(none.n, 0);
}

static void
test_refused(void)
{
	CU_ASSERT_EQUAL(status_of(service->backend, PATH "?tenant=backend-b"),
	                403);
	CU_ASSERT_EQUAL(status_of(service->monitor, PATH), 403);
	CU_ASSERT_EQUAL(status_of(service->auditor, PATH "?limit=0"), 400);
	CU_ASSERT_EQUAL(status_of(service->auditor, PATH "?limit=101"), 400);
	CU_ASSERT_EQUAL(status_of(service->auditor, PATH "?after=999999"), 200);
}

/* The page comes from the database, not from a process's memory. */
static void
test_restart(void)
{
	AUTO(client_free) struct client *auditor = NULL;
	struct walk all = { .query = "limit=100" };

	service_halt(service);
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_TRUE(service_wait_ready(service, SERVICE_READY_MS));
	auditor = open_client(service->auditor);
	all.reader = auditor;
	walk_pages(&all);
	CU_ASSERT_EQUAL(all.n, OF_A + OF_B + 20);
}

static const struct harness_test tests[] = {
	{ "each outcome once, while new ones are made", test_pages },
	{ "who may not", test_refused },
	{ "after a restart", test_restart },
	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	err_t err = service_start(&service);

	if (err == E_NOT_FOUND) {
		puts("0 passed, 0 failed, 1 skipped");
		return 0;
	}
	if (err != OK) {
		puts("0 passed, 1 failed, 0 skipped");
		return 1;
	}
	int status = harness_run("outcomes_service", tests, argc, argv);
	service_free(service);
	return status;
}
