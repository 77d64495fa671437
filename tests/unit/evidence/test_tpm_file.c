/*
 * test_tpm_file.c - recognises the kind of a file, and reads no byte after its
 * end: each file here ends before a page that cannot be read.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "evidence/tpm/file.h"
#include "tests/common/base/harness.h"

#define EVENT_HEAD 32 /* PCR, type, SHA-1 and size, in front of the event */

static uint8_t *edge; /* of what may be read, up to a page before it */

static void
test_begin(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *both = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CU_ASSERT_FATAL(both != MAP_FAILED);
	CU_ASSERT_EQUAL_FATAL(mprotect(both + page, page, PROT_NONE), 0);
	edge = both + page;
}

/* Of the first len bytes. */
static enum tpm_file_kind
kind_of(const struct buf *file, size_t len)
{
	memcpy(edge - len, file->data, len);
	return tpm_file_kind(bytes_of(edge - len, len));
}

/* An event of the older form: of PCR 0, of the type EV_S_CRTM_VERSION. */
static void
put_event(struct buf *out, uint8_t size)
{
	const uint8_t head[] = { 0, 0, 0, 0, 8, 0, 0, 0 };

	buf_append(out, bytes_of(head, sizeof(head)));
	memset(buf_extend(out, 20), 0xd1, 20);
	buf_u32(out, (uint32_t)size << 24); /* little-endian */
	memset(buf_extend(out, size), 'v', size);
}

static bool
is_log(const struct buf *file, size_t len)
{
	return kind_of(file, len) == TPM_FILE_EVENT_LOG;
}

static void
test_events(void)
{
	AUTO(buf_release) struct buf file = buf_of(1024);

	put_event(&file, 0);
	put_event(&file, 16);
	put_event(&file, 3);
	for (size_t len = 0; len <= file.len; len++) {
		bool whole = len == EVENT_HEAD || len == 2 * EVENT_HEAD + 16 ||
		             len == 3 * EVENT_HEAD + 19;

		CU_ASSERT_EQUAL(is_log(&file, len), whole);
	}
}

/* The first event of the newer form says so by its name, whatever follows. */
static void
test_specification(void)
{
	static const char name[] = "Spec ID Event03";
	AUTO(buf_release) struct buf file = buf_of(1024);
	const uint8_t head[EVENT_HEAD] = { [4] = 3, [28] = 0xff };

	buf_append(&file, bytes_of(head, sizeof(head)));
	buf_append(&file, bytes_of((const uint8_t *)name, sizeof(name)));
	CU_ASSERT_TRUE(is_log(&file, file.len));
	for (size_t len = 0; len < EVENT_HEAD + strlen("Spec ID Event"); len++)
		CU_ASSERT_FALSE(is_log(&file, len));
}

/* A row of IMA's binary list: PCR, SHA-1, the name's length, the name. */
static void
test_ima(void)
{
	static const char name[] = "ima-ng";
	const uint8_t pcr[] = { 10, 0, 0, 0 }, size[] = { 6, 0, 0, 0 };
	AUTO(buf_release) struct buf file = buf_of(1024);

	buf_append(&file, bytes_of(pcr, sizeof(pcr)));
	memset(buf_extend(&file, 20), 0xd1, 20);
	buf_append(&file, bytes_of(size, sizeof(size)));
	buf_append_str(&file, name);
	for (size_t len = 0; len <= file.len; len++)
		CU_ASSERT_EQUAL(kind_of(&file, len),
		                len > 31 ? TPM_FILE_IMA : TPM_FILE_UNKNOWN);
}

/* The same as text: PCR, template digest, name; a blank after each. */
static void
test_ima_text(void)
{
	static const char name[] = " ima-ng ";
	AUTO(buf_release) struct buf file = buf_of(1024);

	buf_append_str(&file, "10 ");
	memset(buf_extend(&file, 40), 'd', 40);
	size_t digest_end = file.len;
	buf_append_str(&file, name);
	for (size_t len = 0; len <= file.len; len++)
		CU_ASSERT_EQUAL(kind_of(&file, len),
		                len > digest_end + strlen(" ima")
		                        ? TPM_FILE_IMA
		                        : TPM_FILE_UNKNOWN);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_begin },
	{ "an event log ends with a whole event", test_events },
	{ "a log that names its specification", test_specification },
	{ "a row of IMA's list", test_ima },
	{ "a row of IMA's list as text", test_ima_text },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_file", tests)
