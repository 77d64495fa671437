/*
 * test_audit_software.c - tokens made of software are known by any sign of
 * theirs, and hardware is not taken for one.
 *
 * The names are those that the real ones say (hsm/core/software.def has where they
 * were seen); tests/e2e/57-token-audit.sh asks the real ones that are installed.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/core/software.h"
#include "tests/common/fakes/audit_liar.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/opencryptoki_kit.h"
#include "tests/common/devices/tpm2_pkcs11_kit.h"

static const struct known {
	const char *what;
	struct hsm_marks marks;
	/* Marks that tell by themselves. */
	bool tells[MARKS];
} known[] = {
	{ "SoftHSM",
	  { MARKS_P11,
	    { NULL, "SoftHSM project", "SoftHSM v2", "SoftHSM",
	      "Implementation of PKCS11", "SoftHSM slot ID 0x2a",
	      "/usr/lib/softhsm/libsofthsm2.so" } },
	  { [MARK_TOKEN_MAKER] = true,
	    [MARK_TOKEN_MODEL] = true,
	    [MARK_LIBRARY_MAKER] = true,
	    [MARK_SLOT] = true,
	    [MARK_MODULE] = true } },
	{ "opencryptoki's software token",
	  { MARKS_P11,
	    { NULL, "IBM Corp.", "IBM SoftTok", "IBM", "Meta PKCS11 LIBRARY",
	      "Linux",
	      "/usr/lib/x86_64-linux-gnu/opencryptoki/"
	      "libopencryptoki.so.0.0.0" } },
	  { [MARK_TOKEN_MODEL] = true } },
	{ "opencryptoki's software token",
	  { MARKS_P11,
	    { NULL, "IBM", "Soft", "IBM", "openCryptoki", "Linux",
	      "/usr/lib/opencryptoki/libopencryptoki.so" } },
	  { false } },
	{ "NSS",
	  { MARKS_P11,
	    { NULL, "Mozilla Foundation", "NSS 3", "Mozilla Foundation",
	      "NSS Internal Crypto Services",
	      "NSS User Private Key and Certificate Services",
	      "/usr/lib/x86_64-linux-gnu/libsoftokn3.so" } },
	  { [MARK_TOKEN_MAKER] = true,
	    [MARK_TOKEN_MODEL] = true,
	    [MARK_LIBRARY_MAKER] = true,
	    [MARK_LIBRARY] = true,
	    [MARK_SLOT] = true,
	    [MARK_MODULE] = true } },
	{ "p11-kit's trust module",
	  { MARKS_P11,
	    { NULL, "PKCS#11 Kit", "p11-kit-trust", "PKCS#11 Kit",
	      "PKCS#11 Kit Trust Module", "/etc/ssl/certs/ca-certificates.crt",
	      "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-trust.so" } },
	  { [MARK_TOKEN_MAKER] = true,
	    [MARK_TOKEN_MODEL] = true,
	    [MARK_LIBRARY] = true,
	    [MARK_MODULE] = true } },
	{ "a TPM in software",
	  { MARKS_P11,
	    { NULL, "IBM", "SW   TPM", "tpm2-software.github.io",
	      "TPM2.0 Cryptoki", "a slot",
	      "/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so.0.0.0" } },
	  { [MARK_TOKEN_MODEL] = true } },
	{ "a TPM in software",
	  { MARKS_TPM, { NULL, "IBM", "SW   TPM" } },
	  { [MARK_TOKEN_MAKER] = true, [MARK_TOKEN_MODEL] = true } },
	{ "a TPM in software",
	  { MARKS_TPM, { NULL, "MSFT", "xCG fTPM" } },
	  { [MARK_TOKEN_MODEL] = true } },
	{ "Kryoptic",
	  { MARKS_P11,
	    { NULL, "Kryoptic Project", "v1", "", "", "Kryoptic Slot",
	      "/usr/lib/pkcs11/libkryoptic_pkcs11.so" } },
	  { [MARK_TOKEN_MAKER] = true,
	    [MARK_SLOT] = true,
	    [MARK_MODULE] = true } },
};

/* Hardware, and what may be: their names are no software's. */
static const struct hsm_marks others[] = {
	{ MARKS_P11,
	  { NULL, "IBM", "CCA", "IBM", "openCryptoki", "Linux",
	    "/usr/lib/opencryptoki/libopencryptoki.so" } },
	{ MARKS_P11,
	  { NULL, "IBM Corp.", "IBM EP11Tok", "IBM", "Meta PKCS11 LIBRARY",
	    "Linux", "/usr/lib/opencryptoki/libopencryptoki.so" } },
	{ MARKS_P11,
	  { NULL, "Infineon", "SLB9670", "tpm2-software.github.io",
	    "TPM2.0 Cryptoki", "a slot",
	    "/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so" } },
	{ MARKS_P11,
	  { NULL, "www.CardContact.de", "PKCS#15 emulated", "OpenSC Project",
	    "OpenSC smartcard framework", "Nitrokey HSM",
	    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so" } },
	{ MARKS_P11,
	  { NULL, "Yubico (www.yubico.com)", "YubiHSM", "Yubico",
	    "YubiHSM PKCS#11 Library", "YubiHSM Connector",
	    "/usr/lib/yubihsm_pkcs11.so" } },
	{ MARKS_TPM, { NULL, "IFX", "SLB9670" } },
	{ MARKS_TPM, { NULL, "STM", "" } },
	{ MARKS_TPM, { NULL, "NTC", "NPCT75x" } },
};

static void
expect(const struct known *k, const struct hsm_marks *marks, bool wanted)
{
	const char *what = hsm_software(marks, NULL);

	if (wanted && what && strcmp(what, k->what) == 0)
		return;
	if (!wanted && !what)
		return;
	printf("  %s: %s\n", k->what, what ? what : "not known");
	CU_FAIL("known as another");
}

/* With all its marks; and by each one that tells, when all others are gone. */
static void
test_known(void)
{
	AUTO(buf_release) struct buf by = buf_of(1024);

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		expect(&known[i], &known[i].marks, true);
		for (unsigned m = MARK_ANY + 1; m < MARKS; m++) {
			struct hsm_marks one = { .kind = known[i].marks.kind };

			one.text[m] = known[i].marks.text[m];
			expect(&known[i], &one, known[i].tells[m]);
		}
	}
	CU_ASSERT_PTR_NOT_NULL(hsm_software(&known[2].marks, &by));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&by), "model 'Soft'"));
}

