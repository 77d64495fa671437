/*
 * test_token_rotate.c - `anchorctl token rotate` as an officer types it: what
 * it makes and writes, and what it refuses.  No service runs here.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/harness.h"
#include "../common/lifeline.h"
#include "../common/pins_kit.h"
#include "../common/pins_made.h"
#include "../common/soft_key.h"
#include "../common/softtoken.h"
#include "clock.h"
#include "encode.h"
#include "digest.h"
#include "hsm_list.h"

#define WORDS_MAX 24

struct rig {
	struct softtoken token;
	char config[160], pins[160], record[160], pin[160], out[160];
	json_t *json; /* what the last command printed */
};

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
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
		.token_state = state,
		.token_more = lines,
		.more = "challenge: { ttl=1; ttl_max=1; };\n"
		        "result: { ttl=2; };\n",
	};
	lifeline_config(&text, &c);
	put(r->config, buf_str(&text));
}

static void
rig_free(struct rig *r)
{
	json_decref(r->json);
	softtoken_close(&r->token);
}
DEFINE_AUTO_REF(struct rig, rig_free);

static bool
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
	snprintf(r->out, sizeof(r->out), "%s/out", d);
	put(r->pin, SOFTTOKEN_PIN "\n");
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

/* token rotate --config ... with these words, apart by blanks, and --json. */
static int
rotate(struct rig *r, const char *line)
{
	AUTO(buf_release) struct buf program = buf_of(4096);
	char copy[2048];
	char *words[WORDS_MAX] = { NULL };
	char *save = NULL;
	size_t n = 0;
	int status = 0;

	lifeline_program("anchorctl", &program);
	snprintf(copy, sizeof(copy),
	         "anchorctl token rotate --json --config %s %s", r->config,
	         line);
	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS_MAX - 1;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		/* the configuration says where the token is */
		unsetenv("SOFTHSM2_CONF");
		dup2(open(r->out, O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
		dup2(open("/dev/null", O_WRONLY), 2);
		execv(buf_str(&program), words);
		_exit(127);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	json_decref(r->json);
	r->json = json_load_file(r->out, 0, NULL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *
text_of(const struct rig *r, const char *name)
{
	const char *text = json_string_value(json_object_get(r->json, name));

	return text ? text : "";
}

/* The file as it is; the caller frees it. */
static struct pins *
read_pins(const struct rig *r)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	static char text[PINS_FILE_MAX];
	struct pins *pins = NULL;
	struct stat st;
	int fd = open(r->pins, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));

	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0644);
	close(fd);
	CU_ASSERT_TRUE_FATAL(n > 0);
	CU_ASSERT_EQUAL_FATAL(
	        pins_parse(bytes_of(text, (size_t)n), &why, &pins), OK);
	return pins;
}

/* As the key holder says which key signs. */
static void
record(const struct rig *r, const char *kid, uint32_t version)
{
	char text[256];

	snprintf(text, sizeof(text), "kid %s\nversion %u\n", kid, version);
	put(r->record, text);
}

/* It signs by the last key, and follows this very file. */
static void
follow(const struct rig *r)
{
	AUTO(pins_free) struct pins *pins = read_pins(r);

	record(r, pins->keys[pins->n - 1].kid, pins->version);
}

static void
test_order(void)
{
	RIG(r);
	uint64_t now_s = clock_wall_ms() / 1000;

	CU_ASSERT_EQUAL(rotate(&r, "--status"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "state"), "done");
	CU_ASSERT_EQUAL(rotate(&r, "--dry-run"), 0);
	AUTO(pins_free) struct pins *before = read_pins(&r);
	CU_ASSERT_EQUAL(before->version, 1);

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 70 --margin 9"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "state"), "under-way");
	CU_ASSERT_EQUAL(strlen(text_of(&r, "kid")), 43);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	CU_ASSERT_EQUAL_FATAL(o->n, 2);
	CU_ASSERT_EQUAL(o->version, 2);
	CU_ASSERT_TRUE(bytes_equal(pin_spki(&o->keys[0]),
	                           bytes_of(r.token.spki, r.token.spki_len)));
	CU_ASSERT_STRING_EQUAL(o->keys[0].uri, r.token.uri);
	CU_ASSERT_STRING_EQUAL(o->keys[1].kid, text_of(&r, "kid"));
	CU_ASSERT_TRUE(o->keys[1].publish_s >= now_s);
	CU_ASSERT_EQUAL(o->keys[1].from_s, o->keys[1].publish_s + 70);
	/* the longest life is a result's, and the margin */
	CU_ASSERT_EQUAL(o->keys[0].until_s, o->keys[1].from_s + 2 + 9);

	/* A second one waits, whatever it is. */
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--dry-run"), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel --dry-run"), 0);
	AUTO(pins_free) struct pins *same = read_pins(&r);
	CU_ASSERT_EQUAL(memcmp(o, same, sizeof(*o)), 0);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 0);
	AUTO(pins_free) struct pins *back = read_pins(&r);
	CU_ASSERT_EQUAL(back->n, 1);
	CU_ASSERT_EQUAL(back->version, 3);
	CU_ASSERT_EQUAL(back->keys[0].until_s, 0);
	CU_ASSERT_STRING_EQUAL(back->keys[0].uri, r.token.uri);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
}

