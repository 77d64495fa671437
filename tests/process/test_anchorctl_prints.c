/*
 * test_anchorctl_prints.c - every verb of anchorctl with labels, files, names and
 * certificates that somebody hostile made: terminal sequences, lines of their
 * own, bytes that are no UTF-8, 64 kB.  What is printed is printable, JSON is
 * whole; and a verb that cannot print does nothing.
 */
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/files.h"
#include "tests/common/base/ctl.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"
#undef RIG /* ours is another */
#include "tests/common/devices/softtoken.h"
#include "hsm/core/hsm.h"
#include "hsm/admin/list.h"

#define HOSTILE "\033[2J\033]0;x\a\nforged: a line\r\x80\xff\xc2\x9b"
#define LONG 65536
#define WORDS_MAX 24
#define DIGEST                                                           \
	"00000000000000000000000000000000000000000000000000000000000000" \
	"00"

/* Nobody listens there; the files are no PEM. */
#define CLIENT "--url https://localhost:1 --cert %G --key %G --ca %C "
#define HANDLE "dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* Places: %M the module, %T the token, %P the PIN's file, %U the key's URI, %G a
 * file of hostile name and bytes, %C a certificate, %S a latched directory, %H a
 * hostile text, %O a file to be written, %D a directory. */
static const struct row {
	const char *verb, *options;
	bool acts;
} rows[] = {
	{ "inspect", "--format android-key %C", false },
	{ "inspect", "--format tpm2-quote %G", false },
	{ "inspect", "--format %H %G", false },
	{ "appraise",
	  "--format android-key --evidence %C --nonce 00 --trust %C", false },
	{ "ceremony plan", "%G", false },
	{ "ceremony plan", "%H --site %G", false },
	{ "ceremony run", "%G --site %G --transcript %G", false },
	{ "ceremony sign", "%G --role %H --signature %G", false },
	{ "ceremony verify", "%G --plan %G --signers %G", false },
	{ "challenge verify", "--keys %G %G", false },
	{ "result verify", "--keys %G --at %H %G", false },
	{ "result verify", "--keys %G --dpop-age %H %G", false },
	{ "result verify", "--keys %G --dpop %G --method %H --url %H %G",
	  false },
	{ "result verify",
	  "--keys %G --dpop %G --method %H --url https://a/ %G", false },
	{ "officer add", "--proposal %G --name %H --kind token --key %G",
	  false },
	{ "officer list", "%G", false },
	{ "officer remove", "--proposal %G --name %H", false },
	{ "outcome list", "%G", false },
	{ "outcome list", "--count --tenant %H %G", false },
	{ "outcome list", CLIENT "--tenant %H", false },
	{ "outcome list", CLIENT, false },
	{ "permit list", CLIENT "--release %H --channel %H", false },
	{ "permit list", CLIENT "--release fw-1 --channel beta", false },
	{ "pins show", "%G", false },
	{ "policy check", "%G", false },
	{ "policy diff", "%G %G", false },
	{ "policy explain",
	  "--format android-key --evidence %C --nonce 00 --trust %C --policy "
	  "%G",
	  false },
	{ "policy explain",
	  "--format android-key --evidence %C --nonce 00 --trust %C --policy "
	  "%G --workflow %H --tenant %H --handle %H",
	  false },
	{ "request digest", "--method %H --target %H --body %G", false },
	{ "request digest", "--method GET --target https://a/ --body %G",
	  false },
	{ "device list", CLIENT "--prefix %H", false },
	{ "device list", CLIENT "--after dh1_a", false },
	{ "device list", CLIENT "--overdue %H", false },
	{ "device list", "--url %H --cert %H --key %H --ca %H", false },
	{ "device show", CLIENT "%H", false },
	{ "device show", CLIENT HANDLE, false },
	{ "device suspend", CLIENT "--reason %H " HANDLE, false },
	{ "device resume", CLIENT "--timeout %H " HANDLE, false },
	{ "device retire", CLIENT "--proxy %H " HANDLE, false },
	{ "device approve", CLIENT HANDLE, false },
	{ "device delete", CLIENT HANDLE, false },
	{ "device known", CLIENT "--after %H", false },
	{ "device known", CLIENT, false },
	{ "device forget", CLIENT "%H", false },
	{ "device forget", CLIENT "key-" DIGEST, false },
	{ "device preregister", CLIENT "%G", false },
	{ "device preregister", CLIENT "%H", false },
	{ "device rekey",
	  CLIENT "--challenge %G --evidence %G --reason %H " HANDLE, false },
	{ "device rekey",
	  CLIENT "--challenge %P --evidence %G --reason x " HANDLE, false },
	{ "device rekey",
	  CLIENT "--challenge %P --evidence %H --reason x " HANDLE, false },
	{ "ledger backup", "--directory %G %H", false },
	{ "ledger backup", "--directory %D %G", false },
	{ "ledger clock-repair", "--directory %G", false },
	{ "ledger restore", "--directory %D %G", false },
	{ "ledger verify", "%G", false },
	{ "tenant erase", "--directory %G %H", false },
	{ "revocation accept", "--out %O " DIGEST, true },
	{ "revocation accept", "%H", false },
	{ "revocation import", "--out %O %G", false },
	{ "revocation show", "%G --serial %H", false },
	{ "rollout check", "%G", false },
	{ "rollout explain", "--handle %H --channel %H %G", false },
	{ "rollout simulate", "--channel %H --handles %G %G", false },
	{ "rollout seed", "", false },
	{ "rollout stop", CLIENT "--reason %H fw-1", false },
	{ "rollout stop", CLIENT "--reason x %H", false },
	{ "rollout zone", "%H", false },
	{ "token audit", "--module %M --token %T --pin-file %P", false },
	{ "token list", "--module %M --token %T --pin-file %P", false },
	{ "token list", "--module %M --token %H", false },
	{ "token public", "--module %M --uri %U --pin-file %P", false },
	{ "token strays", "--module %M --token %T --pin-file %P", false },
	{ "token trust", "--module %M --token %T --pin-file %P", false },
	{ "token trust", "--module %M --token %H", false },
	{ "token so-pin",
	  "--module %M --token %T --so-pin-file %Q --new-so-pin-file %P",
	  true },
	{ "token rotate", "--config %G", false },
	{ "token take-ownership",
	  "--uri %H --new-owner-file %P --new-lockout-file %Q", false },
	{ "token unlatch", "--state %S", true },
	{ "token keygen",
	  "--module %M --token %T --pin-file %P --label %H --id 0c --pins %O",
	  true },
	{ "trust anchor",
	  "--proposal %G --add %C --name %H --purpose tpm2-ek --note %H",
	  false },
	{ "trust anchor", "--proposal %G --remove %H", false },
	{ "trust device", "--config %G", false },
	{ "trust apply", "%G --no-token --chain %G", false },
	{ "trust approve", "%G --officer %H --signature %G", false },
	{ "trust export", "%G --to %G", false },
	{ "trust list", "%G", false },
	{ "trust propose", "--to %G --pins %G --policy %G", false },
	{ "trust propose", "--to %G --chain %G --change %H", false },
	{ "trust review", "%G --chain %C", false },
	{ "trust show", "%G --number %H", false },
	{ "trust verify", "%G --genesis " DIGEST, false },
	{ "token init", "--module %M --label %H --so-pin-file %Q --pin-file %P",
	  true },
};

