/*
 * test_audit_tpm2.c - the audit of a TPM: on a sound one, and on TPMs in which
 * tpm2-tools put a key or a counter that has one defect.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/devices/swtpm_kit.h"
#include "hsm/audit/audit.h"

#define PARENT " -C 0x81018000 "
#define FIXED "fixedtpm|fixedparent|sensitivedataorigin|"

static char detail_of[AUDIT_CODES][128];

/* What an audit reported. */
struct seen {
	err_t err;
	char why[256];
	struct audit_token token;
	struct audit_key keys[2];
	unsigned n_keys, n_mechanisms;
	unsigned found[AUDIT_CODES];
};

static void
on_token(void *arg, const struct audit_token *token)
{
	struct seen *seen = arg;

	seen->token = *token;
}

static void
on_mechanism(void *arg, const struct audit_mechanism *mechanism)
{
	struct seen *seen = arg;

	seen->n_mechanisms += *hsm_mechanism_name(mechanism->type) != '\0';
}

static void
on_key(void *arg, const struct audit_key *key)
{
	struct seen *seen = arg;

	if (seen->n_keys < ARRAY_LEN(seen->keys))
		seen->keys[seen->n_keys] = *key;
	seen->n_keys++;
}

static void
on_finding(void *arg, enum audit_code code, const struct audit_key *key,
           const char *detail)
{
	struct seen *seen = arg;

	(void)key;
	snprintf(detail_of[code], sizeof(detail_of[code]), "%.127s", detail);
	seen->found[code]++;
}

static const char *reason; /* token.lockout_off */

static struct seen
run(const struct swtpm *tpm, const char *uri, bool with_pin)
{
	struct seen seen = { .err = OK };
	const struct audit_ops ops = { on_token, on_mechanism, on_key,
		                       on_finding, &seen };
	AUTO(buf_release) struct buf why = buf_of(sizeof(seen.why) - 1);
	const struct hsm_audited of = { { .uri = uri }, reason, NULL, 0 };
	const struct secret *pin = with_pin ? tpm->pin : NULL;
	seen.err = hsm_token_audit(&of, pin, &ops, &why);
	snprintf(seen.why, sizeof(seen.why), "%s", buf_str(&why));
	return seen;
}

/* What every TPM of these tests is, besides its defect. */
static bool
is_usual(enum audit_code code)
{
	return code == AUDIT_SOFTWARE_TOKEN || code == AUDIT_OWNER_OPEN ||
	       code == AUDIT_LOCKOUT_OPEN || code == AUDIT_MECHANISM_WEAK ||
	       code == AUDIT_CLEAR_ENABLED;
}

/* Exactly these findings, and the usual ones; the list ends with
 * AUDIT_CODES. */
static void
finds(const struct swtpm *tpm, const char *uri, const enum audit_code *codes)
{
	const struct seen seen = run(tpm, uri, true);
	bool wanted[AUDIT_CODES] = { false };

	if (seen.err != OK)
		printf("  %s: %s\n", err_name(seen.err), seen.why);
	CU_ASSERT_EQUAL_FATAL(seen.err, OK);
	for (; *codes != AUDIT_CODES; codes++)
		wanted[*codes] = true;
	for (enum audit_code c = 0; c < AUDIT_CODES; c++) {
		if (is_usual(c) || (seen.found[c] != 0) == wanted[c])
			continue;
		printf("  %s %s\n", hsm_audit_row(c)->code,
		       wanted[c] ? "not found" : "found");
		CU_FAIL("other findings");
	}
}

#define FINDS(tpm, uri, ...) \
	finds((tpm), (uri), (const enum audit_code[]){ __VA_ARGS__ })
#define NOTHING AUDIT_CODES

/* --- tpm2-tools ----------------------------------------------------------- */

/* A TPM with all that keygen makes, and one key more in a file, made by
 * tpm2_create with these words; the URI names that one as `what`. */
struct rig {
	struct swtpm tpm;
	char uri[1024];
};

static void
rig_free(struct rig *r)
{
	swtpm_close(&r->tpm);
}
DEFINE_AUTO_REF(struct rig, rig_free);

static void
join(const struct swtpm *tpm)
{
	char line[256];

	snprintf(line, sizeof(line), "%s/join.sh", tpm->directory);
	FILE *f = fopen(line, "w");
	fputs("cat pub priv >key.tpm\n", f);
	fclose(f);
	(void)swtpm_tool(tpm, "sh join.sh");
}

