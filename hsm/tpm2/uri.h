/*
 * uri.h - where in a TPM the service's keys are; see uri.c.
 */
#ifndef HSM_TPM2_URI_H
#define HSM_TPM2_URI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define T2_WAY_MAX 192        /* bytes of the tcti to the TPM */
#define T2_PATH_MAX 256       /* bytes of a blob's path */
#define T2_NAME_SIZE 34       /* SHA-256's number and the digest */
#define T2_PARENT 0x81018000u /* what keygen takes when nobody says */
#define T2_KEY 0x81018001u
#define T2_MAC 0x81018002u
#define T2_EPOCH 0x01818000u
#define T2_NEXT_FIRST 0x81018010u /* keys that follow another */
#define T2_NEXT_LAST 0x8101801fu

/* A key is at a persistent handle, or in a file when path is not
 * empty. */
struct t2_place {
	uint32_t handle;
	char path[T2_PATH_MAX];
};
struct t2_uri {
	char tcti[T2_WAY_MAX];
	struct t2_place key, mac;
	uint32_t parent, epoch;
	bool keyless; /* a TPM beside a token: formatted without its key */
	bool named;
	uint8_t parent_name[T2_NAME_SIZE];
};
MUST_CHECK err_t t2_uri_parse(const char *text, struct buf *why,
                              struct t2_uri *ret_uri);
/* The same, and the URI must say which TPM is meant: by the parent's name. */
MUST_CHECK err_t t2_uri_parse_named(const char *text, struct buf *why,
                                    struct t2_uri *ret_uri);
MUST_CHECK err_t t2_uri_format(const struct t2_uri *uri, struct buf *out);

#endif
