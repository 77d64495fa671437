/*
 * replay.c - replaces libFuzzer: calls a fuzz target with committed inputs.
 *
 * The program fuzz_<parser> reads every file of tests/fuzz/corpus/<parser>/ and
 * tests/fuzz/regression/<parser>/ (inputs of past crashes), or the files and
 * directories in its arguments.  A failing target aborts; the last printed name
 * is that of the input.  Prints the summary line of every test program.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1024 * 1024) /* bytes; no committed input is longer */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned passed;
static unsigned failed;

static void
replay_file(const char *path)
{
	/* Reduced below to the length of the input, so that a sanitizer detects
	 * a read past its end. */
	uint8_t *data = malloc(INPUT_MAX + 1);
	FILE *f = fopen(path, "rb");
	size_t n = 0;

	puts(path);
	fflush(stdout);
	if (f && data)
		n = fread(data, 1, INPUT_MAX + 1, f);
	if (!f || !data || ferror(f) || n > INPUT_MAX) {
		printf("unreadable, or too long: %s\n", path);
		failed++;
	} else {
		uint8_t *exact = realloc(data, n ? n : 1);

		data = exact ? exact : data;
		LLVMFuzzerTestOneInput(data, n);
		passed++;
	}
	if (f)
		fclose(f);
	free(data);
}

static int
visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool
replay_directory(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, visible, alphasort);

	if (n < 0)
		return false;
	for (int i = 0; i < n; i++) {
		char file[PATH_MAX];

		if (snprintf(file, sizeof(file), "%s/%s", path,
		             names[i]->d_name) < (int)sizeof(file))
			replay_file(file);
		free(names[i]);
	}
	free(names);
	return true;
}

static void
replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		printf("%s: %s\n", path, strerror(errno));
		failed++;
	} else if (S_ISDIR(st.st_mode)) {
		if (!replay_directory(path))
			failed++;
	} else {
		replay_file(path);
	}
}

/* The committed inputs of the target whose program this is. */
static void
replay_committed(const char *program)
{
	static const char *const kinds[] = { "corpus", "regression" };
	const char *slash = strrchr(program, '/');
	const char *name = slash ? slash + 1 : program;

	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	for (size_t i = 0; i < 2; i++) {
		char path[PATH_MAX];

		if (snprintf(path, sizeof(path), "tests/fuzz/%s/%s", kinds[i],
		             name) < (int)sizeof(path))
			replay_directory(path);
	}
}

int
main(int argc, char **argv)
{
	unsigned skipped;

	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc == 1)
		replay_committed(argv[0]);
	skipped = passed + failed == 0;
	if (skipped)
		puts("skipped: there is no committed input for this target");
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed ? 1 : 0;
}