/* The URI with one part put in another's place. */
static void
put_part(struct rig *r, const char *from, const char *to)
{
	char copy[sizeof(r->uri)];
	char *at = strstr(r->uri, from);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	char *end = at + strcspn(at, "&");
	snprintf(copy, sizeof(copy), "%.*s%s%s", (int)(at - r->uri), r->uri, to,
	         end);
	snprintf(r->uri, sizeof(r->uri), "%s", copy);
}

static bool
rig_new(struct rig *r)
{
	r->uri[0] = '\0';
	if (!swtpm_open(&r->tpm) || !swtpm_keys(&r->tpm, "", ALG_ES256))
		return false;
	if (access("/usr/bin/tpm2_create", X_OK) != 0) {
		harness_skip("no tpm2-tools here");
		return false;
	}
	snprintf(r->uri, sizeof(r->uri), "%s", r->tpm.uri);
	return true;
}

static void
rig_key(struct rig *r, const char *what, const char *how)
{
	char line[512];
	char part[128];

	snprintf(line, sizeof(line), "tpm2_create" PARENT "-u pub -r priv %s",
	         how);
	(void)swtpm_tool(&r->tpm, line);
	join(&r->tpm);
	snprintf(part, sizeof(part), "%s=%s/key.tpm", what, r->tpm.directory);
	snprintf(line, sizeof(line), "%s=0x8101", what);
	put_part(r, line, part);
}

#define RIG(r)                       \
	AUTO(rig_free) struct rig r; \
	if (!rig_new(&(r)))          \
	return

/* --- tests ---------------------------------------------------------------- */

static void
test_sound(void)
{
	RIG(r);
	FINDS(&r.tpm, r.uri, NOTHING);
	const struct seen seen = run(&r.tpm, r.uri, true);
	CU_ASSERT_TRUE(seen.token.token.software && seen.token.logged_in);
	for (enum audit_code c = 0; c < AUDIT_CODES; c++)
		CU_ASSERT_EQUAL(seen.found[c], is_usual(c));
	CU_ASSERT_TRUE(seen.n_mechanisms > 10);
	CU_ASSERT_EQUAL_FATAL(seen.n_keys, 2);
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(seen.keys[i].sign, AUDIT_GOOD);
		CU_ASSERT_EQUAL(seen.keys[i].read, AUDIT_REFUSED);
		CU_ASSERT_EQUAL(seen.keys[i].wrap, AUDIT_REFUSED);
		CU_ASSERT_EQUAL(seen.keys[i].bits, 256);
	}
}

/* Authorisations of the hierarchies are seen. */
static void
test_hierarchies(void)
{
	RIG(r);
	CU_ASSERT_TRUE(swtpm_tool(&r.tpm, "tpm2_changeauth -c owner secret"));
	CU_ASSERT_TRUE(swtpm_tool(&r.tpm, "tpm2_changeauth -c lockout secret"));
	CU_ASSERT_TRUE(swtpm_tool(&r.tpm, "tpm2_clearcontrol s"));
	const struct seen seen = run(&r.tpm, r.uri, true);
	CU_ASSERT_EQUAL(seen.err, OK);
	CU_ASSERT_EQUAL(seen.found[AUDIT_OWNER_OPEN], 0);
	CU_ASSERT_EQUAL(seen.found[AUDIT_LOCKOUT_OPEN], 0);
	CU_ASSERT_EQUAL(seen.found[AUDIT_CLEAR_ENABLED], 0);
}

static void
test_unseen(void)
{
	RIG(r);
	const struct seen seen = run(&r.tpm, r.uri, false);
	CU_ASSERT_EQUAL(seen.err, OK);
	CU_ASSERT_EQUAL(seen.found[AUDIT_PRIVATE_UNSEEN], 1);
	CU_ASSERT_EQUAL(seen.keys[0].sign, AUDIT_NOT_TRIED);
	CU_ASSERT_FALSE(seen.token.logged_in);
}

static void
test_wrong_pin(void)
{
	AUTO(secret_free) struct secret *wrong = NULL;
	RIG(r);
	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str("000000"), &wrong), OK);
	struct swtpm other = r.tpm;
	other.pin = wrong;
	const struct seen seen = run(&other, r.uri, true);
	CU_ASSERT_EQUAL(seen.found[AUDIT_PIN_REFUSED], 1); /* tried once */
}

