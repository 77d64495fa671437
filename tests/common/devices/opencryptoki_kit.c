/*
 * opencryptoki_kit.c - see opencryptoki_kit.h.
 */
#include "tests/common/devices/opencryptoki_kit.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <p11-kit/pkcs11.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "tests/common/base/harness.h"

#define GROUP "pkcs11"
#define FACTORY_SO_PIN "87654321" /* of a token that nobody initialised */

static const char daemon_program[] = "/usr/sbin/pkcsslotd";
static const char pid_file[] = "/run/pkcsslotd.pid";
static const char socket_file[] = "/run/pkcsslotd.socket";
static const char memory[] = "/dev/shm/var.lib.opencryptoki.swtok";
static const char memory_kept[] = "/run/memory";

static const char *const modules[] = {
	"/usr/lib/x86_64-linux-gnu/pkcs11/libopencryptoki.so",
	"/usr/lib/aarch64-linux-gnu/pkcs11/libopencryptoki.so",
};

/* What is compiled in, and gets a file system of its own. */
static const char state[] = "/var/lib/opencryptoki";
static const char *const mounts[] = {
	"/run",
	"/dev/shm",
	state,
	"/etc/opencryptoki",
};

static const char *const directories[] = {
	"/run/lock",
	"/run/lock/opencryptoki",
	"/run/lock/opencryptoki/swtok",
	"/var/lib/opencryptoki/swtok",
	"/var/lib/opencryptoki/swtok/TOK_OBJ",
};

/* --- a machine of its own ------------------------------------------------- */

static const char *
find_module(void)
{
	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		if (access(modules[i], R_OK) == 0)
			return modules[i];
	return NULL;
}

/* Once a process. */
static bool
own_namespaces(void)
{
	static bool done;

	done = done ||
	       (unshare(CLONE_NEWNS | CLONE_NEWIPC) == 0 &&
	        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	return done;
}

static bool
make_directories(void)
{
	const struct group *group = getgrnam(GROUP);
	bool good = group != NULL;

	for (size_t i = 0; good && i < ARRAY_LEN(directories); i++)
		good = mkdir(directories[i], 0770) == 0 &&
		       chmod(directories[i], 0770) == 0 &&
		       chown(directories[i], 0, group->gr_gid) == 0;
	return good;
}

static bool
make_files(void)
{
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++)
		if (mount("none", mounts[i], "tmpfs", 0, "size=32m") != 0)
			return false;
	FILE *f = fopen("/etc/opencryptoki/opencryptoki.conf", "w");
	if (!f)
		return false;
	fputs("version opencryptoki-3.1\nslot 0\n{\nstdll = "
	      "libpkcs11_sw.so\n}\n",
	      f);
	return fclose(f) == 0 && make_directories();
}

/* --- the daemon ----------------------------------------------------------- */

/* It puts itself in the background, so a test that is killed would leave it: a
 * child of ours waits for our end and ends the daemon that we named last. */
static void __attribute__((noreturn)) guard(int from)
{
	pid_t daemon = 0;
	pid_t told;

	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	while (read(from, &told, sizeof(told)) == sizeof(told))
		daemon = told;
	if (daemon > 0)
		(void)kill(daemon, SIGKILL);
	_exit(0);
}

static void
tell_guard(pid_t daemon)
{
	static int ends[2] = { -1, -1 };

	if (ends[1] < 0) {
		if (pipe2(ends, O_CLOEXEC) != 0)
			return;
		if (fork() == 0) {
			close(ends[1]);
			guard(ends[0]);
		}
		close(ends[0]);
	}
	CU_ASSERT_EQUAL(write(ends[1], &daemon, sizeof(daemon)),
	                sizeof(daemon));
}

