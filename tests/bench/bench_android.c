/*
 * bench_android.c - judgements on Android chains, against the signature checks
 * that each of them cannot do without.
 *
 * Every chain of a fleet is another one; what devices share are the
 * certificates above.  "Cold": nothing was seen before but the pinned root.
 * "Known": the shared ones were, the device's own never.  The bound is the arithmetic alone, on
 * decoded keys and finished digests, as openssl-speed measures it: of all
 * signatures of a chain, and of those that a known chain still needs.
 *
 * Judgements and bound are measured by turns in this process's own processor
 * time, so that what else the machine does hardly counts.
 *
 *	bench_android [FILE]    writes chains and figures to FILE, for another
 *	                        verifier to be measured with
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tests/keymint/cert.h"
#include "tests/keymint/keymint.h"
#include "tests/keymint/keys.h"
#include "evidence/appraise.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "evidence/evidence.h"

#define CHAINS 640 /* more than the product remembers */
#define EXPORTED 64
#define DEVICES 32
#define TURNS 4
#define TURN_NS 150000000
#define SECOND_NS 1000000000u
#define LISTED 100000u /* revocations */

/* What a browser would have hashed: the nonce of all chains here, so that a
 * verifier of WebAuthn can judge them, too. */
static const char client_data[] =
        "{\"type\":\"webauthn.create\",\"challenge\":\"YmVuY2g\","
        "\"origin\":\"https://bench.example\",\"crossOrigin\":false}";
static uint8_t nonce[HASH_SIZE];

struct fleet {
	const char *name, *what;
	enum km_shape shape;
	size_t own; /* certificates that are a device's own */
	struct km_chain *chain;
	struct buf json[CHAINS];
	struct x509_roots *roots;
	uint64_t cold, known;
};

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "bench_android: %s\n", what);
	exit(1);
}

/* --- chains -------------------------------------------------------------------- */

static void
make_own(struct fleet *f, unsigned i)
{
	struct km_chain *c = f->chain;

	km_set_device(c, f->shape == KM_FACTORY ? 0 : i % DEVICES, i % 8);
	for (size_t k = f->own; k-- > 0;)
		if (km_cert_make(&c->certs[k], &c->certs[k + 1]) != OK)
			fail("no certificate");
	if (km_evidence(c, &f->json[i]) != OK)
		fail("no evidence");
}

static void
make_fleet(struct fleet *f)
{
	AUTO(buf_release) struct buf why = buf_of(256);

	if (km_chain_new(f->shape, KM_TEE, bytes_of(nonce, HASH_SIZE),
	                 &f->chain) != OK ||
	    km_chain_make(f->chain) != OK)
		fail("no chain");
	size_t root = f->chain->n - 1;
	if (x509_roots_new(&f->roots) != OK ||
	    x509_roots_add(f->roots, buf_bytes(&f->chain->certs[root].der),
	                   &why) != OK)
		fail("no roots");
	for (unsigned i = 0; i < CHAINS; i++) {
		f->json[i] = buf_of(EVIDENCE_JSON_MAX);
		make_own(f, i);
	}
}

static void
free_fleet(struct fleet *f)
{
	for (unsigned i = 0; i < CHAINS; i++)
		buf_release(&f->json[i]);
	km_chain_free(f->chain);
	x509_roots_free(f->roots);
}

/* --- the judgement ------------------------------------------------------------- */

static void
judge(struct bytes json, const struct trust_context *context)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(evidence_release) struct evidence e = { 0 };
	struct appraisal a = { 0 };

	if (evidence_open(json, &why, &e) != OK)
		fail("a chain that does not parse");
	e.format->vouch(e.own, context);
	appraise_evidence(&e, bytes_of(nonce, HASH_SIZE), NULL, &a);
	if (a.reasons != 0)
		fail("a chain that was refused");
}

struct work {
	uint64_t n, ns;
};

static uint64_t
rate(const struct work *w)
{
	return w->ns ? w->n * SECOND_NS / w->ns : 0;
}

static void
judge_turn(const struct fleet *f, const struct trust_context *context,
           bool cold, struct work *w)
{
	uint64_t end = w->ns + TURN_NS;

	while (w->ns < end) {
		if (cold)
			x509_certs_forget();
		uint64_t start = now_ns();
		judge(buf_bytes(&f->json[w->n % CHAINS]), context);
		w->ns += now_ns() - start;
		w->n++;
	}
}

/* --- the bound ------------------------------------------------------------------ */