static void
test_parent(void)
{
	RIG(r);
	FINDS(&r.tpm, r.tpm.bare, AUDIT_PARENT_UNPINNED, NOTHING);
	put_part(&r, "parent-name=",
	         "parent-name=000b00000000000000000000000000000000000000000000"
	         "00000000000000000000");
	const struct seen seen = run(&r.tpm, r.uri, true);
	CU_ASSERT_EQUAL(seen.found[AUDIT_PRIVATE_UNSEEN], 1);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(detail_of[AUDIT_CALL_FAILED], "another TPM"));
	CU_ASSERT_EQUAL(seen.n_keys, 0);
}

static void
test_missing(void)
{
	RIG(r);
	put_part(&r, "key=", "key=0x8101ff01");
	put_part(&r, "mac=", "mac=0x8101ff02");
	put_part(&r, "epoch=", "epoch=0x0181ff03");
	FINDS(&r.tpm, r.uri, AUDIT_NO_SIGNING_KEY, AUDIT_NO_HANDLE_KEY,
	      AUDIT_COUNTER_MISSING, NOTHING);
}

#define ECC "-G ecc256:ecdsa-sha256 -p " SWTPM_PIN " -a "

static void
test_loose(void)
{
	RIG(r);
	rig_key(&r, "key", ECC "sensitivedataorigin|sign|userwithauth");
	FINDS(&r.tpm, r.uri, AUDIT_KEY_EXTRACTABLE, NOTHING);
}

static void
test_duplicable(void)
{
	RIG(r);
	(void)swtpm_tool(&r.tpm, "tpm2_startauthsession -S session");
	(void)swtpm_tool(&r.tpm, "tpm2_policycommandcode -S session -L policy "
	                         "TPM2_CC_Duplicate");
	(void)swtpm_tool(&r.tpm, "tpm2_flushcontext session");
	rig_key(&r, "key",
	        ECC "sensitivedataorigin|sign|userwithauth -L policy");
	FINDS(&r.tpm, r.uri, AUDIT_KEY_EXTRACTABLE, AUDIT_KEY_BY_POLICY,
	      AUDIT_WRAP_SUCCEEDED, NOTHING);
}

/* Wrong PINs are to be counted; where they are not, a reason is noted. */
static void
test_exempt(void)
{
	RIG(r);
	rig_key(&r, "key", ECC FIXED "sign|noda|userwithauth");
	FINDS(&r.tpm, r.uri, AUDIT_LOCKOUT_EXEMPT, NOTHING);
	reason = "the plant loses its power daily";
	FINDS(&r.tpm, r.uri, AUDIT_LOCKOUT_WAIVED, NOTHING);
	reason = NULL;
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(detail_of[AUDIT_LOCKOUT_WAIVED], "loses its power"));
}

/* A TPM whose recovery time is 0 counts nothing at all. */
static void
test_idle_lockout(void)
{
	RIG(r);
	CU_ASSERT_TRUE(swtpm_lockout(&r.tpm, 5, 0));
	FINDS(&r.tpm, r.uri, AUDIT_LOCKOUT_IDLE, NOTHING);
}

static void
test_restricted(void)
{
	RIG(r);
	rig_key(&r, "key",
	        "-G ecc256:ecdsa-sha256:null -p " SWTPM_PIN " -a " FIXED
	        "sign|restricted|userwithauth");
	FINDS(&r.tpm, r.uri, AUDIT_KEY_RESTRICTED, AUDIT_SIGN_FAILED, NOTHING);
}

static void
test_decrypts(void)
{
	RIG(r);
	rig_key(&r, "key",
	        "-G ecc256 -p " SWTPM_PIN " -a " FIXED
	        "sign|decrypt|userwithauth");
	FINDS(&r.tpm, r.uri, AUDIT_KEY_DECRYPTS, AUDIT_KEY_SCHEME_OPEN,
	      AUDIT_SIGN_UNCHECKED, NOTHING);
}

