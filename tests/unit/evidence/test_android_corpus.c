/*
 * test_android_corpus.c - chains of real devices and public suites, judged by
 * the roots beside them and at the time that each was good.
 *
 * What is expected follows from what others found out about each chain: where
 * it ends and what is odd about it.  docs/formats-android-verdicts.md says
 * where that differs from the verdict of the chain's own library.
 */
#include <jansson.h>
#include <string.h>

#include "tests/common/base/corpus.h"
#include "tests/common/base/harness.h"
#include "evidence/appraise.h"
#include "base/clock.h"
#include "base/encode.h"

DEFINE_AUTO(json_t *, json_decref);

#define TOPIC "android-key-attestation/"
#define BIT(name) reason_bit(REASON_##name)
#define FILE_MAX (1024 * 1024)
#define ROOTS_MAX 32
#define YEAR_2100_S 4102444800u

static struct buf roots[ROOTS_MAX];
static struct evidence_trust trust[ROOTS_MAX];
static size_t n_trust;

/* One chain and what is known of it. */
struct known {
	const char *id, *anchor;
	json_t *anomalies;
	struct buf pem, nonce;
	uint64_t at_s, until_s; /* 0: not said */
	bool rkp, described;
};

static void
known_release(struct known *k)
{
	buf_release(&k->pem);
	buf_release(&k->nonce);
}
DEFINE_AUTO_REF(struct known, known_release);

static void
add_root(const char *name)
{
	if (n_trust == ROOTS_MAX)
		return;
	roots[n_trust] = buf_of(FILE_MAX);
	if (!corpus_read(name, &roots[n_trust]))
		return;
	trust[n_trust] = (struct evidence_trust){
		.file = buf_bytes(&roots[n_trust]),
		.found = true,
	};
	n_trust++;
}

static const char *
text(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

static uint64_t
time_of(const char *rfc3339)
{
	uint64_t ms = 0;

	return clock_parse(bytes_of_str(rfc3339), &ms) == OK ? ms / 1000 : 0;
}

static json_t *
expected_of(const char *chain)
{
	AUTO(buf_release) struct buf name = buf_of(1024);
	const char *slash = strrchr(chain, '/');

	buf_printf(&name, TOPIC "%.*s.expected.json", (int)strlen(chain) - 4,
	           chain);
	json_t *o = corpus_json(buf_str(&name));
	if (o)
		return o;
	buf_reset(&name);
	buf_printf(&name, TOPIC "%.*sexpected.json", (int)(slash + 1 - chain),
	           chain);
	return corpus_json(buf_str(&name));
}

static struct known
known_of(json_t *row)
{
	struct known k = { .id = text(row, "id"),
		           .anchor = text(row, "anchor"),
		           .anomalies = json_object_get(row, "anomalies"),
		           .pem = buf_of(FILE_MAX),
		           .nonce = buf_of(256),
		           .rkp = json_is_true(
		                   json_object_get(row, "remotelyProvisioned")),
		           .described = json_is_integer(json_object_get(
		                   row, "attestationVersion")) };
	AUTO(json_decref) json_t *e = expected_of(text(row, "chain"));
	const json_t *measured = json_object_get(e, "measuredByUs");
	const json_t *window = json_object_get(
	        json_object_get(measured, "validWindow"), "withoutLeaf");
	AUTO(buf_release) struct buf name = buf_of(1024);

	buf_printf(&name, TOPIC "%s", text(row, "chain"));
	CU_ASSERT(corpus_read(buf_str(&name), &k.pem));
	CU_ASSERT(decode_hex(&k.nonce, bytes_of_str(text(row, "challenge"))) ==
	          OK);
	k.at_s = time_of(text(e, "at"));
	if (k.at_s == 0)
		k.at_s = time_of(text(measured, "at"));
	if (k.at_s == 0)
		k.at_s = time_of(text(window, "from"));
	k.until_s = time_of(text(window, "to"));
	return k;
}

static reason_set
judge(const struct known *k, struct bytes nonce, uint64_t at_s, bool allow)
{
	static const char *const allowed[] = { "batch-not-ca" };
	const struct evidence_offline offline = { .trust = trust,
		                                  .n_trust = n_trust,
		                                  .at_s = at_s,
		                                  .allow = allowed,
		                                  .n_allow = allow };
	AUTO(evidence_release) struct evidence evidence = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);
	const struct bytes file = buf_bytes(&k->pem);
	struct appraisal a;

	if (evidence_open_files("android-key", &file, 1, &why, &evidence) != OK)
		return BIT(EVIDENCE_MALFORMED);
	CU_ASSERT(evidence.format->offline(evidence.own, &offline, &why) == OK);
	appraise_evidence(&evidence, nonce, NULL, &a);
	return a.reasons;
}

/* --- what is expected ------------------------------------------------------ */