static struct rig {
	struct softtoken token;
	char pin[160], so_pin[160], bad[192], certificate[160], state[160];
	char out[192];
} rig;

static void
make_certificate(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	FILE *f = fopen(rig.certificate, "w");

	CU_ASSERT_FATAL(key && x && f);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_UTF8STRING,
	                           (const unsigned char *)HOSTILE, -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	CU_ASSERT_TRUE(X509_sign(x, key, EVP_sha256()) > 0);
	CU_ASSERT_TRUE(PEM_write_X509(f, x));
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void
make_files(void)
{
	static char bytes[LONG];
	const char *d = rig.token.directory;

	for (size_t i = 0; i < LONG; i++)
		bytes[i] = HOSTILE[i % (sizeof(HOSTILE) - 1)];
	snprintf(rig.pin, sizeof(rig.pin), "%s/pin", d);
	snprintf(rig.so_pin, sizeof(rig.so_pin), "%s/so-pin", d);
	snprintf(rig.certificate, sizeof(rig.certificate), "%s/cert", d);
	snprintf(rig.state, sizeof(rig.state), "%s/state", d);
	snprintf(rig.bad, sizeof(rig.bad), "%s/bad" HOSTILE, d);
	snprintf(rig.out, sizeof(rig.out), "%s/out" HOSTILE, d);
	CU_ASSERT_TRUE(file_write_text(rig.pin, SOFTTOKEN_PIN));
	CU_ASSERT_TRUE(file_write_text(rig.so_pin, SOFTTOKEN_SO_PIN));
	CU_ASSERT_TRUE(
	        file_write(rig.bad, bytes_of(bytes, sizeof(bytes)), 0600));
	make_certificate();
}

/* A trust object of that label. */
static void
add_certificate(const char *label)
{
	const CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	const CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_CERTIFICATE_TYPE, &type, sizeof(type)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_no, 1),
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_SUBJECT, HOSTILE, strlen(HOSTILE)),
		p11_in(CKA_VALUE, HOSTILE, strlen(HOSTILE)),
	};

	liar_add_object(&rig.token, object, ARRAY_LEN(object));
}

