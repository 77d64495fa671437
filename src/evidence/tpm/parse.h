/*
 * parse.h - what the TPM parsers share: sized buffers, names, complaints.
 *
 * TPM structures are big-endian and unpadded (TPM 2.0 Library, part 2).
 * Whoever parses reads on over the sticky reader and asks at each check; the
 * complaint goes to why and never repeats bytes from outside.
 */
#ifndef EVIDENCE_TPM_PARSE_H
#define EVIDENCE_TPM_PARSE_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "policy/tpm_alg.h"

#define TPM_GENERATED 0xff544347u /* TPM_GENERATED_VALUE */
#define TPM_HANDLE_SIZE 4         /* bytes of a name that is a handle */

/* A TPM2B: u16 size, then so many bytes. */
static inline struct bytes
tpm_read_2b(struct reader *r)
{
	return reader_take(r, reader_u16(r));
}

/* Is this a TPM2B_NAME's content: nothing, a handle, or hash id and digest? */
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
