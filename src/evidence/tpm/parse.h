/*
 * parse.h - shared by the TPM parsers: sized buffers, names, messages.
 *
 * TPM structures are big-endian and unpadded (TPM 2.0 Library, Part 2).  After
 * the input has ended, a reader returns zeros and remembers the failure, so a
 * parser needs to test it only where it decides.  The message in why never
 * repeats bytes of the input.
 */
#ifndef EVIDENCE_TPM_PARSE_H
#define EVIDENCE_TPM_PARSE_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "evidence/tpm/alg.h"

#define TPM_GENERATED 0xff544347u /* TPM_GENERATED_VALUE */
#define TPM_HANDLE_SIZE 4         /* bytes of a Name that is a handle */

/* A TPM2B: u16 size, then that number of bytes. */
static inline struct bytes
tpm_read_2b(struct reader *r)
{
	return reader_take(r, reader_u16(r));
}

/* True for a valid TPM2B_NAME: empty, a handle, or hash id and digest. */
static inline bool
tpm_name_valid(struct bytes name)
{
	if (name.len == 0 || name.len == TPM_HANDLE_SIZE)
		return true;
	if (name.len < 2)
		return false;

	uint16_t hash = (uint16_t)(name.data[0] << 8 | name.data[1]);
	size_t size = tpm_hash_size(hash);

	return size != 0 && name.len == 2 + size;
}

static inline err_t
tpm_malformed(struct buf *why, const char *what)
{
	buf_append_str(why, what);
	return E_MALFORMED;
}

#endif
