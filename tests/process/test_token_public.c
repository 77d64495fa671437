/*
 * test_token_public.c - `anchorctl token public`: a public half alone looks like
 * a key that signs, so what is known of the private one is said.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/ctl.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"
#include "tests/common/fakes/soft_key.h"

#define WORDS_MAX 16
#define POINT_LEN 65 /* bytes of an uncompressed P-256 point */

struct said {
	struct ctl ctl;
	char half[32]; /* "private_half" */
};

/* Runs it with --json, with a PIN and a pins file where one is named. */
static struct said public(const struct softtoken *t, const char *pin,
                          const char *pins)
{
	const char *words[WORDS_MAX] = { "token",    "public",  "--json",
		                         "--module", t->module, "--uri",
		                         t->uri };
	struct said s = { .half = "" };
	size_t n = 7;

	if (pin) {
		words[n++] = "--pin-file";
		words[n++] = pin;
	}
	if (pins) {
		words[n++] = "--pins";
		words[n++] = pins;
	}
	s.ctl = ctl_run(words, NULL);
	json_t *j = json_loads(buf_str(&s.ctl.out), 0, NULL);
	const char *half =
	        json_string_value(json_object_get(j, "private_half"));
	snprintf(s.half, sizeof(s.half), "%s", half ? half : "");
	json_decref(j);
	return s;
}

static void
must_say(const struct softtoken *t, const char *pin, int status,
         const char *half, const char *message)
{
	struct said s = public(t, pin, NULL);

	CU_ASSERT_EQUAL(s.ctl.status, status);
	CU_ASSERT_STRING_EQUAL(s.half, half);
	CU_ASSERT_TRUE(*message ? strstr(buf_str(&s.ctl.error), message) != NULL
	                        : s.ctl.error.len == 0);
	ctl_release(&s.ctl);
}

static void
put_pin(const struct softtoken *t, char path[static 160])
{
	snprintf(path, 160, "%s/pin", t->directory);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_EQUAL(write(fd, SOFTTOKEN_PIN, strlen(SOFTTOKEN_PIN)),
	                (ssize_t)strlen(SOFTTOKEN_PIN));
	close(fd);
}

/* What anybody can make without the PIN: another public half under our names. */
static void
add_public(const struct softtoken *t)
{
	AUTO(soft_key_free)
	struct soft_key *other = soft_key_new(ALG_ES256, "other");
	const struct bytes spki = soft_key_spki(other);
	const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	const CK_KEY_TYPE type = CKK_EC;
	uint8_t point[2 + POINT_LEN] = { 0x04, POINT_LEN };
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_KEY_TYPE, &type, sizeof(type)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_no, 1),
		p11_in(CKA_LABEL, "anchord-sign", strlen("anchord-sign")),
		p11_in(CKA_ID, liar_id_1, 1),
		p11_in(CKA_EC_PARAMS, liar_p256, sizeof(liar_p256)),
		p11_in(CKA_EC_POINT, point, sizeof(point)),
	};

	memcpy(point + 2, spki.data + spki.len - POINT_LEN, POINT_LEN);
	liar_add_object(t, object, ARRAY_LEN(object));
}

static void
test_says(void)
{
	RIG(t);
	char pin[160];

	put_pin(&t, pin);
	must_say(&t, NULL, 0, "not-looked-for", "was not searched");
	must_say(&t, pin, 0, "signs", "");
	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	add_public(&t);
	must_say(&t, NULL, 0, "not-looked-for", "was not searched");
	must_say(&t, pin, 1, "other", "does not sign for");
	liar_drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	must_say(&t, NULL, 0, "not-looked-for", "was not searched");
	must_say(&t, pin, 1, "missing", "is missing");
}

static void
test_pins_none(void)
{
	RIG(t);
	char pin[160], pins[160];

	put_pin(&t, pin);
	snprintf(pins, sizeof(pins), "%s/pins", t.directory);
	liar_drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	struct said s = public(&t, pin, pins);
	CU_ASSERT_EQUAL(s.ctl.status, 1);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&s.ctl.error), "nothing was pinned"));
	CU_ASSERT_EQUAL(access(pins, F_OK), -1);
	ctl_release(&s.ctl);
}

static const struct harness_test tests[] = {
	{ "says what it saw of the private half, and that it did not look",
	  test_says },
	{ "pins no key that is known not to sign", test_pins_none },
	{ NULL, NULL },
};

HARNESS_MAIN("token_public", tests)