struct signature {
	EVP_PKEY_CTX *key;
	const ASN1_BIT_STRING *value;
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_len;
	X509 *cert, *issuer;
};

static X509 *
read_cert(const struct km_cert *cert)
{
	const uint8_t *at = cert->der.data;
	X509 *x = d2i_X509(NULL, &at, (long)cert->der.len);

	if (!x)
		fail("no certificate");
	return x;
}

static void
prepare(struct signature *s, const struct km_cert *cert,
        const struct km_cert *issuer)
{
	uint8_t *tbs = NULL;
	int md = 0;

	s->cert = read_cert(cert);
	s->issuer = read_cert(issuer);
	X509_get0_signature(&s->value, NULL, s->cert);
	int len = i2d_re_X509_tbs(s->cert, &tbs);
	s->key = EVP_PKEY_CTX_new(X509_get0_pubkey(s->issuer), NULL);
	if (len <= 0 || !s->key || EVP_PKEY_verify_init(s->key) != 1 ||
	    X509_get_signature_info(s->cert, &md, NULL, NULL, NULL) != 1 ||
	    EVP_Digest(tbs, (size_t)len, s->digest, &s->digest_len,
	               EVP_get_digestbynid(md), NULL) != 1)
		fail("no signature");
	OPENSSL_free(tbs);
}

static void
release(struct signature *s)
{
	EVP_PKEY_CTX_free(s->key);
	X509_free(s->cert);
	X509_free(s->issuer);
}

static void
verify_turn(const struct signature *s, size_t n, struct work *w)
{
	uint64_t start = now_ns(), t = start;

	for (; t - start < TURN_NS; t = now_ns(), w->n++)
		for (size_t i = 0; i < n; i++)
			if (EVP_PKEY_verify(
			            s[i].key, ASN1_STRING_get0_data(s[i].value),
			            (size_t)ASN1_STRING_length(s[i].value),
			            s[i].digest, s[i].digest_len) != 1)
				fail("a signature that is none");
	w->ns += t - start;
}

/* --- rows ------------------------------------------------------------------------ */

static unsigned long long
percent(uint64_t part, uint64_t whole)
{
	return whole ? part * 100 / whole : 0;
}

static void
print_rows(const struct fleet *f, uint64_t all, uint64_t left)
{
	printf("  %-30s cold  %7llu/s  all signatures alone %7llu/s  %4llu "
	       "%%\n",
	       f->what, (unsigned long long)f->cold, (unsigned long long)all,
	       percent(f->cold, all));
	printf("  %-30s known %7llu/s  those left alone     %7llu/s  %4llu %%  "
	       "of all %4llu %%\n",
	       "", (unsigned long long)f->known, (unsigned long long)left,
	       percent(f->known, left), percent(f->known, all));
}

static void
measure(struct fleet *f)
{
	const struct trust_context context = { .now_s = (uint64_t)km_time(),
		                               .roots = f->roots };
	struct signature s[KM_CERTS] = { 0 };
	struct work cold = { 0 }, known = { 0 }, all = { 0 }, left = { 0 };
	size_t n = f->chain->n - 1; /* without the root's own */

	for (size_t i = 0; i < n; i++)
		prepare(&s[i], &f->chain->certs[i], &f->chain->certs[i + 1]);
	for (int i = 0; i < TURNS; i++) {
		judge_turn(f, &context, true, &cold);
		verify_turn(s, n, &all);
		judge_turn(f, &context, false, &known);
		verify_turn(s, f->own, &left);
	}
	for (size_t i = 0; i < n; i++)
		release(&s[i]);
	f->cold = rate(&cold);
	f->known = rate(&known);
	print_rows(f, rate(&all), rate(&left));
}

/* --- a list of revocations ---------------------------------------------------------- */

struct listing {
	unsigned next;
	char part[64];
};

/* Serials that are spread like real ones, one entry a part. */
static err_t
next_entry(void *arg, struct bytes *ret_part)
{
	struct listing *l = arg;
	unsigned i = l->next++;

	if (i >= LISTED) {
		*ret_part = bytes_of(NULL, 0);
		return OK;
	}
	snprintf(l->part, sizeof(l->part), "%s\"%x%08x\":{\"status\":\"%s\"}%s",
	         i == 0 ? "{\"entries\":{" : ",", i + 1, i * 2654435761u,
	         i % 2 ? "REVOKED" : "SUSPENDED", i + 1 == LISTED ? "}}" : "");
	*ret_part = bytes_of_str(l->part);
	return OK;
}

