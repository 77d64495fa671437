/*
 * main.c - keymint: a software Android device for scripts and the demo.
 *
 *	keymint --state DIR roots                PEM of its roots
 *	keymint --state DIR attest --nonce HEX   the evidence object
 *	keymint --state DIR pem --nonce HEX      the chain, leaf first
 *	keymint --state DIR framed --nonce HEX   each as u16 length and DER
 *	keymint --state DIR serials              of the chain, leaf first
 *	keymint --state DIR sign <DATA           r || s by the device's P-256 key
 *	keymint --state DIR public               DER of that key, public
 *	keymint defects                          names and their reasons
 *
 * Keys live in DIR, so that a device is the same one in the next run.  Options
 * of a chain:
 *
 *	--at SECONDS          good at this time, not now
 *	--shape factory|rkp|attest-key|new-attest-key  --level tee|strongbox  --version N
 *	--device N  --key N  --alg p256|p384|rsa2048|rsa4096|ed25519|p521
 *	--defect NAME         see defects
 *	--prove N             adds a proof by the device's key N
 *	--int TAG=NUMBER      an INTEGER of the hardware's list
 *	--text TAG=TEXT       an OCTET STRING of it
 *	--unlocked  --boot-state N  --boot-key HEX
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/keymint/defects.h"
#include "base/encode.h"
#include "crypto/ecdsa.h"
#include "tests/keymint/keys.h"

#define OUT_MAX (1024 * 1024)
#define FIELDS_MAX 32

struct job {
	enum km_shape shape;
	enum km_level level;
	enum km_alg alg;
	uint64_t version;
	unsigned device, key;
	int prove;
	const struct km_defect *defect;
	uint8_t nonce[64];
	size_t nonce_len;
	struct km_root root;
	size_t n_fields;
	struct {
		bool text;
		const char *word; /* "TAG=VALUE" */
	} fields[FIELDS_MAX];
};

static const char *const shapes[] = { "factory", "rkp", "attest-key",
	                              "new-attest-key", NULL };
static const char *const levels[] = { "software", "tee", "strongbox", NULL };
static const char *const algs[] = { "p256",    "p384", "rsa2048", "rsa4096",
	                            "ed25519", "p521", NULL };

static void __attribute__((noreturn)) fail(const char *what, const char *word)
{
	fprintf(stderr, "keymint: %s: %s\n", what, word);
	exit(2);
}