static bool
rig_open(void)
{
	static char label[LONG];
	static const uint8_t ids[] = { 0xe1, 0xe2, 0xe3, 0xe4 };

	if (!softtoken_open(&rig.token))
		return false;
	liar_honest_again(rig.token.module);
	memset(label, '\033', sizeof(label) - 1);
	liar_add_pair(&rig.token, HOSTILE, bytes_of(&ids[0], 1), false);
	liar_add_pair(&rig.token, "\xff", bytes_of(&ids[1], 1), true);
	liar_add_pair(&rig.token, label, bytes_of(&ids[2], 1), true);
	/* UTF-8, and what some terminals take for ESC [ */
	liar_add_pair(&rig.token,
	              "\xc2\x9b"
	              "2J",
	              bytes_of(&ids[3], 1), true);
	add_certificate(HOSTILE);
	add_certificate("");
	make_files();
	return true;
}

static void
latch(void)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/" HSM_LATCH_FILE, rig.state);
	CU_ASSERT_TRUE(file_write_text(path, HOSTILE));
}

static const char *
place_of(const char *word)
{
	static const char upper[] = "MTPQUGCSHO";
	const char *const places[] = {
		rig.token.module, SOFTTOKEN_LABEL, rig.pin,         rig.so_pin,
		rig.token.uri,    rig.bad,         rig.certificate, rig.state,
		HOSTILE,          rig.out,
	};
	const char *at =
	        word[0] == '%' && word[1] ? strchr(upper, word[1]) : NULL;

	return at ? places[at - upper] : word;
}

/* The verb's words and the row's, with the places filled in. */
static struct ctl
run_row(const struct row *row, bool json, const char *to)
{
	static char copy[1024];
	const char *words[WORDS_MAX] = { NULL };
	char *save = NULL;
	size_t n = 0;

	latch();
	snprintf(copy, sizeof(copy), "%s %s%s", row->verb, row->options,
	         json ? " --json" : "");
	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS_MAX - 1;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = place_of(w);
	return ctl_run(words, to);
}

static void
must_be_clean(const struct row *row, bool json)
{
	AUTO(ctl_release) struct ctl c = run_row(row, json, NULL);
	bool clean = ctl_is_clean(&c.out) && ctl_is_clean(&c.error) &&
	             !strstr(buf_str(&c.out), "\nforged") &&
	             !strstr(buf_str(&c.error), "\nforged");
	json_t *j = json_loads(buf_str(&c.out), 0, NULL);

	if (!clean || c.status < 0)
		printf("  %s %s: status %d\n", row->verb, row->options,
		       c.status);
	CU_ASSERT_TRUE(clean);
	CU_ASSERT_TRUE(c.status >= 0 && c.status <= 3);
	CU_ASSERT_TRUE(c.out.len + c.error.len > 0);
	CU_ASSERT_TRUE(!json || c.out.len == 0 || j != NULL);
	json_decref(j);
}

