/*
 * tpm2_pkcs11_kit.c - see tpm2_pkcs11_kit.h.
 */
#include "tests/common/devices/tpm2_pkcs11_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "tests/common/base/harness.h"
#include "hsm/admin/list.h"

#define SO_PIN "31415926"

static const char *const modules[] = {
	"/usr/lib/x86_64-linux-gnu/libtpm2_pkcs11.so.1",
	"/usr/lib/aarch64-linux-gnu/libtpm2_pkcs11.so.1",
};

static const char *
find_module(void)
{
	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		if (access(modules[i], R_OK) == 0)
			return modules[i];
	return NULL;
}

static void
ignore_token(void *arg, const struct hsm_token *token)
{
	(void)arg;
	(void)token;
}

static void
ignore_object(void *arg, const struct hsm_object *object)
{
	(void)arg;
	(void)object;
}

/* Our own backend starts a TPM up and flushes what is loaded, first of all. */
void
tpm2_pkcs11_tidy(const struct tpm2_pkcs11 *t)
{
	static const struct hsm_list_ops ops = { ignore_token, ignore_object,
		                                 NULL };
	AUTO(buf_release) struct buf why = buf_of(256);

	const struct hsm_token_name name = { .uri = t->tpm.bare };
	CU_ASSERT_EQUAL(hsm_token_list(&name, NULL, &ops, &why), OK);
}

/* Where the module keeps its database, and the way to its TPM. */
static void
set_environment(const struct tpm2_pkcs11 *t)
{
	char text[128];

	snprintf(text, sizeof(text), "%s/store", t->tpm.directory);
	mkdir(text, 0700);
	setenv("TPM2_PKCS11_STORE", text, 1);
	snprintf(text, sizeof(text), "swtpm:host=127.0.0.1,port=%u",
	         t->tpm.port);
	setenv("TPM2_PKCS11_TCTI", text, 1);
	setenv("TPM2_PKCS11_LOG_LEVEL", "0", 1);
	setenv("TSS2_LOG", "all+none", 1);
}

static err_t
make_token(const struct tpm2_pkcs11 *t, struct buf *why)
{
	AUTO(secret_free) struct secret *so_pin = NULL;
	const struct hsm_token_name name = { t->module, TPM2_PKCS11_LABEL, "",
		                             NULL };
	struct hsm_token token;

	TRY(secret_copy(bytes_of_str(SO_PIN), &so_pin));
	err_t err = hsm_token_init(&name, so_pin, t->tpm.pin, why, &token);
	tpm2_pkcs11_tidy(t);
	return err;
}

err_t
tpm2_pkcs11_key(struct tpm2_pkcs11 *t, enum alg alg, struct buf *why)
{
	static const uint8_t id[] = { 0x01 };
	const struct hsm_token_name name = { t->module, TPM2_PKCS11_LABEL, "",
		                             NULL };
	const struct hsm_keygen wanted = { .alg = alg,
		                           .label = "anchord-sign",
		                           .id = bytes_of(id, sizeof(id)),
		                           .handle_label = "" };
	struct hsm_keygen_result r;

	err_t err = hsm_token_keygen(&name, t->tpm.pin, &wanted, why, &r);
	tpm2_pkcs11_tidy(t);
	TRY(err);
	snprintf(t->uri, sizeof(t->uri), "%s", r.uri);
	digest_sha256(bytes_of(r.spki, r.spki_len), t->public_sha256);
	return OK;
}

bool
tpm2_pkcs11_open_empty(struct tpm2_pkcs11 *t)
{
	AUTO(buf_release) struct buf why = buf_of(512);

	*t = (struct tpm2_pkcs11){ .module = find_module() };
	if (!t->module) {
		harness_skip("no libtpm2-pkcs11 here");
		return false;
	}
	if (!swtpm_open(&t->tpm) || !swtpm_open(&t->beside))
		return false;
	set_environment(t);
	tpm2_pkcs11_tidy(t);
	err_t err = make_token(t, &why);
	if (err != OK)
		printf("  token: %s: %s\n", err_name(err), buf_str(&why));
	CU_ASSERT_EQUAL(err, OK);
	return err == OK && swtpm_beside(&t->beside, "");
}

bool
tpm2_pkcs11_open(struct tpm2_pkcs11 *t, enum alg alg)
{
	AUTO(buf_release) struct buf why = buf_of(512);

	if (!tpm2_pkcs11_open_empty(t))
		return false;
	err_t err = tpm2_pkcs11_key(t, alg, &why);
	if (err != OK)
		printf("  key: %s: %s\n", err_name(err), buf_str(&why));
	CU_ASSERT_EQUAL(err, OK);
	return err == OK;
}

struct hsm_options
tpm2_pkcs11_options(const struct tpm2_pkcs11 *t)
{
	return (struct hsm_options){ .module = t->module,
		                     .uri = t->uri,
		                     .handle_label = "",
		                     .companion_tpm = t->beside.uri,
		                     .spki_sha256 = t->public_sha256 };
}

void
tpm2_pkcs11_close(struct tpm2_pkcs11 *t)
{
	swtpm_close(&t->tpm);
	swtpm_close(&t->beside);
}