static unsigned
one_of(const char *const *names, const char *word)
{
	for (unsigned i = 0; names[i]; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	fail("no such name", word);
}

static unsigned
number(const char *word)
{
	char *end = NULL;
	unsigned long v = strtoul(word, &end, 10);

	if (end == word || *end || v > 1000000000)
		fail("not a number", word);
	return (unsigned)v;
}

static size_t
hex(const char *word, uint8_t *out, size_t max)
{
	size_t n = strlen(word) / 2;

	if (n > max || decode_hex_exact(bytes_of_str(word), out, n) != OK)
		fail("not hex, or too long", word);
	return n;
}

/* --- options ------------------------------------------------------------------- */

static void
set_at(struct job *job, const char *word)
{
	char *end = NULL;

	(void)job;
	km_time_is(strtoll(word, &end, 10));
	if (end == word || *end)
		fail("not seconds since 1970", word);
}

static void
set_nonce(struct job *job, const char *word)
{
	job->nonce_len = hex(word, job->nonce, sizeof(job->nonce));
}

static void
set_state(struct job *job, const char *word)
{
	(void)job;
	km_keys_in(word);
}

static void
set_shape(struct job *job, const char *word)
{
	job->shape = (enum km_shape)one_of(shapes, word);
}

static void
set_level(struct job *job, const char *word)
{
	job->level = (enum km_level)one_of(levels, word);
}

static void
set_alg(struct job *job, const char *word)
{
	job->alg = (enum km_alg)one_of(algs, word);
}

static void
set_version(struct job *job, const char *word)
{
	job->version = number(word);
}

static void
set_device(struct job *job, const char *word)
{
	job->device = number(word);
}

static void
set_key(struct job *job, const char *word)
{
	job->key = number(word);
}

static void
set_prove(struct job *job, const char *word)
{
	job->prove = (int)number(word);
}

static void
set_defect(struct job *job, const char *word)
{
	job->defect = km_defect_find(word);
	if (!job->defect)
		fail("no such defect", word);
	job->shape = job->defect->shape;
}

static void
set_unlocked(struct job *job, const char *word)
{
	(void)word;
	job->root.locked = 0;
}

static void
set_boot_state(struct job *job, const char *word)
{
	job->root.state = (uint8_t)number(word);
}

static void
set_boot_key(struct job *job, const char *word)
{
	job->root.key_len = hex(word, job->root.key, sizeof(job->root.key));
}

static void
add_field(struct job *job, const char *word, bool text)
{
	if (job->n_fields == FIELDS_MAX || !strchr(word, '='))
		fail("wants TAG=VALUE, and not too many", word);
	job->fields[job->n_fields].text = text;
	job->fields[job->n_fields++].word = word;
}

static void
set_int(struct job *job, const char *word)
{
	add_field(job, word, false);
}

static void
set_text(struct job *job, const char *word)
{
	add_field(job, word, true);
}

static const struct {
	const char *name;
	int has_arg;
	void (*set)(struct job *job, const char *word);
} options[] = {
	{ "at", 1, set_at },
	{ "state", 1, set_state },
	{ "nonce", 1, set_nonce },
	{ "shape", 1, set_shape },
	{ "level", 1, set_level },
	{ "alg", 1, set_alg },
	{ "version", 1, set_version },
	{ "device", 1, set_device },
	{ "key", 1, set_key },
	{ "prove", 1, set_prove },
	{ "defect", 1, set_defect },
	{ "unlocked", 0, set_unlocked },
	{ "boot-state", 1, set_boot_state },
	{ "boot-key", 1, set_boot_key },
	{ "int", 1, set_int },
	{ "text", 1, set_text },
};

static void
read_options(struct job *job, int argc, char **argv)
{
	struct option longs[ARRAY_LEN(options) + 1] = { 0 };
	int found, which = 0;

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		longs[i] = (struct option){ .name = options[i].name,
			                    .has_arg = options[i].has_arg };
	while ((found = getopt_long(argc, argv, "", longs, &which)) != -1) {
		if (found != 0)
			exit(2);
		options[which].set(job, optarg);
	}
}

/* --- what it does ------------------------------------------------------------------ */

static void
set_fields(struct job *job, struct km_list *list)
{
	for (size_t i = 0; i < job->n_fields; i++) {
		const char *value = strchr(job->fields[i].word, '=') + 1;
		uint32_t tag = (uint32_t)strtoul(job->fields[i].word, NULL, 10);

		if (job->fields[i].text)
			km_bytes(list, tag, bytes_of_str(value));
		else
			km_int(list, tag, number(value));
	}
}

static struct km_chain *
make(struct job *job)
{
	struct km_chain *chain = NULL;
	struct bytes nonce = bytes_of(job->nonce, job->nonce_len);

	if (km_chain_new(job->shape, job->level, nonce, &chain) != OK)
		fail("no memory", "chain");
	km_set_version(chain, job->version);
	km_set_device(chain, job->device, job->key);
	km_set_alg(chain, 0, job->alg);
	job->root.has_hash = job->version >= 3;
	for (size_t i = 0; i < chain->n; i++)
		if (chain->certs[i].description)
			km_root(&chain->certs[i].description->hardware,
			        &job->root);
	set_fields(job, &chain->certs[0].description->hardware);
	err_t err = job->defect ? km_defect_make(chain, job->defect)
	                        : km_chain_make(chain);
	if (err == OK && job->prove >= 0)
		err = km_prove(chain, KM_P256,
		               km_key_slot(job->device, (unsigned)job->prove),
		               nonce);
	if (err != OK)
		fail("could not be made", err_name(err));
	return chain;
}

static void
put_roots(struct job *job, struct buf *out)
{
	for (int shape = KM_FACTORY; shape <= KM_RKP; shape++) {
		job->shape = (enum km_shape)shape;
		AUTO(km_chain_free) struct km_chain *chain = make(job);
		km_pem(buf_bytes(&chain->certs[chain->n - 1].der), out);
	}
}

static void
put_attest(struct job *job, struct buf *out)
{
	AUTO(km_chain_free) struct km_chain *chain = make(job);

	if (km_evidence(chain, out) != OK)
		fail("too long", "evidence");
	buf_append_str(out, "\n");
}

static void
put_pem(struct job *job, struct buf *out)
{
	AUTO(km_chain_free) struct km_chain *chain = make(job);

	for (size_t i = 0; i < chain->n; i++)
		km_pem(buf_bytes(&chain->certs[i].der), out);
}

static void
put_framed(struct job *job, struct buf *out)
{
	AUTO(km_chain_free) struct km_chain *chain = make(job);

	for (size_t i = 0; i < chain->n; i++) {
		buf_u16(out, (uint16_t)chain->certs[i].der.len);
		buf_append(out, buf_bytes(&chain->certs[i].der));
	}
}

static void
put_serials(struct job *job, struct buf *out)
{
	AUTO(km_chain_free) struct km_chain *chain = make(job);

	for (size_t i = 0; i < chain->n; i++)
		buf_printf(out, "%s\n", chain->certs[i].serial);
}

/* What the hardware does with a key that it attested. */
static void
put_sign(struct job *job, struct buf *out)
{
	AUTO(buf_release) struct buf der = buf_of(ECDSA_DER_MAX);
	static uint8_t data[OUT_MAX];
	size_t n = fread(data, 1, sizeof(data), stdin);

	if (km_sign(KM_P256, km_key_slot(job->device, job->key),
	            bytes_of(data, n), &der) != OK ||
	    ecdsa_to_raw(buf_bytes(&der), 64, out) != OK)
		fail("could not sign", "key");
}

static void
put_public(struct job *job, struct buf *out)
{
	km_spki(KM_P256, km_key_slot(job->device, job->key), out);
}

static void
put_defects(struct job *job, struct buf *out)
{
	const struct km_defect *d;

	(void)job;
	for (size_t i = 0; (d = km_defect_at(i)); i++)
		buf_printf(out, "%s\t%d\n", d->name, (int)d->reason);
}

static const struct {
	const char *name;
	void (*put)(struct job *job, struct buf *out);
} verbs[] = {
	{ "roots", put_roots },     { "attest", put_attest },
	{ "pem", put_pem },         { "framed", put_framed },
	{ "serials", put_serials }, { "defects", put_defects },
	{ "sign", put_sign },       { "public", put_public },
};

int
main(int argc, char **argv)
{
	AUTO(buf_release) struct buf out = buf_of(OUT_MAX);
	struct job job = { .shape = KM_RKP,
		           .level = KM_TEE,
		           .alg = KM_P256,
		           .version = 300,
		           .prove = -1,
		           .root = km_root_of(0) };

	km_time_is(time(NULL));
	read_options(&job, argc, argv);
	if (optind + 1 != argc)
		fail("wants one word",
		     "roots, attest, pem, framed, serials, sign, public, "
		     "defects");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].name, argv[optind]) == 0) {
			verbs[i].put(&job, &out);
			fwrite(out.data, 1, out.len, stdout);
			return buf_status(&out) == OK ? 0 : 1;
		}
	fail("no such word", argv[optind]);
}
