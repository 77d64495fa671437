/*
 * test_ledger_refused.h - a database that must not be opened, and is left as it
 * was.
 */
#ifndef UNIT_LEDGER_TEST_LEDGER_REFUSED_H
#define UNIT_LEDGER_TEST_LEDGER_REFUSED_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/roles/ledger_kit.h"

#include "ledger/store/file.h"

static struct buf
content(const struct kit_dir *d)
{
	struct buf b = buf_of(16 * 1024 * 1024);
	uint8_t part[4096];
	int fd = open(kit_path(d, STORE_FILE), O_RDONLY | O_CLOEXEC);

	for (ssize_t n; fd >= 0 && (n = read(fd, part, sizeof(part))) > 0;)
		buf_append(&b, bytes_of(part, (size_t)n));
	if (fd >= 0)
		close(fd);
	return b;
}

/* Refused for the reason that contains part, and left as it was. */
static void
refused(const struct kit_dir *d, const char *part)
{
	AUTO(buf_release) struct buf before = content(d);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct store *s = NULL;

	CU_ASSERT_NOT_EQUAL(store_open(d->path, KIT_NOW_MS, &why, &s), OK);
	CU_ASSERT_PTR_NULL(s);
	if (!strstr(buf_str(&why), part)) {
		fprintf(stderr, "said: %s\n", buf_str(&why));
		CU_FAIL("another reason");
	}
	AUTO(buf_release) struct buf after = content(d);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
	CU_ASSERT_NOT_EQUAL(access(kit_path(d, STORE_FILE_NEW), F_OK), 0);
}

#endif
