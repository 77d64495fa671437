/*
 * uri.h - the URI of the service's keys in a TPM; see uri.c.
 */
#ifndef HSM_TPM2_URI_H
#define HSM_TPM2_URI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define T2_WAY_MAX 192        /* bytes of the TCTI part */
#define T2_PATH_MAX 256       /* bytes of a blob's path */
#define T2_NAME_SIZE 34       /* TPM2_ALG_SHA256 and the digest */
#define T2_PARENT 0x81018000u /* defaults of keygen */
#define T2_KEY 0x81018001u
#define T2_MAC 0x81018002u
#define T2_EPOCH 0x01818000u
#define T2_TRUST_COUNTER 0x01818100u
#define T2_TRUST_HEAD 0x01818101u
#define T2_NEXT_FIRST 0x81018010u /* successors in a rotation */
#define T2_NEXT_LAST 0x8101801fu

/* The place of a key: a persistent handle, or a file if path is not empty. */
struct t2_place {
	uint32_t handle;
	char path[T2_PATH_MAX];
};
struct t2_uri {
	char tcti[T2_WAY_MAX];
	struct t2_place key, mac;
	uint32_t parent, epoch, trust_counter, trust_head;
	bool keyless; /* companion TPM: format without key */
	bool named;
	uint8_t parent_name[T2_NAME_SIZE];
};
MUST_CHECK err_t t2_uri_parse(const char *text, struct buf *why,
                              struct t2_uri *ret_uri);
/* Like t2_uri_parse(), but the URI must identify the TPM by the parent's
 * name. */
MUST_CHECK err_t t2_uri_parse_named(const char *text, struct buf *why,
                                    struct t2_uri *ret_uri);
MUST_CHECK err_t t2_uri_format(const struct t2_uri *uri, struct buf *out);

#endif
