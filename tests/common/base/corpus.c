/*
 * corpus.c - see corpus.h.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/common/base/corpus.h"
#include "base/encode.h"

bool
corpus_read(const char *name, struct buf *out)
{
	char path[PATH_MAX];
	uint8_t part[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", CORPUS_DIRECTORY, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
		buf_append(out, bytes_of(part, n));
	fclose(f);
	return buf_status(out) == OK;
}

json_t *
corpus_json(const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", CORPUS_DIRECTORY, name);
	/* Integers above 2^63 are somebody's edge case, no reason to fail. */
	json_t *value = json_load_file(path, 0, NULL);
	return value ? value
	             : json_load_file(path, JSON_DECODE_INT_AS_REAL, NULL);
}

bool
corpus_pem(struct bytes pem, struct buf *der)
{
	AUTO(buf_release) struct buf text = buf_of(pem.len);
	bool inside = false;

	for (size_t i = 0; i < pem.len;) {
		const uint8_t *line = pem.data + i;
		const uint8_t *end = memchr(line, '\n', pem.len - i);
		size_t n = end ? (size_t)(end - line) : pem.len - i;
		if (n > 0 && line[0] == '-')
			inside = !inside;
		else if (inside)
			buf_append(&text, bytes_of(line, n));
		i += n + 1;
	}
	return decode_base64(der, buf_bytes(&text)) == OK;
}

static bool
ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name);
	size_t m = strlen(ending);

	return n >= m && strcmp(name + n - m, ending) == 0;
}

size_t
corpus_walk(const char *directory, const char *ending,
            void (*visit)(const char *name))
{
	char path[PATH_MAX];
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", CORPUS_DIRECTORY,
	               directory);
	DIR *d = opendir(path);
	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));) {
		char name[PATH_MAX];
		if (e->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", directory,
		             e->d_name) >= (int)sizeof(name))
			continue;
		if (e->d_type == DT_DIR) {
			n += corpus_walk(name, ending, visit);
		} else if (ends_with(name, ending)) {
			visit(name);
			n++;
		}
	}
	closedir(d);
	return n;
}