static void
test_clean(void)
{
	if (!rig_open())
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		must_be_clean(&rows[i], true);
		must_be_clean(&rows[i], false);
	}
	softtoken_close(&rig.token);
}

static void
must_have_row(const char *verb, const char *help)
{
	bool has = false;

	(void)help;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		has |= strcmp(rows[i].verb, verb) == 0;
	if (!has)
		printf("  no row for %s\n", verb);
	CU_ASSERT_TRUE(has);
}

static void
test_all_verbs(void)
{
	ctl_verbs(must_have_row);
}

static void
on_token(void *arg, const struct hsm_token *token)
{
	(void)arg;
	(void)token;
}

static void
on_object(void *arg, const struct hsm_object *object)
{
	size_t *n = arg;

	(void)object;
	++*n;
}

static size_t
objects(void)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	size_t n = 0;
	const struct hsm_list_ops ops = { on_token, on_object, &n };
	const struct hsm_token_name name = { rig.token.module, SOFTTOKEN_LABEL,
		                             "", NULL };

	CU_ASSERT_EQUAL(hsm_token_list(&name, rig.token.pin, &ops, &why), OK);
	return n;
}

static const struct row *
row_of(const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].verb, verb) == 0)
			return &rows[i];
	return NULL;
}

/* Whatever its label is, each object is there, in JSON and as a line. */
static void
test_whole(void)
{
	if (!rig_open())
		return;
	size_t n = objects();
	AUTO(ctl_release)
	struct ctl json = run_row(row_of("token list"), true, NULL);
	json_t *j = json_loads(buf_str(&json.out), 0, NULL);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(j, "objects")), n);
	json_decref(j);
	AUTO(ctl_release)
	struct ctl text = run_row(row_of("token list"), false, NULL);
	size_t lines = 0;
	for (const char *at = buf_str(&text.out); (at = strstr(at, "\n  "));
	     at++)
		lines++;
	CU_ASSERT_EQUAL(lines, n);
	AUTO(ctl_release)
	struct ctl audit = run_row(row_of("token audit"), true, NULL);
	j = json_loads(buf_str(&audit.out), 0, NULL);
	/* the epoch's counter and two certificates are no keys */
	CU_ASSERT_TRUE(json_array_size(json_object_get(j, "keys")) + 3 >= n);
	json_decref(j);
	softtoken_close(&rig.token);
}

/* Nothing is made, removed or written when nobody would hear of it. */
static void
test_no_output(void)
{
	static const char *const outputs[] = { "/dev/full", "" };

	if (!rig_open())
		return;
	size_t n = objects();
	for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(outputs); i++) {
		const struct row *row = &rows[i / ARRAY_LEN(outputs)];
		if (!row->acts)
			continue;
		AUTO(ctl_release)
		struct ctl c =
		        run_row(row, true, outputs[i % ARRAY_LEN(outputs)]);
		CU_ASSERT_EQUAL(c.status, 3);
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(buf_str(&c.error), "nothing was done"));
		CU_ASSERT_NOT_EQUAL(access(rig.out, F_OK), 0);
		char path[192];
		snprintf(path, sizeof(path), "%s/" HSM_LATCH_FILE, rig.state);
		CU_ASSERT_EQUAL(access(path, F_OK), 0);
	}
	CU_ASSERT_EQUAL(objects(), n);
	softtoken_close(&rig.token);
}

static const struct harness_test tests[] = {
	{ "prints nothing that a terminal obeys", test_clean },
	{ "with every verb", test_all_verbs },
	{ "drops nothing that has an odd label", test_whole },
	{ "does nothing that it cannot say", test_no_output },
	{ NULL, NULL },
};

HARNESS_MAIN("anchorctl_prints", tests)
