/*
 * officer.c - our side of tests/interop/officers.sh: keys and signatures for
 * ssh-keygen to verify, and the verification of what ssh-keygen signs.
 *
 *	officer samples DIRECTORY MESSAGE
 *	    NAME.pub and NAME.sig over the message for each kind of key;
 *	    fido-no-pin and fido-no-touch are what an authenticator should not do
 *	officer verify KEY.pub NAMESPACE MESSAGE SIGNATURE
 *	    exits with 0 if it verifies; otherwise prints why
 *	officer packs DIRECTORY
 *	    packs of chains, for tests/fuzz/seeds/trust.sh
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"
#include "tests/common/fakes/ssh_kit.h"
#include "trust/pack.h"

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "officer: %s\n", what);
	exit(2);
}

static struct buf
read_whole(const char *path)
{
	struct buf out = buf_of(SSH_KIT_MAX);
	uint8_t block[4096];
	FILE *f = fopen(path, "rb");

	must(f != NULL, path);
	for (size_t n; (n = fread(block, 1, sizeof(block), f)) > 0;)
		buf_append(&out, bytes_of(block, n));
	fclose(f);
	return out;
}

static void
write_whole(const char *directory, const char *name, const char *ending,
            const struct buf *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s%s", directory, name, ending);
	FILE *f = fopen(path, "wb");
	must(f && fwrite(text->data, 1, text->len, f) == text->len &&
	             fclose(f) == 0,
	     path);
}

static void
write_sample(const char *directory, const char *name, const struct ssh_key *key,
             const struct buf *signature)
{
	AUTO(buf_release) struct buf pub = buf_of(SSH_KIT_MAX);

	ssh_key_put(&pub, key);
	write_whole(directory, name, ".pub", &pub);
	write_whole(directory, name, ".sig", signature);
}

static void
sample_plain(const char *directory, const char *name, enum alg alg,
             struct bytes message)
{
	AUTO(soft_key_free) struct soft_key *soft = soft_key_new(alg, name);
	AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
	struct ssh_key key = ssh_kit_key_of(soft);

	ssh_kit_sign(soft, ssh_kit_namespace(), message, &text);
	write_sample(directory, name, &key, &text);
}

static void
sample_fido(const char *directory, const char *name, enum alg alg,
            uint8_t flags, struct bytes message)
{
	const struct ssh_kit_fido say = {
		.application = "ssh:",
		.flags = flags,
		.signed_flags = flags,
		.counter = 7,
		.signed_counter = 7,
	};
	AUTO(soft_key_free) struct soft_key *soft = soft_key_new(alg, name);
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
	struct ssh_key key = ssh_kit_fido_key(soft, say.application);

	ssh_kit_fido_sign(soft, &say, message, &blob);
	ssh_kit_armour(buf_bytes(&blob), 70, &text);
	write_sample(directory, name, &key, &text);
}

/* As a token gives it: PKCS #1 v1.5 over SHA-512. */
static void
sample_rsa(const char *directory, unsigned bits, struct bytes message)
{
	AUTO(buf_release) struct buf sign = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
	EVP_PKEY *pkey = EVP_RSA_gen(bits);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t raw[512], *spki = NULL;
	size_t len = sizeof(raw);
	struct ssh_key key;
	char name[32];

	int spki_len = i2d_PUBKEY(pkey, &spki);
	must(spki_len > 0 && ssh_key_of_spki(bytes_of(spki, (size_t)spki_len),
	                                     &key) == OK,
	     "an RSA key");
	ssh_sig_signed(ssh_kit_namespace(), message, &sign);
	must(EVP_DigestSignInit_ex(ctx, NULL, "SHA512", NULL, NULL, pkey,
	                           NULL) == 1 &&
	             EVP_DigestSign(ctx, raw, &len, sign.data, sign.len) == 1,
	     "an RSA signature");
	must(ssh_sig_put(&key, ssh_kit_namespace(), bytes_of(raw, len),
	                 &text) == OK,
	     "a text");
	snprintf(name, sizeof(name), "rsa-%u", bits);
	write_sample(directory, name, &key, &text);
	OPENSSL_free(spki);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}

