/*
 * softtoken.c - see softtoken.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "crypto/digest.h"
#include "base/encode.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/softtoken.h"

static const char *const modules[] = {
	"/usr/lib/softhsm/libsofthsm2.so",
	"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
	"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
};

static struct softtoken golden;
static bool golden_made;

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void
remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
remove_golden(void)
{
	secret_free(golden.pin);
	remove_tree(golden.directory);
}

static const char *
find_module(void)
{
	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		if (access(modules[i], R_OK) == 0)
			return modules[i];
	return NULL;
}

/* An empty directory with its configuration, in force from now on. */
static bool
make_directory(struct softtoken *t)
{
	char path[160];

	*t = (struct softtoken){ .module = find_module() };
	if (!t->module) {
		harness_skip("no SoftHSM here");
		return false;
	}
	snprintf(t->directory, sizeof(t->directory),
	         "/tmp/anchord-token-XXXXXX");
	if (!mkdtemp(t->directory))
		return false;
	snprintf(path, sizeof(path), "%s/tokens", t->directory);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/state", t->directory);
	mkdir(path, 0700);
	snprintf(t->config, sizeof(t->config), "%s/softhsm2.conf",
	         t->directory);
	FILE *f = fopen(t->config, "w");
	if (!f)
		return false;
	fprintf(f,
	        "directories.tokendir = %s/tokens\n"
	        "objectstore.backend = file\n"
	        "log.level = ERROR\n"
	        "slots.removable = false\n"
	        "library.reset_on_fork = true\n",
	        t->directory);
	fclose(f);
	setenv("SOFTHSM2_CONF", t->config, 1);
	return secret_copy(bytes_of_str(SOFTTOKEN_PIN), &t->pin) == OK;
}

static void
take_facts(struct softtoken *t, const struct hsm_keygen_result *r)
{
	snprintf(t->uri, sizeof(t->uri), "%s", r->uri);
	digest_sha256(bytes_of(r->spki, r->spki_len), t->public_sha256);
	t->alg = r->alg;
	t->spki_len = r->spki_len;
	memcpy(t->spki, r->spki, r->spki_len);
}

static bool
make_golden(void)
{
	AUTO(secret_free) struct secret *so_pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	static const uint8_t id[] = { 0x01 };
	const struct hsm_keygen wanted = {
		.alg = ALG_ES256,
		.label = "anchord-sign",
		.id = bytes_of(id, sizeof(id)),
		.handle_label = "anchord-handle",
	};
	struct hsm_token token;
	struct hsm_keygen_result result;

	if (golden_made)
		return true;
	if (!make_directory(&golden))
		return false;
	atexit(remove_golden);
	const struct hsm_token_name name = { golden.module, SOFTTOKEN_LABEL, "",
		                             NULL };
	if (secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &so_pin) != OK ||
	    hsm_token_init(&name, so_pin, golden.pin, &why, &token) != OK ||
	    hsm_token_keygen(&name, golden.pin, &wanted, &why, &result) != OK) {
		fprintf(stderr, "softtoken: %s\n", buf_str(&why));
		return false;
	}
	take_facts(&golden, &result);
	golden_made = true;
	return true;
}

static void
copy_file(const char *from, const char *to)
{
	char part[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n;

	while ((n = read(in, part, sizeof(part))) > 0)
		if (write(out, part, (size_t)n) != n)
			break;
	close(in);
	close(out);
}

/* Two levels: a directory a token, its files. */
static void
copy_tree(const char *from, const char *to, int depth)
{
	DIR *directory = opendir(from);
	struct dirent *entry;

	mkdir(to, 0700);
	while (directory && (entry = readdir(directory))) {
		char source[512];
		char target[512];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(source, sizeof(source), "%s/%s", from, entry->d_name);
		snprintf(target, sizeof(target), "%s/%s", to, entry->d_name);
		if (depth > 0)
			copy_tree(source, target, depth - 1);
		else
			copy_file(source, target);
	}
	if (directory)
		closedir(directory);
}

bool
softtoken_open_empty(struct softtoken *t)
{
	return make_directory(t);
}

bool
softtoken_open(struct softtoken *t)
{
	char from[160];
	char to[160];

	*t = (struct softtoken){ .module = NULL };
	if (!make_golden() || !make_directory(t))
		return false;
	snprintf(from, sizeof(from), "%s/tokens", golden.directory);
	snprintf(to, sizeof(to), "%s/tokens", t->directory);
	copy_tree(from, to, 1);
	snprintf(t->uri, sizeof(t->uri), "%s", golden.uri);
	memcpy(t->public_sha256, golden.public_sha256, HASH_SIZE);
	t->alg = golden.alg;
	t->spki_len = golden.spki_len;
	memcpy(t->spki, golden.spki, golden.spki_len);
	return true;
}

void
softtoken_close(struct softtoken *t)
{
	secret_free(t->pin);
	t->pin = NULL;
	if (t->directory[0])
		remove_tree(t->directory);
	t->directory[0] = '\0';
}
