/*
 * test_token_cancel.c - `anchorctl token rotate` when a rotation comes to nothing:
 * --cancel takes the key that was made away, when nobody needs it and somebody
 * said so; --status says what is in force when the file is not.
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/process/test_token_rotate_files.h"

/* --- what is in the token ------------------------------------------------- */

struct search {
	const uint8_t *sha256;
	bool there;
};

static void
on_object(void *arg, const struct hsm_object *o)
{
	struct search *s = arg;
	uint8_t hash[HASH_SIZE];

	digest_sha256(bytes_of(o->spki, o->spki_len), hash);
	s->there |= memcmp(hash, s->sha256, sizeof(hash)) == 0;
}

static void
on_token(void *arg, const struct hsm_token *token)
{
	(void)arg;
	(void)token;
}

static bool
is_there(const struct rig *r, const struct pin *pin)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	uint8_t sha256[HASH_SIZE];
	struct search search = { sha256, false };
	const struct hsm_list_ops ops = { on_token, on_object, &search };
	const struct hsm_token_name name = { r->token.module, SOFTTOKEN_LABEL,
		                             "", NULL };

	digest_sha256(pin_spki(pin), sha256);
	CU_ASSERT_EQUAL(hsm_token_list(&name, NULL, &ops, &why), OK);
	return search.there;
}

/* --- a key holder that follows -------------------------------------------- */

/* Each version is followed at once; the first row signs. */
static void
follow_once(const struct rig *r)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(pins_free) struct pins *pins = NULL;
	static char text[PINS_FILE_MAX];
	char line[256];
	int fd = open(r->pins, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));

	close(fd);
	if (n <= 0 || pins_parse(bytes_of(text, (size_t)n), &why, &pins) != OK)
		return;
	int len = snprintf(line, sizeof(line), "kid %s\nversion %u\n",
	                   pins->keys[0].kid, pins->version);
	fd = open(r->record, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (write(fd, line, (size_t)len) != len)
		_exit(1);
	close(fd);
}

static pid_t
follower(const struct rig *r)
{
	fflush(stdout);
	pid_t pid = fork();

	while (pid == 0) {
		follow_once(r);
		usleep(20000);
		if (getppid() == 1)
			_exit(0);
	}
	return pid;
}

static void
stop(pid_t pid)
{
	CU_ASSERT_EQUAL(kill(pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
}

/* An order; its key, which is in the token. */
static struct pin
ordered(struct rig *r)
{
	static unsigned number = 16; /* the time would be another only later */
	char line[128];

	number++;
	snprintf(line, sizeof(line), "--lead 70 --margin 9 --label n%u --id %u",
	         number, number);
	CU_ASSERT_EQUAL_FATAL(rotate(r, line), 0);
	AUTO(pins_free) struct pins *pins = read_pins(r);
	CU_ASSERT_EQUAL_FATAL(pins->n, 2);
	CU_ASSERT_TRUE(is_there(r, &pins->keys[1]));
	return pins->keys[1];
}

static void
must_be_alone(const struct rig *r)
{
	AUTO(pins_free) struct pins *pins = read_pins(r);

	CU_ASSERT_EQUAL(pins->n, 1);
	CU_ASSERT_EQUAL(pins->keys[0].until_s, 0);
	CU_ASSERT_TRUE(is_there(r, &pins->keys[0]));
}

/* --- cancel --------------------------------------------------------------- */

static void
test_destroys(void)
{
	RIG(r);
	const struct pin next = ordered(&r);

	/* A rehearsal says what, and does nothing. */
	CU_ASSERT_EQUAL(rotate(&r, "--cancel --dry-run --yes"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "done"), next.kid));
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "done"), "be destroyed"));
	CU_ASSERT_TRUE(is_there(&r, &next));
	pid_t pid = follower(&r);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel --yes"), 0);
	stop(pid);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "done"), "neither half"));
	CU_ASSERT_FALSE(is_there(&r, &next));
	must_be_alone(&r);
}

/* Whoever sits at a terminal is asked. */
static void
test_asks(void)
{
	RIG(r);
	const struct pin next = ordered(&r);
	pid_t pid = follower(&r);

	CU_ASSERT_EQUAL(rotate_asked(&r, "--cancel", "no\n"), 0);
	CU_ASSERT_TRUE(is_there(&r, &next));
	must_be_alone(&r);
	const struct pin again = ordered(&r);
	CU_ASSERT_EQUAL(rotate_asked(&r, "--cancel", "yes\n"), 0);
	stop(pid);
	CU_ASSERT_FALSE(is_there(&r, &again));
	CU_ASSERT_TRUE(is_there(&r, &next));
	must_be_alone(&r);
}

/* --uri and --public of a pin. */
static void
put_left(const struct pin *pin, char *line, size_t size)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE));
	uint8_t sha256[HASH_SIZE];

	digest_sha256(pin_spki(pin), sha256);
	encode_hex(&hex, bytes_of(sha256, sizeof(sha256)));
	snprintf(line, size, "--cancel --yes --uri %s --public %s", pin->uri,
	         buf_str(&hex));
}

/* Nobody said yes, so the key stays, and it is said how it goes: only when the
 * key holder follows, and never a key that is pinned. */
