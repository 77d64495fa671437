/*
 * test_keyholder_token.c - a token that says no, is not there, goes away or
 * does not answer: what the key holder makes of it, over several lives.
 */
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/keyholder_rig.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_key.h"
#include "base/clock.h"
#include "proc/role.h"

static void
test_wrong_pin(void)
{
	RIG(r);

	rig_write_pin(&r, "000000");
	life_begin(&r);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(r.life, false, "PIN", HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(rig_latched(&r));
	rig_ask(&r, r.front, 3);
	rig_unavailable(r.front, 3);
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, 1200), -1); /* it stays */
	life_end(&r);

	/* The right PIN would open it: that it does not shows that it is not
	 * tried. */
	rig_write_pin(&r, SOFTTOKEN_PIN);
	life_begin(&r);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(r.life, false, "PIN", HARNESS_WAIT_MS));
	rig_ask(&r, r.front, 4);
	rig_unavailable(r.front, 4);

	/* A person looks: the process makes room for one that tries again. */
	rig_unlatch(&r);
	life_ends(&r, ROLE_EXIT_PART);
	life_open(&r);
	CU_ASSERT_FALSE(rig_latched(&r));
	rig_ask(&r, r.front, 5);
	rig_take(&r, r.front, 5);
}

/* The token counts a wrong PIN: a latch that is merely gone, or an old permit, is
 * no person's word. */
static void
test_counted_pin(void)
{
	RIG(r);

	for (int turn = 0; turn < 2; turn++) {
		rig_write_pin(&r, "000000");
		life_begin(&r);
		CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "PIN",
		                                    HARNESS_WAIT_MS));
		life_end(&r);
		rig_write_pin(&r, SOFTTOKEN_PIN);
		CU_ASSERT_EQUAL(unlink(r.latch_path), 0);
		life_begin(&r);
		CU_ASSERT_TRUE(lifeline_wait_status(r.life, false,
		                                    "a wrong PIN was counted",
		                                    HARNESS_WAIT_MS));
		CU_ASSERT_TRUE(rig_latched(&r));
		rig_unlatch(&r);
		life_ends(&r, ROLE_EXIT_PART);
		life_open(&r);
		CU_ASSERT_FALSE(rig_latched(&r));
		life_end(&r);
	}
}

/* Where the mark cannot be written nothing is tried: a wrong PIN would have been
 * counted, and the right one refused after it.  Nothing is latched, either. */
static void
test_no_mark(void)
{
	RIG(r);
	char path[200];

	snprintf(path, sizeof(path), "%s.new", r.latch_path);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	rig_write_pin(&r, "000000");
	for (int i = 0; i < 2; i++) {
		life_begin(&r);
		bool said = lifeline_wait_status(
		        r.life, false, "no latch was set", HARNESS_WAIT_MS);
		CU_ASSERT_TRUE(said);
		if (!said)
			return;
		life_ends(&r, ROLE_EXIT_PART);
		CU_ASSERT_FALSE(rig_latched(&r));
	}
	CU_ASSERT_EQUAL(rmdir(path), 0);
	rig_write_pin(&r, SOFTTOKEN_PIN);
	life_open(&r);
}

/* Can the PIN be read by a descriptor of that process?  Seen as root. */
static bool
holds_pin(pid_t pid)
{
	char pattern[64], text[64];
	glob_t found = { 0 };
	bool holds = false;

	snprintf(pattern, sizeof(pattern), "/proc/%d/fd/*", (int)pid);
	CU_ASSERT_EQUAL_FATAL(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int fd = open(found.gl_pathv[i],
		              O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof(text), 0);
		holds |=
		        n >= (ssize_t)strlen(SOFTTOKEN_PIN) &&
		        memcmp(text, SOFTTOKEN_PIN, strlen(SOFTTOKEN_PIN)) == 0;
		if (fd >= 0)
			close(fd);
	}
	globfree(&found);
	return holds;
}

/* After the login nobody in that process finds it again; nor after a login
 * that was refused, which the process outlives.  The next life has another. */