/* A successor that signs, by the key holder's word, is not taken back; one that
 * should and cannot is. */
static void
test_cancel_late(void)
{
	RIG(r);

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 60"), 0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	while (clock_wall_ms() / 1000 < o->keys[1].from_s)
		usleep(50000);
	record(&r, o->keys[1].kid, o->version);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
	record(&r, o->keys[0].kid, o->version);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 0);
}

struct search {
	const uint8_t *sha256;
	size_t len;
};

static void
on_object(void *arg, const struct hsm_object *o)
{
	struct search *s = arg;
	uint8_t hash[HASH_SIZE];

	digest_sha256(bytes_of(o->spki, o->spki_len), hash);
	if (memcmp(hash, s->sha256, sizeof(hash)) == 0)
		s->len = o->spki_len;
}

static void
on_token(void *arg, const struct hsm_token *token)
{
	(void)arg;
	(void)token;
}

/* How long the public half of that hash in the token is; 0: it is not there. */
static size_t
spki_of(const struct rig *r, const uint8_t *sha256)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct search search = { sha256, 0 };
	const struct hsm_list_ops ops = { on_token, on_object, &search };
	const struct hsm_token_name name = { r->token.module, SOFTTOKEN_LABEL,
		                             "" };

	CU_ASSERT_EQUAL(hsm_token_list(&name, NULL, &ops, &why), OK);
	return search.len;
}

/* Unless told, the new key has the algorithm of the old one. */
static void
test_alg(void)
{
	RIG(r);
	uint8_t sha256[HASH_SIZE];

	CU_ASSERT_EQUAL(rotate(&r, "--alg ES385"), 2);
	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0 --alg ES384 "
	                                 "--label wide --id 0a0b"),
	                      0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	CU_ASSERT_PTR_NOT_NULL(strstr(o->keys[1].uri, "object=wide"));
	CU_ASSERT_EQUAL(o->keys[1].alg, ALG_ES384);
	sleep(5); /* lead and the life of a result */
	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0"), 0);
	AUTO(pins_free) struct pins *third = read_pins(&r);
	CU_ASSERT_EQUAL_FATAL(third->n, 3); /* the first is over, and there */
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(third->keys[2].uri, "object=anchord-sign-2"));
	CU_ASSERT_EQUAL(third->keys[2].alg, ALG_ES384);
	digest_sha256(pin_spki(&third->keys[2]), sha256);
	CU_ASSERT_TRUE(spki_of(&r, sha256) > 100); /* it is in the token */
}

static void
test_retired(void)
{
	RIG(r);

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0"), 0);
	follow(&r);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1); /* not yet */
	sleep(5);
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "state"), "over");
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "next"), "--delete-retired"));

	/* Only when its successor signs, by the key holder's word. */
	AUTO(pins_free) struct pins *both = read_pins(&r);
	put(r.record, "nonsense\n");
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	record(&r, both->keys[0].kid, both->version);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	record(&r, both->keys[1].kid, both->version - 1);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	CU_ASSERT_EQUAL(unlink(r.record), 0);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	follow(&r);
	/* A rehearsal destroys nothing. */
	uint8_t sha256[HASH_SIZE];
	digest_sha256(pin_spki(&both->keys[0]), sha256);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired --dry-run"), 0);
	CU_ASSERT_TRUE(spki_of(&r, sha256) > 0);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 0);
	CU_ASSERT_EQUAL(spki_of(&r, sha256), 0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	CU_ASSERT_EQUAL_FATAL(o->n, 1);
	CU_ASSERT_STRING_EQUAL(o->keys[0].kid, both->keys[1].kid);

	/* The old key is gone, the new one is what the next follows. */
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--lead 2"), 0);
}

