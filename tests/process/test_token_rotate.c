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
#include "../common/softtoken.h"
#include "clock.h"
#include "digest.h"
#include "hsm_list.h"
#include "rotation.h"

#define WORDS_MAX 24

struct rig {
	struct softtoken token;
	char config[160], order[160], kept[160], pin[160], out[160];
	json_t *json; /* what the last command printed */
};

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* more: further members of the group token. */
static void
write_config(const struct rig *r, const char *uri, const char *more)
{
	AUTO(buf_release) struct buf text = buf_of(65536);
	char lines[1024], state[160];

	snprintf(state, sizeof(state), "%s/state", r->token.directory);
	snprintf(lines, sizeof(lines),
	         "environment=[\"SOFTHSM2_CONF=%s\"]; pin_file=\"%s\"; %s",
	         r->token.config, r->pin, more);
	const struct lifeline_config c = {
		.token_module = r->token.module,
		.token_uri = uri,
		.token_public = r->token.public_hex,
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
	char more[256];

	*r = (struct rig){ .json = NULL };
	if (!softtoken_open(&r->token))
		return false;
	const char *d = r->token.directory;
	snprintf(r->config, sizeof(r->config), "%s/anchord.conf", d);
	snprintf(r->order, sizeof(r->order), "%s/order", d);
	snprintf(r->kept, sizeof(r->kept), "%s/state/" ROTATION_KEPT_FILE, d);
	snprintf(r->pin, sizeof(r->pin), "%s/pin", d);
	snprintf(r->out, sizeof(r->out), "%s/out", d);
	put(r->pin, SOFTTOKEN_PIN "\n");
	snprintf(more, sizeof(more), "rotation=\"%s\";", r->order);
	write_config(r, r->token.uri, more);
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

static bool
there(const char *path)
{
	return access(path, F_OK) == 0;
}

static struct rotation
read_order(const struct rig *r)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	char text[ROTATION_FILE_MAX];
	struct rotation o = { .n = 0 };
	struct stat st;
	int fd = open(r->order, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));

	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0644);
	close(fd);
	CU_ASSERT_TRUE_FATAL(n > 0);
	CU_ASSERT_EQUAL(rotation_parse(bytes_of(text, (size_t)n), &why, &o),
	                OK);
	return o;
}

/* As the key holder keeps what it follows. */
static void
follow(const struct rig *r)
{
	AUTO(buf_release) struct buf text = buf_of(ROTATION_FILE_MAX);
	const struct rotation o = read_order(r);

	rotation_put(&text, &o);
	put(r->kept, buf_str(&text));
}

static void
test_order(void)
{
	RIG(r);
	uint64_t now_s = clock_wall_ms() / 1000;

	CU_ASSERT_EQUAL(rotate(&r, "--status"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "state"), "none");
	CU_ASSERT_EQUAL(rotate(&r, "--dry-run"), 0);
	CU_ASSERT_FALSE(there(r.order));

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 70 --margin 9"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "state"), "under-way");
	CU_ASSERT_EQUAL(strlen(text_of(&r, "kid")), 43);
	const struct rotation o = read_order(&r);
	CU_ASSERT_EQUAL_FATAL(o.n, 2);
	CU_ASSERT_EQUAL(memcmp(o.keys[0].public_sha256, r.token.public_sha256,
	                       HASH_SIZE),
	                0);
	CU_ASSERT_STRING_EQUAL(o.keys[0].uri, r.token.uri);
	CU_ASSERT_TRUE(o.keys[1].publish_at_s >= now_s);
	CU_ASSERT_EQUAL(o.keys[1].sign_from_s, o.keys[1].publish_at_s + 70);
	/* the longest life is a result's, and the margin */
	CU_ASSERT_EQUAL(o.keys[0].retire_at_s, o.keys[1].sign_from_s + 2 + 9);

	/* A second one waits, whatever it is. */
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--dry-run"), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	const struct rotation same = read_order(&r);
	CU_ASSERT_EQUAL(memcmp(&o, &same, sizeof(o)), 0);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 0);
	CU_ASSERT_EQUAL(read_order(&r).n, 1);
	CU_ASSERT_STRING_EQUAL(read_order(&r).keys[0].uri, r.token.uri);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
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

	CU_ASSERT_EQUAL(rotate(&r, "--alg ES385"), 2);
	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0 --alg ES384 "
	                                 "--label wide --id 0a0b"),
	                      0);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(read_order(&r).keys[1].uri, "object=wide"));
	sleep(5); /* lead and the life of a result */
	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0"), 0);
	const struct rotation o = read_order(&r);
	CU_ASSERT_PTR_NOT_NULL(strstr(o.keys[0].uri, "object=wide"));
	CU_ASSERT_PTR_NOT_NULL(strstr(o.keys[1].uri, "object=anchord-sign-2"));
	/* it is in the token, and of P-384, like the one before */
	CU_ASSERT_TRUE(spki_of(&r, o.keys[1].public_sha256) > 100);
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

	/* Only when the key holder is known to follow this order. */
	put(r.kept, "rotation 1\n");
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	CU_ASSERT_EQUAL(unlink(r.kept), 0);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	follow(&r);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 0);
	const struct rotation o = read_order(&r);
	CU_ASSERT_EQUAL_FATAL(o.n, 1);
	CU_ASSERT_STRING_NOT_EQUAL(o.keys[0].uri, r.token.uri);

	/* The old key is gone, the new one is what the next follows. */
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	CU_ASSERT_EQUAL(rotate(&r, "--lead 2"), 0);
	CU_ASSERT_STRING_EQUAL(read_order(&r).keys[0].uri, o.keys[0].uri);
}