static void
test_left(void)
{
	RIG(r);
	char line[2048];
	const struct pin next = ordered(&r);

	put_left(&next, line, sizeof(line));
	follow_once(&r);
	CU_ASSERT_EQUAL(rotate(&r, line), 1); /* it is pinned */
	CU_ASSERT_EQUAL(rotate(&r, "--cancel"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "next"), "--public"));
	CU_ASSERT_EQUAL(rotate(&r, line), 1); /* the record is older */
	CU_ASSERT_TRUE(is_there(&r, &next));
	follow_once(&r);
	AUTO(pins_free) struct pins *pins = read_pins(&r);
	char other[2048];
	put_left(&pins->keys[0], other, sizeof(other));
	CU_ASSERT_EQUAL(rotate(&r, other), 1); /* the key that signs */
	snprintf(other, sizeof(other), "--cancel --yes --uri %s", next.uri);
	CU_ASSERT_EQUAL(rotate(&r, other), 2);
	/* Another token gets no try of this one's PIN. */
	snprintf(other, sizeof(other), "%s", line);
	memcpy(strstr(other, "token=") + strlen("token="), "A", 1);
	CU_ASSERT_EQUAL(rotate(&r, other), 2);
	CU_ASSERT_TRUE(is_there(&r, &next));
	CU_ASSERT_EQUAL(rotate(&r, line), 0);
	CU_ASSERT_FALSE(is_there(&r, &next));
	CU_ASSERT_EQUAL(rotate(&r, line), 0); /* gone already */
	must_be_alone(&r);
}

/* The service does not follow: the order is taken back, and the key stays. */
static void
test_nobody_follows(void)
{
	RIG(r);
	const struct pin next = ordered(&r);

	follow_once(&r);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel --yes"), 3);
	CU_ASSERT_STRING_EQUAL(text_of(&r, "done"), "cancelled");
	CU_ASSERT_TRUE(is_there(&r, &next));
	must_be_alone(&r);
}

/* The key that would sign on does not: the other may be the last that could. */
static void
test_last(void)
{
	RIG(r);
	AUTO(buf_release) struct buf why = buf_of(256);
	const struct pin next = ordered(&r);
	uint8_t sha256[HASH_SIZE];
	const struct hsm_key_pinned old = { r.token.module, r.token.uri, sha256,
		                            false, NULL };

	memcpy(sha256, r.token.public_sha256, HASH_SIZE);
	CU_ASSERT_EQUAL(hsm_key_destroy(&old, r.token.pin, &why), OK);
	pid_t pid = follower(&r);
	CU_ASSERT_EQUAL(rotate(&r, "--cancel --yes"), 1);
	stop(pid);
	CU_ASSERT_TRUE(is_there(&r, &next));
}

/* --- status --------------------------------------------------------------- */

static const char *
force_of(const struct rig *r, const char *name)
{
	const char *text = json_string_value(
	        json_object_get(json_object_get(r->json, "in_force"), name));

	return text ? text : "";
}

static int
version_of(const struct rig *r)
{
	return (int)json_integer_value(json_object_get(
	        json_object_get(r->json, "in_force"), "version"));
}

/* The supervisor keeps what was ordered; then the file is another. */
static void
test_status(void)
{
	RIG(r);
	char kept[192];
	AUTO(pins_free) struct pins *first = read_pins(&r);

	/* Without the supervisor's copy the key holder's word is what there is. */
	record(&r, first->keys[0].kid, 1);
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 0);
	CU_ASSERT_EQUAL(version_of(&r), 1);
	CU_ASSERT_STRING_EQUAL(force_of(&r, "signs"), first->keys[0].kid);

	const struct pin next = ordered(&r);
	AUTO(pins_free) struct pins *o = read_pins(&r);
	snprintf(kept, sizeof(kept), "%s/pins", r.kept);
	CU_ASSERT_EQUAL(mkdir(r.kept, 0700), 0);
	pins_kit_write(o, kept);
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 0);
	CU_ASSERT_EQUAL(version_of(&r), 2);
	CU_ASSERT_STRING_EQUAL(force_of(&r, "refused"), "");

	/* An older file; a key that would sign at once; no file of ours. */
	pins_kit_write(first, r.pins);
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 1);
	CU_ASSERT_EQUAL(version_of(&r), 2);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(force_of(&r, "refused"), "does not follow"));
	o->version = 3;
	o->keys[1].publish_s = o->keys[1].from_s = clock_wall_ms() / 1000 - 5;
	pins_kit_write(o, r.pins);
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(force_of(&r, "refused"), "at once"));
	CU_ASSERT_TRUE(file_write_text(r.pins, "nonsense\n"));
	CU_ASSERT_EQUAL(rotate(&r, "--status"), 1);
	CU_ASSERT_EQUAL(version_of(&r), 2);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(r.json, "keys")), 2);
	CU_ASSERT_STRING_NOT_EQUAL(force_of(&r, "refused"), "");
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&r, "next"), r.kept));
	CU_ASSERT_TRUE(is_there(&r, &next));
}

static const struct harness_test tests[] = {
	{ "destroys the key that was made", test_destroys },
	{ "asks who sits at a terminal", test_asks },
	{ "says how a key goes that was left", test_left },
	{ "destroys nothing while the key holder does not follow",
	  test_nobody_follows },
	{ "nor what may be the last key that signs", test_last },
	{ "says what is in force when the file is refused", test_status },
	{ NULL, NULL },
};

HARNESS_MAIN("token_cancel", tests)
