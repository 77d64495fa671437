/*
 * test_keyholder_tpm.c - a key holder on a TPM, over several lives: what becomes
 * of a login that was cut short, and of keys of which no wrong PINs are counted.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "keyholder/device/latch.h"
#include "tests/common/base/harness.h"
#include "tests/common/roles/keyholder_rig.h"
#include "tests/common/devices/tpm_look.h"
#include "proc/role.h"

#define MOST 5

/* The rig's own token gives the directory and no more. */
static bool
take_tpm(struct rig *r, struct swtpm *t, const char *places)
{
	if (!swtpm_keys(t, places, ALG_ES256) || !swtpm_lockout(t, MOST, 1000))
		return false;
	r->token.module = "";
	snprintf(r->token.uri, sizeof(r->token.uri), "%s", t->uri);
	memcpy(r->token.public_sha256, t->public_sha256, HASH_SIZE);
	r->token.alg = t->alg;
	r->token.spki_len = t->spki_len;
	memcpy(r->token.spki, t->spki, t->spki_len);
	return true;
}

static bool
put_on_tpm(struct rig *r, struct swtpm *t, bool noda)
{
	if (!swtpm_open(t))
		return false;
	t->lockout_off = noda;
	return take_tpm(r, t, "");
}

#define TPM_RIG(r, t, noda)                              \
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 }; \
	RIG(r);                                          \
	if (!put_on_tpm(&(r), &(t), (noda)))             \
	return

/* As a life leaves it that was killed in its login. */
static void
cut_short(const struct rig *r)
{
	int fd = open(r->latch_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	              0600);

	CU_ASSERT_EQUAL(write(fd, LATCH_LOGIN "\n", strlen(LATCH_LOGIN) + 1),
	                (ssize_t)strlen(LATCH_LOGIN) + 1);
	close(fd);
}

/* A life that says why it stays away.  After one that did not, no other is waited
 * for. */
static void
life_away(struct rig *r, const char *says)
{
	static bool unsaid;

	life_begin(r);
	unsaid = !lifeline_wait_status(r->life, false, says,
	                               unsaid ? 1 : HARNESS_WAIT_MS);
	CU_ASSERT_FALSE(unsaid);
	CU_ASSERT_TRUE(rig_latched(r));
	life_end(r);
}

static void
test_not_counted(void)
{
	TPM_RIG(r, t, false);
	cut_short(&r);
	life_open(&r);
	CU_ASSERT_FALSE(rig_latched(&r));
	rig_ask(&r, r.front, 3);
	rig_take(&r, r.front, 3);
	life_end(&r);
}

/* The PIN is wrong, and each life is killed in its login: it is tried once. */
static void
test_counted(void)
{
	TPM_RIG(r, t, false);
	rig_write_pin(&r, "not-the-PIN-1");
	life_away(&r, "AUTH");
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
	life_away(&r, "AUTH"); /* what the mark says, and nothing is tried */
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
	for (int i = 0; i < 2; i++) {
		cut_short(&r);
		life_away(&r, "was interrupted");
		CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
	}
	/* the right PIN opens it when a person has looked */
	rig_write_pin(&r, SWTPM_PIN);
	life_away(&r, "was interrupted");
	rig_unlatch(&r);
	life_open(&r);
	life_end(&r);
}

/* With a reason the TPM counts nothing, and so tells nothing. */
static void
test_exempt(void)
{
	TPM_RIG(r, t, true);
	life_away(&r, "token.lockout_off");
	rig_unlatch(&r);
	r.more = "lockout_off=\"the plant loses its power daily\";";
	life_open(&r);
	life_end(&r);
	cut_short(&r);
	life_away(&r, "counts no wrong tries (noDA)");
}

/* A TPM's key may be in a file, which is read inside the sandbox. */
static void
test_file(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	char places[128];
	RIG(r);

	if (!swtpm_open(&t))
		return;
	snprintf(places, sizeof(places), "?key=%s/sign.tpm", t.directory);
	if (!take_tpm(&r, &t, places))
		return;
	life_open(&r);
	rig_ask(&r, r.front, 3);
	rig_take(&r, r.front, 3);
	life_end(&r);
}

/* And so may the handle key of a TPM beside a token. */
static void
test_file_beside(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	char places[128];
	char more[640];
	RIG(r);

	if (!swtpm_open(&t))
		return;
	snprintf(places, sizeof(places), "?mac=%s/handle.tpm", t.directory);
	if (!swtpm_beside(&t, places))
		return;
	snprintf(more, sizeof(more), "handle_label=\"\"; companion_tpm=\"%s\";",
	         t.uri);
	r.more = more;
	life_open(&r);
	rig_ask(&r, r.front, 3);
	rig_take(&r, r.front, 3);
	life_end(&r);
}

/* The PIN of a smart card is too short for a TPM. */
static void
test_own_pin_beside(void)
{
	static const char own[] = "Another-PIN-31415";
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	char more[640];
	RIG(r);

	if (!swtpm_open(&t))
		return;
	secret_free(t.pin);
	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str(own), &t.pin), OK);
	if (!swtpm_beside(&t, "") || !swtpm_lockout(&t, MOST, 1000))
		return;
	snprintf(more, sizeof(more),
	         "handle_label=\"\"; companion_tpm=\"%s\"; "
	         "companion_pin_file=\"/etc/tpm-pin\";",
	         t.uri);
	r.more = more;
	r.beside = own;
	life_open(&r);
	rig_ask(&r, r.front, 3);
	rig_take(&r, r.front, 3);
	life_end(&r);
	/* it did not arrive: the token's PIN is not tried in its place */
	r.beside = NULL;
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "PIN file",
	                                    HARNESS_WAIT_MS));
	life_end(&r);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 0);
}

static const struct harness_test tests[] = {
	{ "reads a key from a file", test_file },
	{ "reads the handle key beside from a file", test_file_beside },
	{ "gives a TPM beside its own PIN", test_own_pin_beside },
	{ "goes on by itself when nothing was counted", test_not_counted },
	{ "tries a wrong PIN once, however its lives end", test_counted },
	{ "with a reason it is a person's", test_exempt },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder, TPM", tests)