static void
test_pin_is_closed(void)
{
	RIG(r);

	if (geteuid() != 0) {
		harness_skip("a role is not dumpable: only root sees it");
		return;
	}
	CU_ASSERT_TRUE(holds_pin(getpid()) == false);
	int own = open(r.pin_path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_TRUE(holds_pin(getpid()));
	close(own);

	life_open(&r);
	CU_ASSERT_FALSE(holds_pin(lifeline_pid(r.life)));
	life_end(&r);
	life_open(&r);
	CU_ASSERT_FALSE(holds_pin(lifeline_pid(r.life)));
	life_end(&r);

	rig_write_pin(&r, SOFTTOKEN_PIN "0");
	life_begin(&r);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(r.life, false, "PIN", HARNESS_WAIT_MS));
	CU_ASSERT_FALSE(holds_pin(lifeline_pid(r.life)));
}

static void
test_other_key(void)
{
	RIG(r);

	AUTO(soft_key_free)
	struct soft_key *other = soft_key_new(ALG_ES256, "other");
	AUTO(buf_release)
	struct buf pins =
	        pins_kit_one(soft_key_spki(other), ALG_ES256, r.token.uri);
	r.pins = buf_str(&pins);
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "not the pinned",
	                                    HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(rig_latched(&r));
	rig_ask(&r, r.front, 3);
	rig_unavailable(r.front, 3);
}

static void
test_other_handle_key(void)
{
	RIG(r);

	r.more = "handle_check=\"000102030405060708090a0b0c0d0e0f"
	         "101112131415161718191a1b1c1d1e1f\";";
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false,
	                                    "the handle key is not the pinned",
	                                    HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(rig_latched(&r));
}

/* Not there: answers, then makes room for the next try; no latch. */
static void
test_absent(void)
{
	RIG(r);

	snprintf(r.token.uri, sizeof(r.token.uri), "%s",
	         "pkcs11:token=anchord-test;serial=0011223344556677;"
	         "object=anchord-sign;id=%01");
	life_begin(&r);
	rig_ask(&r, r.front, 3);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(r.life, false, "token", HARNESS_WAIT_MS));
	rig_unavailable(r.front, 3);
	life_ends(&r, ROLE_EXIT_PART);
	CU_ASSERT_FALSE(rig_latched(&r));
}

static void
test_unreadable_pin(void)
{
	RIG(r);

	chmod(r.pin_path, 0644);
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(r.life, false, "PIN file",
	                                    HARNESS_WAIT_MS));
	life_ends(&r, ROLE_EXIT_PART);
	CU_ASSERT_FALSE(rig_latched(&r));
}

/* Locks a file of the token as SoftHSM does, so that SoftHSM waits for us. */
static int
hold(const struct rig *r, const char *name, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	char path[512];
	glob_t found;

	snprintf(path, sizeof(path), "%s/tokens/*/%s", r->token.directory,
	         name);
	CU_ASSERT_EQUAL_FATAL(glob(path, 0, NULL, &found), 0);
	int fd = open(found.gl_pathv[0], O_RDWR | O_CLOEXEC);
	globfree(&found);
	CU_ASSERT_EQUAL_FATAL(fcntl(fd, F_SETLK, &lock), 0);
	return fd;
}

/* Killed in the middle of C_Login: nobody knows what the token thinks of the
 * PIN, so the next life does not try it. */
static void
kill_in_login(struct rig *r)
{
	int lock = hold(r, "token.object", F_RDLCK);

	life_begin(r);
	for (int i = 0; i < HARNESS_WAIT_MS / 10 && !rig_latched(r); i++)
		usleep(10000);
	CU_ASSERT_TRUE(rig_latched(r));
	usleep(100000); /* well inside C_Login by now */
	CU_ASSERT_EQUAL(kill(lifeline_pid(r->life), SIGKILL), 0);
	life_ends(r, 128 + SIGKILL);
	close(lock);
}