/* The key that would be destroyed is another than the order's. */
static void
test_retired_other(void)
{
	RIG(r);
	struct rotation o;
	AUTO(buf_release) struct buf text = buf_of(ROTATION_FILE_MAX);

	CU_ASSERT_EQUAL_FATAL(rotate(&r, "--lead 2 --margin 0"), 0);
	o = read_order(&r);
	o.keys[0].public_sha256[0] ^= 1;
	rotation_put(&text, &o);
	put(r.order, buf_str(&text));
	CU_ASSERT_EQUAL(chmod(r.order, 0644), 0);
	follow(&r);
	sleep(5);
	CU_ASSERT_EQUAL(rotate(&r, "--delete-retired"), 1);
	CU_ASSERT_EQUAL(read_order(&r).n, 2);
}

static void
test_given(void)
{
	RIG(r);
	char line[2048];
	const char *hex = "00112233445566778899aabbccddeeff"
	                  "00112233445566778899aabbccddeeff";
	char other[512];

	snprintf(other, sizeof(other), "%s", r.token.uri);
	memcpy(strstr(other, "object=anchord-sign"), "object=ancient-sign",
	       strlen("object=ancient-sign"));
	snprintf(line, sizeof(line), "--uri %s", other);
	CU_ASSERT_EQUAL(rotate(&r, line), 2); /* no pin */
	snprintf(line, sizeof(line), "--uri %s --public %s0", other, hex);
	CU_ASSERT_EQUAL(rotate(&r, line), 2);
	snprintf(line, sizeof(line), "--uri tpm2:device:x --public %s", hex);
	CU_ASSERT_EQUAL(rotate(&r, line), 2);
	snprintf(line, sizeof(line), "--uri %s --public %s", other, hex);
	CU_ASSERT_EQUAL(unlink(r.pin), 0); /* nobody asks for it */
	CU_ASSERT_EQUAL_FATAL(rotate(&r, line), 0);
	CU_ASSERT_STRING_EQUAL(read_order(&r).keys[1].uri, other);
	CU_ASSERT_EQUAL(read_order(&r).keys[1].public_sha256[1], 0x11);
}

static void
test_refused(void)
{
	RIG(r);
	char more[256];

	CU_ASSERT_EQUAL(rotate(&r, "--lead 1"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--lead 5x"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--lead -5"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--margin 99999999999"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--id 0g"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--status --cancel"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--name other"), 2);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 1);
	put(r.pin, "000000");
	CU_ASSERT_EQUAL(rotate(&r, ""), 1); /* tried once, and no order */
	CU_ASSERT_FALSE(there(r.order));
	put(r.pin, SOFTTOKEN_PIN);

	/* The label of a key that is there. */
	CU_ASSERT_EQUAL(rotate(&r, "--label anchord-sign"), 1);
	CU_ASSERT_FALSE(there(r.order));
	put(r.order, "nonsense\n");
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 1);
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
	CU_ASSERT_EQUAL(unlink(r.order), 0);

	/* Not the key in use; no path for an order; a TPM, but which? */
	snprintf(more, sizeof(more), "rotation=\"%s\";", r.order);
	r.token.public_hex[0] = r.token.public_hex[0] == '0' ? '1' : '0';
	write_config(&r, r.token.uri, more);
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
	write_config(&r, "tpm2:device:/dev/tpmrm0", more);
	CU_ASSERT_EQUAL(rotate(&r, ""), 3);
	CU_ASSERT_EQUAL(rotate(&r, "--label x"), 2);
	write_config(&r, r.token.uri, "");
	CU_ASSERT_EQUAL(rotate(&r, ""), 1);
	CU_ASSERT_FALSE(there(r.order));
}

static const struct harness_test tests[] = {
	{ "makes a key and orders it; one at a time", test_order },
	{ "makes the key that was asked for", test_alg },
	{ "destroys what has retired, when it is safe", test_retired },
	{ "destroys no other key", test_retired_other },
	{ "takes a key that is there", test_given },
	{ "refuses the rest", test_refused },
	{ NULL, NULL },
};

HARNESS_MAIN("token_rotate", tests)
