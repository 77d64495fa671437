/*
 * test_token_rotate_files.h - test_token_rotate_kit.h, and the files that a
 * rotation is about: the pins, and what the key holder says of who signs.
 *
 * It defines functions; a program includes it once.
 */
#ifndef TEST_TOKEN_ROTATE_FILES_H
#define TEST_TOKEN_ROTATE_FILES_H

#include "tests/process/test_token_rotate_kit.h"

/* The file as it is; the caller frees it. */
__attribute__((unused)) static struct pins *
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
__attribute__((unused)) static void
record(const struct rig *r, const char *kid, uint32_t version)
{
	char text[256];

	snprintf(text, sizeof(text), "kid %s\nversion %u\n", kid, version);
	CU_ASSERT_TRUE(file_write_text(r->record, text));
}

/* It signs by the last key, and follows this very file. */
__attribute__((unused)) static void
follow(const struct rig *r)
{
	AUTO(pins_free) struct pins *pins = read_pins(r);

	record(r, pins->keys[pins->n - 1].kid, pins->version);
}

#endif
