/*
 * trust_kit.c - see trust_kit.h.
 */
#include "tests/common/devices/trust_kit.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/digest.h"
#include "tests/common/base/harness.h"

char trust_kit_why[512];

static void
on_token(void *arg, const struct hsm_token *token)
{
	struct trust_seen *seen = arg;

	seen->token = *token;
}

static void
on_trust(void *arg, const struct hsm_trust *trust)
{
	struct trust_seen *seen = arg;

	seen->trust = *trust;
}

static void
on_certificate(void *arg, const struct hsm_trust_certificate *c, err_t err,
               const char *why)
{
	struct trust_seen *seen = arg;

	CU_ASSERT_FATAL(seen->n < HSM_TRUST_CERTIFICATES_MAX);
	struct trust_seen_certificate *to = &seen->certificate[seen->n++];
	to->err = err;
	snprintf(to->why, sizeof(to->why), "%s", why);
	CU_ASSERT_EQUAL(c != NULL, err == OK);
	if (!c)
		return;
	to->said = c->said;
	to->len = c->der.len;
	snprintf(to->label, sizeof(to->label), "%s", c->label);
	digest_sha256(buf_bytes(&c->der), to->sha256);
	CU_ASSERT_EQUAL(memcmp(to->sha256, c->sha256, HASH_SIZE), 0);
}

static err_t
keep_why(err_t err, struct buf *why)
{
	snprintf(trust_kit_why, sizeof(trust_kit_why), "%s", buf_str(why));
	if (err != OK) /* a failure always says why */
		CU_ASSERT_TRUE(trust_kit_why[0] != '\0');
	return err;
}

err_t
trust_kit_read(const struct hsm_token_name *name, const struct secret *pin,
               struct trust_seen *ret_seen)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(trust_kit_why) - 1);
	const struct hsm_token_trust_ops ops = {
		on_token, { on_trust, on_certificate, ret_seen, 0 }
	};

	*ret_seen = (struct trust_seen){ .n = 0 };
	return keep_why(hsm_token_trust(name, pin, &ops, &why), &why);
}

err_t
trust_kit_read_open(struct hsm *hsm, struct trust_seen *ret_seen)
{
	const struct hsm_trust_ops ops = { on_trust, on_certificate, ret_seen,
		                           0 };

	*ret_seen = (struct trust_seen){ .n = 0 };
	return hsm_trust_read(hsm, &ops);
}

const struct trust_seen_certificate *
trust_kit_find(const struct trust_seen *seen,
               const uint8_t sha256[static HASH_SIZE])
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->certificate[i].err == OK &&
		    memcmp(seen->certificate[i].sha256, sha256, HASH_SIZE) == 0)
			return &seen->certificate[i];
	return NULL;
}

void
trust_kit_certificate(long serial, struct buf *ret_der,
                      uint8_t ret_sha256[static HASH_SIZE])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	unsigned char *der = NULL;

	CU_ASSERT_FATAL(key && x);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	                           V_ASN1_UTF8STRING,
	                           (const unsigned char *)"anchor", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	CU_ASSERT_TRUE(X509_sign(x, key, EVP_sha256()) > 0);
	int len = i2d_X509(x, &der);
	CU_ASSERT_FATAL(len > 0);
	buf_append(ret_der, bytes_of(der, (size_t)len));
	digest_sha256(buf_bytes(ret_der), ret_sha256);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
}

struct hsm_trust_head
trust_kit_head(uint64_t version)
{
	struct hsm_trust_head head = { .version = version };

	memset(head.digest, (int)version, sizeof(head.digest));
	return head;
}

/* --- verbs ---------------------------------------------------------------- */

err_t
trust_kit_put(const struct hsm_token_name *name,
              const struct hsm_trust_officer *who, struct bytes der,
              struct hsm_trust_put *ret_put)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(trust_kit_why) - 1);

	return keep_why(
	        hsm_trust_put_certificate(name, who, der, &why, ret_put), &why);
}