static pid_t
read_pid(void)
{
	int pid = 0;
	FILE *f = fopen(pid_file, "r");

	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

bool
opencryptoki_start(struct opencryptoki *t)
{
	char *const argv[] = { (char *)(uintptr_t)daemon_program, NULL };
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t files;
	pid_t pid;
	int status = -1;

	posix_spawn_file_actions_init(&files);
	for (int fd = 1; fd <= 2; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null",
		                                 O_WRONLY, 0);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	(void)unlink(socket_file); /* and what a daemon that was killed left */
	(void)unlink(pid_file);
	bool begun = posix_spawn(&pid, daemon_program, &files, NULL, argv,
	                         environment) == 0 &&
	             waitpid(pid, &status, 0) == pid && status == 0;
	posix_spawn_file_actions_destroy(&files);
	if (!begun)
		return false;
	for (int waited = 0; waited < HARNESS_WAIT_MS; waited += 10) {
		t->daemon = read_pid();
		tell_guard(t->daemon);
		if (t->daemon > 0 && access(socket_file, F_OK) == 0)
			return true;
		usleep(10000);
	}
	return false;
}

static void
end_daemon(struct opencryptoki *t, int signal)
{
	if (t->daemon > 0) {
		kill(t->daemon, signal);
		waitpid(t->daemon, NULL, 0);
	}
	t->daemon = 0;
	tell_guard(0);
}

void
opencryptoki_kill(struct opencryptoki *t)
{
	end_daemon(t, SIGKILL);
}

/* --- the token ------------------------------------------------------------ */

static unsigned char *
pin_of(const char *text)
{
	return (unsigned char *)(uintptr_t)text;
}

/* One step of the token's making; a failure is told. */
static bool
good(const char *call, CK_RV rv)
{
	if (rv != CKR_OK)
		printf("  %s: 0x%lx\n", call, rv);
	return rv == CKR_OK;
}
#define STEP(fn, name, ...) good(#name, (fn)->name(__VA_ARGS__))

static bool
set_pins(CK_FUNCTION_LIST *fn, CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE s;

	return STEP(fn, C_OpenSession, slot,
	            CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s) &&
	       STEP(fn, C_Login, s, CKU_SO, pin_of(FACTORY_SO_PIN),
	            strlen(FACTORY_SO_PIN)) &&
	       STEP(fn, C_SetPIN, s, pin_of(FACTORY_SO_PIN),
	            strlen(FACTORY_SO_PIN), pin_of(OPENCRYPTOKI_SO_PIN),
	            strlen(OPENCRYPTOKI_SO_PIN)) &&
	       STEP(fn, C_InitPIN, s, pin_of(OPENCRYPTOKI_PIN),
	            strlen(OPENCRYPTOKI_PIN)) &&
	       STEP(fn, C_Logout, s) && STEP(fn, C_CloseSession, s);
}

/* Its first SO PIN is everybody's. */
static bool
make_token(CK_FUNCTION_LIST *fn)
{
	unsigned char label[32];
	CK_SLOT_ID slot = 0;
	CK_ULONG n = 1;

	memset(label, ' ', sizeof(label));
	memcpy(label, OPENCRYPTOKI_LABEL, strlen(OPENCRYPTOKI_LABEL));
	if (!STEP(fn, C_Initialize, NULL))
		return false;
	bool made = STEP(fn, C_GetSlotList, CK_TRUE, &slot, &n) &&
	            STEP(fn, C_InitToken, slot, pin_of(FACTORY_SO_PIN),
	                 strlen(FACTORY_SO_PIN), label) &&
	            set_pins(fn, slot);
	return STEP(fn, C_Finalize, NULL) && made;
}

static bool
initialise(const struct opencryptoki *t)
{
	void *library = dlopen(t->module, RTLD_NOW | RTLD_LOCAL);
	CK_FUNCTION_LIST *fn = NULL;
	union {
		void *symbol;
		CK_C_GetFunctionList call;
	} get = { .symbol = library ? dlsym(library, "C_GetFunctionList")
		                    : NULL };

	return get.symbol && get.call(&fn) == CKR_OK && make_token(fn);
}

static bool
make_keys(struct opencryptoki *t)
{
	static const uint8_t id[] = { 0x01 };
	AUTO(buf_release) struct buf why = buf_of(512);
	const struct hsm_token_name name = { t->module, OPENCRYPTOKI_LABEL, "",
		                             NULL };
	const struct hsm_keygen wanted = { .alg = ALG_PS256,
		                           .label = "anchord-sign",
		                           .id = bytes_of(id, sizeof(id)),
		                           .handle_label = "anchord-handle" };
	struct hsm_keygen_result r;

	err_t err = hsm_token_keygen(&name, t->pin, &wanted, &why, &r);
	if (err != OK)
		printf("  keygen: %s: %s\n", err_name(err), buf_str(&why));
	if (err != OK)
		return false;
	snprintf(t->uri, sizeof(t->uri), "%s", r.uri);
	digest_sha256(bytes_of(r.spki, r.spki_len), t->public_sha256);
	return true;
}

/* --- the golden token ----------------------------------------------------- */

/* An RSA key takes a second to be made: the first test makes a token, each gets
 * a copy.  It lies in a file system that ends with us. */
static struct golden {
	bool made;
	char directory[64];
	struct opencryptoki facts;
} golden;

static bool
copy_tree(const char *from, const char *to)
{
	char source[96];
	char *const argv[] = { (char *)(uintptr_t) "cp",
		               (char *)(uintptr_t) "-a", source,
		               (char *)(uintptr_t)to, NULL };
	pid_t pid = 0;
	int status = -1;

	snprintf(source, sizeof(source), "%s/.", from);
	return posix_spawnp(&pid, "cp", NULL, NULL, argv, environ) == 0 &&
	       waitpid(pid, &status, 0) == pid && status == 0;
}

static void
remove_golden(void)
{
	(void)umount2(golden.directory, MNT_DETACH);
	(void)rmdir(golden.directory);
}

static bool
keep_golden(const struct opencryptoki *t)
{
	snprintf(golden.directory, sizeof(golden.directory),
	         "/tmp/anchord-opencryptoki-XXXXXX");
	if (!mkdtemp(golden.directory))
		return false;
	atexit(remove_golden);
	golden.facts = *t;
	golden.made = mount("none", golden.directory, "tmpfs", 0, NULL) == 0 &&
	              copy_tree(state, golden.directory);
	return golden.made;
}

/* The daemon begins with what lies there. */
static bool
make_or_copy(struct opencryptoki *t)
{
	if (golden.made) {
		memcpy(t->uri, golden.facts.uri, sizeof(t->uri));
		memcpy(t->public_sha256, golden.facts.public_sha256, HASH_SIZE);
		return copy_tree(golden.directory, state) &&
		       opencryptoki_start(t);
	}
	return opencryptoki_start(t) && initialise(t) && make_keys(t) &&
	       keep_golden(t);
}

bool
opencryptoki_open(struct opencryptoki *t)
{
	*t = (struct opencryptoki){ .module = find_module() };
	if (!t->module || access(daemon_program, X_OK) != 0) {
		harness_skip("no opencryptoki here");
		return false;
	}
	if (!own_namespaces()) {
		harness_skip("no namespaces for opencryptoki's directories");
		return false;
	}
	CU_ASSERT_TRUE_FATAL(make_files());
	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str(OPENCRYPTOKI_PIN), &t->pin), OK);
	CU_ASSERT_TRUE_FATAL(make_or_copy(t));
	return true;
}

void
opencryptoki_close(struct opencryptoki *t)
{
	end_daemon(t, SIGTERM);
	secret_free(t->pin);
	t->pin = NULL;
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++)
		(void)umount2(mounts[i], MNT_DETACH);
}

/* --- gone ----------------------------------------------------------------- */

static void
copy(const char *from, const char *to, bool wipe)
{
	static uint8_t part[1 << 20];
	int in = open(from, O_RDWR | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n = read(in, part, sizeof(part));

	CU_ASSERT_TRUE(n > 0 && write(out, part, (size_t)n) == n);
	memset(part, 0, sizeof(part));
	if (wipe)
		CU_ASSERT_TRUE(pwrite(in, part, (size_t)n, 0) == n);
	close(in);
	close(out);
}

void
opencryptoki_away(struct opencryptoki *t)
{
	opencryptoki_kill(t);
	if (access(memory, F_OK) == 0) /* somebody has it open, or had */
		copy(memory, memory_kept, true);
}

void
opencryptoki_back(struct opencryptoki *t)
{
	if (access(memory_kept, F_OK) == 0)
		copy(memory_kept, memory, false);
	CU_ASSERT_TRUE(opencryptoki_start(t));
}
