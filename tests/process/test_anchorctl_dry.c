/*
 * test_anchorctl_dry.c - `--dry-run` of every verb that has it: token, files and
 * directories are the same afterwards, byte for byte.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/files.h"
#include "tests/common/base/ctl.h"
#include "tests/common/base/harness.h"
#include "tests/common/roles/ledger_kit.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/pins_made.h"
#include "tests/common/devices/softtoken.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "hsm/admin/list.h"
#include "crypto/pins/signs.h"
#include "ledger/store/store.h"

#define WORDS_MAX 24

static struct softtoken token;
static struct kit_dir ledger; /* as a crash leaves it: with a log */
static char config[192], pins_path[192], pin[192];

/* --- what is there -------------------------------------------------------- */

static struct buf seen;

static int
see(const char *path, const struct stat *st, int type, struct FTW *at)
{
	static uint8_t content[1 << 20];
	uint8_t digest[HASH_SIZE];
	int fd = type == FTW_F ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? 0 : read(fd, content, sizeof(content));

	(void)at;
	if (strstr(path, "/tokens/")) { /* SoftHSM writes at each login */
		close(fd);
		return 0;
	}
	if (fd >= 0)
		close(fd);
	digest_sha256(bytes_of(content, n > 0 ? (size_t)n : 0), digest);
	buf_printf(&seen, "%s %o %lu\n", path, (unsigned)st->st_mode,
	           (unsigned long)st->st_ino);
	buf_append(&seen, bytes_of(digest, sizeof(digest)));
	return 0;
}

static void
see_token(void *arg, const struct hsm_token *t)
{
	(void)arg;
	buf_printf(&seen, "%s %s\n", t->label, t->serial);
}

/* In whatever order the token gives them. */
static void
see_object(void *arg, const struct hsm_object *o)
{
	uint8_t *all = arg;
	uint8_t digest[HASH_SIZE];
	const struct bytes parts[] = {
		bytes_of_str(o->class),
		bytes_of_str(o->type),
		bytes_of_str(o->label),
		bytes_of(o->id, o->id_len),
		bytes_of(o->attributes, sizeof(o->attributes)),
		bytes_of(o->spki, o->spki_len),
	};

	digest_sha256_parts(parts, ARRAY_LEN(parts), digest);
	for (size_t i = 0; i < HASH_SIZE; i++)
		all[i] ^= digest[i];
}

/* Of both directories, names in the order of the directory; and of the token's
 * objects. */
static struct buf
snapshot(void)
{
	seen = buf_of(1 << 22);
	(void)nftw(token.directory, see, 8, FTW_PHYS);
	(void)nftw(ledger.path, see, 8, FTW_PHYS);
	AUTO(buf_release) struct buf why = buf_of(256);
	uint8_t objects[HASH_SIZE] = { 0 };
	const struct hsm_list_ops ops = { see_token, see_object, objects };
	const struct hsm_token_name name = { token.module, SOFTTOKEN_LABEL, "",
		                             NULL };
	CU_ASSERT_EQUAL(hsm_token_list(&name, token.pin, &ops, &why), OK);
	buf_append(&seen, bytes_of(objects, sizeof(objects)));
	CU_ASSERT_EQUAL(buf_status(&seen), OK);
	return seen;
}

/* --- a place to work on --------------------------------------------------- */

static void
write_config(void)
{
	AUTO(buf_release) struct buf text = buf_of(65536);
	char lines[1024], state[192];

	snprintf(state, sizeof(state), "%s/state", token.directory);
	snprintf(lines, sizeof(lines),
	         "environment=[\"SOFTHSM2_CONF=%s\"]; pin_file=\"%s\";",
	         token.config, pin);
	const struct lifeline_config c = { .token_module = token.module,
		                           .token_uri = token.uri,
		                           .pins = pins_path,
		                           .token_state = state,
		                           .token_more = lines };
	lifeline_config(&text, &c);
	CU_ASSERT_TRUE(file_write_text(config, buf_str(&text)));
}

/* The key that is in the token at first alone; with one that is to follow; or over,
 * and the one that follows signs. */
enum state { ALONE, ORDERED, RETIRED };

static void
write_pins(enum state state)
{
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	AUTO(buf_release) struct buf text = buf_of(PINS_SIGNS_MAX);
	struct pins_signs signs = { .version = 1 };
	uint64_t now_s = clock_wall_ms() / 1000;
	char record[192];

	struct pin *old =
	        pins_kit_add(pins, "token", 1,
	                     bytes_of(token.spki, token.spki_len), token.alg);
	snprintf(old->uri, sizeof(old->uri), "%s", token.uri);
	if (state != ALONE) {
		static struct pin made;
		if (!made.spki_len)
			made = pins_kit_made(&token);
		old->until_s = state == RETIRED ? now_s - 10 : now_s + 900;
		pins->keys[pins->n] = made;
		pins->keys[pins->n].publish_s = now_s - 200;
		pins->keys[pins->n++].from_s =
		        state == RETIRED ? now_s - 100 : now_s + 600;
	}
	pins_kit_write(pins, pins_path);
	memcpy(signs.kid, pins->keys[state == RETIRED].kid, KID_SIZE);
	pins_signs_put(&text, &signs);
	snprintf(record, sizeof(record), "%s/state/" PINS_SIGNS_FILE,
	         token.directory);
	CU_ASSERT_TRUE(file_write_text(record, buf_str(&text)));
}