/* The key that would be destroyed is another than the pinned one. */
static void
test_retired_other(void)
{
	RIG(r);
	AUTO(soft_key_free)
	struct soft_key *other = soft_key_new(ALG_ES256, "other");
	AUTO(pins_free) struct pins *another = pins_kit_new();

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0"), 0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	struct pin *pin = pins_kit_add(another, "token", 1,
	                               soft_key_spki(other), ALG_ES256);
	memcpy(pin->uri, o->keys[0].uri, sizeof(pin->uri));
	pin->until_s = o->keys[0].until_s;
	o->keys[0] = *pin;
	pins_kit_write(o, r.pins);
	follow(&r);
	sleep(5);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	AUTO(pins_free) struct pins *same = read_pins(&r);
	CU_ASSERT_EQUAL(same->n, 2);
}

/* A key that is in the token already is taken when it is the one that the
 * officer means: anybody may have put another there. */
static void
test_given(void)
{
	RIG(r);
	char line[2048];
	AUTO(buf_release) struct buf hex = buf_of(128);
	AUTO(buf_release) struct buf other = buf_of(128);
	uint8_t sha256[HASH_SIZE];
	const struct pin made = pins_kit_made(&r.token);

	digest_sha256(pin_spki(&made), sha256);
	encode_hex(&hex, bytes_of(sha256, sizeof(sha256)));
	snprintf(line, sizeof(line), "--uri %s", made.uri);
	CU_ASSERT_EQUAL(rotate(&r, line), 2); /* no hash */
	snprintf(line, sizeof(line), "--uri %s --public %s0", made.uri,
	         buf_str(&hex));
	CU_ASSERT_EQUAL(rotate(&r, line), 2);
	snprintf(line, sizeof(line), "--uri tpm2:device:x --public %s",
	         buf_str(&hex));
	CU_ASSERT_EQUAL(rotate(&r, line), 2);
	snprintf(line, sizeof(line), "--uri %s --public %s", r.token.uri,
	         buf_str(&hex));
	CU_ASSERT_EQUAL(rotate(&r, line), 1); /* another key is there */
	digest_sha256(bytes_of_str("what the officer means"), sha256);
	buf_reset(&other);
	encode_hex(&other, bytes_of(sha256, sizeof(sha256)));
	snprintf(line, sizeof(line), "--uri %s --public %s", made.uri,
	         buf_str(&other));
	CU_ASSERT_EQUAL(rotate(&r, line), 1); /* not what is there */
	CU_ASSERT_EQUAL(unlink(r.pin), 0);    /* nobody asks for it */
	snprintf(line, sizeof(line), "--uri %s --public %s", made.uri,
	         buf_str(&hex));
	CU_ASSERT_EQUAL_FATAL(rotate(&r, line), 0);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	CU_ASSERT_STRING_EQUAL(o->keys[1].uri, made.uri);
	CU_ASSERT_STRING_EQUAL(o->keys[1].kid, made.kid);
}

static void
test_refused(void)
{
	RIG(r);

	CU_ASSERT_EQUAL(rotate(&r, "--lead 1"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--lead 5x"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--lead -5"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--margin 99999999999"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--id 0g"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--status --cancel"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--name other"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
	put(r.pin, "000000");
	CU_ASSERT_EQUAL(rotate(&r, ""), 1); /* tried once, and no version */
	put(r.pin, SOFTTOKEN_PIN);

	/* The label of a key that is there. */
	CU_ASSERT_EQUAL(rotate(&r, "--label anchord-sign"), 1);
	AUTO(pins_free) struct pins *same = read_pins(&r);
	CU_ASSERT_EQUAL(same->version, 1);
	/* No pins file of this program; none at all. */
	put(r.pins, "nonsense\n");
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 1);
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
	CU_ASSERT_EQUAL(unlink(r.pins), 0);
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
}

static const struct harness_test tests[] = {
	{ "makes a key and orders it; one at a time", test_order },
	{ "takes back a successor that does not sign", test_cancel_late },
	{ "makes the key that was asked for", test_alg },
	{ "destroys what has retired, when it is safe", test_retired },
	{ "destroys no other key", test_retired_other },
	{ "takes a key that is there", test_given },
	{ "refuses the rest", test_refused },
	{ NULL, NULL },
};

HARNESS_MAIN("token_rotate", tests)
