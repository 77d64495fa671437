/*
 * bench_android.c - judgements on Android chains, against the signature checks
 * that each of them cannot do without.
 *
 * Both are measured by this process's own processor time, one after the other
 * in the same run, so that what else the machine does hardly counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "../keymint/keymint.h"
#include "../keymint/keys.h"
#include "appraise.h"
#include "evidence.h"

#define FOR_NS 1000000000LL
#define CHAINS 8 /* devices by turns */

static const uint8_t nonce[HASH_SIZE] = "the nonce of a bench, 32 bytes";

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- the judgement ------------------------------------------------------------- */

static bool
judge(struct bytes json, const struct evidence_vouchers *vouchers)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(evidence_release) struct evidence e = { 0 };
	struct appraisal a = { 0 };

	if (evidence_open(json, &why, &e) != OK)
		return false;
	e.format->vouch(e.own, vouchers);
	appraise_evidence(&e, bytes_of(nonce, HASH_SIZE), NULL, &a);
	return a.reasons == 0;
}

static uint64_t
measure_judgements(const struct buf *json, const struct x509_roots *roots)
{
	const struct evidence_vouchers vouchers = { .now_s = KM_AT,
		                                    .roots = roots };
	int64_t start = now_ns(), t = start;
	uint64_t n = 0;

	for (; t - start < FOR_NS; t = now_ns(), n++)
		if (!judge(buf_bytes(&json[n % CHAINS]), &vouchers))
			return 0;
	return n * 1000000000u / (uint64_t)(t - start);
}

/* --- the bound ------------------------------------------------------------------ */

/* Keys are decoded beforehand: only the mathematics is measured. */
static bool
verify_all(X509 *const *certs, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (X509_verify(certs[i], X509_get0_pubkey(certs[i + 1])) != 1)
			return false;
	return true;
}

static uint64_t
measure_signatures(const struct km_chain *chain)
{
	X509 *certs[KM_CERTS] = { NULL };
	int64_t start, t;
	uint64_t n = 0;

	for (size_t i = 0; i < chain->n; i++) {
		const uint8_t *at = chain->certs[i].der.data;
		certs[i] = d2i_X509(NULL, &at, (long)chain->certs[i].der.len);
	}
	for (start = t = now_ns(); t - start < FOR_NS; t = now_ns(), n++)
		if (!verify_all(certs, chain->n))
			break;
	for (size_t i = 0; i < chain->n; i++)
		X509_free(certs[i]);
	return n * 1000000000u / (uint64_t)(t - start);
}

/* --- one row ------------------------------------------------------------------------ */

static bool
make(enum km_shape shape, unsigned device, struct buf *json,
     struct km_chain **ret)
{
	*json = buf_of(EVIDENCE_JSON_MAX);
	if (km_chain_new(shape, KM_TEE, bytes_of(nonce, HASH_SIZE), ret) != OK)
		return false;
	km_set_device(*ret, device, 0);
	return km_chain_make(*ret) == OK && km_evidence(*ret, json) == OK;
}

static bool
run(const char *what, enum km_shape shape)
{
	struct km_chain *chains[CHAINS] = { NULL };
	struct buf json[CHAINS];
	AUTO(x509_roots_free) struct x509_roots *roots = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);
	bool fine = x509_roots_new(&roots) == OK;

	for (unsigned i = 0; i < CHAINS; i++)
		fine = make(shape, i, &json[i], &chains[i]) && fine;
	size_t last = chains[0]->n - 1;
	fine = fine &&
	       x509_roots_add(roots, buf_bytes(&chains[0]->certs[last].der),
	                      &why) == OK;
	uint64_t whole = fine ? measure_judgements(json, roots) : 0;
	uint64_t bound = fine ? measure_signatures(chains[0]) : 0;
	printf("  %-34s %8llu/s  signatures alone %8llu/s  %3llu %%\n", what,
	       (unsigned long long)whole, (unsigned long long)bound,
	       (unsigned long long)(bound ? whole * 100 / bound : 0));
	for (size_t i = 0; i < CHAINS; i++) {
		km_chain_free(chains[i]);
		buf_release(&json[i]);
	}
	return whole > 0 && bound > 0;
}

int
main(void)
{
	puts("Android key attestation, one core, cold: chains judged a second "
	     "of processor time");
	bool fine = run("factory chain, P-256", KM_FACTORY);
	fine = run("RKP chain, P-256 and P-384", KM_RKP) && fine;
	fine = run("RKP chain with an attest key", KM_ATTEST_KEY) && fine;
	return fine ? 0 : 1;
}
