/*
 * test_rotation_trouble.c - the whole service, on SoftHSM, when the file that says
 * which key signs is spoiled, old, refused or names a key that cannot sign: also
 * in the next life, the last good one rules, and /readyz says so.
 *
 * unit/keyholder/test_rotation_schedules has the same with a fake device, many times.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/service/rotation_load.h"
#include "tests/common/fakes/soft_key.h"
#include "base/clock.h"

struct story {
	struct service *s;
	struct rotation_board board; /* kids of the retired key and its heir */
	char path[SERVICE_PATH_MAX + 16];
	struct pins *first, *last; /* before the rotation, and after it */
	bool unsaid; /* some words did not come; no others are waited for */
};

static void
story_free(struct story *t)
{
	service_free(t->s);
	pins_free(t->first);
	pins_free(t->last);
}
DEFINE_AUTO_REF(struct story, story_free);

static struct pins *
read_pins(const char *path)
{
	static char text[PINS_FILE_MAX];
	AUTO(buf_release) struct buf why = buf_of(256);
	struct pins *pins = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));

	close(fd);
	CU_ASSERT_TRUE_FATAL(n > 0);
	CU_ASSERT_EQUAL_FATAL(
	        pins_parse(bytes_of(text, (size_t)n), &why, &pins), OK);
	return pins;
}

/* /readyz has these words, or none of its own about trouble, soon. */
static bool
says(struct story *t, const char *words)
{
	uint64_t end_at = service_now_ms() + (t->unsaid ? 0 : HARNESS_WAIT_MS);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	do {
		AUTO(client_free) struct client *c = NULL;

		buf_reset(&answer);
		if (client_open(t->s->monitor, t->s->port, &c) == OK &&
		    client_exchange(c, "GET", "/readyz", bytes_of(NULL, 0),
		                    &answer) == 200 &&
		    (words ? strstr(buf_str(&answer), words) != NULL
		           : !strstr(buf_str(&answer), "degraded")))
			return true;
		service_sleep_ms(50);
	} while (service_now_ms() < end_at);
	printf("  %s: %s\n", words ? words : "ready", buf_str(&answer));
	t->unsaid = true;
	return false;
}

/* The heir signs and is published, and nothing else is. */
static void
must_rule(const struct story *t)
{
	CU_ASSERT_EQUAL(rotation_published(t->s, t->board.old_kid), 0);
	CU_ASSERT_EQUAL(rotation_published(t->s, t->board.new_kid), 1);
	CU_ASSERT_TRUE(rotation_signed_by(t->s, t->board.new_kid));
}

/* The parts of the life before hold the address until they have ended. */
static void
launch(struct story *t)
{
	uint64_t end_at = service_now_ms() + HARNESS_WAIT_MS;
	bool ready = false;

	while (!ready && service_now_ms() < end_at) {
		CU_ASSERT_EQUAL_FATAL(service_launch(t->s), OK);
		ready = service_wait_ready(t->s, HARNESS_WAIT_MS);
		if (!ready && t->s->supervisor > 0) {
			service_print_log(t->s, 20);
			service_halt(t->s);
			(void)service_heal(t->s);
		}
		if (!ready)
			service_sleep_ms(50);
	}
	CU_ASSERT_TRUE_FATAL(ready);
}

static void
kill_all(struct story *t)
{
	CU_ASSERT_EQUAL(kill(t->s->supervisor, SIGKILL), 0);
	(void)waitpid(t->s->supervisor, NULL, 0);
	t->s->supervisor = 0;
	launch(t);
}

/* A service in which one key has retired, and the next one signs. */
static void
story_begin(struct story *t)
{
	uint64_t end_at;

	CU_ASSERT_EQUAL_FATAL(service_prepare(&t->s), OK);
	CU_ASSERT_EQUAL_FATAL(
	        service_edit(t->s, "challenge: { ttl = 600; ttl_max = 3600; };",
	                     "challenge: { ttl = 1; ttl_max = 1; };\n"
	                     "result: { ttl = 1; };"),
	        OK);
	snprintf(t->path, sizeof(t->path), "%s/pins", t->s->dir);
	CU_ASSERT_EQUAL_FATAL(rotation_launch(t->s), OK);
	rotation_kid(t->s, t->board.old_kid);
	t->first = read_pins(t->path);
	CU_ASSERT_EQUAL_FATAL(rotation_order(t->s, "2", "0", &t->board), 0);
	t->last = read_pins(t->path);
	end_at = service_now_ms() + HARNESS_WAIT_MS;
	while (rotation_published(t->s, t->board.old_kid) != 0 &&
	       service_now_ms() < end_at)
		service_sleep_ms(50);
	CU_ASSERT_TRUE(says(t, NULL));
	must_rule(t);
}

