/*
 * int.h - struct revocations, shared by two files:
 *
 *	revocation.c  builds, opens and searches our own file
 *	json.c        parses Google's JSON, part by part
 *	read.c        reads either of them
 *
 * The file, big-endian:
 *
 *	8 bytes   "ANREV001"
 *	u64       when the list was fetched, seconds since 1970
 *	u32       n
 *	n times   serial, 20 bytes; u8 status; u8 reason
 *	32 bytes  SHA-256 of everything before
 *
 * Serials ascend strictly, so that a list has exactly one file.
 */
#ifndef EVIDENCE_REVOCATION_INT_H
#define EVIDENCE_REVOCATION_INT_H

#include "evidence/revocation/revocation.h"

#define REVOCATION_MAGIC "ANREV001"
#define REVOCATION_MAGIC_SIZE 8
#define REVOCATION_HEAD (REVOCATION_MAGIC_SIZE + 8 + 4)
#define REVOCATION_ENTRY (REVOCATION_SERIAL_MAX + 2)

struct revocations {
	struct buf file;
	uint64_t at_s;
	size_t n;
};

/* True if the text begins with the magic of our own file. */
bool revocations_is_file(struct bytes text);

MUST_CHECK err_t revocations_new(uint64_t at_s, struct revocations **ret_list);

/* serial is right-aligned, with zeros before it.  E_LIMIT: too many;
 * E_NOMEM. */
MUST_CHECK err_t revocations_add(struct revocations *list,
                                 const uint8_t serial[REVOCATION_SERIAL_MAX],
                                 struct revocation revocation);

/* Sorts the entries and appends the digest.  E_MALFORMED: why names a serial
 * that occurs twice. */
MUST_CHECK err_t revocations_seal(struct revocations *list, struct buf *why);

/* Decodes lower-case hex without leading zeros.  E_LIMIT: more than
 * REVOCATION_SERIAL_MAX bytes; E_MALFORMED: anything else. */
MUST_CHECK err_t revocation_serial(struct bytes hex,
                                   uint8_t out[REVOCATION_SERIAL_MAX]);

#endif