static void
copy(const char *from, const char *to)
{
	static char part[1 << 20];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n = read(in, part, sizeof(part));

	CU_ASSERT_TRUE(n > 0 && write(out, part, (size_t)n) == n);
	close(in);
	close(out);
}

/* A database whose last words are still in its log. */
static void
make_ledger(void)
{
	struct kit_dir living = kit_dir();
	struct store *s = kit_open(&living);
	char from[256];

	ledger = kit_dir();
	CU_ASSERT_TRUE(kit_redeem(s, 1));
	snprintf(from, sizeof(from), "%s", kit_path(&living, STORE_FILE));
	copy(from, kit_path(&ledger, STORE_FILE));
	snprintf(from, sizeof(from), "%s",
	         kit_path(&living, STORE_FILE "-wal"));
	copy(from, kit_path(&ledger, STORE_FILE "-wal"));
	store_close(s);
	kit_remove(&living);
}

static bool
begin(void)
{
	if (!softtoken_open(&token))
		return false;
	snprintf(config, sizeof(config), "%s/anchord.conf", token.directory);
	snprintf(pins_path, sizeof(pins_path), "%s/pins", token.directory);
	snprintf(pin, sizeof(pin), "%s/pin", token.directory);
	CU_ASSERT_TRUE(file_write_text(pin, SOFTTOKEN_PIN "\n"));
	write_config();
	write_pins(ALONE);
	make_ledger();
	return true;
}

static void
end(void)
{
	kit_remove(&ledger);
	softtoken_close(&token);
}

/* --- each verb ------------------------------------------------------------ */

/* %F is the configuration, %L the ledger's directory. */
static const struct row {
	const char *verb, *options;
	enum state state;
} rows[] = {
	{ "token strays", "--module %M --token %T --pin-file %P --remove",
	  ALONE },
	{ "token rotate", "--config %F", ALONE },
	{ "token rotate", "--config %F --lead 5 --alg ES384", ALONE },
	{ "token rotate", "--config %F --cancel", ORDERED },
	{ "token rotate", "--config %F --cancel --yes", ORDERED },
	{ "token rotate", "--config %F --delete-retired", RETIRED },
	{ "token rotate", "--config %F --delete-retired --yes", RETIRED },
	{ "ledger clock-repair", "--directory %L", ALONE },
	{ "tenant erase", "--directory %L backend-a", ALONE },
};

static int
run_row(const struct row *row, bool json)
{
	const char *words[WORDS_MAX] = { NULL };
	char line[512];
	char *save = NULL;
	size_t n = 0;

	snprintf(line, sizeof(line), "%s %s --dry-run%s", row->verb,
	         row->options, json ? " --json" : "");
	for (char *w = strtok_r(line, " ", &save); w && n < WORDS_MAX - 1;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = strcmp(w, "%F") == 0   ? config
		             : strcmp(w, "%L") == 0 ? ledger.path
		             : strcmp(w, "%M") == 0 ? token.module
		             : strcmp(w, "%T") == 0 ? SOFTTOKEN_LABEL
		             : strcmp(w, "%P") == 0 ? pin
		                                    : w;
	AUTO(ctl_release) struct ctl c = ctl_run(words, NULL);
	CU_ASSERT_TRUE(c.out.len > 0);
	if (c.status != 0)
		printf("  %s: %s", row->options, buf_str(&c.error));
	return c.status;
}

static void
test_changes_nothing(void)
{
	if (!begin())
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		write_pins(rows[i].state);
		AUTO(buf_release) struct buf before = snapshot();
		CU_ASSERT_EQUAL(run_row(&rows[i], false), 0);
		CU_ASSERT_EQUAL(run_row(&rows[i], true), 0);
		AUTO(buf_release) struct buf after = snapshot();
		if (!bytes_equal(buf_bytes(&before), buf_bytes(&after)))
			printf("  %s %s changed something\n", rows[i].verb,
			       rows[i].options);
		CU_ASSERT_TRUE(
		        bytes_equal(buf_bytes(&before), buf_bytes(&after)));
	}
	end();
}

static unsigned promises;

static void
must_have_row(const char *verb, const char *help)
{
	bool has = false;

	if (!strstr(help, "--dry-run"))
		return;
	promises++;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		has |= strcmp(rows[i].verb, verb) == 0;
	if (!has)
		printf("  %s has --dry-run, and no row here\n", verb);
	CU_ASSERT_TRUE(has);
}

static void
test_all_verbs(void)
{
	ctl_verbs(must_have_row);
	CU_ASSERT_TRUE(promises >= 2);
}

static const struct harness_test tests[] = {
	{ "changes nothing", test_changes_nothing },
	{ "in any verb that has it", test_all_verbs },
	{ NULL, NULL },
};

HARNESS_MAIN("anchorctl_dry", tests)