static void
test_killed_in_login(void)
{
	RIG(r);

	kill_in_login(&r);
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(
	        r.life, false, "a login was under way", HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(rig_latched(&r));
}

/* Where the token's word is known to be good, it decides. */
static void
test_killed_and_told(void)
{
	RIG(r);

	r.more = "reports_pin_count_low=1;";
	kill_in_login(&r);
	life_open(&r);
	CU_ASSERT_FALSE(rig_latched(&r));
	life_end(&r);

	/* A wrong PIN was counted: the right one is not tried, though it would
	 * open the token. */
	rig_write_pin(&r, "000000");
	life_begin(&r);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(r.life, false, "PIN", HARNESS_WAIT_MS));
	life_end(&r);
	rig_write_pin(&r, SOFTTOKEN_PIN);
	int fd = open(r.latch_path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	CU_ASSERT_TRUE(write(fd, "a login was under way\n", 22) == 22);
	close(fd);
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(
	        r.life, false, "interrupted, and a wrong PIN was counted",
	        HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(rig_latched(&r));
	life_end(&r);

	/* The new text is not one that it gets over by itself. */
	life_begin(&r);
	CU_ASSERT_TRUE(lifeline_wait_status(
	        r.life, false, "a wrong PIN was counted", HARNESS_WAIT_MS));
}

/* A call that does not come back ends the process, and only that. */
static void
test_hang(void)
{
	RIG(r);

	r.deadline_ms = 300;
	life_open(&r);
	int lock = hold(&r, "generation", F_WRLCK);
	uint64_t before_at = clock_mono_ms();
	rig_ask(&r, r.front, 3);
	life_ends(&r, ROLE_EXIT_VAIN);
	uint64_t took_for = clock_mono_ms() - before_at;
	CU_ASSERT_TRUE(took_for >= 300 && took_for < harness_promised_ms(1500));
	close(lock);
	CU_ASSERT_FALSE(rig_latched(&r));
}

/* No random numbers are drawn with it, whose deadline would be in force, too. */
static void
test_hang_mac(void)
{
	RIG(r);
	const struct wire_handle_derive m = {
		.request = 5, .tenant = bytes_of_str("backend-a")
	};

	r.deadline_ms = 1500;
	life_open(&r);
	int lock = hold(&r, "generation", F_WRLCK);
	uint64_t before_at = clock_mono_ms();
	wire_put_handle_derive(&r.packet, &m);
	CU_ASSERT_TRUE(peer_send(r.ledger, &r.packet));
	life_ends(&r, ROLE_EXIT_VAIN);
	uint64_t took_for = clock_mono_ms() - before_at;
	/* twice the deadline and a second: the loop would have ended it */
	CU_ASSERT_TRUE(took_for >= 1500 && took_for < 2 * 1500 + 1000);
	close(lock);
}

/* The token goes away under a key holder that works. */
static void
test_vanished(void)
{
	RIG(r);
	char from[192];
	char to[192];

	life_open(&r);
	snprintf(from, sizeof(from), "%s/tokens", r.token.directory);
	snprintf(to, sizeof(to), "%s/gone", r.token.directory);
	rig_ask(&r, r.front, 2);
	rig_take(&r, r.front, 2);
	CU_ASSERT_EQUAL(rename(from, to), 0);
	rig_ask(&r, r.front, 3);
	rig_unavailable(r.front, 3);
	life_ends(&r, ROLE_EXIT_PART); /* it has worked */

	CU_ASSERT_EQUAL(rename(to, from), 0);
	life_open(&r);
	CU_ASSERT_EQUAL(r.epoch, 2);
	CU_ASSERT_FALSE(rig_latched(&r));
}

static const struct harness_test tests[] = {
	{ "latches on a wrong PIN until a person looks", test_wrong_pin },
	{ "needs a word when a wrong PIN was counted", test_counted_pin },
	{ "tries nothing when it cannot write the mark", test_no_mark },
	{ "the PIN's descriptor is closed", test_pin_is_closed },
	{ "latches on another key than pinned", test_other_key },
	{ "latches on another handle key than pinned", test_other_handle_key },
	{ "reports an absent token and makes room", test_absent },
	{ "reports an unreadable PIN file", test_unreadable_pin },
	{ "tries no PIN after a kill in C_Login", test_killed_in_login },
	{ "tries again when the token's word is good", test_killed_and_told },
	{ "ends when a call does not come back", test_hang },
	{ "ends when a handle key's call does not come back", test_hang_mac },
	{ "notices that its token is gone", test_vanished },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder_token", tests)
