/*
 * test_android_bits.c - every single bit of good chains, turned over: what is
 * still accepted says what it said before.
 *
 * Bits that mean nothing exist: a root is trusted for its key, so its own
 * dates and its signature may be anything.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/evidence/test_android_kit.h"

#define PROCESSES 2

/* A sample of the bits, dense enough for each field of each certificate: an
 * input costs as much as two signatures.  ANCHORD_TEST_ALL=1 takes all. */
#ifdef ANCHORD_SAN
#define STRIDE 331
#else
#define STRIDE 31
#endif
#define INPUTS_MIN 200000 /* with all bits */

static size_t stride = STRIDE;

struct sample {
	enum km_shape shape;
	enum km_level level;
	uint64_t version;
	enum km_alg alg;
};

static const struct sample samples[] = {
	{ KM_FACTORY, KM_TEE, 1, KM_P256 },
	{ KM_FACTORY, KM_TEE, 2, KM_P256 },
	{ KM_FACTORY, KM_TEE, 3, KM_P384 },
	{ KM_FACTORY, KM_TEE, 4, KM_RSA2048 },
	{ KM_FACTORY, KM_TEE, 100, KM_ED25519 },
	{ KM_FACTORY, KM_STRONGBOX, 3, KM_P256 },
	{ KM_FACTORY, KM_STRONGBOX, 200, KM_RSA2048 },
	{ KM_RKP, KM_TEE, 100, KM_P256 },
	{ KM_RKP, KM_TEE, 200, KM_P384 },
	{ KM_RKP, KM_TEE, 300, KM_P256 },
	{ KM_RKP, KM_TEE, 400, KM_ED25519 },
	{ KM_RKP, KM_TEE, 500, KM_P256 },
	{ KM_RKP, KM_TEE, 300, KM_RSA2048 },
	{ KM_RKP, KM_STRONGBOX, 100, KM_P256 },
	{ KM_RKP, KM_STRONGBOX, 300, KM_P256 },
	{ KM_RKP, KM_STRONGBOX, 400, KM_RSA2048 },
	{ KM_ATTEST_KEY, KM_TEE, 100, KM_P256 },
	{ KM_ATTEST_KEY, KM_TEE, 300, KM_P256 },
	{ KM_ATTEST_KEY, KM_STRONGBOX, 300, KM_P256 },
	{ KM_ATTEST_KEY, KM_STRONGBOX, 400, KM_ED25519 },
};

/* What one process found. */
struct count {
	unsigned long inputs, refused, same, changed;
};

/* What an accepted chain means: the judgement, and what the key's certificate
 * and the provisioning server say. */
struct meaning {
	struct appraisal appraisal;
	struct buf said;
};

DEFINE_AUTO(json_t *, json_decref);

static void
put_member(const json_t *o, const char *name, struct buf *out)
{
	char *text =
	        json_dumps(json_object_get(o, name),
	                   JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);

	buf_append_str(out, text ? text : "-");
	free(text);
}

/* False: refused. */
static bool
judge(const struct km_chain *chain, struct bytes root, struct meaning *m)
{
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	AUTO(buf_release) struct buf why = buf_of(16384);
	AUTO(evidence_release) struct evidence e = { 0 };
	const struct evidence_trust trust = { .file = root };
	const struct evidence_offline offline = { .trust = &trust,
		                                  .n_trust = 1,
		                                  .at_s = KM_AT };

	if (km_evidence(chain, &json) != OK ||
	    evidence_open(buf_bytes(&json), &why, &e) != OK ||
	    e.format->offline(e.own, &offline, &why) != OK)
		return false;
	m->appraisal = (struct appraisal){ 0 };
	appraise_evidence(&e, bytes_of(kit_nonce, HASH_SIZE), NULL,
	                  &m->appraisal);
	if (m->appraisal.reasons)
		return false;
	AUTO(json_decref) json_t *o = e.format->inspect(e.own);
	buf_reset(&m->said);
	put_member(o, "key_description", &m->said);
	put_member(o, "provisioning_info", &m->said);
	return true;
}