/* One mark that is changed does not hide it. */
static void
test_one_changed(void)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		unsigned telling = 0;

		for (unsigned m = 0; m < MARKS; m++)
			telling += known[i].tells[m];
		for (unsigned m = MARK_ANY + 1; m < MARKS && telling > 1; m++) {
			struct hsm_marks changed = known[i].marks;

			changed.text[m] = "Vault";
			expect(&known[i], &changed, true);
		}
	}
}

static void
test_others(void)
{
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		const char *what = hsm_software(&others[i], NULL);

		if (what)
			printf("  %s taken for %s\n",
			       others[i].text[MARK_TOKEN_MAKER], what);
		CU_ASSERT_PTR_NULL(what);
	}
}

/* The audit looks at all marks of a module, and says which told. */
static void
test_audited(void)
{
	AUDIT_RIG(t);
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const struct hsm_marks *m = &known[i].marks;

		if (m->kind != MARKS_P11)
			continue;
		audit_lie = (struct audit_lie){
			.slot_flags = CKF_HW_SLOT,
			.mechanism_flags = CKF_HW,
			.token_maker = m->text[MARK_TOKEN_MAKER],
			.token_model = m->text[MARK_TOKEN_MODEL],
			.library_maker = m->text[MARK_LIBRARY_MAKER],
			.library_text = m->text[MARK_LIBRARY],
			.slot_text = m->text[MARK_SLOT],
		};
		const struct audit_seen seen = audit_liar_run(&t, "", true);
		CU_ASSERT_EQUAL(seen.err, OK);
		CU_ASSERT_EQUAL(seen.found[AUDIT_SOFTWARE_TOKEN], 1);
		CU_ASSERT_STRING_EQUAL(seen.token.known, known[i].what);
	}
}

static void
on_token(void *arg, const struct audit_token *token)
{
	*(struct audit_token *)arg = *token;
}

static void
on_mechanism(void *arg, const struct audit_mechanism *mechanism)
{
	(void)arg;
	(void)mechanism;
}

static void
on_key(void *arg, const struct audit_key *key)
{
	(void)arg;
	(void)key;
}

static void
on_finding(void *arg, enum audit_code code, const struct audit_key *key,
           const char *detail)
{
	(void)arg;
	(void)code;
	(void)key;
	(void)detail;
}

/* The real one: a TPM in software behind the module that serves real TPMs. */
static void
test_tpm2_pkcs11(void)
{
	AUTO(tpm2_pkcs11_close) struct tpm2_pkcs11 d;
	AUTO(buf_release) struct buf why = buf_of(512);
	struct audit_token token = { .known = "" };
	const struct audit_ops ops = { on_token, on_mechanism, on_key,
		                       on_finding, &token };

	if (!tpm2_pkcs11_open_empty(&d))
		return;
	const struct hsm_audited asked = { .name.module = d.module,
		                           .name.label = TPM2_PKCS11_LABEL,
		                           .name.serial = "" };
	CU_ASSERT_EQUAL(hsm_token_audit(&asked, NULL, &ops, &why), OK);
	CU_ASSERT_STRING_EQUAL(token.known, "a TPM in software");
}

/* The real one, which passed for production once.  Last: this program gets file
 * systems of its own. */
static void
test_opencryptoki(void)
{
	struct opencryptoki d;
	AUTO(buf_release) struct buf why = buf_of(512);
	struct audit_token token = { .known = "" };
	const struct audit_ops ops = { on_token, on_mechanism, on_key,
		                       on_finding, &token };

#ifdef ANCHORD_SAN
	harness_skip("opencryptoki loses memory of its own in each process");
	return;
#endif
	if (!opencryptoki_open(&d))
		return;
	const struct hsm_audited asked = { .name.module = d.module,
		                           .name.label = OPENCRYPTOKI_LABEL,
		                           .name.serial = "" };
	CU_ASSERT_EQUAL(hsm_token_audit(&asked, d.pin, &ops, &why), OK);
	CU_ASSERT_TRUE(token.logged_in);
	CU_ASSERT_STRING_EQUAL(token.known, "opencryptoki's software token");
	opencryptoki_close(&d);
}

static const struct harness_test tests[] = {
	{ "knows each by its marks", test_known },
	{ "one mark that is changed does not hide it", test_one_changed },
	{ "takes no hardware for software", test_others },
	{ "the audit looks at all of them", test_audited },
	{ "a TPM in software behind PKCS#11", test_tpm2_pkcs11 },
	{ "opencryptoki's software token", test_opencryptoki },
	{ NULL, NULL },
};

HARNESS_MAIN("audit_software", tests)