static bool
odd(const struct known *k, const char *words)
{
	size_t i;
	json_t *value;

	json_array_foreach(k->anomalies, i, value)
	{
		if (strstr(json_string_value(value), words))
			return true;
	}
	return false;
}

static bool
ends_at(const struct known *k, const char *root)
{
	return strncmp(k->anchor, root, strlen(root)) == 0;
}

static bool
batch_not_ca(const struct known *k)
{
	return odd(k, "signs but basicConstraints.cA is false");
}

static reason_set
expected(const struct known *k, const json_t *row)
{
	if (!k->described)
		return BIT(EVIDENCE_MALFORMED);
	if (!ends_at(k, "Google"))
		return BIT(CHAIN_UNTRUSTED) |
		       (strcmp(text(row, "attestationSecurityLevel"),
		               "SOFTWARE") == 0
		                ? BIT(SECURITY_LEVEL)
		                : 0);
	if (odd(k, "signature of certificate 0: INVALID"))
		return BIT(EVIDENCE_SIGNATURE);
	return batch_not_ca(k) ? BIT(CHAIN_MALFORMED) : 0;
}

static void
print_row(const struct known *k, reason_set found)
{
	const char *name =
	        strlen(k->id) > 60 ? k->id + strlen(k->id) - 60 : k->id;

	printf("  %-60s %s", name, found ? "rejected" : "accepted");
	for (enum reason r = reason_next(found, 0); r < REASON_COUNT;
	     r = reason_next(found, r + 1))
		printf(" %s", reason_code(r));
	printf("\n");
}

/* --- the tests ------------------------------------------------------------- */

static json_t *
open_index(void)
{
	json_t *index = corpus_json(TOPIC "INDEX.json");

	if (!index) {
		harness_skip("no corpus beside the checkout");
		return NULL;
	}
	if (n_trust == 0)
		corpus_walk(TOPIC "roots", "", add_root);
	CU_ASSERT(n_trust > 0);
	return index;
}

static void
test_verdicts(void)
{
	AUTO(json_decref) json_t *index = open_index();
	size_t i, accepted = 0;
	json_t *row;

	json_array_foreach(index, i, row)
	{
		AUTO(known_release) struct known k = known_of(row);
		reason_set found =
		        judge(&k, buf_bytes(&k.nonce), k.at_s, false);

		print_row(&k, found);
		CU_ASSERT(found == expected(&k, row));
		accepted += found == 0;
	}
	if (index)
		printf("  %zu chains, %zu accepted\n", json_array_size(index),
		       accepted);
}

/* The leniency lets those pass that need it, and changes nothing else. */
static void
test_leniency(void)
{
	AUTO(json_decref) json_t *index = open_index();
	size_t i, needed = 0;
	json_t *row;

	json_array_foreach(index, i, row)
	{
		AUTO(known_release) struct known k = known_of(row);
		reason_set found = judge(&k, buf_bytes(&k.nonce), k.at_s, true);
		bool needs = batch_not_ca(&k);

		CU_ASSERT(found == (needs ? 0 : expected(&k, row)));
		needed += needs;
	}
	if (index)
		CU_ASSERT(needed > 0);
}

static void
test_nonce(void)
{
	AUTO(json_decref) json_t *index = open_index();
	size_t i;
	json_t *row;

	json_array_foreach(index, i, row)
	{
		AUTO(known_release) struct known k = known_of(row);
		reason_set found =
		        judge(&k, bytes_of_str("another one"), k.at_s, true);

		CU_ASSERT(found == (k.described ? BIT(NONCE_MISMATCH)
		                                : BIT(EVIDENCE_MALFORMED)));
	}
}

/* A factory key is for the device's life, a provisioned one for weeks. */
static void
test_time(void)
{
	AUTO(json_decref) json_t *index = open_index();
	size_t i;
	json_t *row;

	json_array_foreach(index, i, row)
	{
		AUTO(known_release) struct known k = known_of(row);

		if (expected(&k, row) != 0)
			continue;
		CU_ASSERT(judge(&k, buf_bytes(&k.nonce), YEAR_2100_S, false) ==
		          (k.rkp ? BIT(CHAIN_EXPIRED) : 0));
		if (k.rkp)
			CU_ASSERT(judge(&k, buf_bytes(&k.nonce),
			                k.until_s + DAY_S,
			                false) == BIT(CHAIN_EXPIRED));
		/* before any of them */
		CU_ASSERT(judge(&k, buf_bytes(&k.nonce), DAY_S, false) ==
		          BIT(CHAIN_EXPIRED));
	}
}

static const struct harness_test tests[] = {
	{ "every chain's verdict and reason", test_verdicts },
	{ "batch-not-ca allows what needs it", test_leniency },
	{ "another nonce, before anything else", test_nonce },
	{ "time, by the kind of chain", test_time },
	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	int status = harness_run("android_corpus", tests, argc, argv);

	for (size_t i = 0; i < n_trust; i++)
		buf_release(&roots[i]);
	return status;
}