static bool
same(const struct meaning *a, const struct meaning *b)
{
	return memcmp(a->appraisal.identity, b->appraisal.identity,
	              HASH_SIZE) == 0 &&
	       memcmp(a->appraisal.vector, b->appraisal.vector,
	              sizeof(a->appraisal.vector)) == 0 &&
	       bytes_equal(buf_bytes(&a->said), buf_bytes(&b->said));
}

static void
try_bit(struct km_chain *chain, struct bytes root, const struct meaning *good,
        struct count *count)
{
	struct meaning m = { .said = buf_of(65536) };

	count->inputs++;
	if (!judge(chain, root, &m))
		count->refused++;
	else if (same(good, &m))
		count->same++;
	else
		count->changed++;
	buf_release(&m.said);
}

static void
turn_all(struct km_chain *chain, struct bytes root, const struct meaning *good,
         struct count *count)
{
	for (size_t i = 0; i < chain->n; i++) {
		struct buf *der = &chain->certs[i].der;

		for (size_t bit = 0; bit < der->len * 8; bit += stride) {
			uint8_t mask = (uint8_t)(1u << bit % 8);

			der->data[bit / 8] ^= mask;
			try_bit(chain, root, good, count);
			der->data[bit / 8] ^= mask;
		}
	}
}

static bool
run_sample(const struct sample *s, struct count *count)
{
	AUTO(km_chain_free)
	struct km_chain *chain = kit_chain(s->shape, s->level);
	AUTO(buf_release) struct buf root = buf_of(65536);
	struct meaning good = { .said = buf_of(65536) };

	km_set_version(chain, s->version);
	km_set_alg(chain, 0, s->alg);
	/* P-384 is slow, and one chain has it. */
	for (size_t i = 1; s->version != 200 && i < chain->n; i++)
		chain->certs[i].alg = KM_P256;
	bool fine = km_chain_make(chain) == OK;
	buf_append(&root, kit_root(chain));
	fine = fine && judge(chain, buf_bytes(&root), &good);
	if (fine)
		turn_all(chain, buf_bytes(&root), &good, count);
	buf_release(&good.said);
	return fine;
}

/* Every PROCESSES-th chain; all zero: one of them is no good one. */
static struct count
run_part(size_t part)
{
	struct count count = { 0 };

	for (size_t i = part; i < ARRAY_LEN(samples); i += PROCESSES)
		if (!run_sample(&samples[i], &count))
			return (struct count){ 0 };
	return count;
}

static pid_t
start_part(size_t part, int *ret_fd)
{
	int fds[2];

	if (pipe(fds) != 0)
		return -1;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct count count = run_part(part);
		ssize_t n = write(fds[1], &count, sizeof(count));
		_exit(n == sizeof(count) ? 0 : 1);
	}
	close(fds[1]);
	*ret_fd = fds[0];
	return pid;
}

static bool
end_part(pid_t pid, int fd, struct count *sum)
{
	struct count count = { 0 };
	int status = -1;
	bool fine = pid > 0 && read(fd, &count, sizeof(count)) == sizeof(count);

	if (pid > 0)
		waitpid(pid, &status, 0);
	close(fd);
	sum->inputs += count.inputs;
	sum->refused += count.refused;
	sum->same += count.same;
	sum->changed += count.changed;
	return fine && status == 0 && count.inputs > 0;
}

static void
test_bits(void)
{
	const char *all = getenv("ANCHORD_TEST_ALL");
	struct count sum = { 0 };
	pid_t pids[PROCESSES];
	int fds[PROCESSES] = { 0 };

	if (all && strcmp(all, "1") == 0)
		stride = 1;
	for (size_t i = 0; i < PROCESSES; i++)
		pids[i] = start_part(i, &fds[i]);
	for (size_t i = 0; i < PROCESSES; i++)
		CU_ASSERT(end_part(pids[i], fds[i], &sum));
	printf("%lu inputs: %lu refused, %lu accepted with the same meaning, "
	       "%lu with another\n",
	       sum.inputs, sum.refused, sum.same, sum.changed);
	CU_ASSERT(sum.changed == 0);
	CU_ASSERT(sum.inputs * stride >= INPUTS_MIN);
}

static const struct harness_test tests[] = {
	{ "no turned bit changes what is accepted", test_bits },
	{ NULL, NULL },
};

HARNESS_MAIN("android_bits", tests)
