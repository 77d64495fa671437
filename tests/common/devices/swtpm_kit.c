/*
 * swtpm_kit.c - see swtpm_kit.h.
 */
#include "tests/common/devices/swtpm_kit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tss2/tss2_tpm2_types.h>

#include "base/buf.h"
#include "crypto/digest.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/tpm_frame.h"

#define WORDS_MAX 32 /* of a tool */
#define TRIES 20     /* pairs of ports */
#define PORT_FIRST 20000
#define PORT_PAIRS 6000
#define LOCKOUT_MOST 10000
#define LOCKOUT_INTERVAL_S 1000

static const char program[] = "/usr/bin/swtpm";
/* It must not outlive a test that is killed. */
static const char leash[] = "/usr/bin/setpriv";

/* True when somebody listens there. */
static bool
listens(uint16_t port)
{
	int fd = tpm_frame_connect(port);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool
is_free(uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = bind(fd, (const struct sockaddr *)&address,
	                 sizeof(address)) == 0;

	close(fd);
	return good;
}

/* Two ports, below those that the kernel gives to whoever connects: a TPM that
 * is down for a moment must find them free again. */
static uint16_t
free_pair(void)
{
	static unsigned turn;

	for (int i = 0; i < TRIES; i++) {
		unsigned n = ((unsigned)getpid() * 7 + turn++) % PORT_PAIRS;
		uint16_t port = (uint16_t)(PORT_FIRST + 2 * n);

		if (is_free(port) && is_free((uint16_t)(port + 1)))
			return port;
	}
	return 0;
}

bool
swtpm_start(struct swtpm *t)
{
	char state[80];
	char server[80];
	char control[80];
	char *const argv[] = { (char *)(uintptr_t) "setpriv",
		               (char *)(uintptr_t) "--pdeathsig",
		               (char *)(uintptr_t) "KILL",
		               (char *)(uintptr_t)program,
		               (char *)(uintptr_t) "socket",
		               (char *)(uintptr_t) "--tpm2",
		               (char *)(uintptr_t) "--tpmstate",
		               state,
		               (char *)(uintptr_t) "--server",
		               server,
		               (char *)(uintptr_t) "--ctrl",
		               control,
		               (char *)(uintptr_t) "--flags",
		               (char *)(uintptr_t) "not-need-init",
		               NULL };
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t files;

	posix_spawn_file_actions_init(&files);
	for (int fd = 1; fd <= 2; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null",
		                                 O_WRONLY, 0);

	snprintf(state, sizeof(state), "dir=%s", t->directory);
	snprintf(server, sizeof(server), "type=tcp,port=%u", t->port);
	snprintf(control, sizeof(control), "type=tcp,port=%u", t->port + 1u);
	int failed =
	        posix_spawn(&t->pid, leash, &files, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&files);
	if (failed)
		return false;
	for (int waited = 0; waited < HARNESS_WAIT_MS; waited += 10) {
		/* Who listens may be another test's, which took the port
		 * first: then ours is gone. */
		if (waitpid(t->pid, NULL, WNOHANG) == t->pid) {
			t->pid = 0;
			return false;
		}
		if (listens((uint16_t)(t->port + 1)))
			return true;
		usleep(10000);
	}
	swtpm_kill(t);
	return false;
}

/* False: no answer, or another than these. */
static bool
command(int fd, const struct buf *bytes, uint32_t or_else)
{
	struct tpm_frame f;

	return buf_status(bytes) == OK &&
	       tpm_frame_write(fd, bytes->data, bytes->len) &&
	       tpm_frame_read(fd, &f) &&
	       (tpm_frame_u32(&f, TPM_FRAME_CODE) == TPM2_RC_SUCCESS ||
	        tpm_frame_u32(&f, TPM_FRAME_CODE) == or_else);
}

static bool
commands(uint16_t port, const struct buf *startup, const struct buf *set)
{
	int fd = tpm_frame_connect(port);
	bool good = fd >= 0 && command(fd, startup, TPM2_RC_INITIALIZE) &&
	            command(fd, set, TPM2_RC_SUCCESS);

	if (fd >= 0)
		close(fd);
	return good;
}

/* By hand, with the empty lockout authorisation as a password; again when the
 * TPM asks for that, or has not noticed yet that somebody else is gone. */
bool
swtpm_lockout(const struct swtpm *t, uint32_t most, uint32_t interval_s)
{
	static const uint8_t password[] = { 0x40, 0, 0, 9, 0, 0, 0, 0, 0 };
	AUTO(buf_release) struct buf startup = buf_of(12);
	AUTO(buf_release) struct buf set = buf_of(39);
	bool good = false;

	buf_u16(&startup, TPM2_ST_NO_SESSIONS);
	buf_u32(&startup, 12);
	buf_u32(&startup, TPM2_CC_Startup);
	buf_u16(&startup, TPM2_SU_CLEAR);
	buf_u16(&set, TPM2_ST_SESSIONS);
	buf_u32(&set, 39);
	buf_u32(&set, TPM2_CC_DictionaryAttackParameters);
	buf_u32(&set, TPM2_RH_LOCKOUT);
	buf_u32(&set, sizeof(password));
	buf_append(&set, bytes_of(password, sizeof(password)));
	buf_u32(&set, most);
	buf_u32(&set, interval_s);
	buf_u32(&set, LOCKOUT_INTERVAL_S);
	for (int waited = 0; !good && waited < HARNESS_WAIT_MS; waited += 10) {
		good = commands(t->port, &startup, &set);
		if (!good)
			usleep(10000);
	}
	CU_ASSERT_TRUE(good);
	return good;
}

bool
swtpm_open(struct swtpm *t)
{
	*t = (struct swtpm){ .pid = 0 };
	if (access(program, X_OK) != 0) {
		harness_skip("no swtpm here");
		return false;
	}
	snprintf(t->directory, sizeof(t->directory), "/tmp/anchord-tpm-XXXXXX");
	if (!mkdtemp(t->directory) ||
	    secret_copy(bytes_of_str(SWTPM_PIN), &t->pin) != OK)
		return false;
	bool started = false;
	for (int i = 0; i < TRIES && !started; i++) {
		t->port = free_pair();
		started = swtpm_start(t);
	}
	snprintf(t->bare, sizeof(t->bare), "tpm2:swtpm:host=127.0.0.1,port=%u",
	         t->port);
	CU_ASSERT_TRUE(started);
	return started && swtpm_lockout(t, LOCKOUT_MOST, LOCKOUT_INTERVAL_S);
}

static bool
keygen(struct swtpm *t, const char *places, enum alg alg, bool beside)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	char uri[512];
	const struct hsm_token_name wanted_in = { .uri = uri };
	const struct hsm_keygen wanted = { .alg = alg,
		                           .companion = beside,
		                           .lockout_off = t->lockout_off };
	struct hsm_keygen_result r;

	snprintf(uri, sizeof(uri), "%s%s", t->bare, places);
	err_t err = hsm_token_keygen(&wanted_in, t->pin, &wanted, &why, &r);
	if (err != OK)
		printf("  keygen: %s: %s\n", err_name(err), buf_str(&why));
	CU_ASSERT_EQUAL(err, OK);
	if (err != OK)
		return false;
	snprintf(t->uri, sizeof(t->uri), "%s", r.uri);
	digest_sha256(bytes_of(r.spki, r.spki_len), t->public_sha256);
	t->alg = r.alg;
	t->spki_len = r.spki_len;
	memcpy(t->spki, r.spki, r.spki_len);
	return true;
}