static void
write_samples(const char *directory, const char *path)
{
	const uint8_t both = SSH_KIT_TOUCHED | SSH_KIT_PIN;
	AUTO(buf_release) struct buf read = read_whole(path);
	struct bytes message = buf_bytes(&read);

	sample_plain(directory, "ecdsa-256", ALG_ES256, message);
	sample_plain(directory, "ecdsa-384", ALG_ES384, message);
	sample_plain(directory, "ed25519", ALG_ED25519, message);
	sample_rsa(directory, 2048, message);
	sample_rsa(directory, 3072, message);
	sample_fido(directory, "fido-ecdsa", ALG_ES256, both, message);
	sample_fido(directory, "fido-ed25519", ALG_ED25519, both, message);
	sample_fido(directory, "fido-no-pin", ALG_ES256, SSH_KIT_TOUCHED,
	            message);
	sample_fido(directory, "fido-no-touch", ALG_ED25519, SSH_KIT_PIN,
	            message);
}

static int
verify_file(char **words)
{
	AUTO(buf_release) struct buf pub = read_whole(words[0]);
	AUTO(buf_release) struct buf message = read_whole(words[2]);
	AUTO(buf_release) struct buf text = read_whole(words[3]);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct bytes line = buf_bytes(&pub);
	struct ssh_key key;

	/* ssh-keygen writes a comment behind the key. */
	for (size_t i = 0, spaces = 0; i < line.len; i++) {
		spaces += line.data[i] == ' ';
		if (spaces == 2 || line.data[i] == '\n')
			line.len = i;
	}
	must(ssh_key_parse(line, &key) == OK, words[0]);
	err_t err = ssh_sig_verify(&key, bytes_of_str(words[1]),
	                           buf_bytes(&message), buf_bytes(&text), &why);
	if (err != OK)
		printf("%s: %s\n", err_name(err), buf_str(&why));
	return err == OK ? 0 : 1;
}

/* What comes second in each pack. */
static void
add_ordinary(struct chain_kit *k)
{
	chain_kit_add(k, BUNDLE_ORDINARY, "alpha bravo charlie");
}

static void
add_removal(struct chain_kit *k)
{
	chain_kit_drop_anchor(chain_kit_add(k, BUNDLE_REMOVAL, "bravo"),
	                      "maker-tpm");
}

static void
add_recovery(struct chain_kit *k)
{
	struct bundle *b =
	        chain_kit_add(k, BUNDLE_RECOVERY, "sealed-1 sealed-2");

	bundle_kit_officer(chain_kit_officer(&b->officers, "alpha"), "echo");
}

static void
add_unsigned(struct chain_kit *k)
{
	chain_kit_add(k, BUNDLE_ORDINARY, "");
}

static void
write_pack(const char *directory, const char *name,
           void (*add)(struct chain_kit *k))
{
	static const char *const names[] = { "a", "b", "c" };
	AUTO(chain_kit_release) struct chain_kit k;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf pack = buf_of(TRUST_PACK_MAX);

	chain_kit_begin(&k);
	add(&k);
	chain_kit_seal(&k);
	for (size_t i = 0; i < k.n; i++)
		for (size_t j = 0; j < k.versions[i].n_signatures; j++)
			k.versions[i].signatures[j].name =
			        bytes_of_str(names[j]);
	const struct trust_chain chain = { k.n, k.versions };
	must(trust_pack_put(&chain, &why, &pack) == OK, name);
	write_whole(directory, name, "", &pack);
}

static void
write_packs(const char *directory)
{
	write_pack(directory, "ordinary", add_ordinary);
	write_pack(directory, "removal", add_removal);
	write_pack(directory, "recovery", add_recovery);
	write_pack(directory, "unsigned", add_unsigned);
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "samples") == 0) {
		write_samples(argv[2], argv[3]);
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "packs") == 0) {
		write_packs(argv[2]);
		return 0;
	}
	if (argc == 6 && strcmp(argv[1], "verify") == 0)
		return verify_file(argv + 2);
	must(false, "samples DIRECTORY MESSAGE, packs DIRECTORY, or verify KEY "
	            "NAMESPACE MESSAGE SIGNATURE");
	return 2;
}