/* Another key, in the next version: it signs from `from` seconds from now on. */
static void
order_third(const struct story *t, int from, char ret_kid[static KID_SIZE])
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "third");
	AUTO(pins_free) struct pins *pins = read_pins(t->path);
	uint64_t now_s = clock_wall_ms() / 1000;
	struct pin *before = &pins->keys[pins->n - 1];

	before->until_s = now_s + 3600;
	struct pin *third = pins_kit_add(pins, before->token, before->node,
	                                 soft_key_spki(key), ALG_ES256);
	snprintf(third->uri, sizeof(third->uri), "%s", before->uri);
	char *at = strstr(third->uri, "object=");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(at, "object=none", sizeof("object=none")); /* shorter */
	third->from_s = now_s + (uint64_t)from;
	third->publish_s = from < 0 ? third->from_s : now_s;
	pins->version++;
	pins_kit_write(pins, t->path);
	memcpy(ret_kid, third->kid, KID_SIZE);
}

static void
write_nonsense(const struct story *t)
{
	FILE *f = fopen(t->path, "w");

	CU_ASSERT_FATAL(f && fputs("nonsense\n", f) >= 0);
	fclose(f);
}

/* Yesterday's file, in which the retired key signs for ever; and no file at all.
 * A version that may follow mends it. */
static void
spoil(struct story *t)
{
	pins_kit_write(t->first, t->path);
	CU_ASSERT_TRUE(says(t, "\"degraded\":\"pins: version 1 does not"));
	must_rule(t);
	kill_all(t); /* the file that it finds is older than what it kept */
	CU_ASSERT_TRUE(says(t, "\"degraded\":\"pins: version 1 does not"));
	must_rule(t);
	write_nonsense(t);
	CU_ASSERT_TRUE(says(t, "\"degraded\":\"pins: line"));
	service_halt(t->s);
	launch(t);
	CU_ASSERT_TRUE(says(t, "\"degraded\":\"pins: line"));
	must_rule(t);
	pins_kit_write(t->last, t->path);
	CU_ASSERT_TRUE(says(t, NULL));
}

/* A key that would sign at once, unheard of: refused, in the next life, too. */
static void
refuse(struct story *t)
{
	char third[KID_SIZE];

	order_third(t, -1, third);
	CU_ASSERT_TRUE(says(t, "would sign at once"));
	kill_all(t);
	CU_ASSERT_TRUE(says(t, "would sign at once"));
	must_rule(t);
	CU_ASSERT_EQUAL(rotation_published(t->s, third), 0);
	pins_kit_write(t->last, t->path);
	CU_ASSERT_TRUE(says(t, NULL));
}

/* The order is good, and its key is none that the token has: the one that signs
 * opens in the next life all the same. */
static void
cannot_sign(struct story *t)
{
	char third[KID_SIZE];

	order_third(t, 600, third);
	CU_ASSERT_TRUE(says(t, "is not held"));
	CU_ASSERT_TRUE(rotation_signed_by(t->s, t->board.new_kid));
	kill_all(t);
	CU_ASSERT_TRUE(says(t, "is not held"));
	CU_ASSERT_TRUE(rotation_signed_by(t->s, t->board.new_kid));
	CU_ASSERT_EQUAL(rotation_published(t->s, t->board.old_kid), 0);
}

static void
test_trouble(void)
{
	AUTO(story_free) struct story t = { .s = NULL };

	story_begin(&t);
	spoil(&t);
	refuse(&t);
	cannot_sign(&t);
}

static const struct harness_test tests[] = {
	{ "a file that is no good brings no key back and keeps none away",
	  test_trouble },
	{ NULL, NULL },
};

HARNESS_MAIN("rotation_trouble", tests)