static struct revocations *
import_list(void)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct listing listing = { 0 };
	const struct revocation_source source = { next_entry, &listing };
	struct revocations *list = NULL;

	if (revocations_import(&source, (uint64_t)km_time(), &why, &list) != OK)
		fail(buf_str(&why));
	return list;
}

/* Kilobytes that a process needs at most, with a list and without. */
static long
peak_kb(bool import)
{
	struct rusage used = { 0 };
	pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		if (import)
			revocations_free(import_list());
		_exit(0);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid || status != 0)
		fail("no import in a process of its own");
	return used.ru_maxrss;
}

static void
measure_list(const struct fleet *f)
{
	long without = peak_kb(false), with = peak_kb(true);
	uint64_t start = now_ns();
	AUTO(revocations_free) struct revocations *list = import_list();
	uint64_t ms = (now_ns() - start) / 1000000;
	struct trust_context context = { .now_s = (uint64_t)km_time(),
		                         .roots = f->roots };
	struct work none = { 0 }, listed = { 0 };

	for (int i = 0; i < TURNS; i++) {
		context.revocations = NULL;
		judge_turn(f, &context, false, &none);
		context.revocations = list;
		judge_turn(f, &context, false, &listed);
	}
	printf("  list of %zu revocations: import %llu ms, %ld kB at most, %zu "
	       "kB kept\n",
	       revocations_count(list), (unsigned long long)ms, with - without,
	       revocations_file(list).len / 1024);
	printf("  %-30s known %7llu/s  without a list       %7llu/s  %4llu "
	       "%%\n",
	       f->what, (unsigned long long)rate(&listed),
	       (unsigned long long)rate(&none),
	       percent(rate(&listed), rate(&none)));
}

/* --- for another verifier ------------------------------------------------------------ */

static json_t *
key_json(const struct km_cert *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	if (!bio || PEM_write_bio_PrivateKey(bio, km_key(cert->alg, cert->slot),
	                                     NULL, NULL, 0, NULL, NULL) != 1)
		fail("no key");
	long len = BIO_get_mem_data(bio, &text);
	json_t *json = json_stringn(text, (size_t)len);
	BIO_free_all(bio);
	return json;
}

static json_t *
chain_json(struct fleet *f, unsigned i)
{
	json_t *o = json_loadb((const char *)f->json[i].data, f->json[i].len, 0,
	                       NULL);

	km_set_device(f->chain, f->shape == KM_FACTORY ? 0 : i % DEVICES,
	              i % 8);
	json_object_set_new(o, "key", key_json(&f->chain->certs[0]));
	return o;
}

static json_t *
fleet_json(struct fleet *f)
{
	json_t *chains = json_array();

	for (unsigned i = 0; i < EXPORTED; i++)
		json_array_append_new(chains, chain_json(f, i));
	return json_pack("{s:s, s:I, s:I, s:o}", "name", f->name, "cold",
	                 (json_int_t)f->cold, "known", (json_int_t)f->known,
	                 "chains", chains);
}

int
main(int argc, char **argv)
{
	static struct fleet fleets[] = {
		{ .name = "factory",
		  .what = "factory, P-256",
		  .shape = KM_FACTORY,
		  .own = 1 },
		{ .name = "rkp",
		  .what = "RKP, P-256 and P-384",
		  .shape = KM_RKP,
		  .own = 2 },
		{ .name = "attest-key",
		  .what = "RKP with an attest key",
		  .shape = KM_ATTEST_KEY,
		  .own = 3 },
	};
	json_t *out = json_array();

	km_time_is((int64_t)(clock_wall_ms() / 1000));
	digest_sha256(bytes_of_str(client_data), nonce);
	puts("Android key attestation: chains judged a second of processor "
	     "time");
	for (size_t i = 0; i < ARRAY_LEN(fleets); i++) {
		make_fleet(&fleets[i]);
		measure(&fleets[i]);
		json_array_append_new(out, fleet_json(&fleets[i]));
	}
	measure_list(&fleets[0]);
	for (size_t i = 0; i < ARRAY_LEN(fleets); i++)
		free_fleet(&fleets[i]);
	json_t *all = json_pack("{s:s, s:o}", "client_data", client_data,
	                        "fleets", out);
	bool written =
	        argc < 2 || json_dump_file(all, argv[1], JSON_INDENT(1)) == 0;
	json_decref(all);
	return written ? 0 : 1;
}