err_t
trust_kit_remove(const struct hsm_token_name *name,
                 const struct hsm_trust_officer *who,
                 const uint8_t sha256[static HASH_SIZE])
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(trust_kit_why) - 1);

	return keep_why(hsm_trust_remove_certificate(name, who, sha256, &why),
	                &why);
}

err_t
trust_kit_genesis(const struct hsm_token_name *name,
                  const struct hsm_trust_officer *who, uint8_t fill,
                  struct hsm_trust_put *ret_put)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(trust_kit_why) - 1);
	uint8_t digest[HASH_SIZE];

	memset(digest, fill, sizeof(digest));
	return keep_why(hsm_trust_put_genesis(name, who, digest, &why, ret_put),
	                &why);
}

err_t
trust_kit_move(const struct hsm_token_name *name,
               const struct hsm_trust_officer *who, uint64_t version)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(trust_kit_why) - 1);
	const struct hsm_trust_head head = trust_kit_head(version);

	return keep_why(hsm_trust_move_head(name, who, &head, &why), &why);
}

err_t
trust_kit_raise(const struct hsm_token_name *name,
                const struct hsm_trust_officer *who, uint64_t value,
                uint64_t *ret_value)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(trust_kit_why) - 1);

	return keep_why(
	        hsm_trust_raise_counter(name, who, value, &why, ret_value),
	        &why);
}

void
trust_kit_good(err_t err)
{
	if (err != OK)
		printf("  %s: %s\n", err_name(err), trust_kit_why);
	CU_ASSERT_EQUAL_FATAL(err, OK);
}

/* --- what holds for every device ------------------------------------------- */

static void
has_head(const struct hsm_token_name *name, const struct hsm_trust_officer *who,
         uint64_t version)
{
	const struct hsm_trust_head head = trust_kit_head(version);
	struct trust_seen seen;

	trust_kit_good(trust_kit_read(name, who->pin, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_heads, 1);
	CU_ASSERT_EQUAL(seen.trust.head.version, version);
	CU_ASSERT_EQUAL(memcmp(seen.trust.head.digest, head.digest, HASH_SIZE),
	                0);
}

static void
has_counter(const struct hsm_token_name *name,
            const struct hsm_trust_officer *who, uint64_t value)
{
	struct trust_seen seen;

	trust_kit_good(trust_kit_read(name, who->pin, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_counters, 1);
	CU_ASSERT_EQUAL(seen.trust.counter, value);
}

static void
head_moves(const struct hsm_token_name *name,
           const struct hsm_trust_officer *who)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_trust_head other = trust_kit_head(7);

	CU_ASSERT_EQUAL(trust_kit_move(name, who, 0), E_CONFLICT);
	trust_kit_good(trust_kit_move(name, who, 3));
	has_head(name, who, 3);
	trust_kit_good(trust_kit_move(name, who, 7));
	has_head(name, who, 7);
	trust_kit_good(trust_kit_move(name, who, 7)); /* again */
	has_head(name, who, 7);
	CU_ASSERT_EQUAL(trust_kit_move(name, who, 6), E_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "does not go back"));
	other.digest[0] ^= 1;
	CU_ASSERT_EQUAL(hsm_trust_move_head(name, who, &other, &why),
	                E_CONFLICT);
	has_head(name, who, 7);
}

static void
counter_rises(const struct hsm_token_name *name,
              const struct hsm_trust_officer *who)
{
	uint64_t first = 77;
	uint64_t now = 0;

	trust_kit_good(trust_kit_raise(name, who, 0, &first));
	has_counter(name, who, first);
	trust_kit_good(trust_kit_raise(name, who, 0, &now));
	CU_ASSERT_EQUAL(now, first);
	trust_kit_good(trust_kit_raise(name, who, first + 3, &now));
	CU_ASSERT_EQUAL(now, first + 3);
	has_counter(name, who, first + 3);
	trust_kit_good(trust_kit_raise(name, who, first + 3, &now));
	CU_ASSERT_EQUAL(trust_kit_raise(name, who, first + 2, &now),
	                E_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "does not go back"));
	has_counter(name, who, first + 3);
}

