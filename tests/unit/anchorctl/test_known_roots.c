/*
 * test_known_roots.c - roots that are known by their digests: the same name, the
 * same key and another signature are not enough, and each row of the table can
 * become an anchor of a bundle.
 */
#include <stdio.h>
#include <string.h>

#include "provisioning/anchorctl/known_roots.c"
#include "crypto/codec/conf.h"
#include "tests/unit/crypto/test_x509_kit.h"
#include "trust/rows.h"

#define MAKER "A maker's root"

DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);

static struct x509_cert *
make_root(EVP_PKEY *key, EVP_PKEY *signer, long to_days)
{
	return certify(&(struct order){ .name = MAKER,
	                                .issuer = MAKER,
	                                .key = key,
	                                .issuer_key = signer,
	                                .constraints = "critical,CA:TRUE",
	                                .from = -1,
	                                .to = to_days });
}

static void
write_digest(struct bytes data, char out[static 2 * HASH_SIZE + 1])
{
	AUTO(buf_release) struct buf text = buf_of(2 * HASH_SIZE);
	uint8_t hash[HASH_SIZE];

	digest_sha256(data, hash);
	encode_hex(&text, (struct bytes){ hash, sizeof(hash) });
	snprintf(out, 2 * HASH_SIZE + 1, "%s", buf_str(&text));
}

/* A maker with a key, another who has taken his name, and what they made. */
struct makers {
	EVP_PKEY *key, *other_key;
	struct x509_cert *root, *renewed, *namesake, *copied;
	char spki[2 * HASH_SIZE + 1], certificate[2 * HASH_SIZE + 1];
};

static void
makers_begin(struct makers *m)
{
	m->key = EVP_EC_gen("P-256");
	m->other_key = EVP_EC_gen("P-256");
	m->root = make_root(m->key, m->key, 10);
	m->renewed = make_root(m->key, m->key, 20);
	m->namesake = make_root(m->other_key, m->other_key, 10);
	m->copied = make_root(m->key, m->other_key, 10);
	write_digest(x509_cert_spki(m->root), m->spki);
	write_digest(x509_cert_der(m->root), m->certificate);
}

static void
makers_end(struct makers *m)
{
	x509_cert_free(m->root);
	x509_cert_free(m->renewed);
	x509_cert_free(m->namesake);
	x509_cert_free(m->copied);
	EVP_PKEY_free(m->key);
	EVP_PKEY_free(m->other_key);
}
DEFINE_AUTO_REF(struct makers, makers_end);

static void
test_certificate(void)
{
	AUTO(makers_end) struct makers m = { NULL };

	makers_begin(&m);
	const struct known_root row = { .spki = m.spki,
		                        .certificate = m.certificate };
	CU_ASSERT_PTR_EQUAL(find_among(&row, 1, m.root), &row);
	CU_ASSERT_PTR_NULL(find_among(&row, 1, m.renewed));
	CU_ASSERT_PTR_NULL(find_among(&row, 1, m.namesake));
	CU_ASSERT_PTR_NULL(find_among(&row, 1, m.copied));
	CU_ASSERT_PTR_NULL(known_root_find(m.root));
}

static void
test_key(void)
{
	AUTO(makers_end) struct makers m = { NULL };

	makers_begin(&m);
	const struct known_root row = { .spki = m.spki };
	CU_ASSERT_PTR_EQUAL(find_among(&row, 1, m.root), &row);
	CU_ASSERT_PTR_EQUAL(find_among(&row, 1, m.renewed), &row);
	CU_ASSERT_PTR_NULL(find_among(&row, 1, m.namesake));
	CU_ASSERT_PTR_NULL(find_among(&row, 1, m.copied));
}

static bool
is_digest(const char *hex)
{
	uint8_t hash[HASH_SIZE];

	return decode_hex_exact(bytes_of_str(hex), hash, sizeof(hash)) == OK;
}

static bool
is_note(const struct known_root *root)
{
	AUTO(buf_release) struct buf note = buf_of(TRUST_NOTE_SIZE - 1);

	known_root_put_note(root, &note);
	if (buf_status(&note) != OK)
		return false;
	for (const char *c = buf_str(&note); *c; c++)
		if (!conf_in_note(*c))
			return false;
	return strstr(buf_str(&note), root->published) != NULL;
}

static bool
is_name(const char *name)
{
	size_t len = 0;

	while (conf_in_name(name[len]))
		len++;
	return !name[len] && len > 0 && len < TRUST_NAME_SIZE;
}

static void
test_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		const struct known_root *r = &roots[i];

		CU_ASSERT_TRUE(is_digest(r->spki));
		CU_ASSERT_TRUE(!r->certificate || is_digest(r->certificate));
		CU_ASSERT_TRUE(is_name(r->anchor));
		CU_ASSERT_TRUE(is_note(r));
		CU_ASSERT_NOT_EQUAL(r->purpose, ANCHOR_NONE);
		CU_ASSERT_PTR_NOT_NULL(strstr(r->sources, ", "));
		for (size_t k = 0; k < i; k++) {
			CU_ASSERT_NOT_EQUAL(strcmp(r->anchor, roots[k].anchor),
			                    0);
			CU_ASSERT_NOT_EQUAL(strcmp(r->spki, roots[k].spki), 0);
		}
	}
}

static const struct harness_test tests[] = {
	{ "a root is known by its certificate", test_certificate },
	{ "or by its key, which signed it", test_key },
	{ "each row can become an anchor", test_rows },
	{ NULL, NULL },
};

HARNESS_MAIN("known_roots", tests)