static void
test_weak(void)
{
	RIG(r);
	rig_key(&r, "key",
	        "-G rsa1024:rsassa-sha256 -p " SWTPM_PIN " -a " FIXED
	        "sign|userwithauth");
	FINDS(&r.tpm, r.uri, AUDIT_KEY_WEAK, AUDIT_KEY_SCHEME_OPEN,
	      AUDIT_SIGN_UNCHECKED, NOTHING);
}

/* Not tried where it would count as a wrong PIN; then the right one is no good. */
static void
test_no_pin(void)
{
	RIG(r);
	rig_key(&r, "key",
	        "-G ecc256:ecdsa-sha256 -a " FIXED "sign|noda|userwithauth");
	FINDS(&r.tpm, r.uri, AUDIT_KEY_PUBLIC, AUDIT_LOCKOUT_EXEMPT, NOTHING);
}

static void
test_no_pin_counted(void)
{
	RIG(r);
	rig_key(&r, "key",
	        "-G ecc256:ecdsa-sha256 -a " FIXED "sign|userwithauth");
	const struct seen seen = run(&r.tpm, r.uri, true);
	CU_ASSERT_EQUAL(seen.found[AUDIT_PIN_REFUSED], 1);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(detail_of[AUDIT_PIN_REFUSED], "not the key's"));
}

/* A sealed text in the handle key's place is given out to whoever asks. */
static void
test_sealed(void)
{
	RIG(r);
	(void)swtpm_tool(&r.tpm, "tpm2_getrandom -o secret 16");
	rig_key(&r, "mac",
	        "-i secret -p " SWTPM_PIN " -a "
	        "fixedtpm|fixedparent|userwithauth");
	FINDS(&r.tpm, r.uri, AUDIT_KEY_IMPORTED, AUDIT_KEY_SCHEME_OPEN,
	      AUDIT_SIGN_FAILED, AUDIT_READ_SUCCEEDED, NOTHING);
}

static void
test_counter(void)
{
	static const struct {
		const char *attributes;
		enum audit_code code;
	} rows[] = {
		{ "nt=counter|authread|authwrite|orderly",
		  AUDIT_COUNTER_ORDERLY },
		{ "nt=counter|authread|authwrite|ownerwrite",
		  AUDIT_COUNTER_ODD },
		{ "authread|authwrite", AUDIT_COUNTER_ODD },
		{ "nt=counter|authread|authwrite|no_da", AUDIT_LOCKOUT_EXEMPT },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		RIG(r);
		char line[256];

		snprintf(line, sizeof(line),
		         "tpm2_nvdefine 0x01818001 -s 8 -p " SWTPM_PIN " -a %s",
		         rows[i].attributes);
		(void)swtpm_tool(&r.tpm, line);
		put_part(&r, "epoch=", "epoch=0x01818001");
		FINDS(&r.tpm, r.uri, rows[i].code, NOTHING);
	}
}

/* An audit leaves nothing behind, and the next one sees the same. */
static void
test_leaves_nothing(void)
{
	RIG(r);
	for (int i = 0; i < 5; i++) /* a TPM has three places */
		FINDS(&r.tpm, r.uri, NOTHING);
	CU_ASSERT_TRUE(swtpm_tool(&r.tpm, "tpm2_getrandom --hex 8"));
}

static const struct harness_test tests[] = {
	{ "passes a sound TPM, but for its being software", test_sound },
	{ "sees the hierarchies' authorisations", test_hierarchies },
	{ "says what it did not see without a PIN", test_unseen },
	{ "stops at a wrong PIN", test_wrong_pin },
	{ "believes the pinned TPM alone", test_parent },
	{ "finds that keys and counter are missing", test_missing },
	{ "finds a key that is not fixed", test_loose },
	{ "finds a key that can be duplicated, by doing it", test_duplicable },
	{ "finds a key of which no wrong PINs are counted", test_exempt },
	{ "finds that nothing is counted", test_idle_lockout },
	{ "finds a restricted key", test_restricted },
	{ "finds a key that decrypts, with any scheme", test_decrypts },
	{ "finds a key that is too short", test_weak },
	{ "finds a key without a PIN, by using it", test_no_pin },
	{ "stops at a key with another PIN, or none", test_no_pin_counted },
	{ "finds what can be read, by reading it", test_sealed },
	{ "judges the counter", test_counter },
	{ "leaves nothing behind", test_leaves_nothing },
	{ NULL, NULL },
};

HARNESS_MAIN("audit of a TPM", tests)