void
trust_kit_counts(const struct hsm_token_name *name,
                 const struct hsm_trust_officer *who)
{
	struct trust_seen seen;

	trust_kit_good(trust_kit_read(name, who->pin, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_heads, 0);
	CU_ASSERT_EQUAL(seen.trust.n_counters, 0);
	CU_ASSERT_EQUAL(seen.trust.n_odd, 0);
	head_moves(name, who);
	counter_rises(name, who);
}

/* Two certificates; the second goes again, if the token lets it. */
static void
certificates_stay(const struct hsm_token_name *name,
                  const struct hsm_trust_officer *who)
{
	uint8_t sha256[2][HASH_SIZE];
	struct hsm_trust_put put;
	struct trust_seen seen;

	for (long i = 0; i < 2; i++) {
		AUTO(buf_release) struct buf der = buf_of(4096);

		trust_kit_certificate(i + 1, &der, sha256[i]);
		trust_kit_good(trust_kit_put(name, who, buf_bytes(&der), &put));
		CU_ASSERT_FALSE(put.there);
	}
	trust_kit_good(trust_kit_read(name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.n, 2);
	CU_ASSERT_EQUAL(seen.trust.n_found, 2);
	for (int i = 0; i < 2; i++) {
		const struct trust_seen_certificate *c =
		        trust_kit_find(&seen, sha256[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT_STRING_EQUAL(c->label, HSM_TRUST_LABEL);
		CU_ASSERT_EQUAL(c->said.private, HSM_NO);
	}
	err_t err = trust_kit_remove(name, who, sha256[1]);
	bool stays = put.said.destroyable == HSM_NO;
	CU_ASSERT_EQUAL(err, stays ? E_DENIED : OK);
	trust_kit_good(trust_kit_read(name, NULL, &seen));
	CU_ASSERT_EQUAL(trust_kit_find(&seen, sha256[1]) != NULL, stays);
	CU_ASSERT_PTR_NOT_NULL(trust_kit_find(&seen, sha256[0]));
	sha256[1][0] ^= 1;
	CU_ASSERT_EQUAL(trust_kit_remove(name, who, sha256[1]), E_NOT_FOUND);
}

/* How often this digest is there. */
static unsigned
count_genesis(const struct trust_seen *seen, uint8_t fill)
{
	uint8_t wanted[HASH_SIZE];
	unsigned n = 0;

	memset(wanted, fill, sizeof(wanted));
	for (size_t i = 0; i < seen->trust.n_genesis; i++)
		n += memcmp(seen->trust.genesis[i].digest, wanted, HASH_SIZE) ==
		     0;
	return n;
}

void
trust_kit_stores(const struct hsm_token_name *name,
                 const struct hsm_trust_officer *who)
{
	struct hsm_trust_put put;
	struct trust_seen seen;

	certificates_stay(name, who);
	trust_kit_good(trust_kit_genesis(name, who, 0x11, &put));
	CU_ASSERT_FALSE(put.there);
	CU_ASSERT_EQUAL(put.others, 0);
	trust_kit_good(trust_kit_genesis(name, who, 0x11, &put));
	trust_kit_good(trust_kit_read(name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 1);
	CU_ASSERT_EQUAL(count_genesis(&seen, 0x11), 1);
	/* Another one, by mistake perhaps: it is told, and takes nothing away. */
	trust_kit_good(trust_kit_genesis(name, who, 0x12, &put));
	CU_ASSERT_FALSE(put.there);
	CU_ASSERT_EQUAL(put.others, 1);
	trust_kit_good(trust_kit_genesis(name, who, 0x11, &put));
	CU_ASSERT_EQUAL(put.others, 1);
	trust_kit_good(trust_kit_read(name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 2);
	CU_ASSERT_EQUAL(count_genesis(&seen, 0x11), 1);
	CU_ASSERT_EQUAL(count_genesis(&seen, 0x12), 1);
	/* without the PIN the private ones are not seen */
	CU_ASSERT_EQUAL(seen.trust.n_heads, 0);
}