bool
swtpm_keys(struct swtpm *t, const char *places, enum alg alg)
{
	return keygen(t, places, alg, false);
}

bool
swtpm_beside(struct swtpm *t, const char *places)
{
	return keygen(t, places, ALG_ES256, true);
}

bool
swtpm_tool(const struct swtpm *tpm, const char *line)
{
	char copy[1024];
	char way[64];
	char *words[WORDS_MAX] = { NULL };
	char *environment[] = { way, (char *)(uintptr_t) "PATH=/usr/bin:/bin",
		                (char *)(uintptr_t) "TSS2_LOG=all+none", NULL };
	char *save = NULL;
	size_t n = 0;
	pid_t pid = -1;
	int status = -1;

	snprintf(way, sizeof(way),
	         "TPM2TOOLS_TCTI=swtpm:host=127.0.0.1,port=%u", tpm->port);
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS_MAX - 1;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	for (int fd = 1; fd <= 2; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null",
		                                 O_WRONLY, 0);
	posix_spawn_file_actions_addchdir_np(&files, tpm->directory);
	bool good = posix_spawnp(&pid, words[0], &files, NULL, words,
	                         environment) == 0 &&
	            waitpid(pid, &status, 0) == pid && status == 0;
	posix_spawn_file_actions_destroy(&files);
	if (!good)
		printf("  failed: %s\n", line);
	CU_ASSERT_TRUE(good);
	return good;
}

void
swtpm_kill(struct swtpm *t)
{
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	t->pid = 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void
swtpm_close(struct swtpm *t)
{
	swtpm_kill(t);
	secret_free(t->pin);
	t->pin = NULL;
	if (t->directory[0])
		nftw(t->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	t->directory[0] = '\0';
}
