/*
 * test_token_rotate_kit.h - a token, a configuration and a pins file, and
 * `anchorctl token rotate` over them.  No service runs here.
 *
 * It defines functions; a program includes it once.
 */
#ifndef TEST_TOKEN_ROTATE_KIT_H
#define TEST_TOKEN_ROTATE_KIT_H

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/files.h"
#include "tests/common/base/ctl.h"
#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/pins_made.h"
#include "tests/common/fakes/soft_key.h"
#include "tests/common/devices/softtoken.h"
#include "base/clock.h"
#include "base/encode.h"
#include "crypto/digest.h"
#include "hsm/admin/list.h"
#include "hsm/admin/rotate.h"

#define WORDS_MAX 24

struct rig {
	struct softtoken token;
	char config[160], pins[160], record[160], pin[160];
	char kept[160]; /* the supervisor's directory; nobody made it yet */
	json_t *json;   /* what the last command printed */
};

__attribute__((unused)) static void
write_config(const struct rig *r)
{
	AUTO(buf_release) struct buf text = buf_of(65536);
	char lines[1024], state[160], pins[200];

	snprintf(state, sizeof(state), "%s/state", r->token.directory);
	snprintf(lines, sizeof(lines),
	         "environment=[\"SOFTHSM2_CONF=%s\"]; pin_file=\"%s\";",
	         r->token.config, r->pin);
	snprintf(pins, sizeof(pins), "%s", r->pins);
	const struct lifeline_config c = {
		.token_module = r->token.module,
		.token_uri = r->token.uri,
		.pins = pins,
		.state_directory = r->kept,
		.token_state = state,
		.token_more = lines,
		.more = "challenge: { ttl=1; ttl_max=1; };\n"
		        "result: { ttl=2; };\n",
	};
	lifeline_config(&text, &c);
	CU_ASSERT_TRUE(file_write_text(r->config, buf_str(&text)));
}

__attribute__((unused)) static void
rig_free(struct rig *r)
{
	json_decref(r->json);
	softtoken_close(&r->token);
}
DEFINE_AUTO_REF(struct rig, rig_free);

__attribute__((unused)) static bool
rig_new(struct rig *r)
{
	*r = (struct rig){ .json = NULL };
	if (!softtoken_open(&r->token))
		return false;
	const char *d = r->token.directory;
	snprintf(r->config, sizeof(r->config), "%s/anchord.conf", d);
	snprintf(r->pins, sizeof(r->pins), "%s/pins", d);
	snprintf(r->record, sizeof(r->record), "%s/state/signs", d);
	snprintf(r->pin, sizeof(r->pin), "%s/pin", d);
	snprintf(r->kept, sizeof(r->kept), "%s/supervisor", d);
	CU_ASSERT_TRUE(file_write_text(r->pin, SOFTTOKEN_PIN "\n"));
	write_config(r);
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	struct pin *row = pins_kit_add(
	        pins, "token", 1, bytes_of(r->token.spki, r->token.spki_len),
	        r->token.alg);
	snprintf(row->uri, sizeof(row->uri), "%s", r->token.uri);
	pins_kit_write(pins, r->pins);
	return true;
}

#define RIG(r)                       \
	AUTO(rig_free) struct rig r; \
	if (!rig_new(&(r)))          \
	return

/* token rotate --config ... with these words, apart by blanks, and --json; at a
 * terminal, where that is typed, unless answer is NULL. */
__attribute__((unused)) static int
rotate_asked(struct rig *r, const char *line, const char *answer)
{
	const char *words[WORDS_MAX] = { "token", "rotate", "--json",
		                         "--config", r->config };
	char copy[2048];
	char *save = NULL;
	size_t n = 5;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS_MAX - 1;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	unsetenv("SOFTHSM2_CONF"); /* the configuration says where it is */
	AUTO(ctl_release)
	struct ctl c = answer ? ctl_typed(words, answer) : ctl_run(words, NULL);
	setenv("SOFTHSM2_CONF", r->token.config, 1);
	json_decref(r->json);
	r->json = json_loads(buf_str(&c.out), 0, NULL);
	return c.status;
}

__attribute__((unused)) static int
rotate(struct rig *r, const char *line)
{
	return rotate_asked(r, line, NULL);
}

__attribute__((unused)) static const char *
text_of(const struct rig *r, const char *name)
{
	const char *text = json_string_value(json_object_get(r->json, name));

	return text ? text : "";
}

#endif
